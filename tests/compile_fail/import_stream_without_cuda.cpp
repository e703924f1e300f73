// SPDX-License-Identifier: MIT
// EXPECT: importing on a stream needs #include
#include <pane/pane.hpp>

auto f(pane::CudaArrayInterface const& cai, pane::Stream stream) {
  return pane::from_cuda_array_interface<float const, pane::HW>(cai, stream);
}
