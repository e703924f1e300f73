// SPDX-License-Identifier: MIT
#pragma once

// A shared library that a test uses where it is installed: nothing is linked, so that the test program starts without it.

#include <dlfcn.h>

#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace test {

class Library {
 public:
  /// The first of the names that can be loaded, from the folder in the environment's PANE_TEST_LIBRARIES too.
  Library(std::initializer_list<std::string> names) {
    char const* const folder = std::getenv("PANE_TEST_LIBRARIES");
    for (std::string const& name : names) {
      if (handle_ == nullptr && folder != nullptr)
        handle_ = dlopen((std::string(folder) + "/" + name).c_str(), RTLD_NOW | RTLD_GLOBAL);
      if (handle_ == nullptr) handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_GLOBAL);
    }
  }
  Library(Library const&) = delete;
  Library& operator=(Library const&) = delete;

  explicit operator bool() const { return handle_ != nullptr; }

  /// The function of that name: `library.function<decltype(nvjpegDecode)>("nvjpegDecode")`.
  template <class F>
  F* function(char const* name) const {
    void* const symbol = dlsym(handle_, name);
    if (symbol == nullptr) throw std::runtime_error(std::string(name) + " is not in the library");
    return reinterpret_cast<F*>(symbol);
  }

 private:
  void* handle_ = nullptr;  // never closed: CUDA libraries keep threads
};

}  // namespace test

#define PANE_TEST_FUNCTION(library, name) (library).function<decltype(name)>(#name)
