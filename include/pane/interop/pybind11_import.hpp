// SPDX-License-Identifier: MIT
#pragma once

// Python objects in: what they offer, checked and kept alive. Needs pybind11 2.10 or later; every function needs the GIL.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_exchange.hpp>
#include <pane/interop/dlpack_owner.hpp>
#include <pane/interop/dlpack_parse.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/pybind11_owner.hpp>
#include <pane/interop/pybind11_value.hpp>
#include <pane/interop/python_value.hpp>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>  // std::make_shared
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>  // std::move

PANE_NAMESPACE_BEGIN
namespace python {

/// An array that a Python object offered: its checked description and what keeps the memory alive. A capsule of DLPack
/// is taken over by `import_offer`, when nothing can be refused any more; until then it is its producer's.
struct Offer {
  ArrayView view;  ///< `view.stream` is still to be waited for
  /// For DLPack: what the struct says of the device, to be compared with the address.
  std::optional<DlpackDevice> stated_device{};
  /// What opaque elements are, where the object itself says so: bfloat16 in `<V2`.
  std::optional<DType> opaque_as{};
  Owner owner;
  pybind11::object capsule{};
  DlpackKind kind = DlpackKind::legacy;
  std::shared_ptr<DlpackOwner>
      tensor{};  ///< `owner` keeps it; filled when the capsule is taken over
};

namespace detail {

namespace py = pybind11;

/// Whose arrays have rules that no protocol tells.
enum class Maker : std::uint8_t { other, torch, cupy, jax };

/// Whether `__dlpack__` takes max_version. Builtins have no signature and are tried out.
enum class TakesMaxVersion : std::uint8_t { unknown, yes, no, try_it };

/// What is asked of a type once.
struct TypeFacts {
  Maker maker = Maker::other;
  TakesMaxVersion max_version = TakesMaxVersion::unknown;
  std::optional<DlpackExchange> exchange{};  ///< PyTorch's table of C functions
};

inline TakesMaxVersion takes_max_version(py::handle type) {
  try {
    py::object const signature =
        py::module_::import("inspect").attr("signature")(type.attr("__dlpack__"));
    bool takes = false;
    for (py::handle parameter : signature.attr("parameters").attr("values")()) {
      auto const name = py::str(parameter.attr("name")).cast<std::string>();
      auto const kind = py::str(parameter.attr("kind").attr("name")).cast<std::string>();
      takes = takes || name == "max_version" || kind == "VAR_KEYWORD";
    }
    return takes ? TakesMaxVersion::yes : TakesMaxVersion::no;
  } catch (py::error_already_set const& error) {
    if (!error.matches(PyExc_ValueError) && !error.matches(PyExc_TypeError)) throw;
    return TakesMaxVersion::try_it;
  }
}

/// Facts by type. Types are kept alive by the cache, so that an address stays the type that it was.
class FactsCache {
 public:
  TypeFacts ask(py::handle object) {
    py::handle const type(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())));
    {
      std::lock_guard<std::mutex> const lock(mutex_);
      auto const found = known_.find(type.ptr());
      if (found != known_.end()) return found->second;
    }
    TypeFacts facts;
    facts.maker = is_from(object, "torch")                              ? Maker::torch
                  : is_from(object, "cupy")                             ? Maker::cupy
                  : is_from(object, "jax") || is_from(object, "jaxlib") ? Maker::jax
                                                                        : Maker::other;
    if (facts.maker == Maker::torch) {
      py::object const capsule = attribute(type, dlpack_exchange_attribute);
      if (capsule && PyCapsule_IsValid(capsule.ptr(), dlpack_exchange_capsule_name) != 0) {
        facts.exchange.emplace(PyCapsule_GetPointer(capsule.ptr(), dlpack_exchange_capsule_name));
      }
    }
    remember(object, facts);
    return facts;
  }

  void remember(py::handle object, TypeFacts const& facts) {
    py::handle const type(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())));
    std::lock_guard<std::mutex> const lock(mutex_);
    if (known_.insert_or_assign(type.ptr(), facts).second) type.inc_ref();
  }

  static FactsCache& instance() {
    static auto* const cache = new FactsCache;  // outlives the interpreter
    return *cache;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<PyObject*, TypeFacts> known_;
};

inline TypeFacts facts_of(py::handle object) {
  return FactsCache::instance().ask(object);
}

/// Calls `__dlpack__` with keywords; a producer of before DLPack 1.0 is asked without max_version.
inline py::object call_dlpack(py::handle object, std::optional<std::int64_t> stream) {
  auto const call = [&](bool max_version) {
    py::dict arguments;
    if (stream) arguments["stream"] = py::int_(*stream);
    if (max_version) arguments["max_version"] = py::make_tuple(1, 1);
    return py::object(object.attr("__dlpack__")(**arguments));
  };
  TypeFacts facts = facts_of(object);
  auto const decide = [&](TakesMaxVersion answer) {
    facts.max_version = answer;
    FactsCache::instance().remember(object, facts);
  };
  if (facts.max_version == TakesMaxVersion::unknown) {
    decide(takes_max_version(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr()))));
  }
  if (facts.max_version != TakesMaxVersion::try_it)
    return call(facts.max_version == TakesMaxVersion::yes);
  try {
    py::object capsule = call(true);
    decide(TakesMaxVersion::yes);
    return capsule;
  } catch (py::error_already_set const& error) {
    if (!error.matches(PyExc_TypeError)) throw;
  }
  py::object capsule = call(false);  // a TypeError of another cause is thrown again here
  decide(TakesMaxVersion::no);
  return capsule;
}

/// Checks what a capsule holds. It is not taken over yet.
inline Offer look_into_capsule(py::handle object,
                               py::object capsule,
                               ImportOptions const& options,
                               Access unflagged) {
  if (PyCapsule_CheckExact(capsule.ptr()) == 0) {
    pane::detail::refuse(ArrayProtocol::dlpack, ImportReason::not_a_dlpack_capsule,
                         "__dlpack__ of ", type_name(object), " returned a ", type_name(capsule),
                         ": it must return a capsule");
  }
  char const* const name = PyCapsule_GetName(capsule.ptr());
  void* const managed = PyCapsule_GetPointer(capsule.ptr(), name);
  PyErr_Clear();  // without a name or an address the next line has the better sentence
  Offer out;
  out.kind = check_dlpack_capsule(name, managed);
  DlpackArray const array = read_dlpack(managed, out.kind);
  out.view = resolve(array, pane::detail::dlpack_options(options, unflagged));
  out.stated_device = array.tensor.device;
  out.capsule = std::move(capsule);
  out.tensor = std::make_shared<DlpackOwner>();
  out.owner = keep(py::reinterpret_borrow<py::object>(object), out.tensor);
  return out;
}

/// Takes the capsule over, if there is one: renames it, which cannot fail now, and owns what it held.
inline void commit(Offer& offer) {
  if (!offer.capsule) return;
  void* const managed = PyCapsule_GetPointer(offer.capsule.ptr(), dlpack_capsule_name(offer.kind));
  if (managed == nullptr ||
      PyCapsule_SetName(offer.capsule.ptr(), used_dlpack_capsule_name(offer.kind)) != 0)
    throw py::error_already_set();
  *offer.tensor = DlpackOwner(managed, offer.kind);
  offer.capsule = py::object();
}

/// What PyTorch's tensors keep to themselves: none of the protocols reports all three.
inline void check_torch_tensor(py::handle object) {
  auto const yes = [&](char const* name) {
    py::object const value = attribute(object, name);
    if (!value) return false;
    py::object const answer = PyCallable_Check(value.ptr()) != 0 ? py::object(value()) : value;
    return answer.ptr() == Py_True;
  };
  char const* rule = yes("requires_grad") ? "requires_grad: pass tensor.detach()"
                     : yes("is_conj")     ? "the conjugate bit: pass tensor.resolve_conj()"
                     : yes("is_neg")      ? "the negative bit: pass tensor.resolve_neg()"
                                          : nullptr;
  if (rule == nullptr) return;
  throw InvalidArgument(concat("pane: a torch.Tensor with ", rule,
                               "; its memory alone does not say what the tensor means"));
}

/// `bfloat16` in opaque bytes: ml_dtypes, with NumPy and CuPy, names it in the object's dtype only.
inline std::optional<DType> named_opaque(py::handle object, ArrayView const& view) {
  if (view.type.kind != 'V' || view.type.itemsize != 2) return {};
  py::object const dtype = attribute(object, "dtype");
  if (!dtype) return {};
  auto const text = py::str(dtype).cast<std::string>();
  if (text != "bfloat16" && text != "torch.bfloat16") return {};
  return DType::bf16;
}

inline Offer offer_of_interface(py::handle object,
                                py::handle interface,
                                ArrayProtocol protocol,
                                ImportOptions const& options) {
  CaiOptions const rules{.accept = options.accept, .protocol = protocol};
  Offer out;
  out.view = resolve(parse_cuda_array_interface(read_interface(interface), rules), rules);
  out.opaque_as = options.opaque_as ? options.opaque_as : named_opaque(object, out.view);
  out.owner = keep(py::reinterpret_borrow<py::object>(object));
  return out;
}

inline Offer offer_of_dlpack(py::handle object,
                             std::optional<std::int64_t> stream,
                             ImportOptions const& options,
                             Access access) {
  // The arrays of JAX never change, and the legacy struct, the only one that JAX has, cannot say so.
  bool const never_changes = facts_of(object).maker == Maker::jax;
  return look_into_capsule(object, call_dlpack(object, stream), options,
                           never_changes ? Access::read : access);
}

/// By PyTorch's table: no Python is called, and the stream to wait for is the one that PyTorch uses now.
inline Offer offer_of_exchange(py::handle object,
                               DlpackExchange const& exchange,
                               ImportOptions const& options,
                               Access access) {
  Offer out;
  try {
    out.tensor = std::make_shared<DlpackOwner>(exchange.take(object.ptr()));
    DlpackArray const array = pane::detail::dlpack_array(*out.tensor);
    out.view = resolve(array, pane::detail::dlpack_options(options, access));
    out.stated_device = array.tensor.device;
    out.view.stream = exchange.work_stream(array.tensor.device);
  } catch (ImportError const&) {
    throw;
  } catch (Error const&) {
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    throw;
  }
  out.owner = keep(py::reinterpret_borrow<py::object>(object), out.tensor);
  return out;
}

[[noreturn]] inline void refuse_object(py::handle object, char const* protocols) {
  throw py::type_error(concat("pane: ", type_name(object), " is no array: it offers ", protocols));
}

}  // namespace detail

/// Reads an array in host memory out of a Python object: by `__array_interface__`, or else by `__dlpack__` of the CPU.
///
/// @throws ImportError           what it offers is wrong.
/// @throws InvalidArgument       a torch.Tensor with requires_grad, a conjugate or a negative bit.
/// @throws pybind11::type_error  it offers neither.
inline Offer host_offer_of(pybind11::handle object,
                           Access access,
                           ImportOptions const& options = {}) {
  collect_dropped();
  if (detail::facts_of(object).maker == detail::Maker::torch) {
    detail::check_torch_tensor(object);
  } else if (auto const interface = detail::attribute(object, "__array_interface__")) {
    return detail::offer_of_interface(object, interface, ArrayProtocol::array_interface, options);
  }
  if (!detail::attribute(object, "__dlpack__"))
    detail::refuse_object(object, "neither __array_interface__ nor __dlpack__");
  return detail::offer_of_dlpack(object, {}, options, access);
}

/// Reads an array in GPU memory out of a Python object.
///
/// From PyTorch by its table of C functions, which names PyTorch's current stream. Else by `__cuda_array_interface__` where its dictionary is of version 3 and its elements have a name there: it says who
/// waits for whom, carries the read-only flag and negative strides. Else by `__dlpack__`, which knows bfloat16 and makes
/// `stream` wait for the producer: JAX and older PyTorch write version 2, without a stream. Else by the dictionary as it is.
/// The device of the memory must be the current one: producers look at it when they are asked for a capsule.
///
/// @param stream  told to `__dlpack__`: `to_dlpack_stream` of what will use the memory; -1 where the caller orders it.
/// @throws as `host_offer_of`
inline Offer device_offer_of(pybind11::handle object,
                             Access access,
                             std::int64_t stream,
                             ImportOptions const& options = {}) {
  namespace py = pybind11;
  constexpr auto protocol = ArrayProtocol::cuda_array_interface;
  collect_dropped();
  detail::TypeFacts const facts = detail::facts_of(object);
  bool const torch = facts.maker == detail::Maker::torch;
  if (torch) detail::check_torch_tensor(object);
  if (facts.exchange) return detail::offer_of_exchange(object, *facts.exchange, options, access);
  bool const dlpack = static_cast<bool>(detail::attribute(object, "__dlpack__"));
  if (torch && dlpack) return detail::offer_of_dlpack(object, stream, options, access);
  if (py::object const interface = detail::attribute(object, "__cuda_array_interface__")) {
    Offer offer = detail::offer_of_interface(object, interface, protocol, options);
    bool const version_3 = PyDict_Check(interface.ptr()) != 0 &&
                           read_value(py::object(interface["version"])) == PythonValue::of_i64(3);
    bool const named = offer.view.dtype || offer.opaque_as;
    if (!dlpack || (version_3 && named)) return offer;
  }
  if (!dlpack) {
    detail::refuse_object(object,
                          "neither __cuda_array_interface__ nor __dlpack__; memory of the host "
                          "cannot be used on a stream");
  }
  return detail::offer_of_dlpack(object, stream, options, access);
}

/// An offer as a tensor for `where`: checks the memory, orders `where` after the producer's stream, and takes a capsule
/// over as its last step.
///
/// @throws as `from_cuda_array_interface`; a write needs memory that may be written.
template <class Where>
AnyTensor import_offer(Offer& offer,
                       Access access,
                       Where const& where,
                       ImportOptions options = {}) {
  if (!options.opaque_as) options.opaque_as = offer.opaque_as;
  if (access == Access::write) check_request(offer.view, {.access = Access::write});
  AnyTensor out;
  if (offer.stated_device) {
    decltype(auto) place = pane::detail::place_of(where);
    using Place = std::remove_cvref_t<decltype(place)>;
    out = pane::detail::import_any(
        offer.view, pane::detail::DlpackPlace<Place>{place, *offer.stated_device}, options);
  } else {
    out = pane::detail::import_any(offer.view, where, options);
  }
  detail::commit(offer);
  return out;
}

}  // namespace python
PANE_NAMESPACE_END
