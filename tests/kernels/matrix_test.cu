// SPDX-License-Identifier: MIT
// MACHINES: gpu
#include <pane/kernels/launch_cuda.hpp>
#include <pane/kernels/matrix.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace matrix_test {

using namespace pane;

/// sum = left (16 x 16 bytes) * right (16 x 8 weights, as split quads), as one warp does it.
struct Product {
  static constexpr int threads = 32;
  static constexpr int blocks_per_sm = 1;
  struct Shared {};
  std::uint8_t const* left;
  float const* right;
  float* sum;
  float* weight_sums;  // of a lane's four
  detail::Grid grid() const { return {1, 1, 1}; }
  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    block.for_each_thread([&](int t) {
      if constexpr (detail::has_matrix_unit) {
        int const g = t / 4;
        int const q = t % 4;
        std::uint32_t halves[2][2][4];  // [rows g, g + 8][columns 2q, 2q + 8] of one column pair
        for (int r = 0; r < 2; ++r) {
          for (int c = 0; c < 2; ++c) {
            auto const* at = left + (g + 8 * r) * 16 + 2 * q + 8 * c;
            detail::bytes_to_halves(at[0] * 0x01010101u, at[1] * 0x01010101u, halves[r][c]);
          }
        }
        std::uint32_t const factor[4] = {halves[0][0][0], halves[1][0][1], halves[0][1][2],
                                         halves[1][1][3]};
        auto const weight = [&](int k) { return right[k * 8 + g]; };
        auto const weights = detail::split_quad(
            {weight(2 * q), weight(2 * q + 1), weight(2 * q + 8), weight(2 * q + 9)});
        float out[4] = {};
        detail::multiply_add(out, factor, weights.high[0], weights.high[1]);
        detail::multiply_add(out, factor, weights.low[0], weights.low[1]);
        for (int i = 0; i < 4; ++i)
          sum[(g + i / 2 * 8) * 8 + 2 * q + i % 2] = out[i] / detail::byte_in_half;
        weight_sums[t] = detail::sum_of(weights);
      }
    });
  }
};

}  // namespace matrix_test

TEST_CASE("matrix: bytes times split weights are the product in double within 2^-20 of its terms") {
  std::mt19937 engine(7);
  std::vector<std::uint8_t> left(16 * 16);
  std::vector<float> right(16 * 8);
  for (auto& v : left) v = static_cast<std::uint8_t>(engine());
  for (auto& v : right) v = static_cast<float>(engine()) * 0x1p-31f - 1.0f;
  test::Buffer<std::uint8_t> const a(left);
  test::Buffer<float> const b(right);
  test::Buffer<float> sum(std::vector<float>(16 * 8, -1.0f));
  test::Buffer<float> weight_sums(std::vector<float>(32, -1.0f));
  test::on_machine([&](auto where) {
    pane::detail::launch(where,
                         matrix_test::Product{a.data(), b.data(), sum.data(), weight_sums.data()});
  });
  auto const got = sum.download();
  for (std::size_t r = 0; r < 16; ++r) {
    for (std::size_t c = 0; c < 8; ++c) {
      double want = 0;
      double terms = 0;
      for (std::size_t k = 0; k < 16; ++k) {
        double const term = static_cast<double>(left[r * 16 + k]) * right[k * 8 + c];
        want += term;
        terms += std::fabs(term);
      }
      INFO(r << ", " << c);
      CHECK(std::fabs(got[r * 8 + c] - want) <= 0x1p-20 * terms);
    }
  }
  auto const sums = weight_sums.download();
  for (std::size_t t = 0; t < 32; ++t) {
    double want = 0;
    for (std::size_t k : {0, 1, 8, 9}) want += right[(2 * (t % 4) + k) * 8 + t / 4];
    CHECK(std::fabs(sums[t] - want) <= 0x1p-20);
  }
}
