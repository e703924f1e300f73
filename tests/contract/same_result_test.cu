// SPDX-License-Identifier: MIT
// Contract lines 8 and 9: every operation runs on the CPU by the same call; the two machines agree within one unit in the
// last place or one level; the same on every run and at every place of a batch.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace {

using namespace pane;

constexpr int batch_size = 3;
constexpr int height = 45;
constexpr int width = 61;
constexpr int out_height = 37;
constexpr int out_width = 53;

std::vector<std::uint8_t> noise(std::size_t count) {
  std::vector<std::uint8_t> v(count);
  std::uint32_t state = 12345;
  for (auto& x : v) {
    state = state * 1664525u + 1013904223u;
    x = static_cast<std::uint8_t>(state >> 24);
  }
  return v;
}

/// Calls f(where, src, dst) on the chosen machine and on the CPU, twice each, for a batch of one picture repeated.
template <class F>
void check_same(char const* name, int h, int w, F&& f) {
  INFO(name);
  std::size_t const picture = std::size_t{height} * width * 3;
  std::vector<std::uint8_t> content = noise(picture);
  for (int n = 1; n < batch_size; ++n)
    content.insert(content.end(), content.begin(),
                   content.begin() + static_cast<std::ptrdiff_t>(picture));
  std::size_t const out_picture =
      std::size_t{3} * static_cast<std::size_t>(h) * static_cast<std::size_t>(w);
  std::vector<float> on_cpu(out_picture * batch_size);
  f(host, Tensor<std::uint8_t const, NHWC<3>>(content.data(), {batch_size, height, width, 3}),
    Tensor<float, NCHW<3>>(on_cpu.data(), {batch_size, 3, h, w}));
  std::vector<float> first;
  for (int round = 0; round < 2; ++round) {
    test::Buffer<std::uint8_t> const in(content);
    test::Buffer<float> out(on_cpu.size());
    test::on_machine([&](auto where) {
      f(where, Tensor<std::uint8_t const, NHWC<3>>(in.data(), {batch_size, height, width, 3}),
        Tensor<float, NCHW<3>>(out.data(), {batch_size, 3, h, w}));
    });
    auto const got = out.download();
    if (round == 0) first = got;
    REQUIRE(std::memcmp(first.data(), got.data(), got.size() * sizeof(float)) == 0);
    for (int n = 1; n < batch_size; ++n) {
      REQUIRE(std::memcmp(got.data(), got.data() + out_picture * static_cast<std::size_t>(n),
                          out_picture * sizeof(float)) == 0);
    }
    std::size_t worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      // One unit in the last place of the numbers that went in: the sums of a chain cancel, their terms do not.
      float const scale = std::max(std::max(std::fabs(got[i]), std::fabs(on_cpu[i])), 1.0f);
      float const bound = 2.0f * scale * std::numeric_limits<float>::epsilon();
      if (!(std::fabs(got[i] - on_cpu[i]) <= bound)) ++worst;
    }
    CHECK(worst == 0);
  }
}

TEST_CASE("contract 8 and 9: sampling", "[contract]") {
  check_same("nearest", out_height, out_width,
             [](auto where, auto src, auto dst) { resize(where, src, dst, nearest); });
  check_same("linear", out_height, out_width,
             [](auto where, auto src, auto dst) { resize(where, src, dst); });
  check_same("cubic", out_height, out_width,
             [](auto where, auto src, auto dst) { resize(where, src, dst, cubic); });
  check_same("letterbox", 64, 64,
             [](auto where, auto src, auto dst) { letterbox(where, src, dst); });
}

TEST_CASE("contract 8 and 9: pixels", "[contract]") {
  check_same("normalize", height, width, [](auto where, auto src, auto dst) {
    normalize(where, src, dst, Vec<float, 3>{{0.485f, 0.456f, 0.406f}},
              Vec<float, 3>{{0.229f, 0.224f, 0.225f}}, {.scale = 1.0f / 255.0f});
  });
  check_same("to_rgb", height, width,
             [](auto where, auto src, auto dst) { to_rgb(where, src, dst, bt709, limited_range); });
  check_same("reorder", height, width,
             [](auto where, auto src, auto dst) { reorder<2, 1, 0>(where, src, dst); });
  check_same("scale_offset", height, width,
             [](auto where, auto src, auto dst) { scale_offset(where, src, dst, 0.3f, -7.0f); });
}

TEST_CASE("contract 8 and 9: geometry and filters", "[contract]") {
  check_same("crop", 20, 21, [](auto where, auto src, auto dst) { crop(where, src, dst, 7, 3); });
  check_same("pad", height + 9, width + 14, [](auto where, auto src, auto dst) {
    pad(where, src, dst, 4, 9, Border::reflect_101);
  });
  check_same("flip", height, width,
             [](auto where, auto src, auto dst) { flip(where, src, dst, FlipAxis::both); });
  check_same("rot90", width, height,
             [](auto where, auto src, auto dst) { rot90(where, src, dst); });
  check_same("gaussian", height, width, [](auto where, auto src, auto dst) {
    gaussian(where, src, dst, {.size = 7, .sigma = 1.5f});
  });
}

}  // namespace
