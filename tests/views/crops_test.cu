// SPDX-License-Identifier: MIT

#include <pane/core/batch.hpp>
#include <pane/core/planes.hpp>
#include <pane/kernels/lend.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/crops.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/golden_picture.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<CropBox> boxes_of(test::GoldenCase const& c) {
  std::vector<CropBox> boxes;
  for (auto const& box : c.params().at("boxes")) boxes.push_back({.roi = test::roi_of(box)});
  return boxes;
}

/// Boxes inside images of 40 x 50, spread over `images` of them.
std::vector<CropBox> many_boxes(int count, int images) {
  std::vector<CropBox> boxes;
  for (int i = 0; i < count; ++i) {
    auto const hash = [i](std::uint32_t seed, int range) {
      return static_cast<int>(test::hash_u32(seed, static_cast<std::uint32_t>(i)) %
                              static_cast<std::uint32_t>(range));
    };
    int const x = hash(1, 50);
    int const y = hash(2, 40);
    boxes.push_back(
        {.roi = {x, y, 1 + hash(3, 50 - x), 1 + hash(4, 40 - y)}, .image = hash(5, images)});
  }
  return boxes;
}

/// Each box by itself: crop of one image, then resize.
test::Pixels item_by_item(Tensor<std::uint8_t const, NHWC<3>> const& images,
                          std::vector<CropBox> const& boxes) {
  test::Pixels all(static_cast<std::int64_t>(boxes.size()), 9, 7, 3);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    auto const one = test::evaluate<std::uint8_t, HWC<3>>(
        item(images, boxes[i].image) | views::crop(boxes[i].roi) | views::resize(9, 7));
    test::for_each(one, [&](std::int64_t, int y, int x, int c) {
      all.at(static_cast<std::int64_t>(i), y, x, c) = one.at(0, y, x, c);
    });
  }
  return all;
}

}  // namespace

TEST_CASE("crops: as NumPy and OpenCV") {
  test::Golden const golden("crop");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("verb") != "crops_resize") continue;
    ++cases;
    auto const src = test::input_picture<std::uint8_t, HWC<3>>(c);
    auto const view =
        views::crops(boxes_of(c)) | views::resize(c.params().at("height"), c.params().at("width"));
    test::check_case(
        c, test::evaluate<std::uint8_t, NHWC<3>>(src.in() | view, {.offset_bytes = 1, .gap = 2}));
  }
  CHECK(cases == 2);
}

TEST_CASE("crops: boxes as they are go to images of their own size") {
  test::Golden const golden("crop");
  auto const& c = golden.at("crops_same_size");
  auto const boxes = boxes_of(c);
  auto const src = test::input_picture<std::uint8_t, HWC<3>>(c);
  test::Picture<std::uint8_t, NHWC<3>> const dst(4, 11, 13, 3);
  std::vector<Tensor<std::uint8_t, HWC<3>>> items;
  for (int n = 0; n < 4; ++n) items.push_back(item(dst.out(), n));
  test::on_machine([&](auto where) { copy(where, src.in() | views::crops(boxes), batch(items)); });
  test::check_case(c, dst.pixels());

  // and of sizes that differ
  std::vector<CropBox> const odd{{.roi = {1, 2, 3, 5}},
                                 {.roi = {96, 0, 1, 61}},
                                 {.roi = {0, 60, 97, 1}},
                                 {.roi = {3, 3, 90, 50}}};
  std::vector<std::unique_ptr<test::Picture<std::uint8_t, HWC<3>>>> pictures;
  items.clear();
  for (CropBox const& box : odd) {
    pictures.push_back(std::make_unique<test::Picture<std::uint8_t, HWC<3>>>(
        1, box.roi.height, box.roi.width, 3, test::Place{.gap = 1}));
    items.push_back(pictures.back()->out());
  }
  test::on_machine([&](auto where) { copy(where, src.in() | views::crops(odd), batch(items)); });
  test::Pixels const whole = test::pixels_of(c.input());
  for (std::size_t i = 0; i < odd.size(); ++i) {
    test::Pixels want(1, odd[i].roi.height, odd[i].roi.width, 3);
    test::for_each(want, [&](std::int64_t, int y, int x, int ch) {
      want.at(0, y, x, ch) = whole.at(0, odd[i].roi.y + y, odd[i].roi.x + x, ch);
    });
    CHECK(test::difference(pictures[i]->pixels(), want) == "");
  }
}

TEST_CASE("crops: boxes of many images equal their crops one by one") {
  test::Picture<std::uint8_t, NHWC<3>> const src(test::noise(5, 40, 50, 3),
                                                 {.offset_bytes = 1, .gap = 1});
  auto const boxes = many_boxes(30, 5);
  auto const got =
      test::evaluate<std::uint8_t, NHWC<3>>(src.in() | views::crops(boxes) | views::resize(9, 7));
  CHECK(test::difference(got, item_by_item(src.in(), boxes)) == "");
  auto const none = test::evaluate<std::uint8_t, NHWC<3>>(src.in() | views::crops(boxes.data(), 0) |
                                                          views::resize(9, 7));
  CHECK(none.batch == 0);
}

TEST_CASE("crops: 500 boxes in lent memory equal their crops one by one") {
  test::Picture<std::uint8_t, NHWC<3>> const src(test::noise(5, 40, 50, 3), {.gap = 1});
  auto const boxes = many_boxes(500, 5);
  REQUIRE(List<CropBox>::capacity < 500);
  test::Buffer<std::uint8_t> const scratch(scratch_bytes<CropBox>(500));
  test::Picture<std::uint8_t, NHWC<3>> const dst(500, 9, 7, 3);
  test::on_machine([&](auto where) {
    auto const list = lend(where, boxes.data(), 500, scratch.data(), scratch.bytes());
    copy(where, src.in() | views::crops(list) | views::resize(9, 7), dst.out());
  });
  CHECK(test::difference(dst.pixels(), item_by_item(src.in(), boxes)) == "");
}

TEST_CASE("crops: lent boxes that reach outside are clipped, and nothing outside is read") {
  test::Picture<std::uint8_t, NHWC<3>> const src(test::noise(2, 40, 50, 3));
  int const big = 2147483647;
  std::vector<CropBox> const wild{
      {.roi = {-10, -10, 30, 30}, .image = 0},   {.roi = {45, 35, 100, 100}, .image = 1},
      {.roi = {big, big, big, big}, .image = 1}, {.roi = {-big, -big, 5, 5}, .image = 0},
      {.roi = {10, 10, -3, 0}, .image = 0},      {.roi = {3, 4, 5, 6}, .image = 99},
      {.roi = {3, 4, 5, 6}, .image = -99},       {.roi = {-5, 7, big, 2}, .image = 1}};
  std::vector<CropBox> const tame{
      {.roi = {0, 0, 20, 20}, .image = 0}, {.roi = {45, 35, 5, 5}, .image = 1},
      {.roi = {49, 39, 1, 1}, .image = 1}, {.roi = {0, 0, 1, 1}, .image = 0},
      {.roi = {10, 10, 1, 1}, .image = 0}, {.roi = {3, 4, 5, 6}, .image = 1},
      {.roi = {3, 4, 5, 6}, .image = 0},   {.roi = {0, 7, 50, 2}, .image = 1}};
  test::Buffer<CropBox> const device(wild);  // as a kernel of the caller would have left them
  List<CropBox> const list{.count = static_cast<std::int64_t>(wild.size()), .lent = device.data()};
  auto const got =
      test::evaluate<std::uint8_t, NHWC<3>>(src.in() | views::crops(list) | views::resize(9, 7));
  CHECK(test::difference(got, item_by_item(src.in(), tame)) == "");
  CHECK(clipped({-10, -10, 30, 30}, {40, 50}) == Roi{0, 0, 20, 20});
  CHECK(clipped({big, 3, big, 1}, {40, 50}) == Roi{49, 3, 1, 1});
  CHECK(clipped({-big, 3, big, big}, {40, 50}) == Roi{0, 3, 1, 37});
}

TEST_CASE("crops: boxes of NV12 at odd places") {
  test::Picture<std::uint8_t, NHW> const tall(test::noise(2, 36, 30, 1), {.gap = 1});
  auto const frames = nv12_tall(tall.in());
  std::vector<CropBox> const boxes{{.roi = {3, 5, 11, 7}, .image = 1},
                                   {.roi = {0, 0, 30, 24}, .image = 0},
                                   {.roi = {29, 23, 1, 1}, .image = 1}};
  auto const got =
      test::evaluate<float, NHWC<3>>(frames | views::crops(boxes) | views::resize(8, 9));
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    auto const all =
        test::evaluate<float, NHWC<3>>(frames | views::crop(boxes[i].roi) | views::resize(8, 9));
    test::Pixels one(1, 8, 9, 3);
    test::Pixels want(1, 8, 9, 3);
    test::for_each(one, [&](std::int64_t, int y, int x, int c) {
      one.at(0, y, x, c) = got.at(static_cast<std::int64_t>(i), y, x, c);
      want.at(0, y, x, c) = all.at(boxes[i].image, y, x, c);
    });
    CHECK(test::difference(one, want) == "");
  }
}

TEST_CASE("crops: bad arguments") {
  test::Picture<std::uint8_t, NHWC<3>> const src(2, 40, 50, 3);
  auto const refused = [&](CropBox box) {
    return test::refusal([&] { (void)(src.in() | views::crops(&box, 1)); });
  };
  CHECK_THAT(refused({.roi = {45, 0, 6, 6}, .image = 1}),
             ContainsSubstring("pane::views::crops: box 0 is x 45 y 0 width 6 height 6 of image 1: "
                               "it must have pixels and lie inside its image: "
                               "src is NHWC u8 [2, 40, 50, 3]") &&
                 ContainsSubstring("pane::clipped(roi, size) clips a box"));
  CHECK_THAT(refused({.roi = {0, 0, 0, 6}}), ContainsSubstring("it must have pixels"));
  CHECK_THAT(refused({.roi = {-1, 0, 6, 6}}), ContainsSubstring("box 0 is x -1"));
  CHECK_THAT(refused({.roi = {0, 0, 6, 6}, .image = 2}), ContainsSubstring("of image 2"));
  CHECK_THAT(refused({.roi = {2147483647, 0, 2147483647, 1}}),
             ContainsSubstring("lie inside its image"));
  auto const boxes = many_boxes(500, 2);
  CHECK_THAT(
      test::refusal([&] { (void)views::crops(boxes); }),
      ContainsSubstring("pane::make_list: 500 entries do not fit in a kernel's parameters") &&
          ContainsSubstring("pane::lend("));
  test::Buffer<std::uint8_t> const scratch(100);
  CHECK_THAT(test::refusal([&] {
               test::on_machine([&](auto where) {
                 (void)lend(where, boxes.data(), 500, scratch.data(), scratch.bytes());
               });
             }),
             ContainsSubstring("pane::lend: 500 entries need 10000 bytes"));
  test::Picture<std::uint8_t, NHWC<3>> const empty(2, 0, 50, 3);
  CHECK_THAT(test::refusal([&] { (void)(empty.in() | views::crops(boxes.data(), 1)); }),
             ContainsSubstring("pane::views::crops: the source has no pixels"));
}
