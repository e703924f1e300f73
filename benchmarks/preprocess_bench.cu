// SPDX-License-Identifier: MIT
// Video to detector: 16 NV12 frames of 1080p -> letterbox 640 x 640 -> RGB -> 1/255 -> planar half or float.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

constexpr int frames = 16;

/// Bytes of the rows that linear sampling touches in one plane: all 32-byte sectors of them.
double touched_rows(int in, int out) {
  detail::Axis const axis = detail::make_axis(in, out, half_pixel);
  std::vector<bool> row(static_cast<std::size_t>(in), false);
  for (int y = 0; y < out; ++y) {
    int const i = detail::whole(axis.at(y));
    row[static_cast<std::size_t>(std::clamp(i, 0, in - 1))] = true;
    if (detail::fraction<double>(axis.at(y)) > 1e-6)
      row[static_cast<std::size_t>(std::clamp(i + 1, 0, in - 1))] = true;
  }
  return static_cast<double>(std::count(row.begin(), row.end(), true));
}

template <class T>
void letterbox_nv12(bench::Case& c, int height, int width, int pitch, int side = 640) {
  LetterboxGeometry const g = letterbox_geometry({height, width}, {side, side});
  std::size_t const in_bytes =
      static_cast<std::size_t>(height) * 3 / 2 * static_cast<std::size_t>(pitch);
  std::size_t const out_count =
      std::size_t{3} * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  // The floor: the luma rows that have a weight, all chroma rows, and the whole output.
  double const touched = (touched_rows(height, g.height) + height / 2.0) * width;
  bench::frames_case<T>(
      c,
      {frames, in_bytes, out_count,
       frames * (touched + static_cast<double>(out_count * sizeof(T)))},
      [=](auto where, std::uint8_t const* in, T* out, int n) {
        copy(
            where,
            nv12_surface(in, {.batch = n, .height = height, .width = width, .pitch_bytes = pitch}) |
                views::letterbox(side, side, {.fill = 114}) | views::to_rgb(bt709, limited_range) |
                views::scale_offset(1.0f / 255.0f),
            Tensor<T, NCHW<3>>(out, {n, 3, side, side}));
      });
}

/// P12a: one small picture, where the launch is the cost.
void p12a_f32(bench::Case& c) {
  bench::frames_case<float>(
      c, {1, 256 * 256 * 3, 224 * 224 * 3},
      [=](auto where, std::uint8_t const* in, float* out, int n) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {n, 256, 256, 3}) | views::resize(224, 224) |
                 views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                                  {.scale = 1.0f / 255.0f}),
             Tensor<float, NCHW<3>>(out, {n, 3, 224, 224}));
      });
}

void p1_f16(bench::Case& c) {
  letterbox_nv12<f16>(c, 1080, 1920, 1920);
}
void p1_f32(bench::Case& c) {
  letterbox_nv12<float>(c, 1080, 1920, 1920);
}
void p1_f16_pitch_2048(bench::Case& c) {
  letterbox_nv12<f16>(c, 1080, 1920, 2048);
}
void p1_f16_to_600(bench::Case& c) {  // a scale of 3.2, where no weight is zero
  letterbox_nv12<f16>(c, 1080, 1920, 1920, 600);
}
void p1_f16_1078x1918(bench::Case& c) {
  letterbox_nv12<f16>(c, 1078, 1918, 1918);
}
PANE_CASE(p1_f16);
PANE_CASE(p1_f32);
PANE_CASE(p1_f16_pitch_2048);
PANE_CASE(p1_f16_to_600);
PANE_CASE(p1_f16_1078x1918);
PANE_CASE(p12a_f32);

}  // namespace
