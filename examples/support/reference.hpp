// SPDX-License-Identifier: MIT
#pragma once

// The preprocessing once more, in double and from the definitions, without a call of the library:
// what its result is compared with.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "frame.hpp"

namespace example {

/// Every number that decides the result. Chroma sits in the middle of its 2 x 2 luma samples unless
/// a distance of half a luma sample to the left (or up) is stated.
struct Recipe {
  enum class Mode { resize, letterbox, short_side };

  Mode mode = Mode::letterbox;
  // The rectangle of the frame that is used.
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  int out_width = 0;
  int out_height = 0;
  /// Of `short_side`: the shorter side becomes this long, the result is the middle. torchvision's Resize and
  /// CenterCrop.
  int short_side = 256;
  /// The gray of a letterbox, in levels of R, G and B.
  double fill = 114;
  // Of NV12: luma weights of red and blue, whether black and white are 16 and 235, where chroma
  // sits.
  double kr = 0.2126;
  double kb = 0.0722;
  bool limited = true;
  double chroma_left = 0;
  double chroma_up = 0;
  /// result = (level / 255 - mean) / std
  std::array<double, 3> mean{};
  std::array<double, 3> std{1, 1, 1};
};

/// The luma weights as the standards print them: BT.601-7, BT.709-6, BT.2020-2.
inline void set_standard(Recipe& recipe, Standard standard) {
  constexpr double red[] = {0.299, 0.2126, 0.2627};
  constexpr double blue[] = {0.114, 0.0722, 0.0593};
  recipe.kr = red[static_cast<int>(standard)];
  recipe.kb = blue[static_cast<int>(standard)];
}

/// One pixel of the result after the other.
class Reference {
 public:
  Reference(Frame const& frame, Recipe const& recipe) : frame_(frame), r_(recipe) {
    width_ = r_.out_width;
    height_ = r_.out_height;
    if (r_.mode == Recipe::Mode::letterbox) {
      double const scale = std::min(double(height_) / r_.height, double(width_) / r_.width);
      width_ = std::clamp(int(std::nearbyint(r_.width * scale)), 1, width_);
      height_ = std::clamp(int(std::nearbyint(r_.height * scale)), 1, height_);
      left_ = (r_.out_width - width_) / 2;
      top_ = (r_.out_height - height_) / 2;
    }
    if (r_.mode == Recipe::Mode::short_side) {
      int const shorter = std::min(r_.width, r_.height);
      width_ = int(double(r_.short_side) * r_.width / shorter);
      height_ = int(double(r_.short_side) * r_.height / shorter);
      left_ = -int(std::nearbyint((width_ - r_.out_width) / 2.0));
      top_ = -int(std::nearbyint((height_ - r_.out_height) / 2.0));
    }
  }

  /// The size that the rectangle is scaled to, before anything is cut off or filled.
  int scaled_width() const { return width_; }
  int scaled_height() const { return height_; }

  std::array<double, 3> operator()(int out_y, int out_x) const {
    int const y = out_y - top_;
    int const x = out_x - left_;
    std::array<double, 3> rgb{r_.fill, r_.fill, r_.fill};
    if (y >= 0 && y < height_ && x >= 0 && x < width_) {
      double const sy = (y + 0.5) * r_.height / height_ - 0.5 + r_.y;
      double const sx = (x + 0.5) * r_.width / width_ - 0.5 + r_.x;
      rgb = frame_.format == Frame::Format::rgb ? rgb_at(sy, sx) : yuv_at(sy, sx);
    }
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = (rgb[c] / 255 - r_.mean[c]) / r_.std[c];
    return rgb;
  }

 private:
  /// Linear between the four samples around (y, x); samples beyond the rectangle repeat its edge.
  template <class At>
  static double linear(At const& at, double y, double x, int top, int bottom, int left, int right) {
    double const y0 = std::floor(y);
    double const x0 = std::floor(x);
    auto const row = [&](double v) { return std::clamp(int(v), top, bottom); };
    auto const column = [&](double v) { return std::clamp(int(v), left, right); };
    auto const along = [&](int j) {
      return (x0 + 1 - x) * at(j, column(x0)) + (x - x0) * at(j, column(x0 + 1));
    };
    return (y0 + 1 - y) * along(row(y0)) + (y - y0) * along(row(y0 + 1));
  }

  std::array<double, 3> rgb_at(double y, double x) const {
    std::array<double, 3> out{};
    for (std::size_t c = 0; c < 3; ++c) {
      auto const at = [&](int j, int i) {
        return double(
            frame_.bytes[3 * (std::size_t(j) * std::size_t(frame_.width) + std::size_t(i)) + c]);
      };
      out[c] = linear(at, y, x, r_.y, r_.y + r_.height - 1, r_.x, r_.x + r_.width - 1);
    }
    return out;
  }

  std::array<double, 3> yuv_at(double y, double x) const {
    auto const width = std::size_t(frame_.width);
    auto const luma = [&](int j, int i) {
      return double(frame_.bytes[std::size_t(j) * width + std::size_t(i)]);
    };
    int const bottom = r_.y + r_.height - 1;
    int const right = r_.x + r_.width - 1;
    double const code_y = linear(luma, y, x, r_.y, bottom, r_.x, right);
    std::array<double, 2> chroma{};
    double const cy = (y + 0.5 + r_.chroma_up) / 2 - 0.5;
    double const cx = (x + 0.5 + r_.chroma_left) / 2 - 0.5;
    for (std::size_t c = 0; c < 2; ++c) {
      auto const at = [&](int j, int i) {
        return double(frame_.bytes[(std::size_t(frame_.height) + std::size_t(j)) * width +
                                   2 * std::size_t(i) + c]);
      };
      chroma[c] = linear(at, cy, cx, r_.y / 2, bottom / 2, r_.x / 2, right / 2);
    }
    // E'Y = kr E'R + kg E'G + kb E'B
    // E'Cb = (E'B - E'Y) / (2 (1 - kb)), E'Cr = (E'R - E'Y) / (2 (1 - kr))
    double const ey = r_.limited ? (code_y - 16) / 219 : code_y / 255;
    double const eb = (chroma[0] - 128) / (r_.limited ? 224 : 255);
    double const er = (chroma[1] - 128) / (r_.limited ? 224 : 255);
    double const red = ey + 2 * (1 - r_.kr) * er;
    double const blue = ey + 2 * (1 - r_.kb) * eb;
    double const green = (ey - r_.kr * red - r_.kb * blue) / (1 - r_.kr - r_.kb);
    return {255 * red, 255 * green, 255 * blue};
  }

  Frame const& frame_;
  Recipe r_;
  int top_ = 0;
  int left_ = 0;
  int width_ = 0;
  int height_ = 0;
};

/// The largest distance from 0 that a level of R, G or B can have: 255 for pictures, more for codes
/// of luma and chroma that stand for no colour.
inline double largest_level(Frame::Format format, Recipe const& r) {
  if (format == Frame::Format::rgb) return 255;
  // Blue or red has the greatest gain: 2 (1 - k) of its colour difference, which is -128 to 127.
  double const y = r.limited ? (255.0 - 16) * 255 / 219 : 255;
  return y + 2 * (1 - std::min(r.kr, r.kb)) * 128 * 255 / (r.limited ? 224 : 255);
}

/// The largest magnitude that the result can have.
inline double largest_value(Frame::Format format, Recipe const& r) {
  double value = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    value = std::max(value, (largest_level(format, r) / 255 + std::abs(r.mean[c])) / r.std[c]);
  }
  return value;
}

/// How far a result may be from the reference: `absolute + relative * |reference|`, in units of the
/// result.
struct Bound {
  double absolute = 0;
  double relative = 0;
  double at(double value) const { return absolute + relative * std::abs(value); }
};

/// The bound of the float32 chain, stored as f32 or f16 (`half`).
///
/// u = 2^-24 is the rounding of one float operation. For values of up to 255 levels:
///   coordinates   fixed point with 32 fractional bits, start and step both rounded up once: after
///                 n steps within (n + 2) 2^-32 of a pixel, and the weight keeps 23 bits.
///                 Neighbours differ by at most 255 levels, in each of two directions: 2 * 255 *
///                 ((n + 2) 2^-32 + 2^-23). For halves Pane rounds both weights to 2^-15, and one
///                 product of them: 2^-16 each, of 255, 255 and 2 * 255 levels
///   linear        first level: one rounding each (differences of u8 are exact), second level: two;
///                 together 3 * 255 u, taken as 4
///   colour        NV12 only: all of the above times the greatest row sum G of the matrix, and at
///                 most 8 roundings of terms of up to 255 G: coefficients, offset, three
///                 multiply-adds of twice that size
///   normalise     all of the above times 1 / (255 std); factor, offset and the multiply-add are
///                 rounded: 2 u (factor * level + |mean| / std)
///   store         f32: nothing more. f16: half a unit in the last place, 2^-11 of the value, and
///                 2^-25 where the numbers are subnormal
/// With a 640 x 640 result that is 0.0005 of a level for pictures and 0.002 for NV12 before it is
/// stored, and 0.016 and 0.05 more for halves: a weight, a coefficient or a half pixel that is wrong
/// does not pass.
inline Bound difference_bound(Frame::Format format, Recipe const& r, bool half) {
  double const u = std::ldexp(1.0, -24);
  double const n = std::max(r.out_width, r.out_height);
  double const weight = (n + 2) * std::ldexp(1.0, -32) + std::ldexp(1.0, -23);
  double levels = 255 * (2 * weight + 4 * u);
  if (half) levels += 4 * 255 * std::ldexp(1.0, -16);
  if (format == Frame::Format::nv12) {
    double const y_gain = r.limited ? 255.0 / 219 : 1;
    double const c_gain = r.limited ? 255.0 / 224 : 1;
    double const red = 2 * (1 - r.kr) * c_gain;
    double const blue = 2 * (1 - r.kb) * c_gain;
    double const green = (red * r.kr + blue * r.kb) / (1 - r.kr - r.kb);
    double const gain = y_gain + std::max({red, blue, green});
    levels = gain * levels + 8 * 255 * gain * u;
  }
  Bound bound;
  for (std::size_t c = 0; c < 3; ++c) {
    double const factor = 1 / (255 * r.std[c]);
    double const own = factor * levels +
                       2 * u * (factor * largest_level(format, r) + std::abs(r.mean[c]) / r.std[c]);
    bound.absolute = std::max(bound.absolute, own);
  }
  if (half) {
    bound.relative = std::ldexp(1.0, -11);
    bound.absolute = bound.absolute * (1 + bound.relative) + std::ldexp(1.0, -25);
  }
  return bound;
}

}  // namespace example
