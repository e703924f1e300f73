// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/list.hpp>
#include <pane/core/stream.hpp>
#include <pane/kernels/launch_cuda.hpp>
#include <pane/kernels/launch_host.hpp>

#include <cstddef>
#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// Writes a piece of a list that travels in the kernel's own parameters: no staging buffer, no copy engine, and a
/// captured graph keeps the values.
template <class T>
struct LendProgram {
  static constexpr int threads = 64;
  static constexpr int blocks_per_sm = 1;
  struct Shared {};
  static constexpr int capacity = sizeof(T) <= 3072 ? static_cast<int>(3072 / sizeof(T)) : 1;

  T* to;
  int count;
  T items[capacity];

  Grid grid() const { return {1, 1, 1}; }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      for (int i = t; i < count; i += threads) to[i] = items[i];
    });
  }
};

/// Entry i is make(i), called once for each i in order.
template <class T, class Where, class Make>
List<T> lend_entries(Where where,
                     std::int64_t count,
                     Make make,
                     void* scratch,
                     std::size_t bytes,
                     char const* function) {
  List<T> list;
  list.count = count;
  if (count < 0) throw InvalidArgument(concat(function, ": count is ", count));
  if (count <= List<T>::capacity) {
    for (std::int64_t i = 0; i < count; ++i) list.own[i] = make(i);
    return list;
  }
  std::size_t const needed = scratch_bytes<T>(count);
  auto const scratch_text = [&] {
    return concat(bytes, " bytes at ", static_cast<void const*>(scratch));
  };
  if (scratch == nullptr || bytes < needed ||
      reinterpret_cast<std::uintptr_t>(scratch) % alignof(T) != 0) {
    throw InvalidArgument(concat(function, ": ", count, " entries need ", needed,
                                 " bytes at a multiple of ", static_cast<int>(alignof(T)),
                                 "; scratch is ", scratch_text()));
  }
#if defined(__CUDACC__)
  if constexpr (std::is_same_v<Where, Stream>) {
    if (where.pointer_check() == PointerCheck::on)
      require_device_memory(scratch, function, "scratch", scratch_text);
  }
#endif
  auto* const to = static_cast<T*>(scratch);
  for (std::int64_t done = 0; done < count;) {
    LendProgram<T> program{};
    program.to = to + done;
    program.count = static_cast<int>(smaller<std::int64_t>(count - done, LendProgram<T>::capacity));
    for (int i = 0; i < program.count; ++i) program.items[i] = make(done + i);
    launch(where, program);
    done += program.count;
  }
  list.lent = to;
  return list;
}

template <class Where, class Img>
Batch<Img> lend_batch_entries(
    Where where, Img const* images, std::int64_t count, void* scratch, std::size_t bytes) {
  Batch<Img> out;
  auto const next = [&](std::int64_t n) { return next_entry(out, images[n], n); };
  out.entries =
      lend_entries<BatchEntry<Img>>(where, count, next, scratch, bytes, "pane::lend_batch");
  return out;
}

}  // namespace detail

/// A list of any length. A short one rides in the kernel's parameters; a long one is written into memory that the
/// caller lends, by kernels on the same stream, 3 KiB each.
///
/// Memory    `scratch` has `scratch_bytes<T>(count)` bytes where the calls that use the list run, and stays as it is
///           until the stream has passed the last of them; `items` may go as soon as this returns
/// Stream    enqueued on `where`; may be captured in a graph, which then keeps the values
/// @throws InvalidArgument  the memory is too small, misaligned, or not the device's.
template <class T>
List<T> lend(Host where, T const* items, std::int64_t count, void* scratch, std::size_t bytes) {
  return detail::lend_entries<T>(
      where, count, [&](std::int64_t i) { return items[i]; }, scratch, bytes, "pane::lend");
}

/// Bytes to lend for a batch of `count` images of type `Img`; 0 while they fit in a kernel's parameters.
template <class Img>
constexpr std::size_t batch_scratch_bytes(std::int64_t count) noexcept {
  return scratch_bytes<detail::BatchEntry<Img>>(count);
}

/// A batch of any number of images of different sizes; see `lend`. Needs `batch_scratch_bytes<Img>(count)` bytes.
template <class Img>
Batch<Img> lend_batch(
    Host where, Img const* images, std::int64_t count, void* scratch, std::size_t bytes) {
  return detail::lend_batch_entries(where, images, count, scratch, bytes);
}

#if defined(__CUDACC__)
PANE_HIDDEN_BEGIN
template <class T>
List<T> lend(Stream where, T const* items, std::int64_t count, void* scratch, std::size_t bytes) {
  return detail::lend_entries<T>(
      where, count, [&](std::int64_t i) { return items[i]; }, scratch, bytes, "pane::lend");
}
template <class Img>
Batch<Img> lend_batch(
    Stream where, Img const* images, std::int64_t count, void* scratch, std::size_t bytes) {
  return detail::lend_batch_entries(where, images, count, scratch, bytes);
}
PANE_HIDDEN_END
#endif

PANE_NAMESPACE_END
