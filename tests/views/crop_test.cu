// SPDX-License-Identifier: MIT

#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/flip.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <type_traits>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class T, class L>
void run(test::GoldenCase const& c) {
  auto const src = test::input_picture<T, L>(c);
  test::check_case(c, test::evaluate<T, L>(
                          src.in() | views::crop(test::roi_of(c.params().at("roi"))), {.gap = 1}));
}

}  // namespace

TEST_CASE("crop: as NumPy") {
  test::Golden const golden("crop");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("verb") != "crop") continue;
    ++cases;
    auto const channels = c.input().extent('C');
    if (c.input().dtype == "f32") {
      run<float, HWC<3>>(c);
    } else if (c.input().dtype == "s16") {
      run<std::int16_t, HWC<4>>(c);
    } else if (channels == 1) {
      run<std::uint8_t, HW>(c);
    } else if (channels == 3) {
      run<std::uint8_t, HWC<3>>(c);
    } else {
      run<std::uint8_t, HWC<4>>(c);
    }
  }
  CHECK(cases == 7);
}

TEST_CASE("crop: of a tensor it is a tensor, of a function of it the function of a tensor") {
  test::Picture<std::uint8_t, NCHW<3>> const src(test::noise(2, 9, 11, 3), {.gap = 1});
  auto const part = src.in() | views::crop({3, 1, 5, 7});
  static_assert(std::is_same_v<decltype(part), Tensor<std::uint8_t const, NCHW<3>> const>);
  CHECK(part.data() == src.in().address(0, 1, 3));
  auto const mapped = src.in() | views::convert<float>() | views::crop({3, 1, 5, 7});
  static_assert(std::is_same_v<std::remove_const_t<decltype(mapped.source)>,
                               Tensor<std::uint8_t const, NCHW<3>>>);
  CHECK(test::difference(test::evaluate<float, NHWC<3>>(mapped),
                         test::evaluate<float, NHWC<3>>(part)) == "");
}

TEST_CASE("crop: of a view that is no tensor, and a crop of a crop") {
  test::Pixels p(1, 1, 6, 1);
  p.v = {1, 2, 3, 4, 5, 6};
  test::Picture<std::uint8_t, HW> const src(p);
  auto const flipped = src.in() | views::flip(FlipAxis::horizontal);
  CHECK(test::evaluate<std::uint8_t, HW>(flipped | views::crop({1, 0, 4, 1})).v ==
        std::vector<double>{5, 4, 3, 2});
  CHECK(test::evaluate<std::uint8_t, HW>(flipped | views::crop({1, 0, 4, 1}) |
                                         views::crop({2, 0, 2, 1}))
            .v == std::vector<double>{3, 2});
}

TEST_CASE("crop: NV12 takes odd offsets and sizes") {
  test::Picture<std::uint8_t, HW> const tall(test::noise(1, 9, 8, 1));
  auto const frame = nv12_tall(tall.in());
  auto const whole = test::evaluate<std::uint8_t, HWC<3>>(frame);
  auto const got = test::evaluate<std::uint8_t, HWC<3>>(frame | views::crop({1, 0, 7, 6}) |
                                                        views::crop({2, 3, 3, 1}));
  test::Pixels want(1, 1, 3, 3);
  test::for_each(want, [&](std::int64_t, int y, int x, int c) {
    want.at(0, y, x, c) = whole.at(0, 3 + y, 3 + x, c);
  });
  CHECK(test::difference(got, want) == "");
}

TEST_CASE("center_crop: the halves of an odd rest are rounded to even, as torchvision does") {
  test::Pixels p(1, 1, 9, 1);
  for (std::size_t i = 0; i < 9; ++i) p.v[i] = static_cast<double>(i);
  test::Picture<std::uint8_t, HW> const src(p);
  auto const first = [&](int width) {
    return test::evaluate<std::uint8_t, HW>(src.in() | views::center_crop(1, width)).v[0];
  };
  CHECK(first(9) == 0);
  CHECK(first(8) == 0);  // round(0.5)
  CHECK(first(7) == 1);
  CHECK(first(6) == 2);  // round(1.5)
  CHECK(first(4) == 2);  // round(2.5)
  CHECK(first(1) == 4);
}

TEST_CASE("crop: far into the widest image") {
  test::Buffer<std::uint8_t> const one(std::vector<std::uint8_t>{42});
  auto const wide = Tensor<std::uint8_t const, HW>::strided(one.data(), {1, 2147483647}, {0, 0});
  CHECK(test::evaluate<std::uint8_t, HW>(wide | views::crop({2147483640, 0, 7, 1})).v ==
        std::vector<double>(7, 42.0));
  CHECK_THAT(test::refusal([&] {
               (void)(wide | views::crop({2147483641, 0, 7, 1}));
             }),
             ContainsSubstring("is not inside 1 rows"));
}

TEST_CASE("crop: bad arguments") {
  test::Picture<std::uint8_t, HWC<3>> const src(1, 5, 6, 3);
  for (Roi const roi : {Roi{-1, 0, 2, 2}, Roi{0, -1, 2, 2}, Roi{5, 0, 2, 2}, Roi{0, 4, 2, 2},
                        Roi{0, 0, -1, 2}, Roi{2147483647, 0, 2147483647, 1}}) {
    CHECK_THAT(
        test::refusal([&] { (void)(src.in() | views::crop(roi)); }),
        ContainsSubstring("pane::views::crop: the rectangle x " + std::to_string(roi.x)) &&
            ContainsSubstring("is not inside 5 rows and 6 columns: src is HWC u8 [5, 6, 3]") &&
            ContainsSubstring("views::pad"));
  }
  CHECK_THAT(test::refusal([&] { (void)(src.in() | views::center_crop(6, 6)); }),
             ContainsSubstring("pane::views::center_crop: the rectangle"));
}
