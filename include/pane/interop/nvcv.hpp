// SPDX-License-Identifier: MIT
#pragma once

// NVCVTensorData and NVCVImageData, the C structs by which CV-CUDA describes memory. Written against their members and
// their documented bits, so that CV-CUDA's headers are included by those who use it only. Compared with the library of
// CV-CUDA 0.19 (libnvcv_types), which has no headers on PyPI: its own structs have not been compiled in.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/const_memory.hpp>
#include <pane/interop/detail/foreign.hpp>
#include <pane/interop/detail/nvcv_type.hpp>

#include <cstdint>
#include <string_view>

PANE_NAMESPACE_BEGIN

/// NVCVTensorData, or a struct with its members.
template <class D>
concept NvcvTensorData = requires(D data) {
  data.dtype + 0;
  data.layout.data[0] = 'N';
  data.layout.rank = 1;
  data.rank = 1;
  data.shape[0] = 1;
  data.bufferType;
  data.buffer.strided.strides[0] = 1;
  data.buffer.strided.basePtr;
};

/// NVCVImageData, or a struct with its members.
template <class D>
concept NvcvImageData = requires(D data) {
  data.format + 0;
  data.bufferType;
  data.buffer.strided.numPlanes = 1;
  data.buffer.strided.planes[0].width = 1;
  data.buffer.strided.planes[0].height = 1;
  data.buffer.strided.planes[0].rowStride = 1;
  data.buffer.strided.planes[0].basePtr;
};

namespace detail {

enum class NvcvBuffer { none, strided_cuda, strided_host, cuda_array };

inline NvcvType checked_nvcv_type(std::uint64_t code, std::uint64_t shown, char const* operation) {
  NvcvType const type = find_nvcv_type(code);
  require(type.channels > 0, operation, ": data has the type or format ",
          reinterpret_cast<void const*>(static_cast<std::uintptr_t>(shown)),
          ", which is not 1 to 4 whole elements of a pane::DType, one after the other");
  return type;
}

inline void* nvcv_address(void const* address) noexcept {
  return const_cast<void*>(address);
}

template <NvcvTensorData D>
AnyTensor describe_nvcv(D const& data, int device, char const* operation) {
  require(static_cast<int>(data.bufferType) == static_cast<int>(NvcvBuffer::strided_cuda),
          operation, ": data has bufferType ", static_cast<int>(data.bufferType),
          "; only NVCV_TENSOR_BUFFER_STRIDED_CUDA is memory with strides");
  auto const code = static_cast<std::uint64_t>(data.dtype);
  NvcvType const type = checked_nvcv_type(code, code, operation);
  int const inside = type.channels > 1 ? 1 : 0;
  require_foreign_rank(std::int64_t{data.rank} + inside, operation);
  AnyTensor t;
  t.data = nvcv_address(data.buffer.strided.basePtr);
  t.dtype = type.dtype;
  t.rank = data.rank;
  t.device = device;
  bool known = data.layout.rank == data.rank;
  for (int i = 0; i < t.rank; ++i) {
    t.shape[i] = data.shape[i];
    t.stride_bytes[i] = data.buffer.strided.strides[i];
    t.axes[i] = known ? data.layout.data[i] : '\0';
  }
  std::string_view const axes(t.axes);
  known = known && axes.find_first_not_of("NHWC") == axes.npos;
  if (inside != 0) {  // the pixel is one element of CV-CUDA
    require(axes.find('C') == axes.npos, operation, ": data has the layout ", t.axes,
            " and pixels of ", type.channels, " channels besides");
    t.shape[t.rank] = type.channels;
    t.stride_bytes[t.rank] = size_bytes(t.dtype);
    t.axes[t.rank++] = 'C';
  }
  if (!known) t.axes[0] = '\0';
  return checked_foreign(t, operation);
}

template <NvcvImageData D>
AnyTensor describe_nvcv_plane(D const& image, int plane, int device, char const* operation) {
  auto const buffer = static_cast<NvcvBuffer>(static_cast<int>(image.bufferType));
  require(buffer == NvcvBuffer::strided_cuda || buffer == NvcvBuffer::strided_host, operation,
          ": image has bufferType ", static_cast<int>(image.bufferType),
          "; only NVCV_IMAGE_BUFFER_STRIDED_CUDA and _HOST are memory with strides");
  auto const& planes = image.buffer.strided;
  require(plane >= 0 && plane < planes.numPlanes && plane < 4, operation, ": plane is ", plane,
          " and the image has ", planes.numPlanes);
  auto const format = static_cast<std::uint64_t>(image.format);
  NvcvType const type = checked_nvcv_type(nvcv_plane_type(format, plane), format, operation);
  AnyTensor t;
  t.data = nvcv_address(planes.planes[plane].basePtr);
  t.dtype = type.dtype;
  t.rank = type.channels > 1 ? 3 : 2;
  t.device = buffer == NvcvBuffer::strided_host ? AnyTensor::host_device : device;
  t.shape[0] = planes.planes[plane].height;
  t.shape[1] = planes.planes[plane].width;
  t.shape[2] = type.channels;
  pack_strides(t);
  t.stride_bytes[0] = planes.planes[plane].rowStride;
  for (int i = 0; i < t.rank; ++i) t.axes[i] = "HWC"[i];
  return checked_foreign(t, operation);
}

}  // namespace detail

/// Looks at a tensor of CV-CUDA whose type the program does not know.
///
/// Shapes    rank 1 to 8. A pixel type (NVCV_DATA_TYPE_3U8) becomes a last axis C. The layout is stated when its labels
///           are N, H, W and C
/// Elements  u8 to u64, s8 to s64, f16, f32, f64
/// Memory    nothing is owned: hold the nvcv::Tensor. `device` is the CUDA device of the memory, which CV-CUDA does not
///           note
/// Stream    nobody waits: order the work after CV-CUDA's, or use the stream that its operators were given
///
/// @throws InvalidArgument  another buffer type or element type, or the numbers describe no memory that can exist.
template <NvcvTensorData D>
AnyTensor from_nvcv(D const& data, int device) {
  return detail::describe_nvcv(data, device, "pane::from_nvcv");
}

/// Looks at a tensor of CV-CUDA as the tensor that the caller says it is.
///
///   auto const data = tensor.exportData<nvcv::TensorDataStridedCuda>();
///   auto frames = pane::from_nvcv<std::uint8_t const, NHWC<3>>(data->cdata());
///   pane::copy(stream, frames | views::resize(224, 224), batch);
template <Element T, TensorLayout L, NvcvTensorData D>
Tensor<T, L> from_nvcv(D const& data) {
  return detail::typed_foreign<T, L>(
      detail::describe_nvcv(data, AnyTensor::host_device, "pane::from_nvcv"), "pane::from_nvcv");
}

/// Looks at one plane of an image of CV-CUDA: HW, or HWC with several channels. NV12 is plane 0, HW, and plane 1,
/// HWC<2>, at half the size.
///
///   auto const data = image.exportData<nvcv::ImageDataStridedCuda>();
///   auto rgb = pane::from_nvcv_plane<std::uint8_t const, HWC<3>>(data->cdata(), 0);
///
/// Elements, memory and stream as `from_nvcv`; `device` is that of CUDA memory, host memory gets `host_device`.
///
/// @throws InvalidArgument  there is no such plane; block-linear or array memory; several channels share a word (RGB565,
///                          P010, YUYV); or extra channels.
template <NvcvImageData D>
AnyTensor from_nvcv_plane(D const& image, int plane, int device) {
  return detail::describe_nvcv_plane(image, plane, device, "pane::from_nvcv_plane");
}
template <Element T, TensorLayout L, NvcvImageData D>
Tensor<T, L> from_nvcv_plane(D const& image, int plane) {
  return detail::typed_foreign<T, L>(
      detail::describe_nvcv_plane(image, plane, AnyTensor::host_device, "pane::from_nvcv_plane"),
      "pane::from_nvcv_plane");
}

/// Describes a tensor for CV-CUDA.
///
///   nvcv::TensorDataStridedCuda const data(pane::to_nvcv<NVCVTensorData>(blob));
///   nvcv::Tensor const wrapped = nvcv::TensorWrapData(data);
///
/// Shapes    not empty, a stated layout; from the axis W on packed, the axes before it at least so far apart that
///           nothing overlaps (the rule of nvcvTensorWrapDataConstruct). One-channel element types: C is an axis
/// Elements  u8 to u64, s8 to s64, f16, f32, f64
/// Memory    of a CUDA device; nothing is owned, it must outlive the wrapped tensor
///
/// @throws InvalidArgument  CV-CUDA would not take it, or the tensor is read-only.
template <NvcvTensorData D>
D to_nvcv(AnyTensor const& tensor, ConstMemory const_memory = ConstMemory::refuse) {
  static constexpr char const* operation = "pane::to_nvcv";
  detail::require_foreign_rank(tensor.rank, operation);
  AnyTensor const t = detail::checked_foreign(tensor, operation);
  detail::require_writable(t, const_memory, operation);
  auto const check = [&](bool rule, auto const&... text) {
    if (!rule)
      throw InvalidArgument(detail::concat(operation, ": tensor is ", t.text(), ": ", text...));
  };
  std::string_view const axes(t.axes);
  auto const w = axes.find('W');
  check(w != axes.npos, "state its layout: CV-CUDA's rules depend on where W is");
  check(t.data != nullptr, "CV-CUDA has no tensors without elements");
  std::uint64_t const type = detail::nvcv_type(t.dtype, 1);
  check(type != 0, "CV-CUDA has no elements of type ", name(t.dtype));
  D out{};
  out.dtype = type;
  out.rank = t.rank;
  out.layout.rank = t.rank;
  std::int64_t packed = size_bytes(t.dtype);
  for (int i = t.rank - 1; i >= 0; --i) {
    std::int64_t const stride = t.shape[i] == 1 ? packed : t.stride_bytes[i];
    check(stride == packed || (i < static_cast<int>(w) && stride > packed), "stride ", i,
          i < static_cast<int>(w) ? " must be at least " : " must be ", packed, " for CV-CUDA");
    out.shape[i] = t.shape[i];
    out.layout.data[i] = t.axes[i];
    out.buffer.strided.strides[i] = stride;
    check(!__builtin_mul_overflow(stride, t.shape[i], &packed), "the strides are beyond 64 bits");
  }
  out.bufferType = static_cast<decltype(out.bufferType)>(detail::NvcvBuffer::strided_cuda);
  out.buffer.strided.basePtr = static_cast<decltype(out.buffer.strided.basePtr)>(t.data);
  return out;
}

PANE_NAMESPACE_END
