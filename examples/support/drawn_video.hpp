// SPDX-License-Identifier: MIT
#pragma once

// A short video that a program draws when it is given none: NV12 frames, each with its number and a bar that moves.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "frame.hpp"
#include "test_picture.hpp"
#include "text.hpp"

namespace example {

/// A picture as NV12, BT.709 limited range, chroma on the left as H.264 has it: 1 2 1 along the row, the mean of two rows.
inline Frame to_nv12(Picture const& p, std::string const& name) {
  int const width = p.width() / 2 * 2;
  int const height = p.height() / 2 * 2;
  Frame frame{Frame::Format::nv12, width, height, {}, name};
  frame.bytes.resize(std::size_t(width) * std::size_t(height) / 2 * 3);
  auto const codes = [&](int y, int x) -> std::array<double, 3> {
    Color const& c = p.at(std::clamp(x, 0, width - 1), y);
    double const luma = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
    return {16 + luma * 219 / 255, 128 + (c.b - luma) / 1.8556 * 224 / 255,
            128 + (c.r - luma) / 1.5748 * 224 / 255};
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      frame.bytes[std::size_t(y) * std::size_t(width) + std::size_t(x)] = to_level(codes(y, x)[0]);
  }
  for (int y = 0; y < height; y += 2) {
    for (int x = 0; x < width; x += 2) {
      for (std::size_t c = 1; c < 3; ++c) {
        double sum = 0;
        for (int row = y; row < y + 2; ++row)
          sum += codes(row, x - 1)[c] + 2 * codes(row, x)[c] + codes(row, x + 1)[c];
        frame.bytes[(std::size_t(height) + std::size_t(y) / 2) * std::size_t(width) +
                    std::size_t(x) + c - 1] = to_level(sum / 8);
      }
    }
  }
  return frame;
}

inline Frame drawn_frame(int index) {
  constexpr int width = 848;
  constexpr int height = 470;  // no multiple of 16: a decoder's surface has more rows
  Picture p = test_picture(width, height);
  p.rectangle(40 * index % width, height - 60, 40, 40, {255, 196, 64});
  draw_text(p, 12, height - 120, "frame " + std::to_string(index), {240, 240, 240}, 5);
  return to_nv12(p, "drawn by this program");
}

}  // namespace example
