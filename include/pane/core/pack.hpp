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
  constexpr int width = word_bytes(sizeof(T));
  constexpr int count = sizeof(T) / width;
  Word<width> words[count];
#if PANE_DEVICE_CODE
  auto const* source = static_cast<Word<width> const*>(from);
  PANE_UNROLL
  for (int i = 0; i < count; ++i) words[i] = source[i];
#else
  __builtin_memcpy(words, from, sizeof(T));
#endif
  T out;
  __builtin_memcpy(&out, words, sizeof(T));
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

/// Address of element x of row y of plane c, in 32-bit arithmetic; where `offsets_fit` has vouched for it.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE auto* dense_address(
    Tensor const& t, std::int64_t n, int y, int x, int c = 0) {
  using L = typename Tensor::layout_type;
  auto const element = static_cast<unsigned>(sizeof(typename Tensor::value_type));
  auto offset = static_cast<unsigned>(y) * static_cast<unsigned>(t.stride_bytes(axis_h<L>)) +
                static_cast<unsigned>(x) * element;
  if constexpr (axis_c<L> >= 0 && !is_interleaved<L>)
    offset += static_cast<unsigned>(c) * static_cast<unsigned>(t.stride_bytes(axis_c<L>));
  auto const* base = reinterpret_cast<unsigned char const*>(t.data());
  if constexpr (axis_n<L> >= 0) base = opaque(base + n * t.stride_bytes(axis_n<L>));
  return reinterpret_cast<typename Tensor::value_type const*>(base + offset);
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
    constexpr int width = word_bytes(static_cast<int>(sizeof(T)) * channels * P);
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

/// 2^23 plus a byte of a word: the byte is put into the mantissa, so that no conversion instruction is needed.
PANE_HOST_DEVICE PANE_INLINE float byte_on_2_23(std::uint32_t word, unsigned byte) noexcept {
#if PANE_DEVICE_CODE
  return bits_to<float>(__byte_perm(word, 0x4b000000u, 0x7440u + byte));
#else
  return 8388608.0f + static_cast<float>((word >> (8 * byte)) & 255u);
#endif
}
PANE_HOST_DEVICE PANE_INLINE float byte_to_float(std::uint32_t word, unsigned byte) noexcept {
  return byte_on_2_23(word, byte) - 8388608.0f;
}

/// Two neighbouring pixels of three or four bytes, as words.
template <int C>
struct PixelPair {
  std::uint32_t w[2];

  /// a + weight * (b - a), channel by channel; both differences of the large numbers are exact.
  PANE_HOST_DEVICE PANE_INLINE Vec<float, C> lerp(float weight) const noexcept {
    Vec<float, C> out;
    PANE_UNROLL
    for (int c = 0; c < C; ++c) {
      float const a = byte_on_2_23(w[c / 4], static_cast<unsigned>(c % 4));
      float const b = byte_on_2_23(w[(C + c) / 4], static_cast<unsigned>((C + c) % 4));
      out.v[c] = fma(weight, b - a, a - 8388608.0f);
    }
    return out;
  }
};

/// Tensors whose rows are bytes, interleaved or of one channel: their runs move as words from any address.
template <class Tensor>
inline constexpr bool has_bytes = false;
template <class Tensor>
requires has_words<Tensor> && std::is_same_v<typename Tensor::value_type, std::uint8_t>
inline constexpr bool has_bytes<Tensor> = true;

/// Whether the pixels of a row lie next to each other.
template <class Tensor>
bool rows_are_dense(Tensor const& t) noexcept {
  using L = typename Tensor::layout_type;
  constexpr auto element = static_cast<std::int64_t>(sizeof(typename Tensor::value_type));
  constexpr auto pixel = is_interleaved<L> ? element * L::channels : element;
  if (t.width() > 1 && t.stride_bytes(axis_w<L>) != pixel) return false;
  return !is_interleaved<L> || t.stride_bytes(axis_c<L>) == element;
}

/// Whether whole words around any pixels of rows y0 to y1 lie in the tensor's memory: rows are whole words, or there
/// is a row before and one after.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE bool words_around(Tensor const& t, int y0, int y1) noexcept {
  using L = typename Tensor::layout_type;
  auto const row = static_cast<unsigned>(t.width()) * static_cast<unsigned>(L::channels);
  auto bits = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(t.data())) | row |
              static_cast<unsigned>(t.stride_bytes(axis_h<L>));
  if constexpr (axis_n<L> >= 0) bits |= static_cast<unsigned>(t.stride_bytes(axis_n<L>));
  return t.width() >= 2 && t.stride_bytes(axis_h<L>) >= 4 &&
         (bits % 4 == 0 || (y0 > 0 && y1 < static_cast<int>(t.height()) - 1));
}

/// The words of P pixels at any address, where `words_around` holds.
template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE Words<P, Tensor> load_bytes(Tensor const& t,
                                                         std::int64_t n,
                                                         int y,
                                                         int x) {
  auto const* at = packed_address(t, n, y, x);
  Words<P, Tensor> out;
#if PANE_DEVICE_CODE
  constexpr int count = sizeof(Words<P, Tensor>) / 4;
  auto const skew = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(at)) % 4;
  auto const* words = reinterpret_cast<std::uint32_t const*>(at - skew);
  std::uint32_t in[count + 1];
  PANE_UNROLL
  for (int i = 0; i < count; ++i) in[i] = words[i];
  in[count] = 0;
  if (skew != 0) in[count] = words[count];
  PANE_UNROLL
  for (int i = 0; i < count; ++i) out.v[i] = __funnelshift_r(in[i], in[i + 1], skew * 8);
#else
  __builtin_memcpy(&out, at, sizeof(out));
#endif
  return out;
}

/// Writes the words of P pixels to any address of a tensor whose rows are dense: whole words where they lie, and what
/// is left at both ends in halves and bytes.
template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE void store_bytes(
    Tensor const& t, std::int64_t n, int y, int x, Words<P, Tensor> const& words) {
  auto* const at = packed_address(t, n, y, x);
#if PANE_DEVICE_CODE
  constexpr int count = sizeof(Words<P, Tensor>) / 4;
  auto const skew = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(at)) % 4;
  auto* const aligned = reinterpret_cast<unsigned*>(at - skew);
  if (skew == 0) {
    PANE_UNROLL
    for (int i = 0; i < count; ++i) __stcs(aligned + i, words.v[i]);
    return;
  }
  PANE_UNROLL
  for (int i = 1; i < count; ++i)
    __stcs(aligned + i, __funnelshift_r(words.v[i - 1], words.v[i], 32 - skew * 8));
  auto const half = [](void* to, std::uint32_t bits) {
    *static_cast<std::uint16_t*>(to) = static_cast<std::uint16_t>(bits);
  };
  std::uint32_t const first = words.v[0];
  std::uint32_t const last = words.v[count - 1] >> (32 - skew * 8);
  if (skew % 2 == 1) at[0] = static_cast<std::uint8_t>(first);
  if (skew == 1) half(at + 1, first >> 8);
  if (skew == 2) half(at, first);
  if (skew >= 2) half(aligned + count, last);
  if (skew == 1) at[4 * count - 1] = static_cast<std::uint8_t>(last);
  if (skew == 3) at[4 * count - 1] = static_cast<std::uint8_t>(last >> 16);
#else
  __builtin_memcpy(at, &words, sizeof(words));
#endif
}

/// Tensors that `load_pair` knows.
template <class Tensor>
inline constexpr bool has_pairs = false;
template <class Tensor>
requires requires {
  typename Tensor::layout_type;
} &&(is_interleaved<typename Tensor::layout_type> && sizeof(typename Tensor::value_type) == 1 &&
     std::is_unsigned_v<typename Tensor::value_type> &&
     (Tensor::channels == 3 ||
      Tensor::channels == 4)) inline constexpr bool has_pairs<Tensor> = true;

/// The pixels at x and x + 1 from two or three aligned words, where `words_around` holds.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE PixelPair<Tensor::channels> load_pair(Tensor const& t,
                                                                   std::int64_t n,
                                                                   int y,
                                                                   int x) {
  constexpr int C = Tensor::channels;
  PixelPair<C> out{};
#if PANE_DEVICE_CODE
  auto const* image = dense_address(t, n, 0, 0);
  auto const skew = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(image)) % 4;
  auto const* first_word = opaque(image - skew);
  unsigned const at = skew + static_cast<unsigned>(y) * static_cast<unsigned>(t.pitch_bytes()) +
                      static_cast<unsigned>(x * C);
  auto const* words = reinterpret_cast<std::uint32_t const*>(first_word + (at & ~3u));
  std::uint32_t const first = words[0];
  std::uint32_t const second = words[1];
  std::uint32_t third = 0;
  if (at % 4 > 8 - 2 * C) third = words[2];
  out.w[0] = __funnelshift_r(first, second, at * 8);  // by the last five bits of at * 8
  out.w[1] = __funnelshift_r(second, third, at * 8);
#else
  __builtin_memcpy(out.w, dense_address(t, n, y, x * C), 2 * C);
#endif
  return out;
}

/// The same byte by byte, from any two pixels.
template <class Tensor>
PANE_HOST_DEVICE PANE_INLINE PixelPair<Tensor::channels> load_pair_bytes(
    Tensor const& t, std::int64_t n, int y, int x0, int x1) {
  constexpr int C = Tensor::channels;
  auto const* a = dense_address(t, n, y, x0 * C);
  auto const* b = dense_address(t, n, y, x1 * C);
  PixelPair<C> out{};
  PANE_UNROLL
  for (int c = 0; c < C; ++c) {
    out.w[0] |= static_cast<std::uint32_t>(a[c]) << (8 * c);
    int const i = C + c;
    out.w[i / 4] |= static_cast<std::uint32_t>(b[c]) << (8 * (i % 4));
  }
  return out;
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
