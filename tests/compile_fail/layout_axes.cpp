// SPDX-License-Identifier: MIT
// EXPECT: axes are N, H, W, C and c, each at most once
#include <pane/pane.hpp>

#include <cstdint>

using Wrong = pane::Layout<'H', 'W', 'H'>;
int f(Wrong) {
  return Wrong::rank;
}
