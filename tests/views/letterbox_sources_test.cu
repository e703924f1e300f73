// SPDX-License-Identifier: MIT
// Letterboxes of NV12, of images of different sizes, and at the head of a whole preprocessing.

#include <pane/core/batch.hpp>
#include <pane/core/planes.hpp>
#include <pane/kernels/lend.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/color.hpp>
#include <pane/views/letterbox.hpp>
#include <pane/views/normalize.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace pane;

namespace {

using Source = Tensor<std::uint8_t const, HWC<3>>;

/// Pictures of many sizes, and each of them letterboxed by itself.
struct Sizes {
  std::vector<std::unique_ptr<test::Picture<std::uint8_t, HWC<3>>>> pictures;
  std::vector<Source> tensors;

  explicit Sizes(int count) {
    for (int i = 0; i < count; ++i) {
      int const h = 1 + i * 7 % 23;
      int const w = 1 + i * 5 % 31;
      pictures.push_back(std::make_unique<test::Picture<std::uint8_t, HWC<3>>>(
          test::noise(1, h, w, 3, 0, 255, static_cast<std::uint32_t>(i)),
          test::Place{.offset_bytes = 1, .gap = i % 3}));
      tensors.push_back(pictures.back()->in());
    }
  }
  test::Pixels item_by_item() const {
    test::Pixels all(static_cast<std::int64_t>(tensors.size()), 19, 24, 3);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      auto const one = test::evaluate<std::uint8_t, HWC<3>>(tensors[i] | views::letterbox(19, 24));
      test::for_each(one, [&](std::int64_t, int y, int x, int c) {
        all.at(static_cast<std::int64_t>(i), y, x, c) = one.at(0, y, x, c);
      });
    }
    return all;
  }
};

}  // namespace

TEST_CASE("letterbox: images of different sizes in one launch are each as they are alone") {
  Sizes const sizes(9);
  auto const images = batch(sizes.tensors);
  CHECK(images.batch() == 9);
  CHECK(test::difference(test::evaluate<std::uint8_t, NHWC<3>>(images | views::letterbox(19, 24)),
                         sizes.item_by_item()) == "");
}

TEST_CASE("letterbox: more images than a kernel's parameters hold, from lent memory") {
  Sizes const sizes(70);
  REQUIRE(batch_scratch_bytes<Source>(70) > 0);
  test::Buffer<std::uint8_t> scratch(batch_scratch_bytes<Source>(70));
  test::Picture<std::uint8_t, NHWC<3>> const dst(70, 19, 24, 3);
  test::on_machine([&](auto where) {
    auto const images =
        lend_batch(where, sizes.tensors.data(), 70, scratch.data(), scratch.bytes());
    copy(where, images | views::letterbox(19, 24), dst.out());
  });
  CHECK(test::difference(dst.pixels(), sizes.item_by_item()) == "");
}

TEST_CASE("letterbox: one number on NV12 is a gray") {
  test::Buffer<std::uint8_t> const memory(std::vector<std::uint8_t>(6 * 8, 128));
  auto const frame = nv12_tall(Tensor<std::uint8_t const, HW>{memory.data(), {6, 8}});
  auto const got = test::evaluate<float, HWC<3>>(frame | views::letterbox(8, 8, {.fill = 114}) |
                                                 views::to_rgb(bt709, limited_range));
  for (int c = 0; c < 3; ++c) {
    // luma 114 of 16 to 235 with neutral chroma is (114 - 16) * 255 / 219
    CHECK(std::abs(got.at(0, 0, 0, c) - 98.0 * 255 / 219) <= 0.001);
    CHECK(std::abs(got.at(0, 4, 4, c) - 112.0 * 255 / 219) <= 0.001);
  }
  auto const full = test::evaluate<float, HWC<3>>(frame | views::letterbox(8, 8, {.fill = 114}) |
                                                  views::to_rgb(bt601, full_range));
  for (int c = 0; c < 3; ++c) CHECK(std::abs(full.at(0, 0, 0, c) - 114) <= 0.2);
}

TEST_CASE("letterbox: an exact RGB fill on NV12") {
  test::Buffer<std::uint8_t> const memory(std::vector<std::uint8_t>(6 * 8, 128));
  auto const frame = nv12_tall(Tensor<std::uint8_t const, HW>{memory.data(), {6, 8}});
  for (ColorMatrix const matrix : {bt601, bt709, bt2020}) {
    for (ColorRange const range : {limited_range, full_range}) {
      Vec<float, 3> const rgb{{200, 30, 77}};
      auto const got = test::evaluate<float, HWC<3>>(
          frame | views::letterbox(8, 8, {.fill = to_yuv(rgb, matrix, range)}) |
          views::to_rgb(matrix, range));
      for (int c = 0; c < 3; ++c)
        CHECK(std::abs(got.at(0, 0, 7, c) - static_cast<double>(rgb[c])) <= 1e-3);
    }
  }
}

TEST_CASE(
    "letterbox: letterbox, reorder and normalise to planes in one call, as OpenCV and torchvision "
    "do it") {
  test::Golden const golden("preprocess");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    auto const& p = c.params();
    auto const src = test::input_picture<std::uint8_t, HWC<3>>(c);
    auto const boxed = src.in() | views::letterbox(p.at("height"), p.at("width"),
                                                   {.fill = p.at("fill").get<int>()});
    Vec<float, 3> const mean{{p.at("mean")[0], p.at("mean")[1], p.at("mean")[2]}};
    Vec<float, 3> const std{{p.at("std")[0], p.at("std")[1], p.at("std")[2]}};
    auto const normalise = views::normalize(mean, std, {.scale = p.at("scale")});
    if (p.at("order") == test::Json{2, 1, 0}) {
      test::check_case(
          c, test::evaluate<float, CHW<3>>(boxed | views::reorder<2, 1, 0>() | normalise));
    } else {
      test::check_case(c, test::evaluate<float, CHW<3>>(boxed | normalise));
    }
  }
  CHECK(cases == 4);
}
