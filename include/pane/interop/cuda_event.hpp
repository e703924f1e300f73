// SPDX-License-Identifier: MIT
#pragma once

// What a `ReleaseQueue` needs to follow CUDA streams. Needs the CUDA runtime (12.0 or later), not its compiler.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/cuda_memory.hpp>
#include <pane/interop/release_queue.hpp>

#include <cuda_runtime_api.h>  // events

PANE_NAMESPACE_BEGIN

namespace detail {

/// Refuses a stream that is being captured. Asked before the stream is touched: anything else would end the capture.
inline void refuse_captured(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  cudaError_t const result = cudaStreamIsCapturing(stream, &status);
  if (result == cudaErrorStreamCaptureImplicit) {
    (void)cudaGetLastError();
    throw InvalidArgument(
        "pane::ReleaseQueue::add: the stream is the default stream while another stream is being "
        "captured, and an event on it would end the capture; add before the capture begins or "
        "after it has ended");
  }
  check_import(result, "cudaStreamIsCapturing");
  if (status != cudaStreamCaptureStatusNone) {
    throw InvalidArgument(
        "pane::ReleaseQueue::add: the stream is being captured into a graph, and an event of a "
        "capture never passes; keep the owner for as long as the graph is launched");
  }
}

template <>
struct MarkOf<Stream> {
  static void* record(Stream stream) {
    refuse_captured(stream.handle());
    StreamOnDevice on{stream.handle(), any_device};
    on.device = device_of(on);
    DeviceScope const scope(on.device);
    cudaEvent_t event = nullptr;
    check_import(cudaEventCreateWithFlags(&event, cudaEventDisableTiming),
                 "cudaEventCreateWithFlags");
    cudaError_t const status = cudaEventRecord(event, on.handle);
    if (status != cudaSuccess) (void)cudaEventDestroy(event);
    check_import(status, "cudaEventRecord on the stream of the last use");
    return event;
  }

  /// An error other than "not ready" means that nothing runs in the context any more.
  static bool passed(void* mark) noexcept {
    cudaError_t const status = cudaEventQuery(static_cast<cudaEvent_t>(mark));
    if (status != cudaSuccess) (void)cudaGetLastError();
    return status != cudaErrorNotReady;
  }
  static void wait(void* mark) noexcept {
    if (cudaEventSynchronize(static_cast<cudaEvent_t>(mark)) != cudaSuccess) {
      (void)cudaGetLastError();
    }
  }
  static void destroy(void* mark) noexcept {
    (void)cudaEventDestroy(static_cast<cudaEvent_t>(mark));
  }

  /// A capture elsewhere forbids asking events and freeing memory, unless this thread says that it knows.
  static int enter() noexcept {
    cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    (void)cudaThreadExchangeStreamCaptureMode(&mode);
    return static_cast<int>(mode);
  }
  static void leave(int entered) noexcept {
    auto mode = static_cast<cudaStreamCaptureMode>(entered);
    (void)cudaThreadExchangeStreamCaptureMode(&mode);
  }

  static constexpr MarkCalls calls{&passed, &wait, &destroy, &enter, &leave};
};

}  // namespace detail

PANE_NAMESPACE_END
