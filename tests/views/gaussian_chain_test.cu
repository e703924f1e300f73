// SPDX-License-Identifier: MIT
// Stencils among other views: whatever is fused equals the stages one by one.

#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>
#include <pane/views/gaussian.hpp>
#include <pane/views/map.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstdint>

using namespace pane;

namespace {

constexpr Border borders[] = {Border::constant, Border::replicate, Border::reflect,
                              Border::reflect_101, Border::wrap};

/// What the first stencil's halo must not read as its own: the image is not 0 beyond its edge.
test::Pixels staged(test::Pixels const& p,
                    views::GaussianOptions first,
                    views::GaussianOptions second) {
  test::Picture<std::uint8_t, HW> const src(p);
  test::Picture<float, HW> const middle(
      test::evaluate<float, HW>(src.in() | views::gaussian(first)));
  return test::evaluate<float, HW>(middle.in() | views::gaussian(second));
}

struct Square {
  PANE_HOST_DEVICE Vec<float, 1> operator()(Vec<float, 1> const& p) const {
    return {{p[0] * p[0]}};
  }
};

}  // namespace

TEST_CASE("gaussian: a gaussian of a gaussian equals two calls, every pair of borders") {
  for (Border const a : borders) {
    for (Border const b : borders) {
      for (Size const s : {Size{1, 1}, Size{2, 70}, Size{19, 65}, Size{33, 7}}) {
        test::Pixels const p = test::noise(1, s.height, s.width, 1);
        views::GaussianOptions const first{.size = 7, .border = a, .fill = 200};
        views::GaussianOptions const second{.size = 5, .sigma = 1.5f, .border = b, .fill = 50};
        test::Picture<std::uint8_t, HW> const src(p);
        auto const fused =
            test::evaluate<float, HW>(src.in() | views::gaussian(first) | views::gaussian(second));
        INFO("first " << static_cast<int>(a) << " second " << static_cast<int>(b) << " height "
                      << s.height << " width " << s.width);
        CHECK(test::difference(fused, staged(p, first, second)) == "");
      }
    }
  }
}

TEST_CASE("gaussian: pointwise views between two stencils") {
  test::Pixels const p = test::noise(1, 21, 69, 1, 0, 15);
  test::Picture<std::uint8_t, HW> const src(p);
  test::Picture<float, HW> const first(
      test::evaluate<float, HW>(src.in() | views::gaussian({.size = 3})));
  test::Picture<float, HW> const squared(
      test::evaluate<float, HW>(first.in() | views::map(Square{})));
  auto const stages = test::evaluate<float, HW>(squared.in() | views::gaussian({.size = 7}));
  auto const fused = test::evaluate<float, HW>(src.in() | views::gaussian({.size = 3}) |
                                               views::map(Square{}) | views::gaussian({.size = 7}));
  CHECK(test::difference(fused, stages) == "");
}

TEST_CASE("gaussian: a resize above a gaussian asks for single pixels and gets the same ones") {
  test::Pixels const p = test::noise(1, 17, 23, 1);
  test::Picture<std::uint8_t, HW> const src(p);
  test::Picture<float, HW> const smooth(
      test::evaluate<float, HW>(src.in() | views::gaussian({.size = 5})));
  auto const stages = test::evaluate<float, HW>(smooth.in() | views::resize(9, 31));
  CHECK(test::difference(test::evaluate<float, HW>(src.in() | views::gaussian({.size = 5}) |
                                                   views::resize(9, 31)),
                         stages) == "");
}

TEST_CASE("gaussian: NV12 converted below") {
  test::Pixels const tall = test::noise(1, 60, 66, 1, 16, 235);
  test::Picture<std::uint8_t, HW> const src(tall, {.gap = 1});
  auto const rgb = nv12_tall(src.in()) | views::to_rgb(bt709, limited_range);
  test::Picture<float, HWC<3>> const converted(test::evaluate<float, HWC<3>>(rgb));
  test::Picture<float, HWC<3>> const smooth(
      test::evaluate<float, HWC<3>>(converted.in() | views::gaussian({.size = 5})));
  // Not bit for bit: g++ 12 rounds the CPU's multiply-add differently in some of the loops that it vectorises.
  CHECK(test::difference(test::evaluate<float, HWC<3>>(rgb | views::gaussian({.size = 5})),
                         smooth.pixels(), 255.0 * 0x1p-21) == "");
}
