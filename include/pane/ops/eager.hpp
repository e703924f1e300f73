// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/subview.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/color.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/crops.hpp>
#include <pane/views/flip.hpp>
#include <pane/views/gaussian.hpp>
#include <pane/views/letterbox.hpp>
#include <pane/views/normalize.hpp>
#include <pane/views/pad.hpp>
#include <pane/views/resize.hpp>
#include <pane/views/rot90.hpp>

// The verbs of the field. Each is one `copy` of one view, so its rules are that view's and copy's; `where` is a stream
// or `host`; `src` may be a whole chain; a tensor with a run-time number of channels is fine.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Converts what may be passed as `where`: a raw stream handle becomes a `Stream`.
inline Host as_where(Host where) {
  return where;
}
inline Stream as_where(Stream where) {
  return where;
}
inline Stream as_where(CUstream_st* where) {
  return where;
}

/// The numbers of channels that a verb takes.
template <int... C>
struct Channels {};
using AnyChannels = Channels<1, 2, 3, 4>;

/// One number of channels of a source that has them at run time: runs when it is this one.
template <int C, class Where, class T, class L, class F, class Sink>
bool eager_with(char const* operation,
                Where where,
                Tensor<T, L> const& src,
                Adaptor<F> const& adaptor,
                Sink const& dst) {
  if (src.channel_count() != C) return false;
  auto const image = adaptor.apply(channels<C>(src));
  if constexpr (sink_channels<Sink> == dynamic ||
                sink_channels<Sink> == channels_of<decltype(image)>) {
    copy_any(operation, where, image, dst);
  } else {
    copy_error(operation, src, dst, "the number of channels does not fit");
  }
  return true;
}

/// copy(where, src | adaptor, dst), with the number of channels of src in its type.
template <class Where, class Source, class F, class Sink, int... C>
void eager(char const* operation,
           Where where,
           Source const& src,
           Adaptor<F> const& adaptor,
           Sink const& dst,
           Channels<C...>) {
  auto const place = as_where(where);
#if !defined(__CUDACC__)
  static_assert(
      std::is_same_v<decltype(place), Host const>,
      "pane: running on a stream needs a CUDA compiler: name this file .cu, or pass pane::host");
#endif
  if constexpr (has_dynamic_channels<Source>) {
    if (!(eager_with<C>(operation, place, src, adaptor, dst) || ...))
      copy_error(operation, src, dst,
                 "src has a number of channels that this operation does not take");
  } else {
    copy_any(operation, place, src | adaptor, dst);
  }
}
template <class Where, class Source, class F, class Sink>
void eager(char const* operation,
           Where where,
           Source const& src,
           Adaptor<F> const& adaptor,
           Sink const& dst) {
  eager(operation, where, src, adaptor, dst, AnyChannels{});
}

}  // namespace detail

/// Any layout, strides and element type to any other: `copy` under the name that the field knows.
template <class Where, class Source, class Sink>
void reformat(Where where, Source const& src, Sink const& dst) {
  detail::copy_any("pane::reformat", detail::as_where(where), src, dst);
}

/// Resamples src to the size of dst; see `views::resize`.
template <class Where, class Source, class Sink, class Rule = Linear>
void resize(Where where,
            Source const& src,
            Sink const& dst,
            Rule rule = {},
            views::ResizeOptions options = {}) {
  Size const to = dst.size(0);
  detail::eager("pane::resize", where, src, views::resize(to.height, to.width, rule, options), dst);
}

/// Fits src into dst without changing its proportions; see `views::letterbox`.
template <class Where, class Source, class Sink, class Rule = Linear>
void letterbox(Where where,
               Source const& src,
               Sink const& dst,
               LetterboxOptions options = {},
               Rule rule = {}) {
  Size const to = dst.size(0);
  detail::eager("pane::letterbox", where, src, views::letterbox(to.height, to.width, options, rule),
                dst);
}

/// Copies the rectangle of src at (x, y) that has the size of dst; see `views::crop`.
template <class Where, class Source, class Sink>
void crop(Where where, Source const& src, Sink const& dst, int x, int y) {
  Size const to = dst.size(0);
  detail::eager("pane::crop", where, src, views::crop({x, y, to.width, to.height}), dst);
}

/// Resamples a list of rectangles of src to the images of dst; see `views::crops` and `views::resize`.
template <class Where, class Source, class Sink, class Rule = Linear>
void crop_resize(Where where,
                 Source const& src,
                 List<CropBox> const& boxes,
                 Sink const& dst,
                 Rule rule = {},
                 views::ResizeOptions options = {}) {
  Size const to = dst.size(0);
  detail::eager("pane::crop_resize", where, src,
                views::crops(boxes) | views::resize(to.height, to.width, rule, options), dst);
}

/// Adds a border; the right and bottom sides follow from the size of dst; see `views::pad`.
template <class Where, class Source, class Sink>
void pad(Where where,
         Source const& src,
         Sink const& dst,
         int top,
         int left,
         Border border = Border::constant,
         Fill fill = 0) {
  Size const to = dst.size(0);
  Size const from = src.size(0);
  detail::eager("pane::pad", where, src,
                views::pad({.top = top,
                            .bottom = to.height - from.height - top,
                            .left = left,
                            .right = to.width - from.width - left,
                            .border = border,
                            .fill = fill}),
                dst);
}

/// Mirrors; see `views::flip`.
template <class Where, class Source, class Sink>
void flip(Where where, Source const& src, Sink const& dst, FlipAxis axis) {
  detail::eager("pane::flip", where, src, views::flip(axis), dst);
}

/// Quarter turns counter-clockwise; see `views::rot90`.
template <class Where, class Source, class Sink>
void rot90(Where where, Source const& src, Sink const& dst, int turns = 1) {
  detail::eager("pane::rot90", where, src, views::rot90(turns), dst);
}

/// Converts the element type, rounding and clamping; see `saturate_cast`. Truncates when told to.
template <Rounding R = Rounding::nearest_even, class Where, class Source, class Sink>
void convert(Where where, Source const& src, Sink const& dst) {
  if constexpr (R == Rounding::nearest_even) {
    detail::copy_any("pane::convert", detail::as_where(where), src, dst);
  } else {
    detail::eager("pane::convert", where, src,
                  views::convert<typename Sink::pixel::value_type, R>(), dst);
  }
}

/// dst = src * scale + offset; see `views::scale_offset`.
template <class Where, class Source, class Sink>
void scale_offset(
    Where where, Source const& src, Sink const& dst, float scale, float offset = 0.0f) {
  detail::eager("pane::scale_offset", where, src, views::scale_offset(scale, offset), dst);
}

/// dst = (src * scale - mean) / std, channel by channel; see `views::normalize`.
template <class Where, class Source, class Sink, int C>
void normalize(Where where,
               Source const& src,
               Sink const& dst,
               Vec<float, C> const& mean,
               Vec<float, C> const& std,
               views::NormalizeOptions options = {}) {
  detail::eager("pane::normalize", where, src, views::normalize(mean, std, options), dst,
                detail::Channels<C>{});
}

/// Channel i of dst is channel From[i] of src, which has 3 or 4 when that is known at run time only; see
/// `views::reorder`.
template <int... From, class Where, class Source, class Sink>
void reorder(Where where, Source const& src, Sink const& dst) {
  detail::eager("pane::reorder", where, src, views::reorder<From...>(), dst,
                detail::Channels<3, 4>{});
}

/// RGB to gray; see `views::gray`.
template <class Where, class Source, class Sink>
void gray(Where where, Source const& src, Sink const& dst, ColorMatrix matrix = bt601) {
  detail::eager("pane::gray", where, src, views::gray(matrix), dst, detail::Channels<3, 4>{});
}

/// Planes of luma and chroma, or an image of three channels, to RGB; see `views::to_rgb`.
template <class Where, class Source, class Sink>
void to_rgb(Where where,
            Source const& src,
            Sink const& dst,
            ColorMatrix matrix,
            ColorRange range,
            views::ColorOptions options = {}) {
  detail::eager("pane::to_rgb", where, src, views::to_rgb(matrix, range, options), dst,
                detail::Channels<3>{});
}

/// Smooths; see `views::gaussian`.
template <class Where, class Source, class Sink>
void gaussian(Where where, Source const& src, Sink const& dst, views::GaussianOptions options) {
  detail::eager("pane::gaussian", where, src, views::gaussian(options), dst);
}

PANE_NAMESPACE_END
