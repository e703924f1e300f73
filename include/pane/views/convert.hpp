// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/map.hpp>

PANE_NAMESPACE_BEGIN
namespace views {

/// Function object of `convert`.
template <class To, Rounding R>
struct Convert {
  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<To, C> operator()(Vec<T, C> const& p) const {
    return saturate_cast<To, R>(p);
  }
};

/// Rounds and clamps every channel to an element type at this place of the chain.
///
/// A chain computes in real numbers and rounds once, when it stores. A library that works stage by stage rounds
/// after each stage: put a `convert` there to reproduce its result bit for bit.
///
/// Matches   numpy.rint, numpy.trunc and numpy.clip, exactly
/// Elements  any to any, by the rules of `saturate_cast`: integers are rounded (nearest even, or toward zero) and
///           clamped, NaN becomes 0
template <Element To, Rounding R = Rounding::nearest_even>
auto convert() {
  return map(Convert<To, R>{});
}

/// Function object of `scale_offset`.
struct ScaleOffset {
  float scale;
  float offset;

  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<Real<T>, C> operator()(Vec<T, C> const& p) const {
    auto out = to_real(p);
    PANE_UNROLL
    for (int c = 0; c < C; ++c) out.v[c] = detail::fma(out.v[c], Real<T>{scale}, Real<T>{offset});
    return out;
  }
};

/// out = in * scale + offset, in every channel, in float (double for double images).
inline auto scale_offset(float scale, float offset = 0.0f) {
  return map(ScaleOffset{scale, offset});
}

}  // namespace views
PANE_NAMESPACE_END
