// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/subview.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace views {

/// Lazy view: a rectangle of every image of a batch.
template <class Source>
struct Crop {
  Source source;
  Roi roi;

  using pixel = detail::pixel_of<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return {roi.height, roi.width}; }
  template <class Access>
  PANE_HOST_DEVICE PANE_INLINE pixel
  at(Access const& from_source, std::int64_t n, int y, int x) const {
    return from_source(n, roi.y + y, roi.x + x);
  }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

}  // namespace views

namespace detail {

template <class Img>
auto cropped(Img const& image, Roi roi);

/// Cropping commutes with a function of the pixel alone; the tensor below then becomes a smaller tensor.
template <class Source, class F>
auto cropped(views::Map<Source, F> const& image, Roi roi) {
  if constexpr (std::is_invocable_v<F const&, pixel_of<Source> const&>) {
    auto const below = cropped(image.source, roi);
    return views::Map<std::remove_const_t<decltype(below)>, F>{below, image.f};
  } else {
    return views::Crop<views::Map<Source, F>>{image, roi};
  }
}

template <class Img>
auto cropped(Img const& image, Roi roi) {
  if constexpr (is_tensor<Img>) {
    return subview(image, roi);
  } else if constexpr (requires { image.window(roi); }) {
    return image.window(roi);
  } else {
    return views::Crop<Img>{image, roi};
  }
}

constexpr bool is_inside(Roi roi, Size s) noexcept {
  return roi.x >= 0 && roi.y >= 0 && roi.width >= 0 && roi.height >= 0 &&
         roi.x <= s.width - roi.width && roi.y <= s.height - roi.height;
}

/// Throws unless the rectangle lies inside the images of a batch.
template <class Img>
void require_inside(char const* operation, Img const& image, Roi roi) {
  static_assert(!is_ragged<Img>,
                "pane::views::crop: the images of a ragged batch have sizes of their own: give "
                "each its box with views::crops");
  Size const s = image.size(0);
  if (!is_inside(roi, s)) {
    throw InvalidArgument(concat(operation, ": the rectangle x ", roi.x, " y ", roi.y, " width ",
                                 roi.width, " height ", roi.height, " is not inside ", s.height,
                                 " rows and ", s.width, " columns: src is ", image_text(image),
                                 "; to read beyond the edge, put views::pad in front"));
  }
}

/// Half of a number, rounded as Python's round() does.
constexpr int half_to_even(int v) noexcept {
  return v / 2 + (v % 2 != 0 && v / 2 % 2 != 0 ? 1 : 0);
}

}  // namespace detail

namespace views {

/// A rectangle of every image, anywhere inside it; NV12 takes odd offsets and sizes. Costs nothing: of a tensor it is
/// a smaller tensor.
///
/// @throws InvalidArgument  the rectangle is not inside the image.
inline auto crop(Roi roi) {
  return detail::Adaptor{[roi](auto const& source) {
    detail::require_inside("pane::views::crop", source, roi);
    return detail::cropped(source, roi);
  }};
}

/// The rectangle of height x width pixels in the middle. Of an odd rest the halves are rounded to even.
///
/// @throws InvalidArgument  the image is smaller.
/// Matches   torchvision center_crop, exactly
inline auto center_crop(int height, int width) {
  return detail::Adaptor{[height, width](auto const& source) {
    Size const s = source.size(0);
    Roi const roi{detail::half_to_even(s.width - width), detail::half_to_even(s.height - height),
                  width, height};
    detail::require_inside("pane::views::center_crop", source, roi);
    return detail::cropped(source, roi);
  }};
}

}  // namespace views
PANE_NAMESPACE_END
