// SPDX-License-Identifier: MIT
#pragma once

// Streams that are busy for so long that what forgets to wait for them is seen to. Needs the CUDA compiler.

#include <tests/support/catch.hpp>

#include <cuda_runtime_api.h>

namespace test {

inline void ok(cudaError_t status) {
  INFO(cudaGetErrorString(status));
  REQUIRE(status == cudaSuccess);
}

/// Keeps a thread of a kernel busy.
__device__ inline void spin_for(long long nanoseconds) {
  unsigned long long begin;
  unsigned long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(begin));
  do {
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  } while (now - begin < static_cast<unsigned long long>(nanoseconds));
}

static __global__ void spin(long long nanoseconds) {
  spin_for(nanoseconds);
}

/// Loads the kernel, which could otherwise wait for the device later, and waits until the device is idle.
inline void load_spin() {
  spin<<<1, 1>>>(1);
  ok(cudaDeviceSynchronize());
}

/// Keeps a stream busy for a fifth of a second: everything enqueued elsewhere meanwhile overtakes it.
inline void keep_busy(cudaStream_t stream) {
  spin<<<1, 1, 0, stream>>>(200'000'000);
  ok(cudaGetLastError());
}

}  // namespace test
