// SPDX-License-Identifier: MIT
#pragma once

// nvImageCodec's image description from tensors, and back. Needs nvimgcodec.h (0.3 or later), which needs the headers
// of the CUDA runtime; nothing of nvImageCodec is called.

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/detail/rows.hpp>

#include <nvimgcodec.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

namespace detail {

/// nvImageCodec's name of an element type.
template <class T>
constexpr nvimgcodecSampleDataType_t nvimgcodec_sample_type() {
  constexpr DType d = dtype_of<T>;
  if constexpr (d == DType::u8) return NVIMGCODEC_SAMPLE_DATA_TYPE_UINT8;
  if constexpr (d == DType::s8) return NVIMGCODEC_SAMPLE_DATA_TYPE_INT8;
  if constexpr (d == DType::u16) return NVIMGCODEC_SAMPLE_DATA_TYPE_UINT16;
  if constexpr (d == DType::s16) return NVIMGCODEC_SAMPLE_DATA_TYPE_INT16;
  if constexpr (d == DType::u32) return NVIMGCODEC_SAMPLE_DATA_TYPE_UINT32;
  if constexpr (d == DType::s32) return NVIMGCODEC_SAMPLE_DATA_TYPE_INT32;
  if constexpr (d == DType::f16) return NVIMGCODEC_SAMPLE_DATA_TYPE_FLOAT16;
  if constexpr (d == DType::f32) return NVIMGCODEC_SAMPLE_DATA_TYPE_FLOAT32;
  if constexpr (d == DType::f64) return NVIMGCODEC_SAMPLE_DATA_TYPE_FLOAT64;
  return NVIMGCODEC_SAMPLE_DATA_TYPE_UNKNOWN;
}

/// The formats up to CMYK are numbered in pairs, planar before interleaved.
constexpr bool nvimgcodec_interleaved(nvimgcodecSampleFormat_t format) noexcept {
  return format % 2 == 0;
}

/// Components of a pixel that a format asks for; 0: as many as there are.
constexpr int nvimgcodec_components(nvimgcodecSampleFormat_t format) noexcept {
  switch (format) {
    case NVIMGCODEC_SAMPLEFORMAT_P_Y:
    case NVIMGCODEC_SAMPLEFORMAT_I_Y:
      return 1;
    case NVIMGCODEC_SAMPLEFORMAT_P_RGB:
    case NVIMGCODEC_SAMPLEFORMAT_I_RGB:
    case NVIMGCODEC_SAMPLEFORMAT_P_BGR:
    case NVIMGCODEC_SAMPLEFORMAT_I_BGR:
      return 3;
    default:
      return 0;
  }
}

/// What the layout alone says: gray for one channel, RGB for three, else "unchanged".
template <class L>
constexpr nvimgcodecSampleFormat_t nvimgcodec_format() noexcept {
  constexpr bool planar = L::index_of('C') == 0;
  if (L::channels == 1) return planar ? NVIMGCODEC_SAMPLEFORMAT_P_Y : NVIMGCODEC_SAMPLEFORMAT_I_Y;
  if (L::channels == 3)
    return planar ? NVIMGCODEC_SAMPLEFORMAT_P_RGB : NVIMGCODEC_SAMPLEFORMAT_I_RGB;
  return planar ? NVIMGCODEC_SAMPLEFORMAT_P_UNCHANGED : NVIMGCODEC_SAMPLEFORMAT_I_UNCHANGED;
}

template <class T, class L>
nvimgcodecImageInfo_t nvimgcodec_info(char const* function,
                                      Tensor<T, L> const& t,
                                      nvimgcodecSampleFormat_t format) {
  using Value = std::remove_const_t<T>;
  static_assert(nvimgcodec_sample_type<Value>() != NVIMGCODEC_SAMPLE_DATA_TYPE_UNKNOWN,
                "pane::to_nvimgcodec: nvImageCodec has no name for this element type");
  static_assert(
      L::index_of('N') < 0 && L::index_of('c') < 0 && (L::rank == 2 || L::channels != dynamic),
      "pane::to_nvimgcodec: one image of layout HW, HWC<C> or CHW<C>; use "
      "pane::item(batch, n) and pane::with_channels(tensor, f)");
  static_assert(L::rank == 2 || L::index_of('C') == 0 || L::index_of('C') == 2,
                "pane::to_nvimgcodec: channels come first or last");
  static_assert(L::channels <= NVIMGCODEC_MAX_NUM_PLANES,
                "pane::to_nvimgcodec: nvImageCodec has at most 32 planes");
  constexpr bool planar = L::index_of('C') == 0;
  std::int64_t const pitch = packed_pitch(function, t, index_max);
  if (nvimgcodec_interleaved(format) == planar || format <= 0) {
    throw InvalidArgument(concat(function, ": the tensor is ", describe(t), ": sample format ",
                                 static_cast<int>(format), " is not ",
                                 planar ? "planar, as" : "interleaved, as", " the layout is"));
  }
  int const components = nvimgcodec_components(format);
  if (components != 0 && components != L::channels) {
    throw InvalidArgument(concat(function, ": the tensor is ", describe(t), ": sample format ",
                                 static_cast<int>(format), " has ", components, " channels"));
  }
  if constexpr (planar) {
    if (L::channels > 1 && !t.empty() && t.stride_bytes(0) != t.height() * pitch) {
      throw InvalidArgument(concat(function, ": the tensor is ", describe(t),
                                   ": nvImageCodec has one address for all planes, which follow "
                                   "each other without a gap; copy it"));
    }
  }
  nvimgcodecImageInfo_t out{};
  out.struct_type = NVIMGCODEC_STRUCTURE_TYPE_IMAGE_INFO;
  out.struct_size = sizeof out;
  out.orientation.struct_type = NVIMGCODEC_STRUCTURE_TYPE_ORIENTATION;
  out.orientation.struct_size = sizeof out.orientation;
  bool const gray = format == NVIMGCODEC_SAMPLEFORMAT_P_Y || format == NVIMGCODEC_SAMPLEFORMAT_I_Y;
  out.color_spec = gray              ? NVIMGCODEC_COLORSPEC_GRAY
                   : components == 3 ? NVIMGCODEC_COLORSPEC_SRGB
                                     : NVIMGCODEC_COLORSPEC_UNCHANGED;
  out.chroma_subsampling = gray ? NVIMGCODEC_SAMPLING_GRAY : NVIMGCODEC_SAMPLING_444;
  out.sample_format = format;
  out.num_planes = planar ? L::channels : 1;
  for (std::uint32_t p = 0; p < out.num_planes; ++p) {
    nvimgcodecImagePlaneInfo_t& plane = out.plane_info[p];
    plane.struct_type = NVIMGCODEC_STRUCTURE_TYPE_IMAGE_PLANE_INFO;
    plane.struct_size = sizeof plane;
    plane.width = static_cast<std::uint32_t>(t.width());
    plane.height = static_cast<std::uint32_t>(t.height());
    plane.row_stride = static_cast<std::size_t>(pitch);
    plane.num_channels = planar ? 1 : L::channels;
    plane.sample_type = nvimgcodec_sample_type<Value>();
  }
  out.buffer = const_cast<Value*>(t.data());
  // Before 0.9 the struct counted the bytes as well.
  [&](auto& info) {
    if constexpr (requires { info.buffer_size; }) {
      info.buffer_size =
          static_cast<std::size_t>(pitch) * static_cast<std::size_t>(t.height()) * out.num_planes;
    }
  }(out);
  return out;
}

}  // namespace detail

/// Where nvImageCodec decodes to: a description for nvimgcodecImageCreate.
///
/// Shapes    HW, HWC<C> (interleaved), CHW<C> (planar, planes without a gap between them)
/// Elements  8, 16 and 32-bit integers, f16, float, double
/// Memory    nothing is copied; device memory with a stream, host memory with `host`
/// Stream    nvImageCodec orders its work with `where`'s
/// Source    nvimgcodec.h 0.9: one buffer, plane after plane, `row_stride` in bytes
///
/// @param format  What the channels mean; left out, gray for one channel, RGB for three, else unchanged.
/// @throws InvalidArgument  pixels with gaps, rows that run backwards or overlap, a gap between planes, a format that
///                          does not fit the layout.
template <class T, class L>
nvimgcodecImageInfo_t to_nvimgcodec(
    Tensor<T, L> const& destination,
    Stream where,
    nvimgcodecSampleFormat_t format = detail::nvimgcodec_format<L>()) {
  static_assert(!std::is_const_v<T>,
                "pane::to_nvimgcodec: nvImageCodec writes here; to encode read-only memory call "
                "pane::to_nvimgcodec_source");
  auto out = detail::nvimgcodec_info("pane::to_nvimgcodec", destination, format);
  out.buffer_kind = NVIMGCODEC_IMAGE_BUFFER_KIND_STRIDED_DEVICE;
  out.cuda_stream = where.handle();
  return out;
}
template <class T, class L>
nvimgcodecImageInfo_t to_nvimgcodec(
    Tensor<T, L> const& destination,
    Host,
    nvimgcodecSampleFormat_t format = detail::nvimgcodec_format<L>()) {
  auto out = to_nvimgcodec(destination, Stream{}, format);
  out.buffer_kind = NVIMGCODEC_IMAGE_BUFFER_KIND_STRIDED_HOST;
  return out;
}

/// What nvImageCodec encodes: the same, also from read-only memory. The struct has no const: pass it to the encoder
/// only, which reads.
template <class T, class L>
nvimgcodecImageInfo_t to_nvimgcodec_source(
    Tensor<T, L> const& source,
    Stream where,
    nvimgcodecSampleFormat_t format = detail::nvimgcodec_format<L>()) {
  auto out = detail::nvimgcodec_info("pane::to_nvimgcodec_source", source, format);
  out.buffer_kind = NVIMGCODEC_IMAGE_BUFFER_KIND_STRIDED_DEVICE;
  out.cuda_stream = where.handle();
  return out;
}

/// The tensor that a description stands for: `from_nvimgcodec<std::uint8_t, HWC<3>>(info)`. The caller says whether the
/// image is interleaved (HWC<C>, HW) or planar (CHW<C>); nothing is guessed.
///
/// @throws InvalidArgument  the description has another element type, number of channels or arrangement, planes of
///                          different size, no buffer, or a stride shorter than a row.
template <Element T, TensorLayout L>
Tensor<T, L> from_nvimgcodec(nvimgcodecImageInfo_t const& info) {
  constexpr auto function = "pane::from_nvimgcodec";
  constexpr bool planar = L::index_of('C') == 0;
  constexpr auto planes = static_cast<std::uint32_t>(planar ? L::channels : 1);
  constexpr auto channels = static_cast<std::uint32_t>(planar ? 1 : L::channels);
  static_assert(
      L::channels != dynamic && planes <= NVIMGCODEC_MAX_NUM_PLANES,
      "pane::from_nvimgcodec: the layout states its number of channels, at most 32 planes");
  detail::require(info.struct_type == NVIMGCODEC_STRUCTURE_TYPE_IMAGE_INFO, function,
                  ": struct_type is ", static_cast<int>(info.struct_type),
                  ", not that of an image description");
  detail::require(info.num_planes == planes, function, ": num_planes is ", info.num_planes, ": ",
                  L::axes, " of ", L::channels, " channels has ", planes);
  nvimgcodecImagePlaneInfo_t const& first = info.plane_info[0];
  for (std::uint32_t p = 0; p < planes; ++p) {
    nvimgcodecImagePlaneInfo_t const& plane = info.plane_info[p];
    detail::require(plane.sample_type == detail::nvimgcodec_sample_type<std::remove_const_t<T>>(),
                    function, ": plane_info[", p, "].sample_type is ",
                    static_cast<int>(plane.sample_type), ": it is not ", name(dtype_of<T>));
    detail::require(plane.num_channels == channels, function, ": plane_info[", p,
                    "].num_channels is ", plane.num_channels, ": ", L::axes, " needs ", channels);
    detail::require(plane.width == first.width && plane.height == first.height &&
                        plane.row_stride == first.row_stride,
                    function, ": plane_info[", p, "] is ", plane.height, " x ", plane.width,
                    " with a stride of ", plane.row_stride, " bytes, plane_info[0] is ",
                    first.height, " x ", first.width, " with ", first.row_stride, ": ", L::axes,
                    " has planes of one size");
  }
  detail::require(first.row_stride <= static_cast<std::size_t>(detail::index_max) / 32 /
                                          (std::size_t{first.height} + 1),
                  function, ": row_stride is ", first.row_stride, ", more than memory has");
  void* address[NVIMGCODEC_MAX_NUM_PLANES] = {};
  for (std::uint32_t p = 0; p < planes; ++p) {
    address[p] = detail::bytes_after(
        static_cast<std::byte*>(info.buffer),
        static_cast<std::int64_t>(first.row_stride * first.height) * static_cast<int>(p));
  }
  return detail::from_rows<L, T>(function, address, first.height, first.width,
                                 static_cast<std::int64_t>(first.row_stride));
}

PANE_NAMESPACE_END
