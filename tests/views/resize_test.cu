// SPDX-License-Identifier: MIT
// By hand and at the limits; goldens are in resize_golden_test.cu and resize_cubic_test.cu, element types and layouts
// in resize_types_test.cu.

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

/// One row of pixels whose value is their own column, as wide as an image may be.
struct Ruler {
  using pixel = Vec<double, 1>;
  int columns;
  PANE_HOST_DEVICE std::int64_t batch() const { return 1; }
  PANE_HOST_DEVICE Size size(std::int64_t) const { return {1, columns}; }
  PANE_HOST_DEVICE pixel operator()(std::int64_t, int, int x) const {
    return {{static_cast<double>(x)}};
  }
};

/// resize of a row of f32 values to `width`, by the rule.
template <class Rule>
std::vector<double> row(std::vector<double> const& values,
                        int width,
                        Rule rule,
                        CoordinateRule coordinate) {
  test::Pixels p(1, 1, static_cast<int>(values.size()), 1);
  p.v = values;
  test::Picture<float, HW> const src(p);
  return test::evaluate<float, HW>(src.in() |
                                   views::resize(1, width, rule, {.coordinate = coordinate}))
      .v;
}

using Row = std::vector<double>;

}  // namespace

TEST_CASE("resize: by hand") {
  // 4 -> 8, half_pixel: x = (i + 0.5) / 2 - 0.5 = -0.25, 0.25, 0.75, ...
  CHECK(row({0, 8, 16, 40}, 8, linear, half_pixel) == Row{0, 2, 6, 10, 14, 22, 34, 40});
  // align_corners: x = i * 3 / 6
  CHECK(row({0, 8, 16, 40}, 7, linear, align_corners) == Row{0, 4, 8, 12, 16, 28, 40});
  // asymmetric: x = i / 2
  CHECK(row({0, 8, 16, 40}, 8, linear, asymmetric) == Row{0, 4, 8, 12, 16, 28, 40, 40});
  // 4 -> 3 shrinks by 4/3: x = 1/6, 1.5, 17/6
  CHECK(row({0, 6, 12, 48}, 3, linear, half_pixel)[1] == 9);
  CHECK(std::abs(row({0, 6, 12, 48}, 3, linear, half_pixel)[0] - 1) <= 1e-6);
  CHECK(std::abs(row({0, 6, 12, 48}, 3, linear, half_pixel)[2] - 42) <= 1e-5);
  // nearest 5 -> 3: floor((i + 0.5) * 5 / 3) = 0, 2, 4; asymmetric: floor(i * 5 / 3) = 0, 1, 3
  CHECK(row({10, 20, 30, 40, 50}, 3, nearest, half_pixel) == Row{10, 30, 50});
  CHECK(row({10, 20, 30, 40, 50}, 3, nearest, asymmetric) == Row{10, 20, 40});
  CHECK(row({10, 20, 30, 40, 50}, 4, nearest, align_corners) ==
        Row{10, 20, 40, 50});  // round(0, 1.33, 2.67, 4)
  // one output pixel: the middle, the first, the first
  CHECK(row({1, 2, 6}, 1, linear, half_pixel) == Row{2});
  CHECK(row({1, 2, 6}, 1, linear, align_corners) == Row{1});
  CHECK(row({1, 2, 6}, 1, linear, asymmetric) == Row{1});
  // one source pixel is repeated
  CHECK(row({7}, 5, linear, half_pixel) == Row(5, 7.0));
  CHECK(row({7}, 5, nearest, asymmetric) == Row(5, 7.0));
}

TEST_CASE("resize: the same size is the same image") {
  test::Pixels const p = test::noise(2, 7, 11, 3);
  test::Picture<std::uint8_t, NHWC<3>> const src(p);
  for (CoordinateRule const rule : {half_pixel, align_corners, asymmetric}) {
    CHECK(test::difference(test::evaluate<std::uint8_t, NHWC<3>>(
                               src.in() | views::resize(7, 11, linear, {.coordinate = rule})),
                           p) == "");
  }
}

TEST_CASE("resize: rows and columns of any length, down to none") {
  for (int const from : {1, 2, 31}) {
    test::Pixels const p = test::noise(1, from, 1, 3);
    test::Picture<std::uint8_t, NHWC<3>> const src(p);
    for (int const to : {0, 1, 2, 3, 127, 128, 129, 257}) {
      test::Pixels want(1, to, 5, 3);
      test::for_each(want, [&](std::int64_t, int y, int x, int c) {
        double const at = (y + 0.5) * from / to - 0.5;
        double const low = std::floor(at);
        auto const pixel = [&](double i) {
          return p.at(0, i < 0 ? 0 : i > from - 1 ? from - 1 : static_cast<int>(i), 0, c);
        };
        want.at(0, y, x, c) = pixel(low) + (at - low) * (pixel(low + 1) - pixel(low));
      });
      CHECK(test::difference(test::evaluate<std::uint8_t, NHWC<3>>(src.in() | views::resize(to, 5)),
                             want, 0.501) == "");
    }
  }
  test::Picture<std::uint8_t, NHWC<3>> const none(0, 4, 4, 3);
  CHECK(test::evaluate<std::uint8_t, NHWC<3>>(none.in() | views::resize(2, 2)).v.empty());
}

TEST_CASE("resize: coordinates are exact at the far end of the largest image") {
  int const last = 2147483646;
  Ruler const ruler{2147483647};
  auto const far = [&](int width, auto rule, CoordinateRule coordinate) {
    return test::evaluate<double, HW>(ruler |
                                      views::resize(1, width, rule, {.coordinate = coordinate}))
        .v;
  };
  CHECK(far(2, linear, align_corners) == Row{0, static_cast<double>(last)});
  CHECK(far(3, linear, align_corners) == Row{0, last / 2.0, static_cast<double>(last)});
  Row const four = far(4, linear, half_pixel);  // x = (i + 0.5) * (2^31 - 1) / 4 - 0.5
  for (int i = 0; i < 4; ++i)
    CHECK(std::abs(four[static_cast<std::size_t>(i)] - ((i + 0.5) * 2147483647.0 / 4 - 0.5)) <=
          0x1p-17);
  CHECK(far(4, nearest, asymmetric) == Row{0, 536870911, 1073741823, 1610612735});
  // out as large as in: the last pixel of the output is the last of the source
  auto const same =
      ruler | views::resize(1, 2147483647, linear) | views::crop({2147483644, 0, 3, 1});
  CHECK(test::evaluate<double, HW>(same).v ==
        Row{last - 2.0, last - 1.0, static_cast<double>(last)});
}

TEST_CASE("resize: bad arguments") {
  test::Picture<std::uint8_t, HWC<3>> const src(1, 0, 9, 3);
  CHECK_THAT(test::refusal([] { (void)views::resize(-1, 5); }),
             ContainsSubstring("pane::views::resize: the size -1 x 5 is negative"));
  CHECK_THAT(test::refusal([] { (void)views::resize(5, -7, nearest); }),
             ContainsSubstring("the size 5 x -7 is negative"));
  auto const message = test::refusal([&] { (void)(src.in() | views::resize(2, 2)); });
  CHECK_THAT(message, ContainsSubstring("pane::views::resize: image 0 is 0 x 9: there is nothing "
                                        "to sample: src is HWC u8 [0, 9, 3]"));
  // nothing is asked for, so nothing needs to be there
  CHECK(test::evaluate<std::uint8_t, HWC<3>>(src.in() | views::resize(0, 4)).v.empty());
  // the sizes of an image and its destination
  test::Picture<std::uint8_t, HWC<3>> const some(test::noise(1, 3, 3, 3));
  test::Picture<std::uint8_t, HWC<3>> const dst(1, 4, 5, 3);
  CHECK_THAT(test::refusal([&] {
               test::on_machine(
                   [&](auto where) { copy(where, some.in() | views::resize(5, 4), dst.out()); });
             }),
             ContainsSubstring("pane::copy: dst is HWC u8 [4, 5, 3]") &&
                 ContainsSubstring("the sizes must agree: dst has 4 x 5, src 5 x 4"));
}
