// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// What lies beyond the edge of an image. For the row "a b c d":
enum class Border : std::uint8_t {
  constant,     ///< k k | a b c d | k k
  replicate,    ///< a a | a b c d | d d
  reflect,      ///< b a | a b c d | d c
  reflect_101,  ///< c b | a b c d | c b
  wrap          ///< c d | a b c d | a b
};

namespace detail {

/// The index inside [0, size) that a reflection beyond the edge ends at, -1 where it goes on to the other edge.
PANE_HOST_DEVICE PANE_INLINE int near_reflection(int i, int size, Border border) noexcept {
  auto const from = static_cast<unsigned>(i);
  auto const count = static_cast<unsigned>(size);
  unsigned const edge = border == Border::reflect ? 1 : 0;
  unsigned const mirrored = i < 0 ? 0u - from - edge : 2 * (count - 1) + edge - from;
  return border != Border::wrap && mirrored < count ? static_cast<int>(mirrored) : -1;
}

/// A mirrored or repeated index: it may take a division, so a call.
PANE_HOST_DEVICE PANE_NOINLINE inline int folded_index(int i, int size, Border border) noexcept {
  int const near = near_reflection(i, size, border);
  if (near >= 0) return near;
  std::int64_t const whole = border == Border::reflect_101
                                 ? (size == 1 ? 1 : 2 * std::int64_t{size} - 2)
                                 : (border == Border::reflect ? 2 : 1) * std::int64_t{size};
  std::int64_t r = i % whole;
  if (r < 0) r += whole;
  if (r < size) return static_cast<int>(r);
  return static_cast<int>(border == Border::reflect ? whole - 1 - r : whole - r);
}

/// The index inside [0, size) that stands for index i, or -1 for `constant` beyond the edge. Any i, any size > 0.
PANE_HOST_DEVICE PANE_INLINE int border_index(int i, int size, Border border) noexcept {
  if (i >= 0 && i < size) return i;
  if (border == Border::constant) return -1;
  if (border == Border::replicate) return i < 0 ? 0 : size - 1;
  int const near = near_reflection(i, size, border);
  return near >= 0 ? near : folded_index(i, size, border);
}
/// The same with a call for every reflection: shorter, for code that seldom looks beyond an edge.
PANE_HOST_DEVICE PANE_INLINE int seldom_border_index(int i, int size, Border border) noexcept {
  if (i >= 0 && i < size) return i;
  if (border == Border::constant) return -1;
  if (border == Border::replicate) return i < 0 ? 0 : size - 1;
  return folded_index(i, size, border);
}

}  // namespace detail
PANE_NAMESPACE_END
