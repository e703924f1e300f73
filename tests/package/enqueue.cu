// SPDX-License-Identifier: MIT
// The same conversion on a stream: it must compile as CUDA with no flag that pane::pane did not bring.
#include <pane/pane.hpp>

#include <cuda_runtime_api.h>

#include <cstdint>

void enqueue(cudaStream_t stream,
             pane::Tensor<std::uint8_t const, pane::HWC<3>> image,  // (H, W, 3)
             pane::Tensor<float, pane::CHW<3>> result) {            // (3, H, W)
  pane::copy(pane::Stream{stream}, image, result);
}
