// SPDX-License-Identifier: MIT
// MACHINES: gpu
#include <tests/support/catch.hpp>

#if defined(__CUDACC__)

#include <pane/core/stream.hpp>
#include <pane/interop/cuda_event.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/release_queue.hpp>
#include <tests/support/busy_stream.hpp>
#include <tests/support/message.hpp>

#include <cuda_runtime.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

using pane::ReleaseQueue;
using test::message_of;
using test::ok;
using test::spin;

namespace {

/// A stream that has work for a fifth of a second.
struct BusyStream {
  cudaStream_t stream = nullptr;

  BusyStream() {
    test::load_spin();
    ok(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  }
  ~BusyStream() {
    cudaStreamSynchronize(stream);
    cudaStreamDestroy(stream);
  }
  BusyStream(BusyStream const&) = delete;
  BusyStream& operator=(BusyStream const&) = delete;

  void keep_busy() const { test::keep_busy(stream); }
};

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("an owner is kept while the stream works, and collect does not wait") {
  BusyStream s;
  auto const memory = std::make_shared<int>(1);
  ReleaseQueue queue;
  s.keep_busy();
  auto const begin = std::chrono::steady_clock::now();
  queue.add(s.stream, std::shared_ptr<int>(memory));
  CHECK(queue.collect() == 0);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(100));
  CHECK(cudaStreamQuery(s.stream) == cudaErrorNotReady);
  CHECK(memory.use_count() == 2);
  ok(cudaStreamSynchronize(s.stream));
  CHECK(queue.collect() == 1);
  CHECK(memory.use_count() == 1);
}

TEST_CASE("the destructor waits for the stream") {
  BusyStream s;
  auto const memory = std::make_shared<int>(1);
  {
    ReleaseQueue queue;
    s.keep_busy();
    queue.add(pane::Stream(s.stream), std::shared_ptr<int>(memory));
  }
  CHECK(cudaStreamQuery(s.stream) == cudaSuccess);
  CHECK(memory.use_count() == 1);
}

TEST_CASE("a release may free device memory") {
  BusyStream s;
  struct Freed {
    void* data = nullptr;
    explicit Freed(void* d) noexcept : data(d) {}
    Freed(Freed&& other) noexcept : data(std::exchange(other.data, nullptr)) {}
    ~Freed() {
      if (data != nullptr) (void)cudaFree(data);
    }
  };
  void* data = nullptr;
  ok(cudaMalloc(&data, 1 << 20));
  ReleaseQueue queue;
  s.keep_busy();
  ok(cudaMemsetAsync(data, 7, 1 << 20, s.stream));
  queue.add(s.stream, Freed(data));
  CHECK(queue.collect() == 0);
  CHECK(queue.drain() == 1);
  cudaPointerAttributes attributes{};
  ok(cudaPointerGetAttributes(&attributes, data));
  CHECK(attributes.type == cudaMemoryTypeUnregistered);
}

TEST_CASE("a stream that is being captured is refused and the capture lives") {
  BusyStream s;
  auto memory = std::make_shared<int>(1);
  ReleaseQueue queue;
  ok(cudaStreamBeginCapture(s.stream, cudaStreamCaptureModeGlobal));
  std::string const what = message_of([&] { queue.add(s.stream, std::move(memory)); });
  CHECK_THAT(what, ContainsSubstring("being captured into a graph"));
  CHECK(memory != nullptr);  // NOLINT: not moved from, as it threw
  std::string const legacy =
      message_of([&] { queue.add(static_cast<cudaStream_t>(nullptr), std::move(memory)); });
  bool const refused = legacy != "none";  // a non-blocking stream leaves the legacy one alone
  if (refused) CHECK_THAT(legacy, ContainsSubstring("default stream"));
  spin<<<1, 1, 0, s.stream>>>(1);
  cudaGraph_t graph = nullptr;
  ok(cudaStreamEndCapture(s.stream, &graph));
  CHECK(graph != nullptr);
  ok(cudaGraphDestroy(graph));
}

TEST_CASE("collecting during a capture leaves the capture alive") {
  BusyStream s;
  BusyStream captured;
  auto const memory = std::make_shared<int>(1);
  ReleaseQueue queue;
  s.keep_busy();
  queue.add(s.stream, std::shared_ptr<int>(memory));
  ok(cudaStreamBeginCapture(captured.stream, cudaStreamCaptureModeGlobal));
  CHECK(queue.collect() == 0);
  CHECK(queue.drain() == 1);
  CHECK(memory.use_count() == 1);
  spin<<<1, 1, 0, captured.stream>>>(1);
  cudaGraph_t graph = nullptr;
  ok(cudaStreamEndCapture(captured.stream, &graph));
  CHECK(graph != nullptr);
  ok(cudaGraphDestroy(graph));
}

TEST_CASE("the event is made on the stream's device, whatever the current one is") {
  int devices = 0;
  ok(cudaGetDeviceCount(&devices));
  if (devices < 2) PANE_SKIP("needs two GPUs");
  ok(cudaSetDevice(1));
  {
    BusyStream s;
    auto const memory = std::make_shared<int>(1);
    ReleaseQueue queue;
    s.keep_busy();
    ok(cudaSetDevice(0));
    queue.add(s.stream, std::shared_ptr<int>(memory));
    int device = -1;
    ok(cudaGetDevice(&device));
    CHECK(device == 0);
    CHECK(queue.collect() == 0);
    CHECK(queue.drain() == 1);
    ok(cudaSetDevice(1));
  }
  ok(cudaSetDevice(0));
}

#else

TEST_CASE("owners that wait for a stream") {
  PANE_SKIP("needs the CUDA compiler");
}

#endif
