// SPDX-License-Identifier: MIT
#pragma once

// The files under tests/data/npy, which numpy.save made, and what files.json says about them.

#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <tests/support/machine_choice.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using Bytes = std::vector<std::byte>;

/// Bytes of a text.
inline Bytes bytes_of(std::string_view text) {
  Bytes out(text.size());
  if (!text.empty()) std::memcpy(out.data(), text.data(), text.size());
  return out;
}

inline Bytes read_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  return bytes_of(std::string(std::istreambuf_iterator<char>(file), {}));
}

inline void write_file(std::string const& path, std::span<std::byte const> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<char const*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

/// A file in the folder for temporary files that goes when this does.
class TemporaryFile {
 public:
  TemporaryFile() {
    int const number = ::mkstemp(path_);
    if (number < 0) throw std::runtime_error("cannot make a temporary file");
    ::close(number);
  }
  ~TemporaryFile() { ::unlink(path_); }
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;

  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/pane_npy_XXXXXX";
};

/// One file that NumPy wrote.
struct NpyCase {
  std::string path;
  std::string name;
  Bytes bytes;
  std::vector<std::int64_t> shape;
  std::int64_t itemsize = 0;
  char kind = '?';
  bool big_endian = false;
  bool fortran = false;
};

/// All of them, never none.
inline std::vector<NpyCase> npy_cases() {
  std::string const folder = std::string(data_dir()) + "/npy/";
  Bytes const text = read_file(folder + "files.json");
  pane::PythonValue const about =
      pane::read_json_text({reinterpret_cast<char const*>(text.data()), text.size()});
  std::vector<NpyCase> out;
  for (pane::PythonValue const& file : about.find("files")->items) {
    NpyCase one;
    one.name = file.find("file")->text;
    one.path = folder + one.name;
    one.bytes = read_file(one.path);
    for (pane::PythonValue const& n : file.find("shape")->items)
      one.shape.push_back(n.integer.i64());
    one.itemsize = file.find("itemsize")->integer.i64();
    one.kind = file.find("kind")->text.at(0);
    one.big_endian = file.find("big_endian")->truth;
    one.fortran = file.find("fortran")->truth;
    if (file.find("bytes")->integer.i64() != static_cast<std::int64_t>(one.bytes.size()))
      throw std::runtime_error(one.path + " does not belong to files.json");
    out.push_back(one);
  }
  if (out.empty()) throw std::runtime_error("files.json lists no files");
  return out;
}

inline NpyCase npy_case(std::string const& name) {
  for (NpyCase const& one : npy_cases()) {
    if (one.name == name + ".npy") return one;
  }
  throw std::runtime_error("no file " + name);
}

}  // namespace test
