// SPDX-License-Identifier: MIT

#include <pane/core/vec.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

using namespace pane;

TEST_CASE("vec: channels of one pixel, next to each other") {
  Vec<std::uint8_t, 3> p{{10, 20, 30}};
  CHECK(sizeof p == 3);
  CHECK(p[1] == 20);
  p[1] = 21;
  CHECK(p == Vec<std::uint8_t, 3>{{10, 21, 30}});
  CHECK(p != Vec<std::uint8_t, 3>{{10, 21, 31}});
  CHECK(p != Vec<std::uint8_t, 3>{{11, 21, 30}});
  CHECK(p.channels == 3);
  static_assert(Vec<int, 2>::filled(7) == Vec<int, 2>{{7, 7}});
  static_assert(std::is_trivially_copyable_v<Vec<float, 4>>);
  CHECK(detail::is_vec<Vec<float, 2>>);
  CHECK_FALSE(detail::is_vec<float>);
}

TEST_CASE("vec: NaN differs from itself") {
  auto const nan = Vec<float, 2>::filled(std::numeric_limits<float>::quiet_NaN());
  CHECK(nan != nan);
}

TEST_CASE("vec: saturate_cast and to_real go channel by channel") {
  Vec<float, 4> const p{{-1.0f, 0.5f, 2.5f, 300.0f}};
  CHECK(saturate_cast<std::uint8_t>(p) == Vec<std::uint8_t, 4>{{0, 0, 2, 255}});
  Vec<float, 3> const q{{1.9f, -1.9f, 2.5f}};
  CHECK(saturate_cast<std::int8_t, Rounding::toward_zero>(q) == Vec<std::int8_t, 3>{{1, -1, 2}});
  CHECK(to_real(Vec<std::uint8_t, 2>{{3, 255}}) == Vec<float, 2>{{3.0f, 255.0f}});
  static_assert(std::is_same_v<decltype(to_real(Vec<std::uint8_t, 2>{})), Vec<float, 2>>);
  static_assert(std::is_same_v<decltype(to_real(Vec<double, 2>{})), Vec<double, 2>>);
}

TEST_CASE("vec: a run is pixels side by side") {
  Run<Vec<std::uint8_t, 3>, 2> run{{{{1, 2, 3}}, {{4, 5, 6}}}};
  CHECK(sizeof run == 6);
  run[1][2] = 9;
  Run<Vec<std::uint8_t, 3>, 2> const& same = run;
  CHECK(same[1] == Vec<std::uint8_t, 3>{{4, 5, 9}});
}
