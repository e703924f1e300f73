// SPDX-License-Identifier: MIT
// EXPECT: destinations with sizes of their own cannot be joined
#include <pane/pane.hpp>

auto f(pane::Batch<pane::Tensor<float, pane::HW>> a, pane::Batch<pane::Tensor<float, pane::HW>> b) {
  return pane::tee(a, b);
}
