// SPDX-License-Identifier: MIT
#if __has_include(<Python.h>) && __has_include(<pybind11/embed.h>)
#include <pane/interop/pybind11_import.hpp>
#endif

#include <tests/support/python.hpp>

#if PANE_TEST_PYTHON

#include <pane/interop/dlpack_export.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace py = pybind11;
using pane::Access;
using pane::AnyTensor;
using pane::DlpackKind;
using pane::ImportReason;
using pane::python::host_offer_of;
using pane::python::import_offer;

namespace {

float memory[6] = {0, 1, 2, 3, 4, 5};

struct Counter {
  int* ended;
  explicit Counter(int& count) : ended(&count) {}
  Counter(Counter&& other) noexcept : ended(std::exchange(other.ended, nullptr)) {}
  ~Counter() {
    if (ended != nullptr) ++*ended;
  }
};

/// A capsule over `memory` whose deleter counts.
template <class M>
py::object capsule(int& ended, char const* name, bool readonly = false, std::uint32_t major = 1) {
  pane::Tensor<float, pane::HW> const tensor{memory, {2, 3}};
  AnyTensor any = tensor;
  any.readonly = readonly;
  M* const managed = pane::to_dlpack<M>(any, Counter(ended));
  if constexpr (requires { managed->version; }) managed->version.major = major;
  return py::reinterpret_steal<py::object>(PyCapsule_New(managed, name, nullptr));
}

/// An object that hands the capsule out.
py::object producer(py::object given,
                    char const* signature = "self, *, stream=None, max_version=None") {
  auto const text =
      std::string(
          "class P:\n  def __init__(self): self.asked = []\n  def __dlpack_device__(self): return "
          "(1, 0)\n"
          "  def __dlpack__(") +
      signature + "):\n    self.asked.append('max_version' in locals())\n    return self.capsule\n";
  py::object object = test::python("P()", text.c_str());
  object.attr("capsule") = std::move(given);
  return object;
}

ImportReason reason_of(py::object const& object, Access access = Access::read) {
  try {
    pane::python::Offer offer = host_offer_of(object, access);
    import_offer(offer, access, pane::host);
  } catch (pane::ImportError const& e) {
    return e.code();
  }
  return ImportReason::address_wrap;  // nothing was refused
}

std::string name_of(py::object const& object) {
  char const* const name = PyCapsule_GetName(py::object(object.attr("capsule")).ptr());
  if (name == nullptr) PyErr_Clear();
  return name == nullptr ? "" : name;
}

}  // namespace

TEST_CASE("a capsule is renamed last and its deleter called once") {
  test::start_python();
  int ended = 0;
  py::object const object =
      producer(capsule<pane::DlpackManagedTensorVersioned>(ended, "dltensor_versioned"));
  {
    pane::python::Offer offer = host_offer_of(object, Access::write);
    CHECK(name_of(object) == "dltensor_versioned");
    AnyTensor const t = import_offer(offer, Access::write, pane::host);
    CHECK(name_of(object) == "used_dltensor_versioned");
    CHECK(t.data == memory);
    CHECK(t.shape[1] == 3);
    CHECK_FALSE(t.readonly);
    CHECK(ended == 0);
  }
  CHECK(ended == 1);
  CHECK(reason_of(object) == ImportReason::consumed);
}

TEST_CASE("a refused capsule stays its producer's") {
  test::start_python();
  int ended = 0;
  auto const versioned = [&](bool readonly, std::uint32_t major = 1) {
    return producer(
        capsule<pane::DlpackManagedTensorVersioned>(ended, "dltensor_versioned", readonly, major));
  };
  py::object object = versioned(true);
  CHECK(reason_of(object, Access::write) == ImportReason::read_only);
  CHECK(name_of(object) == "dltensor_versioned");
  object = versioned(false, 2);
  CHECK(reason_of(object) == ImportReason::unsupported_version);
  CHECK(name_of(object) == "dltensor_versioned");
  for (char const* name : {"dltensor_versionedx", "DLTENSOR", "", "dltensor "}) {
    object = producer(capsule<pane::DlpackManagedTensorVersioned>(ended, name));
    CHECK(reason_of(object) == ImportReason::not_a_dlpack_capsule);
    CHECK(name_of(object) == name);
  }
  object = producer(capsule<pane::DlpackManagedTensorVersioned>(ended, nullptr));
  CHECK(reason_of(object) == ImportReason::not_a_dlpack_capsule);
  CHECK(reason_of(producer(py::none())) == ImportReason::not_a_dlpack_capsule);
  CHECK(ended == 0);
}

TEST_CASE("a legacy struct is read-only until the caller writes") {
  test::start_python();
  int ended = 0;
  for (Access const access : {Access::read, Access::write}) {
    py::object const object =
        producer(capsule<pane::DlpackManagedTensor>(ended, "dltensor"), "self, stream=None");
    pane::python::Offer offer = host_offer_of(object, access);
    CHECK(import_offer(offer, access, pane::host).readonly == (access == Access::read));
    CHECK_FALSE(
        object.attr("asked").attr("__getitem__")(0).cast<bool>());  // asked without max_version
  }
  CHECK(ended == 2);
}

TEST_CASE("an owner keeps the object and the struct") {
  test::start_python();
  int ended = 0;
  pane::python::Owner owner;
  {
    py::object const object =
        producer(capsule<pane::DlpackManagedTensorVersioned>(ended, "dltensor_versioned"));
    pane::python::Offer offer = host_offer_of(object, Access::read);
    import_offer(offer, Access::read, pane::host);
    owner = offer.owner;
  }
  CHECK(ended == 0);
  {
    py::gil_scoped_release const unlocked;
    owner.reset();
    CHECK(ended == 0);
  }
  pane::python::collect_dropped();
  CHECK(ended == 1);
}

TEST_CASE("protocols of the host: the array interface first, no protocol is a TypeError") {
  test::start_python();
  py::object const object = test::python("A()", "class A: pass");
  CHECK_THROWS_AS(host_offer_of(object, Access::read), py::type_error);
  object.attr("__array_interface__") =
      py::eval("{'shape': (2, 3), 'typestr': '<f4', 'version': 3, 'strides': None, 'data': (" +
               std::to_string(reinterpret_cast<std::uintptr_t>(memory)) + ", False)}");
  pane::python::Offer offer = host_offer_of(object, Access::write);
  CHECK(import_offer(offer, Access::write, pane::host).data == memory);
  object.attr("__array_interface__") = py::none();
  CHECK(reason_of(object) == ImportReason::not_a_dict);
}

TEST_CASE("PyTorch's tensors are asked for what their memory does not say") {
  for (char const* body : {"requires_grad = True", "def is_conj(self): return True",
                           "def is_neg(self): return True"}) {
    auto const text = std::string("class T:\n  __module__ = 'torch'\n  ") + body;
    CHECK_THROWS_AS(host_offer_of(test::python("T()", text.c_str()), Access::read),
                    pane::InvalidArgument);
  }
}

#endif
