// SPDX-License-Identifier: MIT
// Four bytes and their weights in 2^15ths. The kernels' tests compare the GPU's form.

#include <pane/views/corners.hpp>
#include <tests/support/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace pane;

namespace {

std::vector<std::uint32_t> fractions() {
  std::vector<std::uint32_t> out{1, 2, 3, 16383, 16384, 16385, 32766, 32767, 32768};
  for (std::uint32_t w = 0; w < 32768; w += 251) out.push_back(w);
  return out;
}

}  // namespace

TEST_CASE("corners: the weights are near the products, and their sum is one") {
  int wrong = 0;
  for (std::uint32_t const wx : fractions()) {
    for (std::uint32_t const wy : fractions()) {
      detail::Corners const w = detail::corners(wx, wy);
      std::uint32_t sum = 0;
      double const x[2] = {32768.0 - wx, 1.0 * wx};
      double const y[2] = {32768.0 - wy, 1.0 * wy};
      for (int i = 0; i < 4; ++i) {
        std::uint32_t const weight = w.weight(i / 2, i % 2);
        sum += weight;
        if (!(std::abs(weight - y[i / 2] * x[i % 2] / 32768.0) <= 0.5)) ++wrong;
      }
      if (sum != 32768) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("corners: sums of bytes are exact, and flat pictures stay flat") {
  detail::Corners const w = detail::corners(8192, 16384);  // a quarter to the right, half down
  using Gray = Vec<std::uint8_t, 1>;
  CHECK(detail::weighted(w, Gray{{0}}, Gray{{8}}, Gray{{40}}, Gray{{80}}).v[0] == 26.0f);
  detail::PixelPair<3> const above{{0x0A1E140Au, 0x00003C32u}};  // 10 20 30 and 10 50 60
  detail::PixelPair<3> const below{{0x14281E14u, 0x00004632u}};  // 20 30 40 and 20 50 70
  CHECK(detail::weighted(w, above, below) == Vec<float, 3>{{15, 31.25f, 42.5f}});
  detail::PixelPair<4> const white{{0xFFFFFFFFu, 0xFFFFFFFFu}};
  for (std::uint32_t const wx : fractions()) {
    detail::Corners const any = detail::corners(wx, 32768 - wx / 3);
    REQUIRE(detail::weighted(any, white, white) == Vec<float, 4>::filled(255.0f));
    REQUIRE(detail::weighted(any, Gray{{0}}, Gray{{0}}, Gray{{0}}, Gray{{0}}).v[0] == 0.0f);
  }
}

TEST_CASE("corners: what has no weight may be no number") {
  using Real = Vec<float, 1>;
  Real const bad{{std::nanf("")}};
  CHECK(detail::weighted(detail::corners(0, 16384), Real{{2}}, bad, Real{{5}}, bad).v[0] == 3.5f);
  CHECK(detail::weighted(detail::corners(32768, 0), bad, Real{{2}}, bad, Real{{HUGE_VALF}}).v[0] ==
        2.0f);
}
