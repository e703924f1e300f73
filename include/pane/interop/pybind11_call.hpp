// SPDX-License-Identifier: MIT
#pragma once

// Kernels on the CPU over Python's arrays, and the question where an array lives. Needs pybind11 2.10 or later.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/pybind11_export.hpp>
#include <pane/interop/pybind11_import.hpp>
#include <pane/interop/pybind11_owner.hpp>
#include <pane/interop/pybind11_value.hpp>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN
namespace python {

/// Where the memory of an array is, as far as the object says.
struct Home {
  DlpackDevice device;

  bool on_gpu() const noexcept {
    return device.is(DlpackDeviceType::cuda) || device.is(DlpackDeviceType::cuda_managed);
  }
  /// The CUDA device; `any_device` for memory of the host and where nobody says.
  int index() const noexcept { return on_gpu() ? device.device_id : any_device; }
};

/// Asks an array where its memory is: an `Array`, `__dlpack_device__`, `__cuda_array_interface__` (the driver is asked
/// for the address), `__array_interface__`. Needs the GIL.
///
/// @throws pybind11::type_error  it offers none of them.
/// @throws ImportError           what it offers is wrong.
inline Home home_of(pybind11::handle object) {
  namespace py = pybind11;
  if (py::isinstance<Array>(object)) return {object.cast<Array const&>().device};
  if (auto const facts = detail::facts_of(object); facts.exchange) {
    DlpackTensor tensor;
    auto const borrow = facts.exchange->table().dltensor_from_py_object_no_sync;
    bool const lent = borrow != nullptr && borrow(object.ptr(), &tensor) == 0;
    if (!lent) PyErr_Clear();  // a tensor without memory: the question below has the sentence
    if (lent && !tensor.device.is(DlpackDeviceType::cpu)) return {tensor.device};
  }
  if (py::object const ask = detail::attribute(object, "__dlpack_device__")) {
    PythonValue const pair = read_value(ask());
    auto const fits = [&](std::size_t i) {
      return pair.items[i].is(PythonValue::Kind::integer) &&
             !pair.items[i].integer.beyond_64_bits && !pair.items[i].integer.negative &&
             pair.items[i].integer.magnitude < 1u << 31;
    };
    bool const known = pair.items.size() == 2 && fits(0) && fits(1);
    if (!known) {
      pane::detail::refuse(ArrayProtocol::dlpack, ImportReason::bad_device, "__dlpack_device__ of ",
                           detail::type_name(object), " answers ", pane::detail::shown(pair),
                           ": it must be a pair of integers");
    }
    DlpackDevice device;
    device.device_type = static_cast<std::int32_t>(pair.items[0].integer.magnitude);
    device.device_id = static_cast<std::int32_t>(pair.items[1].integer.magnitude);
    pane::detail::check_dlpack_device(device);
    return {device};
  }
  if (py::object const interface = detail::attribute(object, "__cuda_array_interface__")) {
    CaiOptions const rules{.accept = cai::every_producer};
    auto const fields = parse_cuda_array_interface(read_interface(interface), rules);
    MemoryInfo memory;
    if (fields.data != 0 && pane::detail::query_driver != nullptr)
      memory = pane::detail::query_driver(fields.data);
    return {{DlpackDeviceType::cuda, memory.device >= 0 ? memory.device : any_device}};
  }
  if (detail::attribute(object, "__array_interface__")) return {{DlpackDeviceType::cpu}};
  detail::refuse_object(object,
                        "none of __cuda_array_interface__, __dlpack__ and __array_interface__");
}

/// One call of kernels on the CPU over Python's arrays. As `StreamCall`, without a stream: the work is done when the
/// kernel returns, so the arrays live as long as this object.
class HostCall {
 public:
  explicit HostCall(Host where = {}, ImportOptions options = {})
      : where_(where), options_(options) {}
  HostCall(HostCall const&) = delete;
  HostCall& operator=(HostCall const&) = delete;

  AnyTensor read(pybind11::handle object) { return import(object, Access::read); }
  AnyTensor write(pybind11::handle object) { return import(object, Access::write); }
  void finish() noexcept {}

  Host where() const noexcept { return where_; }

 private:
  AnyTensor import(pybind11::handle object, Access access) {
    namespace py = pybind11;
    if (py::isinstance<Array>(object)) {
      auto const& array = object.cast<Array const&>();
      if (array.on_gpu()) {
        pane::detail::refuse(ArrayProtocol::array_interface, ImportReason::not_host_accessible,
                             array.tensor.text(), ": the memory is a GPU's");
      }
      if (access == Access::write && array.tensor.readonly) {
        pane::detail::refuse(ArrayProtocol::array_interface, ImportReason::read_only,
                             array.tensor.text(), ": the array is read-only");
      }
      owners_.push_back(array.owner);
      detail::settle(array);
      return array.tensor;
    }
    if (Home const home = home_of(object);
        home.on_gpu() && home.device.is(DlpackDeviceType::cuda)) {
      pane::detail::refuse(ArrayProtocol::dlpack, ImportReason::not_host_accessible,
                           detail::type_name(object),
                           " has memory of a GPU: the host cannot read it");
    }
    Offer offer = host_offer_of(object, access, options_);
    owners_.push_back(offer.owner);
    return import_offer(offer, access, host, options_);
  }

  Host where_;
  ImportOptions options_;
  std::vector<Owner> owners_;
};

}  // namespace python
PANE_NAMESPACE_END
