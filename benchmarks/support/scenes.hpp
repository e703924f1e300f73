// SPDX-License-Identifier: MIT
#pragma once

// What cases of the GPU and of the CPU have in common.

#include <pane/views/crops.hpp>

#include <vector>

namespace bench {

inline constexpr float mean[3] = {0.485f, 0.456f, 0.406f};
inline constexpr float deviation[3] = {0.229f, 0.224f, 0.225f};

/// Crop widths 40, 46, ... 334, twice as high, spread over the frame.
inline std::vector<pane::CropBox> detections() {
  std::vector<pane::CropBox> boxes;
  for (int i = 0; i < 50; ++i) {
    int const w = 40 + 6 * i;
    boxes.push_back({{i * 1237 % (3840 - w), i * 733 % (2160 - 2 * w), w, 2 * w}, 0});
  }
  return boxes;
}

}  // namespace bench
