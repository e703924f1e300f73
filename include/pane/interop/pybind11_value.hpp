// SPDX-License-Identifier: MIT
#pragma once

// Values out of Python and back, without believing them. Needs pybind11 2.10 or later; every function needs the GIL.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/python_value.hpp>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN
namespace python {

namespace detail {

using pane::detail::concat;

/// Deeper nesting, and sequences longer than this, become opaque objects: no array needs them.
inline constexpr int max_value_depth = 16;
inline constexpr Py_ssize_t max_value_items = 4096;

/// "torch.Tensor"
inline std::string type_name(pybind11::handle object) {
  auto const* const type = Py_TYPE(object.ptr());
  auto const module = pybind11::reinterpret_steal<pybind11::object>(PyObject_GetAttrString(
      reinterpret_cast<PyObject*>(const_cast<PyTypeObject*>(type)), "__module__"));
  if (!module) PyErr_Clear();
  std::string_view const name = type->tp_name;
  bool const qualified = name.find('.') != std::string_view::npos;
  if (qualified || !module || !PyUnicode_Check(module.ptr())) return std::string(name);
  auto const home = module.cast<std::string>();
  return home == "builtins" ? std::string(name) : concat(home, ".", std::string(name));
}

/// The attribute, or nothing when there is none. Other errors than AttributeError go on to the caller.
inline pybind11::object attribute(pybind11::handle object, char const* name) {
  PyObject* const value = PyObject_GetAttrString(object.ptr(), name);
  if (value != nullptr) return pybind11::reinterpret_steal<pybind11::object>(value);
  if (!PyErr_ExceptionMatches(PyExc_AttributeError)) throw pybind11::error_already_set();
  PyErr_Clear();
  return {};
}

/// Whether the type, or one that it is derived from, was defined in the package `root` ("torch") or below it.
inline bool is_from(pybind11::handle object, std::string_view root) {
  PyObject* const order = Py_TYPE(object.ptr())->tp_mro;
  Py_ssize_t const count = order == nullptr ? 0 : PyTuple_GET_SIZE(order);
  for (Py_ssize_t i = 0; i < count; ++i) {
    auto const module = attribute(PyTuple_GET_ITEM(order, i), "__module__");
    if (!module || PyUnicode_Check(module.ptr()) == 0) continue;
    auto const text = module.cast<std::string>();
    bool const below = text.size() > root.size() && text.compare(0, root.size(), root) == 0 &&
                       text[root.size()] == '.';
    if (text == root || below) return true;
  }
  return false;
}

inline PythonInteger read_integer(pybind11::handle value) {
  int overflow = 0;
  long long const small = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow == 0) {
    if (small == -1 && PyErr_Occurred() != nullptr) throw pybind11::error_already_set();
    auto const bits = static_cast<std::uint64_t>(small);
    return {small < 0, false, small < 0 ? 0 - bits : bits};
  }
  auto const positive = pybind11::reinterpret_steal<pybind11::object>(
      overflow < 0 ? PyNumber_Negative(value.ptr()) : PyNumber_Positive(value.ptr()));
  if (!positive) throw pybind11::error_already_set();
  unsigned long long const magnitude = PyLong_AsUnsignedLongLong(positive.ptr());
  if (PyErr_Occurred() == nullptr) return {overflow < 0, false, magnitude};
  PyErr_Clear();
  return {overflow < 0, true, 0};
}

inline PythonValue read_nested(pybind11::handle value, int depth) {
  PyObject* const v = value.ptr();
  auto const other = [&] { return PythonValue::of_object("<" + type_name(value) + ">"); };
  if (v == Py_None) return {};
  if (PyBool_Check(v)) return PythonValue::of_bool(v == Py_True);
  if (PyLong_Check(v)) return PythonValue::of_integer(read_integer(value));
  if (PyFloat_Check(v)) return PythonValue::of_real(PyFloat_AS_DOUBLE(v));
  if (PyUnicode_Check(v)) {
    Py_ssize_t length = 0;
    char const* const text = PyUnicode_AsUTF8AndSize(v, &length);
    if (text != nullptr) return PythonValue::of_string({text, static_cast<std::size_t>(length)});
    PyErr_Clear();  // a lone surrogate
    return other();
  }
  if (PyBytes_Check(v)) {
    return PythonValue::of_bytes(
        {PyBytes_AS_STRING(v), static_cast<std::size_t>(PyBytes_GET_SIZE(v))});
  }
  if (PyTuple_Check(v) || PyList_Check(v)) {
    auto const fast = pybind11::reinterpret_steal<pybind11::object>(PySequence_Tuple(v));
    if (!fast) throw pybind11::error_already_set();
    Py_ssize_t const count = PyTuple_GET_SIZE(fast.ptr());
    if (depth >= max_value_depth || count > max_value_items) return other();
    std::vector<PythonValue> items;
    items.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i)
      items.push_back(read_nested(PyTuple_GET_ITEM(fast.ptr(), i), depth + 1));
    return PyTuple_Check(v) ? PythonValue::of_tuple(std::move(items))
                            : PythonValue::of_list(std::move(items));
  }
  if (PyIndex_Check(v) != 0) {  // numpy.int64 is an integer; no float has __index__
    auto const index = pybind11::reinterpret_steal<pybind11::object>(PyNumber_Index(v));
    if (index && PyLong_CheckExact(index.ptr()))
      return PythonValue::of_integer(read_integer(index));
    PyErr_Clear();
  }
  return other();
}

}  // namespace detail

/// A Python object as a value: None, bool, int, float, str, bytes, tuples and lists of them; numbers of other types
/// with `__index__` are integers. Everything else, and what nests more than 16 deep, becomes an object by its name.
inline PythonValue read_value(pybind11::handle value) {
  return detail::read_nested(value, 0);
}

/// The keys of a dictionary that an array protocol knows. Other keys are not looked at. A value that is no dict
/// stays what it is, for the parser to refuse.
inline PythonValue read_interface(pybind11::handle interface) {
  if (PyDict_Check(interface.ptr()) == 0) return read_value(interface);
  PythonValue dict = PythonValue::of_dict();
  for (char const* key :
       {"shape", "typestr", "data", "version", "strides", "stream", "descr", "mask"}) {
    auto const name = pybind11::reinterpret_steal<pybind11::object>(PyUnicode_FromString(key));
    PyObject* const value = PyDict_GetItemWithError(interface.ptr(), name.ptr());
    if (value == nullptr && PyErr_Occurred() != nullptr) throw pybind11::error_already_set();
    if (value != nullptr) dict.add(key, read_value(value));
  }
  return dict;
}

/// The Python object that a value stands for.
///
/// @throws InvalidArgument  it is an object or an integer beyond 64 bits, of which only the text is known.
inline pybind11::object to_object(PythonValue const& value) {
  using Kind = PythonValue::Kind;
  namespace py = pybind11;
  auto const items = [&](auto sequence) {
    for (std::size_t i = 0; i < value.items.size(); ++i) sequence[i] = to_object(value.items[i]);
    return py::object(std::move(sequence));
  };
  switch (value.kind) {
    case Kind::none:
      return py::none();
    case Kind::boolean:
      return py::bool_(value.truth);
    case Kind::integer:
      if (value.integer.beyond_64_bits) break;
      if (!value.integer.negative) return py::int_(value.integer.magnitude);
      if (value.integer.fits_i64()) return py::int_(value.integer.i64());
      break;
    case Kind::real:
      return py::float_(value.real);
    case Kind::string:
      return py::str(value.text.data(), value.text.size());
    case Kind::bytes:
      return py::bytes(value.text.data(), value.text.size());
    case Kind::tuple:
      return items(py::tuple(value.items.size()));
    case Kind::list:
      return items(py::list(value.items.size()));
    case Kind::dict: {
      py::dict out;
      for (std::size_t i = 0; i < value.items.size(); ++i)
        out[to_object(value.keys[i])] = to_object(value.items[i]);
      return out;
    }
    case Kind::object:
      break;
  }
  throw InvalidArgument("pane::python::to_object: there is no Python object for this value");
}

namespace detail {

inline Stream stream_from(PythonInteger number, pybind11::handle object) {
  if (!number.fits_u64()) {
    throw InvalidArgument(
        concat("pane: stream is ", std::string(pybind11::str(object)),
               ": a stream is None, 0 or 1 for the legacy default stream, 2 for the per-thread "
               "default stream, or a handle; -1, DLPack's word for no stream, is none of them"));
  }
  std::uint64_t const handle = number.magnitude == 0 ? 1 : number.magnitude;
  return Stream(reinterpret_cast<CUstream_st*>(static_cast<std::uintptr_t>(handle)));
}

}  // namespace detail

/// The stream that a Python object stands for. None, 0 and 1 are the legacy default stream, 2 is the per-thread
/// default stream, another int is a handle; else what the object says by `__cuda_stream__` (version 0), `cuda_stream`
/// (PyTorch), `ptr` (CuPy) or `handle` (Numba, PyCUDA).
///
/// A handle cannot be checked, and the object that it came from owns the stream: keep it until the work is done.
///
/// @throws InvalidArgument  the number is negative or beyond 64 bits, or the protocol has another version.
/// @throws pybind11::type_error  the object is no stream; bool and float are none.
inline Stream stream_of(pybind11::handle object) {
  namespace py = pybind11;
  if (!object || object.is_none()) return detail::stream_from({false, false, 1}, object);
  PythonValue const value = read_value(object);
  if (value.is(PythonValue::Kind::integer)) return detail::stream_from(value.integer, object);
  bool const may_be_stream = value.is(PythonValue::Kind::object);
  if (py::object protocol =
          may_be_stream ? detail::attribute(object, "__cuda_stream__") : py::object()) {
    PythonValue const pair =
        read_value(PyCallable_Check(protocol.ptr()) != 0 ? protocol() : protocol);
    bool const is_pair = pair.items.size() == 2 && pair.items[0].is(PythonValue::Kind::integer) &&
                         pair.items[1].is(PythonValue::Kind::integer);
    if (!is_pair || pair.items[0].integer != PythonInteger{}) {
      throw InvalidArgument(detail::concat("pane: __cuda_stream__ of ", detail::type_name(object),
                                           ": it must answer a pair (0, handle)"));
    }
    return detail::stream_from(pair.items[1].integer, object);
  }
  for (char const* name : {"cuda_stream", "ptr", "handle"}) {
    py::object held = may_be_stream ? detail::attribute(object, name) : py::object();
    if (!held) continue;
    if (py::object inner = detail::attribute(held, "value"))  // a ctypes pointer, None if null
      held = inner.is_none() ? py::object(py::int_(0)) : std::move(inner);
    PythonValue const number = read_value(held);
    if (number.is(PythonValue::Kind::integer)) return detail::stream_from(number.integer, object);
  }
  throw py::type_error(
      detail::concat("pane: ", detail::type_name(object),
                     " is no stream: pass None, an int, or an object with __cuda_stream__, "
                     "cuda_stream, ptr or handle"));
}

}  // namespace python
PANE_NAMESPACE_END
