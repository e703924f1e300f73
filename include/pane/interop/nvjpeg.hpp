// SPDX-License-Identifier: MIT
#pragma once

// nvJPEG's image struct: where it decodes to and encodes from, as tensors and planes. Needs nvjpeg.h, which needs the
// headers of the CUDA runtime; nothing of nvJPEG is called.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/detail/rows.hpp>

#include <nvjpeg.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

namespace detail {

template <class T, class L>
nvjpegImage_t nvjpeg_image(char const* function, Tensor<T, L> const& t) {
  static_assert(std::is_same_v<std::remove_const_t<T>, std::uint8_t>,
                "pane::to_nvjpeg: nvJPEG's image has elements of 8 bits");
  constexpr bool gray = L::rank == 2 && L::index_of('C') < 0;
  constexpr bool colour =
      L::rank == 3 && L::channels == 3 && (L::index_of('C') == 0 || L::index_of('C') == 2);
  static_assert(gray || colour,
                "pane::to_nvjpeg: nvJPEG takes one image of layout HW, HWC<3> or CHW<3>; use "
                "pane::item(batch, n)");
  auto* const data = const_cast<std::uint8_t*>(t.data());
  auto const pitch = static_cast<std::size_t>(packed_pitch(function, t, index_max));
  nvjpegImage_t out{};
  for (int c = 0; c < (gray || L::index_of('C') == 2 ? 1 : 3); ++c) {
    out.channel[c] = t.empty() || c == 0 ? data : bytes_after(data, c * t.stride_bytes(0));
    out.pitch[c] = pitch;
  }
  return out;
}

template <class T>
nvjpegImage_t nvjpeg_image(char const* function, Planes<T> const& p) {
  static_assert(std::is_same_v<std::remove_const_t<T>, std::uint8_t>,
                "pane::to_nvjpeg: nvJPEG's image has elements of 8 bits");
  require_one(function, p);
  auto const at = [](auto const& plane) { return const_cast<std::uint8_t*>(plane.data()); };
  auto const pitch = [&](auto const& plane) {
    return static_cast<std::size_t>(packed_pitch(function, plane, index_max));
  };
  bool const pairs = interleaved(p) && p.log2_x() == 1 && p.log2_y() == 1;
  nvjpegImage_t out{};
  out.channel[0] = at(p.y());
  out.pitch[0] = pitch(p.y());
  out.channel[1] = at(p.u());
  if (pairs) {
    out.pitch[1] = pitch(chroma_pairs(p));
  } else {
    out.pitch[1] = pitch(p.u());
    out.channel[2] = at(p.v());
    out.pitch[2] = pitch(p.v());
  }
  return out;
}

}  // namespace detail

/// Where nvJPEG decodes to.
///
/// Shapes    HWC<3> for NVJPEG_OUTPUT_RGBI and BGRI, CHW<3> for RGB and BGR, HW for Y; planes for YUV, NV12 for
///           NVJPEG_OUTPUT_NV12. The height and width are those of the JPEG: nvJPEG does not know the tensor's
/// Elements  std::uint8_t
/// Memory    nothing is copied; device memory when nvJPEG runs, every byte of each row is written
/// Source    nvjpeg.h of CUDA 13.0: `channel` and `pitch` in bytes for each plane
///
/// @throws InvalidArgument  pixels with gaps, rows that run backwards or overlap, more than one image, a window.
template <class L>
nvjpegImage_t to_nvjpeg(Tensor<std::uint8_t, L> const& destination) {
  return detail::nvjpeg_image("pane::to_nvjpeg", destination);
}
inline nvjpegImage_t to_nvjpeg(Planes<std::uint8_t> const& destination) {
  return detail::nvjpeg_image("pane::to_nvjpeg", destination);
}

/// What nvJPEG encodes: the same, also from read-only memory. The struct has no const: pass it to
/// nvjpegEncodeImage, nvjpegEncodeYUV or nvjpegEncode only, which read.
template <class T, class L>
nvjpegImage_t to_nvjpeg_source(Tensor<T, L> const& source) {
  return detail::nvjpeg_image("pane::to_nvjpeg_source", source);
}
template <class T>
nvjpegImage_t to_nvjpeg_source(Planes<T> const& source) {
  return detail::nvjpeg_image("pane::to_nvjpeg_source", source);
}

/// The tensor that nvJPEG fills or has filled: `from_nvjpeg<HWC<3>>(image, height, width)`, HWC<3> for RGBI and BGRI,
/// CHW<3> for RGB and BGR, HW for Y. What was decoded is there for work on the stream of the decoding.
///
/// @throws InvalidArgument  a size is negative, a pitch is shorter than a row or differs between the planes, planes
///                          at uneven distances.
template <TensorLayout L>
Tensor<std::uint8_t, L> from_nvjpeg(nvjpegImage_t const& image,
                                    std::int64_t height,
                                    std::int64_t width) {
  constexpr auto function = "pane::from_nvjpeg";
  auto const pitch = [&](int c) {
    detail::require(image.pitch[c] <= static_cast<std::size_t>(detail::index_max), function,
                    ": pitch[", c, "] is ", image.pitch[c], ", more than memory has");
    return static_cast<std::int64_t>(image.pitch[c]);
  };
  if constexpr (L::rank == 3 && L::axes[0] == 'C') {
    static_assert(L::channels <= NVJPEG_MAX_COMPONENT,
                  "pane::from_nvjpeg: nvJPEG has at most four planes");
    for (int c = 1; c < L::channels; ++c) {
      detail::require(pitch(c) == pitch(0), function, ": pitch[", c, "] is ", pitch(c),
                      " and pitch[0] is ", pitch(0), ": ", L::axes,
                      " has one for all planes; take each plane as an HW tensor");
    }
  }
  return detail::from_rows<L, std::uint8_t>(function, image.channel, height, width, pitch(0));
}

/// How much coarser the chroma of a JPEG is, as powers of two.
struct NvjpegSubsampling {
  int log2_x = 0;
  int log2_y = 0;
};

/// @throws InvalidArgument  gray has no chroma (decode to NVJPEG_OUTPUT_Y); 4:1:0 vertical and unknown are not named
///                          by the header in terms of sizes.
inline NvjpegSubsampling nvjpeg_subsampling(nvjpegChromaSubsampling_t css) {
  switch (css) {
    case NVJPEG_CSS_444:
      return {0, 0};
    case NVJPEG_CSS_422:
      return {1, 0};
    case NVJPEG_CSS_420:
      return {1, 1};
    case NVJPEG_CSS_440:
      return {0, 1};
    case NVJPEG_CSS_411:
      return {2, 0};
    case NVJPEG_CSS_410:
      return {2, 1};
    case NVJPEG_CSS_GRAY:
      throw InvalidArgument(
          "pane::nvjpeg_subsampling: a gray JPEG has no chroma: decode it with NVJPEG_OUTPUT_Y "
          "into "
          "an HW tensor");
    default:
      throw InvalidArgument(detail::concat("pane::nvjpeg_subsampling: chroma subsampling ",
                                           static_cast<int>(css),
                                           " is none of 444, 422, 420, 440, 411 and 410"));
  }
}

/// The planes of NVJPEG_OUTPUT_YUV. JPEG has full range and BT.601: `views::to_rgb(bt601, full_range)`.
///
/// @param height, width  Of the image: `heights[0]` and `widths[0]` of nvjpegGetImageInfo.
/// @throws InvalidArgument  a size is negative, a pitch is shorter than a row, a subsampling without planes.
inline Planes<std::uint8_t> from_nvjpeg_yuv(nvjpegImage_t const& image,
                                            nvjpegChromaSubsampling_t css,
                                            std::int64_t height,
                                            std::int64_t width) {
  auto const [log2_x, log2_y] = nvjpeg_subsampling(css);
  detail::require(height >= 0 && width >= 0 && height <= 0x7fffffff && width <= 0x7fffffff,
                  "pane::from_nvjpeg_yuv: height ", height, ", width ", width,
                  ": a size is out of range");
  auto const plane = [&](int c, std::int64_t rows, std::int64_t columns) {
    nvjpegImage_t one{};
    one.channel[0] = image.channel[c];
    one.pitch[0] = image.pitch[c];
    return as_batch<NHW>(from_nvjpeg<HW>(one, rows, columns));
  };
  std::int64_t const rows = (height + (1 << log2_y) - 1) >> log2_y;
  std::int64_t const columns = (width + (1 << log2_x) - 1) >> log2_x;
  return {plane(0, height, width), plane(1, rows, columns), plane(2, rows, columns), log2_x, log2_y,
          ChromaSiting::center};
}

PANE_NAMESPACE_END
