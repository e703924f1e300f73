// SPDX-License-Identifier: MIT
#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#include <pane/interop/pybind11_owner.hpp>
#endif

#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#include <memory>
#include <thread>
#include <utility>
#include <vector>

using pane::python::collect_dropped;
using pane::python::keep;
using pane::python::Owner;

namespace {

Py_ssize_t references(pybind11::object const& object) {
  return Py_REFCNT(object.ptr());
}

}  // namespace

TEST_CASE("an owner holds one reference, however often it is copied") {
  auto const object = test::python("[]");
  auto const before = references(object);
  Owner owner = keep(object);
  CHECK(references(object) == before + 1);
  Owner copy = owner;
  owner.reset();
  CHECK(references(object) == before + 1);
  copy.reset();
  CHECK(references(object) == before);
}

TEST_CASE("dropped without the GIL, freed under it") {
  auto const object = test::python("[]");
  auto const before = references(object);
  std::vector<Owner> owners;
  for (int i = 0; i < 40; ++i) owners.push_back(keep(object));
  {
    pybind11::gil_scoped_release const unlocked;
    std::thread first([half = std::vector<Owner>(owners.begin(), owners.begin() + 20)]() mutable {
      half.clear();
    });
    std::vector<Owner> mine(std::move(owners));
    first.join();
    mine.clear();
  }
  CHECK(references(object) >= before);
  collect_dropped();
  CHECK(references(object) == before);
}

TEST_CASE("what is kept besides goes with it, under the GIL") {
  auto const object = test::python("[]");
  bool gone = false;
  bool had_gil = false;
  Owner owner = keep(object, std::shared_ptr<int>(new int, [&](int* p) {
                       gone = true;
                       had_gil = PyGILState_Check() != 0;
                       delete p;
                     }));
  {
    pybind11::gil_scoped_release const unlocked;
    owner.reset();
    CHECK_FALSE(gone);
  }
  collect_dropped();
  CHECK(gone);
  CHECK(had_gil);
}

TEST_CASE("the interpreter collects by itself") {
  auto const object = test::python("[]");
  auto const before = references(object);
  Owner owner = keep(object);
  {
    pybind11::gil_scoped_release const unlocked;
    owner.reset();
  }
  test::python("sum(range(10))");  // the eval loop looks at pending calls
  CHECK(references(object) == before);
}

#endif
