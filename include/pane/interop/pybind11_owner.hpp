// SPDX-License-Identifier: MIT
#pragma once

// References to Python objects that may be dropped anywhere: on a thread without the GIL, in a DLPack deleter, after the
// interpreter has ended.

#include <pane/core/config.hpp>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <memory>   // std::shared_ptr
#include <utility>  // std::move

PANE_NAMESPACE_BEGIN
namespace python {

/// Something that keeps memory alive for as long as a copy of it exists. Copied and dropped without the GIL.
using Owner = std::shared_ptr<void const>;

namespace detail {

/// What one owner holds: a reference, and whatever else must only be let go under the GIL.
struct Held {
  PyObject* object = nullptr;
  std::shared_ptr<void const> more;
  Held* next = nullptr;

  /// Needs the GIL.
  static void free(Held* held) {
    PyObject* const object = held->object;
    held->more.reset();
    delete held;
    Py_XDECREF(object);
  }
};

/// Dropped without the GIL and not freed yet: a stack that any thread may push to.
inline std::atomic<Held*> dropped{nullptr};
inline std::atomic<bool> collection_is_due{false};

inline void drop(Held* held) noexcept;

}  // namespace detail

/// Frees what was dropped without the GIL. Needs the GIL. The interpreter's main thread does it soon by itself; what is
/// left when the interpreter ends stays where it is.
inline void collect_dropped() {
  detail::Held* held = detail::dropped.exchange(nullptr, std::memory_order_acquire);
  while (held != nullptr) {
    detail::Held* const next = held->next;
    detail::Held::free(held);
    held = next;
  }
}

namespace detail {

inline void drop(Held* held) noexcept {
  // PyGILState_Check is true when there is no interpreter, hence the first question.
  bool const alive = Py_IsInitialized() != 0;
  if (alive && PyGILState_Check() != 0) {
    Held::free(held);
    return;
  }
  held->next = dropped.load(std::memory_order_relaxed);
  while (!dropped.compare_exchange_weak(held->next, held, std::memory_order_release,
                                        std::memory_order_relaxed)) {
  }
  if (!alive || collection_is_due.exchange(true)) return;
  int const status = Py_AddPendingCall(
      [](void*) {
        collection_is_due = false;
        collect_dropped();
        return 0;
      },
      nullptr);
  if (status != 0) collection_is_due = false;  // the queue is full: the next drop or import does it
}

}  // namespace detail

/// An owner of a Python object. Making it needs the GIL. The reference is dropped under the GIL: at once by a thread
/// that has it, else by the next `collect_dropped`; never after the interpreter has ended.
///
/// @param more  let go together with the reference.
inline Owner keep(pybind11::object object, std::shared_ptr<void const> more = {}) {
  auto* const held = new detail::Held;
  Owner owner(held, [](void const* p) noexcept {
    detail::drop(static_cast<detail::Held*>(const_cast<void*>(p)));
  });
  held->more = std::move(more);
  held->object = object.release().ptr();
  return owner;
}

}  // namespace python
PANE_NAMESPACE_END
