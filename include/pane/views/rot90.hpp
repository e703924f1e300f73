// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/views/adaptor.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace views {

/// Lazy view: one of the eight ways in which a rectangle can lie: transposed or not, then mirrored or not.
template <class Source>
struct Orient {
  Source source;
  bool transposed;
  bool mirror_x;
  bool mirror_y;

  using pixel = detail::pixel_of<Source>;
  static constexpr bool ragged = detail::is_ragged<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept {
    Size const s = source.size(n);
    return transposed ? Size{s.width, s.height} : s;
  }
  /// A line of a source that gathers is a line of that source, asked for in one piece.
  template <int P, class Access>
  requires requires(Access const& a, Places<P> const& p) { a.run_at(std::int64_t{0}, p); }
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(Access const& from_source,
                                                    std::int64_t n,
                                                    Places<P> const& places) const {
    constexpr int rows = detail::rows_of_run<P>;
    if constexpr (P != rows) {  // no place for a column
      if (transposed) {
        Run<pixel, P> out;
        for (int i = 0; i < P; ++i) out.p[i] = at(from_source, n, places.y[i % rows], places.x[i]);
        return out;
      }
    }
    Size const s = size(n);
    Places<P> in = places;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      int const yy = mirror_y ? s.height - 1 - places.y[i % rows] : places.y[i % rows];
      int const xx = mirror_x ? s.width - 1 - places.x[i] : places.x[i];
      if (i < rows) in.y[i] = transposed ? xx : yy;
      in.x[i] = transposed ? yy : xx;
    }
    return from_source.run_at(n, in);
  }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    Size const s = size(n);
    int const yy = mirror_y ? s.height - 1 - y : y;
    int const xx = mirror_x ? s.width - 1 - x : x;
    return transposed ? from_source(n, xx, yy) : from_source(n, yy, xx);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

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
