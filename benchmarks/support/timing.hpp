// SPDX-License-Identifier: MIT
#pragma once

// How the C++ programs time a case on a GPU: a graph of launches that rotate through sets of buffers larger than three
// times the L2 cache, replayed between two events. Beside its own time a case reports the floor, which is its bytes at
// the copy rate that the same run has measured, and the time of an empty launch under the same graph.

#include <cuda_runtime.h>

#include <benchmarks/support/case.hpp>
#include <benchmarks/support/device_bytes.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bench {

inline bool has_gpu() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

static __global__ void copy_words(uint4 const* __restrict__ from,
                                  uint4* __restrict__ to,
                                  std::size_t count) {
  std::size_t const stride = std::size_t{gridDim.x} * blockDim.x;
  std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  for (; i + 3 * stride < count; i += 4 * stride) {
    uint4 const a = from[i];
    uint4 const b = from[i + stride];
    uint4 const c = from[i + 2 * stride];
    uint4 const d = from[i + 3 * stride];
    __stcs(to + i, a);
    __stcs(to + i + stride, b);
    __stcs(to + i + 2 * stride, c);
    __stcs(to + i + 3 * stride, d);
  }
  for (; i < count; i += stride) to[i] = from[i];
}

static __global__ void empty_kernel() {}

/// A graph of what `f(stream)` enqueues on a stream of its own.
template <class F>
cudaGraph_t captured(cudaStream_t stream, F&& f) {
  cudaGraph_t graph = nullptr;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "cudaStreamBeginCapture");
  f(stream);
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  return graph;
}

/// Microseconds a launch of `f(launch, stream)`, the median of `replays` replays of a graph of `launches` of them.
template <class F>
double graph_microseconds(int launches, int replays, F&& f) {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  cudaGraph_t const graph = captured(stream, [&](cudaStream_t s) {
    for (int i = 0; i < launches; ++i) f(i, s);
  });
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  check(cudaEventCreate(&begin), "cudaEventCreate");
  check(cudaEventCreate(&end), "cudaEventCreate");
  std::vector<float> milliseconds;
  for (int r = -2; r < replays; ++r) {
    check(cudaEventRecord(begin, stream), "cudaEventRecord");
    check(cudaGraphLaunch(executable, stream), "cudaGraphLaunch");
    check(cudaEventRecord(end, stream), "cudaEventRecord");
    check(cudaEventSynchronize(end), "cudaEventSynchronize");
    float ms = 0;
    check(cudaEventElapsedTime(&ms, begin, end), "cudaEventElapsedTime");
    if (r >= 0) milliseconds.push_back(ms);
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
  cudaStreamDestroy(stream);
  std::nth_element(milliseconds.begin(), milliseconds.begin() + milliseconds.size() / 2,
                   milliseconds.end());
  return 1e3 * static_cast<double>(milliseconds[milliseconds.size() / 2]) / launches;
}

/// Bytes a second, read plus written, of the fastest copy of 1 GB: the driver's, or a kernel of 16-byte words. Measured
/// once a run.
inline double copy_rate() {
  static double const rate = [] {
    std::size_t const bytes = std::size_t{1} << 30;
    DeviceBytes from(bytes);
    DeviceBytes to(bytes);
    int sms = 0;
    check(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0),
          "cudaDeviceGetAttribute");
    double best = 1e30;
    for (int blocks_a_sm : {4, 8, 16, 64}) {
      best = std::min(best, graph_microseconds(2, 15, [&](int, cudaStream_t stream) {
                        copy_words<<<static_cast<unsigned>(sms * blocks_a_sm), 512, 0, stream>>>(
                            static_cast<uint4 const*>(from.data()), static_cast<uint4*>(to.data()),
                            bytes / sizeof(uint4));
                      }));
    }
    best = std::min(
        best, graph_microseconds(2, 15, [&](int, cudaStream_t stream) {
          check(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice, stream),
                "cudaMemcpyAsync");
        }));
    return 2.0 * static_cast<double>(bytes) / (best * 1e-6);
  }();
  return rate;
}

/// Microseconds of an empty launch inside a graph; measured once a run.
inline double empty_launch() {
  static double const us = graph_microseconds(
      64, 15, [](int, cudaStream_t stream) { empty_kernel<<<1, 32, 0, stream>>>(); });
  return us;
}

/// Sets of buffers to rotate through, so that none is in the cache when its turn comes again; and six where there is
/// memory for them, as where a buffer lies makes 3 % of the time of some programs.
inline int rotation(std::size_t bytes_a_set) {
  std::size_t const enough = std::size_t{200} << 20;
  std::size_t const most = std::size_t{16} << 30;
  std::size_t const uncached = (enough + bytes_a_set - 1) / bytes_a_set;
  std::size_t const places = std::min<std::size_t>(6, most / bytes_a_set);
  return static_cast<int>(std::clamp<std::size_t>(std::max(uncached, places), 2, 32));
}

}  // namespace bench
