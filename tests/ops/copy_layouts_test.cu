// SPDX-License-Identifier: MIT
// Batches from every layout to every other; single images and many channels are in copy_test.cu.

#include <tests/ops/strided_array.hpp>

#include <cstdint>

using namespace pane;
using u8 = std::uint8_t;

namespace {

/// One layout to every layout of the list: aligned and packed, and with odd addresses and pitches.
template <class S, class... D>
void check_from(int c) {
  (test::check_copy<u8, S, u8, D>({3, 17, 132, c}), ...);
  (test::check_copy<u8, S, u8, D>({3, 3, 9, c}, {1, 3, 2, 5}), ...);
}

}  // namespace

TEST_CASE("copy: every pair of layouts of a batch") {
  check_from<NHWC<3>, NHWC<3>, NCHW<3>, NCHWc<3, 4>, NCHWc<3, 32>>(3);
  check_from<NCHW<3>, NHWC<3>, NCHW<3>, NCHWc<3, 4>, NCHWc<3, 32>>(3);
  check_from<NCHWc<3, 4>, NHWC<3>, NCHW<3>, NCHWc<3, 4>, NCHWc<3, 32>>(3);
  check_from<NCHWc<3, 32>, NHWC<3>, NCHW<3>, NCHWc<3, 4>, NCHWc<3, 32>>(3);
}
