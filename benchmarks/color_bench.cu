// SPDX-License-Identifier: MIT
// P5: 8 frames of 4K NV12 -> RGB u8, BT.709 limited range; one frame; and rows that are no whole words.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void nv12_to_rgb(bench::Case& c, int frames, int height, int width) {
  std::size_t const pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  bench::frames_case<std::uint8_t>(
      c, {frames, pixels * 3 / 2, pixels * 3},
      [=](auto where, std::uint8_t const* in, std::uint8_t* out, int n) {
        copy(where,
             nv12_surface(in, {.batch = n, .height = height, .width = width}) |
                 views::to_rgb(bt709, limited_range),
             Tensor<std::uint8_t, NHWC<3>>(out, {n, height, width, 3}));
      });
}

void p5_u8(bench::Case& c) {
  nv12_to_rgb(c, 8, 2160, 3840);
}
void p5_u8_single(bench::Case& c) {
  nv12_to_rgb(c, 1, 2160, 3840);
}
void p5_u8_2158x3838(bench::Case& c) {
  nv12_to_rgb(c, 8, 2158, 3838);
}
PANE_CASE(p5_u8);
PANE_CASE(p5_u8_single);
PANE_CASE(p5_u8_2158x3838);

}  // namespace
