// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/flip.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

TEST_CASE("flip: as OpenCV and NumPy") {
  test::Golden const golden("flip_rot90");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("verb") != "flip") continue;
    ++cases;
    std::string const axes = c.params().at("axes");
    auto const view = views::flip(axes == "x"   ? FlipAxis::horizontal
                                  : axes == "y" ? FlipAxis::vertical
                                                : FlipAxis::both);
    test::check_orientation(c, view);
  }
  CHECK(cases == 21);
}

TEST_CASE("flip: by hand, in every place") {
  test::Pixels p(1, 2, 3, 1);
  p.v = {1, 2, 3, 4, 5, 6};
  for (test::Place const place : test::places<std::uint8_t>()) {
    test::Picture<std::uint8_t, HW> const src(p, place);
    auto const flipped = [&](FlipAxis axis) {
      return test::evaluate<std::uint8_t, HW>(src.in() | views::flip(axis), place).v;
    };
    CHECK(flipped(FlipAxis::horizontal) == std::vector<double>{3, 2, 1, 6, 5, 4});
    CHECK(flipped(FlipAxis::vertical) == std::vector<double>{4, 5, 6, 1, 2, 3});
    CHECK(flipped(FlipAxis::both) == std::vector<double>{6, 5, 4, 3, 2, 1});
  }
}

TEST_CASE("flip: twice is once nothing, and nothing of nothing") {
  test::Pixels const p = test::noise(2, 7, 131, 1);
  test::Picture<std::uint8_t, NHW> const src(p);
  for (FlipAxis const axis : {FlipAxis::horizontal, FlipAxis::vertical, FlipAxis::both}) {
    CHECK(test::difference(
              test::evaluate<std::uint8_t, NHW>(src.in() | views::flip(axis) | views::flip(axis)),
              p) == "");
  }
  test::Picture<std::uint8_t, HW> const none(1, 3, 0, 1);
  CHECK(test::evaluate<std::uint8_t, HW>(none.in() | views::flip(FlipAxis::both)).v.empty());
}
