// SPDX-License-Identifier: MIT
// The 8-bit floats of core/dtype.hpp and core/numeric.hpp, against ml_dtypes and against the definition of the formats.

#include <pane/core/dtype.hpp>
#include <pane/core/numeric.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/golden.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace pane;

namespace {

/// What a code stands for, by the definition of the format.
template <class F8>
double value_of(std::uint8_t code) {
  constexpr bool e4m3 = detail::is_f8_e4m3<F8>;
  constexpr int mantissa_bits = e4m3 ? 3 : 2;
  constexpr int bias = e4m3 ? 7 : 15;
  int const mantissa = code & ((1 << mantissa_bits) - 1);
  int const exponent = (code & 0x7f) >> mantissa_bits;
  double const sign = code >> 7 != 0 ? -1.0 : 1.0;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (e4m3 && (code & 0x7f) == 0x7f) return nan;
  if (!e4m3 && exponent == 31)
    return mantissa != 0 ? nan : sign * std::numeric_limits<double>::infinity();
  double const fraction = std::ldexp(mantissa, -mantissa_bits);
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias);
  return sign * std::ldexp(1 + fraction, exponent - bias);
}

template <class F8>
std::string text_of() {
  return name(dtype_of<F8>);
}

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

template <class F8>
F8 of_code(int code) {
  return F8{static_cast<std::uint8_t>(code)};
}

}  // namespace

TEMPLATE_TEST_CASE("float8: every code is the number of its definition", "", f8_e4m3, f8_e5m2) {
  for (int code = 0; code < 256; ++code) {
    CAPTURE(code);
    auto const value = saturate_cast<float>(of_code<TestType>(code));
    CHECK(same(static_cast<double>(value), value_of<TestType>(static_cast<std::uint8_t>(code))));
  }
}

TEMPLATE_TEST_CASE("float8: every number comes back as its code", "", f8_e4m3, f8_e5m2) {
  for (int code = 0; code < 256; ++code) {
    CAPTURE(code);
    double const value = value_of<TestType>(static_cast<std::uint8_t>(code));
    int want = code;
    if (std::isnan(value)) want = 0x7f;
    if (std::isinf(value)) want = code - 1;  // the largest finite number
    CHECK(saturate_cast<TestType>(static_cast<float>(value)).bits == want);
    CHECK(saturate_cast<TestType>(value).bits == want);
  }
}

TEMPLATE_TEST_CASE("float8: ml_dtypes gives the same", "", f8_e4m3, f8_e5m2) {
  test::Golden const golden("float8");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().contains("from") && c.params()["from"] == text_of<TestType>()) {
      std::vector<float> got;
      for (std::uint8_t const code : c.input().template as<std::uint8_t>())
        got.push_back(saturate_cast<float>(TestType{code}));
      auto const result = c.compare(got);
      INFO(result.message);
      CHECK(got.size() == 256);
      CHECK(result.ok);
      ++cases;
    } else if (c.params().contains("to") && c.params()["to"] == text_of<TestType>()) {
      std::vector<std::uint8_t> got;
      for (float const value : c.input().template as<float>())
        got.push_back(saturate_cast<TestType>(value).bits);
      auto const result = c.compare(got);
      INFO(result.message);
      CHECK(got.size() > 2000);
      CHECK(result.ok);
      ++cases;
    }
  }
  CHECK(cases == 2);
}

TEST_CASE("float8: by hand") {
  constexpr float inf = std::numeric_limits<float>::infinity();
  CHECK(saturate_cast<f8_e4m3>(1.0f).bits == 0x38);
  CHECK(saturate_cast<f8_e4m3>(448.0f).bits == 0x7e);
  CHECK(saturate_cast<f8_e4m3>(464.0f).bits == 0x7e);
  CHECK(saturate_cast<f8_e4m3>(1e30f).bits == 0x7e);
  CHECK(saturate_cast<f8_e4m3>(-inf).bits == 0xfe);
  CHECK(saturate_cast<f8_e4m3>(0x1p-9f).bits == 0x01);
  CHECK(saturate_cast<f8_e4m3>(0x1p-10f).bits == 0x00);  // a tie goes to the even code
  CHECK(saturate_cast<f8_e4m3>(0x1.8p-9f).bits == 0x02);
  CHECK(saturate_cast<f8_e4m3>(-0.0f).bits == 0x80);
  CHECK(saturate_cast<f8_e5m2>(1.0f).bits == 0x3c);
  CHECK(saturate_cast<f8_e5m2>(57344.0f).bits == 0x7b);
  CHECK(saturate_cast<f8_e5m2>(inf).bits == 0x7b);
  CHECK(saturate_cast<f8_e5m2>(1.125f).bits == 0x3c);
  CHECK(saturate_cast<f8_e5m2>(1.375f).bits == 0x3e);
  CHECK(saturate_cast<f8_e5m2>(0x1p-16f).bits == 0x01);
}

TEST_CASE("float8: numbers that a float cannot hold are rounded once") {
  // 1.0625 is the middle between 1 and 1.125; a double just above it is a float exactly at it.
  CHECK(saturate_cast<f8_e4m3>(1.0625).bits == 0x38);
  CHECK(saturate_cast<f8_e4m3>(std::nextafter(1.0625, 2.0)).bits == 0x39);
  CHECK(saturate_cast<f8_e4m3>(std::nextafter(1.1875, 1.0)).bits == 0x39);
  CHECK(saturate_cast<f8_e4m3>(1e300).bits == 0x7e);
  CHECK(saturate_cast<f8_e5m2>(-1e300).bits == 0xfb);
  CHECK(saturate_cast<f8_e5m2>(std::int64_t{9}).bits == 0x48);
  CHECK(saturate_cast<f8_e4m3>(std::uint64_t{1} << 40).bits == 0x7e);
}

TEST_CASE("float8: to the other types") {
  CHECK(saturate_cast<std::uint8_t>(f8_e4m3{0x7e}) == 255);
  CHECK(saturate_cast<std::int8_t>(f8_e4m3{0xfe}) == -128);
  CHECK(saturate_cast<std::uint8_t>(f8_e4m3{0x7f}) == 0);
  CHECK(saturate_cast<bool>(f8_e5m2{0x00}) == false);
  CHECK(saturate_cast<bool>(f8_e5m2{0x01}));
  CHECK(saturate_cast<f16>(f8_e5m2{0x3c}).bits == 0x3c00);
  CHECK(saturate_cast<f8_e4m3>(f8_e5m2{0x7b}).bits == 0x7e);
  CHECK(saturate_cast<f8_e5m2>(f16{0x3c80}).bits == 0x3c);
  CHECK(saturate_cast<double>(f8_e4m3{0x38}) == 1.0);
}
