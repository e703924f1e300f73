// SPDX-License-Identifier: MIT
#pragma once

// The one header through which tests see Catch2: the same names from 2.13 (Debian 12) and from 3.x.

#include <tests/support/machine_choice.hpp>

#if __has_include(<catch2/catch_test_macros.hpp>)
#define PANE_TEST_CATCH 3
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#elif __has_include(<catch2/catch.hpp>)
#define PANE_TEST_CATCH 2
#include <catch2/catch.hpp>
// The matchers have the names of 3.x.
namespace Catch::Matchers {
inline auto ContainsSubstring(std::string const& text,  // NOLINT: the name of 3.x
                              CaseSensitive::Choice choice = CaseSensitive::Yes) {
  return Contains(text, choice);
}
}  // namespace Catch::Matchers
#else
#error "The tests need Catch2 2.13 or 3.x (Debian: catch2)"
#endif

/// Leaves the running test case and says so: `PANE_SKIP("needs two GPUs")`.
#define PANE_SKIP(reason)         \
  do {                            \
    ::test::note_skipped(reason); \
    SUCCEED("skipped: " reason);  \
    return;                       \
  } while (false)
