// SPDX-License-Identifier: MIT
// Strips through flat planes: the same bits as one pixel after the other, and nothing written beside the planes.
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

/// Two pictures by strips and by the map program, into planes or pixels of T that begin `shift` elements behind an aligned address.
template <class T, class L>
void compare(int height, int width, int shift) {
  constexpr int C = L::channels;
  auto const count = static_cast<std::size_t>(2 * height * width * C);
  test::Buffer<std::uint8_t> const in(noise(count), static_cast<std::size_t>(shift));
  Tensor<std::uint8_t const, NHWC<C>> const src(in.data(), {2, height, width, C});
  auto const image = src | views::scale_offset(0.7f, 3.25f);
  using Source = std::remove_const_t<decltype(image)>;
  std::vector<T> results[2];
  for (bool strips : {false, true}) {
    test::Buffer<T> out(count, static_cast<std::size_t>(shift) * sizeof(T));
    Tensor<T, L> dst;
    if constexpr (detail::is_interleaved<L>) {
      dst = Tensor<T, L>(out.data(), {2, height, width, C});
    } else {
      dst = Tensor<T, L>(out.data(), {2, C, height, width});
    }
    REQUIRE(detail::planes_are_flat(dst));
    test::on_machine([&](auto where) {
      using Sink = Tensor<T, L>;
      if (strips) {
        detail::launch(where, detail::StripProgram<Source, Sink>{image, dst});
      } else {
        detail::launch(where, detail::MapProgram<Source, Sink, detail::pack_width<Sink>()>{
                                  image, dst, detail::Runs::none});
      }
    });
    results[strips] = out.download();
  }
  INFO(height << " x " << width << " x " << C << ", shift " << shift << ", " << sizeof(T)
              << " bytes");
  REQUIRE(std::memcmp(results[0].data(), results[1].data(), count * sizeof(T)) == 0);
}

/// Fewer pixels than a word, a strip, more than one; rows shorter and longer than a block's threads.
template <class T, class L>
void compare_sizes() {
  for (Size s : {Size{1, 1}, Size{1, 3}, Size{7, 1}, Size{3, 5}, Size{9, 67}, Size{5, 255},
                 Size{5, 256}, Size{5, 257}, Size{19, 431}, Size{2, 4099}, Size{1, 8193}}) {
    for (int shift = 0; shift<17; shift += s.height> 7 ? 5 : 1)
      compare<T, L>(s.height, s.width, shift);
  }
}

TEST_CASE("strips: planes of floats") {
  compare_sizes<float, NCHW<3>>();
}
TEST_CASE("strips: planes of halves") {
  compare_sizes<f16, NCHW<3>>();
}
TEST_CASE("strips: planes of bytes") {
  compare_sizes<std::uint8_t, NCHW<4>>();
}
TEST_CASE("strips: planes of doubles") {
  compare_sizes<double, NCHW<2>>();
}
TEST_CASE("strips: one plane") {
  compare_sizes<f16, NCHW<1>>();
}
TEST_CASE("strips: interleaved floats") {
  compare_sizes<float, NHWC<3>>();
}
TEST_CASE("strips: interleaved halves") {
  compare_sizes<f16, NHWC<4>>();
}

TEST_CASE("strips: which destinations") {
  float memory[3 * 4 * 5] = {};
  using L = CHW<3>;
  Tensor<float, L> const flat(memory, {3, 4, 5});
  CHECK(detail::planes_are_flat(flat));
  CHECK(detail::planes_are_flat(
      Tensor<float, L>::strided(memory, {3, 4, 3}, {60, 12, 4})));  // planes with a gap
  CHECK_FALSE(detail::planes_are_flat(Tensor<float, L>::strided(memory, {3, 4, 4}, {80, 20, 4})));
  CHECK_FALSE(detail::planes_are_flat(Tensor<float, L>::strided(memory, {3, 4, 2}, {80, 20, 8})));
  CHECK(detail::planes_are_flat(
      Tensor<float, L>::strided(memory, {3, 1, 5}, {80, 28, 4})));  // one row
  CHECK_FALSE(
      detail::planes_are_flat(Tensor<float, L>::strided(memory + 15, {3, 4, 5}, {80, -20, 4})));
}

TEST_CASE("strips: a copy of odd rows, in place too") {
  int const height = 37, width = 131;
  auto const content = noise(static_cast<std::size_t>(3 * height * width));
  std::vector<float> values(content.begin(), content.end());
  std::vector<float> expected;
  for (float v : values) expected.push_back(v * 2.0f + 1.0f);
  test::Buffer<float> const in(values, 4);
  test::Buffer<float> out(values.size(), 8);
  test::Buffer<float> both(values, 4);
  test::on_machine([&](auto where) {
    Tensor<float const, CHW<3>> const src(in.data(), {3, height, width});
    copy(where, src | views::scale_offset(2.0f, 1.0f),
         Tensor<float, CHW<3>>(out.data(), {3, height, width}));
    Tensor<float, CHW<3>> const t(both.data(), {3, height, width});
    copy(where, t | views::scale_offset(2.0f, 1.0f), t);
  });
  CHECK(out.download() == expected);
  CHECK(both.download() == expected);
}

}  // namespace
