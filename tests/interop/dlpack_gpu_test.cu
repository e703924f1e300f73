// SPDX-License-Identifier: MIT
// MACHINES: gpu
// DLPack with real memory and streams: what the driver says of an address against what a struct says of its device.
#include <tests/support/catch.hpp>

#if defined(__CUDACC__)

#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/cai_dlpack.hpp>
#include <pane/interop/cuda_event.hpp>
#include <pane/interop/cuda_memory.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_exchange.hpp>
#include <pane/interop/dlpack_stream.hpp>
#include <pane/interop/release_queue.hpp>
#include <tests/support/busy_stream.hpp>

#include <cuda_runtime.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

using namespace pane;
using test::keep_busy;
using test::ok;

namespace {

constexpr std::int64_t count = 4096;

enum class Memory { device, pinned, managed, pageable };

/// Bytes of some kind of memory that a producer will set to 7 some time from now, two streams, and where a consumer
/// reads to.
struct Setup {
  Memory kind;
  std::uint8_t* data = nullptr;
  std::uint8_t* seen = nullptr;
  cudaStream_t producer = nullptr;
  cudaStream_t consumer = nullptr;
  std::int64_t shape[2] = {1, count};
  std::int64_t strides[2] = {count, 1};
  DlpackManagedTensorVersioned managed;

  explicit Setup(Memory memory = Memory::device) : kind(memory) {
    if (kind == Memory::device) ok(cudaMalloc(&data, count));
    if (kind == Memory::pinned) ok(cudaMallocHost(&data, count));
    if (kind == Memory::managed) ok(cudaMallocManaged(&data, count));
    if (kind == Memory::pageable) data = static_cast<std::uint8_t*>(std::malloc(count));
    ok(cudaMallocHost(&seen, count));
    ok(cudaStreamCreateWithFlags(&producer, cudaStreamNonBlocking));
    ok(cudaStreamCreateWithFlags(&consumer, cudaStreamNonBlocking));
    if (kind != Memory::pageable) ok(cudaMemset(data, 1, count));
    test::load_spin();
    managed.version = {1, 0};
    managed.dl_tensor = {data, {DlpackDeviceType::cuda, 0}, 2, {1, 8, 1}, shape, strides, 0};
  }
  ~Setup() {
    cudaDeviceSynchronize();
    cudaStreamDestroy(producer);
    cudaStreamDestroy(consumer);
    if (kind == Memory::device || kind == Memory::managed) cudaFree(data);
    if (kind == Memory::pinned) cudaFreeHost(data);
    if (kind == Memory::pageable) std::free(data);
    cudaFreeHost(seen);
  }
  Setup(Setup const&) = delete;
  Setup& operator=(Setup const&) = delete;

  AnyTensor tensor() const { return Tensor<std::uint8_t, HW>(data, {1, count}); }

  void produce_late(cudaStream_t on) const {
    keep_busy(on);
    ok(cudaMemsetAsync(data, 7, count, on));
  }
  int consume(cudaStream_t on) const {
    ok(cudaMemcpyAsync(seen, data, count, cudaMemcpyDeviceToHost, on));
    ok(cudaStreamSynchronize(on));
    for (std::int64_t i = 1; i < count; ++i) {
      if (seen[i] != seen[0]) return -1;
    }
    return seen[0];
  }

  /// The verdict on the struct once its device is called this.
  std::string judged(DlpackDevice const& device) {
    managed.dl_tensor.device = device;
    try {
      from_dlpack<std::uint8_t, HW>(managed, consumer);
    } catch (ImportError const& error) {
      return name(error.code());
    }
    return "accepted";
  }
};

DlpackDevice exported_device(AnyTensor const& tensor, DlpackExportOptions const& options = {}) {
  auto* const managed = to_dlpack(tensor, caller_keeps, options);
  DlpackDevice const out = managed->dl_tensor.device;
  managed->deleter(managed);
  return out;
}

constexpr DlpackDevice cpu{DlpackDeviceType::cpu};
constexpr DlpackDevice cuda0{DlpackDeviceType::cuda, 0};
constexpr DlpackDevice pinned{DlpackDeviceType::cuda_host};
constexpr DlpackDevice managed_memory{DlpackDeviceType::cuda_managed};

}  // namespace

TEST_CASE("DLP-57 to DLP-65: the struct's device and the driver's answer") {
  int devices = 0;
  ok(cudaGetDeviceCount(&devices));
  Setup device;
  CHECK(device.judged(cuda0) == "accepted");
  CHECK(device.judged({DlpackDeviceType::cuda, devices}) == "bad_device");
  CHECK(device.judged({DlpackDeviceType::cuda, -1}) == "bad_device");
  CHECK(device.judged({DlpackDeviceType::rocm}) == "unsupported_device");
  CHECK(device.judged(cpu) == "not_host_accessible");
  CHECK(device.judged(pinned) == "not_host_accessible");
  CHECK(device.judged(managed_memory) == "not_host_accessible");
  Setup host_memory(Memory::pinned);
  CHECK(host_memory.judged(pinned) == "accepted");
  CHECK(host_memory.judged(cpu) == "accepted");
  Setup both(Memory::managed);
  CHECK(both.judged(managed_memory) == "accepted");
  CHECK(both.judged(cuda0) == "accepted");
  Setup pageable(Memory::pageable);
  CHECK(pageable.judged(cuda0) == "not_device_accessible");
}

TEST_CASE("DLP-63: memory of another GPU than the struct says") {
  int devices = 0;
  ok(cudaGetDeviceCount(&devices));
  if (devices < 2) PANE_SKIP("needs two GPUs");
  ok(cudaSetDevice(1));
  {
    Setup s;
    CHECK(s.judged(cuda0) == "device_mismatch");
    CHECK(s.judged({DlpackDeviceType::cuda, 1}) == "accepted");
    ok(cudaSetDevice(0));
    CHECK(exported_device(s.tensor()) == DlpackDevice{DlpackDeviceType::cuda, 1});
    ok(cudaSetDevice(1));
  }
  ok(cudaSetDevice(0));
}

TEST_CASE("an export asks the driver for the device") {
  CHECK(exported_device(Setup().tensor()) == cuda0);
  CHECK(exported_device(Setup(Memory::pinned).tensor()) == pinned);
  CHECK(exported_device(Setup(Memory::pinned).tensor(), {.device = cpu}) == cpu);
  CHECK(exported_device(Setup(Memory::managed).tensor()) == managed_memory);
  CHECK(exported_device(Setup(Memory::managed).tensor(), {.device = cuda0}) == cuda0);
  CHECK(exported_device(Setup(Memory::pageable).tensor()) == cpu);
  Setup const s;
  CHECK_THROWS_AS(exported_device(s.tensor(), {.device = cpu}), InvalidArgument);
}

TEST_CASE("the host does not read device memory") {
  Setup s;
  try {
    from_dlpack(s.managed, host);
    FAIL("accepted");
  } catch (ImportError const& error) {
    CHECK(error.code() == ImportReason::not_host_accessible);
  }
  Setup both(Memory::managed);
  both.managed.dl_tensor.device = cuda0;  // the driver knows better
  CHECK(from_dlpack(both.managed, host).data == both.data);
}

TEST_CASE("a hand-over makes the consumer's stream wait, and does not block") {
  Setup s;
  AnyTensor tensor = s.tensor();
  tensor.device = 0;
  s.produce_late(s.producer);
  auto const argument = to_dlpack_stream(s.consumer);  // what __dlpack__(stream=...) is given
  hand_over(tensor, s.producer, read_dlpack_stream(argument));
  CHECK(cudaStreamQuery(s.producer) == cudaErrorNotReady);
  CHECK(s.consume(s.consumer) == 7);
}

TEST_CASE("a consumer that asks for no waiting gets none") {
  Setup s;
  AnyTensor tensor = s.tensor();
  tensor.device = 0;
  s.produce_late(s.producer);
  hand_over(tensor, s.producer, read_dlpack_stream(-1));
  CHECK(s.consume(s.consumer) == 1);
}

TEST_CASE("the default streams are handed over to") {
  for (std::int64_t const argument : {1, 2}) {
    CAPTURE(argument);
    Setup s;
    AnyTensor tensor = s.tensor();
    tensor.device = 0;
    s.produce_late(s.producer);
    hand_over(tensor, s.producer, read_dlpack_stream(argument));
    CHECK(s.consume(argument == 1 ? cudaStreamLegacy : cudaStreamPerThread) == 7);
  }
}

namespace {

// A framework with an exchange table, whose objects are `Setup`s.
cudaStream_t framework_stream = nullptr;

int lend(void* object, DlpackTensor* out) {
  *out = static_cast<Setup*>(object)->managed.dl_tensor;
  return 0;
}
int give(void*, DlpackManagedTensorVersioned**) {
  return -1;
}
int current(std::int32_t, std::int32_t, void** out) {
  *out = framework_stream;
  return 0;
}

}  // namespace

TEST_CASE("an import through an exchange table waits for the framework's stream") {
  DlpackExchangeTable table;
  table.header.version = {1, 3};
  table.managed_tensor_from_py_object_no_sync = give;
  table.dltensor_from_py_object_no_sync = lend;
  table.current_work_stream = current;
  DlpackExchange const exchange(&table);
  Setup s;
  framework_stream = s.producer;
  s.produce_late(s.producer);
  auto const t = from_dlpack<std::uint8_t const, HW>(exchange, static_cast<void*>(&s), s.consumer);
  CHECK(t.data() == s.data);
  CHECK(cudaStreamQuery(s.producer) == cudaErrorNotReady);
  CHECK(s.consume(s.consumer) == 7);
}

TEST_CASE("a dictionary becomes a struct on its stream, and a struct a dictionary") {
  Setup s;
  s.produce_late(s.producer);
  CudaArrayInterface const cai = to_cuda_array_interface(s.tensor(), s.producer);
  DlpackOwner const owner(to_dlpack(cai, s.consumer, caller_keeps));
  AnyTensor const t = from_dlpack(owner, s.consumer);
  CHECK(t.data == s.data);
  CHECK(t.device == 0);
  CHECK(s.consume(s.consumer) == 7);
  CudaArrayInterface const back = to_cuda_array_interface(owner, s.consumer);
  CHECK(back.data == cai.data);
  CHECK(back.stream.value == reinterpret_cast<std::uintptr_t>(s.consumer));
}

TEST_CASE("a deleter that frees runs after the kernel that reads") {
  static std::uint8_t* freed = nullptr;
  freed = nullptr;
  Setup s;
  std::uint8_t* data = nullptr;
  ok(cudaMalloc(&data, count));
  ok(cudaMemset(data, 5, count));
  ok(cudaDeviceSynchronize());
  s.managed.dl_tensor.data = data;
  s.managed.manager_ctx = data;
  s.managed.deleter = [](DlpackManagedTensorVersioned* self) {
    freed = static_cast<std::uint8_t*>(self->manager_ctx);
    (void)cudaFree(self->manager_ctx);
  };
  ReleaseQueue queue;
  {
    DlpackOwner owner(&s.managed);
    auto const t = from_dlpack<std::uint8_t const, HW>(owner, s.consumer);
    keep_busy(s.consumer);
    ok(cudaMemcpyAsync(s.seen, t.data(), count, cudaMemcpyDeviceToHost, s.consumer));
    queue.add(s.consumer, std::move(owner));
  }
  CHECK(queue.collect() == 0);
  CHECK(freed == nullptr);
  ok(cudaStreamSynchronize(s.consumer));
  CHECK(queue.collect() == 1);
  CHECK(freed == data);
  CHECK(s.seen[count - 1] == 5);
}

#else

TEST_CASE("DLPack with memory of a GPU") {
  PANE_SKIP("needs the CUDA compiler");
}

#endif
