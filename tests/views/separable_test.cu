// SPDX-License-Identifier: MIT
// The stencil itself: tiles, borders, prologue, epilogue. Gaussian and nesting are in gaussian_test.cu.

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/normalize.hpp>
#include <pane/views/resize.hpp>
#include <pane/views/separable.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/filters.hpp>
#include <tests/support/picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using test::borders;
using test::walked;

namespace {

test::Pixels reference(test::Pixels const& p,
                       FilterTaps const& horizontal,
                       FilterTaps const& vertical,
                       Border border,
                       double fill) {
  test::Pixels out = p;
  test::for_each(out, [&](std::int64_t n, int y, int x, int c) {
    double sum = 0;
    for (int j = 0; j < vertical.size; ++j) {
      int const sy = walked(y + j - vertical.size / 2, p.height, border);
      for (int i = 0; i < horizontal.size; ++i) {
        int const sx = walked(x + i - horizontal.size / 2, p.width, border);
        sum += static_cast<double>(vertical.weight[j]) * static_cast<double>(horizontal.weight[i]) *
               (sy < 0 || sx < 0 ? fill : p.at(n, sy, sx, c));
      }
    }
    out.at(n, y, x, c) = sum;
  });
  return out;
}

/// Not symmetric, so that a correlation is told from a convolution.
constexpr FilterTaps seven{7, {0.5f, -0.25f, 0.125f, 1.0f, 0.0625f, -0.5f, 0.25f}};
constexpr FilterTaps three{3, {-1.0f, 0.0f, 1.0f}};
constexpr FilterTaps one{};

}  // namespace

TEST_CASE("separable: by hand") {
  test::Pixels p(1, 1, 4, 1);
  p.v = {1, 10, 100, 1000};
  test::Picture<float, HW> const src(p);
  auto const across = [&](Border border, float fill) {
    return test::evaluate<float, HW>(src.in() |
                                     views::separable(three, one, {.border = border, .fill = fill}))
        .v;
  };
  // right neighbour minus left neighbour
  CHECK(across(Border::constant, 7) == std::vector<double>{10 - 7, 100 - 1, 1000 - 10, 7 - 100});
  CHECK(across(Border::replicate, 0) == std::vector<double>{10 - 1, 99, 990, 1000 - 100});
  CHECK(across(Border::reflect, 0) == std::vector<double>{10 - 1, 99, 990, 1000 - 100});
  CHECK(across(Border::reflect_101, 0) == std::vector<double>{0, 99, 990, 0});
  CHECK(across(Border::wrap, 0) == std::vector<double>{10 - 1000, 99, 990, 1 - 100});
  CHECK(test::evaluate<float, HW>(src.in() | views::separable(one, one)).v == p.v);
}

TEST_CASE("separable: every size from 1 to 70, every border") {
  for (int size = 1; size <= 70; ++size) {
    Border const border = borders[size % 5];
    for (auto const& [h, w] : {Size{size, 9}, Size{5, size}, Size{size, size}}) {
      test::Pixels const p = test::noise(1, h, w, 1, -100, 100, static_cast<std::uint32_t>(size));
      test::Picture<float, HW> const src(p);
      auto const got = test::evaluate<float, HW>(
          src.in() | views::separable(seven, three, {.border = border, .fill = 3}));
      INFO("height " << h << " width " << w << " border " << static_cast<int>(border));
      CHECK(test::difference(got, reference(p, seven, three, border, 3), 1e-3) == "");
    }
  }
}

TEST_CASE("separable: images smaller than the filter, every border") {
  for (Border const border : borders) {
    for (int h = 1; h <= 4; ++h) {
      for (int w = 1; w <= 4; ++w) {
        test::Pixels const p = test::noise(1, h, w, 1, -100, 100);
        test::Picture<float, HW> const src(p);
        auto const got = test::evaluate<float, HW>(
            src.in() | views::separable(seven, seven, {.border = border, .fill = -2}));
        INFO("height " << h << " width " << w << " border " << static_cast<int>(border));
        CHECK(test::difference(got, reference(p, seven, seven, border, -2), 1e-3) == "");
      }
    }
  }
}

TEST_CASE("separable: several tiles, in every place, in batches, interleaved to planar") {
  test::Pixels const p = test::noise(3, 37, 133, 3);
  test::Pixels const want = reference(p, three, seven, Border::reflect_101, 0);
  for (test::Place const place : test::places<std::uint8_t>()) {
    test::Picture<std::uint8_t, NHWC<3>> const src(p, place);
    auto const view = src.in() | views::separable(three, seven);
    CHECK(test::difference(test::evaluate<std::int16_t, NCHW<3>>(
                               view, {.offset_bytes = place.offset_bytes * 2, .gap = place.gap}),
                           want, 0.501) == "");
  }
}

TEST_CASE("separable: a resize below and a normalisation above are part of the same call") {
  test::Pixels const p = test::noise(1, 23, 29, 3);
  test::Picture<std::uint8_t, HWC<3>> const src(p, {.gap = 1});
  test::Picture<float, HWC<3>> const resized(test::evaluate<float, HWC<3>>(
      src.in() | views::crop({3, 1, 25, 21}) | views::resize(40, 70)));
  test::Picture<float, HWC<3>> const filtered(
      test::evaluate<float, HWC<3>>(resized.in() | views::separable(seven, three)));
  auto const normalise = views::normalize({10.0f, 20.0f, 30.0f}, {2.0f, 3.0f, 4.0f});
  auto const stages = test::evaluate<float, CHW<3>>(filtered.in() | normalise);
  auto const fused =
      test::evaluate<float, CHW<3>>(src.in() | views::crop({3, 1, 25, 21}) | views::resize(40, 70) |
                                    views::separable(seven, three) | normalise);
  // Not bit for bit: g++ 12 rounds the CPU's multiply-add differently in some of the loops that it vectorises.
  CHECK(test::difference(fused, stages, 255.0 * 0x1p-21) == "");
}

TEST_CASE("separable: doubles stay doubles") {
  test::Pixels const p = test::noise(1, 19, 21, 1, -1000000000, 1000000000);
  test::Picture<double, HW> const src(p);
  CHECK(test::difference(test::evaluate<double, HW>(src.in() | views::separable(seven, seven)),
                         reference(p, seven, seven, Border::reflect_101, 0), 1e-5) == "");
}

TEST_CASE("separable: an image without pixels has a result without pixels") {
  test::Picture<float, HW> const empty(1, 4, 0, 1);
  FilterTaps const three{3, {0.25f, 0.5f, 0.25f}};
  CHECK(test::evaluate<float, HW>(empty.in() | views::separable(three, three)).v.empty());
}

TEST_CASE("separable: bad arguments") {
  FilterTaps even = three;
  even.size = 4;
  FilterTaps long_one = three;
  long_one.size = 9;
  CHECK_THAT(
      test::refusal([&] { (void)views::separable(even, three); }),
      ContainsSubstring("pane::views::separable: a filter has 4 taps: it must have 1, 3, 5 or 7"));
  CHECK_THAT(test::refusal([&] { (void)views::separable(three, long_one); }),
             ContainsSubstring("a filter has 9 taps"));
  test::Picture<float, HW> const src(1, 4, 4, 1);
  CHECK_THAT(test::refusal([&] {
               (void)(src.in() | views::separable(three, three, {.fill = {1.0f, 2.0f}}));
             }),
             ContainsSubstring("pane::views::separable: fill has 2 values: it needs one"));
}
