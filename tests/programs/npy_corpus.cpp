// SPDX-License-Identifier: MIT
// RUN: {data}/npy_corpus.jsonl
// npy_corpus FILE.jsonl...
//
// Holds labelled .npy files against the readers: verdict and reason of each line, every field of the view, and
// whether the file can be used where it lies. make_npy_corpus.py says what a line has. Prints every mismatch and
// "N lines, M mismatches"; exits with 1 on a mismatch or a line that cannot be read.

#include <pane/interop/array_view.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <tests/support/corpus.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace test;  // need, i64, Unreadable, ...
using Kind = PythonValue::Kind;

/// The bytes that text of characters below 256 stands for.
std::string bytes_of(std::string const& text) {
  auto const characters = pane::detail::characters_of(text);
  std::string out;
  for (char32_t const c : characters.value_or(U"\u4e2d")) {
    if (c > 0xff) throw std::runtime_error("a byte is above 255");
    out += static_cast<char>(static_cast<unsigned char>(c));
  }
  return out;
}

/// In memory of exactly that size, at a multiple of 64.
struct File {
  explicit File(PythonValue const& pieces) {
    std::string text;
    for (PythonValue const& piece : pieces.items) {
      bool const repeated = piece.is(Kind::tuple);
      std::string const one = bytes_of(repeated ? piece.items.at(0).text : piece.text);
      for (std::int64_t n = repeated ? piece.items.at(1).integer.i64() : 1; n > 0; --n) text += one;
    }
    size = text.size();
    bytes = static_cast<std::byte*>(::operator new (size, std::align_val_t{64}));
    std::memcpy(bytes, text.data(), size);
  }
  ~File() { ::operator delete (bytes, std::align_val_t{64}); }
  File(File const&) = delete;
  File& operator=(File const&) = delete;

  std::span<std::byte const> span() const { return {bytes, size}; }

  std::byte* bytes = nullptr;
  std::size_t size = 0;
};

struct Verdict {
  std::optional<pane::ImportReason> reason;  ///< none is accepted
  std::string message;
  PythonValue view = PythonValue::of_dict();
};

Verdict judge(File const& file) {
  Verdict out;
  try {
    pane::Npy const array = pane::read_npy(file.span());
    pane::ArrayView const& v = array.view();
    out.view.add("shape", tuple_of(v.shape));
    out.view.add("strides", tuple_of(v.stride_bytes));
    out.view.add("itemsize", PythonValue::of_i64(v.type.itemsize));
    out.view.add("kind", PythonValue::of_string(std::string(1, v.type.kind)));
    out.view.add("big_endian", PythonValue::of_bool(array.header().big_endian));
    out.view.add("offset", PythonValue::of_i64(array.header().data_offset));
    if (!v.type.unit.empty()) out.view.add("unit", PythonValue::of_string(v.type.unit));
  } catch (pane::ImportError const& error) {
    out.reason = error.code();
    out.message = error.what();
    return out;
  }
  try {
    pane::view_npy(file.span());
    out.view.add("mapped", PythonValue::of_bool(true));
  } catch (pane::ImportError const&) {
    out.view.add("mapped", PythonValue::of_bool(false));
  }
  return out;
}

class Lines : public test::Corpus {
 private:
  void check_line(PythonValue const& line) override {
    name_line(need(line, "id").text);
    Verdict const verdict = judge(File(need(line, "file")));
    std::string const& expect = need(line, "expect").text;
    if (expect == "reject") {
      auto const code = pane::find_import_reason(need(line, "reason").text);
      if (!code) throw std::runtime_error("the reason is unknown");
      if (!verdict.reason) {
        say(std::string("accepted, expected ") + name(*code));
      } else if (verdict.reason != code) {
        say(std::string("refused, expected ") + name(*code) + ": " + verdict.message);
      }
      return;
    }
    if (expect != "accept") throw std::runtime_error("expect is " + expect);
    if (verdict.reason) return say("refused, expected a view: " + verdict.message);
    PythonValue const& view = need(line, "view");
    for (std::size_t i = 0; i < view.keys.size(); ++i) {
      std::string const& key = view.keys[i].text;
      PythonValue const* const value = verdict.view.find(key);
      if (value == nullptr || !(*value == view.items[i])) {
        say("view." + key + " is " + (value != nullptr ? to_python_text(*value) : "absent") +
            ", expected " + to_python_text(view.items[i]));
      }
    }
    if (view.keys.size() != verdict.view.keys.size()) say("the view has other keys");
  }
};

}  // namespace

int main(int argc, char** argv) {
  return Lines().run(argc, argv);
}
