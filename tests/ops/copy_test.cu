// SPDX-License-Identifier: MIT

#include <tests/ops/strided_array.hpp>

#include <cstdint>

using namespace pane;
using u8 = std::uint8_t;

namespace {

/// One layout to every layout of the list: aligned and packed, and with odd addresses and pitches.
template <class S, class... D>
void check_from(int c) {
  (test::check_copy<u8, S, u8, D>({1, 17, 132, c}), ...);
  (test::check_copy<u8, S, u8, D>({1, 3, 9, c}, {1, 3, 2, 5}), ...);
}
}  // namespace

TEST_CASE("copy: every pair of layouts of one image") {
  check_from<HWC<3>, HWC<3>, CHW<3>, HWC<>, CHWc<3, 4>>(3);
  check_from<CHW<3>, HWC<3>, CHW<3>, HWC<>, CHWc<3, 4>>(3);
  check_from<HWC<>, HWC<3>, CHW<3>, HWC<>>(3);
  check_from<CHWc<3, 4>, HWC<3>, CHW<3>, CHWc<3, 4>>(3);
}

TEST_CASE("copy: a single image to a batch of one") {
  test::check_copy<u8, HWC<3>, u8, NCHW<3>>({1, 5, 40, 3});
  test::check_copy<u8, NCHWc<3, 4>, u8, CHW<3>>({1, 5, 40, 3});
}

TEST_CASE("copy: planes without a channel axis, and one or four channels") {
  test::check_copy<u8, HW, u8, HW>({1, 20, 200, 1});
  test::check_copy<u8, HW, u8, HW>({1, 20, 201, 1}, {3, 1, 1, 2});
  test::check_copy<u8, NHW, u8, NHWC<1>>({5, 3, 16, 1});
  test::check_copy<u8, NHWC<4>, u8, NCHW<4>>({2, 5, 64, 4});
  test::check_copy<u8, Layout<'C', 'H', 'N', 'W'>, u8, NHWC<2>>({3, 4, 9, 2});
}

TEST_CASE("copy: sizes of zero, one, and around the tile") {
  for (int const w : {0, 1, 2, 3, 4, 5, 127, 128, 129, 131}) {
    for (int const h : {0, 1, 16, 17}) test::check_copy<u8, NHWC<3>, u8, NCHW<3>>({2, h, w, 3});
  }
  test::check_copy<u8, NHWC<3>, u8, NCHW<3>>({0, 4, 4, 3});
  test::check_copy<u8, NHWC<>, u8, NCHW<>>({2, 4, 4, 0});
  test::check_copy<u8, NHWC<3>, u8, NCHW<3>>({70000, 1, 2, 3});
}
