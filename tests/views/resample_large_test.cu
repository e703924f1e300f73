// SPDX-License-Identifier: MIT
// Sources that no tile holds, against the same pixels one by one: a crop reads them so.
#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/resample_large.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstdint>
#include <string>
#include <utility>

using namespace pane;

namespace {

/// The difference to the same chain over doubles, pixel by pixel; "" where there is none beyond the bound.
template <class Img, class Exact>
std::string against_single(Img const& image, Exact const& exact, Size to, ResampleFilter filter) {
  auto const resized = views::resize(to.height, to.width, Antialias{filter});
  auto const together = test::evaluate<float, HWC<3>>(image | resized);
  auto const again = test::evaluate<float, HWC<3>>(image | resized);
  CHECK(test::difference(together, again) == "");  // results repeat
  auto const single =
      test::evaluate<double, HWC<3>>(exact | resized | views::crop({0, 0, to.width, to.height}));
  return test::difference(together, single, 1e-3);
}

/// Whether a picture goes this way at all.
template <class T>
bool is_large(Size from, Size to, ResampleFilter filter) {
  using Part = detail::ResamplePart<Tensor<T const, HWC<3>>, false>;
  Size const tile = detail::resample_tile<Part>(from, to, filter);
  return tile.width == 1 && tile.height == 1;
}

}  // namespace

TEST_CASE("resample large: wide, tall and both, from any address, are what single pixels are") {
  for (auto const& [from, to] :
       {std::pair{Size{9, 20011}, Size{2, 3}}, std::pair{Size{20011, 9}, Size{3, 2}},
        std::pair{Size{1500, 701}, Size{2, 1}}, std::pair{Size{5003, 1}, Size{1, 1}},
        std::pair{Size{1, 9001}, Size{1, 2}}}) {
    INFO(from.height << " x " << from.width);
    test::Pixels const noise = test::noise(1, from.height, from.width, 3);
    test::Picture<double, HWC<3>> const exact(noise);
    for (test::Place const place : {test::Place{}, test::Place{.offset_bytes = 1, .gap = 3}}) {
      test::Picture<std::uint8_t, HWC<3>> const src(noise, place);
      CHECK(against_single(src.in(), exact.in(), to, ResampleFilter::triangle) == "");
    }
    test::Picture<float, HWC<3>> const floats(noise);
    CHECK(against_single(floats.in(), exact.in(), to, ResampleFilter::triangle) == "");
  }
  CHECK(is_large<std::uint8_t>({9, 20011}, {2, 3}, ResampleFilter::triangle));
  CHECK(is_large<std::uint8_t>({20011, 9}, {3, 2}, ResampleFilter::triangle));
  CHECK(is_large<std::uint8_t>({1500, 701}, {2, 1}, ResampleFilter::triangle));
}

TEST_CASE("resample large: every filter, and planes of two resolutions") {
  test::Pixels const noise = test::noise(1, 60, 6001, 3);
  test::Picture<std::uint8_t, HWC<3>> const src(noise);
  test::Picture<double, HWC<3>> const exact(noise);
  for (ResampleFilter const filter :
       {ResampleFilter::box, ResampleFilter::area, ResampleFilter::triangle,
        ResampleFilter::hamming, ResampleFilter::bicubic, ResampleFilter::lanczos}) {
    INFO(static_cast<int>(filter));
    CHECK(against_single(src.in(), exact.in(), {2, 2}, filter) == "");
  }
  test::Pixels const tall = test::noise(1, 66, 9002, 1, 16, 235);
  test::Picture<double, HW> const tall_exact(tall);
  for (test::Place const place : {test::Place{}, test::Place{.offset_bytes = 1, .gap = 3}}) {
    test::Picture<std::uint8_t, HW> const luma(tall, place);
    CHECK(against_single(nv12_tall(luma.in()), nv12_tall(tall_exact.in()), {3, 2},
                         ResampleFilter::triangle) == "");
  }
}

TEST_CASE("resample large: a flat picture stays flat") {
  test::Pixels flat(1, 2000, 3000, 3);
  for (double& v : flat.v) v = 255;
  test::Picture<std::uint8_t, HWC<3>> const src(flat);
  auto const got = test::evaluate<std::uint8_t, HWC<3>>(src.in() | views::resize(2, 2, antialias));
  for (double const v : got.v) CHECK(v == 255);
}
