// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/rot90.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

TEST_CASE("rot90: as NumPy") {
  test::Golden const golden("flip_rot90");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("verb") != "rot90") continue;
    ++cases;
    auto const view = views::rot90(c.params().at("turns"));
    test::check_orientation(c, view);
  }
  CHECK(cases == 28);
}

TEST_CASE("rot90: by hand, negative turns, transpose, batches to planes") {
  test::Pixels p(2, 2, 3, 1);
  p.v = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  test::Picture<std::uint8_t, NHW> const src(p, {.gap = 1});
  auto const turned = [&](int turns) {
    return test::evaluate<std::uint8_t, NHW>(src.in() | views::rot90(turns), {.offset_bytes = 1}).v;
  };
  std::vector<double> const left{3, 6, 2, 5, 1, 4, 9, 12, 8, 11, 7, 10};
  std::vector<double> const right{4, 1, 5, 2, 6, 3, 10, 7, 11, 8, 12, 9};
  CHECK(turned(1) == left);
  CHECK(turned(-3) == left);
  CHECK(turned(-1) == right);
  CHECK(turned(2147483647) == right);  // 3 of 4
  CHECK(turned(-2147483647 - 1) == p.v);
  CHECK(turned(2) == std::vector<double>{6, 5, 4, 3, 2, 1, 12, 11, 10, 9, 8, 7});
  CHECK(test::evaluate<std::uint8_t, NHW>(src.in() | views::transpose()).v ==
        std::vector<double>{1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12});
  test::Picture<std::uint8_t, HW> const none(1, 3, 0, 1);
  auto const nothing = test::evaluate<std::uint8_t, HW>(none.in() | views::rot90());
  CHECK(nothing.height == 0);
  CHECK(nothing.width == 3);
}
