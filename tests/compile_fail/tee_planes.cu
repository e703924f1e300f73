// SPDX-License-Identifier: MIT
// EXPECT: planes of different resolution cannot be one of two destinations
#include <pane/pane.hpp>

auto f(pane::Tensor<float, pane::NHWC<3>> a, pane::Planes<float> b) {
  return pane::tee(a, b);
}
