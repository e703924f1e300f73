// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/resample.hpp>
#include <pane/views/resample_taps.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace detail {

/// The two axes of a resampling.
struct Axes {
  Axis y;
  Axis x;
};

/// The same of a ragged source, image by image.
struct AxesTo {
  AxisTo y;
  AxisTo x;
  PANE_HOST_DEVICE PANE_INLINE Axes from(Size s, CoordinateRule rule) const noexcept {
    return {y.from(s.height, rule), x.from(s.width, rule)};
  }
};

PANE_HOST_DEVICE inline Axes make_axes(Size from, Size to, CoordinateRule rule) noexcept {
  return {make_axis(from.height, to.height, rule), make_axis(from.width, to.width, rule)};
}

/// Throws unless every image that the host can see has pixels, which resampling needs.
template <class Img>
void require_pixels(char const* operation, Img const& image, Size to) {
  if (to.height == 0 || to.width == 0) return;
  std::int64_t images = is_ragged<Img> ? image.batch() : (image.batch() > 0 ? 1 : 0);
  if constexpr (requires { image.entries.lent; }) {
    if (image.entries.lent != nullptr) images = 0;
  } else if constexpr (is_ragged<Img>) {
    images = 0;  // boxes have pixels, crops has checked it
  }
  for (std::int64_t n = 0; n < images; ++n) {
    Size const s = image.size(n);
    if (s.height == 0 || s.width == 0) {
      throw InvalidArgument(concat(operation, ": image ", n, " is ", s.height, " x ", s.width,
                                   ": there is nothing to sample: src is ", image_text(image)));
    }
  }
}

}  // namespace detail

namespace views {

/// Lazy view: every image resampled to one size.
template <class Source, class Rule>
struct Resize {
  Source source;
  Rule rule;
  Size to;
  CoordinateRule coordinate;
  std::conditional_t<detail::is_ragged<Source>, detail::AxesTo, detail::Axes> axes;

  static constexpr bool along_axes = detail::is_linear<Rule>;
  using pixel = std::conditional_t<
      std::is_same_v<Rule, Nearest>,
      detail::pixel_of<Source>,
      Vec<Real<typename detail::pixel_of<Source>::value_type>, detail::channels_of<Source>>>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }
  PANE_HOST_DEVICE PANE_INLINE auto prepared(
      std::int64_t n) const requires detail::is_ragged<Source> {
    auto const one = detail::prepared(source, n);
    return Resize<std::remove_const_t<decltype(one)>, Rule>{one, rule, to, coordinate,
                                                            axes.from(one.size(n), coordinate)};
  }

  template <class T>
  auto for_result() const {
    using NewRule = detail::RuleFor<Rule, Source, T>;
    if constexpr (std::is_same_v<NewRule, Rule>) {
      return *this;
    } else {
      return Resize<Source, NewRule>{source, {}, to, coordinate, axes};
    }
  }

  template <int P, class Access>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(Access const& from_source,
                                                    std::int64_t n,
                                                    Places<P> const& at) const {
    Size const from = source.size(n);
    detail::Axes a;
    if constexpr (detail::is_ragged<Source>) {
      a = axes.from(from, coordinate);
    } else {
      a = axes;
    }
    if constexpr (std::is_same_v<Rule, Nearest>) {
      Run<pixel, P> out;
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        out.p[i] = from_source(n,
                               detail::nearest_index(a.y.at(at.y[i % detail::rows_of_run<P>]),
                                                     coordinate, from.height),
                               detail::nearest_index(a.x.at(at.x[i]), coordinate, from.width));
      }
      return out;
    } else {
      return detail::sample(rule, from_source, n, from, a.y.at(at.y), a.x.at(at.x));
    }
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

/// What `resize` may be told besides the size and the interpolation.
struct ResizeOptions {
  CoordinateRule coordinate = half_pixel;
};

/// Resamples every image to height x width. Images of a ragged batch become equal.
///
/// Output pixel x samples the source at, with centres at whole numbers,
///   half_pixel     (x + 0.5) * in / out - 0.5
///   align_corners  x * (in - 1) / (out - 1)
///   asymmetric     x * in / out
/// and likewise y; samples beyond the edge repeat the edge. `nearest` takes the sample whose area holds the point
/// (`asymmetric`: the one before it) and keeps the type; `linear` and `cubic` give float (double for double images),
/// not rounded. They do not antialias: shrinking by more than 2 skips source pixels, as cv2.resize does. `antialias`
/// weights all source pixels by a curve (`Antialias{.filter = ...}`), each plane of NV12 at its own resolution; it is
/// worked out tile by tile in shared memory, in one kernel with the pointwise views above it, without a picture in
/// between.
///
/// Shapes    (N, H, W) of any size above 0 -> (N, height, width)
/// Matches   OpenCV INTER_LINEAR and INTER_CUBIC (half_pixel, cubic a = -0.75), INTER_NEAREST (nearest, asymmetric),
///           torch interpolate (align_corners; nearest-exact = nearest, half_pixel), Pillow when enlarging (a = -0.5);
///           antialias: Pillow BOX, BILINEAR, HAMMING, BICUBIC, LANCZOS within 1 level, OpenCV INTER_AREA
/// Errors    coordinates are fixed point with 32 fractional bits: exact to 2^-17 pixel and the same on every machine.
///           linear, of u8 into elements of 8 bits, f16 or bf16: weights are 2^15ths whose sum is exactly 1, within 0.016
///           of a level before the views that follow, and the same bits on every machine; else within float's rounding
/// @throws InvalidArgument  a size is negative, an image has no pixels, or antialias is asked for other coordinates
///                          than half_pixel.
/// @see ONNX Resize, coordinate_transformation_mode
template <class Rule = Linear>
auto resize(int height, int width, Rule rule = {}, ResizeOptions options = {}) {
  static_assert(
      std::is_same_v<Rule, Nearest> || std::is_same_v<Rule, Linear> ||
          std::is_same_v<Rule, Cubic> || std::is_same_v<Rule, Antialias>,
      "pane::views::resize: the interpolation must be pane::nearest, pane::linear, pane::cubic or "
      "pane::antialias");
  detail::require(height >= 0 && width >= 0, "pane::views::resize: the size ", height, " x ", width,
                  " is negative");
  return detail::Adaptor{[=](auto const& source) {
    using Source = std::remove_cvref_t<decltype(source)>;
    Size const to{height, width};
    detail::require_pixels("pane::views::resize", source, to);
    if constexpr (std::is_same_v<Rule, Antialias>) {
      detail::require(options.coordinate == half_pixel,
                      "pane::views::resize: antialias is defined for half_pixel coordinates only");
      return detail::resampled(source, to, rule.filter);
    } else {
      if constexpr (detail::is_ragged<Source>) {
        return Resize<Source, Rule>{source,
                                    rule,
                                    to,
                                    options.coordinate,
                                    {detail::AxisTo::make(height, options.coordinate),
                                     detail::AxisTo::make(width, options.coordinate)}};
      } else {
        return Resize<Source, Rule>{source, rule, to, options.coordinate,
                                    detail::make_axes(source.size(0), to, options.coordinate)};
      }
    }
  }};
}

}  // namespace views
PANE_NAMESPACE_END
