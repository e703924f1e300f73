// SPDX-License-Identifier: MIT
#include <pane/views/resample_taps.hpp>
#include <tests/support/catch.hpp>

#include <cmath>

using namespace pane;

TEST_CASE("taps: sin(pi x) and sinc are those of the library") {
  double const pi = 3.14159265358979323846;
  for (int i = -4000; i <= 4000; ++i) {
    double const x = i / 1000.0;
    CHECK(std::abs(detail::sin_pi(x) - std::sin(pi * x)) <= 1e-9);
    CHECK(std::abs(static_cast<double>(detail::sin_pi(static_cast<float>(x))) - std::sin(pi * x)) <=
          4e-7);
    double const s = i == 0 ? 1 : std::sin(pi * x) / (pi * x);
    CHECK(std::abs(detail::sinc(x) - s) <= 1e-9);
  }
}

TEST_CASE("taps: the curves by hand") {
  using F = ResampleFilter;
  CHECK(detail::weight_at(F::triangle, -0.25f, 1.0f) == 0.75f);
  CHECK(detail::weight_at(F::triangle, 1.5f, 1.0f) == 0.0f);
  CHECK(detail::weight_at(F::box, 0.5f, 1.0f) == 1.0f);
  CHECK(detail::weight_at(F::box, -0.5f, 1.0f) == 0.0f);
  CHECK(detail::weight_at(F::bicubic, 0.0f, 1.0f) == 1.0f);
  CHECK(detail::weight_at(F::bicubic, 1.0f, 1.0f) == 0.0f);
  CHECK(detail::weight_at(F::bicubic, 0.5f, 1.0f) == 0.5625f);
  CHECK(detail::weight_at(F::bicubic, -1.5f, 1.0f) == -0.0625f);
  // a result pixel that covers the source pixel wholly, by half, not at all
  CHECK(detail::weight_at(F::area, 0.0f, 0.5f) == 0.5f);
  CHECK(detail::weight_at(F::area, 0.5f, 0.5f) == 0.25f);
  CHECK(detail::weight_at(F::area, 0.75f, 0.5f) == 0.0f);
}

TEST_CASE("taps: which source pixels count") {
  detail::TapAxis<float> const third(detail::make_axis(9, 3, half_pixel), ResampleFilter::box);
  auto const middle = third.at(1, 0, 8);
  CHECK(middle.first == 3);
  CHECK(middle.last == 5);
  detail::TapAxis<float> const triangle(detail::make_axis(9, 3, half_pixel),
                                        ResampleFilter::triangle);
  auto const left = triangle.at(0, 0, 8);
  CHECK(left.first == 0);
  CHECK(left.last == 4);  // 1 + 3 itself has weight 0
  CHECK(std::abs(triangle.weight(left, 1) - 1.0f) <= 1e-6f);
  CHECK(std::abs(triangle.weight(left, 3) - 1.0f / 3) <= 1e-6f);
  // one pixel for everything
  auto const only = triangle.at(2, 0, 0);
  CHECK(only.first == 0);
  CHECK(only.last == 0);
}
