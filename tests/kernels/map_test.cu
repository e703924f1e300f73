// SPDX-License-Identifier: MIT
// The map skeleton: the packed path and the plain path give the same bits on the same pixels.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using namespace pane;

std::vector<std::uint8_t> noise(std::size_t count) {
  std::vector<std::uint8_t> v(count);
  for (std::size_t i = 0; i < count; ++i) v[i] = static_cast<std::uint8_t>((i * 2654435761u) >> 15);
  return v;
}

/// Runs f twice: on aligned memory, where packs hold, and one element further, where they do not.
template <class T, int C, class F>
void compare_paths(int height, int width, F&& f) {
  auto const content = noise(static_cast<std::size_t>(height * width * C));
  std::size_t const count = static_cast<std::size_t>(height * width * C);
  std::vector<T> results[2];
  for (int shift : {0, 1}) {
    test::Buffer<std::uint8_t> const in(content, static_cast<std::size_t>(shift));
    test::Buffer<T> out(count, static_cast<std::size_t>(shift) * sizeof(T));
    Tensor<std::uint8_t const, HWC<C>> const src(in.data(), {height, width, C});
    Tensor<T, CHW<C>> const dst(out.data(), {C, height, width});
    CHECK(dst.template packs<4>() == (shift == 0));
    CHECK(src.template packs<4>() == (shift == 0 || C == 4 * 4));
    test::on_machine([&](auto where) { f(where, src, dst); });
    results[shift] = out.download();
  }
  CHECK(std::memcmp(results[0].data(), results[1].data(), count * sizeof(T)) == 0);
}

TEST_CASE("packed and plain agree: pointwise") {
  compare_paths<float, 3>(33, 132, [](auto where, auto src, auto dst) {
    copy(where, src | views::scale_offset(0.1f, 3.0f), dst);
  });
  compare_paths<std::uint16_t, 4>(9, 260,
                                  [](auto where, auto src, auto dst) { copy(where, src, dst); });
}

TEST_CASE("packed and plain agree: gather") {
  compare_paths<float, 3>(32, 64, [](auto where, auto src, auto dst) {
    copy(where, src | views::crop({1, 2, 51, 23}) | views::resize(32, 64), dst);
  });
}

TEST_CASE("a gather whose source does not pack gives the same pixels") {
  auto const content = noise(40 * 50 * 3);
  std::vector<float> results[2];
  for (int spread : {0, 1}) {
    // The same picture, dense or with a hole of one byte after every pixel.
    std::vector<std::uint8_t> memory(static_cast<std::size_t>(40 * 50 * (3 + spread)));
    for (std::size_t i = 0; i < 40 * 50; ++i)
      std::memcpy(memory.data() + i * static_cast<std::size_t>(3 + spread), content.data() + i * 3,
                  3);
    test::Buffer<std::uint8_t> const in(memory);
    test::Buffer<float> out(std::size_t{3 * 20 * 24});
    auto const src = Tensor<std::uint8_t const, HWC<3>>::strided(
        in.data(), {40, 50, 3}, {50 * (3 + spread), 3 + spread, 1});
    CHECK(src.packs<1>() == (spread == 0));
    test::on_machine([&](auto where) {
      copy(where, src | views::resize(20, 24, cubic),
           Tensor<float, CHW<3>>(out.data(), {3, 20, 24}));
    });
    results[spread] = out.download();
  }
  // Not bit for bit: g++ 12 -O3 turns the double sums of the CPU's multiply-add into vectors in one of the two loops.
  float worst = 0.0f;
  for (std::size_t i = 0; i < results[0].size(); ++i)
    worst = std::max(worst, std::fabs(results[0][i] - results[1][i]));
  CHECK(worst <= 255.0f * 0x1p-22f);
}

TEST_CASE("tiles: sizes around 128 x 16 are covered exactly") {
  for (int height : {1, 15, 16, 17, 33}) {
    for (int width : {1, 127, 128, 129, 257}) {
      auto const content = noise(static_cast<std::size_t>(height * width));
      test::Buffer<std::uint8_t> const in(content);
      test::Buffer<std::uint8_t> out(content.size());
      test::on_machine([&](auto where) {
        copy(where, Tensor<std::uint8_t const, HW>(in.data(), {height, width}),
             Tensor<std::uint8_t, HW>(out.data(), {height, width}));
      });
      INFO(height << " x " << width);
      REQUIRE(out.download() == content);
    }
  }
}

}  // namespace
