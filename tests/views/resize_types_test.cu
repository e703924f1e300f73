// SPDX-License-Identifier: MIT
// Resize over element types, layouts and places in memory, against the formula in double.

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>

using namespace pane;

namespace {

/// Linear, half_pixel, edges repeated.
test::Pixels reference(test::Pixels const& p, int height, int width) {
  test::Pixels out(p.batch, height, width, p.channels);
  auto const clamp = [](double i, int size) {
    return i < 0 ? 0 : i > size - 1 ? size - 1 : static_cast<int>(i);
  };
  test::for_each(out, [&](std::int64_t n, int y, int x, int c) {
    double const sy = (y + 0.5) * p.height / height - 0.5;
    double const sx = (x + 0.5) * p.width / width - 0.5;
    double const fy = std::floor(sy);
    double const fx = std::floor(sx);
    auto const across = [&](double j) {
      int const r = clamp(j, p.height);
      double const a = p.at(n, r, clamp(fx, p.width), c);
      double const b = p.at(n, r, clamp(fx + 1, p.width), c);
      return a + (sx - fx) * (b - a);
    };
    out.at(n, y, x, c) = across(fy) + (sy - fy) * (across(fy + 1) - across(fy));
  });
  return out;
}

/// Elements of type T keep their type, in every place; `bound` is in units of the element.
template <class T>
std::string in_every_place(int low, int high, double bound) {
  test::Pixels const p = test::noise(1, 13, 17, 1, low, high);
  test::Pixels const want = reference(p, 11, 23);
  for (test::Place const place : test::places<T>()) {
    test::Picture<T, HW> const src(p, place);
    std::string const text = test::difference(
        test::evaluate<T, HW>(src.in() | views::resize(11, 23), place), want, bound);
    if (!text.empty()) return text;
  }
  return "";
}

}  // namespace

TEST_CASE("resize: every element type") {
  CHECK(in_every_place<std::int8_t>(-128, 127, 0.501) == "");
  CHECK(in_every_place<std::uint16_t>(0, 65535, 0.51) == "");
  CHECK(in_every_place<std::int16_t>(-32768, 32767, 0.51) == "");
  CHECK(in_every_place<std::int32_t>(-1000000, 1000000, 1.0) == "");
  CHECK(in_every_place<f16>(-1024, 1024, 0.51) == "");  // half a unit in the last place below 1024
  CHECK(in_every_place<bf16>(-128, 128, 0.26) == "");
  CHECK(in_every_place<double>(-1000000000, 1000000000, 2.0) ==
        "");  // coordinates have 32 fractional bits
}

TEST_CASE("resize: interleaved to planar and back, in batches") {
  test::Pixels const p = test::noise(3, 9, 14, 3);
  test::Pixels const want = reference(p, 15, 10);
  test::Picture<std::uint8_t, NHWC<3>> const interleaved(p, {.offset_bytes = 1, .gap = 2});
  test::Picture<std::uint8_t, NCHW<3>> const planar(p, {.offset_bytes = 3, .gap = 1});
  CHECK(test::difference(test::evaluate<float, NCHW<3>>(interleaved.in() | views::resize(15, 10)),
                         want, 1e-3) == "");
  CHECK(test::difference(
            test::evaluate<std::uint8_t, NHWC<3>>(planar.in() | views::resize(15, 10), {.gap = 1}),
            want, 0.501) == "");
}

TEST_CASE("resize: a region is an image of its own") {
  test::Pixels const p = test::noise(1, 31, 29, 3);
  Roi const roi{7, 5, 13, 11};
  test::Pixels inside(1, roi.height, roi.width, 3);
  test::for_each(inside, [&](std::int64_t, int y, int x, int c) {
    inside.at(0, y, x, c) = p.at(0, roi.y + y, roi.x + x, c);
  });
  test::Picture<std::uint8_t, HWC<3>> const src(p, {.gap = 1});
  auto const got =
      test::evaluate<std::uint8_t, HWC<3>>(src.in() | views::crop(roi) | views::resize(24, 7));
  CHECK(test::difference(got, reference(inside, 24, 7), 0.501) == "");
}

TEST_CASE("resize: a value that is no number stays among its neighbours") {
  test::Pixels p = test::noise(1, 4, 4, 1);
  p.at(0, 0, 0, 0) = std::nan("");
  test::Picture<float, HW> const src(p);
  auto const got = test::evaluate<float, HW>(src.in() | views::resize(8, 8));
  for (int y = 3; y < 8; ++y) {
    for (int x = 3; x < 8; ++x) CHECK(std::isfinite(got.at(0, y, x, 0)));
  }
  CHECK(std::isnan(got.at(0, 0, 0, 0)));
}
