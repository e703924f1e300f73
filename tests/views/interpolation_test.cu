// SPDX-License-Identifier: MIT

#include <pane/views/interpolation.hpp>
#include <tests/support/catch.hpp>

#include <cmath>
#include <cstdint>

using namespace pane;

TEST_CASE("cubic: the weights of Keys' kernel") {
  auto const kernel = [](double a, double d) {
    d = std::abs(d);
    if (d <= 1) return (a + 2) * d * d * d - (a + 3) * d * d + 1;
    return a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a;
  };
  for (double const a : {-0.75, -0.5}) {
    for (double t = 0; t < 1; t += 0.0625) {
      double w[4];
      float f[4];
      detail::cubic_weights<double>(a, t, w);
      detail::cubic_weights<float>(static_cast<float>(a), static_cast<float>(t), f);
      for (int i = 0; i < 4; ++i) {
        CHECK(std::abs(w[i] - kernel(a, i - 1 - t)) <= 1e-14);
        CHECK(std::abs(static_cast<double>(f[i]) - kernel(a, i - 1 - t)) <= 3e-7);
      }
    }
  }
}
