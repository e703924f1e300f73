// SPDX-License-Identifier: MIT
// EXPECT: the destination has const elements
#include <pane/pane.hpp>

#include <cstdint>

void f(pane::Tensor<float const, pane::HW> src, pane::Tensor<float const, pane::HW> dst) {
  pane::copy(pane::host, src, dst);
}
