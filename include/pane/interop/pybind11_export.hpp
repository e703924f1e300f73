// SPDX-License-Identifier: MIT
#pragma once

// Tensors out to Python: one object that offers all three protocols. Needs pybind11 2.10 or later.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/consumer.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/dlpack_export.hpp>
#include <pane/interop/dlpack_owner.hpp>
#include <pane/interop/dlpack_parse.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/pybind11_owner.hpp>
#include <pane/interop/pybind11_value.hpp>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>  // std::move

PANE_NAMESPACE_BEGIN
namespace python {

/// A tensor as a Python object: `__cuda_array_interface__` for GPU memory, `__array_interface__` for host memory,
/// `__dlpack__` and `__dlpack_device__` for both. `bind_array` makes the Python class.
///
/// Memory    `owner` keeps it alive, for this object and for every DLPack consumer
/// Stream    `stream` is the one that all pending work on the tensor was enqueued on
struct Array {
  AnyTensor tensor;
  Owner owner;
  /// cpu, cuda, cuda_host or cuda_managed: where the memory is, also when there are no elements.
  DlpackDevice device;
  std::optional<Stream> stream{};  ///< none: nothing is pending
  Owner stream_owner{};            ///< keeps the stream alive
  Consumer consumer{};             ///< whom the exports are made for

  bool on_gpu() const noexcept {
    return device.is(DlpackDeviceType::cuda) || device.is(DlpackDeviceType::cuda_managed);
  }
  /// The CUDA device, for memory of one.
  int index() const noexcept { return on_gpu() ? device.device_id : AnyTensor::host_device; }
};

namespace detail {

/// What an export needs of the CUDA runtime; there once <pane/interop/pybind11_cuda.hpp> is compiled in.
struct StreamCalls {
  void (*synchronise)(Stream stream, int device);
  /// Makes `after` wait for `before`, both of this device where they are default streams.
  void (*order)(Stream before, Stream after, int device);
};
inline StreamCalls const* stream_calls = nullptr;

inline StreamCalls const& require_stream_calls() {
  if (stream_calls == nullptr)
    throw InvalidArgument("pane: this program was built without <pane/interop/pybind11_cuda.hpp>");
  return *stream_calls;
}

/// Blocks until nothing is pending, without the GIL.
inline void settle(Array const& a) {
  if (!a.stream) return;
  StreamCalls const& calls = require_stream_calls();
  pybind11::gil_scoped_release const unlocked;
  calls.synchronise(*a.stream, a.index());
}

[[noreturn]] inline void no_attribute(std::string const& text) {
  PyErr_SetString(PyExc_AttributeError, text.c_str());
  throw pybind11::error_already_set();
}

[[noreturn]] inline void buffer_error(std::string const& text) {
  PyErr_SetString(PyExc_BufferError, text.c_str());
  throw pybind11::error_already_set();
}

inline ExportOptions export_options(Consumer const& c) {
  return {.negative_strides = c.negative_strides};
}

/// `__cuda_array_interface__`. Whether work is pending is settled by a wait or told by the key `stream`.
inline pybind11::object cuda_array_interface(Array const& a) {
  if (!a.on_gpu() && !a.device.is(DlpackDeviceType::cuda_host))
    no_attribute("pane.Array: the memory is the host's: see __array_interface__");
  pane::check_consumer(a.consumer, a.tensor);
  bool const name_stream = a.stream && a.consumer.pending == Pending::name_stream;
  if (a.consumer.pending == Pending::wait) settle(a);
  CudaArrayInterface cai =
      name_stream ? to_cuda_array_interface(a.tensor, *a.stream, export_options(a.consumer))
                  : to_cuda_array_interface(a.tensor, nothing_pending, export_options(a.consumer));
  return to_object(to_python_value(cai));
}

/// `__array_interface__`. NumPy walks backwards without harm.
inline pybind11::object array_interface(Array const& a) {
  if (a.on_gpu()) no_attribute("pane.Array: the memory is a GPU's: see __cuda_array_interface__");
  settle(a);
  CudaArrayInterface cai =
      to_cuda_array_interface(a.tensor, host, {.negative_strides = NegativeStrides::allow});
  static char nothing =
      0;  // NumPy before 2.4 takes no null pointer, also when there are no elements
  if (cai.data == 0)
    cai.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&nothing));
  return to_object(to_python_value(cai));
}

inline void delete_capsule(PyObject* capsule, DlpackKind kind) noexcept {
  if (PyCapsule_IsValid(capsule, dlpack_capsule_name(kind)) == 0) return;  // a consumer took it
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  { DlpackOwner const owner(PyCapsule_GetPointer(capsule, dlpack_capsule_name(kind)), kind); }
  PyErr_Restore(type, value, trace);
}

template <class M>
pybind11::object dlpack_capsule(AnyTensor const& t,
                                Owner const& owner,
                                DlpackExportOptions const& options) {
  constexpr DlpackKind kind = dlpack_kind_of<M>;
  M* const managed = to_dlpack<M>(t, owner, options);
  DlpackOwner guard(managed);
  auto capsule = pybind11::reinterpret_steal<pybind11::object>(PyCapsule_New(
      managed, dlpack_capsule_name(kind), [](PyObject* self) { delete_capsule(self, kind); }));
  if (!capsule) throw pybind11::error_already_set();
  (void)guard.release();
  return capsule;
}

/// Makes the consumer's stream wait for what is pending, as `__dlpack__(stream=...)` asks.
inline void hand_to_consumer(Array const& a, pybind11::handle stream) {
  PythonValue const value = read_value(stream);
  bool const minus_one = value == PythonValue::of_i64(-1);
  if (!a.on_gpu()) {
    if (!value.is(PythonValue::Kind::none) && !minus_one) {
      throw InvalidArgument(concat("pane.Array.__dlpack__: stream is ", pane::detail::shown(value),
                                   ": for memory of the host it is None"));
    }
    settle(a);
    return;
  }
  if (value == PythonValue::of_i64(0)) {
    throw InvalidArgument(
        "pane.Array.__dlpack__: stream is 0, which could mean None, 1 or 2 and is forbidden");
  }
  Stream const consumer = minus_one ? Stream{} : stream_of(stream);
  if (minus_one || !a.stream || a.consumer.pending == Pending::ignore) return;
  require_stream_calls().order(*a.stream, consumer, a.index());
}

/// `__dlpack__`. Checks come first, then the order of the streams, then the capsule.
inline pybind11::object dlpack(Array const& a,
                               pybind11::handle stream,
                               pybind11::handle max_version,
                               pybind11::handle dl_device,
                               pybind11::handle copy) {
  pane::check_consumer(a.consumer, a.tensor);
  if (copy.ptr() == Py_True)
    buffer_error("pane.Array.__dlpack__: copy is True: an Array never copies");
  if (!dl_device.is_none()) {
    PythonValue const wanted = read_value(dl_device);
    bool const same = wanted.items.size() == 2 &&
                      wanted.items[0] == PythonValue::of_i64(a.device.device_type) &&
                      wanted.items[1] == PythonValue::of_i64(a.device.device_id);
    if (!same) {
      buffer_error(concat("pane.Array.__dlpack__: dl_device is ", pane::detail::shown(wanted),
                          ": the memory is on ", describe(a.device), " and an Array never copies"));
    }
  }
  bool versioned = false;
  if (!max_version.is_none()) {
    PythonValue const most = read_value(max_version);
    bool const pair = most.is(PythonValue::Kind::tuple) && most.items.size() == 2 &&
                      most.items[0].is(PythonValue::Kind::integer) &&
                      most.items[0].integer.fits_u64();
    if (!pair) {
      throw InvalidArgument(concat("pane.Array.__dlpack__: max_version is ",
                                   pane::detail::shown(most), ": it is a pair (major, minor)"));
    }
    versioned = most.items[0].integer.magnitude >= 1;
  }
  DlpackExportOptions const options{.negative_strides = a.consumer.negative_strides,
                                    .read_only_mark = a.consumer.read_only_mark,
                                    .device = a.device};
  if (!versioned && a.tensor.readonly && options.read_only_mark == ReadOnlyMark::keep) {
    buffer_error(
        "pane.Array.__dlpack__: the array is read-only, which a struct of before DLPack 1.0 cannot "
        "say: ask with max_version=(1, 0) or later");
  }
  hand_to_consumer(a, stream);
  return versioned ? dlpack_capsule<DlpackManagedTensorVersioned>(a.tensor, a.owner, options)
                   : dlpack_capsule<DlpackManagedTensor>(a.tensor, a.owner, options);
}

inline pybind11::tuple integers(std::int64_t const* values, int count) {
  pybind11::tuple out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = pybind11::int_(values[i]);
  return out;
}

inline std::string array_text(Array const& a) {
  std::string out =
      concat("pane.Array(shape=", pane::detail::list_text(a.tensor.shape, a.tensor.rank),
             ", dtype=", name(a.tensor.dtype),
             ", strides=", pane::detail::list_text(a.tensor.stride_bytes, a.tensor.rank),
             ", device=", describe(a.device));
  if (a.tensor.axes[0] != '\0') out += concat(", layout=", a.tensor.axes);
  if (a.tensor.readonly) out += ", read-only";
  if (a.stream) out += concat(", stream=", static_cast<void const*>(a.stream->handle()));
  if (a.consumer.name[0] != '\0') out += concat(", for ", a.consumer.name);
  return out + ")";
}

}  // namespace detail

/// Adds the class `Array` to a module.
///
///   shape, strides (bytes), dtype (a str), ndim, nbytes, readonly, layout, device (a str), stream (an int or None)
///   __cuda_array_interface__, __array_interface__, __dlpack__, __dlpack_device__
///   export(for_)   the same memory with exports made for one consumer, see `consumer_named`
///   synchronise()  blocks until nothing is pending
inline pybind11::class_<Array> bind_array(pybind11::module_& module) {
  namespace py = pybind11;
  using namespace py::literals;
  return py::class_<Array>(
             module, "Array",
             "A view of memory that somebody else owns. Offers the CUDA Array Interface, the array "
             "interface and DLPack.")
      .def_property_readonly(
          "shape", [](Array const& a) { return detail::integers(a.tensor.shape, a.tensor.rank); })
      .def_property_readonly(
          "strides",
          [](Array const& a) { return detail::integers(a.tensor.stride_bytes, a.tensor.rank); })
      .def_property_readonly("ndim", [](Array const& a) { return a.tensor.rank; })
      .def_property_readonly("dtype",
                             [](Array const& a) { return std::string(name(a.tensor.dtype)); })
      .def_property_readonly("layout", [](Array const& a) { return std::string(a.tensor.axes); })
      .def_property_readonly("readonly", [](Array const& a) { return a.tensor.readonly; })
      .def_property_readonly("device", [](Array const& a) { return describe(a.device); })
      .def_property_readonly(
          "pointer", [](Array const& a) { return reinterpret_cast<std::uintptr_t>(a.tensor.data); })
      .def_property_readonly("stream",
                             [](Array const& a) -> py::object {
                               if (!a.stream) return py::none();
                               auto const handle =
                                   reinterpret_cast<std::uintptr_t>(a.stream->handle());
                               return py::int_(handle == 0 ? 1 : handle);
                             })
      .def_property_readonly("__cuda_array_interface__", &detail::cuda_array_interface)
      .def_property_readonly("__array_interface__", &detail::array_interface)
      .def("__dlpack_device__",
           [](Array const& a) { return py::make_tuple(a.device.device_type, a.device.device_id); })
      .def("__dlpack__", &detail::dlpack, py::kw_only(), "stream"_a = py::none(),
           "max_version"_a = py::none(), "dl_device"_a = py::none(), "copy"_a = py::none())
      .def(
          "export",
          [](Array const& a, std::string const& name) {
            Array out = a;
            out.consumer = consumer_named(name);
            check_consumer(out.consumer, out.tensor);
            return out;
          },
          "for_"_a)
      .def("synchronise", &detail::settle)
      .def("__repr__", &detail::array_text);
}

}  // namespace python
PANE_NAMESPACE_END
