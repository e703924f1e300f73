// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>

#include <cstdint>

// The bits of NVCVDataType and NVCVImageFormat, as the macros of CV-CUDA compile them into every program.

PANE_NAMESPACE_BEGIN
namespace detail {

/// The parts of an NVCVDataType: what the elements are, how many lie in a pixel, how they share its words.
struct NvcvType {
  DType dtype = DType::u8;
  int channels = 0;  ///< 0: not a type that a tensor can have
};

/// Bits of a pixel in the code of CV-CUDA.
constexpr std::uint64_t nvcv_pixel_bits(std::uint64_t bits) noexcept {
  if (bits <= 32) return bits / 8 - 1;
  if (bits <= 64) return bits / 16 + 1;
  return bits <= 128 ? bits / 32 + 3 : bits / 64 + 5;
}

/// NVCV_DATA_TYPE_3U8 for (u8, 3); 0 for types that CV-CUDA lacks (bf16, f8, bool).
constexpr std::uint64_t nvcv_type(DType dtype, int channels) noexcept {
  std::uint64_t kind = 0;
  switch (dtype) {
    case DType::u8:
    case DType::u16:
    case DType::u32:
    case DType::u64:
      break;
    case DType::s8:
    case DType::s16:
    case DType::s32:
    case DType::s64:
      kind = 1;
      break;
    case DType::f16:
    case DType::f32:
    case DType::f64:
      kind = 2;
      break;
    case DType::bf16:
    case DType::boolean:
    case DType::f8_e4m3:
    case DType::f8_e5m2:
      return 0;
  }
  auto const count = static_cast<std::uint64_t>(channels);
  std::uint64_t const bits = static_cast<std::uint64_t>(size_bytes(dtype)) * 8 * count;
  std::uint64_t const packing = bits == 8 ? 4 : 0;
  return kind << 61 | nvcv_pixel_bits(bits) << 40 | (count - 1) << 38 | packing << 35 |
         0x7ffff0080u | count;
}

/// What an NVCVDataType means; anything but whole elements, one after the other, means nothing here.
constexpr NvcvType find_nvcv_type(std::uint64_t code) noexcept {
  for (int d = 0; d <= static_cast<int>(DType::boolean); ++d) {
    for (int channels = 1; channels <= 4; ++channels) {
      auto const dtype = static_cast<DType>(d);
      if (std::uint64_t const known = nvcv_type(dtype, channels); known != 0 && known == code)
        return {dtype, channels};
    }
  }
  return {};
}

/// The NVCVDataType of one plane of an NVCVImageFormat; 0 for memory that is not pitch-linear.
constexpr std::uint64_t nvcv_plane_type(std::uint64_t format, int plane) noexcept {
  auto const field = [&](int offset, int bits) {
    return format >> offset & ((std::uint64_t{1} << bits) - 1);
  };
  if (field(12, 3) != 0 || field(7, 1) == 0) return 0;
  std::uint64_t packing = 0;
  std::uint64_t channels = 0;
  std::uint64_t bits = 0;
  if (plane == 3) {
    bool const byte = field(58, 3) == 7;
    packing = byte ? 4 : 0;
    bits = byte ? 0 : field(58, 3);
  } else {
    int const offset = plane == 0 ? 35 : 37 + 7 * plane;
    packing = field(offset, 3);
    channels = field(offset + 3, plane == 0 ? 2 : 1);
    bits = field(plane == 0 ? 40 : offset + 4, plane == 0 ? 4 : 3);
  }
  return field(61, 3) << 61 | bits << 40 | channels << 38 | packing << 35 | 0x7ffff0080u |
         (channels + 1);
}

}  // namespace detail
PANE_NAMESPACE_END
