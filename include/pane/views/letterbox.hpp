// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/pad.hpp>     // Fill
#include <pane/views/resize.hpp>  // Axes

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// A place in an image, in pixels; whole numbers are the corners of pixels, as detectors count.
struct Point {
  float x = 0.0f;
  float y = 0.0f;
};

/// A box by its left, top, right and bottom edge (xyxy), in pixels.
struct Box {
  float x0 = 0.0f;
  float y0 = 0.0f;
  float x1 = 0.0f;
  float y1 = 0.0f;
};

/// Where the picture stands in a letterbox.
enum class Anchor : std::uint8_t { center, top_left };

/// Whether a letterbox may enlarge a small picture.
enum class Upscale : std::uint8_t { allowed, never };

/// What `letterbox` may be told besides the size.
struct LetterboxOptions {
  Fill fill = 114;
  Anchor anchor = Anchor::center;
  Upscale upscale = Upscale::allowed;
};

/// How a letterbox places a picture: `scale` is output pixels per source pixel, the picture covers
/// [left, left + width) x [top, top + height) of the output.
struct LetterboxGeometry {
  Size from;
  Size to;
  int top = 0;
  int left = 0;
  int height = 0;
  int width = 0;
  double scale = 1.0;

  /// From output to source coordinates, not clipped: (p - (left, top)) / scale.
  PANE_HOST_DEVICE Point to_source(Point p) const noexcept {
    return {static_cast<float>((static_cast<double>(p.x) - left) / scale),
            static_cast<float>((static_cast<double>(p.y) - top) / scale)};
  }
  /// From source to output coordinates: p * scale + (left, top).
  PANE_HOST_DEVICE Point from_source(Point p) const noexcept {
    return {static_cast<float>(static_cast<double>(p.x) * scale + left),
            static_cast<float>(static_cast<double>(p.y) * scale + top)};
  }
  /// A detection back in the source picture, clipped to it.
  PANE_HOST_DEVICE Box to_source(Box b) const noexcept {
    Point const p0 = to_source(Point{b.x0, b.y0});
    Point const p1 = to_source(Point{b.x1, b.y1});
    auto const w = static_cast<float>(from.width);
    auto const h = static_cast<float>(from.height);
    return {detail::clamped(p0.x, 0.0f, w), detail::clamped(p0.y, 0.0f, h),
            detail::clamped(p1.x, 0.0f, w), detail::clamped(p1.y, 0.0f, h)};
  }
  PANE_HOST_DEVICE Box from_source(Box b) const noexcept {
    Point const p0 = from_source(Point{b.x0, b.y0});
    Point const p1 = from_source(Point{b.x1, b.y1});
    return {p0.x, p0.y, p1.x, p1.y};
  }
};

/// The geometry of a letterbox: scale = min(H / h, W / w), the picture has round(h * scale) x round(w * scale) pixels
/// (ties to even, at least 1), and of an odd rest the larger half goes to the bottom and the right.
///
/// @see LetterBox and scale_boxes of Ultralytics YOLO: the same numbers
PANE_HOST_DEVICE inline LetterboxGeometry letterbox_geometry(
    Size from,
    Size to,
    Anchor anchor = Anchor::center,
    Upscale upscale = Upscale::allowed) noexcept {
  LetterboxGeometry g;
  g.from = from;
  g.to = to;
  if (from.height <= 0 || from.width <= 0) return g;
  g.scale = detail::smaller(static_cast<double>(to.height) / from.height,
                            static_cast<double>(to.width) / from.width);
  if (upscale == Upscale::never) g.scale = detail::smaller(g.scale, 1.0);
  g.height = detail::clamped(static_cast<int>(__builtin_rint(from.height * g.scale)),
                             to.height < 1 ? 0 : 1, to.height);
  g.width = detail::clamped(static_cast<int>(__builtin_rint(from.width * g.scale)),
                            to.width < 1 ? 0 : 1, to.width);
  if (anchor == Anchor::center) {
    g.top = (to.height - g.height) / 2;
    g.left = (to.width - g.width) / 2;
  }
  return g;
}

namespace views {

/// Lazy view: every image resampled into the middle of one size, the rest filled.
template <class Source, class Rule>
struct Letterbox {
  /// The picture's place and its sampling.
  struct Placement {
    int top;
    int left;
    int height;
    int width;
    detail::Axes axes;
  };

  Source source;
  Rule rule;
  Size to;
  Anchor anchor;
  Upscale upscale;
  Placement placement;

  static constexpr bool along_axes = detail::is_linear<Rule>;
  using pixel =
      Vec<Real<typename detail::pixel_of<Source>::value_type>, detail::channels_of<Source>>;
  pixel fill;

  PANE_HOST_DEVICE static Placement place(Size from,
                                          Size to,
                                          Anchor anchor,
                                          Upscale upscale) noexcept {
    LetterboxGeometry const g = letterbox_geometry(from, to, anchor, upscale);
    return {g.top, g.left, g.height, g.width,
            detail::make_axes(from, {g.height, g.width}, half_pixel)};
  }

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }
  PANE_HOST_DEVICE PANE_INLINE auto prepared(
      std::int64_t n) const requires detail::is_ragged<Source> {
    auto const one = detail::prepared(source, n);
    using View = Letterbox<std::remove_const_t<decltype(one)>, Rule>;
    auto const p = place(one.size(n), to, anchor, upscale);
    return View{one, rule, to, anchor, upscale, {p.top, p.left, p.height, p.width, p.axes}, fill};
  }

  template <class T>
  auto for_result() const {
    using NewRule = detail::RuleFor<Rule, Source, T>;
    if constexpr (std::is_same_v<NewRule, Rule>) {
      return *this;
    } else {
      Placement const& p = placement;
      return Letterbox<Source, NewRule>{
          source, {}, to, anchor, upscale, {p.top, p.left, p.height, p.width, p.axes}, fill};
    }
  }

  template <int P, class Access>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(Access const& from_source,
                                                    std::int64_t n,
                                                    Places<P> at) const {
    constexpr int rows = detail::rows_of_run<P>;
    Size const from = source.size(n);
    Placement p = placement;
    if constexpr (detail::is_ragged<Source>) p = place(from, to, anchor, upscale);
    PANE_UNROLL
    for (int i = 0; i < rows; ++i) at.y[i] -= p.top;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) at.x[i] -= p.left;
    // The places are a line, so that the first and the last speak for all.
    int const top = detail::smaller(at.y[0], at.y[rows - 1]);
    int const left = detail::smaller(at.x[0], at.x[P - 1]);
    int const bottom = detail::larger(at.y[0], at.y[rows - 1]);
    int const right = detail::larger(at.x[0], at.x[P - 1]);
    Run<pixel, P> out;
    if (bottom < 0 || top >= p.height || right < 0 || left >= p.width) {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) out.p[i] = fill;
      return out;
    }
    // A line across the edge samples there what the fill then covers.
    out = detail::sample(rule, from_source, n, from, p.axes.y.at(at.y), p.axes.x.at(at.x));
    if (top < 0 || bottom >= p.height || left < 0 || right >= p.width) {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        if (at.y[i % rows] < 0 || at.y[i % rows] >= p.height || at.x[i] < 0 || at.x[i] >= p.width)
          out.p[i] = fill;
      }
    }
    return out;
  }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    return run_at(from_source, n, Places<1>{{y}, {x}}).p[0];
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

/// Scales every image to fit into height x width without changing its proportions, and fills the rest.
///
/// Sampling and its errors as `resize` with `half_pixel`. `letterbox_geometry` gives the numbers, and the way back for
/// boxes and points. One fill value on planes of luma and chroma is a gray: the code of luma, with neutral chroma; for an exact
/// RGB colour after `to_rgb` fill with `to_yuv(rgb, matrix, range)`.
///
/// Shapes    (N, H, W) of any size above 0, ragged too -> (N, height, width), float (double for double images)
/// Matches   Ultralytics LetterBox(auto=False) on cv2.resize INTER_LINEAR, within 1 level
/// @throws InvalidArgument  a size is negative, an image has no pixels, or fill has the wrong number of channels.
template <class Rule = Linear>
auto letterbox(int height, int width, LetterboxOptions options = {}, Rule rule = {}) {
  static_assert(std::is_same_v<Rule, Linear> || std::is_same_v<Rule, Cubic>,
                "pane::views::letterbox: the interpolation must be pane::linear or pane::cubic");
  detail::require(height >= 0 && width >= 0, "pane::views::letterbox: the size ", height, " x ",
                  width, " is negative");
  return detail::Adaptor{[=](auto const& source) {
    using Source = std::remove_cvref_t<decltype(source)>;
    using View = Letterbox<Source, Rule>;
    Size const to{height, width};
    detail::require_pixels("pane::views::letterbox", source, to);
    typename View::Placement placement{};
    if constexpr (!detail::is_ragged<Source>)
      placement = View::place(source.size(0), to, options.anchor, options.upscale);
    auto const fill = detail::fill_pixel<Source, typename View::pixel::value_type>(
        "pane::views::letterbox", source, options.fill);
    return View{source, rule, to, options.anchor, options.upscale, placement, fill};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
