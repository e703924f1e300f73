// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>    // Strip
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

/// ceil(in * 2^32 / out) for whole pixels: rounding up keeps a coordinate that is a whole number from falling below it.
PANE_HOST_DEVICE inline Coordinate ratio(int in, int out) noexcept {
#if PANE_DEVICE_CODE
  // The same number without a division of 64 bits, which takes a thread a hundred instructions: whole part and rest,
  // then the rest in double, which is exact but for rounding up.
  int const whole = in / out;
  std::int64_t const rest = static_cast<std::int64_t>(in - whole * out) << 32;
  auto part = static_cast<std::int64_t>(static_cast<double>(rest) / out);
  if (part * out < rest) ++part;
  return (static_cast<std::int64_t>(whole) << 32) + part;
#else
  return ((std::int64_t{in} << 32) + out - 1) / out;
#endif
}

PANE_HOST_DEVICE inline Axis make_axis(int in, int out, CoordinateRule rule) noexcept {
  if (in == 0 || out == 0) return {};
  if (rule == CoordinateRule::align_corners) return {0, out == 1 ? 0 : ratio(in - 1, out - 1)};
  Axis axis{0, ratio(in, out)};
  // half a step, less half a pixel
  if (rule == CoordinateRule::half_pixel) axis.start = (axis.step + 1) / 2 - coordinate_half;
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

/// What a filter fetches its samples with, from image n of a source.
template <class Access>
struct Fetch {
  Access const& source;
  std::int64_t n;

  PANE_HOST_DEVICE PANE_INLINE auto operator()(int y, int x) const { return source(n, y, x); }
  PANE_HOST_DEVICE PANE_INLINE bool words_around(int y0, int y1) const requires
      requires(Access const& a) {
    a.words_around(0, 0);
  }
  { return source.words_around(y0, y1); }
  PANE_HOST_DEVICE PANE_INLINE auto pair(int y, int x) const requires requires(Access const& a) {
    a.words_around(0, 0);
  }
  { return source.pair(n, y, x); }
  PANE_HOST_DEVICE PANE_INLINE auto pair_bytes(int y, int x0, int x1) const requires
      requires(Access const& a) {
    a.words_around(0, 0);
  }
  { return source.pair_bytes(n, y, x0, x1); }
};
template <class F>
concept HasPairs = requires(F const& fetch) {
  fetch.pair(0, 0);
};

/// Adapts a rule of interpolation to `filter(fetch, y_low, y_high, x_low, x_high, y, x)`: samples outside the
/// inclusive ranges are replaced by the nearest one inside. `fetch(y, x)` gives a pixel of any type.
template <class Rule>
struct Filter {
  Rule rule;

  template <class F>
  PANE_HOST_DEVICE PANE_INLINE auto operator()(F const& fetch,
                                               int y_low,
                                               int y_high,
                                               int x_low,
                                               int x_high,
                                               Coordinate y,
                                               Coordinate x) const {
    if constexpr (std::is_same_v<Rule, Linear>) {
      return run(fetch, y_low, y_high, x_low, x_high, y, Strip<Coordinate, 1>{{x}}).p[0];
    } else {
      static_assert(std::is_same_v<Rule, Cubic>, "pane: unknown rule of interpolation");
      using Pixel = decltype(to_real(fetch(0, 0)));
      using R = typename Pixel::value_type;
      int const iy = whole(y);
      int const ix = whole(x);
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
          Pixel const p = to_real(fetch(yy, clamped(ix + i - 1, x_low, x_high)));
          PANE_UNROLL
          for (int c = 0; c < Pixel::channels; ++c) row.v[c] = fma(wx[i], p.v[c], row.v[c]);
        }
        PANE_UNROLL
        for (int c = 0; c < Pixel::channels; ++c) sum.v[c] = fma(wy[j], row.v[c], sum.v[c]);
      }
      return sum;
    }
  }

  /// The same at P places of one row, with what they share worked out once. Every sample is on its way before the
  /// first one is looked at.
  template <int P, class F>
  PANE_HOST_DEVICE PANE_INLINE auto run(F const& fetch,
                                        int y_low,
                                        int y_high,
                                        int x_low,
                                        int x_high,
                                        Coordinate y,
                                        Strip<Coordinate, P> const& x) const {
    using Sample = decltype(fetch(0, 0));
    using Pixel = decltype(to_real(fetch(0, 0)));
    using R = typename Pixel::value_type;
    if constexpr (std::is_same_v<Rule, Linear> && HasPairs<F>) {
      return run_of_pairs(fetch, y_low, y_high, x_low, x_high, y, x);
    } else if constexpr (std::is_same_v<Rule, Linear>) {
      Run<Pixel, P> out;
      int const y0 = clamped(whole(y), y_low, y_high);
      int const y1 = clamped(whole(y) + 1, y_low, y_high);
      R const wy = fraction<R>(y);
      int x0[P];
      int x1[P];
      Sample upper[P][2];
      Sample lower[P][2];
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        x0[i] = clamped(whole(x.v[i]), x_low, x_high);
        x1[i] = clamped(whole(x.v[i]) + 1, x_low, x_high);
        upper[i][0] = lower[i][0] = fetch(y0, x0[i]);
        upper[i][1] = lower[i][1] = fetch(y0, x1[i]);
      }
      bool const two_rows = wy != R{0};  // shrinking by 3 never looks at two rows
      if (two_rows) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          lower[i][0] = fetch(y1, x0[i]);
          lower[i][1] = fetch(y1, x1[i]);
        }
      }
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.p[i] = lerp(to_real(upper[i][0]), to_real(upper[i][1]), fraction<R>(x.v[i]));
      if (two_rows) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          auto const below = lerp(to_real(lower[i][0]), to_real(lower[i][1]), fraction<R>(x.v[i]));
          out.p[i] = lerp(out.p[i], below, wy);
        }
      }
      return out;
    } else {
      Run<Pixel, P> out;
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.p[i] = (*this)(fetch, y_low, y_high, x_low, x_high, y, x.v[i]);
      return out;
    }
  }

  /// `run` for linear interpolation at places of different rows, where every sample exists; the rows are those from
  /// y0 to y1.
  template <int P, class F>
  PANE_HOST_DEVICE PANE_INLINE static auto run_inside(F const& fetch,
                                                      int y0,
                                                      int y1,
                                                      Strip<Coordinate, P> const& y,
                                                      Strip<Coordinate, P> const& x) {
    Run<decltype(to_real(fetch(0, 0))), P> out;
    using R = typename decltype(to_real(fetch(0, 0)))::value_type;
    if constexpr (HasPairs<F>) {
      decltype(fetch.pair(0, 0)) pair[P][2];
      if (fetch.words_around(y0, y1)) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          pair[i][0] = fetch.pair(whole(y.v[i]), whole(x.v[i]));
          pair[i][1] = fetch.pair(whole(y.v[i]) + 1, whole(x.v[i]));
        }
      } else {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          int const ix = whole(x.v[i]);
          pair[i][0] = fetch.pair_bytes(whole(y.v[i]), ix, ix + 1);
          pair[i][1] = fetch.pair_bytes(whole(y.v[i]) + 1, ix, ix + 1);
        }
      }
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.p[i] = blend(pair[i][0], pair[i][1], fraction<R>(x.v[i]), fraction<R>(y.v[i]));
    } else {
      (void)y0;
      (void)y1;
      decltype(fetch(0, 0)) sample[P][4];
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        PANE_UNROLL
        for (int k = 0; k < 4; ++k)
          sample[i][k] = fetch(whole(y.v[i]) + k / 2, whole(x.v[i]) + k % 2);
      }
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        R const wx = fraction<R>(x.v[i]);
        R const wy = fraction<R>(y.v[i]);
        auto const above = lerp(to_real(sample[i][0]), to_real(sample[i][1]), wx);
        auto const below = lerp(to_real(sample[i][2]), to_real(sample[i][3]), wx);
        out.p[i] = wy != R{0} ? lerp(above, below, wy) : above;
      }
    }
    return out;
  }

 private:
  /// `run` where two neighbours come in one piece. At the edges, where both samples are one, the weight says which; in
  /// a window of one column the pair begins before it.
  template <int P, class F>
  PANE_HOST_DEVICE PANE_INLINE static auto run_of_pairs(F const& fetch,
                                                        int y_low,
                                                        int y_high,
                                                        int x_low,
                                                        int x_high,
                                                        Coordinate y,
                                                        Strip<Coordinate, P> const& x) {
    using Pair = decltype(fetch.pair(0, 0));
    Run<decltype(fetch.pair(0, 0).lerp(0.0f)), P> out;
    int const y0 = clamped(whole(y), y_low, y_high);
    int const y1 = clamped(whole(y) + 1, y_low, y_high);
    float const wy = fraction<float>(y);
    bool const two_rows = wy != 0.0f;
    int x0[P];
    Pair upper[P];
    Pair lower[P];
    PANE_UNROLL
    for (int i = 0; i < P; ++i)
      x0[i] = larger(smaller(larger(whole(x.v[i]), x_low), x_high - 1), 0);
    if (fetch.words_around(y0, y1)) {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) lower[i] = upper[i] = fetch.pair(y0, x0[i]);
      if (two_rows) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) lower[i] = fetch.pair(y1, x0[i]);
      }
    } else {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        int const x1 = smaller(x0[i] + 1, x_high);
        upper[i] = fetch.pair_bytes(y0, x0[i], x1);
        lower[i] = fetch.pair_bytes(y1, x0[i], x1);
      }
    }
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      int const ix = whole(x.v[i]);
      int const edge = ix < x_low ? x_low : x_high;
      float const wx = ix >= x_low && ix < x_high ? fraction<float>(x.v[i])
                       : edge > x0[i]             ? 1.0f
                                                  : 0.0f;
      out.p[i] = blend(upper[i], lower[i], wx, wy);
    }
    return out;
  }

  template <int C>
  PANE_HOST_DEVICE PANE_INLINE static Vec<float, C> blend(PixelPair<C> const& upper,
                                                          PixelPair<C> const& lower,
                                                          float wx,
                                                          float wy) {
    return detail::lerp(upper.lerp(wx), lower.lerp(wx), wy);
  }
};

/// The pixel that a coordinate falls on: floor(c) for `asymmetric`, else the pixel whose area holds the point.
PANE_HOST_DEVICE PANE_INLINE int nearest_index(Coordinate c,
                                               CoordinateRule rule,
                                               int size) noexcept {
  if (rule != CoordinateRule::asymmetric) c += coordinate_half;
  return clamped(whole(c), 0, size - 1);
}

/// Interpolates an image at P places of one row; samples outside are replaced by the nearest one inside. Images with a
/// rule of their own (planes of different resolution) apply it.
template <int P, class Rule, class Access>
PANE_HOST_DEVICE PANE_INLINE auto sample(Rule const& rule,
                                         Access const& source,
                                         std::int64_t n,
                                         Size size,
                                         Coordinate y,
                                         Strip<Coordinate, P> const& x) {
  Filter<Rule> const filter{rule};
  if constexpr (requires { source.sample(filter, n, y, x); }) {
    return source.sample(filter, n, y, x);
  } else {
    return filter.run(Fetch<Access>{source, n}, 0, size.height - 1, 0, size.width - 1, y, x);
  }
}

/// Where P neighbouring outputs lie on the source.
template <int P>
PANE_HOST_DEVICE PANE_INLINE Strip<Coordinate, P> places(Axis const& axis, int first) noexcept {
  Strip<Coordinate, P> out;
  PANE_UNROLL
  for (int i = 0; i < P; ++i) out.v[i] = axis.at(first + i);
  return out;
}

}  // namespace detail
PANE_NAMESPACE_END
