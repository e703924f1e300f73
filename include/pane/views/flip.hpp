// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/views/adaptor.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// What a flip exchanges.
enum class FlipAxis : std::uint8_t {
  horizontal,  ///< left and right; cv2.flip code 1
  vertical,    ///< top and bottom; cv2.flip code 0
  both         ///< both, which is half a turn; cv2.flip code -1
};

namespace views {

/// Lazy view: left and right exchanged, or top and bottom, or both.
template <class Source>
struct Mirror {
  Source source;
  bool mirror_x;
  bool mirror_y;

  using pixel = detail::pixel_of<Source>;
  static constexpr bool ragged = detail::is_ragged<Source>;
  static constexpr bool along_axes = detail::is_along_axes<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return source.size(n); }
  PANE_HOST_DEVICE PANE_INLINE auto prepared(std::int64_t n) const requires
      requires(Source const& s) {
    s.prepared(n);
  }
  {
    auto const one = source.prepared(n);
    return Mirror<std::remove_const_t<decltype(one)>>{one, mirror_x, mirror_y};
  }
  template <class T>
  auto for_result() const {
    auto const below = detail::for_result<T>(source);
    return Mirror<std::remove_const_t<decltype(below)>>{below, mirror_x, mirror_y};
  }
  /// A line of a source that gathers is a line of that source, asked for in one piece.
  template <int P, class Access>
  requires requires(Access const& a, Places<P> const& p) { a.run_at(std::int64_t{0}, p); }
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(Access const& from_source,
                                                    std::int64_t n,
                                                    Places<P> at) const {
    Size const s = size(n);
    PANE_UNROLL
    for (int i = 0; i < detail::rows_of_run<P>; ++i)
      at.y[i] = mirror_y ? s.height - 1 - at.y[i] : at.y[i];
    PANE_UNROLL
    for (int i = 0; i < P; ++i) at.x[i] = mirror_x ? s.width - 1 - at.x[i] : at.x[i];
    return from_source.run_at(n, at);
  }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    Size const s = size(n);
    return from_source(n, mirror_y ? s.height - 1 - y : y, mirror_x ? s.width - 1 - x : x);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

/// Exchanges left and right, top and bottom, or both. Exact; the type is kept.
///
/// Matches   cv2.flip, exactly
inline auto flip(FlipAxis axis) {
  return detail::Adaptor{[axis](auto const& source) {
    return Mirror<std::remove_cvref_t<decltype(source)>>{source, axis != FlipAxis::vertical,
                                                         axis != FlipAxis::horizontal};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
