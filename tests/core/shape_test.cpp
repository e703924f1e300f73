// SPDX-License-Identifier: MIT

#include <pane/core/shape.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>

using namespace pane;

namespace {
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
}  // namespace

TEST_CASE("shape: sizes and rectangles compare by value") {
  CHECK(Size{2, 3} == Size{2, 3});
  CHECK(Size{2, 3} != Size{3, 2});
  CHECK(Roi{1, 2, 3, 4} == Roi{.x = 1, .y = 2, .width = 3, .height = 4});
  CHECK(Roi{1, 2, 3, 4} != Roi{1, 2, 4, 3});
}

TEST_CASE("shape: the bytes that a strided array touches") {
  auto const span = [](std::int64_t h, std::int64_t w, std::int64_t sy, std::int64_t sx,
                       int bytes) {
    std::int64_t const shape[] = {h, w};
    std::int64_t const stride[] = {sy, sx};
    return detail::span_of(shape, stride, 2, bytes);
  };
  auto const packed = span(4, 5, 10, 2, 2);
  CHECK(packed.ok);
  CHECK(packed.low == 0);
  CHECK(packed.high == 40);
  auto const flipped =
      span(4, 5, -10, 2, 2);  // three rows below the first element, one row after it
  CHECK(flipped.low == -30);
  CHECK(flipped.high == 10);
  auto const repeated = span(4, 5, 0, 2, 2);
  CHECK(repeated.low == 0);
  CHECK(repeated.high == 10);
  auto const one = span(1, 1, greatest, least, 8);  // strides of an extent of 1 do not count
  CHECK(one.ok);
  CHECK(one.high == 8);
  auto const empty = span(0, 5, greatest, greatest, 8);
  CHECK(empty.ok);
  CHECK(empty.low == 0);
  CHECK(empty.high == 0);
}

TEST_CASE("shape: reaching beyond 64 bits is noticed") {
  auto const ok = [](std::int64_t h, std::int64_t w, std::int64_t sy, std::int64_t sx) {
    std::int64_t const shape[] = {h, w};
    std::int64_t const stride[] = {sy, sx};
    return detail::span_of(shape, stride, 2, 1).ok;
  };
  CHECK(ok(2, 1, greatest - 1, 1));
  CHECK_FALSE(ok(2, 1, greatest, 1));          // the sum
  CHECK_FALSE(ok(3, 1, greatest / 2 + 1, 1));  // the product
  CHECK(ok(2, 1, least, 1));
  CHECK_FALSE(ok(3, 1, least, 1));
  CHECK_FALSE(ok(2, 2, least, -1));
  CHECK(ok(2, 2, least, 1));
}

TEST_CASE("shape: what messages print") {
  std::int64_t const numbers[] = {2, -3, 0};
  CHECK(detail::list_text(numbers, 3) == "[2, -3, 0]");
  CHECK(detail::list_text(numbers, 1) == "[2]");
  CHECK(detail::list_text(numbers, 0) == "[]");
  std::int64_t const shape[] = {1080, 1920};
  std::int64_t const stride[] = {2048, 1};
  CHECK(detail::tensor_text("HW", "u8", shape, stride, 2, reinterpret_cast<void const*>(0x7f00)) ==
        "HW u8 [1080, 1920] strides [2048, 1] bytes at 0x7f00 host");
}
