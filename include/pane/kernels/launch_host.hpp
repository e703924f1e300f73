// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/stream.hpp>

#include <pthread.h>
#include <unistd.h>  // sysconf

#include <cstdint>

// A block program is a trivially copyable struct with
//
//   static constexpr int threads;                              threads of a block
//   static constexpr int blocks_per_sm;                        blocks that a GPU's multiprocessor must hold at least,
//                                                              which caps the registers of a thread
//   struct Shared;                                             memory that they share (may be empty)
//   static constexpr bool awaits;                              it calls await_stream() itself, before it reads or writes
//                                                              memory; without this member it is called before the body
//   Grid grid() const;                                         how many blocks
//   template <class Block> void operator()(Block& block) const;
//
// whose body is a sequence of steps, `block.for_each_thread([&](int t) PANE_INLINE_LAMBDA { ... })`, with a barrier after each. This
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
  /// A step that other threads of the warp wait for, 32 neighbours, and not the block.
  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void for_each_thread_in_warps(F&& f) {
    for_each_thread(f);
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
PANE_INLINE void run_these_blocks(Program const& program,
                                  Grid grid,
                                  std::int64_t first,
                                  std::int64_t last) {
  HostBlock<Program> block;
  std::int64_t const plane = std::int64_t{grid.x} * grid.y;
  for (std::int64_t i = first; i < last; ++i) {
    block.z = i / plane;
    block.y = static_cast<int>(i % plane / grid.x);
    block.x = static_cast<int>(i % grid.x);
    program(block);
  }
}

/// The same as code for any processor that the compiler was asked for; where there is another, it is kept small.
template <class Program>
#if PANE_HOST_AVX2
__attribute__((cold))
#endif
void run_blocks(Program const& program, Grid grid, std::int64_t first, std::int64_t last) {
  run_these_blocks(program, grid, first, last);
}

#if PANE_HOST_AVX2
/// The same with the instructions of a newer processor. Everything that it calls must melt into it to have them too.
template <class Program>
__attribute__((target("avx2,fma"), flatten)) void run_blocks_avx2(Program const& program,
                                                                  Grid grid,
                                                                  std::int64_t first,
                                                                  std::int64_t last) {
  run_these_blocks(program, grid, first, last);
}
#endif

/// What one thread of a launch runs.
template <class Program>
struct BlockRange {
  Program const* program = nullptr;
  Grid grid;
  std::int64_t first = 0;
  std::int64_t last = 0;

  /// By the code for the processor at hand.
  void run() const {
#if PANE_HOST_AVX2
    if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0)
      return run_blocks_avx2(*program, grid, first, last);
#endif
    run_blocks(*program, grid, first, last);
  }
  static void* run_thread(void* range) noexcept {
    static_cast<BlockRange const*>(range)->run();
    return nullptr;
  }
};

/// Runs a block program on the CPU and returns when it is done. The threads are POSIX threads, as <thread> would be
/// the dearest header of a file that includes Pane; the share of one that cannot be started is run by the caller.
template <class Program>
void launch(Host where, Program const& program) {
  Grid const grid = program.grid();
  if (grid.empty()) return;
  std::int64_t const blocks = std::int64_t{grid.x} * grid.y * grid.z;
  constexpr int most_threads = 256;
  std::int64_t const wanted = where.threads > 0 ? where.threads : ::sysconf(_SC_NPROCESSORS_ONLN);
  auto const threads = static_cast<int>(
      clamped<std::int64_t>(wanted, 1, smaller<std::int64_t>(blocks, most_threads)));
  if (threads == 1) return BlockRange<Program>{&program, grid, 0, blocks}.run();

  struct Workers {  // joins also when the caller's own share throws
    pthread_t handles[most_threads];
    int count = 0;
    ~Workers() {
      for (int i = 0; i < count; ++i) ::pthread_join(handles[i], nullptr);
    }
  };
  BlockRange<Program> ranges[most_threads];
  for (int i = 0; i < threads; ++i) {
    ranges[i] = {&program, grid, blocks * i / threads, blocks * (i + 1) / threads};
  }
  Workers workers;
  for (int i = 1; i < threads; ++i) {
    bool const started = ::pthread_create(&workers.handles[workers.count], nullptr,
                                          &BlockRange<Program>::run_thread, &ranges[i]) == 0;
    if (started) ++workers.count;
    if (!started) ranges[i].run();
  }
  ranges[0].run();
}

}  // namespace detail
PANE_NAMESPACE_END
