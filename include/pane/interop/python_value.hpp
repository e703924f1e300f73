// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN

/// A Python integer: sign and 64 bits of magnitude. What is larger keeps its sign only.
struct PythonInteger {
  bool negative = false;
  bool beyond_64_bits = false;
  std::uint64_t magnitude = 0;

  constexpr bool fits_u64() const noexcept { return !beyond_64_bits && !negative; }
  constexpr bool fits_i64() const noexcept {
    return !beyond_64_bits && magnitude <= (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  }
  /// The value modulo 2^64; the value itself when `fits_i64()`.
  constexpr std::int64_t i64() const noexcept {
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  }
  friend constexpr bool operator==(PythonInteger const&, PythonInteger const&) noexcept = default;
};

/// A value taken out of Python (or out of JSON) and not yet believed: what a dictionary is before it is parsed.
///
/// A bool is not an integer, a float is not an integer, a list is not a tuple.
struct PythonValue {
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    real,
    string,  ///< text, as UTF-8 in `text`
    bytes,   ///< raw bytes in `text`
    tuple,   ///< `items`
    list,    ///< `items`
    dict,    ///< `keys` and `items`, in the order written
    object   ///< anything else; `text` says what
  };

  Kind kind = Kind::none;
  bool truth = false;
  PythonInteger integer;
  double real = 0;
  std::string text;
  std::vector<PythonValue> keys;
  std::vector<PythonValue> items;

  PythonValue() = default;

  static PythonValue of_bool(bool value) {
    PythonValue v(Kind::boolean);
    v.truth = value;
    return v;
  }
  static PythonValue of_i64(std::int64_t value) {
    auto const bits = static_cast<std::uint64_t>(value);
    return of_integer({value < 0, false, value < 0 ? 0 - bits : bits});
  }
  static PythonValue of_u64(std::uint64_t value) { return of_integer({false, false, value}); }
  static PythonValue of_integer(PythonInteger value) {
    PythonValue v(Kind::integer);
    v.integer = value;
    return v;
  }
  static PythonValue of_real(double value) {
    PythonValue v(Kind::real);
    v.real = value;
    return v;
  }
  static PythonValue of_string(std::string_view value) { return of_text(Kind::string, value); }
  static PythonValue of_bytes(std::string_view value) { return of_text(Kind::bytes, value); }
  static PythonValue of_object(std::string_view what) { return of_text(Kind::object, what); }
  static PythonValue of_tuple(std::vector<PythonValue> values) {
    return of_items(Kind::tuple, std::move(values));
  }
  static PythonValue of_list(std::vector<PythonValue> values) {
    return of_items(Kind::list, std::move(values));
  }
  static PythonValue of_dict() { return PythonValue(Kind::dict); }

  bool is(Kind which) const noexcept { return kind == which; }

  /// The value under a key of a dict, or null. The last one counts when a key is there twice, as in Python.
  PythonValue const* find(std::string_view key) const noexcept {
    for (std::size_t i = keys.size(); i-- > 0;) {
      if (keys[i].kind == Kind::string && keys[i].text == key) return &items[i];
    }
    return nullptr;
  }

  /// Adds a key to a dict.
  void add(std::string_view key, PythonValue value) {
    keys.push_back(of_string(key));
    items.push_back(std::move(value));
  }

  friend bool operator==(PythonValue const& a, PythonValue const& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
      case Kind::none:
        return true;
      case Kind::boolean:
        return a.truth == b.truth;
      case Kind::integer:
        return a.integer == b.integer;
      case Kind::real:
        return !(a.real < b.real) && !(b.real < a.real);
      case Kind::string:
      case Kind::bytes:
      case Kind::object:
        return a.text == b.text;
      case Kind::tuple:
      case Kind::list:
      case Kind::dict:
        return a.keys == b.keys && a.items == b.items;
    }
    return false;
  }

 private:
  explicit PythonValue(Kind which) : kind(which) {}

  static PythonValue of_text(Kind which, std::string_view value) {
    PythonValue v(which);
    v.text.assign(value.data(), value.size());
    return v;
  }
  static PythonValue of_items(Kind which, std::vector<PythonValue> values) {
    PythonValue v(which);
    v.items = std::move(values);
    return v;
  }
};

PANE_NAMESPACE_END
