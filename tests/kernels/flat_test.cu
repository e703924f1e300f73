// SPDX-License-Identifier: MIT
// Pictures as single rows: the same bits as in tiles, nothing written beside them, and only where nobody can tell.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>
#include <tests/support/noise.hpp>

#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using namespace pane;

using test::noise;

/// Three pictures as rows and in tiles pixel by pixel, into planes with a gap of a word behind each, or into pixels.
template <class T, class L>
void compare(int height, int width) {
  constexpr int C = L::channels;
  constexpr bool pixels = detail::is_interleaved<L>;
  std::int64_t const h = height;
  std::int64_t const w = width;
  std::int64_t const element = sizeof(T);
  std::int64_t const plane = ((h * w * element * (pixels ? C : 1) + 15) / 16 + 1) * 16;
  std::int64_t const from = (h * w * C + 15) / 16 * 16;  // whole words from picture to picture
  test::Buffer<std::uint8_t> const in(noise(static_cast<std::size_t>(3 * from)));
  auto const src =
      Tensor<std::uint8_t const, NHWC<C>>::strided(in.data(), {3, h, w, C}, {from, w * C, C, 1});
  auto const image = src | views::scale_offset(0.7f, 3.25f);
  using Source = std::remove_const_t<decltype(image)>;
  using Sink = Tensor<T, L>;
  constexpr int P = detail::pack_width<Sink>();
  std::size_t const count = static_cast<std::size_t>(3 * (pixels ? 1 : C) * plane / element);
  test::Buffer<T> tiles(count);
  test::Buffer<T> rows(count);
  test::Buffer<T> copied(count);
  auto const into = [&](test::Buffer<T> const& b) {
    if constexpr (pixels) {
      return Sink::strided(b.data(), {3, h, w, C}, {plane, w * C * element, C * element, element});
    } else {
      return Sink::strided(b.data(), {3, C, h, w}, {C * plane, plane, w * element, element});
    }
  };
  REQUIRE(detail::rows_are_one(image));
  REQUIRE(detail::rows_are_one(into(rows)));
  auto const row = detail::one_row(image);
  auto const to_row = detail::one_row(into(rows));
  REQUIRE(detail::packs<P>(row));
  REQUIRE(detail::packs<P>(to_row));
  test::on_machine([&](auto where) {
    detail::launch(where,
                   detail::MapProgram<Source, Sink, P>{image, into(tiles), detail::Runs::none});
    detail::launch(where, detail::FlatProgram<Source, Sink, P>{row, to_row});
    copy(where, image, into(copied));
  });
  INFO(height << " x " << width << " x " << C << ", " << sizeof(T) << " bytes");
  auto const want = tiles.download();
  REQUIRE(std::memcmp(want.data(), rows.download().data(), count * sizeof(T)) == 0);
  REQUIRE(std::memcmp(want.data(), copied.download().data(), count * sizeof(T)) == 0);
}

/// Less than a run, whole runs and a rest, rows that are no whole words, less than a tile and several.
template <class T, class L>
void compare_sizes() {
  for (Size s :
       {Size{1, 1}, Size{1, 3}, Size{3, 1}, Size{2, 2}, Size{4, 4}, Size{5, 13}, Size{7, 224},
        Size{16, 128}, Size{31, 66}, Size{1, 2049}, Size{2047, 1}, Size{64, 96}, Size{45, 91}}) {
    compare<T, L>(s.height, s.width);
  }
}

TEST_CASE("flat: planes of floats") {
  compare_sizes<float, NCHW<3>>();
}
TEST_CASE("flat: planes of halves") {
  compare_sizes<f16, NCHW<3>>();
}
TEST_CASE("flat: planes of bytes") {
  compare_sizes<std::uint8_t, NCHW<4>>();
}
TEST_CASE("flat: planes of integers") {
  compare_sizes<std::int32_t, NCHW<4>>();
}
TEST_CASE("flat: one plane") {
  compare_sizes<f16, NCHW<1>>();
  compare_sizes<float, NCHW<1>>();
}
TEST_CASE("flat: pixels") {
  compare_sizes<std::uint8_t, NHWC<3>>();
  compare_sizes<float, NHWC<4>>();
}

/// A function that looks at the place of its pixel.
struct AddPlace {
  template <class T, int C>
  PANE_HOST_DEVICE Vec<float, C> operator()(Vec<T, C> p, std::int64_t n, int y, int x) const {
    for (int c = 0; c < C; ++c) p.v[c] += static_cast<float>(n * 10000 + y * 100 + x);
    return p;
  }
};

TEST_CASE("flat: which chains and which tensors") {
  float memory[3 * 4 * 8] = {};
  using T = Tensor<float, CHW<3>>;
  T const flat(memory, {3, 4, 8});
  CHECK(detail::rows_are_one(flat));
  CHECK(detail::rows_are_one(flat | views::scale_offset(2.0f, 1.0f) | views::convert<f16>()));
  CHECK_FALSE(detail::rows_are_one(T::strided(memory, {3, 4, 4}, {128, 32, 4})));  // a rectangle
  CHECK_FALSE(detail::rows_are_one(T::strided(memory + 24, {3, 4, 8}, {128, -32, 4})));
  CHECK_FALSE(detail::rows_are_one(T::strided(memory, {3, 32768, 32769}, {0, 131076, 4})));
  using Plane = Tensor<float, HW>;
  Plane const plane(memory, {4, 8});
  CHECK(detail::ignores_places<Plane>());
  CHECK(detail::ignores_places<decltype(plane | views::scale_offset(2.0f, 1.0f))>());
  CHECK_FALSE(detail::ignores_places<decltype(plane | views::map(AddPlace{}))>());
  CHECK_FALSE(detail::ignores_places<decltype(plane | views::map(AddPlace{}) |
                                              views::scale_offset(2.0f, 1.0f))>());
  CHECK_FALSE(detail::ignores_places<decltype(plane | views::flip(FlipAxis::vertical))>());
  CHECK(detail::gains_from_rows<T, T>);
  CHECK(detail::gains_from_rows<Tensor<float, HWC<3>>, T>);
  CHECK_FALSE(detail::gains_from_rows<T, Tensor<float, HWC<3>>>);
  CHECK_FALSE(detail::gains_from_rows<T, Tensor<f16, CHW<3>>>);
  CHECK_FALSE(detail::gains_from_rows<Plane, Plane>);
}

TEST_CASE("flat: a function of places sees them, and a chain may write where it reads") {
  std::size_t const height = 24, width = 42;
  std::vector<float> values(2 * 3 * height * width);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 251);
  test::Buffer<float> const in(values);
  test::Buffer<float> placed(values.size());
  test::Buffer<float> both(values);
  test::on_machine([&](auto where) {
    using L = NCHW<3>;
    Tensor<float const, L> const src(in.data(), {2, 3, height, width});
    copy(where, src | views::map(AddPlace{}),
         Tensor<float, L>(placed.data(), {2, 3, height, width}));
    Tensor<float, L> const t(both.data(), {2, 3, height, width});
    auto const twice = t | views::scale_offset(2.0f, 1.0f);
    static_assert(detail::gains_from_rows<decltype(twice), Tensor<float, L>>);
    copy(where, twice, t);
  });
  auto const got = placed.download();
  auto const doubled = both.download();
  bool same = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t const n = i / (3 * height * width), y = i / width % height, x = i % width;
    same = same && got[i] == values[i] + static_cast<float>(n * 10000 + y * 100 + x) &&
           doubled[i] == 2.0f * values[i] + 1.0f;
  }
  CHECK(same);
}

}  // namespace
