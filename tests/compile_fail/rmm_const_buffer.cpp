// SPDX-License-Identifier: MIT
// EXPECT: pane::from_rmm: the buffer is const: ask for const elements
#include <pane/core/layout.hpp>
#include <pane/interop/rmm.hpp>

#include <cstddef>

/// The members of rmm::device_buffer.
struct Buffer {
  void* data() { return nullptr; }
  void const* data() const { return nullptr; }
  std::size_t size() const { return 0; }
  int stream() const { return 0; }
};

Buffer const buffer;
auto view = pane::from_rmm<float, pane::HW>(buffer, {0, 0});
