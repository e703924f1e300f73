// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>  // Coordinate
#include <pane/views/interpolation.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// The curve that weights source pixels by their distance when an image is resampled with antialiasing. One unit of
/// distance is one pixel of whichever is coarser, source or result.
enum class ResampleFilter : std::uint8_t {
  box,  ///< 1 up to 0.5: Pillow BOX
  area,  ///< the share of the source pixel that the result pixel covers: OpenCV INTER_AREA when shrinking
  triangle,  ///< 1 - |d| up to 1: Pillow BILINEAR, torch and torchvision bilinear with antialias
  hamming,   ///< sinc with a Hamming window, up to 1: Pillow HAMMING
  bicubic,   ///< Keys' curve with a = -0.5, up to 2: Pillow BICUBIC, torch bicubic with antialias
  lanczos    ///< sinc with a sinc window, up to 3: Pillow LANCZOS
};

/// Interpolation: antialiased, for shrinking as photographs want it. Every source pixel counts.
struct Antialias {
  ResampleFilter filter = ResampleFilter::triangle;
};
inline constexpr Antialias antialias{};

namespace detail {

/// sin(pi x) to 2^-23 of 1, by the same arithmetic on every machine.
template <class R>
PANE_HOST_DEVICE inline R sin_pi(R x) noexcept {
  int const turns = static_cast<int>(x < R{0} ? x - R{0.5f} : x + R{0.5f});
  R const r = x - static_cast<R>(turns);
  R const s = r * r;
  // Taylor's series up to r^13 on [-1/2, 1/2]: the next term is below 7e-10.
  R p = R(4.6630280576761e-4);
  p = fma(p, s, R(-7.3704309457143e-3));
  p = fma(p, s, R(8.2145886611128e-2));
  p = fma(p, s, R(-5.9926452932079e-1));
  p = fma(p, s, R(2.5501640398773));
  p = fma(p, s, R(-5.1677127800500));
  p = fma(p, s, R(3.1415926535898));
  p *= r;
  return turns % 2 == 0 ? p : -p;
}

/// sin(pi x) / (pi x)
template <class R>
PANE_HOST_DEVICE inline R sinc(R x) noexcept {
  return x == R{0} ? R{1} : sin_pi(x) / (x * R(3.1415926535898));
}

/// Half the width of a curve, in twice its units: whole numbers.
PANE_HOST_DEVICE constexpr int twice_support(ResampleFilter filter) noexcept {
  switch (filter) {
    case ResampleFilter::box:
    case ResampleFilter::area:
      return 1;
    case ResampleFilter::triangle:
    case ResampleFilter::hamming:
      return 2;
    case ResampleFilter::bicubic:
      return 4;
    case ResampleFilter::lanczos:
      return 6;
  }
  return 2;
}

/// The weight at a distance d, in units of the curve; `unit` is one source pixel in them. Not normalised.
template <class R>
PANE_HOST_DEVICE PANE_INLINE R weight_at(ResampleFilter filter, R d, R unit) noexcept {
  R const a = d < R{0} ? -d : d;
  switch (filter) {
    case ResampleFilter::triangle:
      return larger(R{1} - a, R{0});
    case ResampleFilter::box:
      return d > R{-0.5f} && d <= R{0.5f} ? R{1} : R{0};
    case ResampleFilter::area: {
      R const half = R{0.5f} * unit;
      return larger(smaller(d + half, R{0.5f}) - larger(d - half, R{-0.5f}), R{0});
    }
    case ResampleFilter::hamming:
      // cos(pi a) = sin(pi (a + 1/2))
      return a >= R{1} ? R{0} : sinc(a) * fma(R(0.46), sin_pi(a + R{0.5f}), R(0.54));
    case ResampleFilter::bicubic: {
      R const slope{-0.5f};
      if (a < R{1}) return fma(fma(slope + 2, a, -(slope + 3)), a * a, R{1});
      return a < R{2} ? slope * fma(fma(a - 5, a, R{8}), a, R{-4}) : R{0};
    }
    case ResampleFilter::lanczos:
      return a < R{3} ? sinc(a) * sinc(a * R(1.0 / 3.0)) : R{0};
  }
  return R{0};
}

/// The source pixels that count for one result pixel along an axis.
template <class R>
struct Taps {
  int first;
  int last;
  R distance;  ///< of the first from the place of the result, in units of the curve
};

/// Resampling along one axis: result pixel i lies at `axis.at(i)` of the source.
template <class R>
struct TapAxis {
  Axis axis;
  ResampleFilter filter = ResampleFilter::triangle;
  Coordinate reach = 0;  ///< how far the curve goes, in source pixels
  R unit{1};             ///< one source pixel in units of the curve

  TapAxis() = default;
  PANE_HOST_DEVICE TapAxis(Axis a, ResampleFilter f) noexcept : axis(a), filter(f) {
    Coordinate const scale = larger(axis.step, Coordinate{1} << 32);
    reach = scale / 2 * twice_support(filter);
    if (filter == ResampleFilter::area) reach += coordinate_half;
    unit = static_cast<R>(0x1p32 / static_cast<double>(scale));
  }

  /// The same on a plane that is 2^log2 times coarser; `cosited`: its samples lie on the first of theirs.
  PANE_HOST_DEVICE TapAxis coarser(int log2, bool cosited) const noexcept {
    if (log2 == 0) return *this;
    Axis a{axis.start >> log2, axis.step >> log2};
    if (!cosited) a.start = ((axis.start + coordinate_half) >> log2) - coordinate_half;
    return TapAxis(a, filter);
  }

  /// How many there can be for a result pixel.
  PANE_HOST_DEVICE int most() const noexcept { return whole(2 * reach) + 1; }

  /// Those between low and high; there is at least one.
  PANE_HOST_DEVICE PANE_INLINE Taps<R> at(int i, int low, int high) const noexcept {
    Coordinate const c = axis.at(i);
    int const first = clamped(whole(c - reach) + 1, low, high);
    int const last = clamped(whole(c + reach), first, high);
    // Split before it becomes a float, so that a place far to the right is as exact as one on the left.
    return {first, last, (static_cast<R>(first - whole(c)) - fraction<R>(c)) * unit};
  }
  PANE_HOST_DEVICE PANE_INLINE R weight(Taps<R> const& taps, int k) const noexcept {
    return weight_at<R>(filter, fma(static_cast<R>(k - taps.first), unit, taps.distance), unit);
  }
  /// Those of N pixels from k on; beyond the taps they are zeros.
  template <int N>
  PANE_HOST_DEVICE PANE_INLINE void weights(Taps<R> const& taps,
                                            int k,
                                            R (&out)[N]) const noexcept {
    int const first = k - taps.first;
    auto const counts = [&](int i) {
      return static_cast<unsigned>(first + i) <= static_cast<unsigned>(taps.last - taps.first);
    };
    auto const at = [&](int i) { return fma(static_cast<R>(first + i), unit, taps.distance); };
    if (filter == ResampleFilter::triangle) {  // the shortest, and the most common
      PANE_UNROLL
      for (int i = 0; i < N; ++i)
        out[i] = counts(i) ? weight_at<R>(ResampleFilter::triangle, at(i), unit) : R{0};
    } else {
      PANE_UNROLL
      for (int i = 0; i < N; ++i) out[i] = counts(i) ? weight_apart(filter, at(i), unit) : R{0};
    }
  }

 private:
  /// Out of line on a GPU: all curves are much code.
  PANE_HOST_DEVICE PANE_GPU_NOINLINE static R weight_apart(ResampleFilter filter,
                                                           R d,
                                                           R unit) noexcept {
    return weight_at<R>(filter, d, unit);
  }
};

}  // namespace detail
PANE_NAMESPACE_END
