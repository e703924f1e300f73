// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstdint>

// The weights of a filter in whole numbers, laid out for the matrix unit: see kernels/stencil_matrix.hpp.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Bytes with zeros around them, of which any four neighbours are a word.
struct ByteBand {
  static constexpr int zeros = 20;
  std::uint32_t v[14] = {};

  void set(int i, int value) noexcept {
    v[(i + zeros) / 4] |= static_cast<std::uint32_t>(value) << ((i + zeros) % 4 * 8);
  }
  PANE_HOST_DEVICE PANE_INLINE std::uint32_t four(int i) const noexcept {
    auto const at = static_cast<unsigned>(i + zeros);
#if PANE_DEVICE_CODE
    return __funnelshift_r(v[at / 4], v[at / 4 + 1], at % 4 * 8);
#else
    std::uint64_t const both = v[at / 4] | std::uint64_t{v[at / 4 + 1]} << 32;
    return static_cast<std::uint32_t>(both >> (at % 4 * 8));
#endif
  }
};

/// A filter of seven weights that add up to 1, `step` apart: the high and the low bytes of the weights in units of 2^-16,
/// and the weights in units of 2^-8, for the fractions. Both add up to 1 exactly: what a weight is rounded by, the next one
/// makes good.
struct ByteTaps {
  static constexpr int size = 7;
  ByteBand high;
  ByteBand low;
  ByteBand coarse;
  bool fit = true;  ///< none is negative, they add up to 1, and each is less than 1

  ByteTaps(float const (&weight)[size], int step) noexcept {
    double sum = 0;
    int before = 0;
    int before_coarse = 0;
    for (int i = 0; i < size && fit; ++i) {
      fit = weight[i] >= 0.0f && weight[i] < 1.0f;
      if (!fit) return;
      sum += static_cast<double>(weight[i]);
      int const upto = static_cast<int>(sum * 65536 + 0.5);
      int const upto_coarse = static_cast<int>(sum * 256 + 0.5);
      fit = upto - before < 65536 && upto_coarse - before_coarse < 256;
      high.set(i * step, (upto - before) / 256 % 256);
      low.set(i * step, (upto - before) % 256);
      coarse.set(i * step, (upto_coarse - before_coarse) % 256);
      before = upto;
      before_coarse = upto_coarse;
    }
    fit = fit && sum > 1 - 0x1p-20 && sum < 1 + 0x1p-20;
  }
};

}  // namespace detail
PANE_NAMESPACE_END
