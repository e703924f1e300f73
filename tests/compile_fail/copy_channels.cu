// SPDX-License-Identifier: MIT
// EXPECT: the image and the destination differ in their number of channels
#include <pane/pane.hpp>

#include <cstdint>

void f(pane::Tensor<std::uint8_t const, pane::HWC<3>> src, pane::Tensor<float, pane::HW> dst) {
  pane::copy(pane::host, src, dst);
}
