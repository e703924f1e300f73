// SPDX-License-Identifier: MIT
// EXPECT: running on a stream needs a CUDA compiler: name this file .cu, or pass pane::host
#include <pane/pane.hpp>

#include <cstdint>

void f(pane::Stream stream,
       pane::Tensor<float const, pane::HW> src,
       pane::Tensor<float, pane::HW> dst) {
  pane::copy(stream, src, dst);
}
