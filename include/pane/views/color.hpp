// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// The luma weights of a standard: Y' = kr R' + (1 - kr - kb) G' + kb B'.
struct ColorMatrix {
  double kr;
  double kb;
};
inline constexpr ColorMatrix bt601{0.299, 0.114};    ///< ITU-R BT.601: SD video, JPEG
inline constexpr ColorMatrix bt709{0.2126, 0.0722};  ///< ITU-R BT.709: HD video
inline constexpr ColorMatrix bt2020{0.2627,
                                    0.0593};  ///< ITU-R BT.2020: UHD video, non-constant luminance

/// Which codes black and white have.
enum class ColorRange : std::uint8_t {
  limited,  ///< luma 16 to 235, chroma 16 to 240 (of 8 bits): video
  full      ///< 0 to 255: JPEG, screens
};
inline constexpr ColorRange limited_range = ColorRange::limited;
inline constexpr ColorRange full_range = ColorRange::full;

namespace views {

/// out = m * in + b on three channels. The function object of the colour conversions.
struct ColorTransform {
  static constexpr bool affine = true;  ///< the colour of a mean is the mean of the colours

  float m[3][3];
  float b[3];

  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<Real<T>, 3> operator()(Vec<T, C> const& p) const {
    static_assert(C == 3,
                  "pane::views: a colour conversion needs an image of 3 channels; drop alpha with "
                  "views::drop_alpha()");
    auto const in = to_real(p);
    Vec<Real<T>, 3> out;
    PANE_UNROLL
    for (int i = 0; i < 3; ++i) {
      out.v[i] = detail::fma(Real<T>{m[i][0]}, in.v[0],
                             detail::fma(Real<T>{m[i][1]}, in.v[1],
                                         detail::fma(Real<T>{m[i][2]}, in.v[2], Real<T>{b[i]})));
    }
    return out;
  }
};

/// Bits of a sample, which give the codes of black, white and neutral chroma: 8, or 16 for P010 and P016, whose
/// samples fill the upper bits of 16. Order of the channels of the RGB side.
struct ColorOptions {
  int bits = 8;
};

}  // namespace views

namespace detail {

/// The affine map from (Y, U, V) codes to R, G, B in [0, 2^bits - 1], in double, from the definitions
/// E_R = E_Y + 2 (1 - kr) E_Cr, E_B = E_Y + 2 (1 - kb) E_Cb, E_G from the luma weights.
inline views::ColorTransform yuv_to_rgb(ColorMatrix k, ColorRange range, int bits) {
  require(bits >= 8 && bits <= 16, "pane::views::to_rgb: bits is ", bits, "; it must be 8 to 16");
  double const unit = static_cast<double>(1 << (bits - 8));
  double const peak = static_cast<double>((1 << bits) - 1);
  bool const full = range == ColorRange::full;
  double const y_low = full ? 0.0 : 16.0 * unit;
  double const y_span = full ? peak : 219.0 * unit;
  double const c_zero = 128.0 * unit;
  double const c_span = full ? peak : 224.0 * unit;
  double const kg = 1.0 - k.kr - k.kb;
  double const a = peak / y_span;
  double const r_v = 2.0 * (1.0 - k.kr) * peak / c_span;
  double const b_u = 2.0 * (1.0 - k.kb) * peak / c_span;
  double const m[3][3] = {{a, 0.0, r_v}, {a, -b_u * k.kb / kg, -r_v * k.kr / kg}, {a, b_u, 0.0}};
  views::ColorTransform t{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) t.m[i][j] = static_cast<float>(m[i][j]);
    t.b[i] = static_cast<float>(-m[i][0] * y_low - (m[i][1] + m[i][2]) * c_zero);
  }
  return t;
}

/// The inverse: R, G, B in [0, 2^bits - 1] to (Y, U, V) codes.
inline views::ColorTransform rgb_to_yuv(ColorMatrix k, ColorRange range, int bits) {
  require(bits >= 8 && bits <= 16, "pane::views::to_yuv: bits is ", bits, "; it must be 8 to 16");
  double const unit = static_cast<double>(1 << (bits - 8));
  double const peak = static_cast<double>((1 << bits) - 1);
  bool const full = range == ColorRange::full;
  double const y = (full ? peak : 219.0 * unit) / peak;
  double const c = (full ? peak : 224.0 * unit) / peak;
  double const kg = 1.0 - k.kr - k.kb;
  double const cb = 0.5 * c / (1.0 - k.kb);
  double const cr = 0.5 * c / (1.0 - k.kr);
  double const m[3][3] = {{y * k.kr, y * kg, y * k.kb},
                          {-cb * k.kr, -cb * kg, cb * (1.0 - k.kb)},
                          {cr * (1.0 - k.kr), -cr * kg, -cr * k.kb}};
  views::ColorTransform t{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) t.m[i][j] = static_cast<float>(m[i][j]);
    t.b[i] = static_cast<float>(i == 0 ? (full ? 0.0 : 16.0 * unit) : 128.0 * unit);
  }
  return t;
}

}  // namespace detail

namespace views {

/// (Y, U, V) to (R, G, B), by the matrix and range that the video says it has, in float and not clamped: the store
/// clamps. From `Nv12` and other planes, or from any image of three channels.
///
/// Matches   the standards' matrices in float64; cv2.COLOR_YUV2RGB_NV12 within 1 level
/// Elements  codes of `bits` bits in, the same scale out: 8 bits give 0 to 255
/// @throws InvalidArgument  bits is not 8 to 16.
/// @see ITU-R BT.601-7, BT.709-6, BT.2020-2; H.273 for the codes of the ranges
inline auto to_rgb(ColorMatrix matrix, ColorRange range, ColorOptions options = {}) {
  return map(detail::yuv_to_rgb(matrix, range, options.bits));
}

/// (Y, U, V) to (B, G, R); see `to_rgb`.
inline auto to_bgr(ColorMatrix matrix, ColorRange range, ColorOptions options = {}) {
  ColorTransform t = detail::yuv_to_rgb(matrix, range, options.bits);
  ColorTransform swapped = t;
  for (int j = 0; j < 3; ++j) {
    swapped.m[0][j] = t.m[2][j];
    swapped.m[2][j] = t.m[0][j];
  }
  swapped.b[0] = t.b[2];
  swapped.b[2] = t.b[0];
  return map(swapped);
}

/// (R, G, B) to (Y, U, V) at full resolution, in float; see `to_rgb`.
inline auto to_yuv(ColorMatrix matrix, ColorRange range, ColorOptions options = {}) {
  return map(detail::rgb_to_yuv(matrix, range, options.bits));
}

/// Function object of `gray`.
struct Gray {
  float r;
  float g;
  float b;
  template <class T, int C>
  PANE_HOST_DEVICE PANE_INLINE Vec<Real<T>, 1> operator()(Vec<T, C> const& p) const {
    static_assert(
        C == 3 || C == 4,
        "pane::views::gray: the image must have 3 channels, or 4 of which the last is ignored");
    auto const in = to_real(p);
    return {
        {detail::fma(Real<T>{b}, in.v[2], detail::fma(Real<T>{g}, in.v[1], Real<T>{r} * in.v[0]))}};
  }
};

/// RGB or RGBA to one channel: kr R + kg G + kb B. For BGR, reorder first.
///
/// Matches   cv2.COLOR_RGB2GRAY with BT.601, within 1 level
inline auto gray(ColorMatrix matrix = bt601) {
  return map(Gray{static_cast<float>(matrix.kr), static_cast<float>(1.0 - matrix.kr - matrix.kb),
                  static_cast<float>(matrix.kb)});
}

}  // namespace views

/// The (Y, U, V) codes of an RGB colour, as floats: what to fill a letterbox of a YUV image with.
inline Vec<float, 3> to_yuv(Vec<float, 3> const& rgb,
                            ColorMatrix matrix,
                            ColorRange range,
                            int bits = 8) {
  return detail::rgb_to_yuv(matrix, range, bits)(rgb);
}

PANE_NAMESPACE_END
