// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>

#include <type_traits>

PANE_NAMESPACE_BEGIN

/// One pixel: C channels of type T in registers.
template <class T, int C>
struct Vec {
  static_assert(C >= 1, "pane::Vec: a pixel has at least one channel");
  using value_type = T;
  static constexpr int channels = C;

  T v[C];

  PANE_HOST_DEVICE constexpr T& operator[](int i) noexcept { return v[i]; }
  PANE_HOST_DEVICE constexpr T const& operator[](int i) const noexcept { return v[i]; }

  friend PANE_HOST_DEVICE constexpr bool operator==(Vec const& a, Vec const& b) noexcept {
    for (int i = 0; i < C; ++i) {
      if (a.v[i] != b.v[i]) return false;
    }
    return true;
  }

  /// The same value in every channel.
  PANE_HOST_DEVICE static constexpr Vec filled(T value) noexcept {
    Vec out{};
    for (int i = 0; i < C; ++i) out.v[i] = value;
    return out;
  }
};

/// P neighbouring pixels of one row.
template <class Pixel, int P>
struct Run {
  Pixel p[P];

  PANE_HOST_DEVICE constexpr Pixel& operator[](int i) noexcept { return p[i]; }
  PANE_HOST_DEVICE constexpr Pixel const& operator[](int i) const noexcept { return p[i]; }
};

namespace detail {

template <class V>
inline constexpr bool is_vec = false;
template <class T, int C>
inline constexpr bool is_vec<Vec<T, C>> = true;

}  // namespace detail

/// Applies `saturate_cast<To>` to every channel.
template <Element To, Rounding R = Rounding::nearest_even, class T, int C>
PANE_HOST_DEVICE inline Vec<To, C> saturate_cast(Vec<T, C> const& from) noexcept {
  Vec<To, C> out;
  for (int i = 0; i < C; ++i) out.v[i] = saturate_cast<To, R>(from.v[i]);
  return out;
}

/// The pixel as real numbers, ready for arithmetic.
template <class T, int C>
PANE_HOST_DEVICE inline Vec<Real<T>, C> to_real(Vec<T, C> const& from) noexcept {
  return saturate_cast<Real<T>>(from);
}

PANE_NAMESPACE_END
