// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Who orders the import after the producer's work.
enum class Ordering : std::uint8_t {
  after_producer,  ///< the importer, by an event on the stream that the dictionary names
  by_caller  ///< nobody: the caller vouches that nothing is pending, or that it orders the work itself
};

/// How a dictionary becomes a tensor.
struct ImportOptions {
  CaiQuirks accept = cai::tolerant;
  MemoryOrder order = MemoryOrder::any;
  /// What opaque elements (V), times and dates (m, M) of that size stand for; bf16 comes as `<V2` from PyTorch.
  std::optional<DType> opaque_as{};
  int require_device = any_device;
  Ordering ordering = Ordering::after_producer;
};

namespace detail {

inline ArrayRequest request_of(DType dtype,
                               int rank,
                               ArrayView const& view,
                               ImportOptions const& options) {
  ArrayRequest want;
  char const* const text = typestr_of(dtype);
  want.kind = text[1];
  want.itemsize = size_bytes(dtype);
  want.rank = rank;
  want.order = options.order;
  bool const vouched = options.opaque_as == dtype && view.type.itemsize == want.itemsize &&
                       (view.type.kind == 'V' || view.type.kind == 'm' || view.type.kind == 'M');
  if (vouched) want.kind = view.type.kind;
  return want;
}

inline void check_typed_request(ArrayView const& view,
                                ArrayRequest const& want,
                                DType dtype,
                                ImportOptions const& options) {
  check_request(view, want);
  if (want.kind == 'V' && view.dtype != dtype && options.opaque_as != dtype) {
    refuse(view.protocol, ImportReason::dtype_mismatch, view_text(view), ": opaque bytes are ",
           name(dtype), " only if the caller says so: {.opaque_as = DType::", name(dtype), "}");
  }
}

/// Everything that can be checked; returns the device of the memory, `AnyTensor::host_device` for host memory.
template <ImportPlace Place>
int check_place(ArrayView const& view, Place const& place, int require_device) {
  if (view.size == 0) return AnyTensor::host_device;
  MemoryInfo const memory = place.query(view.data);
  place.check(view, memory, require_device);
  bool const owned =
      memory.type == MemoryInfo::Type::device || memory.type == MemoryInfo::Type::managed;
  return owned ? memory.device : AnyTensor::host_device;
}

template <ImportPlace Place>
void order_after(ArrayView const& view, Place const& place, int device, Ordering ordering) {
  if (view.size == 0 || view.stream.kind == CaiStream::Kind::none ||
      ordering == Ordering::by_caller)
    return;
  place.wait_for(view.stream, device);
}

/// The address; a view without elements gets none, so that nobody can use what its producer left there.
inline void* address_of(ArrayView const& view) noexcept {
  return view.size == 0 ? nullptr : reinterpret_cast<void*>(static_cast<std::uintptr_t>(view.data));
}

/// A checked view as a tensor whose element type and layout nobody has stated. The order with the producer's
/// stream comes last, when nothing can be refused any more.
template <class Where>
AnyTensor import_any(ArrayView const& view, Where const& where, ImportOptions const& options) {
  decltype(auto) place = place_of(where);
  AnyTensor out;
  out.device = check_place(view, place, options.require_device);
  if (view.shape.size() > AnyTensor::max_rank) {
    refuse(view.protocol, ImportReason::rank_mismatch, view_text(view),
           ": at most 8 axes can be imported");
  }
  std::optional<DType> const dtype = view.dtype ? view.dtype : options.opaque_as;
  if (!dtype) {
    refuse(view.protocol, ImportReason::dtype_mismatch, view_text(view),
           ": there is no element type for it; for opaque elements say what they are: "
           "{.opaque_as = DType::bf16}");
  }
  out.dtype = *dtype;
  out.rank = static_cast<int>(view.shape.size());
  check_typed_request(view, request_of(*dtype, out.rank, view, options), *dtype, options);
  if (view.dtype != dtype) {
    ArrayView numbers = view;  // bytes lie anywhere, numbers at multiples of their size
    numbers.type.kind = 'u';
    check_array(numbers);
  }
  out.readonly = view.readonly || view.overlaps;
  out.data = address_of(view);
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    out.shape[i] = view.shape[i];
    out.stride_bytes[i] = view.stride_bytes[i];
  }
  order_after(view, place, out.device, options.ordering);
  return out;
}

/// A checked view as the tensor that the caller says it is.
template <Element T, TensorLayout L, class Where>
Tensor<T, L> import_as(ArrayView const& view, Where const& where, ImportOptions const& options) {
  decltype(auto) place = place_of(where);
  int const device = check_place(view, place, options.require_device);
  ArrayRequest want = request_of(dtype_of<T>, L::rank, view, options);
  want.access = std::is_const_v<T> ? Access::read : Access::write;
  check_typed_request(view, want, dtype_of<T>, options);
  std::int64_t shape[L::rank];
  std::int64_t strides[L::rank];
  for (int i = 0; i < L::rank; ++i) {
    shape[i] = view.shape[static_cast<std::size_t>(i)];
    strides[i] = view.stride_bytes[static_cast<std::size_t>(i)];
    int const fixed = fixed_extent<L>(i);
    if (fixed != dynamic && shape[i] != fixed) {
      refuse(view.protocol, ImportReason::layout_mismatch, "shape[", i, "] is ", shape[i], " in ",
             view_text(view), ": the layout ", L::axes, " that was asked for has ", fixed,
             " there");
    }
  }
  auto const tensor = Tensor<T, L>::strided(static_cast<T*>(address_of(view)), shape, strides);
  order_after(view, place, device, options.ordering);
  return tensor;
}

}  // namespace detail

PANE_NAMESPACE_END
