// SPDX-License-Identifier: MIT
#pragma once

// Filters, and what their borders mean, for the tests of both kernels of stencils.

#include <pane/kernels/byte_taps.hpp>
#include <pane/views/border.hpp>
#include <pane/views/gaussian.hpp>
#include <pane/views/separable.hpp>

namespace test {

using pane::Border;
using pane::FilterTaps;

inline constexpr Border borders[] = {Border::constant, Border::replicate, Border::reflect,
                                     Border::reflect_101, Border::wrap};

/// The index that stands for i, -1 outside a constant border; by walking, one step at a time.
inline int walked(int i, int size, Border border) {
  while (i < 0 || i >= size) {
    if (border == Border::constant) return -1;
    if (border == Border::replicate) return i < 0 ? 0 : size - 1;
    if (border == Border::wrap) i += i < 0 ? size : -size;
    if (border == Border::reflect) i = i < 0 ? -1 - i : 2 * size - 1 - i;
    if (border == Border::reflect_101) i = size == 1 ? 0 : i < 0 ? -i : 2 * size - 2 - i;
  }
  return i;
}

inline FilterTaps gauss(int size, float sigma = 0.0f) {
  return pane::gaussian_taps(size, sigma);
}

/// Not symmetric, so that a correlation is told from a convolution, and rows from columns.
inline constexpr FilterTaps slanted{7, {0.05f, 0.3f, 0.0f, 0.25f, 0.1f, 0.07f, 0.23f}};
inline constexpr FilterTaps steep{5, {0.5f, 0.125f, 0.0f, 0.125f, 0.25f}};

/// A byte of a band, and a weight of 16 bits.
inline int byte_of(pane::detail::ByteBand const& band, int i) {
  int const at = i + pane::detail::ByteBand::zeros;
  return static_cast<int>(band.v[at / 4] >> (at % 4 * 8) & 255u);
}
inline int fine(pane::detail::ByteTaps const& taps, int i) {
  return byte_of(taps.high, i) * 256 + byte_of(taps.low, i);
}

}  // namespace test
