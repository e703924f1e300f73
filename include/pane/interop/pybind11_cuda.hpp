// SPDX-License-Identifier: MIT
#pragma once

// Kernels on a CUDA stream over Python's arrays. Needs pybind11 2.10 or later and the CUDA runtime (12.0 or later), not
// its compiler.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/cuda_event.hpp>
#include <pane/interop/cuda_memory.hpp>
#include <pane/interop/dlpack_stream.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/pybind11_call.hpp>
#include <pane/interop/pybind11_export.hpp>
#include <pane/interop/pybind11_import.hpp>
#include <pane/interop/pybind11_owner.hpp>
#include <pane/interop/pybind11_value.hpp>
#include <pane/interop/release_queue.hpp>

#include <cuda_runtime_api.h>

#include <Python.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN
namespace python {
namespace detail {

using pane::detail::DeviceScope;
using pane::detail::StreamOnDevice;

inline void synchronise_stream(Stream stream, int device) {
  StreamOnDevice const on{stream.handle(), device};
  if (pane::detail::capture_of(on) != 0) {
    throw InvalidArgument(
        "pane: the stream is being captured into a graph, and waiting for it would end the "
        "capture: "
        "export for a consumer that waits itself, see Array.export");
  }
  DeviceScope const scope(device);
  pane::detail::check_import(cudaStreamSynchronize(stream.handle()), "cudaStreamSynchronize");
}

inline void order_two_streams(Stream before, Stream after, int device) {
  pane::detail::order_streams({before.handle(), device}, {after.handle(), device});
}

inline StreamCalls const cuda_stream_calls{&synchronise_stream, &order_two_streams};
inline bool const streams_are_known = (stream_calls = &cuda_stream_calls, true);

/// What keeps arrays alive until the streams that use them have passed.
inline ReleaseQueue& release_queue() {
  static auto* const queue = new ReleaseQueue;  // outlives the interpreter and the driver
  return *queue;
}

inline Stream stream_from(CaiStream const& stream) {
  return Stream(pane::detail::stream_of(stream, any_device).handle);
}

/// The stream that PyTorch or CuPy would use now for this array; else the legacy default stream.
inline Stream current_stream_of(pybind11::handle object, int device) {
  namespace py = pybind11;
  TypeFacts const facts = facts_of(object);
  if (facts.exchange)
    return stream_from(facts.exchange->work_stream({DlpackDeviceType::cuda, device}));
  char const* const package = facts.maker == Maker::torch  ? "torch"
                              : facts.maker == Maker::cupy ? "cupy"
                                                           : nullptr;
  if (package == nullptr) return stream_of(py::none());
  auto const cuda = py::module_::import(package).attr("cuda");
  return stream_of(facts.maker == Maker::torch ? cuda.attr("current_stream")(device)
                                               : cuda.attr("get_current_stream")());
}

}  // namespace detail

/// One call of kernels on a stream over Python's arrays: orders the stream after the producers, makes the device of
/// the memory current, keeps the arrays alive until the stream has passed, and gives them back in order.
///
///   pane::python::StreamCall call(stream, dst);         // under the GIL
///   AnyTensor const in = call.read(src);
///   AnyTensor const out = call.write(dst);
///   { pybind11::gil_scoped_release unlocked; pane::resize(call.where(), in.as<...>(), out.as<...>()); }
///   call.finish();
///
/// Stream    None takes the stream that the framework of `like` is using now: PyTorch's and CuPy's current stream, the
///           stream of an `Array`, else the legacy default stream. Nothing here waits for the GPU
/// Memory    the objects live until the stream has passed the destructor. While the stream is being captured nothing
///           is kept: the caller keeps the arrays for as long as the graph
class StreamCall {
 public:
  /// @param like  an array of the call: its device becomes the current one until the destructor.
  StreamCall(pybind11::handle stream, pybind11::handle like, ImportOptions options = {})
      : options_(options), device_(home_of(like).index()), scope_(device_) {
    namespace py = pybind11;
    collect_dropped();
    detail::release_queue().collect();
    if (device_ < 0) pane::detail::check_import(cudaGetDevice(&device_), "cudaGetDevice");
    if (stream && !stream.is_none()) {
      stream_ = stream_of(stream);
      stream_owner_ = keep(py::reinterpret_borrow<py::object>(stream));
    } else if (py::isinstance<Array>(like)) {
      auto const& array = like.cast<Array const&>();
      stream_ = array.stream ? *array.stream : stream_of(py::none());
      stream_owner_ = array.stream_owner;
    } else {
      stream_ = detail::current_stream_of(like, device_);
    }
    if (stream_owner_) owners_.push_back(stream_owner_);
    capture_ = pane::detail::capture_of({stream_.handle(), device_});
  }
  StreamCall(StreamCall const&) = delete;
  StreamCall& operator=(StreamCall const&) = delete;

  ~StreamCall() {
    if (capture_ != 0 || owners_.empty()) return;
    try {
      detail::release_queue().add(stream_, std::move(owners_));
    } catch (...) {  // no event: what may still be in use is never freed
      new std::vector<Owner>(std::move(owners_));
    }
  }

  AnyTensor read(pybind11::handle object) { return import(object, Access::read); }
  AnyTensor write(pybind11::handle object) { return import(object, Access::write); }

  /// Makes the streams that the arrays named wait for the work enqueued so far: their owners may write again. An `Array`
  /// that nothing was pending on names this call's stream from now on, if it was written.
  void finish() {
    for (Array* const array : idle_) {
      if (captured()) break;
      array->stream = stream_;
      array->stream_owner = stream_owner_;
    }
    for (CaiStream const& stream : named_)
      pane::detail::StreamPlace(stream_).release_to(stream, device_);
  }

  Stream where() const noexcept { return stream_; }
  int device() const noexcept { return device_; }
  /// Whether the stream is being captured into a graph.
  bool captured() const noexcept { return capture_ != 0; }
  /// What keeps the array alive that was imported last.
  Owner owner() const { return owners_.empty() ? Owner() : owners_.back(); }
  /// What keeps the stream alive, if the caller passed an object.
  Owner const& stream_owner() const noexcept { return stream_owner_; }
  /// Keeps something alive as long as the arrays.
  void keep_too(Owner owner) { owners_.push_back(std::move(owner)); }

 private:
  AnyTensor import(pybind11::handle object, Access access) {
    namespace py = pybind11;
    if (py::isinstance<Array>(object)) return import_own(object.cast<Array&>(), access);
    if (Home const home = home_of(object);
        !home.on_gpu() && !home.device.is(DlpackDeviceType::cuda_host)) {
      pane::detail::refuse(ArrayProtocol::dlpack, ImportReason::not_device_accessible,
                           detail::type_name(object),
                           " has memory of the host: a stream cannot use it");
    }
    bool const ordered = options_.ordering == Ordering::after_producer;
    // A producer that is asked to order a captured stream may end the capture: the streams are compared here instead.
    bool const ask = ordered && capture_ == 0;
    Offer offer = device_offer_of(object, access, ask ? to_dlpack_stream(stream_) : -1, options_);
    owners_.push_back(offer.owner);
    AnyTensor out = import_offer(offer, access, stream_, options_);
    bool const by_dlpack = offer.stated_device.has_value();
    if (ordered && by_dlpack && capture_ != 0) {
      Stream const producer = detail::current_stream_of(object, device_);
      auto const maker = detail::facts_of(object).maker;
      bool const known = maker == detail::Maker::torch || maker == detail::Maker::cupy;
      if (known && offer.view.stream.kind == CaiStream::Kind::none)
        detail::order_two_streams(producer, stream_, device_);
    }
    bool const named = offer.view.stream.kind != CaiStream::Kind::none && offer.view.size != 0;
    if (ordered && named) named_.push_back(offer.view.stream);
    if (out.device == AnyTensor::host_device && offer.view.size == 0) out.device = device_;
    return out;
  }

  AnyTensor import_own(Array& array, Access access) {
    if (access == Access::write && array.tensor.readonly)
      pane::detail::refuse(ArrayProtocol::cuda_array_interface, ImportReason::read_only,
                           array.tensor.text(), ": the array is read-only");
    if (!array.on_gpu() && !array.device.is(DlpackDeviceType::cuda_host)) {
      pane::detail::refuse(ArrayProtocol::cuda_array_interface, ImportReason::not_device_accessible,
                           array.tensor.text(), ": the memory is the host's");
    }
    owners_.push_back(array.owner);
    if (!array.stream && access == Access::write) idle_.push_back(&array);
    if (array.stream && options_.ordering == Ordering::after_producer) {
      detail::order_two_streams(*array.stream, stream_, array.index());
      auto const handle = reinterpret_cast<std::uintptr_t>(array.stream->handle());
      if (handle > 2)
        named_.push_back({CaiStream::Kind::handle, handle});
      else
        named_.push_back({handle == 2 ? CaiStream::Kind::per_thread : CaiStream::Kind::legacy, 0});
    }
    return array.tensor;
  }

  ImportOptions options_;
  int device_;
  detail::DeviceScope scope_;
  Stream stream_;
  unsigned long long capture_ = 0;
  Owner stream_owner_;
  std::vector<Owner> owners_;
  std::vector<CaiStream> named_;
  std::vector<Array*> idle_;
};

}  // namespace python
PANE_NAMESPACE_END
