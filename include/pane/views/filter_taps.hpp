// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <type_traits>

PANE_NAMESPACE_BEGIN

/// The weights of a one-dimensional filter of 1, 3, 5 or 7 taps; tap i is at offset i - size / 2.
struct FilterTaps {
  static constexpr int max_size = 7;
  int size = 1;
  float weight[max_size] = {1.0f};
};

namespace detail {

/// Filter taps around the middle, 0 where a shorter filter has none: tap k is at offset k - halo.
struct CentredTaps {
  static constexpr int halo = FilterTaps::max_size / 2;
  int radius = 0;
  float weight[FilterTaps::max_size] = {};

  /// Whether tap k is multiplied with samples of type T. The zeros around a short filter may be, unless 0 times a sample
  /// is not 0.
  template <class T>
  PANE_HOST_DEVICE PANE_INLINE bool counts(int k) const {
    return std::is_integral_v<T> || (k >= halo - radius && k <= halo + radius);
  }
};

inline CentredTaps centred(FilterTaps const& taps) noexcept {
  CentredTaps out;
  out.radius = taps.size / 2;
  for (int i = 0; i < taps.size; ++i)
    out.weight[CentredTaps::halo - out.radius + i] = taps.weight[i];
  return out;
}

}  // namespace detail
PANE_NAMESPACE_END
