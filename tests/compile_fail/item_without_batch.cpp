// SPDX-License-Identifier: MIT
// EXPECT: the layout has no batch axis N
#include <pane/pane.hpp>

auto f(pane::Tensor<float, pane::HWC<3>> image) {
  return pane::item(image, 0);
}
