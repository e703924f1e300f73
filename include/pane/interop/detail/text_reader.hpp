// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/interop/python_value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>  // std::strtod
#include <string>
#include <string_view>
#include <utility>  // std::move

PANE_NAMESPACE_BEGIN

/// Brackets inside brackets that a reader follows; more is an error, so that no text can exhaust the stack.
inline constexpr int max_text_depth = 64;

/// Text that is no Python literal, or no JSON.
class TextError : public InvalidArgument {
 public:
  TextError(std::size_t position, std::string const& what)
      : InvalidArgument(what), position_(position) {}

  /// Byte of the text at which reading stopped.
  std::size_t position() const noexcept { return position_; }

 private:
  std::size_t position_;
};

namespace detail {

enum class TextDialect : std::uint8_t {
  python,
  python2,  ///< as python, and a long integer may end in L
  json
};

inline bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
inline bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}
inline int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline void append_utf8(std::string& out, std::uint32_t code) {
  auto const put = [&](std::uint32_t byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 63));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 63));
    put(0x80 | (code & 63));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 63));
    put(0x80 | ((code >> 6) & 63));
    put(0x80 | (code & 63));
  }
}

/// Recursive descent over a text of either dialect. Integers never pass through a double.
class TextReader {
 public:
  TextReader(std::string_view text, TextDialect dialect) : text_(text), dialect_(dialect) {}

  PythonValue read() {
    PythonValue out = value(0);
    skip_space();
    if (at_ < text_.size()) fail("something follows the value");
    return out;
  }

 private:
  using Kind = PythonValue::Kind;

  bool python() const noexcept { return dialect_ != TextDialect::json; }
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const noexcept { return at_ >= text_.size(); }

  [[noreturn]] void fail(char const* rule) const {
    throw TextError(at_, concat("pane: ", python() ? "Python" : "JSON", " text, byte ",
                                static_cast<unsigned long long>(at_), ": ", rule));
  }

  void skip_space() noexcept {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
      ++at_;
  }

  bool take(char c) noexcept {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  PythonValue value(int depth) {
    if (depth > max_text_depth) fail("brackets are nested more than 64 deep");
    skip_space();
    if (at_end()) fail("a value is missing");
    char const c = peek();
    if (c == '{') return dict(depth);
    if (c == '[') return sequence(']', python() ? Kind::list : Kind::tuple, depth);
    if (c == '(' && python()) return sequence(')', Kind::tuple, depth);
    if (c == '"' || (c == '\'' && python())) return PythonValue::of_string(string(false));
    if (c == '-' || is_digit(c)) return number();
    if (c == '<' && python()) return object();
    if (is_name_char(c)) return word();
    fail("no value begins with this character");
  }

  PythonValue sequence(char close, Kind kind, int depth) {
    ++at_;
    PythonValue out;
    out.kind = kind;
    bool comma = false;
    for (;;) {
      skip_space();
      if (take(close)) break;
      if (!out.items.empty() && !comma) fail("a comma or the closing bracket is missing");
      out.items.push_back(value(depth + 1));
      skip_space();
      comma = take(',');
      if (comma && !python()) {
        skip_space();
        if (peek() == close) fail("a comma before the closing bracket");
      }
    }
    // In Python (3) is a number in brackets; only (3,) is a tuple.
    if (close == ')' && out.items.size() == 1 && !comma) {
      PythonValue inner = std::move(out.items[0]);
      return inner;
    }
    return out;
  }

  PythonValue dict(int depth) {
    ++at_;
    PythonValue out = PythonValue::of_dict();
    bool comma = false;
    for (;;) {
      skip_space();
      if (take('}')) return out;
      if (!out.items.empty() && !comma) fail("a comma or } is missing");
      if (!python() && peek() != '"') fail("a key is a string");
      PythonValue key = value(depth + 1);
      skip_space();
      if (!take(':')) fail("a colon is missing after the key");
      out.keys.push_back(std::move(key));
      out.items.push_back(value(depth + 1));
      skip_space();
      comma = take(',');
      if (comma && !python()) {
        skip_space();
        if (peek() == '}') fail("a comma before the closing bracket");
      }
    }
  }

  PythonValue number() {
    std::size_t const begin = at_;
    PythonInteger integer;
    integer.negative = take('-');
    if (integer.negative && python() && !is_digit(peek())) return named_number(begin);
    if (integer.negative && !python() && peek() == 'I') return named_number(begin);
    if (!is_digit(peek())) fail("a digit is missing");
    if (peek() == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      fail("a number does not begin with 0");
    }
    for (; is_digit(peek()); ++at_) {
      bool const high =
          __builtin_mul_overflow(integer.magnitude, std::uint64_t{10}, &integer.magnitude);
      auto const digit = static_cast<std::uint64_t>(peek() - '0');
      bool const low = __builtin_add_overflow(integer.magnitude, digit, &integer.magnitude);
      integer.beyond_64_bits = integer.beyond_64_bits || high || low;
    }
    bool real = false;
    if (take('.')) {
      real = true;
      if (!is_digit(peek())) fail("a digit is missing after the point");
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      real = true;
      ++at_;
      if (!take('+')) take('-');
      if (!is_digit(peek())) fail("a digit is missing in the exponent");
      while (is_digit(peek())) ++at_;
    }
    if (!real && dialect_ == TextDialect::python2) take('L');
    if (is_name_char(peek()) || peek() == '.') fail("a number is followed by something else");
    if (real) {
      std::string const copy(text_.substr(begin, at_ - begin));
      return PythonValue::of_real(std::strtod(copy.c_str(), nullptr));
    }
    if (integer.beyond_64_bits) integer.magnitude = 0;
    if (integer.magnitude == 0 && !integer.beyond_64_bits) integer.negative = false;
    return PythonValue::of_integer(integer);
  }

  /// -inf and -Infinity; `at_` is behind the sign.
  PythonValue named_number(std::size_t begin) {
    PythonValue v = word();
    if (v.kind != Kind::real) {
      at_ = begin;
      fail("a sign without a number");
    }
    v.real = -v.real;
    return v;
  }

  PythonValue word() {
    std::size_t const begin = at_;
    while (is_name_char(peek()) || peek() == '.') ++at_;
    std::string_view const name = text_.substr(begin, at_ - begin);
    if (python()) {
      if (name == "None") return {};
      if (name == "True") return PythonValue::of_bool(true);
      if (name == "False") return PythonValue::of_bool(false);
      if (name == "inf") return PythonValue::of_real(__builtin_inf());
      if (name == "nan") return PythonValue::of_real(__builtin_nan(""));
      if (name == "b" && (peek() == '\'' || peek() == '"'))
        return PythonValue::of_bytes(string(true));
      if (peek() == '(') {  // np.int64(3), dtype('<f4'): an object that is not a literal
        skip_balanced('(', ')');
        return PythonValue::of_object(text_.substr(begin, at_ - begin));
      }
    } else {
      if (name == "null") return {};
      if (name == "true") return PythonValue::of_bool(true);
      if (name == "false") return PythonValue::of_bool(false);
      if (name == "Infinity") return PythonValue::of_real(__builtin_inf());
      if (name == "NaN") return PythonValue::of_real(__builtin_nan(""));
    }
    at_ = begin;
    fail("a word that means nothing here");
  }

  /// <cupy.cuda.Stream object at 0x7f00>
  PythonValue object() {
    std::size_t const begin = at_;
    skip_balanced('<', '>');
    return PythonValue::of_object(text_.substr(begin, at_ - begin));
  }

  void skip_balanced(char open, char close) {
    std::size_t const begin = at_;
    std::size_t level = 0;
    do {
      if (at_end()) {
        at_ = begin;
        fail("a bracket is not closed");
      }
      char const c = text_[at_];
      if (open == '(' && (c == '\'' || c == '"')) {
        string(false);
        continue;
      }
      if (c == open) ++level;
      if (c == close) --level;
      ++at_;
    } while (level > 0);
  }

  std::uint32_t hex(int digits) {
    std::uint32_t code = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      int const digit = hex_digit(peek());
      if (digit < 0) fail("a hexadecimal digit is missing");
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  std::string string(bool bytes) {
    char const quote = text_[at_++];
    std::string out;
    for (;;) {
      if (at_end()) fail("a string is not closed");
      char const c = text_[at_++];
      if (c == quote) break;
      if (c == '\\') {
        escape(out, bytes);
      } else if (static_cast<unsigned char>(c) < 0x20 && (!python() || c == '\n' || c == '\r')) {
        --at_;
        fail("a control character inside a string");
      } else if (bytes && static_cast<unsigned char>(c) >= 0x80) {
        --at_;
        fail("a bytes literal is ASCII");
      } else {
        out += c;
      }
    }
    if (python() && (peek() == '\'' || peek() == '"')) fail("two strings in a row");
    return out;
  }

  void escape(std::string& out, bool bytes) {
    if (at_end()) fail("a string is not closed");
    char const c = text_[at_++];
    switch (c) {
      case '\\':
      case '"':
        out += c;
        return;
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      default:
        break;
    }
    if (python()) {
      if (c == '\'') {
        out += c;
        return;
      }
      if (c == 'x') {
        std::uint32_t const code = hex(2);
        if (bytes) {
          out += static_cast<char>(static_cast<unsigned char>(code));
        } else {
          append_utf8(out, code);
        }
        return;
      }
      if (!bytes && (c == 'u' || c == 'U')) {
        std::uint32_t const code = hex(c == 'u' ? 4 : 8);
        if (code > 0x10ffff) fail("no such character");
        append_utf8(out, code);
        return;
      }
    } else {
      if (c == '/') {
        out += c;
        return;
      }
      if (c == 'b' || c == 'f') {
        out += c == 'b' ? '\b' : '\f';
        return;
      }
      if (c == 'u') {
        std::uint32_t code = hex(4);
        bool const pair = code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u";
        if (pair) {
          std::size_t const back = at_;
          at_ += 2;
          std::uint32_t const low = hex(4);
          if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          } else {
            at_ = back;
          }
        }
        append_utf8(out, code);
        return;
      }
    }
    --at_;
    fail("no such escape");
  }

  std::string_view text_;
  TextDialect dialect_;
  std::size_t at_ = 0;
};

}  // namespace detail

PANE_NAMESPACE_END
