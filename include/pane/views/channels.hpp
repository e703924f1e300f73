// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/map.hpp>

PANE_NAMESPACE_BEGIN
namespace views {

/// Function object of `reorder`.
template <int... From>
struct Reorder {
  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<T, sizeof...(From)> operator()(Vec<T, C> const& p) const {
    static_assert(((From >= 0 && From < C) && ...),
                  "pane::views::reorder: a channel of the list is not in the image");
    return {{p.v[From]...}};
  }
};

/// Channel i of the result is channel From[i] of the image: reorder<2, 1, 0>() exchanges RGB and BGR,
/// reorder<0, 1, 2>() drops alpha, reorder<0, 0, 0>() makes gray RGB, reorder<3>() takes the fourth channel.
template <int... From>
auto reorder() {
  static_assert(sizeof...(From) > 0, "pane::views::reorder: name at least one channel");
  return map(Reorder<From...>{});
}

/// Function object of `add_alpha`.
struct AddAlpha {
  float alpha;
  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<T, C + 1> operator()(Vec<T, C> const& p) const {
    Vec<T, C + 1> out;
    PANE_UNROLL
    for (int c = 0; c < C; ++c) out.v[c] = p.v[c];
    out.v[C] = saturate_cast<T>(alpha);
    return out;
  }
};

/// Appends a channel with one value everywhere, rounded and clamped to the type of the image.
inline auto add_alpha(float alpha = 255.0f) {
  return map(AddAlpha{alpha});
}

/// Function object of `drop_alpha`.
struct DropAlpha {
  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<T, C - 1> operator()(Vec<T, C> const& p) const {
    static_assert(C == 2 || C == 4, "pane::views::drop_alpha: the image must have 2 or 4 channels");
    Vec<T, C - 1> out;
    PANE_UNROLL
    for (int c = 0; c < C - 1; ++c) out.v[c] = p.v[c];
    return out;
  }
};

/// Leaves out the last channel.
inline auto drop_alpha() {
  return map(DropAlpha{});
}

}  // namespace views
PANE_NAMESPACE_END
