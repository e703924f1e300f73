// SPDX-License-Identifier: MIT
// Each verb is the copy of its view. The views have tests of their own; here it is the same call under another name.

#include <pane/ops/eager.hpp>
#include <tests/ops/eager_check.hpp>

#include <cstdint>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using test::h;
using test::w;
using u8 = std::uint8_t;

TEST_CASE("eager: the verbs that move and resample pixels") {
  test::check_both<3, 3>(
      {5, 20}, [](auto where, auto const& src, auto const& dst) { resize(where, src, dst); },
      views::resize(5, 20));
  test::check_both<3, 3>(
      {6, 7}, [](auto where, auto const& src, auto const& dst) { crop(where, src, dst, 3, 2); },
      views::crop({3, 2, 7, 6}));
  test::check_both<3, 3>(
      {w, h}, [](auto where, auto const& src, auto const& dst) { rot90(where, src, dst, 3); },
      views::rot90(3));
}

TEST_CASE("eager: letterbox, pad and flip") {
  test::check<3>(
      {16, 16},
      [](auto where, auto const& dst) { letterbox(where, test::image<3>(), dst, {.fill = 7}); },
      test::image<3>() | views::letterbox(16, 16, {.fill = 7}));
  test::check<3>(
      {12, 20},
      [](auto where, auto const& dst) {
        pad(where, test::image<3>(), dst, 1, 2, Border::reflect_101);
      },
      test::image<3>() |
          views::pad(
              {.top = 1, .bottom = 2, .left = 2, .right = 4, .border = Border::reflect_101}));
  test::check<3>(
      {h, w},
      [](auto where, auto const& dst) { flip(where, test::image<3>(), dst, FlipAxis::both); },
      test::image<3>() | views::flip(FlipAxis::both));
}

TEST_CASE("eager: a list of boxes into a batch") {
  List<CropBox> boxes;
  boxes.count = 2;
  boxes.own[0] = {{1, 2, 5, 4}, 0};
  boxes.own[1] = {{0, 0, w, h}, 0};
  test::Buffer<u8> const by_verb(2 * 4 * 4 * 3);
  test::Buffer<u8> const by_copy(2 * 4 * 4 * 3);
  auto const at = [](test::Buffer<u8> const& b) {
    return Tensor<u8, NHWC<3>>(b.data(), {2, 4, 4, 3});
  };
  test::on_machine([&](auto where) {
    crop_resize(where, test::image<3>(), boxes, at(by_verb));
    copy(where, test::image<3>() | views::crops(boxes) | views::resize(4, 4), at(by_copy));
  });
  CHECK(by_verb.download() == by_copy.download());
}

TEST_CASE("eager: gaussian") {
  test::check<3>(
      {h, w},
      [](auto where, auto const& dst) { gaussian(where, test::image<3>(), dst, {.size = 3}); },
      test::image<3>() | views::gaussian({.size = 3}));
}

TEST_CASE("eager: a wrong number of channels is refused, and the verb names itself") {
  test::Buffer<u8> const out(h * w * 5);
  Tensor<u8 const, HWC<>> const three = test::image<3>();
  auto const dst = [&](int c) { return Tensor<u8, HWC<>>(out.data(), {h, w, c}); };
  Tensor<u8 const, HWC<>> const five(test::picture().data(), {2, 3, 5});
  test::on_machine([&](auto where) {
    CHECK_THROWS_WITH(
        flip(where, five, dst(5), FlipAxis::both),
        ContainsSubstring("pane::flip: dst is HWC u8 [9, 14, 5]") &&
            ContainsSubstring("src has a number of channels that this operation does not take"));
    CHECK_THROWS_WITH(
        flip(where, three, dst(4), FlipAxis::both),
        ContainsSubstring("pane::flip: ") && ContainsSubstring("dst must have 3 channels"));
    CHECK_THROWS_WITH(flip(where, three, Tensor<u8, HWC<4>>(out.data(), {h, w, 4}), FlipAxis::both),
                      ContainsSubstring("the number of channels does not fit"));
    CHECK_THROWS_WITH(normalize(where, Tensor<u8 const, HWC<>>(test::image<4>()), dst(4),
                                Vec<float, 3>{{0, 0, 0}}, Vec<float, 3>{{1, 1, 1}}),
                      ContainsSubstring("pane::normalize: ") && ContainsSubstring("does not take"));
    CHECK_THROWS_WITH(
        resize(where, test::image<3>(), dst(2)),
        ContainsSubstring("pane::resize: ") && ContainsSubstring("dst must have 3 channels"));
    CHECK_THROWS_WITH(reformat(where, three, dst(4)),
                      ContainsSubstring("pane::reformat: ") &&
                          ContainsSubstring("the number of channels must agree"));
  });
  CHECK(out.download() == std::vector<u8>(h * w * 5, 0xCD));
}
