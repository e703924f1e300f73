// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/stream.hpp>

#include <cstdint>
#include <thread>

// A block program is a trivially copyable struct with
//
//   static constexpr int threads;                              threads of a block
//   static constexpr int blocks_per_sm;                        blocks that a GPU's multiprocessor must hold at least,
//                                                              which caps the registers of a thread
//   struct Shared;                                             memory that they share (may be empty)
//   Grid grid() const;                                         how many blocks
//   template <class Block> void operator()(Block& block) const;
//
// whose body is a sequence of steps, `block.for_each_thread([&](int t) { ... })`, with a barrier after each. This
// header runs it as loops on the CPU; kernels/launch_cuda.hpp as a kernel.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Blocks along x, y and z; z is as long as a batch may be.
struct Grid {
  int x = 1;
  int y = 1;
  std::int64_t z = 1;
  constexpr bool empty() const noexcept { return x == 0 || y == 0 || z == 0; }
};

/// A value that each thread of a block carries from one step to the next: here an array over the threads.
template <class T, int Threads>
class HostPerThread {
 public:
  PANE_HOST_DEVICE T& operator[](int t) noexcept { return values_[t]; }

 private:
  T values_[Threads] = {};
};

/// The block handle of the CPU. Marked for both machines because the body that calls it is.
template <class Program>
class HostBlock {
 public:
  int x = 0;
  int y = 0;
  std::int64_t z = 0;

  /// One step: every thread of the block, then a barrier.
  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void for_each_thread(F&& f) {
    for (int t = 0; t < Program::threads; ++t) f(t);
  }
  /// The last step of a program that shares nothing afterwards: no barrier follows.
  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void for_each_thread_unordered(F&& f) {
    for_each_thread(f);
  }
  PANE_HOST_DEVICE typename Program::Shared& shared() noexcept { return shared_; }
  template <class T>
  PANE_HOST_DEVICE HostPerThread<T, Program::threads> per_thread() const {
    return {};
  }

 private:
  typename Program::Shared shared_;
};

/// Runs the blocks [first, last) of the grid, counted x fastest.
template <class Program>
void run_blocks(Program const& program, Grid grid, std::int64_t first, std::int64_t last) {
  HostBlock<Program> block;
  std::int64_t const plane = std::int64_t{grid.x} * grid.y;
  for (std::int64_t i = first; i < last; ++i) {
    block.z = i / plane;
    block.y = static_cast<int>(i % plane / grid.x);
    block.x = static_cast<int>(i % grid.x);
    program(block);
  }
}

/// Runs a block program on the CPU and returns when it is done.
template <class Program>
void launch(Host where, Program const& program) {
  Grid const grid = program.grid();
  if (grid.empty()) return;
  std::int64_t const blocks = std::int64_t{grid.x} * grid.y * grid.z;
  int threads = where.threads;
  if (threads <= 0) threads = static_cast<int>(std::thread::hardware_concurrency());
  threads = static_cast<int>(clamped<std::int64_t>(threads, 1, blocks));
  if (threads == 1) return run_blocks(program, grid, 0, blocks);

  struct Joiner {  // joins also when starting a further thread throws
    std::thread workers[256];
    ~Joiner() {
      for (auto& w : workers) {
        if (w.joinable()) w.join();
      }
    }
  } joiner;
  threads = smaller(threads, 256);
  for (int i = 1; i < threads; ++i) {
    joiner.workers[i] =
        std::thread([&program, grid, begin = blocks * i / threads,
                     end = blocks * (i + 1) / threads] { run_blocks(program, grid, begin, end); });
  }
  run_blocks(program, grid, 0, blocks / threads);
}

}  // namespace detail
PANE_NAMESPACE_END
