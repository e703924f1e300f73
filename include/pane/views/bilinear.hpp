// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>  // Strip
#include <pane/core/vec.hpp>
#include <pane/views/coordinates.hpp>
#include <pane/views/corners.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Interpolation: linear in both directions between the four samples around the coordinate.
struct Linear {};
inline constexpr Linear linear{};

namespace detail {

/// `Linear` for bytes whose results go into elements that have no place for finer weights than 15 bits; see `for_result`.
struct CoarseLinear {};
template <class Rule>
inline constexpr bool is_linear =
    std::is_same_v<Rule, Linear> || std::is_same_v<Rule, CoarseLinear>;
/// The rule by which a source is sampled for results of type T.
template <class Rule, class Source, class T>
using RuleFor =
    std::conditional_t<std::is_same_v<Rule, Linear> && takes_coarse_weights<T> &&
                           std::is_same_v<typename Source::pixel::value_type, std::uint8_t>,
                       CoarseLinear,
                       Rule>;

/// a + w * (b - a), channel by channel.
template <class R, int C>
PANE_HOST_DEVICE PANE_INLINE Vec<R, C> lerp(Vec<R, C> const& a, Vec<R, C> const& b, R w) noexcept {
  Vec<R, C> out;
  PANE_UNROLL
  for (int c = 0; c < C; ++c) out.v[c] = fma(w, b.v[c] - a.v[c], a.v[c]);
  return out;
}

/// What a filter fetches its samples with, from image n of a source; (0, 0) is the pixel (top, left).
template <class Access>
struct Fetch {
  Access const& source;
  std::int64_t n;
  int top = 0;
  int left = 0;

  PANE_HOST_DEVICE PANE_INLINE auto operator()(int y, int x) const {
    return source(n, top + y, left + x);
  }
  PANE_HOST_DEVICE PANE_INLINE bool words_around(int y0, int y1) const requires
      requires(Access const& a) {
    a.words_around(0, 0);
  }
  { return source.words_around(top + y0, top + y1); }
  PANE_HOST_DEVICE PANE_INLINE auto pairs() const requires requires(Access const& a) {
    a.pairs(0, 0, 0);
  }
  { return source.pairs(n, top, left); }
};
template <class F>
concept HasPairs = requires(F const& fetch) {
  fetch.pairs();
};
template <class F>
concept HasPair = requires(F const& fetch) {
  fetch.pair(0, 0, true);
};

/// The samples that there are: rows and columns, both ends included. The nearest one inside stands for those outside.
struct Window {
  int y_low;
  int y_high;
  int x_low;
  int x_high;
};

/// Linear interpolation at P places of one row or one column; the compiler works out once what they share. Every sample is on
/// its way before the first one is looked at. For the arguments see `Filter`.
template <class Rule>
struct Bilinear {
  template <int Rows, int P, class F>
  PANE_HOST_DEVICE PANE_INLINE static auto run(F const& fetch,
                                               Window const& in,
                                               Strip<Coordinate, Rows> const& y,
                                               Strip<Coordinate, P> const& x) {
    using Sample = decltype(fetch(0, 0));
    using Pixel = decltype(to_real(fetch(0, 0)));
    using R = typename Pixel::value_type;
    if constexpr (HasPairs<F>) {
      return run_of_pairs(fetch, in, y, x);
    } else if constexpr (HasPair<F> && PANE_DEVICE_CODE) {
      return run_of_two(fetch, in, y, x);
    } else {
      Run<Pixel, P> out;
      int y0[Rows];
      int x0[P];
      int x1[P];
      Sample upper[P][2];
      Sample lower[P][2];
      bool two_rows = false;  // shrinking by 3 never looks at two rows
      PANE_UNROLL
      for (int i = 0; i < Rows; ++i) {
        y0[i] = clamped(whole(y.v[i]), in.y_low, in.y_high);
        two_rows = two_rows || fraction<R>(y.v[i]) != R{0};
      }
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        x0[i] = clamped(whole(x.v[i]), in.x_low, in.x_high);
        x1[i] = clamped(whole(x.v[i]) + 1, in.x_low, in.x_high);
        upper[i][0] = lower[i][0] = fetch(y0[i % Rows], x0[i]);
        upper[i][1] = lower[i][1] = fetch(y0[i % Rows], x1[i]);
      }
      if (two_rows) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          int const y1 = clamped(whole(y.v[i % Rows]) + 1, in.y_low, in.y_high);
          lower[i][0] = fetch(y1, x0[i]);
          lower[i][1] = fetch(y1, x1[i]);
        }
      }
      if constexpr (is_coarse) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          out.p[i] = weighted(corners(weight(x.v[i]), weight(y.v[i % Rows])), upper[i][0],
                              upper[i][1], lower[i][0], lower[i][1]);
        }
      } else {
        PANE_UNROLL
        for (int i = 0; i < P; ++i)
          out.p[i] = lerp(to_real(upper[i][0]), to_real(upper[i][1]), fraction<R>(x.v[i]));
        if (two_rows) {
          PANE_UNROLL
          for (int i = 0; i < P; ++i) {
            auto const below =
                lerp(to_real(lower[i][0]), to_real(lower[i][1]), fraction<R>(x.v[i]));
            R const wy = fraction<R>(y.v[i % Rows]);
            auto const both = lerp(out.p[i], below, wy);
            if constexpr (std::is_integral_v<typename Sample::value_type>) {
              out.p[i] = both;
            } else {  // a row without weight may hold infinities
              out.p[i] = wy != R{0} ? both : out.p[i];
            }
          }
        }
      }
      return out;
    }
  }

  /// `run` at places of different rows, where every sample exists; the rows are those from
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
      auto const pairs = fetch.pairs();
      decltype(pairs.load(0, 0)) pair[P][2];
      if (fetch.words_around(y0, y1)) {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          pair[i][0] = pairs.load(whole(y.v[i]), whole(x.v[i]));
          pair[i][1] = pairs.load(whole(y.v[i]) + 1, whole(x.v[i]));
        }
      } else {
        PANE_UNROLL
        for (int i = 0; i < P; ++i) {
          int const ix = whole(x.v[i]);
          pair[i][0] = pairs.load_bytes(whole(y.v[i]), ix, ix + 1);
          pair[i][1] = pairs.load_bytes(whole(y.v[i]) + 1, ix, ix + 1);
        }
      }
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.p[i] = blend(pair[i][0], pair[i][1], weight(x.v[i]), weight(y.v[i]));
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
        if constexpr (is_coarse) {
          out.p[i] = weighted(corners(weight(x.v[i]), weight(y.v[i])), sample[i][0], sample[i][1],
                              sample[i][2], sample[i][3]);
        } else {
          R const wx = fraction<R>(x.v[i]);
          R const wy = fraction<R>(y.v[i]);
          auto const above = lerp(to_real(sample[i][0]), to_real(sample[i][1]), wx);
          auto const below = lerp(to_real(sample[i][2]), to_real(sample[i][3]), wx);
          out.p[i] = wy != R{0} ? lerp(above, below, wy) : above;
        }
      }
    }
    return out;
  }

 private:
  /// `run` where two neighbours come in one piece. At the edges, where both samples are one, the weight says which; in
  /// a window of one column the pair begins before it.
  template <int Rows, int P, class F>
  PANE_HOST_DEVICE PANE_INLINE static auto run_of_pairs(F const& fetch,
                                                        Window const& in,
                                                        Strip<Coordinate, Rows> const& y,
                                                        Strip<Coordinate, P> const& x) {
    auto const pairs = fetch.pairs();
    using Pair = decltype(pairs.load(0, 0));
    Run<decltype(pairs.load(0, 0).lerp(0.0f)), P> out;
    int y0[Rows];
    int y1[Rows];
    int x0[P];
    Pair upper[P];
    Pair lower[P];
    int top = in.y_high;
    int bottom = in.y_low;
    PANE_UNROLL
    for (int i = 0; i < Rows; ++i) {
      y0[i] = clamped(whole(y.v[i]), in.y_low, in.y_high);
      // A row without weight is read as the other one, which is there already.
      y1[i] =
          clamped(whole(y.v[i]) + (fraction<float>(y.v[i]) != 0.0f ? 1 : 0), in.y_low, in.y_high);
      top = smaller(top, y0[i]);
      bottom = larger(bottom, y1[i]);
    }
    PANE_UNROLL
    for (int i = 0; i < P; ++i)
      x0[i] = larger(smaller(larger(whole(x.v[i]), in.x_low), in.x_high - 1), -fetch.left);
    if (__builtin_expect(!fetch.words_around(top, bottom), 0)) {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        int const x1 = smaller(x0[i] + 1, in.x_high);
        upper[i] = pairs.load_bytes(y0[i % Rows], x0[i], x1);
        lower[i] = pairs.load_bytes(y1[i % Rows], x0[i], x1);
      }
    } else if (pairs.rows_alike()) {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        upper[i] = pairs.load_alike(y0[i % Rows], x0[i]);
        lower[i] = pairs.load_alike(y1[i % Rows], x0[i]);
      }
    } else {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        upper[i] = pairs.load(y0[i % Rows], x0[i]);
        lower[i] = pairs.load(y1[i % Rows], x0[i]);
      }
    }
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      int const ix = whole(x.v[i]);
      int const edge = ix < in.x_low ? in.x_low : in.x_high;
      bool const inside = ix >= in.x_low && ix < in.x_high;
      Weight wx;
      if constexpr (P == host_run &&
                    !is_coarse) {  // without a branch, at which the CPU's vectors would stop
        wx = chosen(inside, weight(x.v[i]), chosen(edge > x0[i], 1.0f, 0.0f));
      } else {
        wx = inside ? weight(x.v[i]) : edge > x0[i] ? weight_one : Weight{0};
      }
      out.p[i] = blend(upper[i], lower[i], wx, weight(y.v[i % Rows]));
    }
    return out;
  }

  /// `run` where two neighbours have one address. At the edges, where both samples are one, the second has no weight.
  template <int Rows, int P, class F>
  PANE_HOST_DEVICE PANE_INLINE static auto run_of_two(F const& fetch,
                                                      Window const& in,
                                                      Strip<Coordinate, Rows> const& y,
                                                      Strip<Coordinate, P> const& x) {
    using Pair = decltype(fetch.pair(0, 0, true));
    Run<decltype(Pair{}.lerp(0.0f)), P> out;
    Pair upper[P];
    Pair lower[P];
    bool two[P];
    bool two_rows = false;  // shrinking by 3 never looks at two rows
    PANE_UNROLL
    for (int i = 0; i < Rows; ++i) two_rows = two_rows || weight(y.v[i]) != Weight{0};
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      int const ix = whole(x.v[i]);
      two[i] = ix >= in.x_low && ix < in.x_high;
      upper[i] = fetch.pair(clamped(whole(y.v[i % Rows]), in.y_low, in.y_high),
                            clamped(ix, in.x_low, in.x_high), two[i]);
      lower[i] = Pair{{any_word(), any_word()}};
    }
    if (two_rows) {
      PANE_UNROLL
      for (int i = 0; i < P; ++i) {
        lower[i] = fetch.pair(clamped(whole(y.v[i % Rows]) + 1, in.y_low, in.y_high),
                              clamped(whole(x.v[i]), in.x_low, in.x_high), two[i]);
      }
    }
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      out.p[i] =
          blend(upper[i], lower[i], two[i] ? weight(x.v[i]) : Weight{0}, weight(y.v[i % Rows]));
    }
    return out;
  }

  static constexpr bool is_coarse = std::is_same_v<Rule, CoarseLinear>;
  /// The fraction of a coordinate as bytes are weighted by it: a real number, or 2^15ths.
  using Weight = std::conditional_t<is_coarse, std::uint32_t, float>;
  static constexpr Weight weight_one = static_cast<Weight>(is_coarse ? 0x8000 : 1);
  PANE_HOST_DEVICE PANE_INLINE static Weight weight(Coordinate c) {
    if constexpr (is_coarse) {
      return coarse_fraction(c);
    } else {
      return fraction<float>(c);
    }
  }
  template <int C>
  PANE_HOST_DEVICE PANE_INLINE static Vec<float, C> blend(PixelPair<C> const& upper,
                                                          PixelPair<C> const& lower,
                                                          Weight wx,
                                                          Weight wy) {
    if constexpr (is_coarse) {
      return weighted(corners(wx, wy), upper, lower);
    } else {
      return detail::lerp(upper.lerp(wx), lower.lerp(wx), wy);
    }
  }
};

}  // namespace detail
PANE_NAMESPACE_END
