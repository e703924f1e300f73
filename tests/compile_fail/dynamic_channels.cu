// SPDX-License-Identifier: MIT
// EXPECT: run-time number of channels: wrap the call in pane::with_channels
#include <pane/pane.hpp>

#include <cstdint>

auto f(pane::Tensor<std::uint8_t const, pane::HWC<>> src) {
  return src | pane::views::resize(2, 2);
}
