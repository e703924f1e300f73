// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

PANE_NAMESPACE_BEGIN

/// One element of an array interface: `<f4`, `|b1`, `<M8[ns]`, `|V12`.
struct Typestr {
  char order = '|';  ///< `<`, `>`, `|` or `=`; '\0' when it was not written
  char kind = 'u';   ///< one of t b i u f c m M O S U V
  std::int64_t size =
      1;             ///< the number that was written; bytes, but bits for t and characters for U
  std::string unit;  ///< of m and M: "ns", "25s"; empty is the generic unit
  std::int64_t itemsize = 1;  ///< bytes of one element
  CaiQuirks quirks;           ///< what had to be tolerated

  /// Alignment that a load of one element needs, in bytes: half the element for complex numbers, 1 for V.
  std::int64_t alignment() const noexcept {
    if (kind == 'V') return 1;
    return kind == 'c' ? itemsize / 2 : itemsize;
  }
};

namespace detail {

/// Largest element, in bytes. NumPy's own limit is that of a C int.
inline constexpr std::int64_t max_itemsize = 0x7fffffff;

/// The units of NumPy's datetime64, with an optional count before it: "ns", "25s".
inline bool is_time_unit(std::string_view text) noexcept {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits > 9 || (digits > 0 && text[0] == '0')) return false;
  std::string_view const unit = text.substr(digits);
  for (char const* known :
       {"Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"}) {
    if (unit == known) return true;
  }
  return false;
}

/// A typestr for a message: quoted, cut, and with what cannot be printed as \x...
inline std::string shown_typestr(std::string_view text) {
  std::string out = "'";
  for (char const c : text.substr(0, 40)) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
  }
  return out + (text.size() > 40 ? "...'" : "'");
}

/// The grammar alone: order, kind, decimal size, unit. False when the text does not follow it.
inline bool scan_typestr(std::string_view text, Typestr& out) {
  std::size_t at = 0;
  auto const peek = [&] { return at < text.size() ? text[at] : '\0'; };
  out = Typestr{};
  out.order = '\0';
  if (peek() == '<' || peek() == '>' || peek() == '|' || peek() == '=') out.order = text[at++];
  constexpr std::string_view kinds = "tbiufcmMOSUV";
  if (at >= text.size() || kinds.find(text[at]) == std::string_view::npos) return false;
  out.kind = text[at++];
  std::size_t const first = at;
  out.size = 0;
  for (; peek() >= '0' && peek() <= '9'; ++at) {
    out.size = out.size * 10 + (text[at] - '0');
    if (out.size > max_itemsize) return false;
  }
  bool const no_size = at == first;
  if (no_size && out.kind != 'O') return false;
  if (at - first > 1 && text[first] == '0') return false;
  if (no_size) out.size = 8;  // a pointer
  if ((out.kind == 'm' || out.kind == 'M') && peek() == '[') {
    if (text.back() != ']') return false;
    std::string_view const unit = text.substr(at + 1, text.size() - at - 2);
    if (!is_time_unit(unit)) return false;
    out.unit = std::string(unit);
    at = text.size();
  }
  if (at != text.size()) return false;
  out.itemsize = out.kind == 'U' ? out.size * 4 : out.kind == 't' ? (out.size + 7) / 8 : out.size;
  return true;
}

inline bool has_size(char kind, std::int64_t size) noexcept {
  switch (kind) {
    case 'b':
      return size == 1;
    case 'i':
    case 'u':
      return size == 1 || size == 2 || size == 4 || size == 8;
    case 'f':
      return size == 2 || size == 4 || size == 8;
    case 'c':
      return size == 8 || size == 16;
    case 'm':
    case 'M':
      return size == 8;
    case 'V':
      return size >= 1;
    default:
      return false;
  }
}

}  // namespace detail

/// Reads the type of one element and refuses what a CUDA device cannot hold.
///
/// Checked in this order: grammar, the quirks that `accept` lacks, kind, size, byte order. NumPy's type names and
/// C letters are no typestrs; `B` is one with `CaiQuirk::numpy_char_code`.
///
/// @throws ImportError  bad_typestr, unsupported_kind, unsupported_itemsize or foreign_byte_order.
inline Typestr parse_typestr(std::string_view text,
                             CaiQuirks accept = cai::tolerant,
                             ArrayProtocol protocol = ArrayProtocol::cuda_array_interface) {
  Typestr out;
  auto const shown = [&] { return detail::shown_typestr(text); };
  if (text == "B" && accept.has(CaiQuirk::numpy_char_code)) {
    out.quirks = CaiQuirk::numpy_char_code;
    return out;
  }
  if (!detail::scan_typestr(text, out)) {
    detail::refuse(
        protocol, ImportReason::bad_typestr, "typestr is ", shown(),
        ": it is an order (< > |), a kind letter, a size in decimal digits, and for m and M a "
        "unit in brackets");
  }
  auto const tolerate = [&](CaiQuirk quirk, char const* rule) {
    if (!accept.has(quirk)) {
      detail::refuse(protocol, ImportReason::bad_typestr, "typestr is ", shown(), ": ", rule);
    }
    out.quirks |= quirk;
  };
  bool const one_byte = out.itemsize == 1 || out.kind == 'V' || out.kind == 'S' || out.kind == 'O';
  if (out.order == '\0') tolerate(CaiQuirk::no_byte_order, "the byte order (<, > or |) is missing");
  if (out.order == '=') tolerate(CaiQuirk::equals_byte_order, "= is no byte order of the protocol");
  if (out.order == '|' && !one_byte) {
    tolerate(CaiQuirk::bar_on_multibyte, "| is for elements without a byte order");
  }
  if (out.kind == 't' || out.kind == 'O' || out.kind == 'S' || out.kind == 'U') {
    detail::refuse(protocol, ImportReason::unsupported_kind, "typestr is ", shown(),
                   ": elements of kind ", out.kind,
                   " cannot be used on a device; b i u f c m M V can");
  }
  if (!detail::has_size(out.kind, out.size)) {
    detail::refuse(protocol, ImportReason::unsupported_itemsize, "typestr is ", shown(),
                   ": there is no ", out.kind, " of ", out.size,
                   " bytes; b1, i and u 1 2 4 8, f 2 4 8, c 8 16, m8, M8 and any V exist");
  }
  if (out.order == '>' && !one_byte) {
    detail::refuse(
        protocol, ImportReason::foreign_byte_order, "typestr is ", shown(),
        ": the elements are big-endian, CUDA devices are little-endian; swap the bytes first");
  }
  return out;
}

/// The typestr of an element type. bf16 has none of its own and travels as the opaque `<V2`, by convention. The 8-bit
/// floats have none either and no convention: `<V1` is one opaque byte, as ml_dtypes spells e4m3, and an export by
/// typestr refuses them.
constexpr char const* typestr_of(DType type) noexcept {
  constexpr char const* names[] = {"|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8",
                                   "<f2", "<V2", "<f4", "<f8", "|b1", "<V1", "<V1"};
  return names[static_cast<int>(type)];
}

/// Whether a reader of the typestr knows the element type again, bf16 by convention.
constexpr bool has_typestr(DType type) noexcept {
  return type != DType::f8_e4m3 && type != DType::f8_e5m2;
}

/// The element type of a typestr, if there is one: none for complex numbers, times and opaque bytes.
inline std::optional<DType> dtype_of_typestr(Typestr const& type) noexcept {
  for (int i = 0; i <= static_cast<int>(DType::boolean); ++i) {
    auto const candidate = static_cast<DType>(i);
    char const* const text = typestr_of(candidate);
    if (text[1] != 'V' && text[1] == type.kind && text[2] - '0' == type.itemsize) return candidate;
  }
  return std::nullopt;
}

PANE_NAMESPACE_END
