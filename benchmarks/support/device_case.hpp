// SPDX-License-Identifier: MIT
#pragma once

// How a case is timed on a GPU: a graph of launches that rotate through sets of buffers larger than three times the
// L2 cache, replayed between two events. Beside its own time a case reports the floor, which is its bytes at the copy
// rate that the same run has measured, and the time of an empty launch under the same graph.
//
// Before it is timed, a case is run once and its last frame compared with what the same call makes of that frame on
// the CPU, which the tests compare with float64 and with other libraries.

#include <pane/pane.hpp>

#include <cuda_runtime.h>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench {

inline void check(cudaError_t status, char const* what) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

inline bool has_gpu() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

/// Device memory with random bytes, so that no cache line is like another.
class DeviceBytes {
 public:
  explicit DeviceBytes(std::size_t bytes, unsigned seed = 1) : bytes_(bytes) {
    check(cudaMalloc(&data_, bytes), "cudaMalloc");
    std::size_t const piece = std::min<std::size_t>(bytes, std::size_t{1} << 24);
    std::vector<std::uint32_t> random((piece + 3) / 4);
    std::mt19937 engine(seed);
    for (auto& r : random) r = engine();
    for (std::size_t at = 0; at < bytes; at += piece) {
      check(cudaMemcpy(static_cast<char*>(data_) + at, random.data(), std::min(piece, bytes - at),
                       cudaMemcpyHostToDevice),
            "cudaMemcpy");
    }
  }
  DeviceBytes(DeviceBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  DeviceBytes& operator=(DeviceBytes&&) = delete;
  ~DeviceBytes() { cudaFree(data_); }
  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  /// `bytes` bytes from an offset on, on the host.
  std::vector<unsigned char> download(std::size_t offset, std::size_t bytes) const {
    std::vector<unsigned char> out(bytes);
    check(cudaMemcpy(out.data(), static_cast<char const*>(data_) + offset, bytes,
                     cudaMemcpyDeviceToHost),
          "cudaMemcpy");
    return out;
  }

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

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

/// Microseconds a launch of `f(launch, stream)`, the median of `replays` replays of a graph of `launches` of them.
template <class F>
double graph_microseconds(int launches, int replays, F&& f) {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "cudaStreamBeginCapture");
  for (int i = 0; i < launches; ++i) f(i, stream);
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
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

/// Sets of buffers to rotate through, so that none is in the cache when its turn comes again.
inline int rotation(std::size_t bytes_a_set) {
  std::size_t const enough = std::size_t{200} << 20;
  return static_cast<int>(std::clamp<std::size_t>((enough + bytes_a_set - 1) / bytes_a_set, 2, 32));
}

/// Runs one case. `bytes` is what it must read plus what it must write; `f(set, stream)` enqueues it.
template <class F>
void device_case(benchmark::State& state, double bytes, int sets, F&& f) {
  if (!has_gpu()) {
    state.SkipWithError("no CUDA device");
    return;
  }
  int const launches = std::max(sets, 24 / sets * sets);
  double us = 0;
  for (auto _ : state) {
    us = graph_microseconds(launches, 15, [&](int i, cudaStream_t stream) { f(i % sets, stream); });
    state.SetIterationTime(us * 1e-6);
  }
  double const floor_us = bytes / copy_rate() * 1e6;
  state.counters["us"] = us;
  state.counters["floor_us"] = floor_us;
  state.counters["of_copy"] = floor_us / us;
  state.counters["of_copy_and_launch"] = (floor_us + empty_launch()) / us;
  state.counters["empty_us"] = empty_launch();
  state.counters["copy_GBps"] = copy_rate() * 1e-9;
}

/// What a case reads and writes for one frame.
struct FrameShape {
  int frames = 1;
  std::size_t in_bytes = 0;   ///< of the memory of one frame
  std::size_t out_count = 0;  ///< elements that one frame becomes
  double bytes = 0.0;  ///< bytes that all frames must move; 0: everything read and written once
};

/// The largest difference of two results in units of what is allowed: one level for integers, a step of the type
/// for halves, a few for floats.
template <class Out>
double worst_difference(Out const* got, Out const* want, std::size_t count) {
  double worst = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    auto const a = static_cast<double>(pane::detail::to_number(got[i]));
    auto const b = static_cast<double>(pane::detail::to_number(want[i]));
    double allowed = 1.0;
    if constexpr (!std::is_integral_v<Out>)
      allowed = (sizeof(Out) == 2 ? 0x1p-10 : 0x1p-17) * std::max(1.0, std::fabs(b));
    double const off = std::fabs(a - b) / allowed;
    worst = off > worst || off != off ? off : worst;
  }
  return worst;
}

/// Runs a case that treats frames alike. `f(where, in, out, frames)` enqueues it, or does it when `where` is the host.
template <class Out, class F>
void frames_case(benchmark::State& state, FrameShape s, F&& f) {
  if (!has_gpu()) {
    state.SkipWithError("no CUDA device");
    return;
  }
  std::size_t const in_bytes = s.in_bytes * static_cast<std::size_t>(s.frames);
  std::size_t const out_bytes = s.out_count * static_cast<std::size_t>(s.frames) * sizeof(Out);
  int const sets = rotation(in_bytes + out_bytes);
  std::vector<DeviceBytes> in;
  std::vector<DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(in_bytes, static_cast<unsigned>(i + 1));
    out.emplace_back(out_bytes);
  }
  auto const enqueue = [&](int set, cudaStream_t stream) {
    auto const i = static_cast<std::size_t>(set);
    f(pane::Stream{stream}, static_cast<std::uint8_t const*>(in[i].data()),
      static_cast<Out*>(out[i].data()), s.frames);
  };

  enqueue(0, nullptr);
  check(cudaDeviceSynchronize(), "the first run");
  std::size_t const last = static_cast<std::size_t>(s.frames - 1);
  auto const frame = in[0].download(last * s.in_bytes, s.in_bytes);
  auto const got = out[0].download(last * s.out_count * sizeof(Out), s.out_count * sizeof(Out));
  std::vector<Out> want(s.out_count);
  f(pane::host, frame.data(), want.data(), 1);
  double const worst =
      worst_difference(reinterpret_cast<Out const*>(got.data()), want.data(), s.out_count);
  if (!(worst <= 1.0)) {
    std::string const message =
        "wrong result: " + std::to_string(worst) + " times the allowed difference";
    state.SkipWithError(message.c_str());
    return;
  }
  device_case(state, s.bytes > 0.0 ? s.bytes : static_cast<double>(in_bytes + out_bytes), sets,
              enqueue);
  state.counters["worst"] = worst;
}

}  // namespace bench

/// Registers `void name(benchmark::State&)`, timed by its own clock.
#define PANE_DEVICE_BENCHMARK(name) \
  BENCHMARK(name)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond)
