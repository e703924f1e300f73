// SPDX-License-Identifier: MIT
#pragma once

// Fresh memory for results that the caller gave no place for. The library never allocates; this module does, here only.

#include <pane/interop/pybind11.hpp>

#if PANE_PYTHON_CUDA
#include <pane/interop/pybind11_cuda.hpp>
#endif

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

namespace example {

/// Uninitialised elements in C order. On a GPU by cudaMalloc, which is slow, and given back by cudaFree, which waits for
/// the device: a loop passes `out`. On the host by malloc.
inline pane::python::Array allocate(std::vector<std::int64_t> const& shape,
                                    pane::DType dtype,
                                    int device) {
  pane::python::Array out;
  auto& t = out.tensor;
  pane::detail::require(shape.size() <= pane::AnyTensor::max_rank, "pane.empty: at most 8 axes");
  t.dtype = dtype;
  t.rank = static_cast<int>(shape.size());
  std::int64_t bytes = pane::size_bytes(dtype);
  for (int i = t.rank; i-- > 0;) {
    std::int64_t const extent = shape[static_cast<std::size_t>(i)];
    pane::detail::require(extent >= 0, "pane.empty: shape[", i, "] is ", extent,
                          ": it is 0 or more");
    t.shape[i] = extent;
    t.stride_bytes[i] = bytes;
    pane::detail::require(!__builtin_mul_overflow(bytes, extent == 0 ? 1 : extent, &bytes),
                          "pane.empty: the bytes do not fit in 63 bits");
  }
  bool empty = false;
  for (std::int64_t const extent : shape) empty = empty || extent == 0;
  t.device = device;
  out.device = {pane::DlpackDeviceType::cpu};
#if PANE_PYTHON_CUDA
  if (device >= 0) {
    out.device = {pane::DlpackDeviceType::cuda, device};
    if (empty) return out;
    pane::detail::DeviceScope const scope(device);
    pane::detail::check_import(cudaMalloc(&t.data, static_cast<std::size_t>(bytes)), "cudaMalloc");
    out.owner = std::shared_ptr<void>(t.data, [device](void* memory) {
      // The last reference may go while some stream is being captured, which cudaFree would end.
      auto mode = cudaStreamCaptureModeRelaxed;
      (void)cudaThreadExchangeStreamCaptureMode(&mode);
      int before = 0;
      (void)cudaGetDevice(&before);
      (void)cudaSetDevice(device);
      (void)cudaFree(memory);
      (void)cudaSetDevice(before);
      (void)cudaThreadExchangeStreamCaptureMode(&mode);
    });
    return out;
  }
#else
  pane::detail::require(device < 0, "pane.empty: this module was built without CUDA");
#endif
  if (empty) return out;
  t.data = std::malloc(static_cast<std::size_t>(bytes));
  if (t.data == nullptr) throw std::bad_alloc();
  out.owner = std::shared_ptr<void>(t.data, [](void* memory) { std::free(memory); });
  return out;
}

}  // namespace example
