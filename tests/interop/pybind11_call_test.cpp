// SPDX-License-Identifier: MIT
#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#include <pane/interop/pybind11_call.hpp>
#endif

#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#include <cstdint>
#include <string>

namespace py = pybind11;
using pane::python::home_of;
using pane::python::HostCall;

namespace {

float memory[6];

py::object host_array() {
  py::object out = test::python("A()", "class A: pass");
  out.attr("__array_interface__") =
      py::eval("{'shape': (6,), 'typestr': '<f4', 'version': 3, 'data': (" +
               std::to_string(reinterpret_cast<std::uintptr_t>(memory)) + ", False)}");
  return out;
}

py::object dlpack_device(char const* answer) {
  auto const text = std::string("class A:\n  def __dlpack_device__(self): return ") + answer;
  return test::python("A()", text.c_str());
}

}  // namespace

TEST_CASE("where an array lives") {
  CHECK_FALSE(home_of(host_array()).on_gpu());
  CHECK(home_of(dlpack_device("(2, 3)")).index() == 3);
  CHECK(home_of(dlpack_device("(13, 0)")).on_gpu());
  CHECK_FALSE(home_of(dlpack_device("(3, 0)")).on_gpu());
  CHECK_FALSE(home_of(dlpack_device("(1, 0)")).on_gpu());
  for (char const* wrong :
       {"(2, -1)", "(2,)", "None", "(True, 0)", "(2, 2**40)", "(10, 0)", "'ab'"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(home_of(dlpack_device(wrong)), pane::ImportError);
  }
  CHECK_THROWS_AS(home_of(test::python("5")), py::type_error);
}

TEST_CASE("a call of the host holds its arrays") {
  py::object const array = host_array();
  auto const before = Py_REFCNT(array.ptr());
  {
    HostCall call;
    CHECK(call.read(array).data == memory);
    CHECK_FALSE(call.write(array).readonly);
    CHECK(Py_REFCNT(array.ptr()) == before + 2);
    CHECK_THROWS_AS(call.read(dlpack_device("(2, 0)")), pane::ImportError);
  }
  CHECK(Py_REFCNT(array.ptr()) == before);
}

#endif
