// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_error.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

PANE_NAMESPACE_BEGIN

/// Whether a view that walks backwards may be exported.
enum class NegativeStrides : std::uint8_t {
  refuse,
  allow  ///< for CuPy, Numba and cuda.core; PyTorch up to 2.11 aborts the process on them, JAX refuses them
};

/// How a tensor becomes a dictionary.
struct ExportOptions {
  NegativeStrides negative_strides = NegativeStrides::refuse;
};

/// Says that all work on the memory is done: the dictionary then carries no stream, which suits every consumer,
/// also those that ignore the key (PyTorch, CV-CUDA) or know only streams of their own (JAX).
struct NothingPending {};
inline constexpr NothingPending nothing_pending{};

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

inline CudaArrayInterface export_tensor(AnyTensor const& t,
                                        CaiField<std::uint64_t> stream,
                                        ExportOptions options) {
  require(t.rank >= 0 && t.rank <= AnyTensor::max_rank,
          "pane::to_cuda_array_interface: the rank is ", t.rank, "; it is 0 to 8");
  auto const rank = static_cast<std::size_t>(t.rank);
  CudaArrayInterface out;
  out.shape.assign(t.shape, t.shape + rank);
  out.typestr = typestr_of(t.dtype);
  out.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(t.data));
  out.readonly = t.readonly;
  out.stream = stream;
  out.strides = std::vector<std::int64_t>(t.stride_bytes, t.stride_bytes + rank);
  ArrayView const view = resolve(out, {.accept = cai::strict});
  if (view.size == 0) out.data = 0;
  if (view.c_contiguous) {
    out.strides = Presence::none;
    return out;
  }
  // The stride of an axis of extent 1 is never used, but some consumers compare it: give it the one of C order.
  for (std::size_t i = rank; i-- > 0;) {
    std::int64_t& stride = out.strides.value[i];
    if (t.shape[i] == 1) {
      stride = size_bytes(t.dtype);
      std::int64_t packed = 0;
      bool const fits = i + 1 < rank &&
                        !__builtin_mul_overflow(out.strides.value[i + 1], t.shape[i + 1], &packed);
      if (fits && packed > 0) stride = packed;
    } else if (stride < 0 && options.negative_strides == NegativeStrides::refuse) {
      throw InvalidArgument(
          concat("pane::to_cuda_array_interface: ", t.text(), ": stride ", static_cast<int>(i),
                 " is negative and consumers are known that crash on it; copy the tensor, or pass "
                 "{.negative_strides = NegativeStrides::allow} for one that can"));
    }
  }
  return out;
}

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
  if (want.kind == 'V' && options.opaque_as != dtype) {
    refuse(CaiReason::dtype_mismatch, "typestr: ", view_text(view), ": opaque bytes are ",
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

}  // namespace detail

/// Describes a tensor for another library, in the form that every measured consumer accepts: version 3, strides
/// None when the elements are contiguous (axes of extent 1 do not count), address 0 when there are none.
///
/// Elements  every `DType`; f16 as `<f2`, bf16 as the opaque `<V2`, bool as `|b1`
/// Memory    nothing is owned or kept alive: the memory must outlive the consumer's use of it
/// Stream    the dictionary names `stream`, on which all pending work on the tensor was enqueued; the null stream
///           is written as 1. Compiled for per-thread default streams, pass `cudaStreamPerThread` itself
/// Source    CUDA Array Interface, version 3
///
/// @throws InvalidArgument  a stride is negative and `options` do not allow it.
/// @throws CaiError         the tensor describes no memory that can exist.
inline CudaArrayInterface to_cuda_array_interface(AnyTensor const& tensor,
                                                  Stream stream,
                                                  ExportOptions options = {}) {
  auto const handle = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(stream.handle()));
  return detail::export_tensor(tensor, handle == 0 ? 1 : handle, options);
}

/// Describes a tensor that no work is pending on: the key `stream` is left out.
inline CudaArrayInterface to_cuda_array_interface(AnyTensor const& tensor,
                                                  NothingPending,
                                                  ExportOptions options = {}) {
  return detail::export_tensor(tensor, Presence::absent, options);
}

/// Describes a tensor that the CPU computed. A call on `host` has returned, so nothing is pending.
inline CudaArrayInterface to_cuda_array_interface(AnyTensor const& tensor,
                                                  Host,
                                                  ExportOptions options = {}) {
  return detail::export_tensor(tensor, Presence::absent, options);
}

/// Imports a dictionary whose element type or layout the program does not know: ask the result with `as<T, L>()`,
/// `visit`, or `infer_layout`.
///
/// Shapes    rank 0 to 8
/// Elements  every `DType`; opaque elements only as `options.opaque_as`
/// Memory    nothing is owned or kept alive: hold the object that the dictionary came from. Read-only memory,
///           and views whose elements share bytes, become read-only tensors
/// Stream    work enqueued on `where` afterwards runs after the producer's; see `Ordering`. Never synchronises
///
/// @param where  a `Stream` (with <pane/interop/cuda_memory.hpp>), `host`, or an `ImportPlace`.
/// @throws CaiError         what is wrong with the dictionary, its memory, or for the caller.
/// @throws InvalidArgument  the place cannot wait: a host with work pending, or a stream that is being captured.
/// @throws CudaError        the driver refused a query or the event.
template <class Where>
AnyTensor from_cuda_array_interface(CudaArrayInterface const& cai,
                                    Where const& where,
                                    ImportOptions const& options = {}) {
  ArrayView const view = resolve(cai, {.accept = options.accept});
  decltype(auto) place = detail::place_of(where);
  AnyTensor out;
  out.device = detail::check_place(view, place, options.require_device);
  if (view.shape.size() > AnyTensor::max_rank) {
    detail::refuse(CaiReason::rank_mismatch, "shape: ", detail::view_text(view),
                   ": at most 8 axes can be imported");
  }
  std::optional<DType> const known = dtype_of_typestr(view.type);
  std::optional<DType> const dtype = known ? known : options.opaque_as;
  if (!dtype) {
    detail::refuse(CaiReason::dtype_mismatch, "typestr: ", detail::view_text(view),
                   ": there is no element type for it; for opaque elements say what they are: "
                   "{.opaque_as = DType::bf16}");
  }
  out.dtype = *dtype;
  out.rank = static_cast<int>(view.shape.size());
  detail::check_typed_request(view, detail::request_of(*dtype, out.rank, view, options), *dtype,
                              options);
  out.readonly = view.readonly || view.overlaps;
  out.data = detail::address_of(view);
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    out.shape[i] = view.shape[i];
    out.stride_bytes[i] = view.stride_bytes[i];
  }
  detail::order_after(view, place, out.device, options.ordering);
  return out;
}

/// Imports a dictionary as the tensor that the caller says it is. Nothing is converted and nothing is guessed.
///
///   auto frame = from_cuda_array_interface<std::uint8_t const, HWC<3>>(cai, stream);
///
/// As above, and: a non-const `T` needs writable memory whose elements do not share bytes; bf16 needs
/// `{.opaque_as = DType::bf16}`.
///
/// @throws CaiError  also read_only, overlapping_write, dtype_mismatch, rank_mismatch and layout_mismatch.
template <Element T, TensorLayout L, class Where>
Tensor<T, L> from_cuda_array_interface(CudaArrayInterface const& cai,
                                       Where const& where,
                                       ImportOptions const& options = {}) {
  ArrayView const view = resolve(cai, {.accept = options.accept});
  decltype(auto) place = detail::place_of(where);
  int const device = detail::check_place(view, place, options.require_device);
  ArrayRequest want = detail::request_of(dtype_of<T>, L::rank, view, options);
  want.access = std::is_const_v<T> ? Access::read : Access::write;
  detail::check_typed_request(view, want, dtype_of<T>, options);
  std::int64_t shape[L::rank];
  std::int64_t strides[L::rank];
  for (int i = 0; i < L::rank; ++i) {
    shape[i] = view.shape[static_cast<std::size_t>(i)];
    strides[i] = view.stride_bytes[static_cast<std::size_t>(i)];
    int const fixed = detail::fixed_extent<L>(i);
    if (fixed != dynamic && shape[i] != fixed) {
      detail::refuse(CaiReason::layout_mismatch, "shape[", i, "] is ", shape[i], " in ",
                     detail::view_text(view), ": the layout ", L::axes, " that was asked for has ",
                     fixed, " there");
    }
  }
  auto const tensor =
      Tensor<T, L>::strided(static_cast<T*>(detail::address_of(view)), shape, strides);
  detail::order_after(view, place, device, options.ordering);
  return tensor;
}

PANE_NAMESPACE_END
