// SPDX-License-Identifier: MIT

#include <pane/core/config.hpp>
#include <tests/support/catch.hpp>

PANE_NAMESPACE_BEGIN
namespace config_test {
inline constexpr int marker = 7;

PANE_HOST_DEVICE constexpr int three() {
  return 3;
}
PANE_INLINE int sum_of_squares(int const (&values)[5]) {
  int sum = 0;
  PANE_UNROLL
  for (int i = 0; i < 5; ++i) sum += values[i] * values[i];
  return sum;
}
}  // namespace config_test
PANE_NAMESPACE_END

#define PANE_TEST_TEXT_OF(...) #__VA_ARGS__
#define PANE_TEST_TEXT(...) PANE_TEST_TEXT_OF(__VA_ARGS__)

TEST_CASE("config: names live in an inline namespace with the major version") {
  CHECK(&pane::config_test::marker == &pane::v0::config_test::marker);
  CHECK(pane::config_test::marker == 7);
}

TEST_CASE("config: a C++ compiler sees no CUDA") {
  CHECK(PANE_DEVICE_CODE == 0);
  CHECK(PANE_TEST_TEXT(PANE_HOST_DEVICE)[0] == '\0');
  static_assert(pane::config_test::three() == 3);
}

TEST_CASE("config: the unroll hint leaves the loop as it is") {
  CHECK(pane::config_test::sum_of_squares({1, 2, 3, 4, 5}) == 55);
}
