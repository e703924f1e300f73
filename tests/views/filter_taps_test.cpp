// SPDX-License-Identifier: MIT
#include <pane/views/filter_taps.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>

namespace {

using namespace pane;

TEST_CASE("filter taps: a shorter filter stands in the middle of seven, zeros around it") {
  auto const three = detail::centred({3, {0.25f, 0.5f, -1.0f}});
  float const want[7] = {0, 0, 0.25f, 0.5f, -1.0f, 0, 0};
  for (int k = 0; k < 7; ++k) CHECK(three.weight[k] == want[k]);
  CHECK(three.radius == 1);

  auto const seven = detail::centred({7, {1, 2, 3, 4, 5, 6, 7}});
  for (int k = 0; k < 7; ++k) CHECK(seven.weight[k] == static_cast<float>(k + 1));
  CHECK(seven.radius == 3);
  CHECK(detail::centred({}).weight[3] == 1.0f);
}

TEST_CASE("filter taps: zeros around a filter meet whole numbers, not what may be infinite") {
  for (int size : {1, 3, 5, 7}) {
    auto const taps = detail::centred({size, {}});
    for (int k = 0; k < 7; ++k) {
      bool const inside = k >= 3 - size / 2 && k <= 3 + size / 2;
      CHECK(taps.counts<float>(k) == inside);
      CHECK(taps.counts<std::uint8_t>(k));
    }
  }
}

}  // namespace
