// SPDX-License-Identifier: MIT
// Geometry, goldens and arguments; batches and NV12 are in letterbox_sources_test.cu.

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/letterbox.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("letterbox: within a level of Ultralytics on OpenCV") {
  test::Golden const golden("letterbox");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    auto const& params = c.params();
    auto const view = views::letterbox(params.at("height"), params.at("width"),
                                       {.fill = params.at("fill").get<int>()});
    Roi const roi = test::roi_of(c, test::pixels_of(c.input()));
    if (c.input().dtype == "u8") {
      test::with_input<std::uint8_t>(c, [&](auto const& src) {
        using L = typename std::remove_cvref_t<decltype(src.in())>::layout_type;
        test::check_case(c, test::evaluate<std::uint8_t, L>(src.in() | views::crop(roi) | view,
                                                            {.offset_bytes = 1, .gap = 2}));
      });
    } else {
      auto const src = test::input_picture<float, HW>(c);
      test::check_case(c, test::evaluate<float, HW>(src.in() | views::crop(roi) | view));
    }
    // and the numbers of the geometry
    auto const& g = params.at("geometry");
    LetterboxGeometry const got =
        letterbox_geometry({roi.height, roi.width}, {params.at("height"), params.at("width")});
    CHECK(got.scale == g.at("ratio").get<double>());
    CHECK(got.top == g.at("top").get<int>());
    CHECK(got.left == g.at("left").get<int>());
    CHECK(got.height == g.at("new_height").get<int>());
    CHECK(got.width == g.at("new_width").get<int>());
    CHECK(got.to.height - got.top - got.height == g.at("bottom").get<int>());
    CHECK(got.to.width - got.left - got.width == g.at("right").get<int>());
  }
  CHECK(cases == 11);
}

TEST_CASE("letterbox: boxes and points go back as in Ultralytics") {
  test::Golden const golden("letterbox_boxes");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    auto const& p = c.params();
    LetterboxGeometry const g = letterbox_geometry({p.at("src_height"), p.at("src_width")},
                                                   {p.at("height"), p.at("width")});
    CHECK(g.scale == p.at("geometry").at("ratio").get<double>());
    CHECK(g.top == p.at("geometry").at("top").get<int>());
    CHECK(g.left == p.at("geometry").at("left").get<int>());
    CHECK(g.height == p.at("geometry").at("new_height").get<int>());
    CHECK(g.width == p.at("geometry").at("new_width").get<int>());
    if (p.at("rule") != "gain")
      continue;  // the other rule scales each axis by itself; Pane has the detectors' rule
    ++cases;
    std::vector<float> const in = c.input().as<float>();
    std::vector<double> out;
    std::vector<double> again;
    if (p.at("clamp") == "source") {
      for (std::size_t i = 0; i < in.size(); i += 4) {
        Box const b = g.to_source(Box{in[i], in[i + 1], in[i + 2], in[i + 3]});
        for (float const v : {b.x0, b.y0, b.x1, b.y1}) out.push_back(static_cast<double>(v));
      }
    } else {
      for (std::size_t i = 0; i < in.size(); i += 2) {
        Point const back = g.to_source(Point{in[i], in[i + 1]});
        Point const there = g.from_source(back);
        for (float const v : {back.x, back.y}) out.push_back(static_cast<double>(v));
        CHECK(std::abs(there.x - in[i]) <= 1e-3f);
        CHECK(std::abs(there.y - in[i + 1]) <= 1e-3f);
      }
    }
    auto const result = c.compare(out);
    INFO(result.message);
    CHECK(result.ok);
  }
  CHECK(cases == 28);
}

TEST_CASE("letterbox: by hand") {
  // 1080 x 1920 into 640 x 640: a third, 360 rows, 140 above and below
  LetterboxGeometry const g = letterbox_geometry({1080, 1920}, {640, 640});
  CHECK(g.scale == 640.0 / 1920);
  CHECK(g.top == 140);
  CHECK(g.left == 0);
  CHECK(g.height == 360);
  CHECK(g.width == 640);
  Box const b =
      g.to_source(Box{100, 150, 300, 600});  // (150 - 140) * 3 = 30; the lower edge is clipped
  CHECK(b.x0 == 300);
  CHECK(b.y0 == 30);
  CHECK(b.x1 == 900);
  CHECK(b.y1 == 1080);
  Box const there = g.from_source(Box{300, 30, 900, 1080});
  CHECK(std::abs(there.x0 - 100) <= 1e-4f);
  CHECK(std::abs(there.y0 - 150) <= 1e-4f);
  CHECK(std::abs(there.y1 - 500) <= 1e-4f);

  // an odd rest: 3 rows of 8 left, one above and two below
  LetterboxGeometry const odd = letterbox_geometry({5, 8}, {8, 8});
  CHECK(odd.top == 1);
  CHECK(odd.height == 5);
  LetterboxGeometry const corner = letterbox_geometry({5, 8}, {8, 8}, Anchor::top_left);
  CHECK(corner.top == 0);
  CHECK(corner.left == 0);
  LetterboxGeometry const small =
      letterbox_geometry({5, 8}, {80, 80}, Anchor::center, Upscale::never);
  CHECK(small.scale == 1);
  CHECK(small.top == 37);
  CHECK(small.left == 36);
  CHECK(letterbox_geometry({1, 4000}, {640, 640}).height == 1);  // 0.16 rows are one row

  test::Pixels p(1, 1, 2, 1);
  p.v = {10, 30};
  test::Picture<std::uint8_t, HW> const src(p);
  CHECK(test::evaluate<std::uint8_t, HW>(src.in() | views::letterbox(3, 2, {.fill = 7})).v ==
        std::vector<double>{7, 7, 10, 30, 7, 7});
  CHECK(
      test::evaluate<std::uint8_t, HW>(
          src.in() | views::letterbox(
                         2, 3, {.fill = 7, .anchor = Anchor::top_left, .upscale = Upscale::never}))
          .v == std::vector<double>{10, 30, 7, 7, 7, 7});
  CHECK(test::evaluate<std::uint8_t, HW>(src.in() | views::letterbox(0, 3)).v.empty());
}

TEST_CASE("letterbox: a colour for every channel") {
  test::Picture<std::uint8_t, HWC<3>> const src(test::noise(1, 4, 4, 3));
  auto const got = test::evaluate<std::uint8_t, HWC<3>>(
      src.in() | views::letterbox(4, 6, {.fill = {1.0f, 2.0f, 3.0f}}));
  for (int c = 0; c < 3; ++c) {
    CHECK(got.at(0, 2, 0, c) == c + 1);
    CHECK(got.at(0, 2, 5, c) == c + 1);
  }
}

TEST_CASE("letterbox: bad arguments") {
  test::Picture<std::uint8_t, HWC<3>> const empty(1, 0, 9, 3);
  test::Picture<std::uint8_t, HWC<3>> const src(test::noise(1, 3, 3, 3));
  CHECK_THAT(test::refusal([] { (void)views::letterbox(640, -1); }),
             ContainsSubstring("pane::views::letterbox: the size 640 x -1 is negative"));
  CHECK_THAT(test::refusal([&] { (void)(empty.in() | views::letterbox(2, 2)); }),
             ContainsSubstring("pane::views::letterbox: image 0 is 0 x 9: there is nothing to "
                               "sample: src is HWC u8 [0, 9, 3]"));
  CHECK_THAT(test::refusal([&] {
               (void)(src.in() | views::letterbox(2, 2, {.fill = {1.0f, 2.0f}}));
             }),
             ContainsSubstring("pane::views::letterbox: fill has 2 values: it needs one, or one "
                               "for each of the 3 channels: src is HWC u8 [3, 3, 3]"));
}
