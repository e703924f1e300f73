// SPDX-License-Identifier: MIT

#include <pane/core/error.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

using namespace pane;

TEST_CASE("error: every exception is a pane::Error and a std::runtime_error") {
  CHECK_THROWS_AS(throw InvalidArgument("a"), Error);
  CHECK_THROWS_AS(throw Unsupported("b"), Error);
  CHECK_THROWS_AS(throw CudaError(2, "c"), Error);
  CHECK_THROWS_AS(throw Error("d"), std::runtime_error);
  CHECK_FALSE(std::is_base_of_v<InvalidArgument, Unsupported>);
  CHECK_FALSE(std::is_base_of_v<InvalidArgument, CudaError>);
  CHECK_THROWS_WITH(throw Unsupported("no kernel"), "no kernel");
}

TEST_CASE("error: CudaError carries the code of the runtime") {
  CudaError const error(719, "pane: kernel launch: gone");
  CHECK(error.code() == 719);
  CHECK(std::string(error.what()) == "pane: kernel launch: gone");
}

TEST_CASE("error: messages are joined from their parts") {
  int const number = -3;
  CHECK(detail::concat() == "");
  CHECK(detail::concat("x ", 'y', " ", number, " ", 7u, " ", std::string("z")) == "x y -3 7 z");
  CHECK(detail::concat(INT64_MIN, " ", UINT64_MAX) == "-9223372036854775808 18446744073709551615");
  CHECK(detail::concat(-5LL, " ", 5ULL) == "-5 5");
  CHECK(detail::concat(0.5, " ", 100.0, " ", 0.1f, " ", 1e-9) == "0.5 100 0.1 1e-09");
  CHECK(detail::concat(reinterpret_cast<void const*>(0x7f00)) == "0x7f00");
  CHECK(detail::concat(static_cast<void const*>(nullptr)) == "0x0");
  CHECK(detail::concat(reinterpret_cast<void const*>(UINT64_MAX)) == "0xffffffffffffffff");
}

TEST_CASE("error: require throws only when the rule is broken") {
  CHECK_NOTHROW(detail::require(true, "never"));
  CHECK_THROWS_AS(detail::require(false, "n is ", 3), InvalidArgument);
  CHECK_THROWS_WITH(detail::require(false, "n is ", 3, "; it must be even"),
                    "n is 3; it must be even");
}
