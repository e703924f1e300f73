// SPDX-License-Identifier: MIT
// EXPECT: the function object must be callable with a pixel of the image
#include <pane/pane.hpp>

#include <cstdint>

struct TakesInt {
  int operator()(int v) const { return v; }
};
auto f(pane::Tensor<std::uint8_t const, pane::HWC<3>> src) {
  return src | pane::views::map(TakesInt{});
}
