// SPDX-License-Identifier: MIT
// One fused chain as a user writes it: a frame to a letterboxed, normalised, planar batch item. On the GPU with nvcc.
#include <pane/pane.hpp>

#include <cstdint>

void pane_compile_time_case(pane::Tensor<std::uint8_t const, pane::HWC<3>> frame,  // (H, W, 3)
                            pane::Tensor<float, pane::CHW<3>> item) {              // (3, 640, 640)
#if defined(__CUDACC__)
  pane::Stream const where{};
#else
  constexpr pane::Host where{};
#endif
  pane::copy(where,
             frame | pane::views::letterbox(640, 640, {.fill = 114}) |
                 pane::views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                                        {.scale = 1.0f / 255.0f}),
             item);
}
