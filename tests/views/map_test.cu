// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/map.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace pane;

namespace {

//! [map]
/// A function object of yours: what it needs are its members, and it travels to the GPU by value.
struct Gamma {
  float exponent;

  PANE_HOST_DEVICE Vec<float, 3> operator()(Vec<std::uint8_t, 3> const& p) const {
    Vec<float, 3> out;
    for (int c = 0; c < 3; ++c) out[c] = 255.0f * powf(static_cast<float>(p[c]) / 255.0f, exponent);
    return out;
  }
};

/// One that also asks where the pixel is: darker towards the right, from a column on, in every other image.
struct Shade {
  int from;

  PANE_HOST_DEVICE Vec<float, 3> operator()(Vec<float, 3> const& p,
                                            std::int64_t n,
                                            int y,
                                            int x) const {
    bool const shaded = n % 2 == 0 && x >= from;
    float const factor = shaded ? 1.0f / static_cast<float>(1 + x - from) : 1.0f;
    return {{p[0] * factor, p[1] * factor, p[2] + static_cast<float>(y)}};
  }
};

template <class Where>
void darken(Where where,
            Tensor<std::uint8_t const, NHWC<3>> photos,
            Tensor<std::uint8_t, NHWC<3>> out) {
  copy(where, photos | views::map(Gamma{2.2f}) | views::map(Shade{4}), out);
}
//! [map]

struct Widen {
  PANE_HOST_DEVICE Vec<double, 2> operator()(Vec<std::uint8_t, 1> const& p) const {
    return {{p[0] * 0.5, -1.0 * p[0]}};
  }
};

}  // namespace

TEST_CASE("map: a function object with a value, and one that sees the position") {
  test::Pixels const p = test::noise(3, 5, 11, 3);
  test::Pixels want = p;
  test::for_each(p, [&](std::int64_t n, int y, int x, int c) {
    double const bright = 255 * std::pow(p.at(n, y, x, c) / 255, static_cast<double>(2.2f));
    double const shade = n % 2 == 0 && x >= 4 ? 1.0 / (x - 3) : 1.0;
    want.at(n, y, x, c) = std::min(255.0, c == 2 ? bright + y : bright * shade);
  });
  for (test::Place const place : test::places<std::uint8_t>()) {
    test::Picture<std::uint8_t, NHWC<3>> const src(p, place);
    test::Picture<std::uint8_t, NHWC<3>> const dst(3, 5, 11, 3, place);
    test::on_machine([&](auto where) { darken(where, src.in(), dst.out()); });
    CHECK(test::difference(dst.pixels(), want, 0.501) == "");
  }
}

TEST_CASE("map: the function decides type and channels") {
  test::Pixels p(1, 1, 3, 1);
  p.v = {0, 7, 255};
  test::Picture<std::uint8_t, HW> const src(p);
  CHECK(test::evaluate<double, CHW<2>>(src.in() | views::map(Widen{})).v ==
        std::vector<double>{0, 0, 3.5, -7, 127.5, -255});
}

TEST_CASE("map: below a crop the position is that of the whole image") {
  test::Pixels const p(1, 4, 9, 3);
  test::Picture<float, HWC<3>> const src(p);
  auto const got =
      test::evaluate<float, HWC<3>>(src.in() | views::map(Shade{0}) | views::crop({5, 2, 3, 2}));
  for (int x = 0; x < 3; ++x) {
    CHECK(got.at(0, 0, x, 2) == 2);
    CHECK(got.at(0, 1, x, 2) == 3);
  }
}

TEST_CASE("map: in place") {
  test::Pixels p(1, 1, 9, 3);
  test::Picture<std::uint8_t, NHWC<3>> const picture(p);
  test::on_machine([&](auto where) { darken(where, picture.out(), picture.out()); });
  CHECK(test::difference(picture.pixels(), p) == "");
}
