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
  /// A run of a source that gathers is asked for in one piece, and mirrored.
  template <int P, class Access>
  requires requires(Access const& a) { a.template run_at<P>(std::int64_t{0}, 0, 0); }
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(Access const& from_source,
                                                    std::int64_t n,
                                                    int y,
                                                    int x) const {
    Run<pixel, P> out{};
    if (transposed) {
      PANE_NO_UNROLL
      for (int i = 0; i < P; ++i) {
        pixel const one = at(from_source, n, y, x + i);
        PANE_UNROLL
        for (int k = 0; k < P; ++k) out.p[k] = k == i ? one : out.p[k];  // registers have no index
      }
      return out;
    }
    Size const s = size(n);
    auto const in = from_source.template run_at<P>(n, mirror_y ? s.height - 1 - y : y,
                                                   mirror_x ? s.width - P - x : x);
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = mirror_x ? in.p[P - 1 - i] : in.p[i];
    return out;
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

/// Exchanges left and right, top and bottom, or both. Exact; the type is kept.
///
/// Matches   cv2.flip, exactly
inline auto flip(FlipAxis axis) {
  return detail::Adaptor{[axis](auto const& source) {
    return Orient<std::remove_cvref_t<decltype(source)>>{source, false, axis != FlipAxis::vertical,
                                                         axis != FlipAxis::horizontal};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
