// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/interop/detail/text_reader.hpp>
#include <pane/interop/python_value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

PANE_NAMESPACE_BEGIN

/// Reads what Python prints for a literal: None, True, numbers, strings in either quote, bytes, tuples, lists and
/// dicts. What is printed as `<...>` or `name(...)` becomes an object. Nothing is evaluated.
///
/// @throws TextError  the text is nothing of that, or is nested more than `max_text_depth` deep.
inline PythonValue read_python_text(std::string_view text) {
  return detail::TextReader(text, detail::TextDialect::python).read();
}

/// Reads JSON (RFC 8259, and NaN and Infinity). Its arrays become tuples: JSON has one kind of sequence.
/// Integers of any length are read exactly or marked as beyond 64 bits.
///
/// @throws TextError  the text is no JSON, or is nested more than `max_text_depth` deep.
inline PythonValue read_json_text(std::string_view text) {
  return detail::TextReader(text, detail::TextDialect::json).read();
}

namespace detail {

inline void write_quoted(std::string& out,
                         std::string const& text,
                         TextDialect dialect,
                         bool bytes) {
  bool const python = dialect == TextDialect::python;
  bool const prefer_double =
      python && text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  char const quote = python && !prefer_double ? '\'' : '"';
  constexpr char const* digits = "0123456789abcdef";
  out += quote;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += '\\';
      out += c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
    } else if (byte < 0x20 || byte == 0x7f || (bytes && byte >= 0x80)) {
      out += python ? "\\x" : "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += quote;
}

inline void write_text(std::string& out, PythonValue const& v, TextDialect dialect) {
  using Kind = PythonValue::Kind;
  bool const python = dialect == TextDialect::python;
  auto const items = [&](char const* open, char const* close) {
    out += open;
    for (std::size_t i = 0; i < v.items.size(); ++i) {
      if (i != 0) out += ", ";
      write_text(out, v.items[i], dialect);
    }
    out += close;
  };
  switch (v.kind) {
    case Kind::none:
      out += python ? "None" : "null";
      return;
    case Kind::boolean:
      out += python ? (v.truth ? "True" : "False") : (v.truth ? "true" : "false");
      return;
    case Kind::integer:
      if (v.integer.negative) out += '-';
      out +=
          v.integer.beyond_64_bits ? "18446744073709551616" : std::to_string(v.integer.magnitude);
      return;
    case Kind::real: {
      if (v.real - v.real != 0 || v.real != v.real) {  // not finite
        if (v.real < 0) out += '-';
        out += v.real != v.real ? (python ? "nan" : "NaN") : (python ? "inf" : "Infinity");
        return;
      }
      char buffer[40];
      int const length = __builtin_snprintf(buffer, sizeof buffer, "%.17g", v.real);
      std::string number(buffer, static_cast<std::size_t>(length));
      for (char& c : number) c = c == ',' ? '.' : c;  // a locale's comma
      out += number.find_first_of(".e") == std::string::npos ? number + ".0" : number;
      return;
    }
    case Kind::string:
      write_quoted(out, v.text, dialect, false);
      return;
    case Kind::bytes:
      if (python) out += 'b';
      write_quoted(out, v.text, dialect, true);
      return;
    case Kind::object:
      if (python) {
        out += v.text;
      } else {
        write_quoted(out, v.text, dialect, false);
      }
      return;
    case Kind::tuple:
      items(python ? "(" : "[", !python ? "]" : v.items.size() == 1 ? ",)" : ")");
      return;
    case Kind::list:
      items("[", "]");
      return;
    case Kind::dict:
      out += '{';
      for (std::size_t i = 0; i < v.items.size(); ++i) {
        if (i != 0) out += ", ";
        if (python || v.keys[i].kind == Kind::string) {
          write_text(out, v.keys[i], dialect);
        } else {
          std::string key;
          write_text(key, v.keys[i], TextDialect::python);
          write_quoted(out, key, dialect, false);
        }
        out += ": ";
        write_text(out, v.items[i], dialect);
      }
      out += '}';
      return;
  }
}

/// A value as a message shows it: its Python text, cut after 60 bytes.
inline std::string shown(PythonValue const& v) {
  std::string out;
  write_text(out, v, TextDialect::python);
  if (out.size() > 60) out = out.substr(0, 57) + "...";
  return out;
}

}  // namespace detail

/// What Python would print. An integer beyond 64 bits is written as 2^64 with its sign.
inline std::string to_python_text(PythonValue const& value) {
  std::string out;
  detail::write_text(out, value, detail::TextDialect::python);
  return out;
}

/// JSON. Lists and tuples both become arrays, bytes and objects become strings.
inline std::string to_json_text(PythonValue const& value) {
  std::string out;
  detail::write_text(out, value, detail::TextDialect::json);
  return out;
}

PANE_NAMESPACE_END
