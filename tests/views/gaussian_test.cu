// SPDX-License-Identifier: MIT
// Against OpenCV and SciPy; gaussians of gaussians and other chains are in gaussian_chain_test.cu.

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/gaussian.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

Border border_of(test::GoldenCase const& c) {
  std::string const name = c.params().at("border");
  return name == "constant"    ? Border::constant
         : name == "replicate" ? Border::replicate
         : name == "reflect"   ? Border::reflect
         : name == "wrap"      ? Border::wrap
                               : Border::reflect_101;
}

/// The filter of a case: a Gaussian of one size in both directions, or two filters.
auto filter_of(test::GoldenCase const& c) {
  auto const& p = c.params();
  float const sigma = p.at("sigma");
  return views::separable(gaussian_taps(p.at("size_x"), sigma),
                          gaussian_taps(p.at("size_y"), sigma),
                          {.border = border_of(c), .fill = p.value("fill", 0.0f)});
}

template <class T>
int run_cases() {
  test::Golden const golden("gaussian");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.input().dtype != name(dtype_of<T>)) continue;
    ++cases;
    test::check_case(c, test::each_channel<T>(c, [&](auto const& channel) {
                       return test::evaluate<T, HW>(channel | filter_of(c));
                     }));
  }
  return cases;
}

}  // namespace

TEST_CASE("gaussian: within the bound of OpenCV and SciPy, every size, sigma and border") {
  CHECK(run_cases<std::uint8_t>() == 56);
  CHECK(run_cases<float>() == 39);
}

TEST_CASE("gaussian: the taps are those of OpenCV and SciPy") {
  test::Golden const golden("gaussian");
  for (auto const& c : golden.cases()) {
    for (char const* axis : {"x", "y"}) {
      std::vector<double> const want = c.params().at(std::string("kernel_") + axis);
      FilterTaps const taps =
          gaussian_taps(c.params().at(std::string("size_") + axis), c.params().at("sigma"));
      REQUIRE(taps.size == static_cast<int>(want.size()));
      for (std::size_t i = 0; i < want.size(); ++i)
        CHECK(std::abs(static_cast<double>(taps.weight[i]) - want[i]) <= 1e-7);
    }
  }
}

TEST_CASE("gaussian: by hand") {
  test::Pixels p(1, 3, 3, 1);
  p.v = {0, 0, 0, 0, 16, 0, 0, 0, 0};
  test::Picture<float, HW> const src(p);
  // 1 2 1 / 4 in both directions; reflect_101 folds the neighbour of an edge pixel onto it twice
  CHECK(test::evaluate<float, HW>(src.in() | views::gaussian({.size = 3})).v ==
        std::vector<double>{4, 4, 4, 4, 4, 4, 4, 4, 4});
  CHECK(
      test::evaluate<float, HW>(src.in() | views::gaussian({.size = 3, .border = Border::constant}))
          .v == std::vector<double>{1, 2, 1, 2, 4, 2, 1, 2, 1});
  CHECK(test::evaluate<float, HW>(
            src.in() | views::gaussian({.size = 3, .border = Border::constant, .fill = 16}))
            .v == std::vector<double>{8, 6, 8, 6, 4, 6, 8, 6, 8});
  CHECK(test::evaluate<float, HW>(src.in() | views::gaussian({.size = 1})).v == p.v);
  // sigma 1: exp(-1/2) = 0.60653, so the middle weighs 1 / 2.21306
  CHECK(std::abs(gaussian_taps(3, 1.0f).weight[1] - 0.4518628f) <= 1e-6f);
  CHECK(gaussian_taps(7).weight[0] == 0.03125f);
}

TEST_CASE("gaussian: four channels, interleaved, of a region with odd offsets") {
  test::Pixels const p = test::noise(1, 41, 83, 4);
  Roi const roi{7, 5, 71, 33};
  test::Picture<std::uint8_t, HWC<4>> const src(p, {.gap = 3});
  test::Pixels inside(1, roi.height, roi.width, 4);
  test::for_each(inside, [&](std::int64_t, int y, int x, int c) {
    inside.at(0, y, x, c) = p.at(0, roi.y + y, roi.x + x, c);
  });
  test::Picture<std::uint8_t, HWC<4>> const alone(inside);
  auto const got = test::evaluate<float, CHW<4>>(src.in() | views::crop(roi) |
                                                 views::gaussian({.size = 5, .sigma = 1.1f}));
  CHECK(test::difference(got, test::evaluate<float, CHW<4>>(
                                  alone.in() | views::gaussian({.size = 5, .sigma = 1.1f}))) == "");
  for (int c = 0; c < 4; ++c) {
    auto const one = test::evaluate<float, HW>(channel(alone.in(), c) |
                                               views::gaussian({.size = 5, .sigma = 1.1f}));
    test::Pixels want(1, roi.height, roi.width, 1);
    test::for_each(
        want, [&](std::int64_t, int y, int x, int) { want.at(0, y, x, 0) = got.at(0, y, x, c); });
    CHECK(test::difference(one, want) == "");
  }
}

TEST_CASE("gaussian: bad arguments") {
  CHECK_THAT(test::refusal([] { (void)views::gaussian({.size = 9}); }),
             ContainsSubstring("pane::gaussian_taps: size is 9: it must be 1, 3, 5 or 7"));
  CHECK_THAT(test::refusal([] { (void)views::gaussian({.size = 3, .sigma = -1.0f}); }),
             ContainsSubstring("pane::gaussian_taps: sigma is -1: it must not be negative"));
  CHECK_THAT(test::refusal([] { (void)gaussian_taps(2); }), ContainsSubstring("size is 2"));
}
