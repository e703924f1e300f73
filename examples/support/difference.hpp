// SPDX-License-Identifier: MIT
#pragma once

// A result against the float64 reference: numbers, and pictures to look at.

#include <pane/core/numeric.hpp>
#include <pane/core/tensor.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "picture.hpp"
#include "reference.hpp"

namespace example {

struct Difference {
  double max = 0;
  double mean = 0;
  /// The same in levels of 0 to 255.
  double max_levels = 0;
  double mean_levels = 0;
  /// The greatest share of the bound that is used; above 1 it is exceeded.
  double worst = 0;
  Picture result;  ///< de-normalised
  Picture times8;  ///< difference in levels, times 8
  Picture share;   ///< difference as a share of the bound, white where it is `worst`
};

/// Compares one image, in memory of the CPU, pixel by pixel.
template <class T, class L>
Difference compare(pane::Tensor<T, L> const& image,
                   Reference const& reference,
                   Recipe const& recipe,
                   Bound const& bound) {
  int const width = recipe.out_width;
  int const height = recipe.out_height;
  Difference d;
  d.result = Picture(width, height);
  d.times8 = Picture(width, height);
  std::vector<float> shares;
  shares.reserve(3 * std::size_t(width) * std::size_t(height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      auto const pixel = image(0, y, x);
      std::array<double, 3> const want = reference(y, x);
      std::array<double, 3> level{};
      std::array<double, 3> error{};
      for (int c = 0; c < 3; ++c) {
        auto const i = static_cast<std::size_t>(c);
        double const got = pane::saturate_cast<double>(pixel[c]);
        double e = std::abs(got - want[i]);
        if (std::isnan(e)) e = std::numeric_limits<double>::infinity();
        double const levels = 255 * recipe.std[i];
        level[i] = 255 * (got * recipe.std[i] + recipe.mean[i]);
        error[i] = e * levels;
        double const share = e > 0 ? e / bound.at(want[i]) : 0;
        shares.push_back(static_cast<float>(share));
        d.max = std::max(d.max, e);
        d.mean += e;
        d.max_levels = std::max(d.max_levels, error[i]);
        d.mean_levels += error[i];
        d.worst = std::max(d.worst, share);
      }
      d.result.at(x, y) = {to_level(level[0]), to_level(level[1]), to_level(level[2])};
      d.times8.at(x, y) = {to_level(8 * error[0]), to_level(8 * error[1]), to_level(8 * error[2])};
    }
  }
  d.share = Picture(width, height);
  for (std::size_t i = 0; d.worst > 0 && i < shares.size(); i += 3) {
    auto const level = [&](std::size_t c) {
      return to_level(255 * double(shares[i + c]) / d.worst);
    };
    int const pixel = static_cast<int>(i / 3);
    d.share.at(pixel % width, pixel / width) = {level(0), level(1), level(2)};
  }
  double const count = 3.0 * width * height;
  d.mean /= count;
  d.mean_levels /= count;
  return d;
}

}  // namespace example
