// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/list.hpp>
#include <pane/core/numeric.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/interpolation.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// A rectangle of one image of a batch.
struct CropBox {
  Roi roi;
  int image = 0;
};

/// The part of a rectangle that lies inside an image; at least one pixel, the nearest, when nothing does.
PANE_HOST_DEVICE constexpr Roi clipped(Roi roi, Size s) noexcept {
  int const x0 = detail::clamped(roi.x, 0, s.width - 1);
  int const y0 = detail::clamped(roi.y, 0, s.height - 1);
  std::int64_t const x1 = detail::smaller<std::int64_t>(std::int64_t{roi.x} + roi.width, s.width);
  std::int64_t const y1 = detail::smaller<std::int64_t>(std::int64_t{roi.y} + roi.height, s.height);
  return {x0, y0, static_cast<int>(detail::larger<std::int64_t>(x1 - x0, 1)),
          static_cast<int>(detail::larger<std::int64_t>(y1 - y0, 1))};
}

namespace views {

/// Lazy view: a rectangle of one image of a batch.
template <class Source>
struct OneCrop {
  Source source;
  CropBox box;

  using pixel = detail::pixel_of<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return 1; }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept {
    return {box.roi.height, box.roi.width};
  }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t, int y, int x) const {
    return from_source(box.image, box.roi.y + y, box.roi.x + x);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  /// Interpolates inside the box: planes by their own rule, everything else between the box's edges.
  template <int Dense, class Filter, class Ys, class Xs>
  PANE_HOST_DEVICE PANE_INLINE auto sample(Filter const& filter,
                                           std::int64_t,
                                           Ys const& y,
                                           Xs const& x) const {
    Roi const roi = box.roi;
    if constexpr (detail::Interpolates<Source, Filter, Ys, Xs>) {
      return source.window(roi).template sample<Dense>(filter, box.image, y, x);
    } else {
      using Access =
          std::conditional_t<Dense == 1, detail::DenseAccess<Source>, detail::AnyAccess<Source>>;
      Access const access{source};
      return filter.run(detail::Fetch<Access>{access, box.image, roi.y, roi.x}, 0, roi.height - 1,
                        0, roi.width - 1, y, x);
    }
  }
};

/// Lazy view: a list of rectangles as a ragged batch. Image n of the result is box n.
template <class Source>
struct Crops {
  Source source;
  List<CropBox> boxes;

  using pixel = detail::pixel_of<Source>;
  static constexpr bool ragged = true;

  /// Box n as it is read. Lent boxes may come from the GPU, so what no host has seen is clipped here.
  PANE_HOST_DEVICE PANE_INLINE OneCrop<Source> prepared(std::int64_t n) const noexcept {
    CropBox b = boxes[n];
    if (boxes.lent != nullptr) {
      b.image = static_cast<int>(detail::clamped<std::int64_t>(b.image, 0, source.batch() - 1));
      b.roi = clipped(b.roi, source.size(b.image));
    }
    return {source, b};
  }

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return boxes.count; }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return prepared(n).size(n); }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    return prepared(n).at(from_source, n, y, x);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return prepared(n)(n, y, x);
  }
  template <int Dense, class Filter, class Ys, class Xs>
  PANE_HOST_DEVICE PANE_INLINE auto sample(Filter const& filter,
                                           std::int64_t n,
                                           Ys const& y,
                                           Xs const& x) const {
    return prepared(n).template sample<Dense>(filter, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

/// A list of rectangles, of one image or of the images of a batch, as a batch of images of different sizes: usually
/// followed by `resize`, which makes them equal.
///
/// The boxes ride in the kernel's parameters, or in memory that `lend` has filled, or in an array of `CropBox` that a
/// kernel of yours has written: `List<CropBox>{.count = n, .lent = device_boxes}`. Boxes of the host must lie inside
/// their image; lent ones are clipped by the kernel (see `clipped`), so that nothing outside is ever read.
///
/// @throws InvalidArgument  a box of the host is empty, not inside its image, or names an image that is not there.
inline auto crops(List<CropBox> const& boxes) {
  return detail::Adaptor{[boxes](auto const& source) {
    using Source = std::remove_cvref_t<decltype(source)>;
    static_assert(
        !detail::is_ragged<Source>,
        "pane::views::crops: the source is ragged already; apply crops to the images it came from");
    detail::require(boxes.count == 0 || (source.batch() > 0 && source.size(0).height > 0 &&
                                         source.size(0).width > 0),
                    "pane::views::crops: the source has no pixels");
    for (std::int64_t n = 0; boxes.lent == nullptr && n < boxes.count; ++n) {
      CropBox const& b = boxes.own[n];
      if (b.image < 0 || b.image >= source.batch() || b.roi.width == 0 || b.roi.height == 0 ||
          !detail::is_inside(b.roi, source.size(0))) {
        throw InvalidArgument(
            detail::concat("pane::views::crops: box ", n, " is x ", b.roi.x, " y ", b.roi.y,
                           " width ", b.roi.width, " height ", b.roi.height, " of image ", b.image,
                           ": it must have pixels and lie inside its image: src is ",
                           detail::image_text(source), "; pane::clipped(roi, size) clips a box"));
      }
    }
    return Crops<Source>{source, boxes};
  }};
}

/// The same for boxes that fit in a kernel's parameters.
///
/// @throws InvalidArgument  there are more than `List<CropBox>::capacity`.
inline auto crops(CropBox const* boxes, std::int64_t count) {
  return crops(make_list(boxes, count));
}

/// The same from anything with `data()` and `size()`.
template <class Boxes>
requires requires(Boxes const& b) {
  make_list(b.data(), static_cast<std::int64_t>(b.size()));
}
auto crops(Boxes const& boxes) {
  return crops(make_list(boxes.data(), static_cast<std::int64_t>(boxes.size())));
}

}  // namespace views
PANE_NAMESPACE_END
