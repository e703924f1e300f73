// SPDX-License-Identifier: MIT
#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#include <pane/interop/pybind11_export.hpp>
#endif

#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#include <pane/interop/pybind11.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace py = pybind11;
using pane::AnyTensor;
using pane::python::Array;

namespace {

std::uint8_t memory[64];

PYBIND11_EMBEDDED_MODULE(pane_export_test, module) {
  pane::python::bind_errors(module);
  pane::python::bind_array(module);
}

Array array(std::shared_ptr<int> owner = {}) {
  Array out;
  out.tensor = pane::Tensor<std::uint8_t, pane::HWC<3>>{memory, {2, 4, 3}};
  out.device = {pane::DlpackDeviceType::cpu};
  out.owner = std::move(owner);
  return out;
}

py::object as_python(Array a) {
  test::start_python();
  py::module_::import("pane_export_test");
  return py::cast(std::move(a));
}

bool raises(py::object const& object, char const* expression, PyObject* error) {
  py::dict scope;
  scope["a"] = object;
  try {
    py::eval(expression, scope);
  } catch (py::error_already_set const& e) {
    return e.matches(error);
  }
  return false;
}

std::string text(py::object const& object, char const* expression) {
  py::dict scope;
  scope["a"] = object;
  return py::str(py::eval(expression, scope)).cast<std::string>();
}

}  // namespace

TEST_CASE("what an Array says of itself") {
  py::object const a = as_python(array());
  CHECK(text(a, "a.shape, a.strides, a.ndim, a.dtype, a.layout, a.device, a.readonly, a.stream") ==
        "((2, 4, 3), (12, 3, 1), 3, 'u8', 'HWC', 'cpu', False, None)");
  CHECK(text(a, "a.__dlpack_device__()") == "(1, 0)");
  CHECK(text(a, "hasattr(a, '__cuda_array_interface__')") == "False");
  CHECK(text(a, "sorted(a.__array_interface__)") ==
        "['data', 'shape', 'strides', 'typestr', 'version']");
  CHECK(text(a, "a") ==
        "pane.Array(shape=[2, 4, 3], dtype=u8, strides=[12, 3, 1], device=cpu, layout=HWC)");
}

TEST_CASE("GPU memory has the other interface") {
  Array gpu = array();
  gpu.device = {pane::DlpackDeviceType::cuda, 0};
  py::object const a = as_python(gpu);
  CHECK(text(a, "hasattr(a, '__array_interface__')") == "False");
  CHECK(text(a, "a.__cuda_array_interface__['shape']") == "(2, 4, 3)");
  CHECK(raises(a, "a.__dlpack__(stream=0)", PyExc_ValueError));
}

TEST_CASE("a pending stream without the CUDA headers is an error, not a race") {
  Array gpu = array();
  gpu.device = {pane::DlpackDeviceType::cuda, 0};
  gpu.stream = pane::Stream(reinterpret_cast<CUstream_st*>(std::uintptr_t{77}));
  py::object const a = as_python(gpu);
  CHECK(text(a, "a.stream") == "77");
  CHECK(raises(a, "a.__cuda_array_interface__", PyExc_ValueError));
  CHECK(text(a, "a.export('cupy').__cuda_array_interface__['stream']") == "77");
}

TEST_CASE("capsules: an unused one calls the deleter, a used one does not") {
  auto owner = std::make_shared<int>(1);
  std::weak_ptr<int> const alive = owner;
  {
    py::object const a = as_python(array(std::move(owner)));
    py::object capsule = a.attr("__dlpack__")();
    CHECK(std::string(PyCapsule_GetName(capsule.ptr())) == "dltensor");
    CHECK(alive.use_count() == 2);
    capsule = py::object();
    CHECK(alive.use_count() == 1);
    using namespace py::literals;
    capsule = a.attr("__dlpack__")("max_version"_a = py::make_tuple(1, 3));
    void* const managed = PyCapsule_GetPointer(capsule.ptr(), "dltensor_versioned");
    REQUIRE(managed != nullptr);
    REQUIRE(PyCapsule_SetName(capsule.ptr(), "used_dltensor_versioned") == 0);
    capsule = py::object();
    CHECK(alive.use_count() == 2);
    pane::DlpackOwner const taken(managed, pane::DlpackKind::versioned);
  }
  CHECK(alive.expired());
}

TEST_CASE("what a capsule cannot say is a BufferError") {
  Array constant = array();
  constant.tensor.readonly = true;
  py::object const a = as_python(constant);
  CHECK(raises(a, "a.__dlpack__()", PyExc_BufferError));
  CHECK(text(a, "'versioned' in repr(a.__dlpack__(max_version=(1, 0)))") == "True");
  CHECK(text(a, "'versioned' in repr(a.export('jax').__dlpack__())") == "False");
  CHECK(raises(a, "a.export('torch')", PyExc_ValueError));
  CHECK(raises(a, "a.__dlpack__(copy=True, max_version=(1, 0))", PyExc_BufferError));
  CHECK(raises(a, "a.__dlpack__(dl_device=(2, 0), max_version=(1, 0))", PyExc_BufferError));
}

TEST_CASE("negative strides") {
  Array flipped = array();
  flipped.tensor.data = memory + 9;
  flipped.tensor.stride_bytes[1] = -3;
  py::object const a = as_python(flipped);
  CHECK(text(a, "a.__array_interface__['strides']") == "(12, -3, 1)");
  CHECK(raises(a, "a.__dlpack__(max_version=(1, 0))", PyExc_ValueError));
  CHECK(text(a, "'dltensor' in repr(a.export('numpy').__dlpack__())") == "True");
}

#endif
