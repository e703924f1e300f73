// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/normalize.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

template <int C>
auto normalize_of(test::GoldenCase const& c) {
  Vec<float, C> mean;
  Vec<float, C> std;
  for (int i = 0; i < C; ++i) {
    mean[i] = c.params().at("mean").at(static_cast<std::size_t>(i));
    std[i] = c.params().at("std").at(static_cast<std::size_t>(i));
  }
  return views::normalize(mean, std, {.scale = c.params().value("scale", 1.0f)});
}

}  // namespace

TEST_CASE("normalize: as torchvision and the formula in double") {
  test::Golden const golden("normalize");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    test::with_input<float>(c, [&](auto const& src) {
      using Source = decltype(src.in());
      test::check_case(c, test::evaluate<float, typename Source::layout_type>(
                              src.in() | normalize_of<Source::channels>(c)));
    });
  }
  CHECK(cases == 6);
}

TEST_CASE("normalize: u8 pixels to f32 and f16 planes, as torchvision") {
  test::Golden const golden("normalize_planar");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    test::Picture<std::uint8_t, NHWC<3>> const src(test::pixels_of(c.input()),
                                                   {.offset_bytes = 1, .gap = 1});
    auto const view = src.in() | normalize_of<3>(c);
    for (test::Place const place : test::places<float>()) {
      if (c.expected().dtype == "f16") {
        test::check_case(c, test::evaluate<f16, NCHW<3>>(view, place));
      } else {
        test::check_case(c, test::evaluate<float, NCHW<3>>(view, place));
      }
    }
  }
  CHECK(cases == 5);
}

TEST_CASE("normalize: by hand") {
  test::Pixels p(1, 1, 2, 2);
  p.v = {10, 20, 30, 40};
  test::Picture<std::uint8_t, HWC<2>> const src(p);
  CHECK(test::evaluate<float, HWC<2>>(src.in() | views::normalize({10.0f, 8.0f}, {2.0f, 4.0f})).v ==
        std::vector<double>{0, 3, 10, 8});
  // (in / 2 - mean) / sqrt(3^2 + 16)
  CHECK(test::difference(
            test::evaluate<float, CHW<2>>(
                src.in() |
                views::normalize({5.0f, 0.0f}, {3.0f, 3.0f}, {.scale = 0.5f, .epsilon = 16.0f})),
            [] {
              test::Pixels want(1, 1, 2, 2);
              want.v = {0, 2, 2, 4};
              return want;
            }(),
            1e-6) == "");
}

TEST_CASE("normalize: large means cancel without losing the small difference") {
  test::Pixels p(1, 1, 1, 1);
  p.v = {65504};
  test::Picture<float, HW> const src(p);
  CHECK(std::abs(test::evaluate<float, HW>(src.in() | views::normalize({65503.0f}, {1.0f})).v[0] -
                 1) <= 2 * 65504 * 0x1p-24);
}

TEST_CASE("normalize: NaN stays NaN, doubles stay doubles") {
  test::Pixels p(1, 1, 2, 1);
  p.v = {std::nan(""), 1e300};
  test::Picture<double, HW> const src(p);
  auto const got = test::evaluate<double, HW>(src.in() | views::normalize({0.0f}, {0.5f}));
  CHECK(std::isnan(got.v[0]));
  CHECK(got.v[1] == 2e300);
}

TEST_CASE("normalize: bad arguments") {
  CHECK_THAT(test::refusal([] {
               (void)views::normalize({0.0f, 0.0f}, {1.0f, 0.0f});
             }),
             ContainsSubstring("pane::views::normalize: std[1] is 0 and epsilon 0: sqrt(std^2 + "
                               "epsilon) must be a positive number"));
  CHECK_THAT(test::refusal([] { (void)views::normalize({0.0f}, {std::nanf("")}); }),
             ContainsSubstring("std[0] is nan"));
  CHECK_THAT(test::refusal([] { (void)views::normalize({0.0f}, {1.0f}, {.epsilon = -2.0f}); }),
             ContainsSubstring("epsilon -2"));
  CHECK(test::refusal([] { (void)views::normalize({0.0f}, {0.0f}, {.epsilon = 1e-5f}); }) == "");
}
