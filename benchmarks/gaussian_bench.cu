// SPDX-License-Identifier: MIT
// P8a: a Gaussian of 7 x 7 over 4 frames of 4K RGB, u8 to u8; and its odd twin.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

template <class T>
void gaussian(bench::Case& c, int height, int width, int size) {
  std::size_t const count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
  bench::frames_case<T>(c, {4, count, count},
                        [=](auto where, std::uint8_t const* in, T* out, int frames) {
                          copy(where,
                               Tensor<std::uint8_t const, NHWC<3>>(in, {frames, height, width, 3}) |
                                   views::gaussian({.size = size, .sigma = 1.5f}),
                               Tensor<T, NHWC<3>>(out, {frames, height, width, 3}));
                        });
}

void p8a_u8(bench::Case& c) {
  gaussian<std::uint8_t>(c, 2160, 3840, 7);
}
void p8a_u8_2159x3839(bench::Case& c) {
  gaussian<std::uint8_t>(c, 2159, 3839, 7);
}
void p8a_u8_3x3(bench::Case& c) {
  gaussian<std::uint8_t>(c, 2160, 3840, 3);
}
PANE_CASE(p8a_u8);
PANE_CASE(p8a_u8_2159x3839);
PANE_CASE(p8a_u8_3x3);

}  // namespace
