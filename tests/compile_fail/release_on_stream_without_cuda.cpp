// SPDX-License-Identifier: MIT
// EXPECT: a stream needs #include
#include <pane/pane.hpp>

void f(pane::ReleaseQueue& queue, pane::DlpackOwner&& owner, pane::Stream stream) {
  queue.add(stream, std::move(owner));
}
