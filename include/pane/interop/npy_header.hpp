// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/descr.hpp>
#include <pane/interop/detail/text_reader.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN

/// How a .npy file is read.
struct NpyOptions {
  /// Longest header text that is read, in bytes; NumPy's limit. Raise it for files that you trust.
  std::size_t max_header_bytes = 10000;
  /// What opaque elements (V), times and dates (m, M) of that size stand for; bf16 is saved as `<V2`.
  std::optional<DType> opaque_as{};
};

/// The header of a .npy file: what its elements are, and where.
struct NpyHeader {
  /// Type of one element as it is written, `>f4`; `|V12` for a record.
  std::string descr = "|u1";
  /// The list of fields of a record, else None.
  PythonValue fields;
  /// Whether the first axis is the fastest in the file.
  bool fortran_order = false;
  std::vector<std::int64_t> shape;

  // What the reader fills in, and the writer does not look at.
  Typestr type;                  ///< the element once its bytes are in native order
  bool big_endian = false;       ///< the bytes of an element have to be swapped
  int version = 1;               ///< of the format: 1, 2 or 3
  std::int64_t data_offset = 0;  ///< bytes from the magic to the first element
  std::int64_t data_bytes = 0;   ///< bytes of all elements

  /// Bytes from the magic to the end of the array, where another one may follow.
  std::int64_t file_bytes() const noexcept { return data_offset + data_bytes; }
};

namespace detail {

inline constexpr std::string_view npy_magic{"\x93NUMPY", 6};
inline constexpr std::size_t npy_alignment = 64;

template <class... Parts>
[[noreturn]] void refuse_npy(ImportReason reason, Parts const&... rule) {
  refuse(ArrayProtocol::npy, reason, rule...);
}

inline std::string utf8_of_latin1(std::string_view text) {
  std::string out;
  for (char const c : text) append_utf8(out, static_cast<unsigned char>(c));
  return out;
}

/// The characters of UTF-8 text, or nothing when it is none (or has the halves of a UTF-16 pair).
inline std::optional<std::u32string> characters_of(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    auto const first = static_cast<unsigned char>(text[i++]);
    int const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4) return std::nullopt;
    auto code = static_cast<std::uint32_t>(more == 0 ? first : first & (0x3f >> more));
    for (int k = 0; k < more; ++k, ++i) {
      if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
        return std::nullopt;
      code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    }
    bool const overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    if (overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return std::nullopt;
    out += static_cast<char32_t>(code);
  }
  return out;
}

/// Magic, version and length: fills in `version` and `data_offset`, returns the text as UTF-8.
inline std::string npy_header_text(std::span<std::byte const> file,
                                   NpyOptions const& options,
                                   NpyHeader& out) {
  std::string_view const bytes(reinterpret_cast<char const*>(file.data()), file.size());
  if (bytes.substr(0, 6) != npy_magic.substr(0, bytes.size())) {
    refuse_npy(
        ImportReason::bad_magic,
        "the file does not begin with \\x93NUMPY: it is no .npy file (.npz is a zip of them)");
  }
  auto const truncated = [&](char const* what) {
    refuse_npy(ImportReason::truncated, "the file has ",
               static_cast<unsigned long long>(bytes.size()), " bytes and ends inside ", what);
  };
  if (bytes.size() < 8) truncated("the version");
  out.version = static_cast<unsigned char>(bytes[6]);
  if (out.version < 1 || out.version > 3 || bytes[7] != 0) {
    refuse_npy(ImportReason::unsupported_version, "the version is ", out.version, ".",
               static_cast<int>(static_cast<unsigned char>(bytes[7])),
               ": 1.0, 2.0 and 3.0 are known");
  }
  std::size_t const length_bytes = out.version == 1 ? 2 : 4;
  if (bytes.size() < 8 + length_bytes) truncated("the length of the header");
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;)
    length = length << 8 | static_cast<unsigned char>(bytes[8 + i]);
  if (length > options.max_header_bytes) {
    refuse_npy(ImportReason::bad_header, "the header has ", static_cast<unsigned long long>(length),
               " bytes: at most ", static_cast<unsigned long long>(options.max_header_bytes),
               " are read; for a file that you trust raise NpyOptions::max_header_bytes");
  }
  std::size_t const begin = 8 + length_bytes;
  if (bytes.size() - begin < length) truncated("the header");
  out.data_offset = static_cast<std::int64_t>(begin + length);
  std::string_view const text = bytes.substr(begin, length);
  if (text.find('\0') != std::string_view::npos)
    refuse_npy(ImportReason::bad_header, "the header has a NUL byte: it is text");
  if (out.version < 3) return utf8_of_latin1(text);
  if (!characters_of(text))
    refuse_npy(ImportReason::bad_header, "the header of version 3.0 is no UTF-8 text");
  return std::string(text);
}

/// The type of one element. The order of its bytes is noted and taken out of it.
inline void read_npy_descr(PythonValue const& descr, NpyHeader& out) {
  using Kind = PythonValue::Kind;
  if (descr.is(Kind::list)) {
    DescrReader fields(cai::tolerant, ArrayProtocol::npy);
    std::int64_t const bytes = fields.bytes_of_list(descr, 0);
    if (bytes > max_itemsize) {
      refuse_npy(ImportReason::unsupported_itemsize, "descr is ", shown(descr), ": a record of ",
                 bytes, " bytes; at most 2147483647 are allowed");
    }
    out.descr = "|V" + std::to_string(bytes);
    out.fields = descr;
  } else if (descr.is(Kind::string)) {
    out.descr = descr.text;
  } else if (descr.is(Kind::tuple)) {
    refuse_npy(ImportReason::bad_descr, "descr is ", shown(descr),
               ": a tuple is no element; NumPy writes sub-arrays as more axes");
  } else {
    refuse_npy(ImportReason::bad_typestr, "descr is ", shown(descr),
               ": it must be a str or a list of fields");
  }
  std::string native = out.descr;
  Typestr written;
  out.big_endian = scan_typestr(native, written) && written.order == '>';
  if (out.big_endian) native[0] = '<';
  out.type = parse_typestr(native, cai::tolerant, ArrayProtocol::npy);
  out.big_endian = out.big_endian && out.type.itemsize > 1 && out.type.kind != 'V';
}

}  // namespace detail

/// Reads the header at the beginning of `file`; what follows it need not be there. Total: any bytes yield a header
/// or an error. Nothing is evaluated, nothing of the size that a header claims is allocated.
///
/// The header is a Python dict of exactly three keys, in any order and with any white space: descr (a typestr, or
/// the list of fields of a record), fortran_order (a bool), shape (a tuple of decimal ints). Spellings that no
/// writer uses are refused: hexadecimal, prefixes, comments, strings in a row, keys twice, names like 'float32'.
///
/// Elements  b i u f c m M and V, both byte orders; objects (a pickle), text and long double are refused
/// Source    numpy.lib.format, versions 1.0, 2.0 and 3.0
///
/// @throws ImportError  bad_magic, unsupported_version, truncated, bad_header, then of descr (bad_typestr,
///                      bad_descr, unsupported_kind, unsupported_itemsize), then of shape (bad_shape_type,
///                      negative_extent, int_out_of_range, too_many_dims, size_overflow).
inline NpyHeader parse_npy_header(std::span<std::byte const> file, NpyOptions const& options = {}) {
  using Kind = PythonValue::Kind;
  NpyHeader out;
  std::string const text = detail::npy_header_text(file, options, out);
  PythonValue dict;
  try {
    auto const dialect =
        out.version < 3 ? detail::TextDialect::python2 : detail::TextDialect::python;
    dict = detail::TextReader(text, dialect).read();
  } catch (TextError const& error) {
    detail::refuse_npy(ImportReason::bad_header,
                       "the header cannot be read: ", std::string(error.what()));
  }
  PythonValue const* const descr = dict.find("descr");
  PythonValue const* const order = dict.find("fortran_order");
  PythonValue const* const shape = dict.find("shape");
  if (!dict.is(Kind::dict) || dict.keys.size() != 3 || !descr || !order || !shape) {
    detail::refuse_npy(ImportReason::bad_header, "the header is ", detail::shown(dict),
                       ": it must be a dict of descr, fortran_order and shape, each once");
  }
  if (!order->is(Kind::boolean)) {
    detail::refuse_npy(ImportReason::bad_header, "fortran_order is ", detail::shown(*order),
                       ": it must be a bool");
  }
  out.fortran_order = order->truth;
  detail::read_npy_descr(*descr, out);
  if (!shape->is(Kind::tuple)) {
    detail::refuse_npy(ImportReason::bad_shape_type, "shape is ", detail::shown(*shape),
                       ": it must be a tuple");
  }
  out.shape = detail::extents_of(*shape, ArrayProtocol::npy);
  out.data_bytes = detail::checked_bytes(out.shape, out.type.itemsize, ArrayProtocol::npy);
  if (detail::has_no_elements(out.shape)) out.data_bytes = 0;
  return out;
}

/// The bytes from the magic to the first element, as NumPy writes them: keys in alphabetic order, blanks for the
/// growing axis, padded to a multiple of 64, a newline last. Version 1.0, unless the text is too long for it (2.0)
/// or a field name needs UTF-8 (3.0).
///
/// @throws ImportError  bad_header: a field name is no UTF-8 text.
inline std::string npy_header_bytes(NpyHeader const& header) {
  std::string text = "{'descr': ";
  bool const record = header.fields.is(PythonValue::Kind::list);
  text += to_python_text(record ? header.fields : PythonValue::of_string(header.descr));
  text += header.fortran_order ? ", 'fortran_order': True" : ", 'fortran_order': False";
  std::vector<PythonValue> extents;
  for (std::int64_t const n : header.shape) extents.push_back(PythonValue::of_i64(n));
  text += ", 'shape': " + to_python_text(PythonValue::of_tuple(std::move(extents))) + ", }";
  if (!header.shape.empty()) {
    // Room for the longest extent of the axis along which the file can grow in place.
    std::int64_t const growing = header.fortran_order ? header.shape.back() : header.shape.front();
    text.append(21 - std::to_string(growing).size(), ' ');
  }
  auto const characters = detail::characters_of(text);
  if (!characters)
    detail::refuse_npy(ImportReason::bad_header, "the name of a field is no UTF-8 text");
  int version = 1;
  std::string latin1;
  for (char32_t const c : *characters) {
    if (c > 0xff) version = 3;
    latin1 += static_cast<char>(static_cast<unsigned char>(c));
  }
  if (version == 1) text = latin1;
  auto const padding = [&](std::size_t length_bytes) {
    std::size_t const end = 8 + length_bytes + text.size() + 1;
    return detail::npy_alignment - end % detail::npy_alignment;
  };
  if (version == 1 && text.size() + padding(2) + 1 > 0xffff) version = 2;
  std::size_t const length_bytes = version == 1 ? 2 : 4;
  text.append(padding(length_bytes), ' ');
  text += '\n';
  std::string out(detail::npy_magic);
  out += static_cast<char>(version);
  out += '\0';
  for (std::size_t i = 0; i < length_bytes; ++i)
    out += static_cast<char>(static_cast<unsigned char>(text.size() >> (8 * i)));
  return out + text;
}

PANE_NAMESPACE_END
