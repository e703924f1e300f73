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
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_tensor.hpp>
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

namespace detail {

inline CudaArrayInterface export_tensor(AnyTensor const& t,
                                        CaiField<std::uint64_t> stream,
                                        ExportOptions options) {
  require(t.rank >= 0 && t.rank <= AnyTensor::max_rank,
          "pane::to_cuda_array_interface: the rank is ", t.rank, "; it is 0 to 8");
  require(has_typestr(t.dtype), "pane::to_cuda_array_interface: ", t.text(), ": ", name(t.dtype),
          " has no typestr, so no consumer would know it; hand it over by DLPack");
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

}  // namespace detail

/// Describes a tensor for another library, in the form that every measured consumer accepts: version 3, strides
/// None when the elements are contiguous (axes of extent 1 do not count), address 0 when there are none.
///
/// Elements  every `DType` but the 8-bit floats; f16 as `<f2`, bf16 as the opaque `<V2`, bool as `|b1`
/// Memory    nothing is owned or kept alive: the memory must outlive the consumer's use of it
/// Stream    the dictionary names `stream`, on which all pending work on the tensor was enqueued; the null stream
///           is written as 1. Compiled for per-thread default streams, pass `cudaStreamPerThread` itself
/// Source    CUDA Array Interface, version 3
///
/// @throws InvalidArgument  the elements have no typestr, or a stride is negative and `options` do not allow it.
/// @throws ImportError         the tensor describes no memory that can exist.
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
/// @throws ImportError         what is wrong with the dictionary, its memory, or for the caller.
/// @throws InvalidArgument  the place cannot wait: a host with work pending, or a stream that is being captured.
/// @throws CudaError        the driver refused a query or the event.
template <class Where>
AnyTensor from_cuda_array_interface(CudaArrayInterface const& cai,
                                    Where const& where,
                                    ImportOptions const& options = {}) {
  return detail::import_any(resolve(cai, {.accept = options.accept}), where, options);
}

/// Imports a dictionary as the tensor that the caller says it is. Nothing is converted and nothing is guessed.
///
///   auto frame = from_cuda_array_interface<std::uint8_t const, HWC<3>>(cai, stream);
///
/// As above, and: a non-const `T` needs writable memory whose elements do not share bytes; bf16 needs
/// `{.opaque_as = DType::bf16}`.
///
/// @throws ImportError  also read_only, overlapping_write, dtype_mismatch, rank_mismatch and layout_mismatch.
template <Element T, TensorLayout L, class Where>
Tensor<T, L> from_cuda_array_interface(CudaArrayInterface const& cai,
                                       Where const& where,
                                       ImportOptions const& options = {}) {
  return detail::import_as<T, L>(resolve(cai, {.accept = options.accept}), where, options);
}

PANE_NAMESPACE_END
