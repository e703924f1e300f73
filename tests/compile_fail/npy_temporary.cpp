// SPDX-License-Identifier: MIT
// EXPECT: deleted (member )?function
#include <pane/pane.hpp>

auto f() {
  return pane::open_npy("x.npy").as<float const, pane::HW>();
}
