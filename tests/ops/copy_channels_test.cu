// SPDX-License-Identifier: MIT
// Many channels, and numbers of channels that are known at run time only.

#include <tests/ops/strided_array.hpp>

#include <cstdint>

using namespace pane;
using u8 = std::uint8_t;

TEST_CASE("copy: many channels") {
  test::check_copy<u8, NHWC<>, u8, NCHW<>>({2, 5, 7, 64});
  test::check_copy<u8, NCHW<>, u8, NCHWc<64, 32>>({2, 5, 7, 64});
  test::check_copy<u8, NCHWc<64, 32>, u8, NHWC<>>({2, 5, 7, 64});
  test::check_copy<u8, NHWC<>, u8, NCHWc<64, 32>>({1, 3, 130, 64}, {1, 1, 3, 1});
  test::check_copy<u8, NHWC<5>, u8, NCHW<5>>({2, 5, 7, 5});
  test::check_copy<u8, NCHW<5>, u8, NCHWc<5, 4>>({2, 5, 7, 5});  // three places of padding
  test::check_copy<float, NHWC<>, u8, NCHW<5>>({2, 5, 7, 5});
  test::check_copy<u8, NHWC<>, u8, NCHW<>>({70, 1, 2, 1000});  // 70,000 images of one channel
}
