// SPDX-License-Identifier: MIT
#pragma once

// at::Tensor both ways. Needs ATen (libtorch_cpu, libc10), not the CUDA half of PyTorch: streams are in
// <pane/interop/torch_cuda.hpp>. For extensions of Python and for programs that link libtorch.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/const_memory.hpp>
#include <pane/interop/detail/foreign.hpp>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

PANE_NAMESPACE_BEGIN

/// In which order an at::Tensor counts the axes of an image.
enum class TorchAxes : std::uint8_t {
  of_layout,  ///< as the layout names them: an HWC tensor has the sizes (H, W, C)
  nchw  ///< as PyTorch's operators: (N, C, H, W) whatever the memory; interleaved memory is channels_last
};

/// How a tensor becomes an at::Tensor.
struct TorchExport {
  TorchAxes axes = TorchAxes::of_layout;
  ConstMemory const_memory = ConstMemory::refuse;
};

namespace detail {

struct TorchType {
  at::ScalarType torch;
  DType pane;
};
inline constexpr TorchType torch_types[] = {
    {at::ScalarType::Byte, DType::u8},
    {at::ScalarType::Char, DType::s8},
    {at::ScalarType::UInt16, DType::u16},
    {at::ScalarType::Short, DType::s16},
    {at::ScalarType::UInt32, DType::u32},
    {at::ScalarType::Int, DType::s32},
    {at::ScalarType::UInt64, DType::u64},
    {at::ScalarType::Long, DType::s64},
    {at::ScalarType::Half, DType::f16},
    {at::ScalarType::BFloat16, DType::bf16},
    {at::ScalarType::Float, DType::f32},
    {at::ScalarType::Double, DType::f64},
    {at::ScalarType::Bool, DType::boolean},
    {at::ScalarType::Float8_e4m3fn, DType::f8_e4m3},
    {at::ScalarType::Float8_e5m2, DType::f8_e5m2},
};

/// What PyTorch itself does not carry across a bare pointer is refused before the pointer is taken.
inline void check_torch(at::Tensor const& t, char const* operation) {
  auto const check = [&](bool rule, auto const&... text) {
    require(rule, operation, ": tensor ", text...);
  };
  check(t.defined(), "is undefined");
  check(t.layout() == at::kStrided, "is sparse: make it dense with to_dense()");
  check(!t.is_quantized(), "is quantised: pass its int_repr()");
  check(!t.is_meta(), "is on the device 'meta' and has no memory");
  if (!t.is_cpu() && !t.is_cuda()) {
    check(false, "is on the device '", t.device().str(), "': only cpu and cuda can be looked at");
  }
  check(t.has_storage(), "has no storage of its own (a wrapper of functorch or of another mode)");
  check(!t.requires_grad(), "requires grad and autograd cannot see what Pane does: use detach()");
  check(!t.is_conj(), "has the conjugate bit, its memory is not its value: use resolve_conj()");
  check(!t.is_neg(), "has the negative bit, its memory is not its value: use resolve_neg()");
}

/// Everything but the address.
inline AnyTensor describe_torch(at::Tensor const& t, char const* operation) {
  check_torch(t, operation);
  require_foreign_rank(t.dim(), operation);
  AnyTensor out;
  bool known = false;
  for (TorchType const& type : torch_types) {
    if (type.torch != t.scalar_type()) continue;
    out.dtype = type.pane;
    known = true;
  }
  require(known, operation, ": tensor has elements of type ", c10::toString(t.scalar_type()),
          ", for which there is no pane::DType");
  out.rank = static_cast<int>(t.dim());
  out.device = t.is_cuda() ? t.get_device() : AnyTensor::host_device;
  for (int i = 0; i < out.rank; ++i) {
    out.shape[i] = t.size(i);
    out.stride_bytes[i] = stride_in_bytes(t.stride(i), i, size_bytes(out.dtype), operation);
  }
  return out;
}

/// Whether the memory holds, slowest first, rows (h), columns (w) and channels (c), with no gap between channels.
inline bool reads_interleaved(AnyTensor const& t, int h, int w, int c) noexcept {
  std::int64_t step = size_bytes(t.dtype);
  for (int const axis : {c, w, h}) {
    if (t.shape[axis] <= 1) continue;
    std::int64_t const s = t.stride_bytes[axis];
    if (axis == c ? s != step : s < step) return false;
    if (__builtin_mul_overflow(s, t.shape[axis], &step)) return false;
  }
  return true;
}

/// Reads sizes in PyTorch's order, (N, C, H, W) or (C, H, W), as (N, H, W, C).
inline AnyTensor channels_to_the_back(AnyTensor t) noexcept {
  for (int i = t.rank - 3; i + 1 < t.rank; ++i) {
    std::int64_t const extent = t.shape[i];
    std::int64_t const stride = t.stride_bytes[i];
    t.shape[i] = t.shape[i + 1];
    t.stride_bytes[i] = t.stride_bytes[i + 1];
    t.shape[i + 1] = extent;
    t.stride_bytes[i + 1] = stride;
  }
  return t;
}

/// The order that the memory shows; see `from_torch`.
inline TorchAxes axes_of_memory(AnyTensor const& t, int channels, char const* operation) {
  int const first = t.rank - 3;
  bool as_named = reads_interleaved(t, first, first + 1, first + 2);
  bool as_nchw = reads_interleaved(t, first + 1, first + 2, first);
  if (as_named && as_nchw && channels != dynamic) {
    as_named = t.shape[first + 2] == channels;
    as_nchw = t.shape[first] == channels;
  }
  if (as_named && as_nchw && t.shape[first] == t.shape[first + 1] &&
      t.shape[first] == t.shape[first + 2]) {
    as_nchw = false;  // one pixel of one channel: both are the same view
  }
  if (as_named && as_nchw) {
    throw InvalidArgument(
        concat(operation, ": tensor is ", t.text(),
               ": its sizes can be meant as (H, W, C) and as (C, H, W) in channels_last memory; "
               "say which with TorchAxes::of_layout or TorchAxes::nchw"));
  }
  return as_nchw ? TorchAxes::nchw : TorchAxes::of_layout;
}

template <Element T, TensorLayout L>
Tensor<T, L> view_torch(at::Tensor const& tensor, std::optional<TorchAxes> axes) {
  static constexpr char const* operation = "pane::from_torch";
  AnyTensor t = describe_torch(tensor, operation);
  constexpr bool interleaved = same_axes<L, HWC<>> || same_axes<L, NHWC<>>;
  if (!interleaved) {
    require(!axes || *axes == TorchAxes::of_layout || same_axes<L, CHW<>> || same_axes<L, NCHW<>>,
            operation, ": TorchAxes::nchw has no meaning for the layout ", L::axes);
  } else if (t.rank == L::rank) {
    if (!axes) axes = axes_of_memory(t, L::channels, operation);
    if (*axes == TorchAxes::nchw) t = channels_to_the_back(t);
  }
  // Not mutable_data_ptr for reading: it would copy memory that is shared until written.
  if constexpr (std::is_const_v<T>) {
    t.data = const_cast<void*>(tensor.const_data_ptr());
    t.readonly = true;
  } else {
    t.data = tensor.mutable_data_ptr();
  }
  return typed_foreign<T, L>(checked_foreign(t, operation), operation);
}

}  // namespace detail

/// Looks at a tensor of PyTorch whose type or layout the program does not know. The sizes keep their order and no
/// layout is stated: ask the result with `as<T, L>()`, `visit` or `infer_layout`.
///
/// Shapes    rank 0 to 8, any strides
/// Elements  every `DType`
/// Memory    nothing is owned or kept alive: hold the at::Tensor. `device` is the tensor's
/// Stream    nobody waits. Work on torch's current stream (`torch_stream`) needs no waiting; on another one, order it
///           with an event, and call `record_stream` so that the allocator does not reuse the memory too early
///
/// @throws InvalidArgument  undefined, sparse, quantised, on another device than CPU and CUDA, requires grad, has the
///                          conjugate or the negative bit, has no storage, or an element type that Pane lacks.
inline AnyTensor from_torch(at::Tensor const& tensor) {
  AnyTensor t = detail::describe_torch(tensor, "pane::from_torch");
  t.data = tensor.mutable_data_ptr();
  return detail::checked_foreign(t, "pane::from_torch");
}

/// Looks at a tensor of PyTorch as the tensor that the caller says it is. Nothing is converted.
///
///   at::Tensor frame = ...;                                                   // (1080, 1920, 3), uint8, cuda
///   at::Tensor batch = at::empty({1, 3, 640, 640}, frame.options().dtype(at::kHalf));
///   pane::TorchDevice on(frame);                                              // <pane/interop/torch_cuda.hpp>
///   pane::copy(on.stream(), pane::from_torch<std::uint8_t const, HWC<3>>(frame) | views::resize(640, 640),
///              pane::from_torch<pane::f16, NCHW<3>>(batch));
///
/// The sizes are those of the layout, axis by axis. HWC and NHWC accept channels_last tensors too, whose sizes are
/// (N, C, H, W) and whose memory is (N, H, W, C): they become a permuted view. The memory decides: the reading in
/// which channels are neighbours, columns next and rows last is taken. Where both readings pass (one channel, or one
/// row and one column), the number of channels of the layout decides; where that does not help either, the call is
/// refused: pass `TorchAxes`. Where neither passes (planar memory, permuted), the sizes are those of the layout.
///
/// As above, and: `T const` looks without writing, which leaves lazily copied memory shared.
///
/// @throws InvalidArgument  also when the sizes fit two readings, or the element type, rank or an extent differs.
template <Element T, TensorLayout L>
Tensor<T, L> from_torch(at::Tensor const& tensor) {
  return detail::view_torch<T, L>(tensor, std::nullopt);
}

/// The same where the caller says in which order the sizes are.
template <Element T, TensorLayout L>
Tensor<T, L> from_torch(at::Tensor const& tensor, TorchAxes axes) {
  return detail::view_torch<T, L>(tensor, axes);
}

/// Makes an at::Tensor of memory that stays where it is. Nothing is copied, and no CUDA call is made.
///
///   std::shared_ptr<void> const memory(pixels, [](void* p) { cudaFree(p); });
///   at::Tensor t = pane::to_torch(pane::AnyTensor(blob, device), memory);
///
/// Shapes    rank 0 to 8, any strides but negative ones; a stride of 0 makes what `expand` makes
/// Elements  every `DType`; `uint16` and larger unsigned ones exist in PyTorch 2.3 and later
/// Memory    `owner` is kept until PyTorch lets go of the memory, at any time and on any thread; null: the memory
///           outlives every tensor that shares it
/// Device    `tensor.device`, which a `Tensor` does not know: say it, `AnyTensor(blob, device)`
/// Stream    nobody waits: the work on the memory is enqueued on torch's current stream, or ordered before it
///
/// @throws InvalidArgument  a stride is negative (PyTorch 2.11 ends the process); the tensor is read-only and
///                          `options` do not allow it; TorchAxes::nchw of a layout that is not stated or is blocked.
inline at::Tensor to_torch(AnyTensor const& tensor,
                           std::shared_ptr<void const> owner,
                           TorchExport options = {}) {
  static constexpr char const* operation = "pane::to_torch";
  detail::require_foreign_rank(tensor.rank, operation);
  AnyTensor const t = detail::checked_foreign(tensor, operation);
  detail::require_writable(t, options.const_memory, operation);
  auto const check = [&](bool rule, char const* text) {
    if (!rule)
      throw InvalidArgument(detail::concat(operation, ": tensor is ", t.text(), ": ", text));
  };
  int order[AnyTensor::max_rank] = {};
  int placed = 0;
  if (options.axes == TorchAxes::of_layout) {
    for (; placed < t.rank; ++placed) order[placed] = placed;
  } else {
    for (char const axis : {'N', 'C', 'H', 'W'}) {
      for (int i = 0; i < t.rank; ++i) {
        if (t.axes[i] == axis) order[placed++] = i;
      }
    }
    check(placed == t.rank, "TorchAxes::nchw needs a stated layout of the axes N, C, H and W");
  }
  std::int64_t sizes[AnyTensor::max_rank] = {};
  std::int64_t strides[AnyTensor::max_rank] = {};
  std::int64_t const element = size_bytes(t.dtype);
  for (int i = 0; i < t.rank; ++i) {
    sizes[i] = t.shape[order[i]];
    std::int64_t const stride = t.stride_bytes[order[i]];
    bool const unused = sizes[i] <= 1 || t.data == nullptr;
    check(stride >= 0 || unused, "a stride is negative, which PyTorch cannot have; copy it");
    strides[i] = unused && (stride < 0 || stride % element != 0) ? 1 : stride / element;
  }
  at::Device const device = t.device == AnyTensor::host_device
                                ? at::Device(at::kCPU)
                                : at::Device(at::kCUDA, static_cast<at::DeviceIndex>(t.device));
  at::ScalarType type = at::ScalarType::Undefined;
  for (detail::TorchType const& known : detail::torch_types) {
    if (known.pane == t.dtype) type = known.torch;
  }
  auto const rank = static_cast<std::size_t>(t.rank);
  return at::from_blob(
      t.data, at::IntArrayRef(sizes, rank), at::IntArrayRef(strides, rank),
      [owner = std::move(owner)](void*) mutable { owner.reset(); },
      at::TensorOptions().dtype(type).device(device), device);
}

/// A `Tensor` does not know its device, and memory of a GPU must not be labelled as the host's.
template <class T, class L>
at::Tensor to_torch(Tensor<T, L> const& tensor,
                    std::shared_ptr<void const> owner,
                    TorchExport options = {}) = delete;

PANE_NAMESPACE_END
