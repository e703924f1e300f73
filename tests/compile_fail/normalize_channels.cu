// SPDX-License-Identifier: MIT
// EXPECT: one value for each channel of the image
#include <pane/pane.hpp>

#include <cstdint>

auto f(pane::Tensor<std::uint8_t const, pane::HWC<3>> src) {
  return src | pane::views::normalize({0.5f, 0.5f}, {0.1f, 0.1f});
}
