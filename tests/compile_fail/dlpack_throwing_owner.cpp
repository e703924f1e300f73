// SPDX-License-Identifier: MIT
// EXPECT: must move and end without exceptions
#include <pane/pane.hpp>

struct Owner {
  Owner() = default;
  Owner(Owner const&) {}  // a copy may throw
};

auto f(pane::AnyTensor const& tensor) {
  return pane::to_dlpack(tensor, Owner{});
}
