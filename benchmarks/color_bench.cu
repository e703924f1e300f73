// SPDX-License-Identifier: MIT
// P5: 8 frames of 4K NV12 -> RGB u8, BT.709 limited range.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void p5_u8(benchmark::State& state) {
  constexpr int height = 2160;
  constexpr int width = 3840;
  constexpr std::size_t pixels = std::size_t{height} * width;
  bench::frames_case<std::uint8_t>(
      state, {8, pixels * 3 / 2, pixels * 3},
      [&](auto where, std::uint8_t const* in, std::uint8_t* out, int frames) {
        copy(where,
             nv12_surface(in, {.batch = frames, .height = height, .width = width}) |
                 views::to_rgb(bt709, limited_range),
             Tensor<std::uint8_t, NHWC<3>>(out, {frames, height, width, 3}));
      });
}
PANE_DEVICE_BENCHMARK(p5_u8);

}  // namespace
