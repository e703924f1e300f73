// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstdint>

struct CUstream_st;  // what a cudaStream_t points to; no CUDA header is needed to name it

PANE_NAMESPACE_BEGIN

/// Whether a call asks the driver where its pointers live before it enqueues anything.
enum class PointerCheck : std::uint8_t {
  on,  ///< a host pointer or the memory of an unreachable device is an error on the host
  off  ///< the caller vouches for the pointers and saves one driver query a tensor
};

/// Where to run: a CUDA stream that somebody else owns. Converts from the raw handle; null is the default stream.
class Stream {
 public:
  constexpr Stream() noexcept = default;
  constexpr Stream(CUstream_st* handle,
                   PointerCheck check = PointerCheck::on) noexcept  // NOLINT: a handle is a stream
      : handle_(handle), check_(check) {}

  constexpr CUstream_st* handle() const noexcept { return handle_; }
  constexpr PointerCheck pointer_check() const noexcept { return check_; }

 private:
  CUstream_st* handle_ = nullptr;
  PointerCheck check_ = PointerCheck::on;
};

/// Waits, in a kernel, until everything that its stream was given before it is done and can be seen: a launch of Pane may
/// begin earlier (see kernels/launch_cuda.hpp). Nothing on the CPU; nothing more the second time.
/// @see CUDA, programmatic dependent launch; PTX, griddepcontrol.wait
PANE_HOST_DEVICE PANE_INLINE void await_stream() noexcept {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Where to run: this CPU. The call returns when the work is done.
struct Host {
  /// Threads that share the work; 0 takes one for each core.
  int threads = 1;
};

/// The calling thread alone.
inline constexpr Host host{};

PANE_NAMESPACE_END
