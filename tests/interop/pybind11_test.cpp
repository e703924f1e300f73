// SPDX-License-Identifier: MIT
#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#include <pane/interop/pybind11.hpp>
#endif

#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#include <string>

namespace py = pybind11;

namespace {

PYBIND11_EMBEDDED_MODULE(pane_errors_test, module) {
  pane::python::bind_errors(module);
  module.def("fail", [](int which) {
    if (which == 0)
      throw pane::ImportError(pane::ImportReason::read_only, "pane: the text (read_only)");
    if (which == 1) throw pane::InvalidArgument("pane: the text");
    if (which == 2) throw pane::Unsupported("pane: the text");
    throw pane::CudaError(1, "pane: the text");
  });
}

}  // namespace

TEST_CASE("what Pane throws is what Python catches, with the whole text") {
  CHECK(test::python("out", R"(
import pane_errors_test as m
out = []
for which in range(4):
    try:
        m.fail(which)
    except Exception as error:
        out.append((type(error).__name__, 'the text' in str(error), getattr(error, 'code', None)))
assert issubclass(m.ArrayImportError, ValueError)
out = str(out)
)")
            .cast<std::string>() ==
        "[('ArrayImportError', True, 'read_only'), ('ValueError', True, None), ('TypeError', True, "
        "None), "
        "('RuntimeError', True, None)]");
}

#endif
