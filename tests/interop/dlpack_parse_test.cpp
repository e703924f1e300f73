// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack_parse.hpp>
#include <tests/support/catch.hpp>

#include <string>

using namespace pane;

namespace {

template <class Call>
std::string judged(Call call) {
  try {
    call();
  } catch (ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the name of a capsule says what it holds") {
  int something = 0;
  CHECK(check_dlpack_capsule("dltensor", &something) == DlpackKind::legacy);
  CHECK(check_dlpack_capsule("dltensor_versioned", &something) == DlpackKind::versioned);
  auto const verdict = [&](char const* name, void const* pointer) {
    return judged([&] { check_dlpack_capsule(name, pointer); });
  };
  CHECK(verdict("used_dltensor", &something) == "consumed");
  CHECK(verdict("used_dltensor_versioned", nullptr) == "consumed");
  CHECK(verdict("dltensor_", &something) == "not_a_dlpack_capsule");
  CHECK(verdict("DLTensor", &something) == "not_a_dlpack_capsule");
  CHECK(verdict("", &something) == "not_a_dlpack_capsule");
  CHECK(verdict(nullptr, &something) == "not_a_dlpack_capsule");
  CHECK(verdict("dltensor", nullptr) == "not_a_dlpack_capsule");
  CHECK(verdict("dltensor_versioned", nullptr) == "not_a_dlpack_capsule");
}
