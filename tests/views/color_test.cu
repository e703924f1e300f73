// SPDX-License-Identifier: MIT
// NV12 to RGB at full size and arithmetic of the matrices; NV12 through a resize is in color_planes_test.cu.

#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

ColorMatrix matrix_of(test::GoldenCase const& c) {
  std::string const name = c.params().at("matrix");
  return name == "bt601" ? bt601 : name == "bt709" ? bt709 : bt2020;
}
ColorRange range_of(test::GoldenCase const& c) {
  return c.params().at("range") == "full" ? full_range : limited_range;
}

/// The definition, in double: R' = Y' + 2 (1 - kr) Cr and so on, codes of `bits` bits in and out.
void to_rgb_reference(
    double const (&yuv)[3], double (&rgb)[3], ColorMatrix k, ColorRange range, int bits) {
  double const unit = std::exp2(bits - 8);
  double const peak = std::exp2(bits) - 1;
  bool const full = range == full_range;
  double const y = full ? yuv[0] / peak : (yuv[0] - 16 * unit) / (219 * unit);
  double const cb = (yuv[1] - 128 * unit) / (full ? peak : 224 * unit);
  double const cr = (yuv[2] - 128 * unit) / (full ? peak : 224 * unit);
  double const r = y + 2 * (1 - k.kr) * cr;
  double const b = y + 2 * (1 - k.kb) * cb;
  rgb[0] = r * peak;
  rgb[1] = (y - k.kr * r - k.kb * b) / (1 - k.kr - k.kb) * peak;
  rgb[2] = b * peak;
}

}  // namespace

TEST_CASE("to_rgb: NV12 as OpenCV and the matrices in double have it") {
  test::Golden const golden("nv12_to_rgb");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    test::Pixels tall = test::pixels_of(c.input());
    if (c.params().contains("luma_below_16")) {
      // OpenCV reads luma below 16 as 16, which H.273 does not ask for and Pane does not do: so does this input.
      for (int y = 0; y < tall.height / 3 * 2; ++y) {
        for (int x = 0; x < tall.width; ++x)
          tall.at(0, y, x, 0) = std::max(tall.at(0, y, x, 0), 16.0);
      }
    }
    test::Picture<std::uint8_t, HW> const src(tall, {.offset_bytes = 1, .gap = 5});
    auto const frame = nv12_tall(src.in());
    if (c.params().at("order") == "bgr") {
      test::check_case(c, test::evaluate<std::uint8_t, HWC<3>>(
                              frame | views::to_bgr(matrix_of(c), range_of(c)), {.gap = 1}));
    } else if (c.expected().dtype == "f64") {
      test::check_case(
          c, test::evaluate<float, HWC<3>>(frame | views::to_rgb(matrix_of(c), range_of(c))));
    } else {
      test::check_case(c, test::evaluate<std::uint8_t, HWC<3>>(
                              frame | views::to_rgb(matrix_of(c), range_of(c)), {.gap = 1}));
    }
  }
  CHECK(cases == 32);
}

TEST_CASE("to_rgb: by hand") {
  // BT.601 limited: Y 81, U 90, V 240 is pure red of 8 bits to within half a level
  test::Pixels p(1, 1, 4, 3);
  p.v = {81, 90, 240, 16, 128, 128, 235, 128, 128, 0, 128, 128};
  test::Picture<std::uint8_t, HWC<3>> const src(p);
  auto const rgb = test::evaluate<float, HWC<3>>(src.in() | views::to_rgb(bt601, limited_range));
  CHECK(std::abs(rgb.at(0, 0, 0, 0) - 254.4) <= 0.1);  // 1.16438 * 65 + 1.59603 * 112
  CHECK(std::abs(rgb.at(0, 0, 0, 1) + 0.4) <= 0.1);  // 1.16438 * 65 - 0.39176 * -38 - 0.81297 * 112
  CHECK(std::abs(rgb.at(0, 0, 0, 2) + 1.0) <= 0.1);  // 1.16438 * 65 + 2.01723 * -38
  for (int c = 0; c < 3; ++c) {
    CHECK(std::abs(rgb.at(0, 0, 1, c)) <= 1e-3);
    CHECK(std::abs(rgb.at(0, 0, 2, c) - 255) <= 1e-3);
    CHECK(std::abs(rgb.at(0, 0, 3, c) + 16 * 255.0 / 219) <=
          1e-3);  // below black: not clamped before the store
  }
  auto const stored =
      test::evaluate<std::uint8_t, HWC<3>>(src.in() | views::to_bgr(bt601, limited_range));
  CHECK(stored.v == std::vector<double>{0, 0, 254, 0, 0, 0, 255, 255, 255, 0, 0, 0});
}

TEST_CASE("to_rgb and to_yuv: every matrix and range, 8 bits and 16, and back") {
  test::Pixels const rgb8 = test::noise(1, 9, 13, 3);
  test::Pixels const yuv16 = test::noise(1, 9, 13, 3, 0, 65535);
  test::Picture<float, HWC<3>> const from(rgb8, {.gap = 1});
  test::Picture<std::uint16_t, HWC<3>> const p016(yuv16, {.gap = 1});
  for (ColorMatrix const matrix : {bt601, bt709, bt2020}) {
    for (ColorRange const range : {limited_range, full_range}) {
      test::Picture<float, HWC<3>> const yuv(
          test::evaluate<float, HWC<3>>(from.in() | views::to_yuv(matrix, range)));
      CHECK(test::difference(test::evaluate<float, HWC<3>>(yuv.in() | views::to_rgb(matrix, range)),
                             rgb8, 1e-3) == "");

      test::Pixels want(1, 9, 13, 3);
      for (int i = 0; i < 9 * 13; ++i) {
        auto const at = static_cast<std::size_t>(i) * 3;
        double const in[3] = {yuv16.v[at], yuv16.v[at + 1], yuv16.v[at + 2]};
        double out[3];
        to_rgb_reference(in, out, matrix, range, 16);
        for (std::size_t c = 0; c < 3; ++c) want.v[at + c] = out[c];
      }
      CHECK(test::difference(test::evaluate<float, HWC<3>>(
                                 p016.in() | views::to_rgb(matrix, range, {.bits = 16})),
                             want, 0.05) == "");
    }
  }
}

TEST_CASE("to_yuv: the codes of white, black and a grey") {
  Vec<float, 3> const white = to_yuv({{255, 255, 255}}, bt709, limited_range);
  CHECK(std::abs(white[0] - 235) <= 1e-3f);
  CHECK(std::abs(white[1] - 128) <= 1e-3f);
  CHECK(std::abs(white[2] - 128) <= 1e-3f);
  CHECK(std::abs(to_yuv({{0, 0, 0}}, bt2020, limited_range)[0] - 16) <= 1e-3f);
  CHECK(std::abs(to_yuv({{65535, 65535, 65535}}, bt709, limited_range, 16)[0] - 60160) <= 0.05f);
  CHECK(std::abs(to_yuv({{114, 114, 114}}, bt601, full_range)[0] - 114) <= 1e-3f);
}

TEST_CASE("colour: bad arguments") {
  CHECK_THAT(test::refusal([] { (void)views::to_rgb(bt709, limited_range, {.bits = 7}); }),
             ContainsSubstring("pane::views::to_rgb: bits is 7; it must be 8 to 16"));
  CHECK_THAT(test::refusal([] { (void)views::to_yuv(bt709, limited_range, {.bits = 17}); }),
             ContainsSubstring("pane::views::to_yuv: bits is 17; it must be 8 to 16"));
}
