// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/tensor.hpp>

#include <cstdint>
#include <numeric>  // std::gcd
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace detail {

/// The rows of a tensor as one rectangle of bytes in memory of a given pitch, as far as it is one.
struct Rectangle {
  bool valid = false;
  Index pitch = 0;
  Index rows = 0;
  Index row_bytes = 0;
};

template <class T, class L>
Rectangle rectangle_of(Tensor<T, L> const& t) {
  constexpr int h = axis_h<L>;
  Index const pitch = t.stride_bytes(h);
  Index low = 0;
  Index high = sizeof(T);
  Index rows = t.height();
  for (int i = 0; i < L::rank; ++i) {
    Index const stride = t.stride_bytes(i);
    if (i == h || t.extent(i) == 1) continue;
    if (stride < 0) return {};
    if (i == axis_n<L> && pitch > 0 && stride == pitch * t.height()) {
      rows *= t.extent(i);
      continue;
    }
    high += stride * (t.extent(i) - 1);
  }
  return {pitch > 0 && high - low <= pitch, pitch, rows, high - low};
}

/// The greatest number of bytes that divides every stride that is used, in both tensors.
template <class T, class L, class U, class M>
std::uint64_t common_step(Tensor<T, L> const& a, Tensor<U, M> const& b) {
  std::uint64_t step = 0;
  for (int i = 0; i < L::rank; ++i) {
    if (a.extent(i) > 1) step = std::gcd(step, magnitude(a.stride_bytes(i)));
  }
  for (int i = 0; i < M::rank; ++i) {
    if (b.extent(i) > 1) step = std::gcd(step, magnitude(b.stride_bytes(i)));
  }
  return step;
}

/// Whether two tensors of the same shape and strides are the halves of one that holds every element once: U and V of
/// NV12, two channels of one picture.
template <class T, class L, class U, class M>
bool are_interleaved(Tensor<T, L> const& a, Tensor<U, M> const& b) {
  if constexpr (sizeof(T) != sizeof(U) || L::rank != M::rank) return false;
  constexpr int rank = L::rank;
  Index shape[rank + 1];
  Index stride_bytes[rank + 1];
  for (int i = 0; i < rank; ++i) {
    if (a.extent(i) != b.extent(i) || (a.extent(i) > 1 && a.stride_bytes(i) != b.stride_bytes(i)))
      return false;
    shape[i] = a.extent(i);
    stride_bytes[i] = a.stride_bytes(i);
  }
  shape[rank] = 2;
  stride_bytes[rank] = static_cast<Index>(reinterpret_cast<std::uintptr_t>(b.data()) -
                                          reinterpret_cast<std::uintptr_t>(a.data()));
  return !overlaps_itself(shape, stride_bytes, rank + 1, sizeof(T));
}

/// Whether the images of two batches that are equally far apart lie in between each other: luma and chroma of surfaces
/// that follow each other.
template <class T, class L, class U, class M>
bool batches_apart(Tensor<T, L> const& a, Tensor<U, M> const& b) {
  if constexpr (axis_n<L> < 0 || axis_n<M> < 0) {
    return false;
  } else {
    Index const step = a.stride_bytes(axis_n<L>);
    if (a.batch() < 2 || b.batch() < 2 || step <= 0 || b.stride_bytes(axis_n<M>) != step)
      return false;
    auto const image = [](auto const& t, int axis, Index element) {
      Index shape[std::remove_cvref_t<decltype(t)>::rank];
      for (int i = 0; i < t.rank; ++i) shape[i] = i == axis ? 1 : t.extent(i);
      return span_of(shape, t.strides_bytes(), t.rank, element);
    };
    Span const sa = image(a, axis_n<L>, sizeof(T));
    Span const sb = image(b, axis_n<M>, sizeof(U));
    // b's images begin this many bytes after a's, counted around one step.
    Index const from = static_cast<Index>(reinterpret_cast<std::uintptr_t>(b.data()) -
                                          reinterpret_cast<std::uintptr_t>(a.data())) +
                       sb.low - sa.low;
    Index const between = (from % step + step) % step;
    return sa.high - sa.low <= between && between + (sb.high - sb.low) <= step;
  }
}

/// Whether two tensors may share a byte. Exact for disjoint spans, for elements in between each other, and for rectangles in one pitched buffer (two regions of one surface);
/// otherwise overlapping spans count as overlap.
template <class T, class L, class U, class M>
bool may_overlap(Tensor<T, L> const& a, Tensor<U, M> const& b) {
  if (a.empty() || b.empty()) return false;
  Span const sa = span_of(a.shape(), a.strides_bytes(), L::rank, sizeof(T));
  Span const sb = span_of(b.shape(), b.strides_bytes(), M::rank, sizeof(U));
  // Unsigned: a tensor may lie anywhere in 64 bits, and its constructor has made sure that it does not wrap.
  auto const pa = reinterpret_cast<std::uintptr_t>(a.data());
  auto const pb = reinterpret_cast<std::uintptr_t>(b.data());
  auto const after = [](std::uintptr_t p, Index bytes) {
    return p + static_cast<std::uintptr_t>(bytes);
  };
  if (after(pa, sa.high) <= after(pb, sb.low) || after(pb, sb.high) <= after(pa, sa.low))
    return false;
  if (are_interleaved(a, b) || batches_apart(a, b)) return false;
  if (std::uint64_t const step = common_step(a, b); step != 0) {
    // Every element of b starts this many bytes after a multiple of the step, counted from a. 2^64 is such a
    // multiple only for powers of two, so the difference must not wrap.
    std::uint64_t const between = pb >= pa ? (pb - pa) % step : (step - (pa - pb) % step) % step;
    if (between >= sizeof(T) && between + sizeof(U) <= step) return false;
  }
  Rectangle const ra = rectangle_of(a);
  Rectangle const rb = rectangle_of(b);
  if (!ra.valid || !rb.valid || ra.pitch != rb.pitch) return true;
  // b starts `down` rows and `across` bytes after a; as the pitch wraps, also one row further and across - pitch.
  auto const delta = static_cast<Index>(pb - pa);
  Index down = delta / ra.pitch;
  Index across = delta % ra.pitch;
  if (across < 0) {
    across += ra.pitch;
    --down;
  }
  for (int wrap = 0; wrap < 2; ++wrap, across -= ra.pitch, ++down) {
    bool const rows_meet = down < ra.rows && -down < rb.rows;
    bool const bytes_meet = across < ra.row_bytes && -across < rb.row_bytes;
    if (rows_meet && bytes_meet) return true;
  }
  return false;
}

/// Whether two tensors are the same elements: the case in which a pointwise chain may write where it reads.
template <class T, class L, class U, class M>
bool same_elements(Tensor<T, L> const& a, Tensor<U, M> const& b) {
  if constexpr (sizeof(T) == sizeof(U) && same_axes<L, M>) {
    bool same = static_cast<void const*>(a.data()) == static_cast<void const*>(b.data());
    for (int i = 0; i < L::rank; ++i) {
      same = same && a.extent(i) == b.extent(i) &&
             (a.extent(i) <= 1 || a.stride_bytes(i) == b.stride_bytes(i));
    }
    return same;
  } else {
    return false;
  }
}

}  // namespace detail
PANE_NAMESPACE_END
