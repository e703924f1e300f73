// SPDX-License-Identifier: MIT
// EXPECT: the interpolation must be pane::nearest, pane::linear, pane::cubic or
#include <pane/pane.hpp>

#include <cstdint>

auto f(pane::Tensor<std::uint8_t const, pane::HWC<3>> src) {
  return src | pane::views::resize(2, 2, pane::bt709);
}
