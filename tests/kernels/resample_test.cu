// SPDX-License-Identifier: MIT
#include <pane/kernels/resample.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/normalize.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstdint>

using namespace pane;

TEST_CASE("resample: which chains are worked out tile by tile") {
  using Source = Tensor<std::uint8_t const, HWC<3>>;
  using Plain = decltype(Source() | views::resize(1, 1));
  using Gathered = views::Resample<Source>;
  using Above = decltype(std::declval<Gathered>() | views::convert<float>());
  static_assert(!detail::gathers_tiles<Source>);
  static_assert(!detail::gathers_tiles<Plain>);
  static_assert(detail::gathers_tiles<Gathered>);
  static_assert(detail::gathers_tiles<Above>);
  SUCCEED();
}

TEST_CASE("resample: pointwise views above see the pixel and its place") {
  test::Picture<std::uint8_t, NHWC<3>> const src(test::noise(3, 40, 100, 3));
  auto const resized = src.in() | views::resize(21, 67, antialias);
  auto const plain = test::evaluate<float, NHWC<3>>(resized);
  auto const above = test::evaluate<float, NCHW<3>>(resized | views::scale_offset(2.0f, 1.0f));
  test::Pixels want = plain;
  for (double& v : want.v) v = 2 * v + 1;
  CHECK(test::difference(above, want, 1e-4) == "");
}
