// SPDX-License-Identifier: MIT
// On a GPU the suite in tests/python does the rest: this is what a C++ compiler and a machine without one can check.
#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#if __has_include(<cuda_runtime_api.h>) && PANE_TEST_WITH_CUDA

#include <pane/interop/pybind11_cuda.hpp>

#include <cuda_runtime_api.h>

#include <string>

namespace py = pybind11;
using pane::python::StreamCall;

TEST_CASE("a call on a stream") {
  py::object const array =
      test::python("A()", "class A:\n  def __dlpack_device__(self): return (2, 0)");
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0) {
    CHECK_THROWS_AS(StreamCall(py::none(), array), pane::CudaError);
    return;
  }
  void* memory = nullptr;
  REQUIRE(cudaMalloc(&memory, 24) == cudaSuccess);
  array.attr("__cuda_array_interface__") =
      py::eval("{'shape': (6,), 'typestr': '<f4', 'version': 3, 'data': (" +
               std::to_string(reinterpret_cast<std::uintptr_t>(memory)) + ", False)}");
  auto const before = Py_REFCNT(array.ptr());
  {
    StreamCall call(py::none(), array);
    CHECK(call.write(array).data == memory);
    CHECK(call.device() == 0);
    CHECK_FALSE(call.captured());
    call.finish();
  }
  CHECK(cudaDeviceSynchronize() == cudaSuccess);
  pane::python::detail::release_queue().collect();
  CHECK(Py_REFCNT(array.ptr()) == before);
  CHECK(cudaFree(memory) == cudaSuccess);
}

#else

TEST_CASE("a call on a stream") {
  PANE_SKIP("needs the CUDA runtime");
}

#endif
#endif
