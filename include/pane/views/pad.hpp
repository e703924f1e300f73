// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/border.hpp>
#include <pane/views/resize.hpp>  // require_pixels

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// A colour to fill with: one number for every channel, or one for each.
///
/// On planes of luma and chroma one number is a gray: luma takes it, chroma is neutral.
struct Fill {
  float v[4];
  int count;

  PANE_HOST_DEVICE constexpr Fill(float gray = 0.0f) noexcept
      : v{gray, gray, gray, gray}, count(1) {}  // NOLINT: a number is a colour
  PANE_HOST_DEVICE constexpr Fill(int gray) noexcept : Fill(static_cast<float>(gray)) {}  // NOLINT
  PANE_HOST_DEVICE constexpr Fill(double gray) noexcept
      : Fill(static_cast<float>(gray)) {}  // NOLINT
  PANE_HOST_DEVICE constexpr Fill(float a, float b) noexcept : v{a, b, 0.0f, 0.0f}, count(2) {}
  PANE_HOST_DEVICE constexpr Fill(float a, float b, float c) noexcept
      : v{a, b, c, 0.0f}, count(3) {}
  PANE_HOST_DEVICE constexpr Fill(float a, float b, float c, float d) noexcept
      : v{a, b, c, d}, count(4) {}
  template <int C>
  PANE_HOST_DEVICE constexpr Fill(Vec<float, C> const& p) noexcept : v{}, count(C) {  // NOLINT
    static_assert(C >= 2 && C <= 4);
    for (int i = 0; i < C; ++i) v[i] = p.v[i];
  }
};

namespace detail {

/// The code of neutral chroma when the pixels below a chain of geometry are luma and chroma, else 0.
template <class Img>
inline constexpr float neutral_chroma = 0.0f;
template <class T>
inline constexpr float neutral_chroma<Planes<T>> = sizeof(T) == 2 ? 32768.0f : 128.0f;
template <class Img>
inline constexpr float neutral_chroma<Batch<Img>> = neutral_chroma<Img>;
template <class Img>
requires requires(Img const& i) {
  i.source;
} &&(!requires(Img const& i) {
  i.f;
}) inline constexpr float neutral_chroma<Img> = neutral_chroma<decltype(Img::source)>;

/// The pixel of type T that a fill stands for in an image.
template <class Img, class T = typename pixel_of<Img>::value_type>
Vec<T, channels_of<Img>> fill_pixel(char const* operation, Img const& image, Fill const& fill) {
  constexpr int channels = channels_of<Img>;
  if (fill.count != 1 && fill.count != channels) {
    throw InvalidArgument(concat(operation, ": fill has ", fill.count,
                                 " values: it needs one, or one for each of the ", channels,
                                 " channels: src is ", image_text(image)));
  }
  Vec<T, channels> p{};
  for (int c = 0; c < channels; ++c) {
    float value = fill.count == 1 ? fill.v[0] : fill.v[c < 4 ? c : 3];
    if (neutral_chroma<Img> != 0.0f && fill.count == 1 && c > 0) value = neutral_chroma<Img>;
    p.v[c] = saturate_cast<T>(value);
  }
  return p;
}

}  // namespace detail

namespace views {

/// Lazy view: the image at (top, left) of a larger one.
template <class Source>
struct Pad {
  Source source;
  Size to;
  int top;
  int left;
  Border border;
  detail::pixel_of<Source> fill;

  using pixel = detail::pixel_of<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    Size const from = source.size(n);
    int const sy = detail::border_index(y - top, from.height, border);
    int const sx = detail::border_index(x - left, from.width, border);
    return sy < 0 || sx < 0 ? fill : from_source(n, sy, sx);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

/// Pixels to add on each side, and with what.
struct PadOptions {
  int top = 0;
  int bottom = 0;
  int left = 0;
  int right = 0;
  Border border = Border::constant;
  Fill fill = 0;
};

/// Adds pixels on the four sides. The border may be wider than the image; see `Border` for what is added.
///
/// Shapes    (N, H, W) -> (N, top + H + bottom, left + W + right); the type is kept, `fill` is rounded to it
/// Matches   cv2.copyMakeBorder, exactly
/// @throws InvalidArgument  a side is negative (crop instead), the result is above 2^31 - 1 pixels wide or high,
///                          fill has the wrong number of channels, or an image without pixels is to be repeated.
inline auto pad(PadOptions options) {
  return detail::Adaptor{[options](auto const& source) {
    using Source = std::remove_cvref_t<decltype(source)>;
    static_assert(!detail::is_ragged<Source>,
                  "pane::views::pad: the images of a ragged batch have sizes of their own; use "
                  "resize or letterbox to make them equal");
    auto const& o = options;
    Size const from = source.size(0);
    std::int64_t const height = std::int64_t{o.top} + from.height + o.bottom;
    std::int64_t const width = std::int64_t{o.left} + from.width + o.right;
    if (o.top < 0 || o.bottom < 0 || o.left < 0 || o.right < 0 || height > 0x7fffffff ||
        width > 0x7fffffff) {
      throw InvalidArgument(detail::concat(
          "pane::views::pad: top ", o.top, ", bottom ", o.bottom, ", left ", o.left, ", right ",
          o.right,
          ": a side must not be negative and the result has at most 2147483647 rows and columns; "
          "views::crop makes an image smaller: src is ",
          detail::image_text(source)));
    }
    Size const to{static_cast<int>(height), static_cast<int>(width)};
    if (o.border != Border::constant) detail::require_pixels("pane::views::pad", source, to);
    return Pad<Source>{source, to,       o.top,
                       o.left, o.border, detail::fill_pixel("pane::views::pad", source, o.fill)};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
