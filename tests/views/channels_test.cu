// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/channels.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <vector>

using namespace pane;

namespace {

/// One case of an element type: u8 of 3 or 4 channels to 1, 3 or 4.
void run_u8(test::GoldenCase const& c) {
  std::vector<int> const order = c.params().at("order");
  auto const check = [&]<class To>(To, auto const& view) {
    test::check_case(c, test::evaluate<std::uint8_t, To>(view, {.offset_bytes = 1, .gap = 2}));
  };
  auto const channels = c.input().extent('C');
  if (channels == 4) {
    auto const src = test::input_picture<std::uint8_t, HWC<4>>(c);
    if (order == std::vector<int>{2, 1, 0, 3})
      return check(HWC<4>{}, src.in() | views::reorder<2, 1, 0, 3>());
    if (order == std::vector<int>{3, 0, 1, 2})
      return check(HWC<4>{}, src.in() | views::reorder<3, 0, 1, 2>());
    if (order == std::vector<int>{2, 1, 0})
      return check(HWC<3>{}, src.in() | views::reorder<2, 1, 0>());
    if (order == std::vector<int>{0, 1, 2}) {
      check(HWC<3>{}, src.in() | views::drop_alpha());
      return check(HWC<3>{}, src.in() | views::reorder<0, 1, 2>());
    }
  } else if (channels == 3) {
    auto const src = test::input_picture<std::uint8_t, HWC<3>>(c);
    if (c.params().at("verb") == "add_alpha") {
      float const alpha = c.params().at("alpha");
      if (order == std::vector<int>{0, 1, 2})
        return check(HWC<4>{}, src.in() | views::add_alpha(alpha));
      if (order == std::vector<int>{2, 1, 0})
        return check(HWC<4>{}, src.in() | views::reorder<2, 1, 0>() | views::add_alpha(alpha));
    }
    if (order == std::vector<int>{2, 1, 0})
      return check(HWC<3>{}, src.in() | views::reorder<2, 1, 0>());
    if (order == std::vector<int>{1}) return check(HWC<1>{}, src.in() | views::reorder<1>());
    if (order == std::vector<int>{0, 0, 2, 2})
      return check(HWC<4>{}, src.in() | views::reorder<0, 0, 2, 2>());
  } else if (order == std::vector<int>{0, 0, 0}) {
    auto const src = test::input_picture<std::uint8_t, HW>(c);
    return check(HWC<3>{}, src.in() | views::reorder<0, 0, 0>());
  }
  FAIL("no test for " << c.id());
}

}  // namespace

TEST_CASE("channels: as NumPy and OpenCV") {
  test::Golden const golden("channels");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    if (c.input().dtype == "u8") {
      run_u8(c);
    } else {
      auto const src = test::input_picture<float, HWC<3>>(c);
      if (c.params().at("verb") == "add_alpha") {
        test::check_case(c, test::evaluate<float, HWC<4>>(
                                src.in() | views::add_alpha(c.params().at("alpha").get<float>())));
      } else {
        test::check_case(c, test::evaluate<float, HWC<3>>(src.in() | views::reorder<2, 1, 0>()));
      }
    }
  }
  CHECK(cases == 15);
}

TEST_CASE("channels: by hand, interleaved to planar") {
  test::Pixels p(1, 1, 2, 3);
  p.v = {1, 2, 3, 4, 5, 6};
  test::Picture<std::int16_t, HWC<3>> const src(p);
  CHECK(test::evaluate<std::int16_t, CHW<3>>(src.in() | views::reorder<2, 1, 0>()).v ==
        std::vector<double>{3, 2, 1, 6, 5, 4});
  // alpha is rounded and clamped to the type of the image
  CHECK(test::evaluate<std::int16_t, HWC<4>>(src.in() | views::add_alpha(1e6f)).v ==
        std::vector<double>{1, 2, 3, 32767, 4, 5, 6, 32767});
  test::Pixels two(1, 1, 2, 2);
  two.v = {7, 255, 8, 0};
  test::Picture<std::uint8_t, HWC<2>> const gray_alpha(two);
  CHECK(test::evaluate<std::uint8_t, HW>(gray_alpha.in() | views::drop_alpha()).v ==
        std::vector<double>{7, 8});
}
