// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/vec.hpp>

#include <cstdint>
#include <type_traits>

// Whole words in and out: how P neighbouring pixels of a tensor move between memory and registers.

PANE_NAMESPACE_BEGIN

namespace detail {

/// Pixels of a run on the CPU, which loads from any address: long enough that a loop over them is worth its vectors. Runs
/// of the GPU have 8 at most.
inline constexpr int host_run = 64;

/// Rows that P places of a picture may lie in: a run of the CPU is a row, one of the GPU may be a column.
template <int P>
inline constexpr int rows_of_run = P == host_run ? 1 : P;

/// The widest power of two, 16 at most, that divides a number of bytes.
PANE_HOST_DEVICE constexpr int word_bytes(int bytes) noexcept {
  for (int w = 16; w > 1; w /= 2) {
    if (bytes % w == 0) return w;
  }
  return 1;
}

template <int Bytes>
struct Word;
template <>
struct Word<1> {
  std::uint8_t bits;
};
template <>
struct Word<2> {
  std::uint16_t bits;
};
template <>
struct Word<4> {
  std::uint32_t bits;
};
template <>
struct alignas(8) Word<8> {
  std::uint32_t bits[2];
};
template <>
struct alignas(16) Word<16> {
  std::uint32_t bits[4];
};

template <class T>
PANE_HOST_DEVICE PANE_INLINE T load_value(void const* from) {
#if PANE_DEVICE_CODE
  constexpr int width = word_bytes(sizeof(T));
  constexpr int count = sizeof(T) / width;
  Word<width> words[count];
  auto const* source = static_cast<Word<width> const*>(from);
  PANE_UNROLL
  for (int i = 0; i < count; ++i) words[i] = source[i];
  T out;
  __builtin_memcpy(&out, words, sizeof(T));
#else
  T out;
  __builtin_memcpy(&out, from, sizeof(T));
#endif
  return out;
}

/// Writes with the hint that nobody will read these lines again soon, so that they leave the cache first.
template <class T>
PANE_HOST_DEVICE PANE_INLINE void store_value(void* to, T const& value) {
#if PANE_DEVICE_CODE
  constexpr int width = word_bytes(sizeof(T));
  constexpr int count = sizeof(T) / width;
  Word<width> words[count];
  __builtin_memcpy(words, &value, sizeof(T));
  PANE_UNROLL
  for (int i = 0; i < count; ++i) {
    if constexpr (width == 16) {
      __stcs(static_cast<uint4*>(to) + i,
             uint4{words[i].bits[0], words[i].bits[1], words[i].bits[2], words[i].bits[3]});
    } else if constexpr (width == 8) {
      __stcs(static_cast<uint2*>(to) + i, uint2{words[i].bits[0], words[i].bits[1]});
    } else if constexpr (width == 4) {
      __stcs(static_cast<unsigned*>(to) + i, words[i].bits);
    } else {
      static_cast<Word<width>*>(to)[i] = words[i];
    }
  }
#else
  __builtin_memcpy(to, &value, sizeof(T));
#endif
}

/// Where the channels of a pixel are: next to each other, or each in a plane of its own.
template <class L>
inline constexpr bool is_interleaved =
    axis_c<L> == L::rank - 1 && axis_block<L> < 0 && L::channels != 1;
template <class L>
inline constexpr bool is_blocked = axis_block<L> >= 0;

template <class T, int N>
struct Strip {
  T v[N];
};

/// Whether the offsets inside one image of a tensor are non-negative and fit in 31 bits.
template <class Tensor>
bool offsets_fit(Tensor const& t) {
  using L = typename Tensor::layout_type;
  std::int64_t reach = sizeof(typename Tensor::value_type);
  for (int i = 0; i < L::rank; ++i) {
    if (i == axis_n<L> || t.extent(i) <= 1) continue;
    std::int64_t step;
    if (t.stride_bytes(i) < 0 || __builtin_mul_overflow(t.stride_bytes(i), t.extent(i) - 1, &step))
      return false;
    if (__builtin_add_overflow(reach, step, &reach)) return false;
  }
  return reach <= 0x7fffffff;
}

/// The address itself, where the compiler must not mix its computation into that of others: what is the same for a whole
/// block is then worked out once.
template <class T>
PANE_HOST_DEVICE PANE_INLINE T* opaque(T* address) noexcept {
#if PANE_DEVICE_CODE
  asm("mov.b64 %0, %1;" : "=l"(address) : "l"(address));
  __builtin_assume(__isGlobal(address));
#endif
  return address;
}

/// A word of any value, for what is used only where it has been written since: costs no instruction.
PANE_HOST_DEVICE PANE_INLINE std::uint32_t any_word() noexcept {
  std::uint32_t word;
#if PANE_DEVICE_CODE
  asm("" : "=r"(word));
#else
  word = 0;
#endif
  return word;
}

/// base + y * pitch_bytes in one instruction, for offsets of 32 bits.
template <class T>
PANE_HOST_DEVICE PANE_INLINE T* row_address(T* base, int y, unsigned pitch_bytes) noexcept {
  static_assert(sizeof(T) == 1);
#if PANE_DEVICE_CODE
  asm("mad.wide.u32 %0, %1, %2, %3;"
      : "=l"(base)
      : "r"(static_cast<unsigned>(y)), "r"(pitch_bytes), "l"(base));
  __builtin_assume(__isGlobal(base));
  return base;
#else
  return base + std::uint64_t{static_cast<unsigned>(y)} * pitch_bytes;
#endif
}

/// Address of element x of row y of plane c, in 32-bit arithmetic; where `offsets_fit` has vouched for it.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE auto* dense_address(
    Tensor const& t, std::int64_t n, int y, int x, int c = 0) {
  using L = typename Tensor::layout_type;
  using T = typename Tensor::element_type;
  using Byte = std::conditional_t<std::is_const_v<T>, unsigned char const, unsigned char>;
  auto const element = static_cast<unsigned>(sizeof(T));
  auto offset = static_cast<unsigned>(y) * static_cast<unsigned>(t.stride_bytes(axis_h<L>)) +
                static_cast<unsigned>(x) * element;
  if constexpr (axis_c<L> >= 0 && !is_interleaved<L>)
    offset += static_cast<unsigned>(c) * static_cast<unsigned>(t.stride_bytes(axis_c<L>));
  auto* base = reinterpret_cast<Byte*>(t.data());
  if constexpr (axis_n<L> >= 0) base = opaque(base + n * t.stride_bytes(axis_n<L>));
  return reinterpret_cast<T*>(base + offset);
}

/// Whether every run of P pixels that starts at a multiple of P is whole aligned words.
template <int P, class Tensor>
bool tensor_packs(Tensor const& t) {
  using T = typename Tensor::value_type;
  using L = typename Tensor::layout_type;
  if constexpr (is_blocked<L> || L::channels == dynamic) {
    return false;
  } else {
    constexpr int channels = is_interleaved<L> ? L::channels : 1;
    constexpr int width =
        P == host_run ? 1 : word_bytes(static_cast<int>(sizeof(T)) * channels * P);
    if (reinterpret_cast<std::uintptr_t>(t.data()) % width != 0) return false;
    if (P == 1 && !offsets_fit(t)) return false;
    for (int i = 0; i < L::rank; ++i) {
      if (t.extent(i) == 1) continue;
      auto const stride = t.stride_bytes(i);
      if (i == axis_w<L>) {
        if (stride != static_cast<std::int64_t>(sizeof(T)) * channels) return false;
      } else if (i == axis_c<L> && is_interleaved<L>) {
        if (stride != static_cast<std::int64_t>(sizeof(T))) return false;
      } else if (stride % width != 0) {
        return false;
      }
    }
    return true;
  }
}

/// Address of element (n, y, x) of plane c where `tensor_packs` has vouched for rows without holes.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE auto* packed_address(
    Tensor const& t, std::int64_t n, int y, int x, int c = 0) {
  using L = typename Tensor::layout_type;
  using T = typename Tensor::element_type;
  using Byte = std::conditional_t<std::is_const_v<T>, unsigned char const, unsigned char>;
  constexpr int pixel_bytes = static_cast<int>(sizeof(T)) * (is_interleaved<L> ? L::channels : 1);
  auto* at = reinterpret_cast<Byte*>(t.data()) + y * t.stride_bytes(axis_h<L>) +
             std::int64_t{x} * pixel_bytes;
  if constexpr (axis_n<L> >= 0) at += n * t.stride_bytes(axis_n<L>);
  if constexpr (axis_c<L> >= 0 && !is_interleaved<L>) at += c * t.stride_bytes(axis_c<L>);
  return reinterpret_cast<T*>(at);
}

/// P pixels as they lie in memory, for whoever moves them without a look: interleaved ones, or of one channel.
template <int P, class Tensor>
using Words = Strip<std::uint32_t, P* static_cast<int>(sizeof(typename Tensor::pixel)) / 4>;
template <class Tensor>
inline constexpr bool has_words = false;
template <class Tensor>
requires requires {
  typename Tensor::layout_type;
} &&(is_interleaved<typename Tensor::layout_type> ||
     Tensor::channels == 1) inline constexpr bool has_words<Tensor> = true;

/// P pixels that `tensor_packs` has vouched for.
template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE auto tensor_load(Tensor const& t, std::int64_t n, int y, int x) {
  using L = typename Tensor::layout_type;
  using Pixel = typename Tensor::pixel;
  using V = typename Pixel::value_type;
  if constexpr (P == 1) {  // single pixels of a gather: many addresses, so cheap ones
    Run<Pixel, 1> out;
    PANE_UNROLL
    for (int c = 0; c < Pixel::channels; ++c) {
      if constexpr (is_interleaved<L>) {
        out.p[0].v[c] = dense_address(t, n, y, x * Pixel::channels)[c];
      } else {
        out.p[0].v[c] = *dense_address(t, n, y, x, c);
      }
    }
    return out;
  } else if constexpr (is_interleaved<L>) {
    return load_value<Run<Pixel, P>>(packed_address(t, n, y, x));
  } else {
    Run<Pixel, P> out;
    PANE_UNROLL
    for (int c = 0; c < Pixel::channels; ++c) {
      auto const strip = load_value<Strip<V, P>>(packed_address(t, n, y, x, c));
      PANE_UNROLL
      for (int i = 0; i < P; ++i) out.p[i].v[c] = strip.v[i];
    }
    return out;
  }
}

template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE void tensor_store(
    Tensor const& t, std::int64_t n, int y, int x, Run<typename Tensor::pixel, P> const& run) {
  using T = typename Tensor::value_type;
  using L = typename Tensor::layout_type;
  if constexpr (is_interleaved<L>) {
    store_value(packed_address(t, n, y, x), run);
  } else {
    PANE_UNROLL
    for (int c = 0; c < L::channels; ++c) {
      Strip<T, P> strip;
      PANE_UNROLL
      for (int i = 0; i < P; ++i) strip.v[i] = run.p[i].v[c];
      store_value(packed_address(t, n, y, x, c), strip);
    }
  }
}

/// The pixels of P neighbouring columns of planes, for a thread that goes down them, where `tensor_packs` has vouched for
/// P pixels and for one: what the addresses of a column share is worked out once.
template <class Tensor, int P>
struct Column {
  using T = typename Tensor::value_type;
  using L = typename Tensor::layout_type;
  unsigned char* top[L::channels];
  unsigned pitch_bytes;

  PANE_HOST_DEVICE PANE_INLINE Column(Tensor const& t, std::int64_t n, int x)
      : pitch_bytes(static_cast<unsigned>(t.stride_bytes(axis_h<L>))) {
    PANE_UNROLL
    for (int c = 0; c < L::channels; ++c)
      top[c] = opaque(reinterpret_cast<unsigned char*>(packed_address(t, n, 0, x, c)));
  }
  template <class U>
  PANE_HOST_DEVICE PANE_INLINE void store(int y,
                                          Run<Vec<U, L::channels>, P> const& run) const noexcept {
    PANE_UNROLL
    for (int c = 0; c < L::channels; ++c) {
      Strip<T, P> strip;
      PANE_UNROLL
      for (int i = 0; i < P; ++i) strip.v[i] = saturate_cast<T>(run.p[i].v[c]);
      store_value(row_address(top[c], y, pitch_bytes), strip);
    }
  }
};

/// One pixel, at any address and with any strides. The unused places of the last block of a blocked layout get 0.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE void tensor_store(
    Tensor const& t, std::int64_t n, int y, int x, typename Tensor::pixel const& pixel) {
  using T = typename Tensor::value_type;
  using L = typename Tensor::layout_type;
  PANE_UNROLL
  for (int c = 0; c < L::channels; ++c) *t.address(n, y, x, c) = pixel.v[c];
  if constexpr (is_blocked<L>) {
    int const places = static_cast<int>(t.extent(axis_c<L>) * t.extent(axis_block<L>));
    for (int c = L::channels; c < places; ++c) *t.address(n, y, x, c) = T{};
  }
}

}  // namespace detail

PANE_NAMESPACE_END
