// SPDX-License-Identifier: MIT
#pragma once

// The inputs and outputs of a TensorRT engine. Written against the members of nvinfer1::Dims and the names of
// nvinfer1::DataType and nvinfer1::TensorFormat, so that TensorRT's headers are included by those who use it only. By
// the documented layout (TensorRT 8.5 to 11); no engine has been run with it.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/const_memory.hpp>
#include <pane/interop/detail/foreign.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// nvinfer1::Dims, or a struct with its members.
template <class D>
concept TensorRtDims = requires(D dims) {
  dims.nbDims + 0;
  dims.d[0] + 0;
};

/// nvinfer1::DataType, or an enum with its names.
template <class E>
concept TensorRtType = std::is_enum_v<E> && requires {
  E::kFLOAT;
  E::kHALF;
  E::kINT8;
  E::kINT32;
  E::kBOOL;
};

/// nvinfer1::TensorFormat, or an enum with its names.
template <class E>
concept TensorRtFormat = std::is_enum_v<E> && requires {
  E::kLINEAR;
  E::kCHW2;
  E::kHWC8;
  E::kCHW4;
  E::kCHW16;
  E::kCHW32;
  E::kHWC;
  E::kHWC16;
};

namespace detail {

template <TensorRtType E>
DType dtype_of_tensorrt(E type, char const* operation) {
  switch (type) {
    case E::kFLOAT:
      return DType::f32;
    case E::kHALF:
      return DType::f16;
    case E::kINT8:
      return DType::s8;
    case E::kINT32:
      return DType::s32;
    case E::kBOOL:
      return DType::boolean;
    default:
      break;
  }
  // Later releases added these.
  if constexpr (requires { E::kUINT8; }) {
    if (type == E::kUINT8) return DType::u8;
  }
  if constexpr (requires { E::kBF16; }) {
    if (type == E::kBF16) return DType::bf16;
  }
  if constexpr (requires { E::kFP8; }) {
    if (type == E::kFP8) return DType::f8_e4m3;
  }
  if constexpr (requires { E::kINT64; }) {
    if (type == E::kINT64) return DType::s64;
  }
  throw InvalidArgument(concat(operation, ": type is nvinfer1::DataType ", static_cast<int>(type),
                               ", for which there is no pane::DType"));
}

/// How the channels lie: planes, neighbours (padded to a multiple of `vector`), or blocks of `vector` neighbours.
struct TensorRtOrder {
  enum class Kind { planes, neighbours, blocks };
  Kind kind = Kind::planes;
  int vector = 1;
};

template <TensorRtFormat E>
TensorRtOrder order_of_tensorrt(E format, char const* operation) {
  using Kind = TensorRtOrder::Kind;
  switch (format) {
    case E::kLINEAR:
      return {};
    case E::kHWC:
      return {Kind::neighbours, 1};
    case E::kHWC8:
      return {Kind::neighbours, 8};
    case E::kHWC16:
      return {Kind::neighbours, 16};
    case E::kCHW2:
      return {Kind::blocks, 2};
    case E::kCHW4:
      return {Kind::blocks, 4};
    case E::kCHW16:
      return {Kind::blocks, 16};
    case E::kCHW32:
      return {Kind::blocks, 32};
    default:
      break;
  }
  throw InvalidArgument(concat(operation, ": format is nvinfer1::TensorFormat ",
                               static_cast<int>(format),
                               ": formats with a depth axis and those of DLA have no pane layout"));
}

/// Puts an axis in front of those that are there; `step` is its stride and becomes that of the next.
inline void prepend_axis(
    AnyTensor& t, char axis, std::int64_t extent, std::int64_t& step, char const* operation) {
  for (int i = t.rank; i > 0; --i) {
    t.shape[i] = t.shape[i - 1];
    t.stride_bytes[i] = t.stride_bytes[i - 1];
    t.axes[i] = t.axes[i - 1];
  }
  ++t.rank;
  t.shape[0] = extent;
  t.stride_bytes[0] = step;
  t.axes[0] = axis;
  require(!__builtin_mul_overflow(step, extent, &step), operation,
          ": dims and format describe more bytes than 64 bits can count");
}

/// The memory that an engine means, without its address.
template <TensorRtDims D, TensorRtType E, TensorRtFormat F>
AnyTensor describe_tensorrt(D const& dims, E type, F format, char const* operation) {
  using Kind = TensorRtOrder::Kind;
  TensorRtOrder const order = order_of_tensorrt(format, operation);
  int const rank = static_cast<int>(dims.nbDims);
  require(rank >= 0, operation, ": dims has no rank yet; set the shapes of the inputs first");
  require_foreign_rank(rank + (order.kind == Kind::blocks ? 1 : 0), operation);
  for (int i = 0; i < rank; ++i) {
    require(dims.d[i] >= 0, operation, ": dims.d[", i, "] is ", std::int64_t{dims.d[i]},
            ": it is dynamic; set the shapes of the inputs and ask the context");
  }
  AnyTensor t;
  t.dtype = dtype_of_tensorrt(type, operation);
  std::int64_t step = size_bytes(t.dtype);
  if (order.kind == Kind::planes) {
    for (int i = rank - 1; i >= 0; --i) prepend_axis(t, '\0', dims.d[i], step, operation);
    return t;
  }
  require(rank == 3 || rank == 4, operation, ": dims has ", rank,
          " axes; a format with vectors of channels is an image, (N, C, H, W) or (C, H, W)");
  std::int64_t const channels = dims.d[rank - 3];
  std::int64_t const vectors = channels / order.vector + (channels % order.vector != 0 ? 1 : 0);
  if (order.kind == Kind::neighbours) {
    prepend_axis(t, 'C', channels, step, operation);
    std::int64_t const vector_bytes = std::int64_t{order.vector} * size_bytes(t.dtype);
    require(!__builtin_mul_overflow(vectors, vector_bytes, &step), operation, ": dims.d[", rank - 3,
            "] is ", channels, " and its bytes do not fit in 64 bits");
  } else {
    prepend_axis(t, 'c', order.vector, step, operation);
  }
  prepend_axis(t, 'W', dims.d[rank - 1], step, operation);
  prepend_axis(t, 'H', dims.d[rank - 2], step, operation);
  if (order.kind == Kind::blocks) prepend_axis(t, 'C', vectors, step, operation);
  if (rank == 4) prepend_axis(t, 'N', dims.d[0], step, operation);
  return t;
}

}  // namespace detail

/// Looks at the memory of an engine's input or output.
///
/// Shapes    kLINEAR keeps the axes of the network and states no layout; rank 0 to 8. The other formats are images of
///           dims (N, C, H, W) or (C, H, W) and state theirs: kHWC is NHWC; kHWC8 and kHWC16 are NHWC whose pixels lie a
///           multiple of 8 or 16 elements apart; kCHW2, 4, 16 and 32 are NCHWc, the last block padded
/// Elements  f32, f16, s8, s32, bool, u8, bf16, s64, f8_e4m3
/// Memory    nothing is owned; `device` is the CUDA device of the engine
/// Stream    the stream of enqueueV3: what Pane enqueues there before is input, after is output
/// Source    nvinfer1::TensorFormat in NvInferRuntimeBase.h
///
/// @throws InvalidArgument  a dynamic extent, a format with a depth axis or of DLA, or another element type.
template <TensorRtDims D, TensorRtType E, TensorRtFormat F>
AnyTensor from_tensorrt(void* address, D const& dims, E type, F format, int device) {
  AnyTensor t = detail::describe_tensorrt(dims, type, format, "pane::from_tensorrt");
  t.data = address;
  t.device = device;
  return detail::checked_foreign(t, "pane::from_tensorrt");
}

/// Looks at the memory of an engine's input or output as the tensor that the caller says it is.
///
///   auto input = pane::from_tensorrt<pane::f16, NCHW<3>>(address, context->getTensorShape("images"),
///                                                        engine->getTensorDataType("images"),
///                                                        engine->getTensorFormat("images"));
///   pane::copy(stream, frames | views::letterbox(640, 640), input);
///   context->setTensorAddress("images", address);
///   context->enqueueV3(stream);
template <Element T, TensorLayout L, TensorRtDims D, TensorRtType E, TensorRtFormat F>
Tensor<T, L> from_tensorrt(std::conditional_t<std::is_const_v<T>, void const*, void*> address,
                           D const& dims,
                           E type,
                           F format) {
  return detail::typed_foreign<T, L>(
      from_tensorrt(const_cast<void*>(address), dims, type, format, AnyTensor::host_device),
      "pane::from_tensorrt");
}

/// The address to give to `setTensorAddress`, once the tensor is known to be what the engine expects: type, extents,
/// order and padding, and an address that is a multiple of 256 bytes.
///
///   context->setTensorAddress("images", pane::to_tensorrt(blob, context->getTensorShape("images"),
///                                                         engine->getTensorDataType("images"),
///                                                         engine->getTensorFormat("images")));
///
/// Memory    nothing is owned: it must outlive the engine's work
/// Stream    nobody waits: write the input and run the engine on one stream
///
/// @throws InvalidArgument  with both tensors in full; or the tensor is read-only: an input may be (ConstMemory::allow).
template <TensorRtDims D, TensorRtType E, TensorRtFormat F>
void* to_tensorrt(AnyTensor const& tensor,
                  D const& dims,
                  E type,
                  F format,
                  ConstMemory const_memory = ConstMemory::refuse) {
  static constexpr char const* operation = "pane::to_tensorrt";
  AnyTensor want = detail::describe_tensorrt(dims, type, format, operation);
  detail::require_foreign_rank(tensor.rank, operation);
  AnyTensor const t = detail::checked_foreign(tensor, operation);
  detail::require_writable(t, const_memory, operation);
  want.data = t.data;
  auto const check = [&](bool rule, auto const&... text) {
    if (!rule) {
      throw InvalidArgument(detail::concat(operation, ": tensor is ", t.text(),
                                           ", the engine expects ", want.text(), ": ", text...));
    }
  };
  check(t.dtype == want.dtype, "the element type must be ", name(want.dtype));
  check(t.rank == want.rank, "the rank must be ", want.rank);
  for (int i = 0; i < t.rank; ++i) {
    check(t.axes[0] == '\0' || want.axes[0] == '\0' || t.axes[i] == want.axes[i],
          "the layout must be ", want.axes);
  }
  for (int i = 0; i < t.rank; ++i) {
    check(t.shape[i] == want.shape[i], "extent ", i, " must be ", want.shape[i]);
    check(t.data == nullptr || t.shape[i] == 1 || t.stride_bytes[i] == want.stride_bytes[i],
          "stride ", i, " must be ", want.stride_bytes[i], " bytes; copy it into a tensor that is");
  }
  check(reinterpret_cast<std::uintptr_t>(t.data) % 256 == 0,
        "the address must be a multiple of 256");
  return t.data;
}

PANE_NAMESPACE_END
