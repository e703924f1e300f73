// SPDX-License-Identifier: MIT
// P2, antialiased shrinking: 8 NV12 frames of 4K -> 224 x 224 -> RGB -> normalised planar float.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void nv12_antialias(bench::Case& c, int height, int width, int pitch_bytes, ResampleFilter filter) {
  constexpr int side = 224;
  auto const in_bytes =
      static_cast<std::size_t>(height) * 3 / 2 * static_cast<std::size_t>(pitch_bytes);
  constexpr std::size_t out_count = std::size_t{3} * side * side;
  double const bytes =
      8.0 * (height * 1.5 * width + static_cast<double>(out_count * sizeof(float)));
  bench::frames_case<float>(
      c, {8, in_bytes, out_count, bytes},
      [=](auto where, std::uint8_t const* in, float* out, int frames) {
        copy(where,
             nv12_surface(
                 in,
                 {.batch = frames, .height = height, .width = width, .pitch_bytes = pitch_bytes}) |
                 views::resize(side, side, Antialias{filter}) |
                 views::to_rgb(bt709, limited_range) |
                 views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                                  {.scale = 1.0f / 255.0f}),
             Tensor<float, NCHW<3>>(out, {frames, 3, side, side}));
      });
}

void p2_f32(bench::Case& c) {
  nv12_antialias(c, 2160, 3840, 3840, ResampleFilter::triangle);
}
void p2_f32_pitch_4096(bench::Case& c) {
  nv12_antialias(c, 2160, 3840, 4096, ResampleFilter::triangle);
}
void p2_f32_2158x3838(bench::Case& c) {
  nv12_antialias(c, 2158, 3838, 3838, ResampleFilter::triangle);
}
void p2_f32_lanczos(bench::Case& c) {
  nv12_antialias(c, 2160, 3840, 3840, ResampleFilter::lanczos);
}

// A source that no tile holds: 1250 columns and 250 rows for each pixel of the result, in each direction.
void p2_cliff(bench::Case& c) {
  constexpr int height = 4000;
  constexpr int width = 20000;
  constexpr int side = 16;
  constexpr std::size_t in_bytes = std::size_t{3} * height * width;
  constexpr std::size_t out_count = std::size_t{3} * side * side;
  bench::frames_case<float>(
      c, {1, in_bytes, out_count, static_cast<double>(in_bytes + out_count * sizeof(float))},
      [=](auto where, std::uint8_t const* in, float* out, int frames) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {frames, height, width, 3}) |
                 views::resize(side, side, antialias),
             Tensor<float, NCHW<3>>(out, {frames, 3, side, side}));
      });
}
PANE_CASE(p2_f32);
PANE_CASE(p2_f32_pitch_4096);
PANE_CASE(p2_f32_2158x3838);
PANE_CASE(p2_f32_lanczos);
PANE_CASE(p2_cliff);

}  // namespace
