// SPDX-License-Identifier: MIT
// EXPECT: only pointwise views
#include <pane/pane.hpp>

#include <cstdint>

auto f(pane::Tensor<float, pane::HW> dst) {
  return pane::through(pane::views::resize(2, 2), dst);
}
