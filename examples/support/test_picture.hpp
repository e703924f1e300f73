// SPDX-License-Identifier: MIT
#pragma once

// The picture that an example draws when it is given none: whatever shows a mistake in resampling
// or colour.

#include <algorithm>
#include <cmath>
#include <string>

#include "picture.hpp"
#include "text.hpp"

namespace example {

/// Colour bars, ramps and steps on the left; a zone plate, which has every spatial frequency, on
/// the right; text. A one-pixel frame shows whether the edges are all there.
inline Picture test_picture(int width, int height) {
  Picture p(width, height, {24, 26, 30});
  int const bars_width = width * 9 / 16;
  int const bars_height = height * 2 / 5;
  constexpr Color bars[] = {{235, 235, 235}, {235, 235, 16}, {16, 235, 235}, {16, 235, 16},
                            {235, 16, 235},  {235, 16, 16},  {16, 16, 235},  {16, 16, 16}};
  for (int i = 0; i < 8; ++i) {
    int const left = bars_width * i / 8;
    p.rectangle(left, 0, bars_width * (i + 1) / 8 - left, bars_height, bars[i]);
  }

  int const ramp_height = height / 10;
  for (int x = 0; x < bars_width; ++x) {
    double const t = bars_width > 1 ? double(x) / (bars_width - 1) : 0;
    Color const ramps[] = {{to_level(255 * t), to_level(255 * t), to_level(255 * t)},
                           {to_level(255 * t), 0, to_level(255 * (1 - t))},
                           {0, to_level(255 * t), to_level(128 * (1 - t))}};
    auto const step = static_cast<std::uint8_t>(std::min(15, int(t * 16)) * 17);
    for (int k = 0; k < 3; ++k)
      p.rectangle(x, bars_height + k * ramp_height, 1, ramp_height, ramps[k]);
    p.rectangle(x, bars_height + 3 * ramp_height, 1, ramp_height / 2, {step, step, step});
  }

  // Along every radius the frequency grows up to half a wave a pixel at the nearer edge.
  double const cx = (bars_width + width - 1) / 2.0;
  double const cy = (height - 1) / 2.0;
  double const radius = std::max(1.0, std::min(width - 1 - cx, cy));
  for (int y = 0; y < height; ++y) {
    for (int x = bars_width; x < width; ++x) {
      double const r2 = (x - cx) * (x - cx) + (y - cy) * (y - cy);
      double const wave = std::cos(1.5707963267948966 * r2 / radius);
      auto const level = to_level(127.5 + 127.5 * wave);
      p.at(x, y) = r2 <= radius * radius ? Color{level, level, level} : Color{58, 64, 74};
    }
  }

  int const text_top = bars_height + 3 * ramp_height + ramp_height / 2 + 8;
  std::string const size = std::to_string(width) + " x " + std::to_string(height);
  int dot = std::max(1, height / 180);
  while (dot > 1 && text_width("The quick brown fox", dot) > bars_width - 16) --dot;
  draw_text(p, 10, text_top, "The quick brown fox", {240, 240, 240}, dot);
  draw_text(p, 10, text_top + text_height(dot), "jumps over " + size, {255, 196, 64}, dot);

  constexpr Color frame{255, 0, 128};
  p.rectangle(0, 0, width, 1, frame);
  p.rectangle(0, height - 1, width, 1, frame);
  p.rectangle(0, 0, 1, height, frame);
  p.rectangle(width - 1, 0, 1, height, frame);
  return p;
}

}  // namespace example
