// SPDX-License-Identifier: MIT
// A rotation of 4 frames of 4K RGB, bilinear, u8 to u8: by 30 degrees, and by 2.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

#include <cmath>

namespace {

using namespace pane;

void rotate(bench::Case& c, double degrees) {
  constexpr int height = 2160;
  constexpr int width = 3840;
  constexpr std::size_t count = std::size_t{height} * width * 3;
  auto const cosine = static_cast<float>(std::cos(degrees * 3.14159265358979 / 180));
  auto const sine = static_cast<float>(std::sin(degrees * 3.14159265358979 / 180));
  AffineMap const map{{{cosine, sine, 1920 - cosine * 1920 - sine * 1080},
                       {-sine, cosine, 1080 + sine * 1920 - cosine * 1080}}};
  // The upper bound of what is read: the whole source, corners that the rotation leaves out included.
  bench::frames_case<std::uint8_t>(
      c, {4, count, count}, [=](auto where, std::uint8_t const* in, std::uint8_t* out, int frames) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {frames, height, width, 3}) |
                 views::warp_affine(height, width, map),
             Tensor<std::uint8_t, NHWC<3>>(out, {frames, height, width, 3}));
      });
}

void warp_affine_u8_30_degrees(bench::Case& c) {
  rotate(c, 30.0);
}
void warp_affine_u8_2_degrees(bench::Case& c) {
  rotate(c, 2.0);
}
PANE_CASE(warp_affine_u8_30_degrees);
PANE_CASE(warp_affine_u8_2_degrees);

}  // namespace
