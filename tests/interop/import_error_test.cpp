// SPDX-License-Identifier: MIT
#include <pane/interop/import_error.hpp>
#include <tests/support/catch.hpp>

#include <set>
#include <string>

TEST_CASE("every reason has a name of its own, and the name leads back") {
  std::set<std::string> names;
  for (int i = 0; i < pane::import_reason_count; ++i) {
    auto const reason = static_cast<pane::ImportReason>(i);
    names.insert(name(reason));
    CHECK(pane::find_import_reason(name(reason)) == reason);
  }
  CHECK(names.size() == 48);
  CHECK_FALSE(pane::find_import_reason("no_such_reason").has_value());
  CHECK_FALSE(pane::find_import_reason("").has_value());
}

TEST_CASE("an error has a code for programs and a sentence for people") {
  try {
    pane::detail::refuse(pane::ArrayProtocol::cuda_array_interface,
                         pane::ImportReason::negative_extent, "shape[", 1, "] is ", -3,
                         ": an extent is 0 or more");
    FAIL("refuse returned");
  } catch (pane::InvalidArgument const& error) {
    CHECK(std::string(error.what()) ==
          "pane: CUDA array interface: shape[1] is -3: an extent is 0 or more (negative_extent)");
    auto const* const cai = dynamic_cast<pane::ImportError const*>(&error);
    REQUIRE(cai != nullptr);
    CHECK(cai->code() == pane::ImportReason::negative_extent);
  }
}
