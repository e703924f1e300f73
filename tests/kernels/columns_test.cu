// SPDX-License-Identifier: MIT
// The columns skeleton: down columns, pixel by pixel and along rows a chain gives the same pixels.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>
#include <tests/support/noise.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace {

using namespace pane;

using test::noise;

/// Bytes are weighted in whole numbers for halves: the same bits everywhere.
void check_same(std::vector<f16> const& a, std::vector<f16> const& b) {
  REQUIRE(a.size() == b.size());
  CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(f16)) == 0);
}
/// One value in the last place: g++ -O3 turns the double sums of the CPU's multiply-add into vectors in some loops.
void check_same(std::vector<float> const& a, std::vector<float> const& b) {
  REQUIRE(a.size() == b.size());
  float worst = 0.0f;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
  CHECK(worst <= 255.0f * 0x1p-22f);
}

/// Writes an image of `batch` pictures of C channels by the skeleton, with one and with four pixels of a thread on their
/// way, into planes whose rows are dense and, one by one, into planes with a hole after every element. The same from
/// `copy`, and from `copy` into interleaved pixels, which goes along rows.
template <int C, class T = float, class View>
void compare(std::int64_t batch, Size to, View const& view) {
  auto const chain = detail::for_result<T>(view);
  using Chain = std::remove_const_t<decltype(chain)>;
  auto const count = static_cast<std::size_t>(batch * to.height * to.width * C);
  std::int64_t const h = to.height;
  std::int64_t const w = to.width;
  using Sink = Tensor<T, NCHW<C>>;
  test::Buffer<T> one(count);
  test::Buffer<T> four(count);
  test::Buffer<T> copied(count);
  test::Buffer<T> holes(2 * count);
  test::Buffer<T> pixels(count);
  auto const planes = [&](test::Buffer<T> const& b) { return Sink(b.data(), {batch, C, h, w}); };
  constexpr std::int64_t step = 2 * sizeof(T);
  auto const slow = Sink::strided(holes.data(), {batch, C, h, w},
                                  {step * C * h * w, step * h * w, step * w, step});
  CHECK(planes(one).template packs<1>());
  CHECK(slow.template packs<1>() == (to.width == 1));
  bool const dense = detail::packs<4>(chain);
  test::on_machine([&](auto where) {
    using One = detail::ColumnsProgram<Chain, Sink, 1, 1>;
    using Four = detail::ColumnsProgram<Chain, Sink, 2, 2>;
    detail::launch(where, One::make(chain, planes(one), dense));
    detail::launch(where, Four::make(chain, planes(four), dense));
    detail::launch(where, Four::make(chain, slow, dense));
    copy(where, view, planes(copied));
    copy(where, view, Tensor<T, NHWC<C>>(pixels.data(), {batch, h, w, C}));
  });
  auto const got = four.download();
  auto const sparse = holes.download();
  auto const interleaved = pixels.download();
  std::vector<T> one_by_one(count);
  std::vector<T> along_rows(count);
  auto const plane = static_cast<std::size_t>(h * w);
  for (std::size_t i = 0; i < count; ++i) {
    one_by_one[i] = sparse[2 * i];
    std::size_t const c = i / plane % C;
    along_rows[i] = interleaved[i / (plane * C) * plane * C + i % plane * C + c];
  }
  INFO(batch << " x " << to.height << " x " << to.width << " x " << C);
  check_same(got, one.download());
  check_same(got, copied.download());
  check_same(got, one_by_one);
  check_same(got, along_rows);
}

std::vector<CropBox> some_boxes(int images, int height, int width) {
  std::vector<CropBox> boxes{{{0, 0, width, height}, 0}, {{width - 1, 0, 1, height}, images - 1}};
  for (int i = 1; i < 9; ++i) {
    int const x = i * 7 % (width - 2);
    int const y = i * 5 % (height - 2);
    boxes.push_back({{x, y, 1 + i * 11 % (width - x), 1 + i * 13 % (height - y)}, i % images});
  }
  return boxes;
}

TEST_CASE("columns: crops of bytes, from any address") {
  int const images = 3;
  int const height = 37;
  for (int const width : {44, 45}) {
    auto const content = noise(static_cast<std::size_t>(images * height * width * 4));
    auto const boxes = some_boxes(images, height, width);
    auto const count = static_cast<std::int64_t>(boxes.size());
    for (std::size_t const skew : {0u, 1u, 3u}) {
      test::Buffer<std::uint8_t> const in(content, skew);
      Tensor<std::uint8_t const, NHWC<3>> const rgb(in.data(), {images, height, width, 3});
      Tensor<std::uint8_t const, NHWC<4>> const rgba(in.data(), {images, height, width, 4});
      for (Size const to : {Size{1, 1}, Size{9, 31}, Size{16, 128}, Size{35, 131}, Size{40, 64}}) {
        auto const resized = views::crops(boxes) | views::resize(to.height, to.width);
        compare<3>(count, to, rgb | resized);
        compare<4>(count, to, rgba | resized);
        compare<3, f16>(count, to, rgb | resized | views::flip(FlipAxis::horizontal));
        compare<4, f16>(count, to, rgba | resized);
        compare<3>(count, to,
                   rgb | resized | views::flip(FlipAxis::both) |
                       views::normalize({0.4f, 0.5f, 0.6f}, {0.2f, 0.3f, 0.4f}));
        compare<3>(count, to, rgb | views::crops(boxes) | views::letterbox(to.height, to.width));
        compare<3, f16>(count, to,
                        rgb | views::crops(boxes) | views::letterbox(to.height, to.width));
      }
    }
  }
}

TEST_CASE("columns: whole pictures, of every kind of sample") {
  auto const content = noise(std::size_t{2} * 40 * 50 * 3);
  std::vector<float> const wide(content.begin(), content.end());
  test::Buffer<std::uint8_t> const bytes(content);
  test::Buffer<float> const floats(wide);
  Tensor<std::uint8_t const, NHWC<3>> const rgb(bytes.data(), {2, 40, 50, 3});
  Tensor<float const, NCHW<3>> const planes(floats.data(), {2, 3, 40, 50});
  for (Size const to : {Size{3, 5}, Size{17, 33}, Size{40, 129}}) {
    int const h = to.height;
    int const w = to.width;
    compare<3>(2, to, rgb | views::resize(h, w));
    compare<3>(2, to, rgb | views::resize(h, w, cubic));
    compare<3>(2, to, rgb | views::resize(h, w, nearest) | views::scale_offset(0.5f));
    compare<3>(2, to, rgb | views::letterbox(h, w));
    compare<3, f16>(2, to, rgb | views::letterbox(h, w));
    compare<1, f16>(2, to, rgb | views::resize(h, w) | views::gray());
    compare<1>(2, to, rgb | views::resize(h, w) | views::gray());
    compare<3>(2, to, planes | views::resize(h, w));
    compare<3>(2, to, planes | views::letterbox(h, w) | views::flip(FlipAxis::horizontal));
    compare<3>(2, to,
               nv12_surface(static_cast<std::uint8_t const*>(bytes.data()),
                            {.batch = 2, .height = 40, .width = 48}) |
                   views::letterbox(h, w) | views::to_rgb(bt709, limited_range));
    compare<3, f16>(2, to,
                    nv12_surface(static_cast<std::uint8_t const*>(bytes.data()),
                                 {.batch = 2, .height = 40, .width = 48}) |
                        views::letterbox(h, w) | views::to_rgb(bt709, limited_range));
  }
}

TEST_CASE("columns: a row without weight may hold infinities") {
  std::vector<float> content(std::size_t{9} * 9, 1.0f);
  for (std::size_t i = 0; i < 9; ++i) content[2 * 9 + i] = HUGE_VALF;
  test::Buffer<float> const in(content);
  test::Buffer<float> out(std::size_t{9} * 9);
  test::on_machine([&](auto where) {
    copy(where, Tensor<float const, HW>(in.data(), {9, 9}) | views::resize(3, 9),
         Tensor<float, HW>(out.data(), {3, 9}));  // rows 1, 4 and 7
  });
  auto const got = out.download();
  for (std::size_t i = 0; i < 27; ++i) CHECK(got[i] == 1.0f);
}

TEST_CASE("columns: a batch of destinations of their own sizes") {
  auto const content = noise(std::size_t{40} * 50 * 3);
  test::Buffer<std::uint8_t> const in(content);
  Tensor<std::uint8_t const, HWC<3>> const picture(in.data(), {40, 50, 3});
  std::vector<Size> const sizes{{1, 1}, {33, 140}, {16, 128}};
  for (Size const s : sizes) {
    test::Buffer<float> one(static_cast<std::size_t>(3 * s.height * s.width));
    Tensor<float, CHW<3>> const dst(one.data(), {3, s.height, s.width});
    std::vector<Tensor<float, CHW<3>>> const list{dst};
    std::vector<Tensor<std::uint8_t const, HWC<3>>> const from{picture};
    test::on_machine([&](auto where) {
      copy(where, batch(from) | views::resize(s.height, s.width), batch(list));
    });
    test::Buffer<float> alone(one.size());
    test::on_machine([&](auto where) {
      copy(where, picture | views::resize(s.height, s.width),
           Tensor<float, CHW<3>>(alone.data(), {3, s.height, s.width}));
    });
    CHECK(one.download() == alone.download());
  }
}

}  // namespace
