// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/flip.hpp>

PANE_NAMESPACE_BEGIN
namespace views {

/// Turns every image by quarter turns counter-clockwise; negative numbers turn clockwise. Exact; the type is kept.
///
/// Shapes    (N, H, W) -> (N, W, H) for an odd number of turns
/// Matches   numpy.rot90, exactly
inline auto rot90(int turns = 1) {
  int const k = ((turns % 4) + 4) % 4;
  return detail::Adaptor{[k](auto const& source) {
    using View = Orient<std::remove_cvref_t<decltype(source)>>;
    // out(y, x) = in(x, W - 1 - y) for one turn, in(H - 1 - y, W - 1 - x) for two, in(H - 1 - x, y) for three
    return View{source, k % 2 != 0, k == 2 || k == 3, k == 1 || k == 2};
  }};
}

/// Exchanges rows and columns: out(y, x) = in(x, y).
inline auto transpose() {
  return detail::Adaptor{[](auto const& source) {
    return Orient<std::remove_cvref_t<decltype(source)>>{source, true, false, false};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
