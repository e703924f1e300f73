// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// A list whose length is known at run time and that travels inside a kernel's parameters while it is short; longer
/// ones stand in memory that the caller lends (see `lend` in kernels/lend.hpp). Non-owning in the second case.
template <class T>
struct List {
  static_assert(std::is_trivially_copyable_v<T>);
  /// Bytes that a list may take in the parameters: two of them and a chain stay below the 4 KiB of CUDA 12.0.
  static constexpr std::size_t inline_bytes = 1536;
  static constexpr std::int64_t capacity =
      sizeof(T) <= inline_bytes ? static_cast<std::int64_t>(inline_bytes / sizeof(T)) : 1;

  std::int64_t count = 0;
  T const* lent = nullptr;
  T own[capacity] = {};

  PANE_HOST_DEVICE T const& operator[](std::int64_t i) const noexcept {
    if (lent == nullptr) return own[i];
    await_stream();  // the entries may be what the kernel before this one writes
    return lent[i];
  }
};

/// Bytes of memory to lend for `count` entries of type `T`; 0 while they fit in a kernel's parameters.
template <class T>
constexpr std::size_t scratch_bytes(std::int64_t count) noexcept {
  return count <= List<T>::capacity ? 0 : static_cast<std::size_t>(count) * sizeof(T);
}

/// A list that fits in a kernel's parameters.
///
/// @throws InvalidArgument  it does not fit.
template <class T>
List<T> make_list(T const* items, std::int64_t count) {
  if (count < 0 || count > List<T>::capacity) {
    throw InvalidArgument(detail::concat(
        "pane::make_list: ", count, " entries do not fit in a kernel's parameters, which hold ",
        List<T>::capacity,
        " of this type: lend memory with pane::lend(where, items, count, scratch, bytes)"));
  }
  List<T> list;
  list.count = count;
  for (std::int64_t i = 0; i < count; ++i) list.own[i] = items[i];
  return list;
}

PANE_NAMESPACE_END
