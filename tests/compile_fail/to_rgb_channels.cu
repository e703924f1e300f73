// SPDX-License-Identifier: MIT
// EXPECT: a colour conversion needs an image of 3 channels
#include <pane/pane.hpp>

#include <cstdint>

auto f(pane::Tensor<std::uint8_t const, pane::HW> src) {
  return src | pane::views::to_rgb(pane::bt709, pane::full_range);
}
