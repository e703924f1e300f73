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
    auto const run = [&]<class T, class L>(T, L) {
      auto const src = test::input_picture<T, L>(c);
      test::check_case(c, test::evaluate<T, L>(src.in() | view, {.gap = 1}));
    };
    std::string const type = c.input().dtype;
    auto const channels = c.input().extent('C');
    if (type == "u8" && channels == 1) {
      run(std::uint8_t{}, HW{});
    } else if (type == "u8") {
      run(std::uint8_t{}, HWC<3>{});
    } else if (type == "u16") {
      run(std::uint16_t{}, HW{});
    } else if (type == "s16") {
      run(std::int16_t{}, HWC<2>{});
    } else if (type == "f16") {
      run(f16{}, HWC<3>{});
    } else {
      run(float{}, HWC<4>{});
    }
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
