// SPDX-License-Identifier: MIT
// RUN: {data}/../programs/npy_exchange.py
// npy_exchange SCRIPT
//
// .npy files both ways with the NumPy that is installed: the script saves arrays, this program reads each (copied,
// and mapped where that is possible) and writes it again, the script loads them and compares arrays and bytes.
// The Python is python3, or the environment's PANE_PYTHON. Without NumPy the test is skipped: 77.

#include <pane/core/any_tensor.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_write.hpp>

#include <sys/wait.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

namespace fs = std::filesystem;

/// A new folder that goes with its files when this does.
struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "pane_npy_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path = pattern;
    fs::create_directory(path / "pane");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;

  fs::path path;
};

int python(std::string const& script, char const* mode, fs::path const& folder) {
  char const* const chosen = std::getenv("PANE_PYTHON");
  std::string const program = chosen != nullptr && *chosen != '\0' ? chosen : "python3";
  std::string const command =
      "'" + program + "' '" + script + "' " + mode + " '" + folder.string() + "'";
  std::cout.flush();
  int const status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int run(std::string const& script) {
  Folder const folder;
  int const made = python(script, "make", folder.path);
  if (made == 77 || made == 127) {
    std::cout << "skipped: needs numpy in python3 (or in PANE_PYTHON)\n";
    return 77;
  }
  if (made != 0) return 1;
  int written = 0;
  int mapped = 0;
  for (fs::directory_entry const& entry : fs::directory_iterator(folder.path)) {
    if (entry.path().extension() != ".npy") continue;
    std::string const from = entry.path().string();
    std::string const to = (folder.path / "pane" / entry.path().filename()).string();
    pane::Npy const array = pane::read_npy(from);
    write_npy(to, array.any_tensor());
    ++written;
    if (array.header().big_endian) continue;
    pane::Npy const file = pane::open_npy(from);
    if (npy_bytes(file.any_tensor()) != npy_bytes(array.any_tensor()))
      throw std::runtime_error(from + ": mapped and copied differ");
    ++mapped;
  }
  std::cout << written << " files read and written, " << mapped << " mapped\n";
  return written > 0 && mapped > 0 ? python(script, "check", folder.path) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: npy_exchange SCRIPT\n";
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (std::exception const& error) {
    std::cerr << "npy_exchange: " << error.what() << '\n';
    return 1;
  }
}
