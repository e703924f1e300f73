// SPDX-License-Identifier: MIT
#pragma once

// Where an example computes, and memory there: the GPU when the program was built with CUDA and
// there is one, else the CPU.

#include <pane/core/stream.hpp>

#include "frame.hpp"

#if defined(__CUDACC__)
#include <cuda_runtime_api.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace example {

#if defined(__CUDACC__)
inline void check(cudaError_t status, char const* call) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();
  throw std::runtime_error(std::string(call) + ": " + cudaGetErrorString(status));
}
#endif

struct Machine {
  bool gpu = false;
  std::string name;
};

/// `auto`, `gpu` or `host`.
/// @throws UsageError  `gpu`, and there is none; the message says why.
inline Machine choose_machine(std::string const& where) {
  unsigned const threads = std::thread::hardware_concurrency();
  Machine const cpu{false, "CPU, threads: " + std::to_string(threads)};
  if (where == "host") return cpu;
#if defined(__CUDACC__)
  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) {
    cudaDeviceProp device{};
    check(cudaGetDeviceProperties(&device, 0), "cudaGetDeviceProperties");
    return {true, "GPU, " + std::string(device.name)};
  }
  (void)cudaGetLastError();
  std::string const reason = status == cudaSuccess ? "no CUDA device" : cudaGetErrorString(status);
#else
  std::string const reason = "this program was built without CUDA";
#endif
  if (where == "gpu") throw UsageError("--where gpu: there is no GPU to use: " + reason);
  return cpu;
}

/// Calls f(producer, consumer): two streams that do not wait for each other by themselves, or twice
/// the CPU with all its threads. All work is done on return.
template <class F>
void on_machine(Machine const& machine, F&& f) {
#if defined(__CUDACC__)
  if (machine.gpu) {
    struct OwnStream {
      cudaStream_t handle = nullptr;
      OwnStream() {
        check(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking), "cudaStreamCreate");
      }
      OwnStream(OwnStream const&) = delete;
      OwnStream& operator=(OwnStream const&) = delete;
      ~OwnStream() { (void)cudaStreamDestroy(handle); }
    } producer, consumer;
    f(pane::Stream(producer.handle), pane::Stream(consumer.handle));
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    return;
  }
#endif
  (void)machine;
  f(pane::Host{.threads = 0}, pane::Host{.threads = 0});
}

/// Bytes on a machine, at a multiple of 256.
class Memory {
 public:
  /// @throws std::bad_alloc  there is not so much.
  Memory(Machine const& machine, std::size_t bytes) : gpu_(machine.gpu), bytes_(bytes) {
#if defined(__CUDACC__)
    if (gpu_) {
      cudaError_t const status = cudaMalloc(&data_, bytes);
      if (status == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();
        throw std::bad_alloc();
      }
      check(status, "cudaMalloc");
      return;
    }
#endif
    data_ = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (data_ == nullptr) throw std::bad_alloc();
  }
  Memory(Memory const&) = delete;
  Memory& operator=(Memory const&) = delete;
  ~Memory() {
#if defined(__CUDACC__)
    if (gpu_) {
      (void)cudaFree(data_);
      return;
    }
#endif
    std::free(data_);
  }

  void* data() const {
    return data_;
  }
  std::size_t bytes() const {
    return bytes_;
  }

  /// Sets every byte, and is done on return.
  void fill(std::uint8_t value) {
#if defined(__CUDACC__)
    if (gpu_) {
      check(cudaMemset(data_, value, bytes_), "cudaMemset");
      return check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    }
#endif
    std::memset(data_, value, bytes_);
  }

  /// Rows of packed bytes to rows that are `pitch_bytes` apart, enqueued on the stream.
  void upload([[maybe_unused]] pane::Stream stream,
              std::uint8_t const* from,
              std::size_t row_bytes,
              std::size_t rows,
              std::size_t pitch_bytes) {
#if defined(__CUDACC__)
    check(cudaMemcpy2DAsync(data_, pitch_bytes, from, row_bytes, row_bytes, rows,
                            cudaMemcpyHostToDevice, stream.handle()),
          "cudaMemcpy2DAsync");
#else
    upload(pane::host, from, row_bytes, rows, pitch_bytes);
#endif
  }
  void upload(pane::Host,
              std::uint8_t const* from,
              std::size_t row_bytes,
              std::size_t rows,
              std::size_t pitch_bytes) {
    for (std::size_t y = 0; y < rows; ++y) {
      std::memcpy(static_cast<std::uint8_t*>(data_) + y * pitch_bytes, from + y * row_bytes,
                  row_bytes);
    }
  }

  /// All bytes, after all work.
  std::vector<std::uint8_t> download() const {
    std::vector<std::uint8_t> out(bytes_);
#if defined(__CUDACC__)
    if (gpu_) {
      check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
      check(cudaMemcpy(out.data(), data_, bytes_, cudaMemcpyDeviceToHost), "cudaMemcpy");
      return out;
    }
#endif
    std::memcpy(out.data(), data_, bytes_);
    return out;
  }

 private:
  bool gpu_;
  std::size_t bytes_;
  void* data_ = nullptr;
};

}  // namespace example
