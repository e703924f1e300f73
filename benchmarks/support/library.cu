// SPDX-License-Identifier: MIT
// The cases that a shared library is linked from, with a C interface: what benchmarks/peers/library.py loads.
#include <benchmarks/support/case.hpp>
#include <benchmarks/support/timing.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace bench;

std::string last_error;

/// The described case, made at its first use.
Case& case_at(int index) {
  static std::vector<std::unique_ptr<Case>> cases(registry().size());
  auto const i = static_cast<std::size_t>(index);
  if (!cases.at(i)) {
    auto made = std::make_unique<Case>();
    registry()[i].describe(*made);
    cases[i] = std::move(made);
  }
  return *cases[i];
}

/// 0, or 1 and a text in last_error.
template <class F>
int guarded(F&& f) {
  try {
    f();
    return 0;
  } catch (std::exception const& e) {
    last_error = e.what();
    return 1;
  }
}

/// Median microseconds that `f(stream)` keeps the host, each time with an idle GPU.
template <class F>
double host_microseconds(cudaStream_t stream, int calls, F&& f) {
  std::vector<double> times;
  for (int i = 0; i < calls; ++i) {
    check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    auto const begin = std::chrono::steady_clock::now();
    f(stream);
    auto const end = std::chrono::steady_clock::now();
    times.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + calls / 2, times.end());
  return times[static_cast<std::size_t>(calls / 2)];
}

}  // namespace

#define BENCH_API extern "C" __attribute__((visibility("default")))

struct BenchShape {
  std::int64_t frames;
  std::int64_t in_bytes;   // of one frame
  std::int64_t out_count;  // of one frame
  std::int64_t element;    // bench::Element
  double bytes;            // that all frames must move
};

struct BenchKernels {
  int kernels;    // launches of one call
  int registers;  // the most of any kernel, a thread
  int local_bytes;
  int shared_bytes;
};

BENCH_API int bench_count() {
  return static_cast<int>(registry().size());
}
BENCH_API char const* bench_name(int index) {
  return registry()[static_cast<std::size_t>(index)].name.c_str();
}
BENCH_API char const* bench_differs(int index) {
  return registry()[static_cast<std::size_t>(index)].differs.c_str();
}
BENCH_API char const* bench_error() {
  return last_error.c_str();
}

BENCH_API int bench_shape(int index, BenchShape* out) {
  return guarded([&] {
    Case const& c = case_at(index);
    *out = {c.shape.frames, static_cast<std::int64_t>(c.shape.in_bytes),
            static_cast<std::int64_t>(c.shape.out_count), static_cast<std::int64_t>(c.element),
            c.bytes()};
  });
}

BENCH_API int bench_enqueue(int index, void* stream, void const* in, void* out) {
  return guarded([&] { case_at(index).enqueue(static_cast<cudaStream_t>(stream), in, out); });
}

/// The last frame on the CPU: `in` and `out` are one frame of host memory.
BENCH_API int bench_on_host(int index, void const* in, void* out) {
  return guarded([&] { case_at(index).on_host(in, out); });
}

/// Median microseconds that a call keeps the host, each with an idle GPU.
BENCH_API int bench_submit(
    int index, void* stream, void const* in, void* out, int calls, double* us) {
  return guarded([&] {
    Case const& c = case_at(index);
    *us = host_microseconds(static_cast<cudaStream_t>(stream), calls,
                            [&](cudaStream_t s) { c.enqueue(s, in, out); });
  });
}

/// The same of an empty kernel.
BENCH_API int bench_submit_empty(void* stream, int calls, double* us) {
  return guarded([&] {
    *us = host_microseconds(static_cast<cudaStream_t>(stream), calls,
                            [](cudaStream_t s) { empty_kernel<<<1, 32, 0, s>>>(); });
  });
}

/// What the kernels of one call take of a multiprocessor, from the graph that they are captured in.
BENCH_API int bench_kernels(int index, void const* in, void* out, BenchKernels* result) {
  return guarded([&] {
    *result = {};
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
    cudaGraph_t const graph =
        captured(stream, [&](cudaStream_t s) { case_at(index).enqueue(s, in, out); });
    std::size_t count = 0;
    check(cudaGraphGetNodes(graph, nullptr, &count), "cudaGraphGetNodes");
    std::vector<cudaGraphNode_t> nodes(count);
    check(cudaGraphGetNodes(graph, nodes.data(), &count), "cudaGraphGetNodes");
    for (cudaGraphNode_t node : nodes) {
      cudaGraphNodeType type{};
      check(cudaGraphNodeGetType(node, &type), "cudaGraphNodeGetType");
      if (type != cudaGraphNodeTypeKernel) continue;
      ++result->kernels;
      cudaKernelNodeParams params{};
      cudaFuncAttributes of{};
      // A kernel of another copy of the runtime (NPP's) is counted only.
      if (cudaGraphKernelNodeGetParams(node, &params) != cudaSuccess ||
          cudaFuncGetAttributes(&of, params.func) != cudaSuccess) {
        cudaGetLastError();
        continue;
      }
      result->registers = std::max(result->registers, of.numRegs);
      result->local_bytes = std::max(result->local_bytes, static_cast<int>(of.localSizeBytes));
      result->shared_bytes = std::max(result->shared_bytes, static_cast<int>(of.sharedSizeBytes));
    }
    cudaGraphDestroy(graph);
    cudaStreamDestroy(stream);
  });
}

BENCH_API double bench_copy_rate() {
  return copy_rate();
}
BENCH_API void bench_empty(void* stream) {
  empty_kernel<<<1, 32, 0, static_cast<cudaStream_t>(stream)>>>();
}
