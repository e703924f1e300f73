// SPDX-License-Identifier: MIT

#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/pad.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

views::PadOptions options_of(test::GoldenCase const& c) {
  auto const& p = c.params();
  std::string const name = p.at("border");
  std::vector<float> const fill = p.value("fill", std::vector<float>{0});
  return {.top = p.at("top"),
          .bottom = p.at("bottom"),
          .left = p.at("left"),
          .right = p.at("right"),
          .border = name == "constant"    ? Border::constant
                    : name == "replicate" ? Border::replicate
                    : name == "reflect"   ? Border::reflect
                    : name == "wrap"      ? Border::wrap
                                          : Border::reflect_101,
          .fill = fill.size() == 1   ? Fill(fill[0])
                  : fill.size() == 3 ? Fill(fill[0], fill[1], fill[2])
                                     : Fill(fill[0], fill[1], fill[2], fill[3])};
}

}  // namespace

TEST_CASE("pad: as OpenCV, every border, borders wider than the image") {
  test::Golden const golden("pad");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    Roi const roi = test::roi_of(c, test::pixels_of(c.input()));
    if (c.input().dtype == "f32") {
      auto const src = test::input_picture<float, HWC<3>>(c);
      test::check_case(c, test::evaluate<float, HWC<3>>(src.in() | views::pad(options_of(c))));
    } else {
      test::with_input<std::uint8_t>(c, [&](auto const& src) {
        using L = typename std::remove_cvref_t<decltype(src.in())>::layout_type;
        test::check_case(c, test::evaluate<std::uint8_t, L>(
                                src.in() | views::crop(roi) | views::pad(options_of(c)),
                                {.offset_bytes = 1, .gap = 2}));
      });
    }
  }
  CHECK(cases == 40);
}

TEST_CASE("pad: by hand") {
  test::Pixels p(1, 1, 4, 1);
  p.v = {10, 20, 30, 40};
  test::Picture<std::uint8_t, HW> const src(p);
  auto const padded = [&](Border border) {
    return test::evaluate<std::uint8_t, HW>(
               src.in() | views::pad({.left = 2, .right = 3, .border = border, .fill = 7.5}))
        .v;
  };
  using Row = std::vector<double>;
  CHECK(padded(Border::constant) == Row{8, 8, 10, 20, 30, 40, 8, 8, 8});  // 7.5 is rounded to even
  CHECK(padded(Border::replicate) == Row{10, 10, 10, 20, 30, 40, 40, 40, 40});
  CHECK(padded(Border::reflect) == Row{20, 10, 10, 20, 30, 40, 40, 30, 20});
  CHECK(padded(Border::reflect_101) == Row{30, 20, 10, 20, 30, 40, 30, 20, 10});
  CHECK(padded(Border::wrap) == Row{30, 40, 10, 20, 30, 40, 10, 20, 30});
  CHECK(test::evaluate<std::uint8_t, HW>(src.in() | views::pad({})).v == p.v);
}

TEST_CASE("pad: the type is kept, fill is clamped to it") {
  test::Picture<std::int16_t, NCHW<3>> const src(test::noise(2, 3, 5, 3, -32768, 32767),
                                                 {.offset_bytes = 2, .gap = 3});
  auto const got = test::evaluate<std::int16_t, NHWC<3>>(
      src.in() | views::pad({.top = 1, .right = 2, .fill = {-40000.0f, 12.5f, 1e9f}}), {.gap = 1});
  test::Pixels const in = src.pixels();
  double const fill[] = {-32768, 12, 32767};
  test::Pixels want(2, 4, 7, 3);
  test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
    want.at(n, y, x, c) = y == 0 || x > 4 ? fill[c] : in.at(n, y - 1, x, c);
  });
  CHECK(test::difference(got, want) == "");
}

TEST_CASE("pad: an image without pixels can be filled") {
  test::Picture<std::uint8_t, HW> const none(1, 0, 3, 1);
  CHECK(test::evaluate<std::uint8_t, HW>(none.in() | views::pad({.top = 1, .left = 1, .fill = 9}))
            .v == std::vector<double>{9, 9, 9, 9});
}

TEST_CASE("pad: NV12 gets neutral chroma") {
  test::Picture<std::uint8_t, HW> const tall(test::noise(1, 3, 2, 1));
  auto const got = test::evaluate<std::uint8_t, HWC<3>>(nv12_tall(tall.in()) |
                                                        views::pad({.top = 1, .fill = 114}));
  for (int x = 0; x < 2; ++x) {
    CHECK(got.at(0, 0, x, 0) == 114);
    CHECK(got.at(0, 0, x, 1) == 128);
    CHECK(got.at(0, 0, x, 2) == 128);
  }
}

TEST_CASE("pad: a border of two thousand million pixels") {
  test::Pixels p(1, 1, 3, 1);
  p.v = {1, 2, 3};
  test::Picture<std::uint8_t, HW> const src(p);
  for (Border const border : {Border::reflect, Border::wrap, Border::replicate}) {
    auto const wide = src.in() | views::pad({.left = 2147483643, .right = 1, .border = border});
    CHECK(wide.size(0).width == 2147483647);
    auto const end = test::evaluate<std::uint8_t, HW>(wide | views::crop({2147483641, 0, 6, 1})).v;
    CHECK(end[2] == 1);
    CHECK(end[3] == 2);
    CHECK(end[4] == 3);
    CHECK(end[0] == (border == Border::replicate ? 1 : 2));
    auto const start = test::evaluate<std::uint8_t, HW>(wide | views::crop({0, 0, 2, 1})).v;
    // column 0 is 2147483643 = 3 * 715827881 columns left of the image: a whole number of rows, an odd one
    CHECK(start[0] == (border == Border::reflect ? 3 : 1));
    CHECK(start[1] == (border == Border::replicate ? 1 : 2));
  }
}

TEST_CASE("pad: bad arguments") {
  test::Picture<std::uint8_t, HWC<3>> const src(1, 3, 4, 3);
  test::Picture<std::uint8_t, HWC<3>> const empty(1, 0, 4, 3);
  CHECK_THAT(
      test::refusal([&] { (void)(src.in() | views::pad({.top = -1})); }),
      ContainsSubstring(
          "pane::views::pad: top -1, bottom 0, left 0, right 0: a side must not be negative") &&
          ContainsSubstring("views::crop makes an image smaller: src is HWC u8 [3, 4, 3]"));
  CHECK_THAT(test::refusal([&] { (void)(src.in() | views::pad({.left = 2147483647})); }),
             ContainsSubstring("the result has at most 2147483647 rows and columns"));
  CHECK_THAT(test::refusal([&] {
               (void)(src.in() | views::pad({.top = 1, .fill = {1.0f, 2.0f}}));
             }),
             ContainsSubstring("pane::views::pad: fill has 2 values: it needs one, or one for each "
                               "of the 3 channels: src is HWC u8 [3, 4, 3]"));
  CHECK_THAT(
      test::refusal([&] { (void)(empty.in() | views::pad({.top = 1, .border = Border::wrap})); }),
      ContainsSubstring("pane::views::pad: image 0 is 0 x 4: there is nothing to sample"));
}
