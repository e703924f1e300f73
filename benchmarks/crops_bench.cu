// SPDX-License-Identifier: MIT
// P3: 50 detections of one 4K frame -> 128 wide, 256 high -> normalised planar floats; and to 64 x 128.
// P9: a crop of each of 256 pictures, resized, flipped, its colours changed by a matrix of its own, normalised -> planar
// halves; and without the matrix, for which other libraries have a counterpart.
#include <pane/pane.hpp>

#include <benchmarks/support/device_bytes.hpp>
#include <benchmarks/support/device_case.hpp>
#include <benchmarks/support/scenes.hpp>

namespace {

using namespace pane;

using bench::detections;
using bench::deviation;
using bench::mean;

void crop_detections(bench::Case& c, int height, int width) {
  auto const boxes = detections();
  double pixels = 0.0;
  for (auto const& b : boxes) pixels += static_cast<double>(b.roi.width) * b.roi.height;
  std::size_t const out =
      std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  bench::frames_case<float>(c,
                            {1, std::size_t{2160} * 3840 * 3, 50 * out,
                             3.0 * pixels + 50.0 * static_cast<double>(out * sizeof(float))},
                            [=](auto where, std::uint8_t const* in, float* to, int) {
                              copy(where,
                                   Tensor<std::uint8_t const, HWC<3>>(in, {2160, 3840, 3}) |
                                       views::crops(boxes) | views::resize(height, width) |
                                       views::normalize(mean, deviation, {.scale = 1.0f / 255.0f}),
                                   Tensor<float, NCHW<3>>(to, {50, 3, height, width}));
                            });
}

void p3_f32(bench::Case& c) {
  crop_detections(c, 256, 128);
}
void p3_f32_128x64(bench::Case& c) {
  crop_detections(c, 128, 64);
}

/// Boxes in memory of the GPU, lent once.
List<CropBox> on_device(std::vector<CropBox> const& boxes) {
  static bench::DeviceBytes const scratch(
      scratch_bytes<CropBox>(static_cast<std::int64_t>(boxes.size())));
  static auto const list = [&] {
    auto const lent = lend(Stream{nullptr}, boxes.data(), static_cast<std::int64_t>(boxes.size()),
                           scratch.data(), scratch.bytes());
    bench::check(cudaDeviceSynchronize(), "lend");
    return lent;
  }();
  return list;
}

constexpr int images = 256;

/// A colour matrix for each picture.
struct ColorOfImage {
  views::ColorTransform const* transforms;
  template <class T>
  PANE_HOST_DEVICE Vec<float, 3> operator()(Vec<T, 3> const& p, std::int64_t n, int, int) const {
    return transforms[n](p);
  }
};

views::ColorTransform color_of(int image) {
  float const contrast = 0.8f + 0.001f * static_cast<float>(image);
  float const gray = 0.1f - 0.0005f * static_cast<float>(image);
  views::ColorTransform t{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) t.m[i][j] = (i == j ? contrast : 0.0f) + gray;
    t.b[i] = static_cast<float>(image % 7);
  }
  return t;
}

/// `color(all)` is the view that changes the colours of all pictures on the GPU, or of the last one on the CPU.
template <class Color>
void p9(bench::Case& c, Color const& color) {
  std::vector<CropBox> boxes;
  double pixels = 0.0;
  for (int i = 0; i < images; ++i) {  // areas from 0.2 to 0.9 of the picture
    int const w = 224 + i * 37 % 251;
    int const h = 168 + i * 53 % 188;
    boxes.push_back({{i * 101 % (501 - w), i * 67 % (376 - h), w, h}, i});
    pixels += static_cast<double>(w) * h;
  }
  std::vector<CropBox> const last{{boxes.back().roi, 0}};
  constexpr std::size_t in_bytes = std::size_t{375} * 500 * 3;
  constexpr std::size_t out_count = std::size_t{3} * 224 * 224;
  bench::frames_case<f16>(
      c, {images, in_bytes, out_count, 3.0 * pixels + 2.0 * images * out_count},
      [=](auto where, std::uint8_t const* in, f16* out, int n) {
        auto const list = n == images ? on_device(boxes) : make_list(last.data(), 1);
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {n, 375, 500, 3}) | views::crops(list) |
                 views::resize(224, 224) | views::flip(FlipAxis::horizontal) | color(n == images) |
                 views::normalize(mean, deviation, {.scale = 1.0f / 255.0f}),
             Tensor<f16, NCHW<3>>(out, {n, 3, 224, 224}));
      });
}

/// The matrices of all pictures in memory of the GPU, copied once.
views::ColorTransform const* colors_on_device() {
  static bench::DeviceBytes const lent(images * sizeof(views::ColorTransform));
  [[maybe_unused]] static bool const copied = [] {
    std::vector<views::ColorTransform> colors;
    for (int i = 0; i < images; ++i) colors.push_back(color_of(i));
    bench::check(cudaMemcpy(lent.data(), colors.data(), lent.bytes(), cudaMemcpyHostToDevice),
                 "cudaMemcpy");
    return true;
  }();
  return static_cast<views::ColorTransform const*>(lent.data());
}

void p9_f16(bench::Case& c) {
  p9(c, [](bool all) {
    static auto const last = color_of(images - 1);
    return views::map(ColorOfImage{all ? colors_on_device() : &last});
  });
}
void p9_f16_without_matrix(bench::Case& c) {
  p9(c, [](bool) { return views::convert<float>(); });
}
PANE_CASE(p3_f32);
PANE_CASE(p3_f32_128x64);
PANE_CASE(p9_f16);
PANE_CASE(p9_f16_without_matrix);

}  // namespace
