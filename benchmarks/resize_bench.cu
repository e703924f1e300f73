// SPDX-License-Identifier: MIT
// P6: bilinear resize of 8 frames of RGB, 4K to 1080p, u8 to u8; and twins with other scales and odd sizes.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void resize(bench::Case& c, Size from, Size to) {
  auto const bytes = [](Size s) {
    return static_cast<std::size_t>(s.height) * static_cast<std::size_t>(s.width) * 3;
  };
  bench::frames_case<std::uint8_t>(
      c, {8, bytes(from), bytes(to)},
      [=](auto where, std::uint8_t const* in, std::uint8_t* out, int frames) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>(in, {frames, from.height, from.width, 3}) |
                 views::resize(to.height, to.width),
             Tensor<std::uint8_t, NHWC<3>>(out, {frames, to.height, to.width, 3}));
      });
}

void p6_u8(bench::Case& c) {
  resize(c, {2160, 3840}, {1080, 1920});
}
void p6_u8_to_1440x2560(bench::Case& c) {
  resize(c, {2160, 3840}, {1440, 2560});
}
void p6_u8_1079x1919(bench::Case& c) {
  resize(c, {2159, 3839}, {1079, 1919});
}
void p6_u8_roi(
    bench::Case& c) {  // a rectangle that begins at an odd address, in frames with a pitch
  constexpr int height = 2176;
  constexpr int width = 3856;
  constexpr std::size_t out = std::size_t{1080} * 1920 * 3;
  bench::frames_case<std::uint8_t>(
      c, {8, std::size_t{height} * width * 3, out, 8.0 * 5.0 * static_cast<double>(out)},
      [](auto where, std::uint8_t const* in, std::uint8_t* to, int frames) {
        Tensor<std::uint8_t const, NHWC<3>> const whole(in, {frames, height, width, 3});
        copy(where, subview(whole, {3, 5, 3840, 2160}) | views::resize(1080, 1920),
             Tensor<std::uint8_t, NHWC<3>>(to, {frames, 1080, 1920, 3}));
      });
}
PANE_CASE(p6_u8);
PANE_CASE(p6_u8_to_1440x2560);
PANE_CASE(p6_u8_1079x1919);
PANE_CASE(p6_u8_roi);

}  // namespace
