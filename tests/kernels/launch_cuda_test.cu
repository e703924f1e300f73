// SPDX-License-Identifier: MIT
// MACHINES: gpu
#include <pane/kernels/launch_cuda.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <type_traits>
#include <vector>

namespace launch_cuda_test {  // named: nvcc 13.0 confuses it with the unnamed namespaces of Catch2's macros

using namespace pane;

/// Counts visits of each block, through shared memory and a register that a thread carries.
struct Visit {
  static constexpr int threads = 64;
  static constexpr int blocks_per_sm = 1;
  struct Shared {
    int value[64];
  };
  int* out;
  detail::Grid size;
  detail::Grid grid() const { return size; }
  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    auto& shared = block.shared();
    auto carried = block.template per_thread<int>();
    block.for_each_thread([&](int t) { shared.value[t] = t; });
    block.for_each_thread([&](int t) { carried[t] = shared.value[63 - t] + t; });
    block.for_each_thread_in_warps([&](int t) { shared.value[t] = carried[t] + t; });
    block.for_each_thread_in_warps([&](int t) { carried[t] = shared.value[t ^ 31] - (t ^ 31); });
    block.for_each_thread([&](int t) { shared.value[t] = carried[t]; });
    block.for_each_thread_unordered([&](int t) {
      if (t == 0) out[(block.z * size.y + block.y) * size.x + block.x] += shared.value[17];
    });
  }
};

}  // namespace launch_cuda_test

namespace {

using namespace pane;
using launch_cuda_test::Visit;

TEST_CASE("grids beyond the limits of the hardware run every block once") {
  for (detail::Grid grid :
       {detail::Grid{3, 2, 2}, detail::Grid{1, 70000, 1}, detail::Grid{2, 1, 140000}}) {
    std::size_t const blocks = static_cast<std::size_t>(grid.x) * static_cast<std::size_t>(grid.y) *
                               static_cast<std::size_t>(grid.z);
    test::Buffer<int> out(std::vector<int>(blocks, 0));
    test::on_machine([&](auto where) { detail::launch(where, Visit{out.data(), grid}); });
    CHECK(out.download() == std::vector<int>(blocks, 63));
  }
}

/// How many dependencies of a graph are programmatic: the second kernel may begin before the first is done.
std::size_t programmatic_edges(cudaGraph_t graph) {
#if CUDART_VERSION >= 12030
  cudaGraphNode_t from[8];
  cudaGraphNode_t to[8];
  cudaGraphEdgeData data[8];
  std::size_t count = 8;
#if CUDART_VERSION >= 13000
  test::check(cudaGraphGetEdges(graph, from, to, data, &count), "cudaGraphGetEdges");
#else
  test::check(cudaGraphGetEdges_v2(graph, from, to, data, &count), "cudaGraphGetEdges");
#endif
  std::size_t programmatic = 0;
  for (std::size_t i = 0; i < count; ++i)
    programmatic += data[i].type == cudaGraphDependencyTypeProgrammatic ? 1 : 0;
  return programmatic;
#else
  (void)graph;
  return 0;
#endif
}

TEST_CASE("a launch may begin while the one before it ends, where the GPU can") {
  test::Buffer<int> out(std::vector<int>(1, 0));
  std::size_t programmatic = 0;
  test::on_machine([&](auto where) {
    if constexpr (std::is_same_v<decltype(where), Stream>) {
      cudaGraph_t graph = nullptr;
      test::check(cudaStreamBeginCapture(where.handle(), cudaStreamCaptureModeThreadLocal),
                  "cudaStreamBeginCapture");
      for (int i = 0; i < 3; ++i) detail::launch(where, Visit{out.data(), {1, 1, 1}});
      test::check(cudaStreamEndCapture(where.handle(), &graph), "cudaStreamEndCapture");
      programmatic = programmatic_edges(graph);
      test::check(cudaGraphDestroy(graph), "cudaGraphDestroy");
    }
  });
  CHECK(programmatic == (detail::overlaps_launches() ? 2u : 0u));
  CHECK(out.download() == std::vector<int>{0});
}

TEST_CASE("an error that somebody left behind is not taken for the launch's") {
  (void)cudaMemcpy(nullptr, nullptr, 16, cudaMemcpyDeviceToHost);  // leaves an error behind
  test::Buffer<int> out(std::vector<int>(1, 0));
  (void)cudaMemcpy(nullptr, nullptr, 16, cudaMemcpyDeviceToHost);
  CHECK_NOTHROW(detail::launch(Stream{}, Visit{out.data(), {1, 1, 1}}));
  (void)cudaGetLastError();
  CHECK(out.download() == std::vector<int>{63});
}

TEST_CASE("a launch that fails says what the runtime says") {
  try {
    detail::check_cuda(cudaErrorInvalidValue, "an example");
    FAIL("it must throw");
  } catch (CudaError const& e) {
    CHECK(e.code() == cudaErrorInvalidValue);
    CHECK(std::string(e.what()) == "an example: cudaErrorInvalidValue: invalid argument");
  }
}

}  // namespace
