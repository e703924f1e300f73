// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>  // Strip
#include <pane/core/vec.hpp>
#include <pane/views/bilinear.hpp>
#include <pane/views/coordinates.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Interpolation: the one sample that the coordinate falls on. The type of the image is kept.
struct Nearest {};

/// Interpolation: Keys' cubic convolution over 4 x 4 samples. `a` is the slope at distance 1: OpenCV and PyTorch use
/// -0.75, Pillow and the original paper -0.5.
///
/// @see R. Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4
struct Cubic {
  float a = -0.75f;
};

inline constexpr Nearest nearest{};
inline constexpr Cubic cubic{};

namespace detail {

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
    if constexpr (is_linear<Rule>) {
      return run(fetch, y_low, y_high, x_low, x_high, Strip<Coordinate, 1>{{y}},
                 Strip<Coordinate, 1>{{x}})
          .p[0];
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

  /// The same at P places of one row or one column.
  template <int Rows, int P, class F>
  PANE_HOST_DEVICE PANE_INLINE auto run(F const& fetch,
                                        int y_low,
                                        int y_high,
                                        int x_low,
                                        int x_high,
                                        Strip<Coordinate, Rows> const& y,
                                        Strip<Coordinate, P> const& x) const {
    if constexpr (is_linear<Rule>) {
      return Bilinear<Rule>::run(fetch, Window{y_low, y_high, x_low, x_high}, y, x);
    } else {
      Run<decltype(to_real(fetch(0, 0))), P> out;
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.p[i] = (*this)(fetch, y_low, y_high, x_low, x_high, y.v[i % Rows], x.v[i]);
      return out;
    }
  }
};

/// Interpolates an image at P places of one row or column; samples outside are replaced by the nearest one inside.
/// Images with a rule of their own (planes of different resolution) apply it.
template <int Rows, int P, class Rule, class Access>
PANE_HOST_DEVICE PANE_INLINE auto sample(Rule const& rule,
                                         Access const& source,
                                         std::int64_t n,
                                         Size size,
                                         Strip<Coordinate, Rows> const& y,
                                         Strip<Coordinate, P> const& x) {
  Filter<Rule> const filter{rule};
  if constexpr (requires { source.sample(filter, n, y, x); }) {
    return source.sample(filter, n, y, x);
  } else {
    return filter.run(Fetch<Access>{source, n}, 0, size.height - 1, 0, size.width - 1, y, x);
  }
}

}  // namespace detail
PANE_NAMESPACE_END
