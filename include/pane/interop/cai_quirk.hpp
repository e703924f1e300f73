// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstdint>
#include <string_view>

PANE_NAMESPACE_BEGIN

/// A departure from the text of the CUDA Array Interface or of DLPack that real producers are known for.
enum class CaiQuirk : std::uint16_t {
  sequence_for_tuple = 1 << 0,      ///< a list where the text says tuple
  no_byte_order = 1 << 1,           ///< `u1`, without `<` or `|`
  equals_byte_order = 1 << 2,       ///< `=f4`, native
  bar_on_multibyte = 1 << 3,        ///< `|u2`, read as native
  bytes_typestr = 1 << 4,           ///< `typestr` as ASCII bytes
  integer_flag = 1 << 5,            ///< 0 or 1 as the read-only flag
  pynvvc_stream_zero = 1 << 6,      ///< stream 0, read as the legacy default stream
  pynvvc_element_strides = 1 << 7,  ///< strides of 2-byte elements counted in elements
  cvcuda_stream_minus1 = 1 << 8,    ///< stream -1, read as nothing pending
  numpy_char_code = 1 << 9,         ///< `B`, read as `|u1`
  null_strides = 1 << 10,           ///< DLPack 1.2 and later with no strides, read as C order
  cupy_unsigned_stride = 1 << 11,   ///< DLPack strides of a flipped axis that went through unsigned
  no_version = 1 << 12              ///< no version in NumPy's interface, read as 3
};

inline constexpr int cai_quirk_count = 13;

/// The name of a quirk, "sequence_for_tuple".
constexpr char const* name(CaiQuirk quirk) noexcept {
  constexpr char const* names[cai_quirk_count] = {
      "sequence_for_tuple", "no_byte_order",          "equals_byte_order",
      "bar_on_multibyte",   "bytes_typestr",          "integer_flag",
      "pynvvc_stream_zero", "pynvvc_element_strides", "cvcuda_stream_minus1",
      "numpy_char_code",    "null_strides",           "cupy_unsigned_stride",
      "no_version"};
  for (int i = 0; i < cai_quirk_count; ++i) {
    if (static_cast<int>(quirk) == 1 << i) return names[i];
  }
  return "?";
}

/// A set of quirks.
struct CaiQuirks {
  std::uint16_t bits = 0;

  constexpr CaiQuirks() noexcept = default;
  constexpr CaiQuirks(CaiQuirk quirk) noexcept  // NOLINT: one quirk is a set of quirks
      : bits(static_cast<std::uint16_t>(quirk)) {}

  constexpr bool has(CaiQuirk quirk) const noexcept {
    return (bits & static_cast<std::uint16_t>(quirk)) != 0;
  }
  constexpr bool empty() const noexcept { return bits == 0; }

  friend constexpr CaiQuirks operator|(CaiQuirks a, CaiQuirks b) noexcept {
    CaiQuirks out;
    out.bits = static_cast<std::uint16_t>(a.bits | b.bits);
    return out;
  }
  constexpr CaiQuirks& operator|=(CaiQuirks other) noexcept { return *this = *this | other; }
  friend constexpr bool operator==(CaiQuirks const&, CaiQuirks const&) noexcept = default;
};

constexpr CaiQuirks operator|(CaiQuirk a, CaiQuirk b) noexcept {
  return CaiQuirks(a) | CaiQuirks(b);
}

/// The set of quirks that a parser accepts, by the name of who needs it.
namespace cai {

/// The text of the protocol and nothing else.
inline constexpr CaiQuirks strict{};
/// What harms nobody; the default.
inline constexpr CaiQuirks tolerant = CaiQuirk::sequence_for_tuple | CaiQuirk::no_byte_order |
                                      CaiQuirk::equals_byte_order | CaiQuirk::bar_on_multibyte |
                                      CaiQuirk::bytes_typestr | CaiQuirk::integer_flag |
                                      CaiQuirk::null_strides | CaiQuirk::no_version;
/// Decoded frames of PyNvVideoCodec: stream 0, and 16-bit strides counted in elements. Its stream is 0 or 2
/// whatever the decoder used: order the decoder's own stream besides.
inline constexpr CaiQuirks pynvvideocodec = tolerant | CaiQuirk::pynvvc_stream_zero |
                                            CaiQuirk::pynvvc_element_strides |
                                            CaiQuirk::numpy_char_code;
/// CV-CUDA trees that write stream -1 once they have synchronised.
inline constexpr CaiQuirks cvcuda = tolerant | CaiQuirk::cvcuda_stream_minus1;
/// VideoProcessingFramework: typestr `B`.
inline constexpr CaiQuirks vpf = tolerant | CaiQuirk::numpy_char_code;
/// CuPy up to 14.2, whose DLPack strides are unsigned: a flipped axis of 8-byte elements has stride 2^61-1.
inline constexpr CaiQuirks cupy = tolerant | CaiQuirk::cupy_unsigned_stride;
/// Every quirk that is known.
inline constexpr CaiQuirks every_producer = pynvvideocodec | cvcuda | vpf | cupy;

}  // namespace cai

PANE_NAMESPACE_END
