// SPDX-License-Identifier: MIT
// EXPECT: the images of a ragged batch have sizes of their own: give each its box
#include <pane/pane.hpp>

#include <cstdint>

auto f(pane::Batch<pane::Tensor<std::uint8_t const, pane::HWC<3>>> src) {
  return src | pane::views::crop({0, 0, 2, 2});
}
