// SPDX-License-Identifier: MIT
#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#include <pane/interop/pybind11_value.hpp>
#endif

#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#include <pane/interop/python_text.hpp>

#include <cstdint>
#include <string>

using pane::PythonValue;
using test::python;

TEST_CASE("values come out as Python prints them") {
  for (char const* text : {"None", "True", "False", "0", "-1", "9223372036854775808",
                           "18446744073709551615", "-9223372036854775808", "1.5", "'a'",
                           "b'a\\x00'", "()", "(1,)", "(1, (2, [3]), 'x')", "[]"}) {
    CAPTURE(text);
    CHECK(to_python_text(pane::python::read_value(python(text))) == text);
    CHECK(python(text).equal(pane::python::to_object(pane::read_python_text(text))));
  }
}

TEST_CASE("numbers are ranges, not guesses") {
  auto const read = [](char const* text) { return pane::python::read_value(python(text)); };
  CHECK(read("2**64").integer.beyond_64_bits);
  CHECK_FALSE(read("2**64").integer.negative);
  CHECK(read("-(2**64)").integer.negative);
  CHECK(read("-(2**63) - 1") ==
        PythonValue::of_integer({true, false, (std::uint64_t{1} << 63) + 1}));
  CHECK(read("True").is(PythonValue::Kind::boolean));
  CHECK(read("2.0").is(PythonValue::Kind::real));
  CHECK(read("'\\ud800'").is(PythonValue::Kind::object));
  CHECK(pane::python::read_value(python("I()", "class I:\n  def __index__(self): return 7")) ==
        PythonValue::of_i64(7));
  CHECK(pane::python::read_value(python("I()", "class I:\n  def __index__(self): return 'x'"))
            .is(PythonValue::Kind::object));
}

TEST_CASE("nesting and length have limits") {
  auto const deep = pane::python::read_value(python("a", "a = []\na.append(a)"));
  CHECK(to_python_text(deep).find("list") != std::string::npos);
  CHECK(pane::python::read_value(python("(0,) * 4096")).items.size() == 4096);
  CHECK(pane::python::read_value(python("(0,) * 4097")).is(PythonValue::Kind::object));
}

TEST_CASE("a dictionary keeps the keys of the protocols") {
  auto const dict =
      pane::python::read_interface(python("{'shape': (1,), 7: 8, 'gpuIdx': 0, 'strides': None}"));
  CHECK(to_python_text(dict) == "{'shape': (1,), 'strides': None}");
  CHECK(pane::python::read_interface(python("(1, 2)")).is(PythonValue::Kind::tuple));
  CHECK_THROWS_AS(pane::python::to_object(PythonValue::of_object("<x>")), pane::InvalidArgument);
}

TEST_CASE("streams") {
  auto const handle = [](char const* text, char const* before = "") {
    return reinterpret_cast<std::uintptr_t>(pane::python::stream_of(python(text, before)).handle());
  };
  CHECK(handle("None") == 1);
  CHECK(handle("0") == 1);
  CHECK(handle("2") == 2);
  CHECK(handle("139637976727552") == 139637976727552);
  CHECK(handle("S()", "class S: cuda_stream = 5") == 5);
  CHECK(handle("S()", "class S:\n  cuda_stream = 5\n  def __cuda_stream__(self): return (0, 6)") ==
        6);
  CHECK(handle("S()", "class V: value = None\nclass S: handle = V()") == 1);
  CHECK_THROWS_AS(handle("-1"), pane::InvalidArgument);
  CHECK_THROWS_AS(handle("S()", "class S:\n  def __cuda_stream__(self): return (1, 6)"),
                  pane::InvalidArgument);
  CHECK_THROWS_AS(handle("True"), pybind11::type_error);
  CHECK_THROWS_AS(handle("'1'"), pybind11::type_error);
  CHECK_THROWS_AS(handle("S()", "class S:\n  @property\n  def ptr(self): raise KeyError"),
                  pybind11::error_already_set);
}

TEST_CASE("the package of a type, and of what it is derived from") {
  CHECK(pane::python::detail::is_from(
      python("D()", "from decimal import Decimal\nclass D(Decimal): pass"), "decimal"));
  CHECK_FALSE(pane::python::detail::is_from(
      python("D()", "from decimal import Decimal\nclass D(Decimal): pass"), "dec"));
  CHECK(pane::python::detail::type_name(python("()")) == "tuple");
}

#endif
