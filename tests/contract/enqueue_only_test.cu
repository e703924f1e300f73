// SPDX-License-Identifier: MIT
// MACHINES: gpu
// LINK: -Wl,--wrap=cudaMalloc,--wrap=cudaMallocAsync,--wrap=cudaFree,--wrap=cudaFreeAsync,--wrap=cudaStreamSynchronize,--wrap=cudaDeviceSynchronize,--wrap=cudaEventSynchronize,--wrap=cudaStreamWaitEvent,--wrap=cudaStreamCreateWithFlags,--wrap=cudaSetDevice,--wrap=cudaLaunchKernelExC,--wrap=cudaMemcpyAsync,--wrap=cudaMemcpy
// Contract line 1: a call enqueues on the caller's stream and returns. The linker routes the runtime's functions through
// the counters below.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>

#include <cuda_runtime_api.h>

#include <cstdint>
#include <vector>

namespace {
int forbidden = 0;
int launches = 0;
cudaStream_t launched_on = nullptr;
}  // namespace

#define PANE_COUNTED(name, parameters, arguments)   \
  extern "C" cudaError_t __real_##name parameters;  \
  extern "C" cudaError_t __wrap_##name parameters { \
    ++forbidden;                                    \
    return __real_##name arguments;                 \
  }
PANE_COUNTED(cudaMalloc, (void** p, std::size_t n), (p, n))
PANE_COUNTED(cudaMallocAsync, (void** p, std::size_t n, cudaStream_t s), (p, n, s))
PANE_COUNTED(cudaFree, (void* p), (p))
PANE_COUNTED(cudaFreeAsync, (void* p, cudaStream_t s), (p, s))
PANE_COUNTED(cudaStreamSynchronize, (cudaStream_t s), (s))
PANE_COUNTED(cudaDeviceSynchronize, (), ())
PANE_COUNTED(cudaEventSynchronize, (cudaEvent_t e), (e))
PANE_COUNTED(cudaStreamWaitEvent, (cudaStream_t s, cudaEvent_t e, unsigned f), (s, e, f))
PANE_COUNTED(cudaStreamCreateWithFlags, (cudaStream_t * s, unsigned f), (s, f))
PANE_COUNTED(cudaSetDevice, (int d), (d))
PANE_COUNTED(cudaMemcpyAsync,
             (void* a, void const* b, std::size_t n, cudaMemcpyKind k, cudaStream_t s),
             (a, b, n, k, s))
PANE_COUNTED(cudaMemcpy, (void* a, void const* b, std::size_t n, cudaMemcpyKind k), (a, b, n, k))
extern "C" cudaError_t __real_cudaLaunchKernelExC(cudaLaunchConfig_t const*, void const*, void**);
extern "C" cudaError_t __wrap_cudaLaunchKernelExC(cudaLaunchConfig_t const* config,
                                                  void const* f,
                                                  void** arguments) {
  ++launches;
  launched_on = config->stream;
  return __real_cudaLaunchKernelExC(config, f, arguments);
}

namespace {

using namespace pane;

/// Two streams' worth of device memory for one chain.
struct Frames {
  static constexpr int count = 4;
  static constexpr int height = 270;
  static constexpr int width = 480;
  std::uint8_t* in = nullptr;
  f16* out = nullptr;
  std::uint8_t* small = nullptr;
  cudaStream_t stream = nullptr;

  Frames() {
    REQUIRE(cudaMalloc(reinterpret_cast<void**>(&in), in_bytes()) == cudaSuccess);
    REQUIRE(cudaMalloc(reinterpret_cast<void**>(&out),
                       std::size_t{count} * 3 * 64 * 64 * sizeof(f16)) == cudaSuccess);
    REQUIRE(cudaMalloc(reinterpret_cast<void**>(&small), std::size_t{count} * 3 * 64 * 64) ==
            cudaSuccess);
    REQUIRE(cudaMemset(in, 0x37, in_bytes()) == cudaSuccess);
    REQUIRE(cudaDeviceSynchronize() == cudaSuccess);  // the stream below does not wait for it
    REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  }
  ~Frames() {
    cudaFree(in);
    cudaFree(out);
    cudaFree(small);
    cudaStreamDestroy(stream);
  }
  static std::size_t in_bytes() { return std::size_t{count} * height * 3 / 2 * width; }
  Nv12<std::uint8_t const> nv12() const {
    return nv12_surface<std::uint8_t const>(in, {.batch = count, .height = height, .width = width});
  }
  Tensor<f16, NCHW<3>> blob() const { return {out, {count, 3, 64, 64}}; }
  Tensor<std::uint8_t, NHWC<3>> thumbnail() const { return {small, {count, 64, 64, 3}}; }

  /// Every kind of skeleton: gather, two outputs, stencil, pointwise, lent list.
  void enqueue(void* scratch, std::size_t scratch_size) const {
    auto const rgb = nv12() | views::letterbox(64, 64) | views::to_rgb(bt709, limited_range);
    copy(stream, rgb, tee(thumbnail(), through(views::scale_offset(1.0f / 255.0f), blob())));
    copy(stream, thumbnail() | views::gaussian({.size = 5}) | views::scale_offset(1.0f / 255.0f),
         blob());
    copy(stream, blob() | views::scale_offset(0.5f), blob());
    std::vector<CropBox> boxes(200, CropBox{{3, 5, 20, 30}, 1});
    auto const list = lend(Stream{stream}, boxes.data(), 200, scratch, scratch_size);
    copy(stream,
         items(thumbnail(), 0, count) | views::crops(List<CropBox>{count, list.lent, {}}) |
             views::resize(64, 64),
         blob());
  }
};

TEST_CASE("contract 1: a call enqueues on the caller's stream and does nothing else",
          "[contract]") {
  Frames frames;
  void* scratch = nullptr;
  std::size_t const scratch_size = scratch_bytes<CropBox>(200);
  REQUIRE(cudaMalloc(&scratch, scratch_size) == cudaSuccess);
  REQUIRE(forbidden > 0);  // the counters are in place: the allocations above went through them
  frames.enqueue(scratch, scratch_size);
  int device_before = -1;
  REQUIRE(cudaGetDevice(&device_before) == cudaSuccess);
  forbidden = 0;
  launches = 0;
  frames.enqueue(scratch, scratch_size);
  CHECK(forbidden == 0);
  CHECK(launches == 4 + 2);  // a kernel a copy, and 200 boxes of 20 bytes in pieces of 3 KiB
  CHECK(launched_on == frames.stream);
  int device_after = -1;
  REQUIRE(cudaGetDevice(&device_after) == cudaSuccess);
  CHECK(device_before == device_after);
  REQUIRE(cudaDeviceSynchronize() == cudaSuccess);
  cudaFree(scratch);
}

TEST_CASE("contract 1: captured once in global mode, replayed 100 times on new data",
          "[contract]") {
  Frames frames;
  void* scratch = nullptr;
  std::size_t const scratch_size = scratch_bytes<CropBox>(200);
  REQUIRE(cudaMalloc(&scratch, scratch_size) == cudaSuccess);
  REQUIRE(cudaStreamBeginCapture(frames.stream, cudaStreamCaptureModeGlobal) == cudaSuccess);
  frames.enqueue(scratch, scratch_size);
  cudaGraph_t graph = nullptr;
  REQUIRE(cudaStreamEndCapture(frames.stream, &graph) == cudaSuccess);
  cudaGraphExec_t executable = nullptr;
  REQUIRE(cudaGraphInstantiate(&executable, graph, 0) == cudaSuccess);

  std::vector<std::uint8_t> host_in(Frames::in_bytes());
  std::vector<std::uint16_t> replayed(std::size_t{Frames::count} * 3 * 64 * 64);
  std::vector<std::uint16_t> called(replayed.size());
  std::vector<std::uint16_t> before(replayed.size());
  for (unsigned round = 0; round < 100; ++round) {
    for (std::size_t i = 0; i < host_in.size(); ++i)
      host_in[i] = static_cast<std::uint8_t>((i * 2654435761u + round * 97u) >> 13);
    REQUIRE(cudaMemcpy(frames.in, host_in.data(), host_in.size(), cudaMemcpyHostToDevice) ==
            cudaSuccess);
    REQUIRE(cudaDeviceSynchronize() == cudaSuccess);  // from pageable memory it returns earlier
    REQUIRE(cudaGraphLaunch(executable, frames.stream) == cudaSuccess);
    REQUIRE(cudaStreamSynchronize(frames.stream) == cudaSuccess);
    REQUIRE(cudaMemcpy(replayed.data(), frames.out, replayed.size() * 2, cudaMemcpyDeviceToHost) ==
            cudaSuccess);
    frames.enqueue(scratch, scratch_size);
    REQUIRE(cudaStreamSynchronize(frames.stream) == cudaSuccess);
    REQUIRE(cudaMemcpy(called.data(), frames.out, called.size() * 2, cudaMemcpyDeviceToHost) ==
            cudaSuccess);
    REQUIRE(replayed == called);
    REQUIRE(replayed != before);  // new data gave a new result
    before = replayed;
  }
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
  cudaFree(scratch);
}

}  // namespace
