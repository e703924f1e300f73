// SPDX-License-Identifier: MIT
// The verbs that change values and channels; see eager_test.cu.

#include <pane/ops/eager.hpp>
#include <tests/ops/eager_check.hpp>

#include <cstdint>
#include <vector>

using namespace pane;
using test::h;
using test::w;
using u8 = std::uint8_t;

TEST_CASE("eager: the verbs that change values") {
  test::check_both<3, 3>(
      {h, w},
      [](auto where, auto const& src, auto const& dst) {
        scale_offset(where, src, dst, 0.5f, 3.0f);
      },
      views::scale_offset(0.5f, 3.0f));
  Vec<float, 3> const mean{{1, 2, 3}};
  Vec<float, 3> const std{{0.5f, 2, 4}};
  test::check_both<3, 3>(
      {h, w},
      [&](auto where, auto const& src, auto const& dst) { normalize(where, src, dst, mean, std); },
      views::normalize(mean, std));
}

TEST_CASE("eager: colours and channels") {
  test::check_both<3, 3>(
      {h, w},
      [](auto where, auto const& src, auto const& dst) { reorder<2, 1, 0>(where, src, dst); },
      views::reorder<2, 1, 0>());
  test::check_both<3, 1>(
      {h, w}, [](auto where, auto const& src, auto const& dst) { gray(where, src, dst); },
      views::gray());
  test::check_both<3, 3>(
      {h, w},
      [](auto where, auto const& src, auto const& dst) {
        to_rgb(where, src, dst, bt709, limited_range);
      },
      views::to_rgb(bt709, limited_range));
}

TEST_CASE("eager: reformat and convert are copy, and truncate when told to") {
  test::check<3>(
      {h, w}, [](auto where, auto const& dst) { reformat(where, test::image<3>(), dst); },
      test::image<3>());
  test::check<3>(
      {h, w}, [](auto where, auto const& dst) { convert(where, test::image<3>(), dst); },
      test::image<3>());
  test::Buffer<float> const in(std::vector<float>{-1.9f, 0.5f, 1.5f, 2.9f, 300.0f, 7.0f});
  test::Buffer<u8> const out(6);
  Tensor<u8, HW> const dst(out.data(), {2, 3});
  Tensor<float const, HW> const src(in.data(), {2, 3});
  test::on_machine([&](auto where) { convert(where, src, dst); });
  CHECK(out.download() == std::vector<u8>{0, 0, 2, 3, 255, 7});
  test::on_machine([&](auto where) { convert<Rounding::toward_zero>(where, src, dst); });
  CHECK(out.download() == std::vector<u8>{0, 0, 1, 2, 255, 7});
}
