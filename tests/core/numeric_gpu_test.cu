// SPDX-License-Identifier: MIT
// The casts of core/numeric.hpp as they run in a kernel: the same numbers on both machines.

#include <pane/core/numeric.hpp>
#include <pane/core/tensor.hpp>
#include <pane/ops/copy.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#if defined(__CUDACC__) && __has_include(<cuda_fp8.h>)
#include <cuda_fp8.h>
#define TEST_HAS_CUDA_FP8 1
#endif

using namespace pane;

namespace {

/// Limits, ties, neighbours of both, subnormals, infinities, NaN, and random patterns.
template <class From>
std::vector<From> values() {
  using Limits = std::numeric_limits<From>;
  std::vector<From> out = {0,
                           From{-0.0},
                           Limits::infinity(),
                           -Limits::infinity(),
                           Limits::quiet_NaN(),
                           -Limits::quiet_NaN(),
                           Limits::denorm_min(),
                           Limits::max(),
                           Limits::lowest()};
  for (int exponent = -26; exponent <= 65; ++exponent) {
    for (From const factor : {From{1}, From{1.5}, From{1.00390625}, From{1.01171875},
                              From{1.00048828125}, From{1.00146484375}}) {
      From const v = std::ldexp(factor, exponent);
      for (From const off : {From{0}, From{0.5}, From{1}}) {
        for (From const centre : {v - off, v + off}) {
          out.insert(out.end(), {centre, std::nextafter(centre, Limits::infinity()),
                                 std::nextafter(centre, -Limits::infinity()), -centre});
        }
      }
    }
  }
  std::uint32_t seed = 1;
  for (int i = 0; i < 4096; ++i) {
    seed = seed * 1664525u + 1013904223u;
    out.push_back(static_cast<From>(detail::bits_to<float>(seed)));
  }
  return out;
}

/// The bits of an element; every NaN of a half type counts as the same.
template <class T>
std::uint64_t pattern(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  if constexpr (std::is_same_v<T, f16>) return (bits & 0x7fff) > 0x7c00 ? 0x7fff : bits;
  if constexpr (std::is_same_v<T, bf16>) return (bits & 0x7fff) > 0x7f80 ? 0x7fff : bits;
  return bits;
}

/// A bool as a test holds it: std::vector<bool> has no elements.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

template <class From, class To>
std::vector<Stored<To>> through_a_copy(std::vector<From> const& from) {
  test::Buffer<From> const in(from);
  test::Buffer<Stored<To>> const out(from.size());
  auto* const to = reinterpret_cast<To*>(out.data());
  auto const width = static_cast<std::int64_t>(from.size());
  test::on_machine([&](auto where) {
    copy(where, Tensor<From const, HW>(in.data(), {1, width}), Tensor<To, HW>(to, {1, width}));
  });
  return out.download();
}

template <class From, class To>
void check_cast() {
  std::vector<From> const from = values<From>();
  auto const got = through_a_copy<From, To>(from);
  int wrong = 0;
  double last = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (pattern(got[i]) == pattern(saturate_cast<To>(from[i]))) continue;
    ++wrong;
    last = static_cast<double>(from[i]);
  }
  INFO(name(dtype_of<From>) << " to " << name(dtype_of<To>) << ", the last wrong one is " << last);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("numeric: a kernel casts float as the host does") {
  check_cast<float, std::uint8_t>();
  check_cast<float, std::int8_t>();
  check_cast<float, std::uint16_t>();
  check_cast<float, std::int16_t>();
  check_cast<float, std::uint32_t>();
  check_cast<float, std::int32_t>();
  check_cast<float, std::uint64_t>();
  check_cast<float, std::int64_t>();
  check_cast<float, f16>();
  check_cast<float, bf16>();
  check_cast<float, f8_e4m3>();
  check_cast<float, f8_e5m2>();
  check_cast<float, bool>();
}

TEST_CASE("numeric: a kernel casts double as the host does") {
  check_cast<double, std::uint8_t>();
  check_cast<double, std::int64_t>();
  check_cast<double, f16>();
  check_cast<double, bf16>();
  check_cast<double, f8_e4m3>();
  check_cast<double, f8_e5m2>();
}

TEST_CASE("numeric: a kernel reads all patterns of f16 and bf16") {
  std::vector<f16> halves(65536);
  std::vector<bf16> bfloats(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    halves[i].bits = static_cast<std::uint16_t>(i);
    bfloats[i].bits = static_cast<std::uint16_t>(i);
  }
  auto const from_halves = through_a_copy<f16, float>(halves);
  auto const from_bfloats = through_a_copy<bf16, float>(bfloats);
  auto const equal = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  int wrong = 0;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    wrong += !equal(from_halves[i], saturate_cast<float>(halves[i]));
    wrong += !equal(from_bfloats[i], saturate_cast<float>(bfloats[i]));
  }
  CHECK(wrong == 0);
}

TEST_CASE("numeric: a kernel reads all patterns of the 8-bit floats") {
  std::vector<f8_e4m3> e4m3(256);
  std::vector<f8_e5m2> e5m2(256);
  for (std::size_t i = 0; i < 256; ++i) {
    e4m3[i].bits = static_cast<std::uint8_t>(i);
    e5m2[i].bits = static_cast<std::uint8_t>(i);
  }
  auto const from_e4m3 = through_a_copy<f8_e4m3, float>(e4m3);
  auto const from_e5m2 = through_a_copy<f8_e5m2, float>(e5m2);
  auto const equal = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  int wrong = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    wrong += !equal(from_e4m3[i], saturate_cast<float>(e4m3[i]));
    wrong += !equal(from_e5m2[i], saturate_cast<float>(e5m2[i]));
  }
  CHECK(wrong == 0);
}

#if defined(TEST_HAS_CUDA_FP8)
namespace {

/// The codes that a kernel and the host write for CUDA's type, against CUDA's own conversion.
template <class F8>
int differing_from_cuda() {
  auto const from = values<float>();
  auto const got = through_a_copy<float, F8>(from);
  int wrong = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (std::isnan(from[i])) continue;
    wrong += pattern(got[i]) != pattern(F8(from[i]));
    wrong += pattern(saturate_cast<F8>(from[i])) != pattern(F8(from[i]));
    wrong += saturate_cast<float>(got[i]) != static_cast<float>(got[i]);
  }
  return wrong;
}

}  // namespace

TEST_CASE("numeric: CUDA's own 8-bit floats are elements, and CUDA converts alike") {
  CHECK(differing_from_cuda<__nv_fp8_e4m3>() == 0);
  CHECK(differing_from_cuda<__nv_fp8_e5m2>() == 0);
}
#endif

TEST_CASE("numeric: a kernel casts by hand") {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  float const inf = std::numeric_limits<float>::infinity();
  std::vector<float> const from = {nan,    inf,    -inf,  0.5f,    1.5f,
                                   254.5f, 255.5f, -0.5f, -127.5f, -128.5f};
  CHECK(through_a_copy<float, std::uint8_t>(from) ==
        std::vector<std::uint8_t>{0, 255, 0, 0, 2, 254, 255, 0, 0, 0});
  CHECK(through_a_copy<float, std::int8_t>(from) ==
        std::vector<std::int8_t>{0, 127, -128, 0, 2, 127, 127, 0, -128, -128});
  CHECK(through_a_copy<float, std::int32_t>(from) ==
        std::vector<std::int32_t>{0, INT32_MAX, INT32_MIN, 0, 2, 254, 256, 0, -128, -128});
  CHECK(through_a_copy<float, std::uint64_t>(from) ==
        std::vector<std::uint64_t>{0, UINT64_MAX, 0, 0, 2, 254, 256, 0, 0, 0});
}
