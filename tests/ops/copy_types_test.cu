// SPDX-License-Identifier: MIT
// copy between element types, in packs and one by one; the casts themselves are proven in tests/core/numeric_test.cpp.

#include <tests/ops/strided_array.hpp>

#include <cstdint>

using namespace pane;
using u8 = std::uint8_t;

namespace {

template <class T, class S, class U, class D>
void check() {
  test::Extents const e{.h = 9, .w = 136, .c = S::channels};
  test::check_copy<T, S, U, D>(e);
  test::check_copy<T, S, U, D>(e, {.src_offset = 1, .dst_offset = 1, .src_gap = 1, .dst_gap = 3});
}

/// The conversions that images go through, interleaved to planar and a plane to a plane.
template <class T, class... U>
void check_from() {
  (check<T, HWC<3>, U, CHW<3>>(), ...);
}

}  // namespace

TEST_CASE("copy: bytes become what networks take") {
  check_from<u8, std::int8_t, std::uint16_t, f16, bf16, float, double>();
}

TEST_CASE("copy: real numbers become bytes, rounded and clamped") {
  check_from<float, u8, std::int8_t, f16, bf16>();
  check_from<double, u8, float>();
  check_from<f16, u8, float, bf16>();
  check_from<bf16, u8, f16>();
}

TEST_CASE("copy: integers become other integers, clamped") {
  check<std::int16_t, HW, u8, HW>();
  check<std::uint16_t, HW, std::int16_t, HW>();
  check<std::int32_t, HW, std::uint16_t, HW>();
  check<std::int64_t, HW, std::uint32_t, HW>();
  check<std::int8_t, HW, std::uint64_t, HW>();
  check<std::int32_t, HW, f16, HW>();
}
