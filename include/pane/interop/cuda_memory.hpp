// SPDX-License-Identifier: MIT
#pragma once

// Importing on a CUDA stream: where an address lives, and who waits for whom. Needs the CUDA runtime (12.0 or
// later), not its compiler.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/memory_query.hpp>

#include <cuda.h>              // CUdeviceptr
#include <cuda_runtime_api.h>  // cudaPointerGetAttributes, events

#include <cstddef>
#include <cstdint>
#include <optional>

PANE_NAMESPACE_BEGIN

namespace detail {

/// Throws a `CudaError` and takes the failure out of the runtime's last error: it has been reported.
inline void check_import(cudaError_t status, char const* call) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();
  throw CudaError(static_cast<int>(status),
                  concat("pane: import on a stream: ", call, ": ", cudaGetErrorName(status), ": ",
                         cudaGetErrorString(status)));
}

/// Another current device for as long as this lives.
class DeviceScope {
 public:
  explicit DeviceScope(int device) {
    check_import(cudaGetDevice(&before_), "cudaGetDevice");
    if (device < 0 || device == before_) return;
    check_import(cudaSetDevice(device), "cudaSetDevice");
    changed_ = true;
  }
  ~DeviceScope() {
    if (changed_) (void)cudaSetDevice(before_);
  }
  DeviceScope(DeviceScope const&) = delete;
  DeviceScope& operator=(DeviceScope const&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

/// The allocation that an address lies in, if the driver knows. No link to the driver library is needed.
inline std::optional<MemoryInfo::Allocation> query_allocation(std::uint64_t address) {
  using Query = CUresult (*)(CUdeviceptr*, std::size_t*, CUdeviceptr);
  static Query const query = [] {
    void* entry = nullptr;
#if CUDART_VERSION >= 12050
    cudaError_t const status =
        cudaGetDriverEntryPointByVersion("cuMemGetAddressRange", &entry, 12000, cudaEnableDefault);
#else
    cudaError_t const status =
        cudaGetDriverEntryPoint("cuMemGetAddressRange", &entry, cudaEnableDefault);
#endif
    if (status != cudaSuccess) (void)cudaGetLastError();
    return status == cudaSuccess ? reinterpret_cast<Query>(entry) : nullptr;
  }();
  CUdeviceptr base = 0;
  std::size_t bytes = 0;
  if (query == nullptr || query(&base, &bytes, static_cast<CUdeviceptr>(address)) != CUDA_SUCCESS)
    return {};
  return MemoryInfo::Allocation{base, bytes};
}

inline cudaError_t query_attributes(std::uint64_t address, MemoryInfo& out) {
  cudaPointerAttributes attributes{};
  cudaError_t const status = cudaPointerGetAttributes(
      &attributes, reinterpret_cast<void const*>(static_cast<std::uintptr_t>(address)));
  if (status != cudaSuccess) {
    (void)cudaGetLastError();
    return status;
  }
  switch (attributes.type) {
    case cudaMemoryTypeHost:
      out.type = MemoryInfo::Type::pinned;
      break;
    case cudaMemoryTypeDevice:
      out.type = MemoryInfo::Type::device;
      break;
    case cudaMemoryTypeManaged:
      out.type = MemoryInfo::Type::managed;
      break;
    default:
      return cudaSuccess;
  }
  out.device = attributes.device;
  // devicePointer is null without peer access from the current device, and for the surfaces that NVDEC maps.
  out.accessible = attributes.devicePointer != nullptr;
  if (!out.accessible && out.type == MemoryInfo::Type::device) {
    int current = -1;
    cudaError_t const asked = cudaGetDevice(&current);
    if (asked != cudaSuccess) {
      (void)cudaGetLastError();
      return asked;
    }
    out.accessible = out.device == current;
  }
  return cudaSuccess;
}

/// For the host: without a driver every address is the host's.
inline MemoryInfo query_for_host(std::uint64_t address) {
  MemoryInfo out;
  (void)query_attributes(address, out);
  return out;
}
inline bool const driver_is_asked = (query_driver = &query_for_host, true);

/// A stream as CUDA sees it: 1 and 2 mean another stream on every device.
struct StreamOnDevice {
  cudaStream_t handle = nullptr;
  int device = any_device;  // the current one
};

/// The stream that a dictionary names, first taken to be of the memory's device.
inline StreamOnDevice stream_of(CaiStream const& stream, int memory_device) {
  if (stream.kind == CaiStream::Kind::legacy) return {cudaStreamLegacy, memory_device};
  if (stream.kind == CaiStream::Kind::per_thread) return {cudaStreamPerThread, memory_device};
  return {reinterpret_cast<cudaStream_t>(static_cast<std::uintptr_t>(stream.handle)),
          memory_device};
}

/// The device of a stream. The default streams have the one that was stated. A handle knows its own, which need
/// not be the memory's; asking one that is being captured would end the capture.
inline int device_of(StreamOnDevice stream) {
  int device = stream.device;
#if CUDART_VERSION >= 12080
  bool const own = stream.handle != nullptr && stream.handle != cudaStreamLegacy &&
                   stream.handle != cudaStreamPerThread;
  if (own) check_import(cudaStreamGetDevice(stream.handle, &device), "cudaStreamGetDevice");
#endif
  return device;
}

/// The capture that a stream takes part in; 0 for none.
inline unsigned long long capture_of(StreamOnDevice stream) {
  DeviceScope const scope(stream.device);
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  unsigned long long id = 0;
  cudaError_t const result = cudaStreamGetCaptureInfo(stream.handle, &status, &id);
  if (result ==
      cudaErrorStreamCaptureImplicit) {  // the capture lives on: only the question was refused
    (void)cudaGetLastError();
    throw InvalidArgument(
        "pane: import on a stream: the order needs the default stream while another stream is "
        "being captured, which "
        "would end the capture; import before the capture begins, or pass {.ordering = "
        "Ordering::by_caller}");
  }
  check_import(result, "cudaStreamGetCaptureInfo");
  return status == cudaStreamCaptureStatusActive ? id : 0;
}

/// An event that is recorded on one stream and waited for by another.
class MarkInStream {
 public:
  MarkInStream() = default;
  ~MarkInStream() {
    if (event_ != nullptr)
      (void)cudaEventDestroy(event_);  // lives on until the streams have passed it
  }
  MarkInStream(MarkInStream const&) = delete;
  MarkInStream& operator=(MarkInStream const&) = delete;

  /// Event and stream are of one device, which has to be the current one for streams 1 and 2.
  void record(StreamOnDevice stream) {
    DeviceScope const scope(stream.device);
    check_import(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming),
                 "cudaEventCreateWithFlags");
    check_import(cudaEventRecord(event_, stream.handle),
                 "cudaEventRecord on the stream that is waited for");
  }

  void let_wait(StreamOnDevice stream) const {
    DeviceScope const scope(stream.device);
    check_import(cudaStreamWaitEvent(stream.handle, event_, 0), "cudaStreamWaitEvent");
  }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Makes what is enqueued on `after` from now on run after what was enqueued on `before` so far.
inline void order_streams(StreamOnDevice before, StreamOnDevice after) {
  bool const default_stream = before.handle == nullptr || before.handle == cudaStreamLegacy ||
                              before.handle == cudaStreamPerThread;
  if (before.handle == after.handle && (!default_stream || before.device == after.device)) return;
  unsigned long long const first = capture_of(before);
  unsigned long long const second = capture_of(after);
  if (first != second) {
    throw InvalidArgument(
        "pane: import on a stream: one of the two streams is being captured into a graph and the "
        "other is not, or "
        "into another one; import before the capture begins, or pass {.ordering = "
        "Ordering::by_caller}");
  }
  if (first == 0) before.device = device_of(before);
  MarkInStream mark;
  mark.record(before);
  mark.let_wait(after);
}

/// Imports on a stream of the current device.
class StreamPlace {
 public:
  explicit StreamPlace(Stream stream) : stream_(stream) {}

  MemoryInfo query(std::uint64_t address) const {
    MemoryInfo out;
    check_import(query_attributes(address, out), "cudaPointerGetAttributes");
    bool const bounds =
        stream_.pointer_check() == PointerCheck::on && out.type != MemoryInfo::Type::unregistered;
    if (bounds) out.allocation = query_allocation(address);
    return out;
  }

  void check(ArrayView const& view, MemoryInfo const& memory, int require_device) const {
    check_memory(view, memory, require_device);
  }

  int device_count() const {
    int count = 0;
    check_import(cudaGetDeviceCount(&count), "cudaGetDeviceCount");
    return count;
  }

  void wait_for(CaiStream const& stream, int memory_device) const {
    order_streams(stream_of(stream, own(memory_device)), mine());
  }

  /// The other way round: the producer's stream waits for ours.
  void release_to(CaiStream const& stream, int memory_device) const {
    order_streams(mine(), stream_of(stream, own(memory_device)));
  }

 private:
  static int current() {
    int device = 0;
    check_import(cudaGetDevice(&device), "cudaGetDevice");
    return device;
  }
  static int own(int memory_device) { return memory_device >= 0 ? memory_device : current(); }
  StreamOnDevice mine() const { return {stream_.handle(), current()}; }

  Stream stream_;
};

template <>
struct PlaceOf<Stream> {
  static StreamPlace make(Stream stream) { return StreamPlace(stream); }
};

}  // namespace detail

/// Gives imported memory back: work that the producer enqueues on its stream from now on runs after what was
/// enqueued on `stream` so far. Call it when the last kernel that uses the import has been launched and the
/// producer will write the memory again. Does nothing when the dictionary names no stream; never synchronises.
///
/// @throws ImportError         the dictionary is wrong.
/// @throws InvalidArgument  one of the streams is being captured and the other is not.
/// @throws CudaError        the driver refused a query or the event.
inline void hand_back(CudaArrayInterface const& cai,
                      Stream stream,
                      CaiOptions const& options = {}) {
  ArrayView const view = resolve(cai, options);
  if (view.size == 0 || view.stream.kind == CaiStream::Kind::none) return;
  detail::StreamPlace const place(stream);
  MemoryInfo const memory = place.query(view.data);
  bool const owned =
      memory.type == MemoryInfo::Type::device || memory.type == MemoryInfo::Type::managed;
  place.release_to(view.stream, owned ? memory.device : any_device);
}

/// Hands memory over to a consumer that has named its stream: what is enqueued there from now on runs after what was
/// enqueued on `stream` so far. This is what `__dlpack__` owes its caller. Never synchronises.
///
///   hand_over(tensor, stream, read_dlpack_stream(argument));
///
/// @param tensor    its device tells which default stream is meant; one without elements has nothing pending
/// @param consumer  of kind none asks for no waiting
/// @throws InvalidArgument  one of the streams is being captured and the other is not.
/// @throws CudaError        the driver refused the event.
inline void hand_over(AnyTensor const& tensor, Stream stream, CaiStream consumer) {
  if (consumer.kind == CaiStream::Kind::none) return;
  for (int i = 0; i < tensor.rank; ++i) {
    if (tensor.shape[i] == 0) return;
  }
  detail::StreamPlace(stream).release_to(consumer, tensor.device);
}

PANE_NAMESPACE_END
