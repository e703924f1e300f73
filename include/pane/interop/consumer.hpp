// SPDX-License-Identifier: MIT
#pragma once

// What a consumer of exported arrays needs to be told, or must not be handed.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/dlpack_export.hpp>

#include <cstdint>
#include <string>
#include <string_view>

PANE_NAMESPACE_BEGIN
/// What an export by the CUDA Array Interface does about work that is still pending.
enum class Pending : std::uint8_t {
  wait,         ///< blocks until it is done and names no stream: safe with every consumer
  name_stream,  ///< names the stream: for consumers that wait for it
  ignore        ///< neither, nor does `__dlpack__` order streams: the caller does
};

/// The strides that a consumer understands.
enum class ConsumerStrides : std::uint8_t {
  any,
  compact,    ///< a permutation of C order without gaps: JAX
  row_pitch,  ///< C order, gaps after the first axis only: nvImageCodec, CV-CUDA
  contiguous  ///< C order without gaps: PyCUDA, which looks at the address only
};

/// A consumer of exports and its rules. The default suits every library that was measured.
struct Consumer {
  char const* name = "";
  Pending pending = Pending::wait;
  NegativeStrides negative_strides = NegativeStrides::refuse;
  ReadOnlyMark read_only_mark = ReadOnlyMark::keep;
  Access needs = Access::read;  ///< write: it takes no read-only memory
  ConsumerStrides strides = ConsumerStrides::any;
  int rank = -1;  ///< the number of axes that it takes; -1: any
};

namespace detail {

inline constexpr Consumer consumers[] = {
    {.name = "any"},
    // Ignores the key stream and the flag READ_ONLY, aborts on negative strides.
    {.name = "torch", .needs = Access::write},
    {.name = "cupy", .pending = Pending::name_stream, .negative_strides = NegativeStrides::allow},
    {.name = "numba", .pending = Pending::name_stream, .negative_strides = NegativeStrides::allow},
    {.name = "cuda_core",
     .pending = Pending::name_stream,
     .negative_strides = NegativeStrides::allow},
    // Knows its own streams only; its arrays never change, so the mark may be lost.
    {.name = "jax", .read_only_mark = ReadOnlyMark::drop, .strides = ConsumerStrides::compact},
    {.name = "numpy", .negative_strides = NegativeStrides::allow},
    {.name = "nvimagecodec",
     .pending = Pending::name_stream,
     .strides = ConsumerStrides::row_pitch,
     .rank = 3},
    {.name = "cvcuda", .strides = ConsumerStrides::row_pitch},
    {.name = "pycuda", .strides = ConsumerStrides::contiguous},
    {.name = "rmm", .strides = ConsumerStrides::contiguous, .rank = 1},
    {.name = "unordered", .pending = Pending::ignore},
};

/// Whether the strides of the axes with more than one element are those of C order over some order of the axes.
inline bool is_compact(AnyTensor const& t) noexcept {
  bool used[AnyTensor::max_rank] = {};
  std::int64_t expected = size_bytes(t.dtype);
  for (int step = 0; step < t.rank; ++step) {
    int next = -1;
    for (int i = 0; i < t.rank; ++i) {
      if (!used[i] && t.shape[i] != 1 && t.stride_bytes[i] == expected) next = i;
    }
    if (next < 0) break;
    used[next] = true;
    expected *= t.shape[next];
  }
  for (int i = 0; i < t.rank; ++i) {
    if (!used[i] && t.shape[i] != 1) return false;
  }
  return true;
}

/// C order without gaps from axis `first` on.
inline bool is_packed_from(AnyTensor const& t, int first) noexcept {
  std::int64_t expected = size_bytes(t.dtype);
  for (int i = t.rank; i-- > 0;) {
    if (t.shape[i] == 1) continue;
    if (i >= first ? t.stride_bytes[i] != expected : t.stride_bytes[i] < expected) return false;
    if (i >= first) expected *= t.shape[i];
  }
  return true;
}

}  // namespace detail

/// The consumer of this name: any, torch, cupy, numba, cuda_core, jax, numpy, nvimagecodec, cvcuda, pycuda, rmm;
/// or unordered, for a caller who orders the streams.
///
/// @throws InvalidArgument  there is no such name.
inline Consumer consumer_named(std::string_view name) {
  std::string known;
  for (Consumer const& c : detail::consumers) {
    if (name == c.name) return c;
    known += known.empty() ? c.name : std::string(", ") + c.name;
  }
  throw InvalidArgument(detail::concat("pane::consumer_named: ", std::string(name),
                                       " is no consumer; they are ", known));
}

/// Refuses what a consumer would misread, or crash on.
///
/// @throws InvalidArgument  with the tensor, the consumer and the rule.
inline void check_consumer(Consumer const& c, AnyTensor const& t) {
  auto const fail = [&](auto const&... rule) {
    throw InvalidArgument(
        detail::concat("pane: exporting ", t.text(), " for ", c.name, ": ", rule...));
  };
  bool empty = false;
  for (int i = 0; i < t.rank; ++i) empty = empty || t.shape[i] == 0;
  if (t.readonly && c.needs == Access::write)
    fail("it takes no read-only memory, and by DLPack it would write to it: copy the array");
  if (c.rank >= 0 && t.rank != c.rank) fail("it takes arrays with ", c.rank, " axes");
  if (empty) return;
  switch (c.strides) {
    case ConsumerStrides::any:
      return;
    case ConsumerStrides::compact:
      if (!detail::is_compact(t)) fail("it takes no gaps, no repeats and no negative strides");
      return;
    case ConsumerStrides::row_pitch:
      if (!detail::is_packed_from(t, 1))
        fail("it takes C order with gaps after the first axis only");
      return;
    case ConsumerStrides::contiguous:
      if (!detail::is_packed_from(t, 0)) fail("it takes C order without gaps");
      return;
  }
}

PANE_NAMESPACE_END
