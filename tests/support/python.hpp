// SPDX-License-Identifier: MIT
#pragma once

// A Python interpreter inside a test program. tests/python/CMakeLists.txt gives the programs interop.pybind11* its headers
// and its library where they are installed.

#include <tests/support/catch.hpp>

#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#define PANE_TEST_PYTHON 1

#include <Python.h>
#include <pybind11/embed.h>

namespace test {

/// Starts the interpreter, once. It runs until the program ends.
inline void start_python() {
  static pybind11::scoped_interpreter const interpreter;
}

/// The value of an expression, after some statements.
inline pybind11::object python(char const* expression, char const* statements = "") {
  start_python();
  pybind11::dict scope;
  scope["__builtins__"] = pybind11::module_::import("builtins");
  pybind11::exec(statements, scope);
  return pybind11::eval(expression, scope);
}

}  // namespace test

#else
#define PANE_TEST_PYTHON 0
TEST_CASE("Python") {
  PANE_SKIP("needs Python's headers and library, pybind11, and a build without sanitizers");
}
#endif
