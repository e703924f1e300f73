// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>
#include <pane/kernels/launch_host.hpp>

#if defined(__CUDACC__)

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>

PANE_NAMESPACE_BEGIN
namespace detail {

/// Throws `CudaError` unless a call of the runtime succeeded, and clears the error, so that it cannot be taken for
/// that of a later call.
inline void check_cuda(cudaError_t status, char const* what) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();
  throw CudaError(static_cast<int>(status),
                  concat(what, ": ", cudaGetErrorName(status), ": ", cudaGetErrorString(status)));
}

/// "cuda:0", "managed", "pinned host" or "host": what the driver says of an address.
inline std::string cuda_memory_name(void const* address) {
  cudaPointerAttributes a{};
  if (address == nullptr) return "(null)";
  if (cudaPointerGetAttributes(&a, address) != cudaSuccess) {
    (void)cudaGetLastError();
    return "host";  // no driver, so no other memory
  }
  switch (a.type) {
    case cudaMemoryTypeDevice:
      return concat("cuda:", a.device);
    case cudaMemoryTypeManaged:
      return "managed";
    case cudaMemoryTypeHost:
      return "pinned host";
    default:
      return "host";
  }
}

/// False for memory that only a GPU can reach. Without a working driver there is none.
inline bool cuda_host_accessible(void const* address) {
  cudaPointerAttributes a{};
  if (cudaPointerGetAttributes(&a, address) != cudaSuccess) {
    (void)cudaGetLastError();
    return true;
  }
  return a.type != cudaMemoryTypeDevice;
}
inline bool const cuda_half_present =
    (memory_name = &cuda_memory_name, host_accessible = &cuda_host_accessible, true);

/// Throws unless a kernel on the current device may use the address. One driver query; legal during capture.
/// Pinned and managed memory pass, and so does the memory of a peer to which access is enabled.
template <class Describe>
void require_device_memory(void const* address,
                           char const* operation,
                           char const* argument,
                           Describe&& describe_it) {
  cudaPointerAttributes a{};
  check_cuda(cudaPointerGetAttributes(&a, address), "cudaPointerGetAttributes");
  if (a.type != cudaMemoryTypeUnregistered && a.devicePointer != nullptr) return;
  int current = -1;
  check_cuda(cudaGetDevice(&current), "cudaGetDevice");
  // The surfaces that NVDEC maps have no devicePointer, though they lie on their own device.
  if (a.type == cudaMemoryTypeDevice && a.device == current) return;
  throw InvalidArgument(concat(
      operation, ": ", argument, " is ", describe_it(),
      ": the memory is not accessible from cuda:", current, ", the current device: ",
      a.type == cudaMemoryTypeUnregistered ? "it is ordinary host memory; pass pane::host as the "
                                             "first argument, or copy it to the device"
                                           : "make its device current, or enable peer access"));
}

/// A value that each thread of a block carries from one step to the next: here a register.
template <class T>
class CudaPerThread {
 public:
  PANE_HOST_DEVICE T& operator[](int) noexcept { return value_; }

 private:
  T value_ = {};
};

/// The block handle of the GPU.
template <class Program>
class CudaBlock {
 public:
  int x;
  int y;
  std::int64_t z;

  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void for_each_thread(F&& f) {
#if PANE_DEVICE_CODE
    f(static_cast<int>(threadIdx.x));
    __syncthreads();
#else
    (void)f;
#endif
  }
  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void for_each_thread_in_warps(F&& f) {
#if PANE_DEVICE_CODE
    f(static_cast<int>(threadIdx.x));
    __syncwarp();
#else
    (void)f;
#endif
  }
  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void for_each_thread_unordered(F&& f) {
#if PANE_DEVICE_CODE
    f(static_cast<int>(threadIdx.x));
#else
    (void)f;
#endif
  }
  PANE_HOST_DEVICE typename Program::Shared& shared() noexcept {
    return *shared_;
  }
  template <class T>
  PANE_HOST_DEVICE CudaPerThread<T> per_thread() const {
    return {};
  }

  typename Program::Shared* shared_;
};

/// Whether launches of this file overlap with what the stream was given before: blocks start when those of the launch
/// before have, read their parameters, and wait (`await_stream`) before they touch memory, so the order of the stream
/// holds. Needs kernels that contain the waiting whatever GPU they run on, so all that the file is compiled for must be
/// 9.0 or later; and a driver whose graphs can hold such launches, CUDA 12.3.
inline bool overlaps_launches() {
#if defined(__CUDA_ARCH_LIST__) && PANE_OVERLAP_LAUNCHES
  constexpr bool waits = [] {
    for (int arch : {__CUDA_ARCH_LIST__}) {
      if (arch < 900) return false;
    }
    return true;
  }();
  static bool const graphs = [] {
    int version = 0;
    return waits && cudaDriverGetVersion(&version) == cudaSuccess && version >= 12030;
  }();
  return graphs;
#else
  return false;
#endif
}

/// Asks for parameters while there is nothing else to do. They come in lines of 64 bytes, each a wait of its own for the
/// first that needs it; where there are lists, that is nearly all parameters, and few of them are needed.
template <class Program>
__device__ PANE_INLINE void ask_for_parameters(Program const& program) noexcept {
  constexpr int line = 64 / sizeof(unsigned);
  constexpr int words = sizeof(Program) / sizeof(unsigned);
  if constexpr (words > 0 && words <= 8 * line && alignof(Program) >= alignof(unsigned)) {
    auto const* const parameters = reinterpret_cast<unsigned const*>(&program);
    unsigned all = parameters[words - 1];
    PANE_UNROLL
    for (int i = 0; i < words; i += line) all ^= parameters[i];
    // Something must depend on them: no time to sleep in the one case of four thousand million.
    asm volatile("{ .reg .pred p; setp.eq.u32 p, %0, 1; @p nanosleep.u32 0; }" ::"r"(all));
  }
}

PANE_HIDDEN_BEGIN

template <class Program>
__global__ void __launch_bounds__(Program::threads, Program::blocks_per_sm)
    block_program(Program const __grid_constant__ program, Grid const grid) {
  __shared__ alignas(16) unsigned char storage[sizeof(typename Program::Shared)];
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");  // the next launch may begin as this one does
  ask_for_parameters(program);
#endif
  if constexpr (!requires { Program::awaits; }) await_stream();
  CudaBlock<Program> block;
  block.shared_ = reinterpret_cast<typename Program::Shared*>(storage);
  block.x = static_cast<int>(blockIdx.x);
  block.z = blockIdx.z;
  do {
    block.y = static_cast<int>(blockIdx.y);
    do {  // no look at the grid before the first: a block of the hardware is one of ours
      program(block);
      if (grid.z > gridDim.z || grid.y > static_cast<int>(gridDim.y))
        __syncthreads();  // the next block reuses the memory
      block.y += static_cast<int>(gridDim.y);
    } while (block.y < grid.y);
    block.z += gridDim.z;
  } while (block.z < grid.z);
}

/// Enqueues a block program. The grid of the hardware is a detail: what exceeds it is a loop in the kernel.
template <class Program>
void launch(Stream where, Program const& program) {
  Grid const grid = program.grid();
  if (grid.empty()) return;
  static_assert(sizeof(Program) + sizeof(Grid) <= 4096,
                "pane: this chain is too large for the parameters of a kernel; nest fewer lists");
  dim3 const blocks(static_cast<unsigned>(grid.x),
                    static_cast<unsigned>(grid.y < 65535 ? grid.y : 65535),
                    static_cast<unsigned>(grid.z < 65535 ? grid.z : 65535));
  cudaLaunchAttribute overlap{};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = blocks;
  config.blockDim = dim3(Program::threads);
  config.stream = where.handle();
  config.attrs = &overlap;
  config.numAttrs = overlaps_launches() ? 1 : 0;
  void* arguments[] = {const_cast<Program*>(&program), const_cast<Grid*>(&grid)};
  // Returns the status of this launch alone; cudaGetLastError would also report what somebody left behind.
  check_cuda(cudaLaunchKernelExC(&config, reinterpret_cast<void const*>(&block_program<Program>),
                                 arguments),
             "pane: kernel launch");
}

PANE_HIDDEN_END

}  // namespace detail
PANE_NAMESPACE_END

#endif  // __CUDACC__
