// SPDX-License-Identifier: MIT
// MACHINES: gpu
#include <tests/support/catch.hpp>

#if defined(__CUDACC__)

#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/cuda_memory.hpp>
#include <tests/support/busy_stream.hpp>

#include <cuda_runtime.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using pane::AnyTensor;
using pane::CudaArrayInterface;
using pane::from_cuda_array_interface;
using pane::Ordering;
using test::keep_busy;
using test::ok;

namespace {

constexpr std::int64_t count = 4096;

/// Bytes on the device that a producer will set to 7 some time from now, two streams, and where a consumer reads to.
struct Setup {
  std::uint8_t* data = nullptr;
  std::uint8_t* seen = nullptr;
  cudaStream_t producer = nullptr;
  cudaStream_t consumer = nullptr;

  Setup() {
    ok(cudaMalloc(&data, count));
    ok(cudaMallocHost(&seen, count));
    ok(cudaStreamCreateWithFlags(&producer, cudaStreamNonBlocking));
    ok(cudaStreamCreateWithFlags(&consumer, cudaStreamNonBlocking));
    ok(cudaMemset(data, 1, count));
    test::load_spin();
  }
  ~Setup() {
    cudaDeviceSynchronize();
    cudaStreamDestroy(producer);
    cudaStreamDestroy(consumer);
    cudaFree(data);
    cudaFreeHost(seen);
  }
  Setup(Setup const&) = delete;
  Setup& operator=(Setup const&) = delete;

  CudaArrayInterface dictionary(std::uint64_t stream) const {
    CudaArrayInterface cai;
    cai.shape = {1, count};
    cai.data = reinterpret_cast<std::uintptr_t>(data);
    cai.stream = stream;
    return cai;
  }
  CudaArrayInterface dictionary(cudaStream_t stream) const {
    return dictionary(static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(stream)));
  }

  void produce_late(cudaStream_t on) {
    keep_busy(on);
    ok(cudaMemsetAsync(data, 7, count, on));
  }
  int consume() {
    ok(cudaMemcpyAsync(seen, data, count, cudaMemcpyDeviceToHost, consumer));
    ok(cudaStreamSynchronize(consumer));
    for (std::int64_t i = 1; i < count; ++i) {
      if (seen[i] != seen[0]) return -1;
    }
    return seen[0];
  }
};

template <class Call>
std::string judged(Call call) {
  try {
    call();
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("an import waits for the producer's stream and does not block") {
  Setup s;
  s.produce_late(s.producer);
  auto const t =
      from_cuda_array_interface<std::uint8_t, pane::HW>(s.dictionary(s.producer), s.consumer);
  CHECK(cudaStreamQuery(s.producer) == cudaErrorNotReady);
  CHECK(t.data() == s.data);
  CHECK(s.consume() == 7);
}

TEST_CASE("with the ordering switched off the data are not there") {
  Setup s;
  s.produce_late(s.producer);
  from_cuda_array_interface(s.dictionary(s.producer), s.consumer,
                            {.ordering = Ordering::by_caller});
  CHECK(s.consume() == 1);
}

TEST_CASE("streams 1 and 2 are the default streams") {
  for (std::uint64_t const stream : {1, 2}) {
    CAPTURE(stream);
    Setup s;
    s.produce_late(stream == 1 ? cudaStreamLegacy : cudaStreamPerThread);
    from_cuda_array_interface(s.dictionary(stream), s.consumer);
    CHECK(s.consume() == 7);
  }
}

TEST_CASE("the default streams are those of the memory's device, and the current device stays") {
  int devices = 0;
  ok(cudaGetDeviceCount(&devices));
  int reachable = 0;
  if (devices > 1) ok(cudaDeviceCanAccessPeer(&reachable, 0, 1));
  if (reachable == 0) PANE_SKIP("needs two GPUs that reach each other");
  ok(cudaSetDevice(1));
  {
    Setup s;
    ok(cudaSetDevice(0));
    std::string const unreached =
        judged([&] { from_cuda_array_interface(s.dictionary(std::uint64_t{1}), pane::Stream{}); });
    CHECK(unreached == "not_device_accessible");
    ok(cudaDeviceEnablePeerAccess(1, 0));
    cudaStream_t consumer = nullptr;
    ok(cudaStreamCreateWithFlags(&consumer, cudaStreamNonBlocking));
    ok(cudaSetDevice(1));
    s.produce_late(cudaStreamLegacy);
    ok(cudaSetDevice(0));
    AnyTensor const t = from_cuda_array_interface(s.dictionary(std::uint64_t{1}), consumer);
    int current = -1;
    ok(cudaGetDevice(&current));
    CHECK(current == 0);
    CHECK(t.device == 1);
    CHECK(judged([&] {
            from_cuda_array_interface(s.dictionary(std::uint64_t{1}), consumer,
                                      {.require_device = 0});
          }) == "device_mismatch");
    std::swap(s.consumer, consumer);
    CHECK(s.consume() == 7);
    std::swap(s.consumer, consumer);
    ok(cudaStreamDestroy(consumer));
    ok(cudaDeviceDisablePeerAccess(1));
    ok(cudaSetDevice(1));
  }
  ok(cudaSetDevice(0));
}

TEST_CASE("memory that is handed back is written after it was read") {
  Setup s;
  keep_busy(s.consumer);
  ok(cudaMemcpyAsync(s.seen, s.data, count, cudaMemcpyDeviceToHost, s.consumer));
  pane::hand_back(s.dictionary(s.producer), s.consumer);
  ok(cudaMemsetAsync(s.data, 9, count, s.producer));
  CHECK(cudaStreamQuery(s.consumer) == cudaErrorNotReady);
  ok(cudaDeviceSynchronize());
  CHECK(s.seen[0] == 1);
  CHECK(s.seen[count - 1] == 1);
}

TEST_CASE("a capture survives an import, and an import that it cannot hold is an error") {
  Setup s;
  cudaStream_t blocking = nullptr;
  ok(cudaStreamCreate(&blocking));
  cudaGraph_t graph = nullptr;

  ok(cudaStreamBeginCapture(blocking, cudaStreamCaptureModeGlobal));
  CHECK_NOTHROW(from_cuda_array_interface(s.dictionary(blocking),
                                          blocking));  // the same stream: in order already
  CudaArrayInterface quiet = s.dictionary(s.producer);
  quiet.stream = pane::Presence::none;
  CHECK_NOTHROW(from_cuda_array_interface(quiet, blocking));
  CHECK_THROWS_AS(from_cuda_array_interface(s.dictionary(s.producer), blocking),
                  pane::InvalidArgument);
  CHECK_THROWS_AS(from_cuda_array_interface(s.dictionary(std::uint64_t{1}), blocking),
                  pane::InvalidArgument);
  CHECK_THROWS_AS(from_cuda_array_interface(s.dictionary(blocking), s.consumer),
                  pane::InvalidArgument);
  CHECK(cudaGetLastError() == cudaSuccess);
  CHECK(cudaStreamEndCapture(blocking, &graph) == cudaSuccess);
  ok(cudaGraphDestroy(graph));

  // A producer inside the same capture becomes an edge of the graph.
  cudaEvent_t fork = nullptr;
  ok(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
  ok(cudaStreamBeginCapture(s.consumer, cudaStreamCaptureModeGlobal));
  ok(cudaEventRecord(fork, s.consumer));
  ok(cudaStreamWaitEvent(s.producer, fork, 0));
  s.produce_late(s.producer);
  CHECK_NOTHROW(from_cuda_array_interface(s.dictionary(s.producer), s.consumer));
  ok(cudaMemcpyAsync(s.seen, s.data, count, cudaMemcpyDeviceToHost, s.consumer));
  REQUIRE(cudaStreamEndCapture(s.consumer, &graph) == cudaSuccess);
  cudaGraphExec_t runnable = nullptr;
  ok(cudaGraphInstantiate(&runnable, graph, 0));
  for (int i = 0; i < 2; ++i) {
    ok(cudaMemset(s.data, 1, count));
    ok(cudaDeviceSynchronize());
    std::memset(s.seen, 0, count);
    ok(cudaGraphLaunch(runnable, s.consumer));
    ok(cudaStreamSynchronize(s.consumer));
    CHECK(s.seen[0] == 7);
    CHECK(s.seen[count - 1] == 7);
  }
  ok(cudaGraphExecDestroy(runnable));
  ok(cudaGraphDestroy(graph));
  ok(cudaEventDestroy(fork));
  ok(cudaStreamDestroy(blocking));
}

TEST_CASE("the driver says where memory lives, and the view must lie in it") {
  Setup s;
  auto const take = [&](void const* at, std::int64_t bytes, pane::Stream stream) {
    CudaArrayInterface cai;
    cai.shape = {bytes};
    cai.data = reinterpret_cast<std::uintptr_t>(at);
    return from_cuda_array_interface(cai, stream);
  };
  int current = -1;
  ok(cudaGetDevice(&current));
  CHECK(take(s.data, count, s.consumer).device == current);
  CHECK(take(s.seen, count, s.consumer).device == AnyTensor::host_device);
  CHECK(judged([&] { take(s.data, (1 << 30), s.consumer); }) == "out_of_allocation");
  CHECK(judged([&] {
          take(s.data, (1 << 30), pane::Stream(s.consumer, pane::PointerCheck::off));
        }) == "accepted");
  std::vector<std::uint8_t> pageable(count);
  CHECK(judged([&] { take(pageable.data(), count, s.consumer); }) == "not_device_accessible");
  CHECK(judged([&] { take(&current, 4, s.consumer); }) == "not_device_accessible");

  void* other = nullptr;
  ok(cudaMallocManaged(&other, count));
  CHECK(judged([&] { take(other, count, s.consumer); }) == "accepted");
  ok(cudaFree(other));
  CHECK(judged([&] { take(other, count, s.consumer); }) == "not_device_accessible");
  ok(cudaMallocAsync(&other, count, s.consumer));
  CHECK(take(other, count, s.consumer).device == current);
  ok(cudaFreeAsync(other, s.consumer));

  CudaArrayInterface const cai =
      to_cuda_array_interface(take(s.data, count, s.consumer), pane::nothing_pending);
  CHECK_THROWS_AS(from_cuda_array_interface(cai, pane::host), pane::InvalidArgument);
  CHECK(cudaGetLastError() == cudaSuccess);
}

#else

TEST_CASE("importing on a stream") {
  PANE_SKIP("needs the CUDA compiler");
}

#endif
