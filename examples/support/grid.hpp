// SPDX-License-Identifier: MIT
#pragma once

// Many pictures as one, for a panel of a contact sheet.

#include <algorithm>
#include <cmath>
#include <vector>

#include "picture.hpp"

namespace example {

/// The pictures in order, row by row, each as large as it fits into a square cell; no more than nine.
inline Picture grid(std::vector<Picture> const& pictures) {
  auto const count = std::min<int>(9, static_cast<int>(pictures.size()));
  int const columns = count <= 1 ? 1 : count <= 4 ? 2 : 3;
  int const cell = 600 / columns;
  int const rows = (count + columns - 1) / columns;
  Picture out(columns * cell, std::max(rows, 1) * cell, {34, 37, 44});
  for (int i = 0; i < count; ++i) {
    Picture const& p = pictures[static_cast<std::size_t>(i)];
    double const scale = std::min(double(cell - 4) / p.width(), double(cell - 4) / p.height());
    auto const length = [&](int pixels) {
      return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, cell - 4);
    };
    Picture const small = scaled(p, length(p.width()), length(p.height()));
    out.paste(small, i % columns * cell + (cell - small.width()) / 2,
              i / columns * cell + (cell - small.height()) / 2);
  }
  return out;
}

}  // namespace example
