// SPDX-License-Identifier: MIT
// Bytes as words: values, pairs, and where words around a pixel may be read. The kernels' tests compare the GPU's form.

#include <pane/core/bytes.hpp>
#include <pane/core/tensor.hpp>
#include <tests/support/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace pane;

TEST_CASE("bytes: every byte of a word is the float it stands for") {
  for (unsigned v = 0; v < 256; ++v) {
    for (unsigned byte = 0; byte < 4; ++byte) {
      std::uint32_t const word =
          0x5AC3E17Bu ^ (((0x5AC3E17Bu >> (8 * byte) & 255u) ^ v) << (8 * byte));
      REQUIRE(detail::byte_to_float(word, byte) == static_cast<float>(v));
    }
  }
}

TEST_CASE("bytes: numbers are packed as they are cast") {
  float const values[] = {-1.0f, 0.5f, 1.5f, 254.5f, 255.5f, 1e30f, std::nanf(""), 128.25f};
  for (int i = 0; i < 5; ++i) {
    std::uint32_t const word =
        detail::bytes_of(values[i], values[i + 1], values[i + 2], values[i + 3]);
    for (int k = 0; k < 4; ++k) {
      INFO(i << " " << k);
      CHECK((word >> (8 * k) & 255u) == saturate_cast<std::uint8_t>(values[i + k]));
    }
  }
  Run<Vec<float, 3>, 4> run{};
  for (int i = 0; i < 12; ++i) run.p[i / 3].v[i % 3] = 25.0f * static_cast<float>(i) - 2.5f;
  auto const pixels = detail::saturated<Vec<std::uint8_t, 3>>(run);
  for (int i = 0; i < 4; ++i) CHECK(pixels.p[i] == saturate_cast<std::uint8_t>(run.p[i]));
}

TEST_CASE("bytes: a pair between its pixels") {
  detail::PixelPair<3> const rgb{{0x0A1E140Au, 0x00003C32u}};  // 10 20 30 and 10 50 60
  CHECK(rgb.lerp(0.0f) == Vec<float, 3>{{10, 20, 30}});
  CHECK(rgb.lerp(1.0f) == Vec<float, 3>{{10, 50, 60}});
  CHECK(rgb.lerp(0.5f) == Vec<float, 3>{{10, 35, 45}});
  detail::PixelPair<4> const rgba{{0x04030201u, 0x08070605u}};
  CHECK(rgba.lerp(0.25f) == Vec<float, 4>{{2, 3, 4, 5}});
}

TEST_CASE("bytes: words may be read around a pixel where they stay in the picture's memory") {
  alignas(4) static std::uint8_t memory[4 * 64];
  auto const picture = [](std::size_t skew, std::int64_t height, std::int64_t width,
                          std::int64_t pitch) {
    return Tensor<std::uint8_t const, HWC<3>>::pitched(memory + skew, {height, width, 3}, pitch);
  };
  CHECK(detail::words_around(picture(0, 4, 4, 12), 0, 3));  // rows are three words
  CHECK(detail::words_around(picture(0, 4, 4, 16), 0, 3));
  CHECK_FALSE(detail::words_around(picture(1, 4, 4, 12), 0, 3));  // the first word begins before it
  CHECK_FALSE(detail::words_around(picture(0, 4, 4, 13), 0, 3));
  CHECK_FALSE(detail::words_around(picture(0, 4, 5, 16), 2, 3));  // the last word ends behind it
  CHECK(detail::words_around(picture(1, 4, 5, 17), 1, 2));        // a row before, a row after
  CHECK_FALSE(detail::words_around(picture(1, 4, 5, 17), 0, 1));
  CHECK_FALSE(detail::words_around(picture(0, 4, 1, 4), 1, 2));  // one column has no pairs
  auto const same_row =
      Tensor<std::uint8_t const, HWC<3>>::strided(memory + 1, {4, 5, 3}, {0, 3, 1});
  CHECK_FALSE(detail::words_around(same_row, 1, 2));
}

TEST_CASE("bytes: runs from and to any address") {
  std::vector<std::uint8_t> in(40);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::uint8_t>(3 * i + 1);
  for (std::size_t skew = 0; skew < 4; ++skew) {
    std::vector<std::uint8_t> out(40, 0);
    Tensor<std::uint8_t const, HWC<3>> const src(in.data() + skew, {1, 8, 3});
    Tensor<std::uint8_t, HWC<3>> const dst(out.data() + 5, {1, 8, 3});
    CHECK(dst.packs_bytes<4>());
    detail::store_bytes<4>(dst, 0, 0, 3, detail::load_bytes<4>(src, 0, 0, 2));
    for (std::size_t i = 0; i < out.size(); ++i) {
      bool const written = i >= 14 && i < 26;
      REQUIRE(out[i] == (written ? in[skew + 6 + i - 14] : 0));
    }
  }
}
