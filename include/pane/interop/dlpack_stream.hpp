// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/import_error.hpp>

#include <cstdint>
#include <optional>

PANE_NAMESPACE_BEGIN

/// The stream that a consumer names in `__dlpack__(stream=...)`: the producer makes it wait. None, or no argument,
/// is the legacy default stream; -1 asks for no waiting, 1 and 2 are the default streams of the memory's device.
///
/// Source  the Python specification of DLPack; 0 is ambiguous and forbidden there
///
/// @throws ImportError  stream_zero or stream_negative.
inline CaiStream read_dlpack_stream(std::optional<std::int64_t> stream) {
  if (!stream) return {CaiStream::Kind::legacy, 0};
  if (*stream == -1) return {};
  if (*stream == 0) {
    detail::refuse(ArrayProtocol::dlpack, ImportReason::stream_zero,
                   "stream is 0: it could mean None, 1 or 2 and is forbidden");
  }
  if (*stream < 0) {
    detail::refuse(ArrayProtocol::dlpack, ImportReason::stream_negative, "stream is ", *stream,
                   ": -1 asks for no waiting, 1 and 2 are the default streams, others are handles");
  }
  if (*stream == 1) return {CaiStream::Kind::legacy, 0};
  if (*stream == 2) return {CaiStream::Kind::per_thread, 0};
  return {CaiStream::Kind::handle, static_cast<std::uint64_t>(*stream)};
}

/// What to pass as `__dlpack__(stream=...)` so that the producer's work comes before what is enqueued on `stream`.
/// Pass it always: PyTorch takes a missing argument for -1. The null stream is 1; PyTorch up to 2.11 refuses 2,
/// `cudaStreamPerThread`. While a stream is being captured pass -1 and order the work in the graph.
inline std::int64_t to_dlpack_stream(Stream stream) noexcept {
  auto const handle = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(stream.handle()));
  return handle == 0 ? 1 : handle;
}

PANE_NAMESPACE_END
