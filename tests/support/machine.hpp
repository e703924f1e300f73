// SPDX-License-Identifier: MIT
#pragma once

// One test body for both machines: memory where the chosen one computes, and a way to run a call there.

#include <pane/core/stream.hpp>
#include <tests/support/machine_choice.hpp>

#if defined(__CUDACC__)
#include <cuda_runtime_api.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

#if defined(__CUDACC__)
inline void check(cudaError_t status, char const* what) {
  if (status != cudaSuccess)
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}
#endif

/// Elements in the memory of the chosen machine, between guard bytes. What is read may not be written (upload has
/// exact bounds on the GPU, poisoned ones under AddressSanitizer); what is written may not spill into the guards.
template <class T>
class Buffer {
 public:
  static constexpr std::size_t guard = 512;

  /// `count` elements, all bytes 0xCD, `offset_bytes` past a multiple of 256.
  explicit Buffer(std::size_t count, std::size_t offset_bytes = 0)
      : count_(count), offset_(guard + offset_bytes) {
    allocate(offset_ + bytes() + guard);
    std::vector<std::uint8_t> all(total_, 0xA5);
    std::memset(all.data() + offset_, 0xCD, bytes());
    write(all.data());
    poison();
  }
  /// A copy of `values`.
  explicit Buffer(std::vector<T> const& values, std::size_t offset_bytes = 0)
      : count_(values.size()), offset_(guard + offset_bytes) {
    allocate(offset_ + bytes());
    std::vector<std::uint8_t> all(total_, 0xA5);
    if (!values.empty()) std::memcpy(all.data() + offset_, values.data(), bytes());
    write(all.data());
    poison();
  }
  Buffer(Buffer const&) = delete;
  Buffer& operator=(Buffer const&) = delete;
  ~Buffer() {
#if defined(__CUDACC__)
    if (chosen_machine() == Where::gpu) {
      cudaFree(memory_);
      return;
    }
#endif
    unpoison();
    ::operator delete (memory_, std::align_val_t{256});
  }

  T* data() const {
    return reinterpret_cast<T*>(memory_ + offset_);
  }
  std::size_t size() const {
    return count_;
  }
  std::size_t bytes() const {
    return count_ * sizeof(T);
  }

  /// Replaces all elements.
  void upload(std::vector<T> const& values) {
    if (values.size() != count_) throw std::runtime_error("upload: the number of elements differs");
    std::vector<std::uint8_t> all(total_, 0xA5);
    if (count_ != 0) std::memcpy(all.data() + offset_, values.data(), bytes());
    unpoison();
    write(all.data());
    poison();
  }

  /// The elements, after all work. Throws when a guard byte has changed.
  std::vector<T> download() const {
    std::vector<std::uint8_t> all(total_);
    read(all.data());
    for (std::size_t i = 0; i < total_; ++i) {
      bool const inside = i >= offset_ && i < offset_ + bytes();
      if (!inside && all[i] != 0xA5) {
        throw std::runtime_error(
            "the guard byte at offset " +
            std::to_string(static_cast<long long>(i) - static_cast<long long>(offset_)) +
            " of a buffer of " + std::to_string(bytes()) + " bytes was overwritten");
      }
    }
    std::vector<T> out(count_);
    if (count_ != 0) std::memcpy(out.data(), all.data() + offset_, bytes());
    return out;
  }

 private:
  void allocate(std::size_t total) {
    total_ = total;
#if defined(__CUDACC__)
    if (chosen_machine() == Where::gpu) {
      check(cudaMalloc(reinterpret_cast<void**>(&memory_), total_), "cudaMalloc");
      return;
    }
#endif
    memory_ = static_cast<std::uint8_t*>(::operator new (total_, std::align_val_t{256}));
  }
  void write(std::uint8_t const* from) {
#if defined(__CUDACC__)
    if (chosen_machine() == Where::gpu)
      return check(cudaMemcpy(memory_, from, total_, cudaMemcpyHostToDevice), "cudaMemcpy");
#endif
    std::memcpy(memory_, from, total_);
  }
  void read(std::uint8_t* to) const {
#if defined(__CUDACC__)
    if (chosen_machine() == Where::gpu) {
      check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
      return check(cudaMemcpy(to, memory_, total_, cudaMemcpyDeviceToHost), "cudaMemcpy");
    }
#endif
    unpoison();
    std::memcpy(to, memory_, total_);
    poison();
  }
  void poison() const {
#if defined(__SANITIZE_ADDRESS__)
    __asan_poison_memory_region(memory_, offset_);
    __asan_poison_memory_region(memory_ + offset_ + bytes(), total_ - offset_ - bytes());
#endif
  }
  void unpoison() const {
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(memory_, total_);
#endif
  }

  std::size_t count_;
  std::size_t offset_;
  std::size_t total_ = 0;
  std::uint8_t* memory_ = nullptr;
};

/// Calls f(where) with the chosen machine: `pane::host`, or a stream that is not the default one, waited for.
template <class F>
void on_machine(F&& f) {
#if defined(__CUDACC__)
  if (chosen_machine() == Where::gpu) {
    static cudaStream_t const stream = [] {
      cudaStream_t s = nullptr;
      check(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking), "cudaStreamCreate");
      return s;
    }();
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    f(pane::Stream{stream});
    return check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }
#endif
  f(pane::host);
}

}  // namespace test
