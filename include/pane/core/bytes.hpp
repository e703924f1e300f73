// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/vec.hpp>

#include <cstdint>
#include <type_traits>

// Bytes as words from any address: runs of them, and pairs of neighbouring pixels.

PANE_NAMESPACE_BEGIN

namespace detail {

/// 2^23 plus a byte of a word: the byte is put into the mantissa, so that no conversion instruction is needed.
PANE_HOST_DEVICE PANE_INLINE float byte_on_2_23(std::uint32_t word, unsigned byte) noexcept {
#if PANE_DEVICE_CODE
  return bits_to<float>(__byte_perm(word, 0x4b000000u, 0x7440u + byte));
#else
  return 8388608.0f + static_cast<float>(static_cast<int>((word >> (8 * byte)) & 255u));
#endif
}
PANE_HOST_DEVICE PANE_INLINE float byte_to_float(std::uint32_t word, unsigned byte) noexcept {
  return byte_on_2_23(word, byte) - 8388608.0f;
}

/// Four real numbers as bytes by `saturate_cast`: on a GPU two instructions, as one converts and packs two.
PANE_HOST_DEVICE PANE_INLINE std::uint32_t bytes_of(float a, float b, float c, float d) noexcept {
#if PANE_DEVICE_CODE
  auto const pack = [](float low, float high, std::uint32_t above) {
    std::uint32_t word;
    asm("cvt.pack.sat.u8.s32.b32 %0, %1, %2, %3;"
        : "=r"(word)
        : "r"(__float2int_rn(high)), "r"(__float2int_rn(low)), "r"(above));
    return word;
  };
  return pack(a, b, pack(c, d, 0));
#else
  return std::uint32_t{saturate_cast<std::uint8_t>(a)} |
         std::uint32_t{saturate_cast<std::uint8_t>(b)} << 8 |
         std::uint32_t{saturate_cast<std::uint8_t>(c)} << 16 |
         std::uint32_t{saturate_cast<std::uint8_t>(d)} << 24;
#endif
}

/// P pixels by `saturate_cast`.
template <class Pixel, class U, int C, int P>
PANE_HOST_DEVICE PANE_INLINE Run<Pixel, P> saturated(Run<Vec<U, C>, P> const& values) noexcept {
  using T = typename Pixel::value_type;
  if constexpr (PANE_DEVICE_CODE && std::is_same_v<T, std::uint8_t> && std::is_same_v<U, float> &&
                C * P % 4 == 0) {
    Strip<std::uint32_t, C * P / 4> words;
    auto const v = [&](int i) { return values.p[i / C].v[i % C]; };
    PANE_UNROLL
    for (int i = 0; i < C * P / 4; ++i)
      words.v[i] = bytes_of(v(4 * i), v(4 * i + 1), v(4 * i + 2), v(4 * i + 3));
    return bits_to<Run<Pixel, P>>(words);
  } else {
    Run<Pixel, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = saturate_cast<T>(values.p[i]);
    return out;
  }
}

/// Two neighbouring pixels of bytes: a word each, or those of three bytes one behind the other.
template <int C>
struct PixelPair {
  std::uint32_t w[2];

  /// The word and the byte of it where channel c of the right pixel is; that of the left one is byte c of the first.
  PANE_HOST_DEVICE static constexpr int right_word(int c) noexcept {
    return C == 3 ? (C + c) / 4 : 1;
  }
  PANE_HOST_DEVICE static constexpr int right_byte(int c) noexcept {
    return C == 3 ? (C + c) % 4 : c;
  }

  /// a + weight * (b - a), channel by channel; both differences of the large numbers are exact.
  PANE_HOST_DEVICE PANE_INLINE Vec<float, C> lerp(float weight) const noexcept {
    Vec<float, C> out;
    PANE_UNROLL
    for (int c = 0; c < C; ++c) {
      float const a = byte_on_2_23(w[0], static_cast<unsigned>(c));
      float const b = byte_on_2_23(w[right_word(c)], static_cast<unsigned>(right_byte(c)));
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

/// Words at any address, from the aligned ones around them, in two steps, so that others can be loaded in between.
template <int Count>
struct UnshiftedWords {
  std::uint32_t in[Count + 1] = {};
  unsigned skew = 0;

  PANE_HOST_DEVICE PANE_INLINE void load(unsigned char const* at) {
    skew = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(at)) % 4;
    auto const* words = reinterpret_cast<std::uint32_t const*>(at - skew);
    PANE_UNROLL
    for (int i = 0; i < Count; ++i) in[i] = words[i];
    if (skew != 0) in[Count] = words[Count];
  }
  PANE_HOST_DEVICE PANE_INLINE Strip<std::uint32_t, Count> shifted() const {
    Strip<std::uint32_t, Count> out{};
#if PANE_DEVICE_CODE
    PANE_UNROLL
    for (int i = 0; i < Count; ++i) out.v[i] = __funnelshift_r(in[i], in[i + 1], skew * 8);
#endif
    return out;
  }
};

/// The same in one.
template <int Count>
PANE_HOST_DEVICE PANE_INLINE Strip<std::uint32_t, Count> load_words(unsigned char const* at) {
#if PANE_DEVICE_CODE
  UnshiftedWords<Count> words;
  words.load(at);
  return words.shifted();
#else
  Strip<std::uint32_t, Count> out;
  __builtin_memcpy(&out, at, sizeof(out));
  return out;
#endif
}

/// The words of P pixels at any address, where `words_around` holds.
template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE Words<P, Tensor> load_bytes(Tensor const& t,
                                                         std::int64_t n,
                                                         int y,
                                                         int x) {
  constexpr int count = static_cast<int>(sizeof(Words<P, Tensor>)) / 4;
  return load_words<count>(packed_address(t, n, y, x));
}

/// Writes words to any address: whole words where they lie, and what is left at both ends in halves and bytes.
template <int Count>
PANE_HOST_DEVICE PANE_INLINE void store_words(unsigned char* at,
                                              Strip<std::uint32_t, Count> const& words) {
#if PANE_DEVICE_CODE
  auto const skew = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(at)) % 4;
  auto* const aligned = reinterpret_cast<unsigned*>(at - skew);
  if (skew == 0) {
    PANE_UNROLL
    for (int i = 0; i < Count; ++i) __stcs(aligned + i, words.v[i]);
    return;
  }
  PANE_UNROLL
  for (int i = 1; i < Count; ++i)
    __stcs(aligned + i, __funnelshift_r(words.v[i - 1], words.v[i], 32 - skew * 8));
  auto const half = [](void* to, std::uint32_t bits) {
    *static_cast<std::uint16_t*>(to) = static_cast<std::uint16_t>(bits);
  };
  std::uint32_t const first = words.v[0];
  std::uint32_t const last = words.v[Count - 1] >> (32 - skew * 8);
  if (skew % 2 == 1) at[0] = static_cast<std::uint8_t>(first);
  if (skew == 1) half(at + 1, first >> 8);
  if (skew == 2) half(at, first);
  if (skew >= 2) half(aligned + Count, last);
  if (skew == 1) at[4 * Count - 1] = static_cast<std::uint8_t>(last);
  if (skew == 3) at[4 * Count - 1] = static_cast<std::uint8_t>(last >> 16);
#else
  __builtin_memcpy(at, &words, sizeof(words));
#endif
}

/// Writes the words of P pixels to any address of a tensor whose rows are dense.
template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE void store_bytes(
    Tensor const& t, std::int64_t n, int y, int x, Words<P, Tensor> const& words) {
  store_words(reinterpret_cast<unsigned char*>(packed_address(t, n, y, x)), words);
}

/// The bytes of P pixels as real numbers, without conversion instructions.
template <int P, class Tensor>
PANE_HOST_DEVICE PANE_INLINE Run<Vec<float, Tensor::channels>, P> words_to_real(
    Words<P, Tensor> const& words) {
  Run<Vec<float, Tensor::channels>, P> out;
  PANE_UNROLL
  for (int i = 0; i < P * Tensor::channels; ++i) {
    out.p[i / Tensor::channels].v[i % Tensor::channels] =
        byte_to_float(words.v[i / 4], static_cast<unsigned>(i % 4));
  }
  return out;
}

/// Tensors that `Pairs` knows.
template <class Tensor>
inline constexpr bool has_pairs = false;
template <class Tensor>
requires requires {
  typename Tensor::layout_type;
} &&(is_interleaved<typename Tensor::layout_type> && sizeof(typename Tensor::value_type) == 1 &&
     std::is_unsigned_v<typename Tensor::value_type> &&
     (Tensor::channels == 3 ||
      Tensor::channels == 4)) inline constexpr bool has_pairs<Tensor> = true;

/// Loads pairs of neighbouring pixels of C bytes; rows and columns are counted from a pixel of an image on.
template <int C>
class Pairs {
 public:
  template <class Tensor>
  PANE_HOST_DEVICE PANE_INLINE Pairs(Tensor const& t, std::int64_t n, int y, int x)
      : origin_(opaque(reinterpret_cast<unsigned char const*>(dense_address(t, n, y, x * C)))),
        pitch_bytes_(static_cast<unsigned>(t.pitch_bytes())) {}

  /// Whether all rows begin at the same byte of a word, which is of use to a GPU.
  PANE_HOST_DEVICE PANE_INLINE bool rows_alike() const noexcept {
    return PANE_DEVICE_CODE && pitch_bytes_ % 4 == 0;
  }

  /// The pixels at x and x + 1 from two or three aligned words, where `words_around` holds. x may be -1, for the pixel
  /// before the first.
  PANE_HOST_DEVICE PANE_INLINE PixelPair<C> load(int y, int x) const noexcept {
#if PANE_DEVICE_CODE
    unsigned const at =
        skew() + static_cast<unsigned>(y) * pitch_bytes_ + static_cast<unsigned>(x * C);
    return load_words(opaque(origin_ - skew()) + static_cast<int>(at & ~3u), at % 4);
#else
    return load_words(origin_ + static_cast<int>(static_cast<unsigned>(y) * pitch_bytes_) + x * C,
                      0);
#endif
  }
  /// The same where `rows_alike`: what a column needs is worked out once.
  PANE_HOST_DEVICE PANE_INLINE PixelPair<C> load_alike(int y, int x) const noexcept {
    unsigned const at = skew() + static_cast<unsigned>(x * C);
    return load_words(row_address(origin_ - skew() + static_cast<int>(at & ~3u), y, pitch_bytes_),
                      at % 4);
  }
  /// The same byte by byte, from any two pixels.
  PANE_HOST_DEVICE PANE_INLINE PixelPair<C> load_bytes(int y, int x0, int x1) const noexcept {
    auto const* row = origin_ + static_cast<unsigned>(y) * pitch_bytes_;
    auto const* a = row + x0 * C;
    auto const* b = row + x1 * C;
    PixelPair<C> out{};
    PANE_UNROLL
    for (int c = 0; c < C; ++c) {
      out.w[0] |= static_cast<std::uint32_t>(a[c]) << (8 * c);
      out.w[PixelPair<C>::right_word(c)] |= static_cast<std::uint32_t>(b[c])
                                            << (8 * PixelPair<C>::right_byte(c));
    }
    return out;
  }

 private:
  PANE_HOST_DEVICE PANE_INLINE unsigned skew() const noexcept {
    return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(origin_)) % 4;
  }
  /// The pair that begins some bytes behind an aligned address.
  PANE_HOST_DEVICE PANE_INLINE static PixelPair<C> load_words(unsigned char const* aligned,
                                                              unsigned skew) noexcept {
    PixelPair<C> out{};
#if PANE_DEVICE_CODE
    auto const* words = reinterpret_cast<std::uint32_t const*>(aligned);
    std::uint32_t const first = words[0];
    std::uint32_t const second = words[1];
    std::uint32_t third = any_word();  // without it the pair ends in the second word
    if (skew > 8 - 2 * C) third = words[2];
    out.w[0] = __funnelshift_r(first, second, skew * 8);
    out.w[1] = __funnelshift_r(second, third, skew * 8);
#else
    std::conditional_t<C == 3, std::uint16_t, std::uint32_t>
        rest;  // in registers: memory would wait
    __builtin_memcpy(&out.w[0], aligned + skew, 4);
    __builtin_memcpy(&rest, aligned + skew + 4, sizeof(rest));
    out.w[1] = rest;
#endif
    return out;
  }

  unsigned char const* origin_;
  unsigned pitch_bytes_;
};

}  // namespace detail

PANE_NAMESPACE_END
