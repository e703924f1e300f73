// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/flip.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstdint>
#include <type_traits>

using namespace pane;

namespace {

/// An image of the user's own: the four members of the concept and nothing else.
struct Checkers {
  using pixel = Vec<std::uint8_t, 1>;
  int side;
  PANE_HOST_DEVICE std::int64_t batch() const { return 2; }
  PANE_HOST_DEVICE Size size(std::int64_t) const { return {3, 5}; }
  PANE_HOST_DEVICE pixel operator()(std::int64_t n, int y, int x) const {
    return {{static_cast<std::uint8_t>((y / side + x / side + static_cast<int>(n)) % 2)}};
  }
};

}  // namespace

TEST_CASE("a pipe of adaptors is itself an adaptor, in any grouping") {
  test::Picture<std::uint8_t, HW> const src(test::noise(1, 6, 9, 1));
  auto const step = src.in() | views::crop({1, 2, 5, 3}) | views::flip(FlipAxis::horizontal) |
                    views::scale_offset(2, 1);
  auto const pair = src.in() | (views::crop({1, 2, 5, 3}) | views::flip(FlipAxis::horizontal)) |
                    views::scale_offset(2, 1);
  auto const all =
      views::crop({1, 2, 5, 3}) | (views::flip(FlipAxis::horizontal) | views::scale_offset(2, 1));
  static_assert(std::is_same_v<decltype(step), decltype(pair)>);
  auto const want = test::evaluate<float, HW>(step);
  CHECK(test::difference(test::evaluate<float, HW>(pair), want) == "");
  CHECK(test::difference(test::evaluate<float, HW>(src.in() | all), want) == "");
  // 2 * in(2 + y, 5 - x) + 1
  test::Pixels const in = src.pixels();
  test::for_each(want, [&](std::int64_t, int y, int x, int) {
    CHECK(want.at(0, y, x, 0) == 2 * in.at(0, 2 + y, 5 - x, 0) + 1);
  });
}

TEST_CASE("a struct with pixel, batch, size and a call operator is an image") {
  static_assert(Image<Checkers>);
  auto const got = test::evaluate<std::uint8_t, NHW>(Checkers{2} | views::scale_offset(255));
  test::for_each(got, [&](std::int64_t n, int y, int x, int) {
    CHECK(got.at(n, y, x, 0) == (y / 2 + x / 2 + static_cast<int>(n)) % 2 * 255);
  });
}
