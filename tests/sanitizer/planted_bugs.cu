// SPDX-License-Identifier: MIT
// MACHINES: gpu
// LABELS: planted
// One bug for each tool of compute-sanitizer: tests/sanitizer/run fails when a tool does not find its own, because then
// it would not find another either. `planted_bugs memcheck|racecheck|initcheck|synccheck|none`
#include <pane/kernels/launch_cuda.hpp>

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstring>

namespace planted {

enum class Bug { none, out_of_bounds, race, uninitialized, wrong_barrier };

struct Program {
  static constexpr int threads = 64;
  static constexpr int blocks_per_sm = 1;
  struct Shared {
    int value[64];
  };
  int* data;  // 64 elements
  Bug bug;

  pane::detail::Grid grid() const { return {1, 1, 1}; }

  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    auto& shared = block.shared();
    if (bug == Bug::race) {  // the barrier between the two steps is missing
      block.for_each_thread_unordered([&](int t) { shared.value[t] = t; });
      block.for_each_thread_unordered([&](int t) { data[t] = shared.value[63 - t]; });
      return;
    }
    if (bug == Bug::wrong_barrier) {  // a thread waits for a mask that it is not in
      block.for_each_thread_unordered([&](int t) {
#if PANE_DEVICE_CODE
        __syncwarp(t < 16 ? 0xffff0000u : 0xffffffffu);
#endif
        data[t] = t;
      });
      return;
    }
    block.for_each_thread([&](int t) {
      if (bug == Bug::out_of_bounds) data[t + 1] = t;
      if (bug == Bug::uninitialized) shared.value[t] = data[t];
    });
    block.for_each_thread([&](int t) {
      if (bug == Bug::uninitialized && shared.value[t] == 12345) data[t] = 1;
    });
  }
};

}  // namespace planted

int main(int argc, char** argv) {
  using planted::Bug;
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::puts("skipped: no CUDA device");
    return 77;
  }
  char const* const tool = argc > 1 ? argv[1] : "none";
  Bug bug = Bug::none;
  if (std::strcmp(tool, "memcheck") == 0) bug = Bug::out_of_bounds;
  if (std::strcmp(tool, "racecheck") == 0) bug = Bug::race;
  if (std::strcmp(tool, "initcheck") == 0) bug = Bug::uninitialized;
  if (std::strcmp(tool, "synccheck") == 0) bug = Bug::wrong_barrier;
  int* data = nullptr;
  pane::detail::check_cuda(cudaMalloc(reinterpret_cast<void**>(&data), 64 * sizeof(int)),
                           "cudaMalloc");
  pane::detail::launch(pane::Stream{}, planted::Program{data, bug});
  (void)cudaDeviceSynchronize();
  cudaFree(data);
  return 0;
}
