// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/memory_query.hpp>

#include <concepts>  // std::same_as
#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Where an import happens: it knows where an address lives, and how to wait for the producer's stream.
///
/// `host` and a `Stream` are places; a test, or a program with its own driver, passes an object of its own:
///   query(address)             what the driver knows about the address
///   check(view, info, device)  throws unless the place can use the memory
///   wait_for(stream, device)   orders later work here after the stream's work so far, which belongs to the
///                              memory's device (-1 for host memory); called last, when all checks have passed
template <class P>
concept ImportPlace = MemoryQuery<P> &&
    requires(P const& place, ArrayView const& view, MemoryInfo const& info, CaiStream stream) {
  place.check(view, info, any_device);
  place.wait_for(stream, any_device);
};

namespace detail {

/// The driver's answer, once a CUDA header is compiled in; without one every address is the host's.
inline MemoryInfo (*query_driver)(std::uint64_t address) = nullptr;

/// The calling thread. It reads host memory and cannot wait for a stream without blocking.
struct HostPlace {
  MemoryInfo query(std::uint64_t address) const {
    return query_driver != nullptr ? query_driver(address) : MemoryInfo{};
  }

  void check(ArrayView const& view, MemoryInfo const& memory, int) const {
    if (memory.type == MemoryInfo::Type::device) {
      refuse(view.protocol, ImportReason::not_host_accessible, "the address is ", view.data,
             " in the memory of device ", memory.device,
             ": the host cannot read it; pass a stream");
    }
  }

  void wait_for(CaiStream const& stream, int) const {
    throw InvalidArgument(concat(
        "pane: import on the host: stream is ", describe(stream),
        ": work may be pending there and an import never blocks; synchronise that stream and "
        "pass {.ordering = Ordering::by_caller}"));
  }
};

/// The place that a `Stream` means; it is in <pane/interop/cuda_memory.hpp>.
template <class Where>
struct PlaceOf;

template <class Where>
decltype(auto) place_of(Where const& where) {
  if constexpr (ImportPlace<Where>) {
    return (where);
  } else if constexpr (std::is_convertible_v<Where const&, Stream>) {
    using OnStream = PlaceOf<std::conditional_t<(sizeof(Where) > 0), Stream, Where>>;
    constexpr bool compiled_in = requires {
      sizeof(OnStream);
    };
    static_assert(compiled_in,
                  "pane: importing on a stream needs #include "
                  "<pane/interop/cuda_memory.hpp> "
                  "and the CUDA runtime; on the CPU pass pane::host");
    if constexpr (compiled_in) {
      return OnStream::make(where);
    } else {
      return HostPlace{};  // keeps the compiler to the one sentence above
    }
  } else {
    static_assert(std::same_as<Where, Host>,
                  "pane: the place of an import is a pane::Stream (a cudaStream_t), "
                  "pane::host, or an "
                  "object with query, check and wait_for");
    return HostPlace{};
  }
}

}  // namespace detail

PANE_NAMESPACE_END
