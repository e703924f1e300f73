// SPDX-License-Identifier: MIT
#include <pane/core/planes.hpp>
#include <pane/kernels/planes_read.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/normalize.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstdint>
#include <string>

using namespace pane;

TEST_CASE("planes read: which chains begin with the colours of planes") {
  using Frame = Nv12<std::uint8_t const>;
  using Rgb = decltype(std::declval<Frame>() | views::to_rgb(bt709, limited_range));
  using Above = decltype(std::declval<Rgb>() | views::scale_offset(2.0f, 1.0f));
  using Plain = decltype(std::declval<Frame>() | views::scale_offset(2.0f, 1.0f));
  static_assert(detail::converts_planes<Rgb>());
  static_assert(detail::converts_planes<Above>());
  static_assert(!detail::converts_planes<Plain>());
  static_assert(!detail::converts_planes<Frame>());
  SUCCEED();
}

TEST_CASE("planes read: runs of whole words, from any address, and single pixels give the same") {
  for (int const width : {48, 44, 300}) {
    test::Pixels const tall = test::noise(2, 27, width, 1);
    test::Pixels u(2, 9, width / 2, 1);
    test::Pixels v = u;
    test::for_each(u, [&](std::int64_t n, int y, int x, int) {
      u.at(n, y, x, 0) = tall.at(n, 18 + y, 2 * x, 0);
      v.at(n, y, x, 0) = tall.at(n, 18 + y, 2 * x + 1, 0);
    });
    test::Picture<std::uint8_t, NHW> const luma([&] {
      test::Pixels top(2, 18, width, 1);
      test::for_each(top, [&](std::int64_t n, int y, int x, int) {
        top.at(n, y, x, 0) = tall.at(n, y, x, 0);
      });
      return top;
    }());
    test::Picture<std::uint8_t, NHW> const of_u(u);
    test::Picture<std::uint8_t, NHW> const of_v(v);
    Planes<std::uint8_t const> const apart(luma.in(), of_u.in(), of_v.in(), 1, 1);
    CHECK(detail::planes_read_runs<8>(apart) == detail::Runs::none);
    auto const to_rgb = views::to_rgb(bt709, limited_range);
    auto const scaled = to_rgb | views::normalize({1.0f, 2.0f, 3.0f}, {4.0f, 5.0f, 6.0f});
    auto const bytes = test::evaluate<std::uint8_t, NHWC<3>>(apart | to_rgb);
    auto const floats = test::evaluate<float, NCHW<3>>(apart | scaled);
    for (test::Place const from : {test::Place{}, test::Place{.gap = 4},
                                   test::Place{.offset_bytes = 1}, test::Place{.gap = 3}}) {
      test::Picture<std::uint8_t, NHW> const src(tall, from);
      auto const frame = nv12_tall(src.in());
      auto const runs = detail::planes_read_runs<8>(frame);
      INFO("width " << width << ", offset " << from.offset_bytes << ", gap " << from.gap);
      CHECK((runs == detail::Runs::words) ==
            (from.offset_bytes == 0 && (width + from.gap) % 8 == 0));
      CHECK(runs != detail::Runs::none);
      for (test::Place const to : test::places<std::uint8_t>())
        CHECK(test::difference(test::evaluate<std::uint8_t, NHWC<3>>(frame | to_rgb, to), bytes) ==
              "");
      CHECK(test::difference(test::evaluate<float, NCHW<3>>(frame | scaled), floats) == "");
      auto const part = views::crop({10, 4, 33, 9});
      CHECK(test::difference(test::evaluate<std::uint8_t, NHWC<3>>(frame | part | to_rgb),
                             test::evaluate<std::uint8_t, NHWC<3>>(apart | part | to_rgb)) == "");
    }
  }
}

TEST_CASE("planes read: 16 bits") {
  test::Pixels const tall = test::noise(1, 12, 32, 1, 0, 65535);
  test::Picture<std::uint16_t, NHW> const src(tall);
  test::Picture<std::uint16_t, NHW> const shifted(tall, {.offset_bytes = 2});
  auto const to_rgb = views::to_rgb(bt2020, full_range, {.bits = 16});
  CHECK(detail::planes_read_runs<8>(nv12_tall(src.in())) == detail::Runs::words);
  CHECK(detail::planes_read_runs<8>(nv12_tall(shifted.in())) == detail::Runs::none);
  CHECK(test::difference(test::evaluate<float, NHWC<3>>(nv12_tall(src.in()) | to_rgb),
                         test::evaluate<float, NHWC<3>>(nv12_tall(shifted.in()) | to_rgb)) == "");
}
