// SPDX-License-Identifier: MIT
// EXPECT: does not have the layout of DLPack
#include <pane/pane.hpp>

struct Managed {  // the members of a managed tensor in another order
  void* manager_ctx;
  pane::DlpackTensor dl_tensor;
  void (*deleter)(Managed* self);
};

auto f(Managed* managed) {
  return pane::DlpackOwner(managed);
}
