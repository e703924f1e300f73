// SPDX-License-Identifier: MIT
#pragma once

// Python: any object with __cuda_array_interface__, __dlpack__ or __array_interface__ in, one object with all three out.
// Needs pybind11 2.10 or later. For kernels on a stream include <pane/interop/pybind11_cuda.hpp> too.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/pybind11_call.hpp>
#include <pane/interop/pybind11_export.hpp>
#include <pane/interop/pybind11_import.hpp>
#include <pane/interop/pybind11_owner.hpp>
#include <pane/interop/pybind11_value.hpp>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <exception>

PANE_NAMESPACE_BEGIN
namespace python {

namespace detail {

inline PyObject* import_error_class = nullptr;

/// What Pane throws, as Python says it, with the whole message.
inline void translate(std::exception_ptr error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (ImportError const& e) {
    auto const instance = pybind11::handle(import_error_class)(e.what());
    instance.attr("code") = name(e.code());
    PyErr_SetObject(import_error_class, instance.ptr());
  } catch (InvalidArgument const& e) {
    PyErr_SetString(PyExc_ValueError, e.what());
  } catch (Unsupported const& e) {
    PyErr_SetString(PyExc_TypeError, e.what());
  } catch (CudaError const& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  }
}

}  // namespace detail

/// Adds the exception class `ArrayImportError`, a ValueError with the attribute `code` ("read_only"), and makes Python
/// exceptions of Pane's: ImportError -> ArrayImportError, InvalidArgument -> ValueError, Unsupported -> TypeError,
/// CudaError -> RuntimeError.
inline void bind_errors(pybind11::module_& module) {
  auto const full = module.attr("__name__").cast<std::string>() + ".ArrayImportError";
  detail::import_error_class = PyErr_NewExceptionWithDoc(
      full.c_str(), "An array was refused; `code` is the reason in one word.", PyExc_ValueError,
      nullptr);
  if (detail::import_error_class == nullptr) throw pybind11::error_already_set();
  module.attr("ArrayImportError") = pybind11::handle(detail::import_error_class);
  pybind11::register_exception_translator(&detail::translate);
}

}  // namespace python
PANE_NAMESPACE_END
