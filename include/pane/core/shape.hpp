// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>

#include <cstdint>
#include <limits>
#include <string>

PANE_NAMESPACE_BEGIN

/// Height and width of one image, in pixels.
struct Size {
  int height = 0;
  int width = 0;
  friend constexpr bool operator==(Size const&, Size const&) = default;
};

/// A rectangle of pixels: left edge x, top edge y, both from 0.
struct Roi {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend constexpr bool operator==(Roi const&, Roi const&) = default;
};

namespace detail {

using Index = std::int64_t;
inline constexpr Index index_max = std::numeric_limits<Index>::max();

/// The bytes that a strided array touches, relative to the address of its element (0, ..., 0).
struct Span {
  Index low = 0;   ///< first byte
  Index high = 0;  ///< one past the last byte
  bool ok = true;  ///< false when a number does not fit in 64 bits
};

/// Bytes touched by `rank` axes. An array with an extent of 0 touches none.
inline Span span_of(Index const* shape,
                    Index const* stride_bytes,
                    int rank,
                    Index element_bytes) noexcept {
  Span span{0, element_bytes, true};
  for (int i = 0; i < rank; ++i) {
    if (shape[i] == 0) return {0, 0, true};
  }
  for (int i = 0; i < rank; ++i) {
    Index reach;
    if (__builtin_mul_overflow(shape[i] - 1, stride_bytes[i], &reach)) return {0, 0, false};
    Index& end = reach < 0 ? span.low : span.high;
    if (__builtin_add_overflow(end, reach, &end)) return {0, 0, false};
  }
  return span;
}

/// |v|, also of the least integer.
constexpr std::uint64_t magnitude(Index v) noexcept {
  return v < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
}

/// Whether two elements of a strided array of up to 64 axes may share a byte: the axes sorted by stride must each
/// step over what the finer ones cover. Sufficient for "no", not exact. The span must fit in 64 bits.
inline bool overlaps_itself(Index const* shape,
                            Index const* stride_bytes,
                            int rank,
                            Index element_bytes) noexcept {
  bool used[64] = {};
  auto covered = static_cast<std::uint64_t>(element_bytes);
  for (int i = 0; i < rank; ++i) {
    if (shape[i] == 0) return false;
  }
  for (;;) {
    int finest = -1;
    for (int i = 0; i < rank; ++i) {
      if (used[i] || shape[i] == 1) continue;
      if (finest < 0 || magnitude(stride_bytes[i]) < magnitude(stride_bytes[finest])) finest = i;
    }
    if (finest < 0) return false;
    std::uint64_t const stride = magnitude(stride_bytes[finest]);
    if (stride < covered) return true;
    covered += stride * static_cast<std::uint64_t>(shape[finest] - 1);
    used[finest] = true;
  }
}

/// "[2, 3, 4]"
inline std::string list_text(Index const* values, int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + std::to_string(values[i]);
  return out + "]";
}

/// Says where an address lives ("cuda:0", "pinned host", "host"). Set by the CUDA half when it is compiled in;
/// without it every address is the host's.
inline std::string (*memory_name)(void const* address) = nullptr;

/// Whether the CPU may read an address. Set by the CUDA half; without it every address is the host's.
inline bool (*host_accessible)(void const* address) = nullptr;

/// "HWC u8 [1080, 1920, 3] strides [5760, 3, 1] bytes at 0x7f00 cuda:0"
inline std::string tensor_text(char const* axes,
                               char const* dtype,
                               Index const* shape,
                               Index const* stride_bytes,
                               int rank,
                               void const* data) {
  return concat(axes, " ", dtype, " ", list_text(shape, rank), " strides ",
                list_text(stride_bytes, rank), " bytes at ", data, " ",
                memory_name != nullptr ? memory_name(data) : std::string("host"));
}

}  // namespace detail

PANE_NAMESPACE_END
