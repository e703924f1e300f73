// SPDX-License-Identifier: MIT

#include <pane/core/subview.hpp>
#include <pane/ops/copy.hpp>
#include <pane/ops/tee.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/flip.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using u8 = std::uint8_t;

namespace {

std::vector<u8> known_bytes(std::size_t count) {
  std::vector<u8> v(count);
  for (std::size_t i = 0; i < count; ++i) v[i] = static_cast<u8>(i * 5 + i / 97);
  return v;
}

/// Two images of h x w RGB pixels, and the memory of two destinations.
struct Fixture {
  int h;
  int w;
  std::vector<u8> bytes;
  test::Buffer<u8> in;
  test::Buffer<u8> first;
  test::Buffer<float> second;

  Fixture(int height, int width)
      : h(height),
        w(width),
        bytes(known_bytes(static_cast<std::size_t>(6 * h * w))),
        in(bytes),
        first(bytes.size()),
        second(bytes.size()) {}

  Tensor<u8 const, NHWC<3>> src() const { return {in.data(), {2, h, w, 3}}; }
  Tensor<u8, NHWC<3>> packed() const { return {first.data(), {2, h, w, 3}}; }
  Tensor<float, NCHW<3>> planar() const { return {second.data(), {2, 3, h, w}}; }
  template <class Image, class Sink>
  void run(Image const& image, Sink const& sink) const {
    test::on_machine([&](auto where) { copy(where, image, sink); });
  }
  /// Element (n, pixel, c) of an NHWC array, as a place in the NCHW one.
  std::size_t planar_place(std::size_t i) const {
    auto const area = static_cast<std::size_t>(h * w);
    return i / (3 * area) * 3 * area + i % 3 * area + i / 3 % area;
  }
};

}  // namespace

TEST_CASE("tee: two destinations of different type and layout from one reading") {
  for (int const w : {1, 7, 128, 132}) {
    Fixture const f(17, w);
    f.run(f.src() | views::scale_offset(1.5f, -100.0f), tee(f.packed(), f.planar()));
    auto const first = f.first.download();
    auto const second = f.second.download();
    int wrong = 0;
    for (std::size_t i = 0; i < f.bytes.size(); ++i) {
      float const exact = 1.5f * static_cast<float>(f.bytes[i]) - 100.0f;
      wrong += first[i] != saturate_cast<u8>(exact);  // rounded and clamped for the one
      wrong += second[f.planar_place(i)] != exact;    // and not for the other
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("tee: a destination behind pointwise views") {
  Fixture const f(5, 132);
  auto const chain = views::reorder<2, 1, 0>() | views::scale_offset(0.5f, 1.0f);
  f.run(f.src(), tee(f.packed(), through(chain, f.planar())));
  CHECK(f.first.download() == f.bytes);
  auto const second = f.second.download();
  int wrong = 0;
  for (std::size_t i = 0; i < f.bytes.size(); ++i) {
    std::size_t const other = i - i % 3 + 2 - i % 3;  // the channel that arrives here
    wrong += second[f.planar_place(i)] != 0.5f * static_cast<float>(f.bytes[other]) + 1.0f;
  }
  CHECK(wrong == 0);
}

TEST_CASE("tee: three destinations, one of them with a single channel") {
  Fixture const f(5, 33);
  test::Buffer<u8> const third(static_cast<std::size_t>(2 * f.h * f.w));
  Tensor<u8, NHW> const green(third.data(), {2, f.h, f.w});
  f.run(f.src(), tee(f.packed(), tee(f.planar(), through(views::reorder<1>(), green))));
  CHECK(f.first.download() == f.bytes);
  auto const second = f.second.download();
  auto const third_values = third.download();
  int wrong = 0;
  for (std::size_t i = 0; i < f.bytes.size(); ++i)
    wrong += second[f.planar_place(i)] != static_cast<float>(f.bytes[i]);
  for (std::size_t i = 0; i < third_values.size(); ++i)
    wrong += third_values[i] != f.bytes[3 * i + 1];
  CHECK(wrong == 0);
}

TEST_CASE("tee: through alone is a destination, and chains of it add up") {
  Fixture const f(3, 8);
  auto const inner = through(views::scale_offset(2.0f), f.planar());
  f.run(f.src(), tee(f.packed(), through(views::scale_offset(1.0f, 3.0f), inner)));
  auto const second = f.second.download();
  int wrong = 0;
  for (std::size_t i = 0; i < f.bytes.size(); ++i)
    wrong += second[f.planar_place(i)] != 2.0f * (static_cast<float>(f.bytes[i]) + 3.0f);
  CHECK(wrong == 0);
}

TEST_CASE("tee: one destination may be the source itself") {
  Fixture const f(5, 40);
  Tensor<u8, NHWC<3>> const same(f.in.data(), {2, f.h, f.w, 3});
  f.run(same | views::scale_offset(-1.0f, 255.0f), tee(same, f.planar()));
  auto const first = f.in.download();
  auto const second = f.second.download();
  int wrong = 0;
  for (std::size_t i = 0; i < f.bytes.size(); ++i) {
    wrong += first[i] != 255 - f.bytes[i];
    wrong += second[f.planar_place(i)] != 255.0f - static_cast<float>(f.bytes[i]);
  }
  CHECK(wrong == 0);
}

TEST_CASE("tee: destinations must agree in batch and size") {
  Fixture const f(4, 6);
  CHECK_THROWS_WITH(tee(f.packed(), subview(f.planar(), {0, 0, 5, 4})),
                    "pane::tee: the destinations must agree in batch, height and width: the first "
                    "is 2 x 4 x 6, the second 2 x 4 x 5");
  CHECK_THROWS_AS(tee(f.packed(), items(f.planar(), 0, 1)), InvalidArgument);
  CHECK_THROWS_AS(tee(f.packed(), through(views::scale_offset(1.0f), items(f.planar(), 0, 1))),
                  InvalidArgument);
  CHECK_THROWS_WITH(f.run(items(f.src(), 0, 1), tee(f.packed(), f.planar())),
                    ContainsSubstring("the batch must agree"));
}

TEST_CASE("tee: destinations must not overlap each other, nor the source elsewhere") {
  Fixture const f(4, 6);
  CHECK_THROWS_WITH(f.run(f.src(), tee(f.packed(), f.packed())),
                    ContainsSubstring("two destinations overlap"));
  CHECK_THROWS_WITH(f.run(f.src(), tee(f.packed(), through(views::scale_offset(1.0f), f.packed()))),
                    ContainsSubstring("two destinations overlap"));
  Tensor<u8, NHWC<3>> const same(f.in.data(), {2, f.h, f.w, 3});
  CHECK_THROWS_WITH(f.run(f.src() | views::flip(FlipAxis::vertical), tee(f.planar(), same)),
                    ContainsSubstring("dst overlaps src"));
  CHECK(f.second.download() ==
        test::Buffer<float>(f.bytes.size()).download());  // nothing was written
}
