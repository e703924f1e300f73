// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/views/separable.hpp>

PANE_NAMESPACE_BEGIN
namespace views {

/// What `gaussian` is told: size and sigma in pixels.
struct GaussianOptions {
  int size = 3;  ///< taps in each direction: 1, 3, 5 or 7
  float sigma =
      0.0f;  ///< standard deviation; 0 takes 0.3 * ((size - 1) / 2 - 1) + 0.8, or the binomial table below
  Border border = Border::reflect_101;
  Fill fill = 0;
};

}  // namespace views

/// The taps of a Gaussian, exp(-i^2 / (2 sigma^2)) scaled to the sum 1. Without a sigma the sizes up to 7 have the
/// binomial-like taps that OpenCV uses: 1 2 1 / 4, 1 4 6 4 1 / 16, 2 7 14 18 14 7 2 / 64.
///
/// @throws InvalidArgument  size is not 1, 3, 5 or 7, or sigma is negative.
/// @see cv2.getGaussianKernel
inline FilterTaps gaussian_taps(int size, float sigma = 0.0f) {
  detail::require(size >= 1 && size <= FilterTaps::max_size && size % 2 == 1,
                  "pane::gaussian_taps: size is ", size, ": it must be 1, 3, 5 or 7");
  detail::require(sigma >= 0.0f, "pane::gaussian_taps: sigma is ", static_cast<double>(sigma),
                  ": it must not be negative");
  constexpr float table[4][FilterTaps::max_size] = {
      {1.0f},
      {0.25f, 0.5f, 0.25f},
      {0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f},
      {0.03125f, 0.109375f, 0.21875f, 0.28125f, 0.21875f, 0.109375f, 0.03125f},
  };
  FilterTaps taps;
  taps.size = size;
  double weight[FilterTaps::max_size] = {};
  double sum = 0.0;
  for (int i = 0; i < size; ++i) {
    double const d = i - size / 2;
    double const s = static_cast<double>(sigma);
    weight[i] = sigma > 0.0f ? __builtin_exp(-d * d / (2.0 * s * s))
                             : static_cast<double>(table[size / 2][i]);
    sum += weight[i];
  }
  for (int i = 0; i < size; ++i) taps.weight[i] = static_cast<float>(weight[i] / sum);
  return taps;
}

namespace views {

/// Smooths every image with a Gaussian of up to 7 x 7 pixels; a stencil, see `separable`.
///
/// Matches   cv2.GaussianBlur, within 1 level for u8; how far from float, see `separable`
/// @throws InvalidArgument  size is not 1, 3, 5 or 7, or sigma is negative.
inline auto gaussian(GaussianOptions options) {
  FilterTaps const taps = gaussian_taps(options.size, options.sigma);
  return separable(taps, taps, {.border = options.border, .fill = options.fill});
}

}  // namespace views
PANE_NAMESPACE_END
