// SPDX-License-Identifier: MIT
// The second view of views/convert.hpp.

#include <pane/ops/copy.hpp>
#include <pane/views/convert.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

namespace {

template <class From, class To>
void scale_offset(test::GoldenCase const& c) {
  auto const view = views::scale_offset(c.params().at("scale"), c.params().at("offset"));
  auto const src = test::input_picture<From, HWC<3>>(c);
  test::check_case(
      c, test::evaluate<To, HWC<3>>(src.in() | view, {.offset_bytes = sizeof(To), .gap = 1}));
}

}  // namespace

TEST_CASE("scale_offset: the formula in double") {
  test::Golden const golden("scale_offset");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    std::string const types =
        c.params().at("from").get<std::string>() + " " + c.params().at("to").get<std::string>();
    if (types == "u8 f32") scale_offset<std::uint8_t, float>(c);
    if (types == "f32 u8") scale_offset<float, std::uint8_t>(c);
    if (types == "f32 s8") scale_offset<float, std::int8_t>(c);
    if (types == "u8 u8") scale_offset<std::uint8_t, std::uint8_t>(c);
    if (types == "s16 f32") scale_offset<std::int16_t, float>(c);
    if (types == "u16 u8") scale_offset<std::uint16_t, std::uint8_t>(c);
    if (types == "f32 f32") scale_offset<float, float>(c);
  }
  CHECK(cases == 10);
}

TEST_CASE("scale_offset: by hand") {
  test::Pixels p(1, 1, 3, 1);
  p.v = {0, 10, 200};
  test::Picture<std::uint8_t, HW> const src(p);
  CHECK(test::evaluate<std::uint8_t, HW>(src.in() | views::scale_offset(1.5f, -5)).v ==
        std::vector<double>{0, 10, 255});
  CHECK(test::evaluate<float, HW>(src.in() | views::scale_offset(0.5f)).v ==
        std::vector<double>{0, 5, 100});
}
