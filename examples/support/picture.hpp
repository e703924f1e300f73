// SPDX-License-Identifier: MIT
#pragma once

// A picture of the examples: 8-bit RGB in ordinary memory, and the little drawing that a contact
// sheet needs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace example {

struct Color {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
};

/// Rounds and clamps a level to 0..255; NaN becomes 0.
inline std::uint8_t to_level(double value) {
  if (!(value > 0)) return 0;
  return value >= 255 ? std::uint8_t{255} : static_cast<std::uint8_t>(value + 0.5);
}

/// Rows of pixels without gaps.
class Picture {
 public:
  Picture() = default;
  Picture(int width, int height, Color fill = {})
      : width_(width), height_(height), pixels_(std::size_t(width) * std::size_t(height), fill) {}

  int width() const { return width_; }
  int height() const { return height_; }
  /// Bytes R, G, B, R, G, B, ...
  std::uint8_t const* bytes() const { return &pixels_.data()->r; }
  Color& at(int x, int y) { return pixels_[std::size_t(y) * std::size_t(width_) + std::size_t(x)]; }
  Color const& at(int x, int y) const {
    return pixels_[std::size_t(y) * std::size_t(width_) + std::size_t(x)];
  }

  /// A filled rectangle; what lies outside is left out.
  void rectangle(int x, int y, int width, int height, Color color) {
    for (int j = std::max(y, 0); j < std::min(y + height, height_); ++j) {
      for (int i = std::max(x, 0); i < std::min(x + width, width_); ++i) at(i, j) = color;
    }
  }

  /// Another picture with its top left corner at (x, y); it fits.
  void paste(Picture const& other, int x, int y) {
    for (int j = 0; j < other.height(); ++j) {
      for (int i = 0; i < other.width(); ++i) at(x + i, y + j) = other.at(i, j);
    }
  }

 private:
  int width_ = 0;
  int height_ = 0;
  std::vector<Color> pixels_;
};
static_assert(sizeof(Color) == 3);

/// For looking at: shrinks by averaging whole pixels, enlarges by repeating them.
inline Picture scaled(Picture const& from, int width, int height) {
  struct Range {
    int first;
    int end;
  };
  auto const range = [](int i, int in, int out) -> Range {
    if (out >= in) {
      int const nearest = static_cast<int>((2LL * i + 1) * in / (2LL * out));
      return {nearest, nearest + 1};
    }
    return {static_cast<int>(1LL * i * in / out),
            static_cast<int>((1LL * (i + 1) * in + out - 1) / out)};
  };
  Picture out(width, height);
  for (int y = 0; y < height; ++y) {
    Range const rows = range(y, from.height(), height);
    for (int x = 0; x < width; ++x) {
      Range const columns = range(x, from.width(), width);
      double sum[3] = {};
      for (int j = rows.first; j < rows.end; ++j) {
        for (int i = columns.first; i < columns.end; ++i) {
          Color const& c = from.at(i, j);
          sum[0] += c.r;
          sum[1] += c.g;
          sum[2] += c.b;
        }
      }
      double const count = double(rows.end - rows.first) * (columns.end - columns.first);
      out.at(x, y) = {to_level(sum[0] / count), to_level(sum[1] / count), to_level(sum[2] / count)};
    }
  }
  return out;
}

}  // namespace example
