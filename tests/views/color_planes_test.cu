// SPDX-License-Identifier: MIT
// Planes that are interpolated before their colour is converted, P010, and gray.

#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/color.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

TEST_CASE(
    "to_rgb: NV12 through a resize interpolates each plane at its own resolution, then converts") {
  test::Golden const golden("nv12_resize");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    auto const& p = c.params();
    std::string const name = p.at("matrix");
    ColorMatrix const matrix = name == "bt601" ? bt601 : name == "bt709" ? bt709 : bt2020;
    ColorRange const range = p.at("range") == "full" ? full_range : limited_range;
    auto const src = test::input_picture<std::uint8_t, HW>(c);
    auto const chain = nv12_tall(src.in()) | views::resize(p.at("height"), p.at("width")) |
                       views::to_rgb(matrix, range);
    if (c.expected().dtype == "f64") {
      test::check_case(c, test::evaluate<float, HWC<3>>(chain));
    } else {
      test::check_case(c, test::evaluate<std::uint8_t, HWC<3>>(chain));
    }
  }
  CHECK(cases == 11);
}

TEST_CASE("to_rgb: P010 is NV12 of 16 bits") {
  // a grey ramp: luma 64 to 940 of 10 bits in the upper bits, neutral chroma
  std::vector<std::uint16_t> codes(3 * 4, static_cast<std::uint16_t>(512 << 6));
  for (int i = 0; i < 8; ++i)
    codes[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>((64 + i * 125) << 6);
  test::Buffer<std::uint16_t> const memory(codes, 2);
  auto const frame = nv12(memory.data(), memory.data() + 8, {.height = 2, .width = 4});
  auto const got =
      test::evaluate<float, HWC<3>>(frame | views::to_rgb(bt2020, limited_range, {.bits = 16}));
  for (int i = 0; i < 8; ++i) {
    for (int c = 0; c < 3; ++c)
      CHECK(std::abs(got.at(0, i / 4, i % 4, c) - i * 125.0 / 876 * 65535) <= 0.05);
  }
}

TEST_CASE("to_rgb: an odd region of NV12") {
  test::Pixels const tall = test::noise(1, 9, 8, 1, 16, 235);
  test::Picture<std::uint8_t, HW> const src(tall, {.gap = 3});
  auto const frame = nv12_tall(src.in());
  auto const whole = test::evaluate<float, HWC<3>>(frame | views::to_rgb(bt709, limited_range));
  auto const part = test::evaluate<float, HWC<3>>(frame | views::to_rgb(bt709, limited_range) |
                                                  views::crop({3, 1, 5, 3}));
  test::Pixels want(1, 3, 5, 3);
  test::for_each(want, [&](std::int64_t, int y, int x, int c) {
    want.at(0, y, x, c) = whole.at(0, 1 + y, 3 + x, c);
  });
  CHECK(test::difference(part, want) == "");
}

TEST_CASE("gray: as OpenCV") {
  test::Golden const golden("gray");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    bool const bgr = c.params().at("order") == "bgr";
    if (c.input().dtype == "f32") {
      auto const src = test::input_picture<float, HWC<3>>(c);
      test::check_case(
          c, bgr ? test::evaluate<float, HW>(src.in() | views::reorder<2, 1, 0>() | views::gray())
                 : test::evaluate<float, HW>(src.in() | views::gray()));
    } else if (c.input().extent('C') == 4) {
      auto const src = test::input_picture<std::uint8_t, HWC<4>>(c);
      test::check_case(c, bgr ? test::evaluate<std::uint8_t, HW>(
                                    src.in() | views::reorder<2, 1, 0>() | views::gray())
                              : test::evaluate<std::uint8_t, HW>(src.in() | views::gray()));
    } else {
      auto const src = test::input_picture<std::uint8_t, HWC<3>>(c);
      test::check_case(c, bgr ? test::evaluate<std::uint8_t, HW>(
                                    src.in() | views::reorder<2, 1, 0>() | views::gray())
                              : test::evaluate<std::uint8_t, HW>(src.in() | views::gray()));
    }
  }
  CHECK(cases == 10);
}

TEST_CASE("gray: by hand") {
  test::Pixels p(1, 1, 2, 3);
  p.v = {100, 200, 50, 10, 20, 30};
  test::Picture<std::uint8_t, CHW<3>> const src(p);
  auto const got = test::evaluate<float, HW>(src.in() | views::gray(bt709));
  CHECK(std::abs(got.v[0] - (21.26 + 143.04 + 3.61)) <= 1e-4);  // 0.2126 R + 0.7152 G + 0.0722 B
  CHECK(std::abs(got.v[1] - (2.126 + 14.304 + 2.166)) <= 1e-5);
}
