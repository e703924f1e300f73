// SPDX-License-Identifier: MIT
// The map skeleton: the packed path and the plain path give the same bits on the same pixels.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>
#include <tests/support/noise.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using namespace pane;

using test::noise;

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

/// A picture of noise in memory of just its size, which begins `skew` bytes behind an aligned address.
class Exact {
 public:
  Exact(std::vector<std::uint8_t> const& content, std::size_t skew) : skew_(skew) {
    std::vector<std::uint8_t> all(skew, 0);
    all.insert(all.end(), content.begin(), content.end());
#if defined(__CUDACC__)
    if (test::chosen_machine() == test::Where::gpu) {
      test::check(cudaMalloc(reinterpret_cast<void**>(&memory_), all.size()), "cudaMalloc");
      test::check(cudaMemcpy(memory_, all.data(), all.size(), cudaMemcpyHostToDevice),
                  "cudaMemcpy");
      return;
    }
#endif
    memory_ = new std::uint8_t[all.size()];
    std::memcpy(memory_, all.data(), all.size());
  }
  Exact(Exact const&) = delete;
  Exact& operator=(Exact const&) = delete;
  ~Exact() {
#if defined(__CUDACC__)
    if (test::chosen_machine() == test::Where::gpu) {
      cudaFree(memory_);
      return;
    }
#endif
    delete[] memory_;
  }
  std::uint8_t const* data() const {
    return memory_ + skew_;
  }

 private:
  std::size_t skew_;
  std::uint8_t* memory_ = nullptr;
};

/// What f makes of a picture of C bytes a pixel must not depend on where the picture and the result lie.
template <int C, class F>
void compare_places(Size from, Size to, F&& f) {
  auto const content = noise(static_cast<std::size_t>(from.height * from.width * C));
  std::vector<std::uint8_t> first;
  for (std::size_t skew = 0; skew < 4; ++skew) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      Exact const in(content, skew);
      test::Buffer<std::uint8_t> out(static_cast<std::size_t>(to.height * to.width * C), shift);
      test::on_machine([&](auto where) {
        f(where, Tensor<std::uint8_t const, HWC<C>>(in.data(), {from.height, from.width, C}),
          Tensor<std::uint8_t, HWC<C>>(out.data(), {to.height, to.width, C}));
      });
      if (first.empty()) first = out.download();
      INFO(from.height << " x " << from.width << " at " << skew << " to " << to.height << " x "
                       << to.width << " at " << shift);
      REQUIRE(out.download() == first);
    }
  }
}

TEST_CASE("words from any address and to any address: linear sampling of interleaved bytes") {
  // Rows of whole words and others; one and two columns; one, two and three rows, which have no row around them.
  for (Size from : {Size{1, 1}, Size{1, 2}, Size{2, 1}, Size{2, 3}, Size{3, 4}, Size{9, 67},
                    Size{8, 64}, Size{40, 21}}) {
    for (Size to : {Size{1, 1}, Size{5, 13}, Size{16, 128}, Size{19, 131}}) {
      auto const chain = views::resize(to.height, to.width);
      compare_places<3>(from, to,
                        [&](auto where, auto src, auto dst) { copy(where, src | chain, dst); });
      compare_places<4>(from, to,
                        [&](auto where, auto src, auto dst) { copy(where, src | chain, dst); });
    }
  }
}

TEST_CASE("words from any address and to any address: a rotation, inside and across the edge") {
  AffineMap const turn{{{0.8f, 0.4f, -3.0f}, {-0.4f, 0.8f, 9.0f}}};
  for (Size from : {Size{2, 2}, Size{31, 45}, Size{40, 64}}) {
    compare_places<3>(from, {25, 44}, [&](auto where, auto src, auto dst) {
      copy(where, src | views::warp_affine(25, 44, turn, {.fill = 7}), dst);
    });
  }
}

TEST_CASE("pairs of bytes and single samples of the same picture: the same pixels") {
  auto const content = noise(std::size_t{23} * 37 * 3);
  std::vector<float> wide(content.begin(), content.end());
  test::Buffer<std::uint8_t> const bytes(content);
  test::Buffer<float> const floats(wide);
  test::Buffer<float> from_bytes(std::size_t{30} * 132 * 3);
  test::Buffer<float> from_floats(std::size_t{30} * 132 * 3);
  auto const check = [&](auto const& chain) {
    test::on_machine([&](auto where) {
      copy(where, Tensor<std::uint8_t const, HWC<3>>(bytes.data(), {23, 37, 3}) | chain,
           Tensor<float, CHW<3>>(from_bytes.data(), {3, 30, 132}));
      copy(where, Tensor<float const, HWC<3>>(floats.data(), {23, 37, 3}) | chain,
           Tensor<float, CHW<3>>(from_floats.data(), {3, 30, 132}));
    });
    auto const a = from_bytes.download();
    auto const b = from_floats.download();
    float worst = 0.0f;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
    CHECK(worst <= 255.0f * 0x1p-22f);  // see above: bit for bit where the compiler lets it
  };
  check(views::resize(30, 132));
  check(views::resize(30, 132) | views::flip(FlipAxis::both));
  check(views::letterbox(30, 132));
  check(views::warp_affine(30, 132, AffineMap{{{0.2f, 0.05f, 1.0f}, {-0.05f, 0.5f, 5.0f}}}));
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
