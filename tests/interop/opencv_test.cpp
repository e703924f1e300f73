// SPDX-License-Identifier: MIT
// NEEDS: opencv
#include <tests/support/catch.hpp>

#if __has_include(<opencv2/core.hpp>)

#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/opencv.hpp>
#include <pane/ops/copy.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::CHW;
using pane::ConstMemory;
using pane::DType;
using pane::from_gpu_mat;
using pane::from_mat;
using pane::HW;
using pane::HWC;
using pane::NCHW;
using pane::NHW;
using pane::NHWC;
using pane::Tensor;
using pane::to_gpu_mat;
using pane::to_mat;

namespace {

using Integers = std::vector<std::int64_t>;

Integers shape_of(AnyTensor const& t) {
  return Integers(t.shape, t.shape + t.rank);
}
Integers strides_of(AnyTensor const& t) {
  return Integers(t.stride_bytes, t.stride_bytes + t.rank);
}

template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

std::string export_refusal(AnyTensor const& t) {
  return refusal([&] { to_mat(t); });
}

constexpr std::pair<int, DType> depths[] = {
    {CV_8U, DType::u8},   {CV_8S, DType::s8},   {CV_16U, DType::u16}, {CV_16S, DType::s16},
    {CV_32S, DType::s32}, {CV_16F, DType::f16}, {CV_32F, DType::f32}, {CV_64F, DType::f64}};

}  // namespace

TEST_CASE("every depth and number of channels crosses both ways") {
  for (auto const& [depth, dtype] : depths) {
    for (int const channels : {1, 2, 3, 4, 7}) {
      CAPTURE(name(dtype), channels);
      cv::Mat const mat(5, 6, CV_MAKETYPE(depth, channels));
      AnyTensor const t = from_mat(mat);
      CHECK(t.data == mat.data);
      CHECK(t.dtype == dtype);
      CHECK(t.device == AnyTensor::host_device);
      CHECK(std::string(t.axes) == (channels == 1 ? "HW" : "HWC"));
      std::int64_t const element = size_bytes(dtype);
      CHECK(shape_of(t) == (channels == 1 ? Integers{5, 6} : Integers{5, 6, channels}));
      CHECK(strides_of(t) == (channels == 1
                                  ? Integers{6 * element, element}
                                  : Integers{6 * channels * element, channels * element, element}));
      cv::Mat const back = to_mat(t);
      CHECK(back.data == mat.data);
      CHECK(back.type() == mat.type());
      CHECK(back.size() == mat.size());
      CHECK(back.step == mat.step);
    }
  }
}

TEST_CASE("the rows of a part of a mat are as far apart as those of the whole") {
  cv::Mat whole(8, 10, CV_16UC3);
  cv::randu(whole, 0, 60000);
  cv::Mat const part = whole(cv::Rect(2, 3, 5, 4));
  auto const view = from_mat<std::uint16_t, HWC<3>>(part);
  CHECK(view.pitch_bytes() == 60);
  CHECK(view.height() == 4);
  CHECK(view.width() == 5);
  for (int c = 0; c < 3; ++c) CHECK(*view.address(0, 3, 4, c) == whole.at<cv::Vec3w>(6, 6)[c]);
  *view.address(0, 0, 0, 1) = 65535;
  CHECK(whole.at<cv::Vec3w>(3, 2)[1] == 65535);

  cv::Mat const back = to_mat(view);
  CHECK(back.step == 60);
  CHECK_FALSE(back.isContinuous());
  CHECK(cv::norm(back, part, cv::NORM_INF) == 0);
}

TEST_CASE("a mat becomes the view that the caller says it is") {
  cv::Mat const grey(2, 3, CV_8UC1);
  CHECK(from_mat<std::uint8_t, HW>(grey).width() == 3);
  CHECK(from_mat<std::uint8_t const, HWC<1>>(grey).width() == 3);
  CHECK(from_mat<std::uint8_t const, HWC<>>(grey).channel_count() == 1);
  cv::Mat const bgr(2, 3, CV_8UC3);
  CHECK(from_mat<std::uint8_t, HWC<>>(bgr).channel_count() == 3);
  CHECK_THAT(refusal([&] { from_mat<float, HWC<3>>(bgr); }),
             ContainsSubstring("pane::from_mat: ") && ContainsSubstring("HWC u8 [2, 3, 3]") &&
                 ContainsSubstring("the element type must be f32"));
  CHECK_THAT(refusal([&] { from_mat<std::uint8_t, HWC<4>>(bgr); }),
             ContainsSubstring("extent 2 must be 4"));
  CHECK_THAT(refusal([&] { from_mat<std::uint8_t, HW>(bgr); }),
             ContainsSubstring("the rank must be 2 for HW"));
  CHECK_THAT(refusal([&] { from_mat<std::uint8_t, CHW<3>>(bgr); }),
             ContainsSubstring("stated as HWC, not CHW"));
  CHECK_THAT(refusal([&] { from_mat<std::uint8_t, NHWC<3>>(bgr); }),
             ContainsSubstring("the rank must be 4"));
}

TEST_CASE("a mat without pixels is an empty tensor") {
  CHECK(from_mat(cv::Mat()).data == nullptr);
  CHECK(shape_of(from_mat(cv::Mat())) == Integers{0, 0});
  CHECK(from_mat<std::uint8_t, HWC<3>>(cv::Mat(0, 5, CV_8UC3)).empty());
  cv::Mat const none = to_mat(Tensor<float, HWC<3>>(nullptr, {4, 0, 3}));
  CHECK(none.empty());
  CHECK(none.type() == CV_32FC3);
  CHECK(none.rows == 4);
}

TEST_CASE("more than two dimensions keep their order, and channels come last") {
  int const sizes[] = {2, 3, 4, 5};
  cv::Mat const blob(4, sizes, CV_32F);
  AnyTensor const t = from_mat(blob);
  CHECK(t.axes[0] == '\0');
  CHECK(shape_of(t) == Integers{2, 3, 4, 5});
  CHECK(strides_of(t) == Integers{240, 80, 20, 4});
  auto const nchw = from_mat<float, NCHW<3>>(blob);
  *nchw.address(1, 3, 4, 2) = 7.5f;
  int const at[] = {1, 2, 3, 4};
  CHECK(blob.at<float>(at) == 7.5f);

  int const batch[] = {2, 4, 5};
  cv::Mat const frames(3, batch, CV_8UC3);
  auto const nhwc = from_mat<std::uint8_t, NHWC<3>>(frames);
  CHECK(nhwc.width() == 5);
  CHECK(nhwc.stride_bytes(0) == 60);
  cv::Mat const greys(3, batch, CV_8UC1);
  CHECK(from_mat<std::uint8_t, NHW>(greys).batch() == 2);
  CHECK(from_mat<std::uint8_t, NHWC<1>>(greys).batch() == 2);

  int const ones[] = {1, 1, 1, 1, 1, 1, 1, 1};
  CHECK(from_mat(cv::Mat(8, ones, CV_8UC1)).rank == 8);
  CHECK_THAT(refusal([&] { from_mat(cv::Mat(8, ones, CV_8UC2)); }),
             ContainsSubstring("pane::from_mat: the rank is 9"));
}

TEST_CASE("what a mat cannot say is refused") {
  std::vector<float> pixels(200);
  float* const p = pixels.data();
  CHECK_THAT(export_refusal(Tensor<float, CHW<3>>(p, {3, 4, 5})),
             ContainsSubstring("pane::to_mat: tensor is CHW f32 [3, 4, 5]") &&
                 ContainsSubstring("channel(tensor, c)"));
  CHECK_THAT(export_refusal(Tensor<float, NHWC<3>>(p, {2, 4, 5, 3})),
             ContainsSubstring("item(tensor, n)"));
  CHECK_THAT(export_refusal(Tensor<float, NHW>(p, {2, 4, 5})), ContainsSubstring("HW or HWC"));
  CHECK_THAT(export_refusal(upside_down(Tensor<float, HW>(p, {4, 5}))),
             ContainsSubstring("run downwards"));
  CHECK_THAT(export_refusal(mirrored(Tensor<float, HW>(p, {4, 5}))),
             ContainsSubstring("left to right"));
  CHECK_THAT(export_refusal(Tensor<float, HW>::strided(p, {4, 5}, {0, 4})),
             ContainsSubstring("do not overlap"));
  CHECK_THAT(export_refusal(Tensor<float, HWC<3>>::strided(p, {2, 5, 3}, {80, 16, 4})),
             ContainsSubstring("pixels of a mat's row are neighbours"));
  CHECK_THAT(export_refusal(Tensor<float, HWC<3>>::strided(p, {2, 5, 3}, {20, 4, 40})),
             ContainsSubstring("channels of a mat's pixel are neighbours"));
  CHECK_THAT(export_refusal(Tensor<float, HWC<>>(p, {1, 0, 513})),
             ContainsSubstring("1 to 512 channels"));
  std::vector<std::uint32_t> words(6);
  CHECK_THAT(export_refusal(Tensor<std::uint32_t, HW>(words.data(), {2, 3})),
             ContainsSubstring("no elements of type u32"));
  CHECK_THAT(export_refusal(Tensor<bool, HW>(nullptr, {0, 3})),
             ContainsSubstring("no elements of type bool"));
  AnyTensor unstated(Tensor<float, HW>(p, {4, 5}));
  unstated.axes[0] = '\0';
  CHECK_THAT(export_refusal(unstated), ContainsSubstring("a mat is HW or HWC"));

  Tensor<float const, HW> const read(p, {4, 5});
  CHECK_THAT(export_refusal(read),
             ContainsSubstring("(read-only)") && ContainsSubstring("ConstMemory::allow"));
  CHECK(to_mat(read, ConstMemory::allow).data == reinterpret_cast<uchar*>(p));
}

TEST_CASE("one row or one column may have any stride there") {
  std::vector<float> pixels(64);
  cv::Mat const row = to_mat(Tensor<float, HW>::strided(pixels.data(), {1, 5}, {-4, 4}));
  CHECK(row.cols == 5);
  CHECK(row.isContinuous());
  cv::Mat const column = to_mat(Tensor<float, HW>::strided(pixels.data(), {5, 1}, {12, -4}));
  CHECK(column.step == 12);
  CHECK(column.ptr<float>(4) == pixels.data() + 12);
}

TEST_CASE("planes out of a mat agree with cv::split") {
  cv::Mat bgr(7, 9, CV_8UC3);
  cv::randu(bgr, 0, 256);
  std::vector<std::uint8_t> planes(3 * 7 * 9);
  Tensor<std::uint8_t, CHW<3>> const chw(planes.data(), {3, 7, 9});
  pane::copy(pane::host, from_mat<std::uint8_t const, HWC<3>>(bgr), chw);
  std::vector<cv::Mat> expected;
  cv::split(bgr, expected);
  for (int c = 0; c < 3; ++c) {
    CHECK(cv::norm(to_mat(channel(chw, c)), expected[static_cast<std::size_t>(c)], cv::NORM_INF) ==
          0);
  }
}

TEST_CASE("a mat of the GPU is described without touching it") {
  auto* const somewhere = reinterpret_cast<void*>(std::uintptr_t{0x7f0000000000});
  cv::cuda::GpuMat const mat(4, 5, CV_8UC3, somewhere, 512);
  AnyTensor const t = from_gpu_mat(mat, 1);
  CHECK(t.data == somewhere);
  CHECK(t.device == 1);
  CHECK(std::string(t.axes) == "HWC");
  CHECK(shape_of(t) == Integers{4, 5, 3});
  CHECK(strides_of(t) == Integers{512, 3, 1});
  auto const view = from_gpu_mat<std::uint8_t const, HWC<3>>(mat);
  CHECK(view.pitch_bytes() == 512);
  auto const part = from_gpu_mat<std::uint8_t, HWC<3>>(mat(cv::Rect(1, 2, 3, 2)));
  CHECK(part.data() == static_cast<std::uint8_t*>(somewhere) + 2 * 512 + 3);
  CHECK(part.pitch_bytes() == 512);

  cv::cuda::GpuMat const back = to_gpu_mat(part);
  CHECK(back.data == part.data());
  CHECK(back.step == 512);
  CHECK(back.size() == cv::Size(3, 2));
  CHECK(back.type() == CV_8UC3);
  CHECK_THAT(refusal([&] { to_gpu_mat(view); }),
             ContainsSubstring("pane::to_gpu_mat") && ContainsSubstring("ConstMemory::allow"));
  CHECK(to_gpu_mat(Tensor<float, HW>(nullptr, {0, 3})).empty());
  CHECK(from_gpu_mat<std::uint8_t, HW>(cv::cuda::GpuMat(0, 3, CV_8UC1)).empty());
  CHECK_THAT(refusal([&] { from_gpu_mat<float, HWC<3>>(mat); }),
             ContainsSubstring("pane::from_gpu_mat"));
}

#else

TEST_CASE("cv::Mat") {
  PANE_SKIP("needs OpenCV (Debian: libopencv-core-dev)");
}

#endif
