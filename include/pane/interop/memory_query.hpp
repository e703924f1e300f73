// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/import_error.hpp>

#include <concepts>  // std::convertible_to
#include <cstdint>
#include <optional>

PANE_NAMESPACE_BEGIN

/// What the driver knows about an address.
struct MemoryInfo {
  enum class Type : std::uint8_t {
    unregistered,  ///< pageable host memory, freed memory, or no memory at all
    pinned,        ///< page-locked or registered host memory
    device,
    managed
  };
  Type type = Type::unregistered;
  int device = -1;         ///< CUDA device that owns the memory
  bool accessible = true;  ///< the current device can read and write it
  /// The allocation that the address lies in; an upper bound where a pool hands out parts of a segment.
  struct Allocation {
    std::uint64_t base = 0;
    std::uint64_t size_bytes = 0;
  };
  std::optional<Allocation> allocation{};
};

/// "unregistered", "pinned", "device" or "managed"
constexpr char const* name(MemoryInfo::Type type) noexcept {
  constexpr char const* names[] = {"unregistered", "pinned", "device", "managed"};
  return names[static_cast<int>(type)];
}

/// Whatever answers where an address lives: the driver, or a test that makes the answer up.
template <class Q>
concept MemoryQuery = requires(Q const& query, std::uint64_t address) {
  { query.query(address) } -> std::convertible_to<MemoryInfo>;
};

/// No particular device.
inline constexpr int any_device = -1;

/// Checks that a CUDA device may use all of a view.
///
/// Order of checks: reachable from the current device; on `require_device` when the memory belongs to one device;
/// inside the allocation, when its bounds are known.
///
/// @throws ImportError  not_device_accessible, device_mismatch or out_of_allocation.
inline void check_memory(ArrayView const& view,
                         MemoryInfo const& memory,
                         int require_device = any_device) {
  if (memory.type == MemoryInfo::Type::unregistered) {
    detail::refuse(view.protocol, ImportReason::not_device_accessible, "the address is ", view.data,
                   ": it is pageable host memory or freed; no CUDA device can use it");
  }
  if (!memory.accessible) {
    detail::refuse(
        view.protocol, ImportReason::not_device_accessible, "the address is ", view.data,
        " on device ", memory.device,
        ": the current device cannot reach it; enable peer access, pool access for stream-ordered "
        "memory, or copy");
  }
  if (memory.type == MemoryInfo::Type::device && require_device != any_device &&
      memory.device != require_device) {
    detail::refuse(view.protocol, ImportReason::device_mismatch, "the address is ", view.data,
                   " on device ", memory.device, ": device ", require_device, " was asked for");
  }
  if (!memory.allocation) return;
  auto const base = memory.allocation->base;
  auto const bytes = memory.allocation->size_bytes;
  std::uint64_t const offset = view.data - base;
  auto const high = static_cast<std::uint64_t>(view.span_high);
  bool const inside = view.data >= base && detail::magnitude(view.span_low) <= offset &&
                      offset <= bytes && high <= bytes - offset;
  if (!inside) {
    detail::refuse(view.protocol, ImportReason::out_of_allocation, "the address is ", view.data,
                   " and the view spans [", view.span_low, ", ", view.span_high,
                   ") bytes from there: the allocation is [", base, ", ", base, " + ", bytes, ")");
  }
}

/// Asks where a view lives and checks it. A view without elements is never asked about.
template <MemoryQuery Q>
std::optional<MemoryInfo> locate(ArrayView const& view,
                                 Q const& query,
                                 int require_device = any_device) {
  if (view.size == 0) return std::nullopt;
  MemoryInfo const memory = query.query(view.data);
  check_memory(view, memory, require_device);
  return memory;
}

PANE_NAMESPACE_END
