// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/bytes.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>

#include <cstdint>
#include <type_traits>

// Weighted sums of four bytes, the corners of a square, in whole numbers: on a GPU two products to an instruction. Every
// sum is exact, so that it is the same in any order and on every machine.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Elements that keep less of a sampled byte than weights of 15 bits give: they are within 0.016 of a byte's level, and
/// half a step of an f16 is 0.03 above 128 and of [0.5, 1] where that is 255 levels.
template <class T>
inline constexpr bool takes_coarse_weights = sizeof(T) == 1 || is_f16<T> || is_bf16<T>;

/// Four weights in 2^15ths whose sum is 1 exactly, two of a row to a word, the left one in its lower half.
struct Corners {
  std::uint32_t upper;
  std::uint32_t lower;

  PANE_HOST_DEVICE PANE_INLINE std::uint32_t weight(int row, int column) const noexcept {
    return (row == 0 ? upper : lower) >> (16 * column) & 0xffffu;
  }
};

/// The weights for fractions in 2^15ths, 0 to 2^15: each within 2^-16 of its product.
PANE_HOST_DEVICE PANE_INLINE Corners corners(std::uint32_t wx, std::uint32_t wy) noexcept {
  std::uint32_t const both = (wx * wy + 0x4000u) >> 15;
  std::uint32_t const lower = wy + both * 0xffffu;  // wy - both, both
  return {0x8000u + wx * 0xffffu - lower, lower};   // what is left of 2^15 - wx, wx
}

#if PANE_DEVICE_CODE
/// The sum of two bytes of each row, the lower or the upper two of a word, in levels. The accumulator begins at the bits of
/// 2^23, so that the sum, below 2^23, comes out as a float's mantissa: no conversion instruction.
template <bool UpperBytes>
__device__ PANE_INLINE float weighted_bytes(Corners w,
                                            std::uint32_t above,
                                            std::uint32_t below) noexcept {
  std::uint32_t sum = 0x4b000000u;
  if constexpr (UpperBytes) {
    sum = __dp2a_hi(w.lower, below, __dp2a_hi(w.upper, above, sum));
  } else {
    sum = __dp2a_lo(w.lower, below, __dp2a_lo(w.upper, above, sum));
  }
  return __builtin_fmaf(bits_to<float>(sum), 0x1p-15f, -256.0f);
}
#endif

/// The same sum of four numbers in float: exact for bytes. One without weight may be no number.
template <class T, int C>
PANE_HOST_DEVICE PANE_INLINE Vec<float, C> weighted(
    Corners w, Vec<T, C> const& a, Vec<T, C> const& b, Vec<T, C> const& c, Vec<T, C> const& d) {
  Vec<float, C> out;
  Vec<T, C> const* const corner[4] = {&a, &b, &c, &d};
  PANE_UNROLL
  for (int i = 0; i < C; ++i) {
    float sum = 0.0f;
    PANE_UNROLL
    for (int k = 0; k < 4; ++k) {
      auto const weight = static_cast<float>(static_cast<int>(w.weight(k / 2, k % 2)));
      float const next = fma(weight, to_real(*corner[k]).v[i], sum);
      if constexpr (std::is_integral_v<T>) {
        sum = next;
      } else {
        sum = weight != 0.0f ? next : sum;
      }
    }
    out.v[i] = sum * 0x1p-15f;
  }
  return out;
}

/// The same of two pairs of pixels.
template <int C>
PANE_HOST_DEVICE PANE_INLINE Vec<float, C> weighted(Corners w,
                                                    PixelPair<C> const& above,
                                                    PixelPair<C> const& below) noexcept {
  using Pair = PixelPair<C>;
  Vec<float, C> out;
#if PANE_DEVICE_CODE
  // The left and the right byte of a channel side by side, for two channels at once. Of three channels the first has both
  // in one word.
  constexpr int first = C == 3 ? 1 : 0;
  if constexpr (first == 1) {
    std::uint32_t const rows = __byte_perm(above.w[0], below.w[0], 0x7430);
    std::uint32_t const sum = __dp2a_hi(w.lower, rows, __dp2a_lo(w.upper, rows, 0x4b000000u));
    out.v[0] = __builtin_fmaf(bits_to<float>(sum), 0x1p-15f, -256.0f);
  }
  PANE_UNROLL
  for (int c = first; c < C; c += 2) {
    auto const right = [](int k) { return 4 * Pair::right_word(k) + Pair::right_byte(k); };
    int const both = c | right(c) << 4 | (c + 1) << 8 | right(c + 1) << 12;
    std::uint32_t const two_above =
        __byte_perm(above.w[0], above.w[1], static_cast<unsigned>(both));
    std::uint32_t const two_below =
        __byte_perm(below.w[0], below.w[1], static_cast<unsigned>(both));
    out.v[c] = weighted_bytes<false>(w, two_above, two_below);
    if (c + 1 < C) out.v[c + 1] = weighted_bytes<true>(w, two_above, two_below);
  }
#else
  auto const weight = [&](int row, int column) PANE_INLINE_LAMBDA {
    return static_cast<float>(static_cast<int>(w.weight(row, column)));
  };
  auto const byte = [](std::uint32_t word, int i) PANE_INLINE_LAMBDA {
    return static_cast<float>(static_cast<int>(word >> (8 * i) & 255u));
  };
  PANE_UNROLL
  for (int c = 0; c < C; ++c) {
    int const word = Pair::right_word(c);
    int const i = Pair::right_byte(c);
    float sum = weight(0, 0) * byte(above.w[0], c);
    sum = fma(weight(0, 1), byte(above.w[word], i), sum);
    sum = fma(weight(1, 0), byte(below.w[0], c), sum);
    sum = fma(weight(1, 1), byte(below.w[word], i), sum);
    out.v[c] = sum * 0x1p-15f;
  }
#endif
  return out;
}

}  // namespace detail
PANE_NAMESPACE_END
