// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/border.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/pad.hpp>     // Fill
#include <pane/views/resize.hpp>  // require_pixels

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// The affine map from output to source coordinates, pixel centres at whole numbers:
///   source x = m[0][0] x + m[0][1] y + m[0][2],  source y = m[1][0] x + m[1][1] y + m[1][2]
struct AffineMap {
  float m[2][3];
};

namespace views {

/// Lazy view: every image sampled along an affine map.
template <class Source, class Rule>
struct WarpAffine {
  Source source;
  Rule rule;
  Size to;
  AffineMap map;
  Border border;

  using pixel =
      Vec<Real<typename detail::pixel_of<Source>::value_type>, detail::channels_of<Source>>;
  pixel fill;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }

  template <class T>
  auto for_result() const {
    using NewRule = detail::RuleFor<Rule, Source, T>;
    if constexpr (std::is_same_v<NewRule, Rule>) {
      return *this;
    } else {
      return WarpAffine<Source, NewRule>{source, {}, to, map, border, fill};
    }
  }

  template <int P, class Access>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(Access const& from_source,
                                                    std::int64_t n,
                                                    Places<P> const& places) const {
    constexpr int rows = detail::rows_of_run<P>;
    Run<pixel, P> out{};
    if constexpr (detail::is_linear<Rule>) {
      detail::Strip<detail::Coordinate, P> sy;
      detail::Strip<detail::Coordinate, P> sx;
      detail::Strip<float, P> cy;
      detail::Strip<float, P> cx;
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        cx.v[i] = real_coordinate(map.m[0], places.y[i % rows], places.x[i]);
        cy.v[i] = real_coordinate(map.m[1], places.y[i % rows], places.x[i]);
      }
      // Coordinates grow or fall along a line, so the first and the last speak for all.
      if (is_near(cx.v[0]) && is_near(cx.v[P - 1]) && is_near(cy.v[0]) && is_near(cy.v[P - 1])) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          sx.v[i] = near_coordinate(cx.v[i]);
          sy.v[i] = near_coordinate(cy.v[i]);
        }
      } else {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          sx.v[i] = coordinate(cx.v[i]);
          sy.v[i] = coordinate(cy.v[i]);
        }
      }
      Size const from = source.size(n);
      int const y0 = detail::smaller(detail::whole(sy.v[0]), detail::whole(sy.v[P - 1]));
      int const y1 = detail::larger(detail::whole(sy.v[0]), detail::whole(sy.v[P - 1])) + 1;
      int const x0 = detail::smaller(detail::whole(sx.v[0]), detail::whole(sx.v[P - 1]));
      int const x1 = detail::larger(detail::whole(sx.v[0]), detail::whole(sx.v[P - 1])) + 1;
      if (y0 >= 0 && y1 < from.height && x0 >= 0 && x1 < from.width) {
        return detail::Bilinear<Rule>::run_inside(detail::Fetch<Access>{from_source, n}, y0, y1, sy,
                                                  sx);
      }
    }
    PANE_NO_UNROLL
    for (int i = 0; i < P; ++i) {
      if constexpr (P == detail::host_run) {
        out.p[i] = at(from_source, n, places.y[i % rows], places.x[i]);
      } else {
        int y = places.y[0];  // registers have no index
        int x = places.x[0];
        PANE_UNROLL
        for (int k = 1; k < P; ++k) {
          y = k == i ? places.y[k] : y;
          x = k == i ? places.x[k] : x;
        }
        pixel const one = at(from_source, n, y, x);
        PANE_UNROLL
        for (int k = 0; k < P; ++k) out.p[k] = k == i ? one : out.p[k];
      }
    }
    return out;
  }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    detail::Coordinate const sx = coordinate(real_coordinate(map.m[0], y, x));
    detail::Coordinate const sy = coordinate(real_coordinate(map.m[1], y, x));
    Size const from = source.size(n);
    auto const fetch = [&](int yy, int xx) {
      int const iy = detail::seldom_border_index(yy, from.height, border);
      int const ix = detail::seldom_border_index(xx, from.width, border);
      return iy < 0 || ix < 0 ? fill : to_real(from_source(n, iy, ix));
    };
    constexpr int far = 0x7ffffff0;  // the border decides what lies outside, not the filter
    return detail::Filter<Rule>{rule}(fetch, -far, far, -far, far, sy, sx);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }

 private:
  /// One row of the map.
  PANE_HOST_DEVICE PANE_INLINE static float real_coordinate(float const (&m)[3], int y, int x) {
    return detail::fma(m[0], static_cast<float>(x), detail::fma(m[1], static_cast<float>(y), m[2]));
  }
  PANE_HOST_DEVICE PANE_INLINE static bool is_near(float c) { return c > -0x1p22f && c < 0x1p22f; }

  /// It in fixed point without conversion instructions, from the mantissas of numbers near 1.5 * 2^23 and 1.5.
  PANE_HOST_DEVICE PANE_INLINE static detail::Coordinate near_coordinate(float c) {
    float const nearest = c + 12582912.0f;
    float const rest = c - (nearest - 12582912.0f);  // from -0.5 to 0.5
    std::int64_t const whole = detail::bits_to<std::int32_t>(nearest) - 0x4b400000;
    std::int64_t const steps = detail::bits_to<std::int32_t>(rest + 1.5f) - 0x3fc00000;
    return whole * (std::int64_t{1} << 32) + steps * 512;  // 2^-23 each
  }
  /// The same for any number. What is not a number, or beyond 2^30 pixels, is put 2^30 pixels outside.
  PANE_HOST_DEVICE PANE_INLINE static detail::Coordinate coordinate(float c) {
    if (is_near(c)) return near_coordinate(c);
    constexpr float limit = 0x1p30f;
    float const inside = c > -limit && c < limit ? c : -limit;
    auto whole = static_cast<int>(inside);  // toward zero
    whole -= static_cast<float>(whole) > inside ? 1 : 0;
    auto const fraction =
        static_cast<std::uint32_t>((inside - static_cast<float>(whole)) * 0x1p32f);
    return detail::coordinate_of(whole) + static_cast<detail::Coordinate>(fraction);
  }
};

/// What `warp_affine` may be told besides the size and the map.
struct WarpOptions {
  Border border = Border::constant;
  Fill fill = 0;
};

/// Samples every image along an affine map into height x width pixels, in float (double for double images).
///
/// The map goes from output to source, as cv2.warpAffine with WARP_INVERSE_MAP: nothing is inverted here. Coordinates
/// are float: exact to 2^-12 pixel at 4096 pixels. Samples beyond the edge are what `border` says; a coordinate that
/// is not a number or is infinite lies outside.
///
/// Shapes    (N, H, W) above 0 -> (N, height, width)
/// Matches   cv2.warpAffine (OpenCV 5, INTER_LINEAR), within 1 level for integers
/// Errors    of the weights of u8 as `resize` says
/// @throws InvalidArgument  a size is negative, an image has no pixels, or fill has the wrong number of channels.
template <class Rule = Linear>
auto warp_affine(
    int height, int width, AffineMap const& affine, WarpOptions options = {}, Rule rule = {}) {
  static_assert(std::is_same_v<Rule, Linear> || std::is_same_v<Rule, Cubic>,
                "pane::views::warp_affine: the interpolation must be "
                "pane::linear or pane::cubic");
  detail::require(height >= 0 && width >= 0, "pane::views::warp_affine: the size ", height, " x ",
                  width, " is negative");
  return detail::Adaptor{[=](auto const& source) {
    using View = WarpAffine<std::remove_cvref_t<decltype(source)>, Rule>;
    detail::require_pixels("pane::views::warp_affine", source, {height, width});
    auto const fill = detail::fill_pixel<decltype(View::source), typename View::pixel::value_type>(
        "pane::views::warp_affine", source, options.fill);
    return View{source, rule, {height, width}, affine, options.border, fill};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
