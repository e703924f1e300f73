// SPDX-License-Identifier: MIT
#pragma once

// Labelled cases, one JSON object a line: what the programs that hold them against the library share.

#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>

#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using pane::PythonValue;

/// The line is not of the corpus format.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline std::string shown(PythonValue const& v) {
  return pane::to_python_text(v);
}

inline PythonValue const& need(PythonValue const& dict, char const* key) {
  PythonValue const* const v = dict.find(key);
  if (v == nullptr) throw Unreadable(std::string("key ") + key + " is missing");
  return *v;
}
inline PythonValue const& need(PythonValue const& dict, char const* key, PythonValue::Kind kind) {
  PythonValue const& v = need(dict, key);
  if (v.kind != kind) throw Unreadable(std::string("key ") + key + " is " + shown(v));
  return v;
}

inline void only_keys(PythonValue const& dict,
                      std::vector<std::string_view> const& known,
                      char const* where) {
  for (PythonValue const& key : dict.keys) {
    bool found = false;
    for (std::string_view const k : known) found = found || key.text == k;
    if (!found) throw Unreadable(std::string(where) + " has the unknown key " + key.text);
  }
}

inline std::int64_t i64(PythonValue const& v) {
  if (!v.is(PythonValue::Kind::integer) || !v.integer.fits_i64())
    throw Unreadable("not a 64-bit integer: " + shown(v));
  return v.integer.i64();
}
inline std::uint64_t u64(PythonValue const& v) {
  if (!v.is(PythonValue::Kind::integer) || !v.integer.fits_u64())
    throw Unreadable("not an unsigned 64-bit integer: " + shown(v));
  return v.integer.magnitude;
}

inline PythonValue tuple_of(std::vector<std::int64_t> const& values) {
  std::vector<PythonValue> items;
  for (std::int64_t const v : values) items.push_back(PythonValue::of_i64(v));
  return PythonValue::of_tuple(std::move(items));
}

/// Counts lines and mismatches. A program's own corpus adds `void check_line(PythonValue const& line)`, which says what
/// is wrong.
class Corpus {
 public:
  virtual ~Corpus() = default;

  /// The main of such a program: checks every line of the files, prints "N lines, M mismatches"; 0 when all agree.
  int run(int argc, char** argv) {
    if (argc < 2) return fail("usage: FILE.jsonl...");
    for (int i = 1; i < argc; ++i) {
      std::ifstream file(argv[i]);
      if (!file) return fail(std::string("cannot open ") + argv[i]);
      std::string text;
      for (int number = 1; std::getline(file, text); ++number) {
        if (text.find_first_not_of(" \t\r") != std::string::npos) check(argv[i], number, text);
      }
      if (file.bad()) return fail(std::string("cannot read ") + argv[i]);
    }
    std::cout << lines_ << " lines, " << mismatches_ << " mismatches\n";
    if (lines_ == 0) std::cout << "no line was read\n";
    return lines_ > 0 && mismatches_ == 0 ? 0 : 1;
  }

 protected:
  virtual void check_line(PythonValue const& line) = 0;

  /// The id of the line, for its messages.
  void name_line(std::string const& id) { where_ += " " + id; }
  void say(std::string const& text) {
    ++mismatches_;
    std::cout << where_ << ": " << text << '\n';
  }

 private:
  static int fail(std::string const& text) {
    std::cerr << text << '\n';
    return 2;
  }

  void check(std::string const& file, int number, std::string const& text) {
    ++lines_;
    where_ = file + ":" + std::to_string(number);
    try {
      check_line(pane::read_json_text(text));
    } catch (std::exception const& error) {
      say(std::string("unreadable: ") + error.what());
    }
  }

  std::string where_;
  int lines_ = 0;
  int mismatches_ = 0;
};

}  // namespace test
