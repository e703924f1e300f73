// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>

#include <benchmarks/support/case.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace bench {

/// Device memory with random bytes, so that no cache line is like another.
class DeviceBytes {
 public:
  explicit DeviceBytes(std::size_t bytes, unsigned seed = 1) : bytes_(bytes) {
    check(cudaMalloc(&data_, bytes), "cudaMalloc");
    std::size_t const piece = std::min<std::size_t>(bytes, std::size_t{1} << 24);
    std::vector<std::uint32_t> random((piece + 3) / 4);
    std::mt19937 engine(seed);
    for (auto& r : random) r = static_cast<std::uint32_t>(engine());
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

}  // namespace bench
