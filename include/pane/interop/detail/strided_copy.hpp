// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>  // std::memcpy

PANE_NAMESPACE_BEGIN

namespace detail {

/// Whether the bytes of a word change places on the way.
enum class ByteSwap : std::uint8_t { no, yes };

inline std::uint8_t byte_swapped(std::uint8_t v) noexcept {
  return v;
}
inline std::uint16_t byte_swapped(std::uint16_t v) noexcept {
  return __builtin_bswap16(v);
}
inline std::uint32_t byte_swapped(std::uint32_t v) noexcept {
  return __builtin_bswap32(v);
}
inline std::uint64_t byte_swapped(std::uint64_t v) noexcept {
  return __builtin_bswap64(v);
}

/// A copy between two strided arrays of the same shape in host memory; no address needs any alignment.
struct StridedCopy {
  int rank = 0;
  Index shape[AnyTensor::max_rank] = {};
  Index to_stride[AnyTensor::max_rank] = {};    // bytes
  Index from_stride[AnyTensor::max_rank] = {};  // bytes
  Index word = 1;                               // bytes of an element: 1, 2, 4 or 8
  ByteSwap swap = ByteSwap::no;

  void add_axis(Index extent, Index to_stride_bytes, Index from_stride_bytes) {
    shape[rank] = extent;
    to_stride[rank] = to_stride_bytes;
    from_stride[rank++] = from_stride_bytes;
  }

  /// Orders the axes by the strides of what is written and joins those that are walked as one, so that the
  /// innermost one is long.
  void simplify() {
    for (int i = 1; i < rank; ++i) {
      for (int k = i; k > 0 && magnitude(to_stride[k - 1]) < magnitude(to_stride[k]); --k) {
        for (Index* values : {shape, to_stride, from_stride}) {
          Index const other = values[k];
          values[k] = values[k - 1];
          values[k - 1] = other;
        }
      }
    }
    int last = -1;
    for (int i = 0; i < rank; ++i) {
      if (shape[i] == 1) continue;
      bool const joined = last >= 0 && to_stride[last] == to_stride[i] * shape[i] &&
                          from_stride[last] == from_stride[i] * shape[i];
      if (!joined) ++last;
      shape[last] = joined ? shape[last] * shape[i] : shape[i];
      to_stride[last] = to_stride[i];
      from_stride[last] = from_stride[i];
    }
    rank = last + 1;
  }

  void run(std::byte* to, std::byte const* from) {
    for (int i = 0; i < rank; ++i) {
      if (shape[i] == 0) return;
    }
    simplify();
    switch (word) {
      case 1:
        return walk<std::uint8_t>(0, to, from);
      case 2:
        return walk<std::uint16_t>(0, to, from);
      case 4:
        return walk<std::uint32_t>(0, to, from);
      default:
        return walk<std::uint64_t>(0, to, from);
    }
  }

 private:
  template <class Word>
  void walk(int axis, std::byte* to, std::byte const* from) const {
    if (axis + 1 < rank) {
      for (Index i = 0; i < shape[axis]; ++i)
        walk<Word>(axis + 1, to + i * to_stride[axis], from + i * from_stride[axis]);
      return;
    }
    Index const count = rank == 0 ? 1 : shape[axis];
    Index const to_step = rank == 0 ? 0 : to_stride[axis];
    Index const from_step = rank == 0 ? 0 : from_stride[axis];
    constexpr Index packed = sizeof(Word);
    if (swap == ByteSwap::yes) {
      for (Index i = 0; i < count; ++i) {
        Word value;
        std::memcpy(&value, from + i * from_step, sizeof value);
        value = byte_swapped(value);
        std::memcpy(to + i * to_step, &value, sizeof value);
      }
    } else if (to_step == packed && from_step == packed) {
      std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Word));
    } else {
      for (Index i = 0; i < count; ++i)
        std::memcpy(to + i * to_step, from + i * from_step, sizeof(Word));
    }
  }
};

}  // namespace detail

PANE_NAMESPACE_END
