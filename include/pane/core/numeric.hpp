// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// How a real number becomes an integer. Values beyond the type are clamped either way, NaN becomes 0.
enum class Rounding : std::uint8_t {
  nearest_even,  ///< IEEE 754 roundTiesToEven, as `numpy.rint`
  toward_zero    ///< truncation, as a C cast
};

namespace detail {

/// Reinterprets the bytes of a value.
template <class To, class From>
PANE_HOST_DEVICE inline To bits_to(From const& from) noexcept {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof(To));
  return to;
}

/// a * b + c with one rounding: an instruction of the GPU, of ARM, and of x86 where kernels/launch_host.hpp finds it; a
/// call of the C library elsewhere on x86. Other hosts go through double: the product is exact there and the sum is
/// rounded twice, which differs in the last place at most, and rarely.
PANE_HOST_DEVICE inline float fma(float a, float b, float c) noexcept {
#if PANE_DEVICE_CODE || PANE_HOST_AVX2 || defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) +
                            static_cast<double>(c));
#endif
}
PANE_HOST_DEVICE inline double fma(double a, double b, double c) noexcept {
  return __builtin_fma(a, b, c);
}

/// condition ? a : b without a branch, for loops that the CPU's compiler is to turn into vectors.
PANE_HOST_DEVICE inline float chosen(bool condition, float a, float b) noexcept {
  std::uint32_t const mask = 0u - static_cast<std::uint32_t>(condition);
  return bits_to<float>((bits_to<std::uint32_t>(a) & mask) | (bits_to<std::uint32_t>(b) & ~mask));
}

template <class T>
PANE_HOST_DEVICE constexpr T smaller(T a, T b) noexcept {
  return b < a ? b : a;
}
template <class T>
PANE_HOST_DEVICE constexpr T larger(T a, T b) noexcept {
  return a < b ? b : a;
}
template <class T>
PANE_HOST_DEVICE constexpr T clamped(T value, T low, T high) noexcept {
  return smaller(larger(value, low), high);
}
/// ceil(a / b) for non-negative a and positive b.
PANE_HOST_DEVICE constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept {
  return (a + b - 1) / b;
}

inline float f16_to_float_by_bits(std::uint16_t h) noexcept {
  std::uint32_t const sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  std::uint32_t const exponent = (h >> 10) & 31u;
  std::uint32_t const mantissa = h & 1023u;
  if (exponent == 31) return bits_to<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return bits_to<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
  float const magnitude = static_cast<float>(mantissa) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

inline std::uint16_t float_to_f16_by_bits(float value) noexcept {
  std::uint32_t const all = bits_to<std::uint32_t>(value);
  auto const sign = static_cast<std::uint16_t>((all >> 16) & 0x8000u);
  std::uint32_t const magnitude = all & 0x7fffffffu;
  std::uint32_t result;
  if (magnitude > 0x7f800000u) {
    result = 0x7e00u;  // NaN
  } else if (magnitude >= 0x47800000u) {
    result = 0x7c00u;  // 65536 and more: infinity
  } else if (magnitude >= 0x38800000u) {
    result = (magnitude + 0xfffu + ((magnitude >> 13) & 1u) - 0x38000000u) >> 13;
  } else {  // below 2^-14: adding 0.5 puts the last place of the subnormals at the last place of the sum
    result = bits_to<std::uint32_t>(bits_to<float>(magnitude) + 0.5f) - 0x3f000000u;
  }
  return static_cast<std::uint16_t>(sign | result);
}

PANE_HOST_DEVICE inline float f16_to_float(std::uint16_t h) noexcept {
#if PANE_DEVICE_CODE
  float f;
  asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h));
  return f;
#else
  return f16_to_float_by_bits(h);
#endif
}

PANE_HOST_DEVICE inline std::uint16_t float_to_f16(float value) noexcept {
#if PANE_DEVICE_CODE
  std::uint16_t h;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(value));
  return h;
#else
  return float_to_f16_by_bits(value);
#endif
}

PANE_HOST_DEVICE inline float bf16_to_float(std::uint16_t b) noexcept {
  return bits_to<float>(static_cast<std::uint32_t>(b) << 16);
}

PANE_HOST_DEVICE inline std::uint16_t float_to_bf16(float value) noexcept {
  std::uint32_t const all = bits_to<std::uint32_t>(value);
  if ((all & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((all >> 16) | 0x40u);
  return static_cast<std::uint16_t>((all + 0x7fffu + ((all >> 16) & 1u)) >> 16);
}

/// The 8-bit float with so many mantissa bits and that bias nearest to a float, ties to even. What is beyond the
/// largest one, whose code is `top`, becomes the largest one; NaN is 0x7f.
template <int MantissaBits, int Bias>
PANE_HOST_DEVICE inline std::uint8_t float_to_f8(float value, std::uint32_t top) noexcept {
  constexpr int dropped = 23 - MantissaBits;
  constexpr std::uint32_t smallest_normal = static_cast<std::uint32_t>(128 - Bias) << 23;
  std::uint32_t const all = bits_to<std::uint32_t>(value);
  std::uint32_t const magnitude = all & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return 0x7f;
  std::uint32_t code;
  if (magnitude >= smallest_normal) {
    std::uint32_t const even = (magnitude >> dropped) & 1u;
    std::uint32_t const half = (1u << (dropped - 1)) - 1u;
    code = (magnitude + half + even - (static_cast<std::uint32_t>(127 - Bias) << 23)) >> dropped;
    code = smaller(code, top);
  } else {  // the adder rounds: the last place of the sum is the last place of the subnormals
    constexpr std::uint32_t shift = static_cast<std::uint32_t>(128 - Bias + dropped) << 23;
    code = bits_to<std::uint32_t>(bits_to<float>(magnitude) + bits_to<float>(shift)) - shift;
  }
  return static_cast<std::uint8_t>(((all >> 24) & 0x80u) | code);
}

PANE_HOST_DEVICE inline std::uint8_t float_to_f8_e4m3(float value) noexcept {
  return float_to_f8<3, 7>(value, 0x7e);
}
PANE_HOST_DEVICE inline std::uint8_t float_to_f8_e5m2(float value) noexcept {
  return float_to_f8<2, 15>(value, 0x7b);
}

/// As binary16 the exponent is 8 too small: the biases are 7 and 15.
PANE_HOST_DEVICE inline float f8_e4m3_to_float(std::uint8_t b) noexcept {
  unsigned const magnitude = b & 0x7fu;
  if (magnitude == 0x7f) return bits_to<float>(0x7fc00000u);
  return f16_to_float(static_cast<std::uint16_t>((b & 0x80u) << 8 | magnitude << 7)) * 256.0f;
}
PANE_HOST_DEVICE inline float f8_e5m2_to_float(std::uint8_t b) noexcept {
  return f16_to_float(static_cast<std::uint16_t>(b << 8));
}

/// A number as a float that becomes the same f16, bf16 or 8-bit float as the number itself. A plain conversion would round twice;
/// here what the float has no place for survives as a 1 in its last place ("rounding to odd").
template <class V>
PANE_HOST_DEVICE inline float to_float_for_half(V v) noexcept {
  if constexpr (std::is_same_v<V, double>) {
    auto const f = static_cast<float>(v);
    if (static_cast<double>(f) == v || v != v) return f;
    auto bits = bits_to<std::uint32_t>(f);
    if ((static_cast<double>(f) > v) == (v > 0))
      --bits;  // toward zero, infinity to the largest float
    return bits_to<float>(bits | 1u);
  } else if constexpr (std::is_integral_v<V> && sizeof(V) >= 4) {
    bool negative = false;
    if constexpr (std::is_signed_v<V>) negative = v < 0;
    std::uint64_t m = static_cast<std::uint64_t>(v);
    if (negative) m = std::uint64_t{0} - m;
    int shift = 0;
    while (m >> shift >= 1u << 24) shift += 8;
    bool const rest = (m & ((std::uint64_t{1} << shift) - 1)) != 0;
    auto const f = static_cast<float>((m >> shift | (rest ? 1u : 0u)) << shift);
    return negative ? -f : f;
  } else {
    return static_cast<float>(v);
  }
}

/// Rounds to the nearest integer, ties to even.
PANE_HOST_DEVICE inline float nearest(float v) noexcept {
#if PANE_DEVICE_CODE
  return rintf(v);
#else
  // Adding and taking away 1.5 * 2^23 rounds in the adder and, unlike a call of rintf, vectorises.
  return v < 4194304.0f && v > -4194304.0f ? (v + 12582912.0f) - 12582912.0f : __builtin_rintf(v);
#endif
}
PANE_HOST_DEVICE inline double nearest(double v) noexcept {
  return __builtin_rint(v);
}

/// The limits of an integer type as constants, which device code may read; the functions of <limits> it may not call.
template <class T>
inline constexpr T least = std::numeric_limits<T>::min();
template <class T>
inline constexpr T greatest = std::numeric_limits<T>::max();

/// A real number as an integer: rounded, clamped to the type, NaN to 0.
template <class To, Rounding R, class From>
PANE_HOST_DEVICE inline To real_to_integer(From v) noexcept {
#if PANE_DEVICE_CODE
  if constexpr (R == Rounding::nearest_even && std::is_same_v<From, float> && sizeof(To) <= 2) {
    if constexpr (std::is_same_v<To, std::uint8_t>) {
      unsigned r;
      asm("cvt.rni.sat.u8.f32 %0, %1;" : "=r"(r) : "f"(v));
      return static_cast<To>(r);
    } else {  // one conversion to 32 bits, which clamps and takes NaN to 0, then one to the type
      int const r = __float2int_rn(v);
      return static_cast<To>(
          clamped(r, static_cast<int>(least<To>), static_cast<int>(greatest<To>)));
    }
  }
#else
  if constexpr (R == Rounding::nearest_even && std::is_same_v<From, float> && sizeof(To) <= 2) {
    constexpr auto least_float = static_cast<float>(least<To>);
    constexpr auto greatest_float = static_cast<float>(greatest<To>);
    if constexpr (std::is_signed_v<To>) v = chosen(v == v, v, 0.0f);
    v = chosen(v > least_float, v, least_float);  // NaN too
    v = chosen(v < greatest_float, v, greatest_float);
    return static_cast<To>(static_cast<int>((v + 12582912.0f) - 12582912.0f));
  }
#endif
  // The limit as a real number may be one more than the limit: both sides of the comparison round up.
  constexpr auto low = static_cast<From>(least<To>);
  constexpr auto high = static_cast<From>(greatest<To>);
  if (v >= high) return greatest<To>;
  if (v <= low) return least<To>;
  if (v != v) return To{0};
  if constexpr (R == Rounding::nearest_even) v = nearest(v);
  return static_cast<To>(v);
}

/// An element as the number it stands for: halves and 8-bit floats become float, everything else is itself.
template <class T>
PANE_HOST_DEVICE inline auto to_number(T value) noexcept {
  if constexpr (is_f16<T>) {
    return f16_to_float(bits_to<std::uint16_t>(value));
  } else if constexpr (is_bf16<T>) {
    return bf16_to_float(bits_to<std::uint16_t>(value));
  } else if constexpr (is_f8_e4m3<T>) {
    return f8_e4m3_to_float(bits_to<std::uint8_t>(value));
  } else if constexpr (is_f8_e5m2<T>) {
    return f8_e5m2_to_float(bits_to<std::uint8_t>(value));
  } else {
    return value;
  }
}

}  // namespace detail

/// Converts one element to another type.
///
/// To integers: real numbers are rounded (nearest even unless asked otherwise), everything is clamped to the
/// limits of the type, NaN becomes 0. To f16 and bf16: nearest even, overflow becomes infinity. To f8_e4m3 and
/// f8_e5m2: nearest even, what is beyond the largest finite value, infinity too, becomes that value (448 and 57344);
/// NaN stays NaN. To bool: whether the value differs from 0. Between real numbers: the conversion of the hardware.
template <Element To, Rounding R = Rounding::nearest_even, Element From>
PANE_HOST_DEVICE inline To saturate_cast(From from) noexcept {
  auto const v = detail::to_number(from);
  using Value = std::remove_const_t<decltype(v)>;
  if constexpr (std::is_same_v<To, From>) {
    return from;
  } else if constexpr (std::is_same_v<To, bool>) {
    return v != Value{0};
  } else if constexpr (detail::is_f16<To>) {
    return detail::bits_to<To>(detail::float_to_f16(detail::to_float_for_half(v)));
  } else if constexpr (detail::is_bf16<To>) {
    return detail::bits_to<To>(detail::float_to_bf16(detail::to_float_for_half(v)));
  } else if constexpr (detail::is_f8_e4m3<To>) {
    return detail::bits_to<To>(detail::float_to_f8_e4m3(detail::to_float_for_half(v)));
  } else if constexpr (detail::is_f8_e5m2<To>) {
    return detail::bits_to<To>(detail::float_to_f8_e5m2(detail::to_float_for_half(v)));
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(v);
  } else if constexpr (std::is_floating_point_v<Value>) {
    return detail::real_to_integer<To, R>(v);
  } else if constexpr (std::is_same_v<Value, bool>) {
    return static_cast<To>(v);
  } else {
    if constexpr (std::is_signed_v<Value> && !std::is_signed_v<To>) {
      if (v < 0) return To{0};
    } else if constexpr (std::is_signed_v<Value> && sizeof(To) < sizeof(Value)) {
      if (v < detail::least<To>) return detail::least<To>;
    }
    if constexpr (static_cast<std::uint64_t>(detail::greatest<Value>) >
                  static_cast<std::uint64_t>(detail::greatest<To>)) {
      if (v > static_cast<Value>(detail::greatest<To>)) return detail::greatest<To>;
    }
    return static_cast<To>(v);
  }
}

/// The type in which a pixel of `T` is computed: double for double, else float.
template <Element T>
using Real = std::conditional_t<std::is_same_v<std::remove_const_t<T>, double>, double, float>;

PANE_NAMESPACE_END
