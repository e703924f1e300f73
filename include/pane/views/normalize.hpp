// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/map.hpp>

PANE_NAMESPACE_BEGIN
namespace views {

/// Function object of `normalize`.
template <int C>
struct Normalize {
  Vec<float, C> factor;
  Vec<float, C> offset;

  template <class T, int N>
  PANE_HOST_DEVICE PANE_INLINE Vec<Real<T>, N> operator()(Vec<T, N> const& p) const {
    static_assert(C == N,
                  "pane::views::normalize: the mean and the standard deviation need one value for "
                  "each channel of the image");
    auto out = to_real(p);
    PANE_UNROLL
    for (int c = 0; c < N; ++c)
      out.v[c] = detail::fma(out.v[c], Real<T>{factor.v[c]}, Real<T>{offset.v[c]});
    return out;
  }
};

/// What `normalize` may be told besides the mean and the standard deviation.
struct NormalizeOptions {
  /// The image is multiplied by this first: 1 / 255 brings u8 to [0, 1], where torchvision's constants live.
  float scale = 1.0f;
  /// Added to the square of the standard deviation under the root.
  float epsilon = 0.0f;
};

/// out = (in * scale - mean) / sqrt(std^2 + epsilon), channel by channel, in float.
///
/// Computed as in * a + b with a = scale / sqrt(std^2 + epsilon) and b = -mean / sqrt(std^2 + epsilon), both worked
/// out in double: one multiply-add a channel, within 2 units in the last place of the formula's largest term.
///
/// Matches   torchvision Normalize after ToDtype(scale=True), within 1e-6
/// @throws InvalidArgument  sqrt(std^2 + epsilon) is not a positive number.
/// @see torchvision.transforms.v2.Normalize after ToDtype(scale=True): mean and std as there, scale = 1 / 255
template <int C>
auto normalize(Vec<float, C> const& mean, Vec<float, C> const& std, NormalizeOptions options = {}) {
  Normalize<C> f;
  for (int c = 0; c < C; ++c) {
    double const root = __builtin_sqrt(static_cast<double>(std.v[c]) * std.v[c] +
                                       static_cast<double>(options.epsilon));
    detail::require(root > 0.0 && root <= 1e300, "pane::views::normalize: std[", c, "] is ",
                    static_cast<double>(std.v[c]), " and epsilon ",
                    static_cast<double>(options.epsilon),
                    ": sqrt(std^2 + epsilon) must be a positive number");
    f.factor.v[c] = static_cast<float>(static_cast<double>(options.scale) / root);
    f.offset.v[c] = static_cast<float>(-static_cast<double>(mean.v[c]) / root);
  }
  return map(f);
}

/// The same with braces: normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}).
template <int C>
auto normalize(float const (&mean)[C], float const (&std)[C], NormalizeOptions options = {}) {
  Vec<float, C> m;
  Vec<float, C> s;
  for (int c = 0; c < C; ++c) {
    m.v[c] = mean[c];
    s.v[c] = std[c];
  }
  return normalize(m, s, options);
}

}  // namespace views
PANE_NAMESPACE_END
