// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/coordinates.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace pane;

namespace {

double value(detail::Coordinate c) {
  return std::ldexp(static_cast<double>(c), -32);
}

/// The step and the start of an axis as pixels: (in, out) is the place, and the channels are words of 32 bits.
struct AxisProbe {
  using pixel = Vec<std::int32_t, 4>;
  int in;
  int out;
  CoordinateRule rule;

  PANE_HOST_DEVICE std::int64_t batch() const { return 1; }
  PANE_HOST_DEVICE Size size(std::int64_t) const { return {48, 64}; }
  PANE_HOST_DEVICE pixel operator()(std::int64_t, int y, int x) const {
    detail::Axis const axis = detail::make_axis(in + y, out + x, rule);
    return {{static_cast<std::int32_t>(axis.step), static_cast<std::int32_t>(axis.step >> 32),
             static_cast<std::int32_t>(axis.start), static_cast<std::int32_t>(axis.start >> 32)}};
  }
};

/// The same of one result, by its `AxisTo`, for sources from `in` on.
struct AxisToProbe {
  using pixel = Vec<std::int32_t, 4>;
  detail::AxisTo to;
  int in;
  CoordinateRule rule;

  PANE_HOST_DEVICE std::int64_t batch() const { return 1; }
  PANE_HOST_DEVICE Size size(std::int64_t) const { return {48, 64}; }
  PANE_HOST_DEVICE pixel operator()(std::int64_t, int y, int x) const {
    detail::Axis const axis = to.from(in + y * 64 + x, rule);
    return {{static_cast<std::int32_t>(axis.step), static_cast<std::int32_t>(axis.step >> 32),
             static_cast<std::int32_t>(axis.start), static_cast<std::int32_t>(axis.start >> 32)}};
  }
};

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

TEST_CASE("coordinates: the same numbers on every machine") {
  int const big = 2147483647;
  for (auto const rule : {half_pixel, align_corners, asymmetric}) {
    for (int const in : {0, 500, 46341, (1 << 20) - 9, big - 48}) {
      for (int const out : {0, 200, 65536 - 30, (1 << 24) - 7, big - 64}) {
        AxisProbe const probe{in, out, rule};
        std::size_t const count = std::size_t{48} * 64 * 4;
        std::vector<std::int32_t> want(count);
        copy(host, probe, Tensor<std::int32_t, HWC<4>>(want.data(), {48, 64, 4}));
        test::Buffer<std::int32_t> got(count);
        test::on_machine([&](auto where) {
          copy(where, probe, Tensor<std::int32_t, HWC<4>>(got.data(), {48, 64, 4}));
        });
        INFO(in << " to " << out);
        CHECK(got.download() == want);
      }
    }
  }
}

TEST_CASE("coordinates: an axis without a division is the same axis") {
  int const big = 2147483647;
  for (auto const rule : {half_pixel, align_corners, asymmetric}) {
    for (int const out : {1, 2, 3, 7, 64, 224, 46341, 65535, 65537, (1 << 30) - 1, 1 << 30,
                          (1 << 30) + 1, big - 1, big}) {
      auto const to = detail::AxisTo::make(out, rule);
      for (int const in : {1, 46341, 65536 - 3000, 1 << 30, (1 << 30) - 3000, big - 48 * 64}) {
        std::vector<std::int32_t> want;
        for (int i = 0; i < 48 * 64; ++i) {
          detail::Axis const axis = detail::make_axis(in + i, out, rule);
          for (detail::Coordinate const c : {axis.step, axis.start}) {
            want.push_back(static_cast<std::int32_t>(c));
            want.push_back(static_cast<std::int32_t>(c >> 32));
          }
        }
        test::Buffer<std::int32_t> got(want.size());
        test::on_machine([&](auto where) {
          copy(where, AxisToProbe{to, in, rule},
               Tensor<std::int32_t, HWC<4>>(got.data(), {48, 64, 4}));
        });
        INFO(in << " to " << out);
        REQUIRE(got.download() == want);
      }
    }
  }
}
