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

/// The index inside [0, size) that stands for index i, or -1 for `constant` beyond the edge. Any i, any size > 0.
PANE_HOST_DEVICE PANE_INLINE int border_index(int i, int size, Border border) noexcept {
  if (i >= 0 && i < size) return i;
  switch (border) {
    case Border::constant:
      return -1;
    case Border::replicate:
      return i < 0 ? 0 : size - 1;
    case Border::wrap: {
      int const r = i % size;
      return r < 0 ? r + size : r;
    }
    case Border::reflect: {
      std::int64_t const period = 2 * std::int64_t{size};
      std::int64_t r = i % period;
      if (r < 0) r += period;
      return static_cast<int>(r < size ? r : period - 1 - r);
    }
    case Border::reflect_101: {
      if (size == 1) return 0;
      std::int64_t const period = 2 * std::int64_t{size} - 2;
      std::int64_t r = i % period;
      if (r < 0) r += period;
      return static_cast<int>(r < size ? r : period - r);
    }
  }
  return -1;
}

}  // namespace detail
PANE_NAMESPACE_END
