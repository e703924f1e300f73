// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>  // Coordinate
#include <pane/core/vec.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// Interpolation: the one sample that the coordinate falls on. The type of the image is kept.
struct Nearest {};

/// Interpolation: linear in both directions between the four samples around the coordinate.
struct Linear {};

/// Interpolation: Keys' cubic convolution over 4 x 4 samples. `a` is the slope at distance 1: OpenCV and PyTorch use
/// -0.75, Pillow and the original paper -0.5.
///
/// @see R. Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4
struct Cubic {
  float a = -0.75f;
};

inline constexpr Nearest nearest{};
inline constexpr Linear linear{};
inline constexpr Cubic cubic{};

/// Which source coordinate belongs to an output pixel, by the names of ONNX Resize; pixel centres are at integers.
enum class CoordinateRule : std::uint8_t {
  half_pixel,     ///< (x + 0.5) * in / out - 0.5: OpenCV, Pillow, torch align_corners=False
  align_corners,  ///< x * (in - 1) / (out - 1); 0 when out is 1: torch align_corners=True
  asymmetric      ///< x * in / out: OpenCV INTER_NEAREST, torch mode="nearest"
};
inline constexpr CoordinateRule half_pixel = CoordinateRule::half_pixel;
inline constexpr CoordinateRule align_corners = CoordinateRule::align_corners;
inline constexpr CoordinateRule asymmetric = CoordinateRule::asymmetric;

namespace detail {

/// Source coordinate of output pixel i: start + i * step, in pixels with 32 fractional bits. Exact in the integer
/// part for outputs of up to 46340 pixels, and within 2^-17 of a pixel at 2^31 pixels; the same on every machine.
struct Axis {
  Coordinate start = 0;
  Coordinate step = 0;
  PANE_HOST_DEVICE PANE_INLINE Coordinate at(int i) const noexcept { return start + step * i; }
};

/// ceil(in * 2^32 / out): rounding up keeps a coordinate that is a whole number from falling below it.
PANE_HOST_DEVICE inline Coordinate ratio(std::int64_t in, std::int64_t out) noexcept {
  return ((in << 32) + out - 1) / out;
}

PANE_HOST_DEVICE inline Axis make_axis(int in, int out, CoordinateRule rule) noexcept {
  if (in == 0 || out == 0) return {};
  if (rule == CoordinateRule::align_corners) return {0, out == 1 ? 0 : ratio(in - 1, out - 1)};
  Axis axis{0, ratio(in, out)};
  if (rule == CoordinateRule::half_pixel)
    axis.start = ((Coordinate{in} << 31) + out - 1) / out - coordinate_half;
  return axis;
}

PANE_HOST_DEVICE PANE_INLINE int whole(Coordinate c) noexcept {
  return static_cast<int>(c >> 32);
}

/// The fraction of a coordinate, in [0, 1). In float the upper 23 bits become a mantissa: no conversion instruction.
template <class R>
PANE_HOST_DEVICE PANE_INLINE R fraction(Coordinate c) noexcept {
  auto const low = static_cast<std::uint32_t>(c);
  if constexpr (sizeof(R) == 4) {
    return bits_to<float>(0x3f800000u | (low >> 9)) - 1.0f;
  } else {
    return static_cast<R>(low) * static_cast<R>(0x1p-32);
  }
}

/// a + w * (b - a), channel by channel.
template <class R, int C>
PANE_HOST_DEVICE PANE_INLINE Vec<R, C> lerp(Vec<R, C> const& a, Vec<R, C> const& b, R w) noexcept {
  Vec<R, C> out;
  PANE_UNROLL
  for (int c = 0; c < C; ++c) out.v[c] = fma(w, b.v[c] - a.v[c], a.v[c]);
  return out;
}

/// Weights of the four samples at -1, 0, 1 and 2 for a fraction t.
template <class R>
PANE_HOST_DEVICE PANE_INLINE void cubic_weights(R a, R t, R (&w)[4]) noexcept {
  R const u = 1 - t;
  w[0] = a * t * u * u;
  w[1] = fma(fma(a + 2, t, -(a + 3)), t * t, R{1});
  w[2] = fma(fma(a + 2, u, -(a + 3)), u * u, R{1});
  w[3] = 1 - w[0] - w[1] - w[2];
}

/// Adapts a rule of interpolation to `filter(fetch, y_low, y_high, x_low, x_high, y, x)`: samples outside the
/// inclusive ranges are replaced by the nearest one inside.
template <class Rule>
struct Filter {
  Rule rule;

  template <class Fetch>
  PANE_HOST_DEVICE PANE_INLINE auto operator()(Fetch const& fetch,
                                               int y_low,
                                               int y_high,
                                               int x_low,
                                               int x_high,
                                               Coordinate y,
                                               Coordinate x) const {
    using Pixel = decltype(fetch(0, 0));
    using R = typename Pixel::value_type;
    int const iy = whole(y);
    int const ix = whole(x);
    if constexpr (std::is_same_v<Rule, Linear>) {
      int const y0 = clamped(iy, y_low, y_high);
      int const y1 = clamped(iy + 1, y_low, y_high);
      int const x0 = clamped(ix, x_low, x_high);
      int const x1 = clamped(ix + 1, x_low, x_high);
      R const wx = fraction<R>(x);
      R const wy = fraction<R>(y);
      auto const upper = lerp(fetch(y0, x0), fetch(y0, x1), wx);
      if (wy == R{0})
        return upper;  // the same for a whole row: shrinking by 3 never looks at two rows
      return lerp(upper, lerp(fetch(y1, x0), fetch(y1, x1), wx), wy);
    } else {
      static_assert(std::is_same_v<Rule, Cubic>, "pane: unknown rule of interpolation");
      R wy[4];
      R wx[4];
      cubic_weights<R>(static_cast<R>(rule.a), fraction<R>(y), wy);
      cubic_weights<R>(static_cast<R>(rule.a), fraction<R>(x), wx);
      Pixel sum = Pixel::filled(R{0});
      PANE_UNROLL
      for (int j = 0; j < 4; ++j) {
        Pixel row = Pixel::filled(R{0});
        int const yy = clamped(iy + j - 1, y_low, y_high);
        PANE_UNROLL
        for (int i = 0; i < 4; ++i) {
          Pixel const p = fetch(yy, clamped(ix + i - 1, x_low, x_high));
          PANE_UNROLL
          for (int c = 0; c < Pixel::channels; ++c) row.v[c] = fma(wx[i], p.v[c], row.v[c]);
        }
        PANE_UNROLL
        for (int c = 0; c < Pixel::channels; ++c) sum.v[c] = fma(wy[j], row.v[c], sum.v[c]);
      }
      return sum;
    }
  }
};

/// The pixel that a coordinate falls on: floor(c) for `asymmetric`, else the pixel whose area holds the point.
PANE_HOST_DEVICE PANE_INLINE int nearest_index(Coordinate c,
                                               CoordinateRule rule,
                                               int size) noexcept {
  if (rule != CoordinateRule::asymmetric) c += coordinate_half;
  return clamped(whole(c), 0, size - 1);
}

/// Interpolates an image at a coordinate; samples outside are replaced by the nearest one inside. Images with a rule
/// of their own (planes of different resolution) apply it.
template <class Rule, class Access>
PANE_HOST_DEVICE PANE_INLINE auto sample(
    Rule const& rule, Access const& source, std::int64_t n, Size size, Coordinate y, Coordinate x) {
  Filter<Rule> const filter{rule};
  if constexpr (requires { source.sample(filter, n, y, x); }) {
    return source.sample(filter, n, y, x);
  } else {
    return filter([&](int yy, int xx) { return to_real(source(n, yy, xx)); }, 0, size.height - 1, 0,
                  size.width - 1, y, x);
  }
}

}  // namespace detail
PANE_NAMESPACE_END
