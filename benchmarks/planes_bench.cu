// SPDX-License-Identifier: MIT
// P5 the other way: 8 frames of 4K, HWC u8 RGB -> BT.709 limited NV12; also with rows that are no whole words.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void rgb_to_nv12(bench::Case& c, int height, int width, int pitch_bytes) {
  auto const pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  int const chroma_rows = (height + 1) / 2;
  auto const surface = static_cast<std::int64_t>(height + chroma_rows) * pitch_bytes;
  bench::frames_case<std::uint8_t>(
      c,
      {8, pixels * 3, static_cast<std::size_t>(surface), 8.0 * 4.5 * static_cast<double>(pixels)},
      [=](auto where, std::uint8_t const* in, std::uint8_t* out, int frames) {
        auto const chroma = [=](int first) {
          return Tensor<std::uint8_t, NHW>::strided(
              out + std::int64_t{height} * pitch_bytes + first,
              {frames, chroma_rows, (width + 1) / 2}, {surface, pitch_bytes, 2});
        };
        Planes<std::uint8_t> const dst(Tensor<std::uint8_t, NHW>::strided(
                                           out, {frames, height, width}, {surface, pitch_bytes, 1}),
                                       chroma(0), chroma(1), 1, 1);
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {frames, height, width, 3}) |
                 views::to_yuv(bt709, limited_range),
             dst);
      });
}

void p5_rgb_to_nv12(bench::Case& c) {
  rgb_to_nv12(c, 2160, 3840, 3840);
}
void p5_rgb_to_nv12_2158x3838(bench::Case& c) {
  rgb_to_nv12(c, 2158, 3838, 3838);
}
PANE_CASE(p5_rgb_to_nv12);
PANE_CASE(p5_rgb_to_nv12_2158x3838);

}  // namespace
