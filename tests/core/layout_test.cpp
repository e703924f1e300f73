// SPDX-License-Identifier: MIT

#include <pane/core/layout.hpp>
#include <tests/support/catch.hpp>

#include <string>

using namespace pane;

namespace {

template <class L>
void check_layout(std::string const& axes, int channels) {
  INFO(axes);
  static_assert(TensorLayout<L>);
  CHECK(std::string(L::axes) == axes);
  CHECK(L::rank == static_cast<int>(axes.size()));
  CHECK(L::channels == channels);
  for (char axis : std::string("NHWCcX")) {
    auto const place = axes.find(axis);
    CHECK(L::index_of(axis) == (place == std::string::npos ? -1 : static_cast<int>(place)));
  }
}

struct NoLayout {
  static constexpr int rank = 2;
};

}  // namespace

TEST_CASE("layout: the axes, places and channels of the named layouts") {
  check_layout<HW>("HW", 1);
  check_layout<NHW>("NHW", 1);
  check_layout<HWC<3>>("HWC", 3);
  check_layout<HWC<>>("HWC", dynamic);
  check_layout<CHW<4>>("CHW", 4);
  check_layout<CHW<>>("CHW", dynamic);
  check_layout<NHWC<1>>("NHWC", 1);
  check_layout<NHWC<>>("NHWC", dynamic);
  check_layout<NCHW<3>>("NCHW", 3);
  check_layout<NCHW<>>("NCHW", dynamic);
  check_layout<NCHWc<3, 4>>("NCHWc", 3);
  check_layout<CHWc<64, 32>>("CHWc", 64);
}

TEST_CASE("layout: axes in any order") {
  check_layout<Layout<'W', 'H'>>("WH", 1);
  check_layout<Layout<'C', 'N', 'H', 'W'>>("CNHW", dynamic);
  check_layout<Layout<'H', 'C', 'N', 'W', 'c'>>("HCNWc", dynamic);
}

TEST_CASE("layout: the extents that a layout fixes") {
  CHECK(detail::fixed_extent<HWC<3>>(2) == 3);
  CHECK(detail::fixed_extent<HWC<3>>(0) == dynamic);
  CHECK(detail::fixed_extent<HWC<>>(2) == dynamic);
  CHECK(detail::fixed_extent<CHW<4>>(0) == 4);
  CHECK(detail::fixed_extent<HW>(0) == dynamic);
  // 3 channels in blocks of 4: one block; 64 in blocks of 32: two; 65: three
  CHECK(detail::fixed_extent<NCHWc<3, 4>>(1) == 1);
  CHECK(detail::fixed_extent<NCHWc<3, 4>>(4) == 4);
  CHECK(detail::fixed_extent<NCHWc<64, 32>>(1) == 2);
  CHECK(detail::fixed_extent<NCHWc<65, 32>>(1) == 3);
  CHECK(detail::fixed_extent<CHWc<65, 32>>(0) == 3);
  CHECK(detail::fixed_extent<NCHWc<3, 4>>(0) == dynamic);
  CHECK(detail::fixed_extent<NCHWc<3, 4>>(2) == dynamic);
}

TEST_CASE("layout: two layouts have the same axes or not") {
  CHECK(detail::same_axes<HWC<3>, HWC<>>);
  CHECK(detail::same_axes<HWC<3>, Layout<'H', 'W', 'C'>>);
  CHECK_FALSE(detail::same_axes<HWC<3>, CHW<3>>);
  CHECK_FALSE(detail::same_axes<HW, HWC<1>>);
  CHECK_FALSE(detail::same_axes<HWC<1>, HW>);
}

TEST_CASE("layout: what is no layout") {
  CHECK_FALSE(TensorLayout<int>);
  CHECK_FALSE(TensorLayout<NoLayout>);
}
