// SPDX-License-Identifier: MIT

#include <pane/views/interpolation.hpp>
#include <tests/support/catch.hpp>

#include <cmath>
#include <cstdint>

using namespace pane;

namespace {

double value(detail::Coordinate c) {
  return std::ldexp(static_cast<double>(c), -32);
}

}  // namespace

TEST_CASE("coordinates: by hand") {
  detail::Axis const half = detail::make_axis(4, 8, half_pixel);
  CHECK(value(half.at(0)) == -0.25);
  CHECK(value(half.at(7)) == 3.25);
  detail::Axis const corners = detail::make_axis(4, 7, align_corners);
  CHECK(value(corners.at(1)) == 0.5);
  CHECK(value(corners.at(6)) == 3);
  CHECK(value(detail::make_axis(4, 1, align_corners).at(0)) == 0);
  CHECK(value(detail::make_axis(3, 6, asymmetric).at(5)) == 2.5);
  CHECK(detail::make_axis(0, 6, half_pixel).at(5) == 0);
  CHECK(detail::make_axis(6, 0, half_pixel).step == 0);
}

TEST_CASE("coordinates: whole numbers do not fall below themselves") {
  for (int in = 1; in <= 200; ++in) {
    for (int out = 1; out <= 200; ++out) {
      detail::Axis const a = detail::make_axis(in, out, asymmetric);
      detail::Axis const h = detail::make_axis(in, out, half_pixel);
      bool exact = true;
      for (int i = 0; i < out; ++i) {
        exact = exact && detail::whole(a.at(i)) == i * in / out;
        // floor((i + 1/2) * in / out), the pixel whose area holds the point
        exact =
            exact && detail::nearest_index(h.at(i), half_pixel, in) == (2 * i + 1) * in / (2 * out);
      }
      INFO("in " << in << " out " << out);
      if (!exact) CHECK(exact);
    }
  }
  SUCCEED("all sizes were compared");
}

TEST_CASE("coordinates: within 2^-17 of a pixel for the largest sizes, and never out of 64 bits") {
  int const big = 2147483647;
  for (int const in : {1, 2, 46341, big - 1, big}) {
    for (int const out : {1, 2, 3, 46340, big - 1, big}) {
      for (int const i : {0, out / 2, out - 1}) {
        long double const half = (i + 0.5L) * in / out - 0.5L;
        CHECK(
            std::abs(static_cast<long double>(value(detail::make_axis(in, out, half_pixel).at(i))) -
                     half) <= 0x1p-1L * out * 0x1p-31L + 0x1p-21L);
        CHECK(detail::nearest_index(detail::make_axis(in, out, half_pixel).at(i), half_pixel, in) <
              in);
        CHECK(detail::nearest_index(detail::make_axis(in, out, align_corners).at(i), align_corners,
                                    in) < in);
      }
    }
  }
}

TEST_CASE("fraction: in [0, 1), exact to 23 bits in float and to 32 in double") {
  for (std::uint32_t const low : {0u, 1u, 0x1ffu, 0x200u, 0x80000000u, 0xffffffffu}) {
    detail::Coordinate const c = (detail::Coordinate{-3} << 32) + low;
    CHECK(detail::whole(c) == -3);
    CHECK(detail::fraction<double>(c) == std::ldexp(static_cast<double>(low), -32));
    CHECK(detail::fraction<float>(c) == static_cast<float>(low >> 9) * 0x1p-23f);
    CHECK(detail::fraction<float>(c) < 1.0f);
  }
}

TEST_CASE("cubic: the weights of Keys' kernel") {
  auto const kernel = [](double a, double d) {
    d = std::abs(d);
    if (d <= 1) return (a + 2) * d * d * d - (a + 3) * d * d + 1;
    return a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a;
  };
  for (double const a : {-0.75, -0.5}) {
    for (double t = 0; t < 1; t += 0.0625) {
      double w[4];
      float f[4];
      detail::cubic_weights<double>(a, t, w);
      detail::cubic_weights<float>(static_cast<float>(a), static_cast<float>(t), f);
      for (int i = 0; i < 4; ++i) {
        CHECK(std::abs(w[i] - kernel(a, i - 1 - t)) <= 1e-14);
        CHECK(std::abs(static_cast<double>(f[i]) - kernel(a, i - 1 - t)) <= 3e-7);
      }
    }
  }
}
