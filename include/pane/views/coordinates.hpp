// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>    // Strip
#include <pane/core/planes.hpp>  // Coordinate

#include <cstdint>

PANE_NAMESPACE_BEGIN

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
  PANE_HOST_DEVICE PANE_INLINE Coordinate at(int i) const noexcept {
    auto const whole = static_cast<std::uint64_t>(static_cast<unsigned>(i));  // i is not negative
    return static_cast<Coordinate>(static_cast<std::uint64_t>(start) +
                                   static_cast<std::uint64_t>(step) * whole);
  }
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE Strip<Coordinate, P> at(int const (&i)[P]) const noexcept {
    Strip<Coordinate, P> out;
    PANE_UNROLL
    for (int k = 0; k < P; ++k) out.v[k] = at(i[k]);
    return out;
  }
};

/// ceil(in * 2^32 / out) for whole pixels: rounding up keeps a coordinate that is a whole number from falling below it.
PANE_HOST_DEVICE inline Coordinate ratio(int in, int out) noexcept {
#if PANE_DEVICE_CODE
  // The same number without a division, which takes a thread a hundred instructions: a reciprocal that two steps of
  // Newton's make a double, then what the remainder says, which is one step or none unless in is 2^20 times out.
  double const divisor = out;
  double inverse = __fdividef(1.0f, static_cast<float>(out));
  inverse = fma(inverse, fma(-divisor, inverse, 1.0), inverse);
  inverse = fma(inverse, fma(-divisor, inverse, 1.0), inverse);
  auto quotient = static_cast<std::int64_t>(in * 0x1p32 * inverse);
  std::int64_t rest = (std::int64_t{in} << 32) - quotient * out;
  PANE_NO_UNROLL
  for (; rest > 0; rest -= out) ++quotient;
  PANE_NO_UNROLL
  for (; rest <= -out; rest += out) --quotient;
  return quotient;
#else
  return ((std::int64_t{in} << 32) + out - 1) / out;
#endif
}

/// The axis of a step, which is not negative.
PANE_HOST_DEVICE PANE_INLINE Axis axis_of(std::uint64_t step, CoordinateRule rule) noexcept {
  Axis axis{0, static_cast<Coordinate>(step)};
  // half a step, less half a pixel
  if (rule == CoordinateRule::half_pixel)
    axis.start = static_cast<Coordinate>((step + 1) / 2) - coordinate_half;
  return axis;
}

PANE_HOST_DEVICE inline Axis make_axis(int in, int out, CoordinateRule rule) noexcept {
  int const between = rule == CoordinateRule::align_corners ? 1 : 0;
  if (in == 0 || out <= between) return {};
  return axis_of(static_cast<std::uint64_t>(ratio(in - between, out - between)), rule);
}

/// The axes of one result for sources of many sizes: what its size says of them is worked out once, by the host, so that a
/// thread has no division to do.
struct AxisTo {
  std::uint64_t inverse = 0;  ///< ceil(2^63 / divisor); 0: there is no second pixel
  unsigned divisor = 0;

  static AxisTo make(int out, CoordinateRule rule) noexcept {
    int const divisor = out - (rule == CoordinateRule::align_corners ? 1 : 0);
    if (divisor <= 0) return {};
    auto const d = static_cast<unsigned>(divisor);
    return {((std::uint64_t{1} << 63) + d - 1) / d, d};
  }
  /// `make_axis(in, out, rule)` for in > 0.
  PANE_HOST_DEVICE PANE_INLINE Axis from(int in, CoordinateRule rule) const noexcept {
    auto const n = std::uint64_t{static_cast<unsigned>(in) -
                                 (rule == CoordinateRule::align_corners ? 1u : 0u)};
    // n * 2^32 / divisor, less than 1 too large, rounded down: the result or one less, by the sign of what is left.
    std::uint64_t step = n * (inverse >> 32) * 2 + (n * (inverse & 0xffffffffu) >> 31);
    step += static_cast<int>(0u - static_cast<unsigned>(step) * divisor) > 0 ? 1 : 0;
    return axis_of(step, rule);
  }
};

PANE_HOST_DEVICE PANE_INLINE int whole(Coordinate c) noexcept {
  return static_cast<int>(static_cast<std::uint64_t>(c) >> 32);
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

/// The same in 2^15ths, rounded: 0 to 2^15.
PANE_HOST_DEVICE PANE_INLINE std::uint32_t coarse_fraction(Coordinate c) noexcept {
  return ((static_cast<std::uint32_t>(c) >> 16) + 1) >> 1;
}

/// The pixel that a coordinate falls on: floor(c) for `asymmetric`, else the pixel whose area holds the point.
PANE_HOST_DEVICE PANE_INLINE int nearest_index(Coordinate c,
                                               CoordinateRule rule,
                                               int size) noexcept {
  if (rule != CoordinateRule::asymmetric) c += coordinate_half;
  return clamped(whole(c), 0, size - 1);
}

}  // namespace detail
PANE_NAMESPACE_END
