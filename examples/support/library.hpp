// SPDX-License-Identifier: MIT
#pragma once

// A shared library that an example uses where it is installed: nothing is linked, so that the program starts without it.

#include <dlfcn.h>

#include <initializer_list>
#include <stdexcept>
#include <string>

namespace example {

class Library {
 public:
  /// The first of the names that can be loaded.
  explicit Library(std::initializer_list<std::string> names) {
    for (std::string const& name : names) {
      if (handle_ == nullptr) handle_ = dlopen(name.c_str(), RTLD_NOW);
    }
    if (handle_ == nullptr) problem_ = dlerror();
  }
  Library(Library const&) = delete;
  Library& operator=(Library const&) = delete;

  explicit operator bool() const { return handle_ != nullptr; }
  /// Why there is none.
  std::string const& problem() const { return problem_; }

  /// A function by its name and type.
  template <class F>
  F* function(char const* name) const {
    void* const symbol = dlsym(handle_, name);
    if (symbol == nullptr) throw std::runtime_error(std::string(name) + ": not in the library");
    return reinterpret_cast<F*>(symbol);
  }

 private:
  void* handle_ = nullptr;  // never closed: CUDA's libraries keep threads
  std::string problem_;
};

}  // namespace example
