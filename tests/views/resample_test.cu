// SPDX-License-Identifier: MIT
// Antialiased resize against Pillow, torch and OpenCV, which all lie within their bound of the float64 formula.

#include <pane/core/planes.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/flip.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

namespace {

ResampleFilter filter_of(std::string const& name) {
  if (name == "box") return ResampleFilter::box;
  if (name == "area") return ResampleFilter::area;
  if (name == "triangle") return ResampleFilter::triangle;
  if (name == "hamming") return ResampleFilter::hamming;
  if (name == "cubic") return ResampleFilter::bicubic;
  if (name == "lanczos") return ResampleFilter::lanczos;
  throw std::runtime_error("no such filter: " + name);
}

template <class T>
int check_cases(test::Place place) {
  test::Golden const golden("antialias");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.input().dtype != name(dtype_of<T>)) continue;
    ++cases;
    Antialias const rule{filter_of(c.params().at("filter"))};
    auto const resized = views::resize(c.params().at("height"), c.params().at("width"), rule);
    test::Pixels const input = test::pixels_of(c.input());
    if (input.channels == 1) {
      test::Picture<T, HW> const src(input, place);
      test::check_case(c, test::evaluate<T, HW>(src.in() | resized, {.gap = 1}));
    } else {
      test::Picture<T, HWC<3>> const src(input, place);
      test::check_case(c, test::evaluate<T, HWC<3>>(src.in() | resized, {.gap = 1}));
    }
  }
  return cases;
}

}  // namespace

TEST_CASE(
    "antialias: within the bounds of Pillow, torch and OpenCV, from aligned and other places") {
  CHECK(check_cases<std::uint8_t>({}) == 53);
  CHECK(check_cases<std::uint8_t>({.offset_bytes = 1, .gap = 3}) == 53);
  CHECK(check_cases<float>({}) == 40);
  CHECK(check_cases<float>({.offset_bytes = 4, .gap = 1}) == 40);
}

TEST_CASE("antialias: the tile, and one pixel by itself, give the same numbers") {
  test::Pixels const noise = test::noise(2, 77, 131, 3);
  test::Picture<std::uint8_t, NHWC<3>> const src(noise);
  for (ResampleFilter const filter :
       {ResampleFilter::box, ResampleFilter::area, ResampleFilter::triangle,
        ResampleFilter::hamming, ResampleFilter::bicubic, ResampleFilter::lanczos}) {
    auto const chain = src.in() | views::resize(19, 45, Antialias{filter});
    auto const tiled = test::evaluate<float, NCHW<3>>(chain);
    // a crop reads pixel by pixel
    auto const single = test::evaluate<float, NCHW<3>>(chain | views::crop({3, 2, 40, 15}));
    test::Pixels want(2, 15, 40, 3);
    test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
      want.at(n, y, x, c) = tiled.at(n, y + 2, x + 3, c);
    });
    INFO(static_cast<int>(filter));
    // the matrix unit of a GPU adds with 22 bits of a weight and drops what is below the last place of a sum
    CHECK(test::difference(single, want, 255 * 0x1p-19) == "");
  }
}

TEST_CASE("antialias: sources wider than what shared memory holds at a time, and doubles") {
  test::Pixels const noise = test::noise(1, 9, 20011, 1);
  test::Picture<std::uint8_t, HW> const bytes(noise);
  auto const wide = test::evaluate<float, HW>(bytes.in() | views::resize(3, 2, antialias));
  test::Picture<double, HW> const doubles(noise);
  auto const exact = test::evaluate<double, HW>(doubles.in() | views::resize(3, 2, antialias));
  // a triangle over half the picture: the mean of many numbers, by hand in double
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 2; ++x) {
      double const scale_y = 3;
      double const scale_x = 20011.0 / 2;
      double sum = 0;
      double weights = 0;
      for (int j = 0; j < 9; ++j) {
        for (int i = 0; i < 20011; ++i) {
          double const wy = 1 - std::abs(j - ((y + 0.5) * scale_y - 0.5)) / scale_y;
          double const wx = 1 - std::abs(i - ((x + 0.5) * scale_x - 0.5)) / scale_x;
          if (wy <= 0 || wx <= 0) continue;
          sum += wy * wx * noise.at(0, j, i, 0);
          weights += wy * wx;
        }
      }
      CHECK(std::abs(wide.at(0, y, x, 0) - sum / weights) <= 2e-3);
      CHECK(std::abs(exact.at(0, y, x, 0) - sum / weights) <= 1e-7);
    }
  }
}

TEST_CASE("antialias: NV12 weights each plane at its own resolution") {
  test::Pixels const tall = test::noise(1, 66, 92, 1, 16, 235);
  for (ChromaSiting const siting :
       {ChromaSiting::center, ChromaSiting::left, ChromaSiting::top_left}) {
    for (test::Place const place : {test::Place{}, test::Place{.offset_bytes = 1, .gap = 3}}) {
      test::Picture<std::uint8_t, HW> const src(tall, place);
      auto const frame = nv12_tall(src.in(), siting);
      auto const got = test::evaluate<float, HWC<3>>(frame | views::resize(11, 17, antialias));
      test::Pixels want(1, 11, 17, 3);
      test::for_each(want, [&](std::int64_t, int y, int x, int c) {
        bool const luma = c == 0;
        int const rows = luma ? 44 : 22;
        int const columns = luma ? 92 : 46;
        double const scale_y = (luma ? 1 : 0.5) * 44 / 11;
        double const scale_x = (luma ? 1 : 0.5) * 92 / 17;
        double cy = (y + 0.5) * 4 - 0.5;
        double cx = (x + 0.5) * 92 / 17 - 0.5;
        if (!luma) {
          cy = siting == ChromaSiting::top_left ? cy / 2 : (cy + 0.5) / 2 - 0.5;
          cx = siting == ChromaSiting::center ? (cx + 0.5) / 2 - 0.5 : cx / 2;
        }
        double sum = 0;
        double weights = 0;
        for (int j = 0; j < rows; ++j) {
          for (int i = 0; i < columns; ++i) {
            double const w = std::max(0.0, 1 - std::abs(j - cy) / scale_y) *
                             std::max(0.0, 1 - std::abs(i - cx) / scale_x);
            sum += w * (luma ? tall.at(0, j, i, 0) : tall.at(0, 44 + j, 2 * i + c - 1, 0));
            weights += w;
          }
        }
        want.at(0, y, x, c) = sum / weights;
      });
      CHECK(test::difference(got, want, 1e-3) == "");
    }
  }
}

TEST_CASE("antialias: an odd rectangle of NV12, ragged batches and ragged destinations") {
  test::Pixels const tall = test::noise(1, 66, 92, 1, 16, 235);
  test::Picture<std::uint8_t, HW> const src(tall);
  auto const part = nv12_tall(src.in()) | views::crop({5, 3, 61, 33});
  auto const one = test::evaluate<float, HWC<3>>(part | views::resize(10, 20, antialias));
  auto const again = test::evaluate<float, HWC<3>>(part | views::resize(10, 20, antialias) |
                                                   views::crop({0, 0, 20, 10}));
  CHECK(test::difference(one, again, 1e-4) == "");

  test::Picture<std::uint8_t, HWC<3>> const a(test::noise(1, 40, 51, 3));
  test::Picture<std::uint8_t, HWC<3>> const b(test::noise(1, 13, 90, 3));
  Tensor<std::uint8_t const, HWC<3>> const images[] = {a.in(), b.in()};
  auto const both =
      test::evaluate<float, NHWC<3>>(batch(images, 2) | views::resize(9, 37, antialias));
  auto const first = test::evaluate<float, HWC<3>>(a.in() | views::resize(9, 37, antialias));
  auto const second = test::evaluate<float, HWC<3>>(b.in() | views::resize(9, 37, antialias));
  test::Pixels want(2, 9, 37, 3);
  test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
    want.at(n, y, x, c) = (n == 0 ? first : second).at(0, y, x, c);
  });
  CHECK(test::difference(both, want) == "");

  test::Picture<float, HWC<3>> const p(1, 9, 37, 3);
  test::Picture<float, HWC<3>> const q(1, 9, 37, 3);
  Tensor<float, HWC<3>> const slots[] = {p.out(), q.out()};
  test::on_machine([&](auto where) {
    copy(where, batch(images, 2) | views::resize(9, 37, antialias), batch(slots, 2));
  });
  CHECK(test::difference(p.pixels(), first) == "");
  CHECK(test::difference(q.pixels(), second) == "");
}

TEST_CASE("antialias: a batch of NV12 frames that lie apart, each of its own size") {
  test::Picture<std::uint8_t, HW> const a(test::noise(1, 66, 92, 1, 16, 235));
  test::Picture<std::uint8_t, HW> const b(test::noise(1, 30, 48, 1, 16, 235));
  Planes<std::uint8_t const> const frames[] = {nv12_tall(a.in()), nv12_tall(b.in())};
  auto const resized = views::resize(9, 13, antialias);
  auto const both = test::evaluate<float, NHWC<3>>(batch(frames, 2) | resized);
  test::Pixels want(2, 9, 13, 3);
  for (int n = 0; n < 2; ++n) {
    auto const one = test::evaluate<float, HWC<3>>(frames[n] | resized);
    test::for_each(
        one, [&](std::int64_t, int y, int x, int c) { want.at(n, y, x, c) = one.at(0, y, x, c); });
  }
  CHECK(test::difference(both, want) == "");
}

TEST_CASE(
    "antialias: NV12 whose weights of luma and chroma do not fit into a block at the same time") {
  test::Picture<std::uint8_t, HW> const src(test::noise(1, 600, 500, 1, 16, 235));
  auto const resized =
      nv12_tall(src.in()) | views::resize(23, 29, Antialias{ResampleFilter::lanczos});
  auto const together = test::evaluate<float, HWC<3>>(resized);
  auto const single = test::evaluate<float, HWC<3>>(resized | views::crop({0, 0, 29, 23}));
  CHECK(test::difference(together, single, 1e-3) == "");
}

TEST_CASE("antialias: a view of bytes that is no tensor is resampled as the tensor is") {
  test::Picture<std::uint8_t, HWC<3>> const src(test::noise(1, 40, 51, 3));
  auto const resized = views::resize(9, 17, antialias);
  auto const mirrored =
      test::evaluate<float, HWC<3>>(src.in() | views::flip(FlipAxis::horizontal) | resized);
  auto const plain = test::evaluate<float, HWC<3>>(src.in() | resized);
  test::Pixels want = plain;
  test::for_each(plain, [&](std::int64_t n, int y, int x, int c) {
    want.at(n, y, 16 - x, c) = plain.at(n, y, x, c);
  });
  CHECK(test::difference(mirrored, want, 255 * 0x1p-19) == "");
}

TEST_CASE("antialias: a flat picture stays flat, also through rounding") {
  test::Pixels flat(1, 50, 70, 1);
  for (double& v : flat.v) v = 255;
  test::Picture<std::uint8_t, HW> const src(flat);
  for (ResampleFilter const filter :
       {ResampleFilter::box, ResampleFilter::area, ResampleFilter::triangle,
        ResampleFilter::hamming, ResampleFilter::bicubic, ResampleFilter::lanczos}) {
    auto const got =
        test::evaluate<std::uint8_t, HW>(src.in() | views::resize(7, 9, Antialias{filter}));
    for (double const v : got.v) CHECK(v == 255);
  }
}

TEST_CASE("antialias: refusals") {
  test::Picture<std::uint8_t, HW> const src(test::noise(1, 4, 4, 1));
  CHECK(test::refusal([&] {
          (void)(src.in() | views::resize(2, 2, antialias, {.coordinate = align_corners}));
        }).find("half_pixel") != std::string::npos);
  CHECK(test::refusal([&] { (void)views::resize(-1, 2, antialias); }).find("negative") !=
        std::string::npos);
}
