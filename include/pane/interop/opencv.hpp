// SPDX-License-Identifier: MIT
#pragma once

// cv::Mat and cv::cuda::GpuMat both ways. Needs the core module of OpenCV 4; a GpuMat is described, not computed
// with, so an OpenCV without CUDA will do.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/const_memory.hpp>
#include <pane/interop/detail/foreign.hpp>

#include <opencv2/core.hpp>
#include <opencv2/core/cuda.hpp>

#include <cstdint>
#include <limits>

PANE_NAMESPACE_BEGIN

namespace detail {

struct CvDepth {
  int depth;
  DType dtype;
};
inline constexpr CvDepth cv_depths[] = {
    {CV_8U, DType::u8},   {CV_8S, DType::s8},   {CV_16U, DType::u16}, {CV_16S, DType::s16},
    {CV_32S, DType::s32}, {CV_16F, DType::f16}, {CV_32F, DType::f32}, {CV_64F, DType::f64},
};

inline DType dtype_of_cv(int type, char const* operation) {
  for (CvDepth const& known : cv_depths) {
    if (known.depth == CV_MAT_DEPTH(type)) return known.dtype;
  }
  throw InvalidArgument(concat(operation, ": mat has elements of depth ", CV_MAT_DEPTH(type),
                               ", for which there is no pane::DType"));
}

/// A stride or an address as OpenCV keeps it; beyond 63 bits it becomes one that `checked_foreign` refuses.
inline std::int64_t signed_bytes(std::size_t bytes) noexcept {
  return bytes > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max())
             ? std::numeric_limits<std::int64_t>::max()
             : static_cast<std::int64_t>(bytes);
}

/// Several channels are a last axis of their own.
inline void append_channels(AnyTensor& t, int channels) noexcept {
  t.shape[t.rank] = channels;
  t.stride_bytes[t.rank] = size_bytes(t.dtype);
  ++t.rank;
}

/// A matrix of rows and columns is HW or HWC.
template <class Mat>
AnyTensor describe_rows(Mat const& mat, char const* operation) {
  AnyTensor t;
  t.data = mat.data;
  t.dtype = dtype_of_cv(mat.type(), operation);
  t.rank = 2;
  t.shape[0] = mat.rows;
  t.shape[1] = mat.cols;
  t.stride_bytes[0] = signed_bytes(mat.step);
  t.stride_bytes[1] = signed_bytes(mat.elemSize());
  if (mat.channels() > 1) append_channels(t, mat.channels());
  for (int i = 0; i < t.rank; ++i) t.axes[i] = "HWC"[i];
  return checked_foreign(t, operation);
}

inline AnyTensor describe_mat(cv::Mat const& mat, char const* operation) {
  if (mat.dims <= 2) return describe_rows(mat, operation);
  AnyTensor t;
  require_foreign_rank(mat.dims + (mat.channels() > 1 ? 1 : 0), operation);
  t.data = mat.data;
  t.dtype = dtype_of_cv(mat.type(), operation);
  t.rank = mat.dims;
  for (int i = 0; i < t.rank; ++i) {
    t.shape[i] = mat.size[i];
    t.stride_bytes[i] = signed_bytes(mat.step[i]);
  }
  if (mat.channels() > 1) append_channels(t, mat.channels());
  return checked_foreign(t, operation);
}

/// One channel may be an axis of extent 1 or no axis at all.
template <Element T, TensorLayout L>
Tensor<T, L> typed_mat(AnyTensor t, int channels, char const* operation) {
  if (L::rank == t.rank + 1 && L::axes[L::rank - 1] == 'C' && channels == 1) {
    if (t.axes[0] != '\0') t.axes[t.rank] = 'C';
    append_channels(t, 1);
  }
  return typed_foreign<T, L>(t, operation);
}

/// What a header of rows and columns needs: the type, and a check that nothing else is there.
struct CvHeader {
  AnyTensor t;
  int rows = 0;
  int cols = 0;
  int type = 0;
  std::size_t step = 0;
};

inline CvHeader cv_header(AnyTensor const& tensor,
                          ConstMemory const_memory,
                          char const* operation) {
  require_foreign_rank(tensor.rank, operation);
  AnyTensor const t = checked_foreign(tensor, operation);
  require_writable(t, const_memory, operation);
  auto const check = [&](bool rule, auto const&... text) {
    if (!rule) throw InvalidArgument(concat(operation, ": tensor is ", t.text(), ": ", text...));
  };
  bool const hw = t.rank == 2 && t.axes[0] == 'H' && t.axes[1] == 'W';
  bool const hwc = t.rank == 3 && t.axes[0] == 'H' && t.axes[1] == 'W' && t.axes[2] == 'C';
  check(
      hw || hwc,
      "a mat is HW or HWC; take one image with item(tensor, n), one plane with channel(tensor, c), "
      "or copy planes into an HWC tensor");
  std::int64_t const channels = hwc ? t.shape[2] : 1;
  check(channels >= 1 && channels <= CV_CN_MAX, "a mat has 1 to ", CV_CN_MAX, " channels");
  check(t.shape[0] <= std::numeric_limits<int>::max() &&
            t.shape[1] <= std::numeric_limits<int>::max(),
        "a mat counts rows and columns in 32 bits");
  int depth = -1;
  for (CvDepth const& known : cv_depths) {
    if (known.dtype == t.dtype) depth = known.depth;
  }
  check(depth >= 0, "a mat has no elements of type ", name(t.dtype));
  std::int64_t const element = size_bytes(t.dtype);
  std::int64_t const row_bytes = t.shape[1] * channels * element;
  if (t.data != nullptr) {
    check(channels == 1 || t.stride_bytes[2] == element,
          "the channels of a mat's pixel are neighbours");
    check(t.shape[1] == 1 || t.stride_bytes[1] == channels * element,
          "the pixels of a mat's row are neighbours, left to right");
    check(t.shape[0] == 1 || t.stride_bytes[0] >= row_bytes,
          "the rows of a mat run downwards and do not overlap");
  }
  CvHeader out;
  out.t = t;
  out.rows = static_cast<int>(t.shape[0]);
  out.cols = static_cast<int>(t.shape[1]);
  out.type = CV_MAKETYPE(depth, static_cast<int>(channels));
  out.step = static_cast<std::size_t>(t.data == nullptr || t.shape[0] == 1 ? row_bytes
                                                                           : t.stride_bytes[0]);
  return out;
}

}  // namespace detail

/// Looks at a cv::Mat whose type the program does not know.
///
/// Shapes    rows and columns become HW, or HWC with several channels. A mat of more than two dimensions keeps them in
///           order, several channels become a last axis, and no layout is stated; rank 3 to 8
/// Elements  CV_8U, 8S, 16U, 16S, 32S, 16F, 32F, 64F
/// Memory    nothing is owned: hold the mat, which frees or moves its memory in `release`, `create` and assignment
///
/// @throws InvalidArgument  another element type, or more than 8 axes.
inline AnyTensor from_mat(cv::Mat const& mat) {
  return detail::describe_mat(mat, "pane::from_mat");
}

/// Looks at a cv::Mat as the tensor that the caller says it is. Nothing is converted; the pitch is `mat.step`.
///
///   cv::Mat photo = cv::imread("photo.jpg");                                  // BGR
///   cv::Mat small(224, 224, CV_8UC3);
///   pane::copy(pane::host, pane::from_mat<std::uint8_t const, HWC<3>>(photo) | views::resize(224, 224),
///              pane::from_mat<std::uint8_t, HWC<3>>(small));
///   cv::imwrite("small.png", small);
///
/// As above, and: a mat of one channel is HW and HWC<1>; the blob of cv::dnn is NCHW.
///
/// @throws InvalidArgument  also when the element type, the rank, the channels or the stated layout differ.
template <Element T, TensorLayout L>
Tensor<T, L> from_mat(cv::Mat const& mat) {
  return detail::typed_mat<T, L>(detail::describe_mat(mat, "pane::from_mat"), mat.channels(),
                                 "pane::from_mat");
}

/// A cv::Mat header over the memory of a tensor: nothing is copied.
///
/// Shapes    HW, and HWC with 1 to 512 channels, pixels and channels packed, any pitch
/// Elements  u8, s8, u16, s16, s32, f16, f32, f64
/// Memory    of the host. The mat does not own it and must not outlive it; `create` with another size lets go of it
///
/// @throws InvalidArgument  a mat cannot say it: a batch, planes, gaps between pixels, rows that run upwards, another
///                          element type; or the tensor is read-only.
inline cv::Mat to_mat(AnyTensor const& tensor, ConstMemory const_memory = ConstMemory::refuse) {
  detail::CvHeader const h = detail::cv_header(tensor, const_memory, "pane::to_mat");
  if (h.t.data == nullptr) return cv::Mat(h.rows, h.cols, h.type);  // allocates nothing
  return cv::Mat(h.rows, h.cols, h.type, h.t.data, h.step);
}

/// Looks at a cv::cuda::GpuMat; HW, or HWC with several channels.
///
/// Memory    nothing is owned: hold the mat. OpenCV does not note the device: say which
/// Stream    nobody waits; cv::cuda::StreamAccessor::getStream(stream) is the handle to run on after OpenCV's work
///
/// @throws InvalidArgument  another element type.
inline AnyTensor from_gpu_mat(cv::cuda::GpuMat const& mat, int device) {
  AnyTensor t = detail::describe_rows(mat, "pane::from_gpu_mat");
  t.device = device;
  return t;
}

/// Looks at a cv::cuda::GpuMat as the tensor that the caller says it is.
///
///   auto frame = pane::from_gpu_mat<std::uint8_t const, HWC<3>>(gpu_mat);
template <Element T, TensorLayout L>
Tensor<T, L> from_gpu_mat(cv::cuda::GpuMat const& mat) {
  return detail::typed_mat<T, L>(detail::describe_rows(mat, "pane::from_gpu_mat"), mat.channels(),
                                 "pane::from_gpu_mat");
}

/// A cv::cuda::GpuMat header over the memory of a tensor, by the rules of `to_mat`. The memory is of the device that
/// is current when OpenCV uses it.
inline cv::cuda::GpuMat to_gpu_mat(AnyTensor const& tensor,
                                   ConstMemory const_memory = ConstMemory::refuse) {
  detail::CvHeader const h = detail::cv_header(tensor, const_memory, "pane::to_gpu_mat");
  if (h.t.data == nullptr) return cv::cuda::GpuMat(h.rows, h.cols, h.type);  // allocates nothing
  return cv::cuda::GpuMat(h.rows, h.cols, h.type, h.t.data, h.step);
}

PANE_NAMESPACE_END
