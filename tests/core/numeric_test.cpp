// SPDX-License-Identifier: MIT

#include <pane/core/numeric.hpp>
#include <tests/support/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace pane;
using Wide = long double;  // holds every 64-bit integer and every double exactly

static_assert(std::numeric_limits<Wide>::digits >= 64);

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// ---- what the bits of a half type stand for, by the definition of the format ----

struct HalfFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
};
constexpr HalfFormat f16_format{5, 10, 15};
constexpr HalfFormat bf16_format{8, 7, 127};

double half_value(HalfFormat format, std::uint16_t bits) {
  int const mantissa = bits & ((1 << format.mantissa_bits) - 1);
  int const exponent = bits >> format.mantissa_bits & ((1 << format.exponent_bits) - 1);
  double const sign = bits >> 15 ? -1.0 : 1.0;
  if (exponent == (1 << format.exponent_bits) - 1)
    return mantissa != 0 ? nan_value : sign * infinity;
  double const fraction = std::ldexp(mantissa, -format.mantissa_bits);
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - format.bias);
  return sign * std::ldexp(1.0 + fraction, exponent - format.bias);
}

/// The finite values from 0 up, and as the last one the power of two that would follow: what lies at or above the
/// middle before it becomes infinity.
std::vector<double> magnitudes(HalfFormat format) {
  std::vector<double> values;
  for (std::uint16_t bits = 0; std::isfinite(half_value(format, bits)); ++bits)
    values.push_back(half_value(format, bits));
  values.push_back(std::ldexp(1.0, format.bias + 1));
  return values;
}

/// The nearest half, ties to the even pattern, by searching for the two neighbours and their exact middle.
std::uint16_t nearest_half(HalfFormat format, Wide value) {
  static std::vector<double> const f16_values = magnitudes(f16_format);
  static std::vector<double> const bf16_values = magnitudes(bf16_format);
  std::vector<double> const& values = format.bias == f16_format.bias ? f16_values : bf16_values;
  auto const sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  Wide const magnitude = std::fabs(value);
  auto const above = std::lower_bound(values.begin(), values.end(), magnitude);
  std::size_t index;
  if (above == values.end()) {
    index = values.size() - 1;
  } else {
    index = static_cast<std::size_t>(above - values.begin());
    if (index > 0) {
      Wide const middle = (Wide{values[index - 1]} + Wide{values[index]}) / 2;
      if (magnitude < middle || (magnitude == middle && (index - 1) % 2 == 0)) --index;
    }
  }
  return static_cast<std::uint16_t>(sign | index);  // the last index is the pattern of infinity
}

// ---- any element as a wide number, and a wide number as an element, by the documented rule ----

template <class T>
Wide wide(T value) {
  if constexpr (std::is_same_v<T, f16>) return half_value(f16_format, value.bits);
  if constexpr (std::is_same_v<T, bf16>) return half_value(bf16_format, value.bits);
  if constexpr (!detail::is_half<T>) return static_cast<Wide>(value);
}

Wide rounded(Wide value, Rounding rounding) {
  if (rounding == Rounding::toward_zero) return std::trunc(value);
  Wide const below = std::floor(value);
  Wide const rest = value - below;
  if (rest < 0.5L) return below;
  if (rest > 0.5L) return below + 1;
  return std::fmod(below, 2.0L) == 0 ? below : below + 1;
}

template <class To>
To expected(Wide value, Rounding rounding) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_same_v<To, f16>) {
    return std::isnan(value) ? f16{0x7e00} : f16{nearest_half(f16_format, value)};
  } else if constexpr (std::is_same_v<To, bf16>) {
    return std::isnan(value) ? bf16{0x7fc0} : bf16{nearest_half(bf16_format, value)};
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else {
    if (std::isnan(value)) return 0;
    if (value >= static_cast<Wide>(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
    if (value <= static_cast<Wide>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    return static_cast<To>(rounded(value, rounding));
  }
}

template <class T>
bool same(T a, T b) {
  if (std::isnan(wide(a)) || std::isnan(wide(b))) return std::isnan(wide(a)) && std::isnan(wide(b));
  return wide(a) == wide(b) && std::signbit(wide(a)) == std::signbit(wide(b));
}

// ---- the values that could go wrong ----

std::vector<Wide> interesting() {
  std::vector<Wide> centres = {0,      1,      2,     3,     126,   254,   0.5L,  1.5L,   2.5L,
                               127.5L, 254.5L, 65504, 65519, 65520, 65536, 1e-8L, 1e-30L, 1e30L};
  for (int bits : {7, 8, 10, 11, 15, 16, 23, 24, 31, 32, 52, 53, 63, 64, 127, 128})
    centres.push_back(std::ldexp(Wide{1}, bits));
  for (int bits : {-14, -24, -25, -126, -133, -134, -149, -150})
    centres.push_back(std::ldexp(Wide{1}, bits));
  std::vector<Wide> values;
  for (Wide const centre : centres) {
    // the middle between two bf16 or f16 values above a power of two, and a hair on both sides of it
    for (Wide const scale : {Wide{1}, 1 + std::ldexp(Wide{1}, -8), 1 + 3 * std::ldexp(Wide{1}, -8),
                             1 + std::ldexp(Wide{1}, -11), 1 + 3 * std::ldexp(Wide{1}, -11)}) {
      for (Wide const off : {0.0L, 0.5L, 0.4999999L, 1.0L, 1.5L})
        values.insert(values.end(), {centre * scale + off, centre * scale - off});
      for (int hair : {-22, -40, -52, -60}) {
        values.push_back(centre * scale * (1 + std::ldexp(Wide{1}, hair)));
        values.push_back(centre * scale * (1 - std::ldexp(Wide{1}, hair)));
      }
    }
  }
  auto const count = values.size();
  for (std::size_t i = 0; i < count; ++i) values.push_back(-values[i]);
  return values;
}

/// The interesting values that an element type has, and its own limits.
template <class From>
std::vector<From> sources() {
  std::vector<From> out;
  for (Wide const v : interesting()) {
    if constexpr (std::is_same_v<From, f16>) {
      out.push_back({nearest_half(f16_format, v)});
    } else if constexpr (std::is_same_v<From, bf16>) {
      out.push_back({nearest_half(bf16_format, v)});
    } else if constexpr (std::is_floating_point_v<From>) {
      out.push_back(static_cast<From>(v));
    } else if (v >= static_cast<Wide>(std::numeric_limits<From>::min()) &&
               v <= static_cast<Wide>(std::numeric_limits<From>::max())) {
      out.push_back(static_cast<From>(v));
    }
  }
  if constexpr (std::is_same_v<From, f16>) {
    for (int const bits : {0x7c00, 0xfc00, 0x7e00, 0xfe01, 0x8000, 0x0001, 0x03ff, 0x7bff})
      out.push_back({static_cast<std::uint16_t>(bits)});
  } else if constexpr (std::is_same_v<From, bf16>) {
    for (int const bits : {0x7f80, 0xff80, 0x7fc0, 0xff81, 0x8000, 0x0001, 0x007f, 0x7f7f})
      out.push_back({static_cast<std::uint16_t>(bits)});
  } else {
    using Limits = std::numeric_limits<From>;
    out.insert(out.end(), {Limits::min(), Limits::max(), Limits::lowest()});
    if constexpr (std::is_floating_point_v<From>) {
      out.insert(out.end(), {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                             Limits::denorm_min(), From{-0.0}});
    }
  }
  return out;
}

/// What went wrong with one pair of types.
struct Wrong {
  int count = 0;
  double from = 0;
  double got = 0;
  double want = 0;
};

void report(char const* from, char const* to, Wrong const& wrong) {
  INFO(from << " to " << to << ": the last wrong one is " << wrong.from << ", got " << wrong.got
            << ", want " << wrong.want);
  CHECK(wrong.count == 0);
}

template <class To, Rounding R, class From>
void check_pair() {
  Wrong wrong;
  for (From const from : sources<From>()) {
    To const got = saturate_cast<To, R>(from);
    To const want = expected<To>(wide(from), R);
    if (!same(got, want)) {
      wrong = {wrong.count + 1, static_cast<double>(wide(from)), static_cast<double>(wide(got)),
               static_cast<double>(wide(want))};
    }
  }
  report(name(dtype_of<From>), name(dtype_of<To>), wrong);
}

template <Rounding R, class From, class... To>
void check_from() {
  (check_pair<To, R, From>(), ...);
}
template <class From>
void check_all() {
  check_from<Rounding::nearest_even, From, std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
             std::uint32_t, std::int32_t, std::uint64_t, std::int64_t, f16, bf16, float, double,
             bool>();
  check_from<Rounding::toward_zero, From, std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
             std::uint32_t, std::int32_t, std::uint64_t, std::int64_t>();
}

}  // namespace

TEST_CASE("numeric: saturate_cast from integers to every type") {
  check_all<std::uint8_t>();
  check_all<std::int8_t>();
  check_all<std::uint16_t>();
  check_all<std::int16_t>();
  check_all<std::uint32_t>();
  check_all<std::int32_t>();
  check_all<std::uint64_t>();
  check_all<std::int64_t>();
  check_all<bool>();
}

TEST_CASE("numeric: saturate_cast from real numbers to every type") {
  check_all<float>();
  check_all<double>();
  check_all<f16>();
  check_all<bf16>();
}

TEST_CASE("numeric: saturate_cast by hand") {
  using std::int8_t;
  using std::uint8_t;
  CHECK(saturate_cast<uint8_t>(0.5f) == 0);
  CHECK(saturate_cast<uint8_t>(1.5f) == 2);
  CHECK(saturate_cast<uint8_t>(254.5f) == 254);
  CHECK(saturate_cast<uint8_t>(255.5f) == 255);
  CHECK(saturate_cast<uint8_t>(-0.51f) == 0);
  CHECK(saturate_cast<uint8_t>(1e30f) == 255);
  CHECK(saturate_cast<uint8_t>(nan_value) == 0);
  CHECK(saturate_cast<int8_t>(-128.5f) == -128);
  CHECK(saturate_cast<int8_t>(-127.5f) == -128);
  CHECK(saturate_cast<int8_t>(-126.5f) == -126);
  CHECK(saturate_cast<uint8_t, Rounding::toward_zero>(254.99f) == 254);
  CHECK(saturate_cast<int8_t, Rounding::toward_zero>(-1.99f) == -1);
  CHECK(saturate_cast<std::int32_t>(2147483648.0f) == INT32_MAX);
  CHECK(saturate_cast<std::uint64_t>(infinity) == UINT64_MAX);
  CHECK(saturate_cast<std::int64_t>(-1e300) == INT64_MIN);
  CHECK(saturate_cast<uint8_t>(std::int64_t{-1}) == 0);
  CHECK(saturate_cast<std::int64_t>(UINT64_MAX) == INT64_MAX);
  CHECK(saturate_cast<std::uint64_t>(int8_t{-1}) == 0);
  CHECK(saturate_cast<bool>(-0.0f) == false);
  CHECK(saturate_cast<bool>(nan_value) == true);
  CHECK(saturate_cast<float>(true) == 1.0f);
  CHECK(saturate_cast<f16>(65519.0f).bits == 0x7bff);
  CHECK(saturate_cast<f16>(65520.0f).bits == 0x7c00);
  CHECK(saturate_cast<f16>(-std::ldexp(1.0f, -25)).bits ==
        0x8000);  // half of the least: a tie, to zero
  CHECK(saturate_cast<bf16>(1.0f + std::ldexp(1.0f, -8)).bits == 0x3f80);
  CHECK(saturate_cast<bf16>(std::numeric_limits<float>::max()).bits == 0x7f80);
}

TEST_CASE("numeric: doubles and wide integers become half types in one rounding") {
  // 1 + 2^-11 is a tie for f16, and what lies above it is lost on the way through float
  CHECK(saturate_cast<f16>(1.0 + std::ldexp(1.0, -11) + std::ldexp(1.0, -40)).bits == 0x3c01);
  CHECK(saturate_cast<f16>(1.0 + 3 * std::ldexp(1.0, -11) - std::ldexp(1.0, -40)).bits == 0x3c01);
  CHECK(saturate_cast<bf16>(1.0 + std::ldexp(1.0, -8) + std::ldexp(1.0, -40)).bits == 0x3f81);
  CHECK(saturate_cast<bf16>((1 << 24) + (1 << 16) + 1).bits == 0x4b81);
  CHECK(saturate_cast<bf16>(-((1 << 24) + (1 << 16) + 1)).bits == 0xcb81);
  CHECK(saturate_cast<bf16>((std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1).bits == 0x5e81);
  CHECK(saturate_cast<bf16>((std::uint64_t{1} << 63) + (std::uint64_t{3} << 55) - 1).bits ==
        0x5f01);
  CHECK(saturate_cast<f16>(1e-300).bits == 0);
  CHECK(saturate_cast<f16>(std::ldexp(1.0, -25) * (1 + std::ldexp(1.0, -50))).bits == 1);
  CHECK(saturate_cast<bf16>(1e300).bits == 0x7f80);
}

TEST_CASE("numeric: all patterns of f16 and bf16 mean what the formats say and come back") {
  int wrong = 0;
  for (int i = 0; i < 65536; ++i) {
    auto const bits = static_cast<std::uint16_t>(i);
    auto const check = [&](auto half, HalfFormat format) {
      float const value = saturate_cast<float>(half);
      double const want = half_value(format, bits);
      auto const back = saturate_cast<decltype(half)>(value);
      if (std::isnan(want)) {
        wrong += !std::isnan(value) || !std::isnan(half_value(format, back.bits));
      } else {
        wrong += value != want || std::signbit(value) != std::signbit(want) || back.bits != bits;
      }
      wrong += saturate_cast<decltype(half)>(half).bits != bits;
    };
    check(f16{bits}, f16_format);
    check(bf16{bits}, bf16_format);
  }
  CHECK(wrong == 0);
  CHECK(half_value(f16_format, 0x3555) == 0.333251953125);  // the tables of the formats themselves
  CHECK(half_value(f16_format, 0x0001) == std::ldexp(1.0, -24));
  CHECK(half_value(bf16_format, 0xc049) == -3.140625);
}

TEST_CASE("numeric: float becomes f16 and bf16 by nearest even at every boundary") {
  for (HalfFormat const format : {f16_format, bf16_format}) {
    int wrong = 0;
    auto const check = [&](float value) {
      for (float const v : {value, -value}) {
        std::uint16_t const got =
            format.bias == 15 ? saturate_cast<f16>(v).bits : saturate_cast<bf16>(v).bits;
        if (got != nearest_half(format, v) && ++wrong <= 3) UNSCOPED_INFO(v << " became " << got);
      }
    };
    std::vector<double> const values = magnitudes(format);
    float const end = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
      for (double const exact : {values[i], (values[i] + values[i + 1]) / 2}) {
        auto const v = static_cast<float>(exact);
        wrong += static_cast<double>(v) != exact;
        check(v);
        check(std::nextafter(v, end));
        if (v > 0) check(std::nextafter(v, 0.0f));
      }
    }
    std::uint32_t bits = 1;
    for (int i = 0; i < 200000; ++i) {
      bits = bits * 1664525u + 1013904223u;
      float const v = detail::bits_to<float>(bits >> 1);
      if (!std::isnan(v)) check(v);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("numeric: rounding to the nearest integer, in float and double") {
  for (float const v : {0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 4194303.5f, 4194304.5f, 8388607.5f,
                        16777216.0f, -4194303.5f, 1e30f}) {
    CHECK(detail::nearest(v) == std::nearbyintf(v));
    CHECK(detail::nearest(static_cast<double>(v)) == std::nearbyint(static_cast<double>(v)));
  }
  int wrong = 0;
  for (int i = -200000; i <= 200000; ++i) {
    float const v = static_cast<float>(i) * 0.125f;
    wrong += detail::nearest(v) != std::nearbyintf(v);
  }
  CHECK(wrong == 0);
}

TEST_CASE("numeric: small tools") {
  CHECK(detail::fma(2.0f, 3.0f, 4.0f) == 10.0f);
  CHECK(detail::fma(0.1, 10.0, -1.0) == std::fma(0.1, 10.0, -1.0));
  // the product is not rounded before the sum: (1 + 2^-12)^2 - 1 - 2^-11 = 2^-24
  float const near_one = 1.0f + std::ldexp(1.0f, -12);
  CHECK(detail::fma(near_one, near_one, -1.0f - std::ldexp(1.0f, -11)) == std::ldexp(1.0f, -24));
  CHECK(detail::clamped(7, 1, 5) == 5);
  CHECK(detail::clamped(-7, 1, 5) == 1);
  CHECK(detail::clamped(3, 1, 5) == 3);
  CHECK(detail::ceil_div(0, 4) == 0);
  CHECK(detail::ceil_div(1, 4) == 1);
  CHECK(detail::ceil_div(8, 4) == 2);
  CHECK(detail::bits_to<std::uint32_t>(1.0f) == 0x3f800000u);
  CHECK(std::is_same_v<Real<double const>, double>);
  CHECK(std::is_same_v<Real<std::int64_t>, float>);
  CHECK(std::is_same_v<Real<f16>, float>);
}
