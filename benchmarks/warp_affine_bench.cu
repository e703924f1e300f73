// SPDX-License-Identifier: MIT
// A rotation of 4 frames of 4K RGB, bilinear, u8 to u8: by 30 degrees, and by 2.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

#include <cmath>

namespace {

using namespace pane;

void rotate(benchmark::State& state, double degrees) {
  constexpr int height = 2160;
  constexpr int width = 3840;
  constexpr std::size_t count = std::size_t{height} * width * 3;
  auto const c = static_cast<float>(std::cos(degrees * 3.14159265358979 / 180));
  auto const s = static_cast<float>(std::sin(degrees * 3.14159265358979 / 180));
  AffineMap const map{{{c, s, 1920 - c * 1920 - s * 1080}, {-s, c, 1080 + s * 1920 - c * 1080}}};
  // The upper bound of what is read: the whole source, corners that the rotation leaves out included.
  bench::frames_case<std::uint8_t>(
      state, {4, count, count},
      [&](auto where, std::uint8_t const* in, std::uint8_t* out, int frames) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {frames, height, width, 3}) |
                 views::warp_affine(height, width, map),
             Tensor<std::uint8_t, NHWC<3>>(out, {frames, height, width, 3}));
      });
}

void warp_affine_u8_30_degrees(benchmark::State& state) {
  rotate(state, 30.0);
}
void warp_affine_u8_2_degrees(benchmark::State& state) {
  rotate(state, 2.0);
}
PANE_DEVICE_BENCHMARK(warp_affine_u8_30_degrees);
PANE_DEVICE_BENCHMARK(warp_affine_u8_2_degrees);

}  // namespace
