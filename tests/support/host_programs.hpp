// SPDX-License-Identifier: MIT
#pragma once

// For tests that compare block programs on the CPU with each other.

#include <pane/kernels/launch_host.hpp>

#include <cstdint>
#include <cstring>

namespace test {

/// Runs a program without the instructions of newer processors.
template <class Program>
void run_plain(Program const& program) {
  pane::detail::Grid const grid = program.grid();
  pane::detail::run_blocks(program, grid, 0, std::int64_t{grid.x} * grid.y * grid.z);
}

/// What is written into a vector by one call after the other, each time into the same memory with the same content before,
/// must be the bytes that the first has left there.
template <class Memory>
class SameBytes {
 public:
  template <class F>
  SameBytes(Memory& memory, F&& first) : memory_(memory), clean_(memory), want_(memory) {
    first();
    want_ = memory_;
    restore();
  }
  /// Whether the first has written anything.
  bool written() const { return !equal(want_, clean_); }
  template <class F>
  bool operator()(F&& write) const {
    write();
    bool const same = equal(want_, memory_);
    restore();
    return same;
  }

 private:
  static std::size_t bytes(Memory const& m) { return m.size() * sizeof(m[0]); }
  static bool equal(Memory const& a, Memory const& b) {
    return std::memcmp(a.data(), b.data(), bytes(a)) == 0;
  }
  void restore() const { std::memcpy(memory_.data(), clean_.data(), bytes(clean_)); }

  Memory& memory_;
  Memory clean_;
  Memory want_;
};

}  // namespace test
