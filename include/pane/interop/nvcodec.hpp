// SPDX-License-Identifier: MIT
#pragma once

// Frames of NVIDIA's video hardware: what NVDEC maps, and what NVENC takes. Plain numbers, and templates on the SDK's
// structs: the same code serves cuviddec.h of the Video Codec SDK and ffnvcodec's dynlink_cuviddec.h; neither is needed.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/detail/rows.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// How NVDEC arranges a decoded surface; the numbers are those of cudaVideoSurfaceFormat. In the 16-bit formats the
/// samples fill the upper bits: convert with `views::to_rgb(matrix, range, {.bits = 16})`.
enum class NvdecFormat : std::int32_t {
  nv12 = 0,
  p016 = 1,
  yuv444 = 2,
  yuv444_16bit = 3,
  nv16 = 4,  ///< 4:2:2, U and V in pairs; SDK 13
  p216 = 5
};

/// A surface as cuvidMapVideoFrame gives it.
struct NvdecSurface {
  std::uint64_t address = 0;     ///< the CUdeviceptr
  std::int64_t pitch_bytes = 0;  ///< of luma and chroma alike
  std::int64_t height = 0;       ///< rows of the surface, ulTargetHeight: not those of the picture
  std::int64_t width = 0;        ///< columns of the surface, ulTargetWidth
  NvdecFormat format = NvdecFormat::nv12;
  Roi display{};  ///< the part that is to be shown; without a size: all
  ChromaSiting siting = ChromaSiting::left;
};

/// The picture on a mapped surface.
///
/// Shapes    planes of one image; `size(0)` is that of the displayed part, and interpolation stays inside it
/// Elements  std::uint8_t for nv12, yuv444 and nv16, std::uint16_t for the others; read-only
/// Memory    the decoder's: it is written again once the surface was unmapped. Unmap after the stream has passed your
///           last kernel that reads it: record an event, wait for it, then cuvidUnmapVideoFrame
/// Stream    the frame is there for work on CUVIDPROCPARAMS::output_stream
/// Source    NVDEC places chroma below an even number of luma rows, (height + 1) & ~1, and V of 4:4:4 below as many
///           rows of U; NVIDIA Video Codec SDK, NvDecoder sample. nv16 and p216 by the documented layout, not run
///
/// @throws InvalidArgument  the element type is not that of the format, a pitch shorter than a row, a part that is not
///                          inside the surface, sizes that cannot be.
template <Element T>
Planes<T const> nvdec_frame(NvdecSurface const& s) {
  static_assert(std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint16_t>,
                "pane::nvdec_frame<T>: T is std::uint8_t or std::uint16_t");
  auto const fail = [&](auto const&... rule) {
    throw InvalidArgument(detail::concat(
        "pane::nvdec_frame: format ", static_cast<int>(s.format), " at ",
        static_cast<unsigned long long>(s.address), ", height ", s.height, ", width ", s.width,
        ", pitch_bytes ", s.pitch_bytes, ", display x ", s.display.x, " y ", s.display.y, " width ",
        s.display.width, " height ", s.display.height, ": ", rule...));
  };
  auto const format = static_cast<int>(s.format);
  if (format < 0 || format > 5) fail("there is no such format");
  bool const wide = format % 2 == 1;
  if (wide != (sizeof(T) == 2))
    fail("its samples have ", wide ? 16 : 8, " bits, the type that was asked for has ",
         static_cast<int>(8 * sizeof(T)));
  if (s.height <= 0 || s.width <= 0 || s.height > 0xffff || s.width > 0xffff)
    fail("height and width are 1 to 65535");

  bool const planar = s.format == NvdecFormat::yuv444 || s.format == NvdecFormat::yuv444_16bit;
  int const log2_x = planar ? 0 : 1;
  int const log2_y = s.format == NvdecFormat::nv12 || s.format == NvdecFormat::p016 ? 1 : 0;
  constexpr auto element = static_cast<std::int64_t>(sizeof(T));
  std::int64_t const columns = (s.width + (1 << log2_x) - 1) >> log2_x;
  std::int64_t const rows = (s.height + (1 << log2_y) - 1) >> log2_y;
  std::int64_t const row_bytes = planar ? s.width * element : 2 * columns * element;
  if (s.pitch_bytes < row_bytes || s.pitch_bytes > 0x7fffffff)
    fail("the pitch is ", row_bytes, " bytes at least, those of a row, and below 2^31");

  using Plane = Tensor<T const, NHW>;
  auto* const luma = reinterpret_cast<T const*>(static_cast<std::uintptr_t>(s.address));
  std::int64_t const luma_bytes = (s.height + 1) / 2 * 2 * s.pitch_bytes;
  auto* const u = detail::bytes_after(luma, luma_bytes);
  auto* const v = planar ? detail::bytes_after(luma, 2 * luma_bytes)
                         : detail::bytes_after(u, u == nullptr ? 0 : element);
  std::int64_t const step = planar ? element : 2 * element;
  auto const plane = [&](T const* data, std::int64_t h, std::int64_t w, std::int64_t pixel) {
    return Plane::strided(data, {1, h, w}, {h * s.pitch_bytes, s.pitch_bytes, pixel});
  };
  Planes<T const> const all{plane(luma, s.height, s.width, element),
                            plane(u, rows, columns, step),
                            plane(v, rows, columns, step),
                            log2_x,
                            log2_y,
                            s.siting};
  Roi const part = s.display;
  if (part == Roi{}) return all;
  if (part.x < 0 || part.y < 0 || part.width <= 0 || part.height <= 0 ||
      part.x > s.width - part.width || part.y > s.height - part.height)
    fail("the displayed part is not inside the surface");
  return all.window(part);
}

/// The part of a decoder's surfaces that is to be shown. A decoder that was told nothing maps the whole coded frame,
/// 1088 rows for a video of 1080: that is the stream's display area. One that was told to crop or scale maps the
/// result, on `target_rect` where there is one.
///
/// @param info    CUVIDDECODECREATEINFO, with which the decoder was created.
/// @param format  CUVIDEOFORMAT of the sequence callback.
/// @throws InvalidArgument  the decoder scales the coded frame with its hidden rows: set `display_area` of `info`.
template <class CreateInfo, class VideoFormat>
Roi nvdec_display(CreateInfo const& info, VideoFormat const& format) {
  auto const roi = [](auto const& r) {
    return Roi{static_cast<int>(r.left), static_cast<int>(r.top),
               static_cast<int>(r.right) - static_cast<int>(r.left),
               static_cast<int>(r.bottom) - static_cast<int>(r.top)};
  };
  auto const size = [](auto width, auto height) {
    return Roi{0, 0, static_cast<int>(width), static_cast<int>(height)};
  };
  Roi const coded = size(info.ulWidth, info.ulHeight);
  Roi const target = size(info.ulTargetWidth, info.ulTargetHeight);
  Roi const shown = roi(format.display_area) == Roi{} ? coded : roi(format.display_area);
  Roi const placed = roi(info.target_rect) == Roi{} ? target : roi(info.target_rect);
  Roi const taken = roi(info.display_area) == Roi{} ? coded : roi(info.display_area);
  if (taken == coded && placed == coded) return shown;
  if (taken == coded && shown != coded) {
    throw InvalidArgument(detail::concat(
        "pane::nvdec_display: the decoder scales all ", coded.height, " x ", coded.width,
        " coded pixels to ", placed.height, " x ", placed.width, " but only ", shown.height, " x ",
        shown.width, " are to be shown: set display_area of CUVIDDECODECREATEINFO"));
  }
  return placed;
}

/// A mapped surface by the structs that the program has at hand anyway.
///
///   nvdec_frame<std::uint8_t>(address, pitch, create_info, video_format)
template <Element T, class CreateInfo, class VideoFormat>
Planes<T const> nvdec_frame(std::uint64_t address,
                            std::int64_t pitch_bytes,
                            CreateInfo const& info,
                            VideoFormat const& format,
                            ChromaSiting siting = ChromaSiting::left) {
  return nvdec_frame<T>({.address = address,
                         .pitch_bytes = pitch_bytes,
                         .height = static_cast<std::int64_t>(info.ulTargetHeight),
                         .width = static_cast<std::int64_t>(info.ulTargetWidth),
                         .format = static_cast<NvdecFormat>(info.OutputFormat),
                         .display = nvdec_display(info, format),
                         .siting = siting});
}

/// What NVENC is told about a picture in CUDA memory: the fields of NV_ENC_REGISTER_RESOURCE.
struct NvencInput {
  void* resource =
      nullptr;  ///< resourceToRegister, of type NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t pitch = 0;  ///< bytes
};

namespace detail {
template <class T, class L>
NvencInput nvenc_fields(Tensor<T, L> const& rows) {
  constexpr auto function = "pane::nvenc_input";
  std::int64_t const pitch = packed_pitch(function, rows, 0x7fffffff);
  require(!rows.empty(), function, ": the tensor is ", describe(rows), ": there are no pixels");
  require(pitch % 16 == 0, function, ": the tensor is ", describe(rows),
          ": NVENC takes pitches that are a multiple of 16 bytes; copy it to memory of "
          "cudaMallocPitch");
  return {const_cast<std::remove_const_t<T>*>(rows.data()),
          static_cast<std::uint32_t>(rows.width()), static_cast<std::uint32_t>(rows.height()),
          static_cast<std::uint32_t>(pitch)};
}
}  // namespace detail

/// NV12 (u8) or P010 (u16, samples in the upper bits) as an encoder's input: NVENC has one address and one pitch, and
/// looks for chroma directly below the luma rows.
///
/// Memory    nothing is copied; NVENC reads
/// Source    nvEncodeAPI.h. It asks for a pitch that is a multiple of 4; encoders were seen to need 16. By the
///           documented layout, not run: the data-center GPUs that this was tested on have no encoder
///
/// @throws InvalidArgument  chroma is not in pairs, U first; not directly below luma; another pitch; a pitch that is no
///                          multiple of 16; more than one image, a window. The message says to copy.
template <class T>
NvencInput nvenc_input(Nv12<T> const& frame) {
  constexpr auto function = "pane::nvenc_input";
  static_assert(sizeof(T) <= 2 && std::is_unsigned_v<std::remove_const_t<T>>,
                "pane::nvenc_input: NV12 has elements of u8, P010 of u16");
  detail::require_one(function, frame);
  detail::require(detail::interleaved(frame) && frame.log2_x() == 1 && frame.log2_y() == 1,
                  function, ": the planes are ", detail::image_text(frame),
                  ": U and V must be interleaved, U first, at half resolution");
  NvencInput const out = detail::nvenc_fields(frame.y());
  std::int64_t const uv_pitch =
      detail::packed_pitch(function, detail::chroma_pairs(frame), 0x7fffffff);
  bool const below = static_cast<void const*>(frame.u().data()) ==
                     static_cast<void const*>(detail::bytes_after(
                         frame.y().data(), std::int64_t{out.height} * out.pitch));
  detail::require(below && (uv_pitch == out.pitch || frame.u().height() == 1), function,
                  ": the planes are ", detail::image_text(frame),
                  ": chroma must follow directly below the luma rows, with their pitch; copy it");
  return out;
}

/// Packed 8-bit pixels of four channels: B, G, R, A in memory for NV_ENC_BUFFER_FORMAT_ARGB, R, G, B, A for ABGR.
template <class T>
NvencInput nvenc_input(Tensor<T, HWC<4>> const& pixels) {
  static_assert(std::is_same_v<std::remove_const_t<T>, std::uint8_t>,
                "pane::nvenc_input: packed pixels have elements of u8");
  return detail::nvenc_fields(pixels);
}

PANE_NAMESPACE_END
