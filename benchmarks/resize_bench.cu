// SPDX-License-Identifier: MIT
// P6: bilinear resize of 8 frames of RGB, 4K to 1080p, u8 to u8; and twins with other scales and odd sizes.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void resize(benchmark::State& state, Size from, Size to) {
  auto const bytes = [](Size s) {
    return static_cast<std::size_t>(s.height) * static_cast<std::size_t>(s.width) * 3;
  };
  bench::frames_case<std::uint8_t>(
      state, {8, bytes(from), bytes(to)},
      [&](auto where, std::uint8_t const* in, std::uint8_t* out, int frames) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {frames, from.height, from.width, 3}) |
                 views::resize(to.height, to.width),
             Tensor<std::uint8_t, NHWC<3>>(out, {frames, to.height, to.width, 3}));
      });
}

void p6_u8(benchmark::State& state) {
  resize(state, {2160, 3840}, {1080, 1920});
}
void p6_u8_to_1440x2560(benchmark::State& state) {
  resize(state, {2160, 3840}, {1440, 2560});
}
void p6_u8_1079x1919(benchmark::State& state) {
  resize(state, {2159, 3839}, {1079, 1919});
}
PANE_DEVICE_BENCHMARK(p6_u8);
PANE_DEVICE_BENCHMARK(p6_u8_to_1440x2560);
PANE_DEVICE_BENCHMARK(p6_u8_1079x1919);

}  // namespace
