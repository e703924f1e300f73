// SPDX-License-Identifier: MIT
#pragma once

// Tensors in and out by DLPack, versions 0.x and 1.x. No dlpack.h is needed; the structs of the user's own are taken.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/dlpack_export.hpp>
#include <pane/interop/dlpack_owner.hpp>
#include <pane/interop/dlpack_parse.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/memory_query.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

namespace detail {

/// A place that also compares what the struct says of its device with what the driver says of the address.
template <class Place>
struct DlpackPlace {
  Place const& place;
  DlpackDevice stated;

  MemoryInfo query(std::uint64_t address) const { return place.query(address); }

  void check(ArrayView const& view, MemoryInfo const& memory, int require_device) const {
    bool const cuda = stated.is(DlpackDeviceType::cuda);
    bool const on_device = memory.type == MemoryInfo::Type::device;
    if constexpr (std::is_same_v<Place, HostPlace>) {
      if (cuda && (on_device || memory.type == MemoryInfo::Type::unregistered)) {
        refuse(view.protocol, ImportReason::not_host_accessible, "the device is ", describe(stated),
               ": the host cannot read its memory; pass a stream");
      }
    }
    if constexpr (requires { place.device_count(); }) {
      int const count = place.device_count();
      if (cuda && stated.device_id >= count) {
        refuse(view.protocol, ImportReason::bad_device, "the device is ", describe(stated),
               ": there are ", count, " CUDA devices");
      }
    }
    if (!cuda && on_device) {
      refuse(view.protocol, ImportReason::not_host_accessible, "the device is ", describe(stated),
             " and the address is ", view.data, " in the memory of device ", memory.device,
             ", which the host cannot read: the two contradict each other");
    }
    if (cuda && on_device && memory.device != stated.device_id) {
      refuse(view.protocol, ImportReason::device_mismatch, "the device is ", describe(stated),
             " and the address is ", view.data, " in the memory of device ", memory.device);
    }
    place.check(view, memory, require_device);
  }

  void wait_for(CaiStream const& stream, int device) const { place.wait_for(stream, device); }
};

inline DlpackOptions dlpack_options(ImportOptions const& options, Access unflagged) noexcept {
  return {.accept = options.accept,
          .unflagged = unflagged,
          .elements = options.opaque_as ? Opaque::accept : Opaque::refuse};
}

/// An import that waits for `stream` when everything else has passed.
template <class Where>
AnyTensor import_dlpack_any(DlpackArray const& array,
                            CaiStream const& stream,
                            Where const& where,
                            ImportOptions const& options) {
  ArrayView view = resolve(array, dlpack_options(options, Access::read));
  view.stream = stream;
  decltype(auto) place = place_of(where);
  using Place = std::remove_cvref_t<decltype(place)>;
  DlpackDevice const stated = array.tensor.device;
  AnyTensor out = import_any(view, DlpackPlace<Place>{place, stated}, options);
  if (view.size == 0 && stated.is(DlpackDeviceType::cuda)) out.device = stated.device_id;
  return out;
}

template <Element T, TensorLayout L, class Where>
Tensor<T, L> import_dlpack_as(DlpackArray const& array,
                              CaiStream const& stream,
                              Where const& where,
                              ImportOptions const& options) {
  Access const unflagged = std::is_const_v<T> ? Access::read : Access::write;
  ArrayView view = resolve(array, dlpack_options(options, unflagged));
  view.stream = stream;
  decltype(auto) place = place_of(where);
  using Place = std::remove_cvref_t<decltype(place)>;
  return import_as<T, L>(view, DlpackPlace<Place>{place, array.tensor.device}, options);
}

template <class S>
concept DlpackSource = requires(S const& source) {
  dlpack_array(source);
};

}  // namespace detail

/// Imports a DLPack tensor whose element type or layout the program does not know: ask the result with
/// `as<T, L>()`, `visit`, or `infer_layout`.
///
/// Source    a `DlpackOwner`; a managed struct, or a pointer to one, that somebody else releases; a borrowed
///           DLTensor, or a pointer to one; the structs are ours or those of the user's dlpack.h; a `DlpackArray`
/// Shapes    rank 0 to 8
/// Elements  every `DType`; what C++ has no type for comes in as opaque bytes if `options.opaque_as` is of their size
/// Memory    nothing is owned or kept alive: hold the owner until the work that uses the tensor has ended. The flag
///           READ_ONLY and elements that share bytes make the tensor read-only. A legacy or borrowed struct has no
///           flags: it comes in read-only too, as it may stem from JAX, whose arrays never change; ask for
///           `from_dlpack<T, L>` with a T that is not const where you know better
/// Device    what the struct says is compared with what the driver says of the address
/// Stream    none: DLPack's consumer tells the producer its stream when it asks for the struct. Never synchronises
///
/// @param where  a `Stream` (with <pane/interop/cuda_memory.hpp>), `host`, or an `ImportPlace`.
/// @throws ImportError  what is wrong with the struct, its memory, or for the caller. The deleter has not been called.
/// @throws CudaError    the driver refused a query.
template <detail::DlpackSource Source, class Where>
AnyTensor from_dlpack(Source const& source, Where const& where, ImportOptions const& options = {}) {
  return detail::import_dlpack_any(detail::dlpack_array(source), {}, where, options);
}

/// Imports a DLPack tensor as the tensor that the caller says it is. Nothing is converted and nothing is guessed.
///
///   pane::DlpackOwner owner(managed);
///   auto frame = pane::from_dlpack<std::uint8_t const, pane::HWC<3>>(owner, stream);
///
/// As above, and: a `T` that is not const needs memory that is not marked read-only and whose elements do not share
/// bytes; for a struct without flags it is the caller's word that the memory may be written.
///
/// @throws ImportError      also read_only, overlapping_write, dtype_mismatch, rank_mismatch and layout_mismatch.
/// @throws InvalidArgument  there are more rows or columns than a `Tensor` has.
template <Element T, TensorLayout L, detail::DlpackSource Source, class Where>
Tensor<T, L> from_dlpack(Source const& source,
                         Where const& where,
                         ImportOptions const& options = {}) {
  return detail::import_dlpack_as<T, L>(detail::dlpack_array(source), {}, where, options);
}

PANE_NAMESPACE_END
