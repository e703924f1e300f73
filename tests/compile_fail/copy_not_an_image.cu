// SPDX-License-Identifier: MIT
// EXPECT: the second argument is no image
#include <pane/pane.hpp>

#include <cstdint>

struct Picture {
  using pixel = pane::Vec<float, 1>;
  std::int64_t batch() const { return 1; }
};
void f(Picture src, pane::Tensor<float, pane::HW> dst) {
  pane::copy(pane::host, src, dst);
}
