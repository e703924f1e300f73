// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/bytes.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/byte_taps.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/matrix.hpp>
#include <pane/kernels/stencil.hpp>

#include <cstdint>

// A separable filter of bytes into bytes by the matrix unit, in whole numbers. Besides the members of a stencil its
// view has
//
//   source                              the tensor of bytes
//   horizontal.weight, vertical.weight  seven floats around the middle, 0 where a shorter filter has none
//   fill                                what lies beyond a constant border
//   int index(int i, int size) const;   the row or column that stands for i, -1 for `fill`
//
// Rows first. The right factor is the picture as it lies in shared memory: 8 rows by 32 bytes, of which 8 neighbouring
// results need 8 + 2 * 3 * channels; the left one the weights, in units of 2^-16, of the 8 results, the high bytes in the
// upper eight rows, the low bytes in the lower. A lane holds two rows of a column of the sum and cuts them off at 2^-8: two
// bytes of whole levels, two of fractions. With the same of the next 8 rows they are the right factor of the columns,
// whose left factor is the weights by 16 rows, fractions by high bytes alone. Nothing is exchanged between lanes.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Starts to copy 16 bytes, at a multiple of 16 both, from global into shared memory.
PANE_HOST_DEVICE PANE_INLINE void start_copy_16(void* to, void const* from) noexcept {
#if PANE_DEVICE_CODE
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                   static_cast<unsigned>(__cvta_generic_to_shared(to))),
               "l"(from)
               : "memory");
#endif
#endif
  (void)to, (void)from;
}
/// Waits for those of this thread.
PANE_HOST_DEVICE PANE_INLINE void wait_for_copies() noexcept {
#if PANE_DEVICE_CODE
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
#endif
}
PANE_HOST_DEVICE PANE_INLINE void warp_barrier() noexcept {
#if PANE_DEVICE_CODE
  __syncwarp();
#endif
}

/// Whether a chain is such a filter, straight from a tensor into one; values decide the rest.
template <class View, class Sink>
inline constexpr bool filters_bytes = false;
template <class View, class Sink>
requires requires(View const& v) {
  v.source;
  v.horizontal.weight;
  v.vertical.weight;
  v.index(0, 0);
}
inline constexpr bool filters_bytes<View, Sink> = always_has_matrix_unit && is_stencil<View> &&
                                                  has_bytes<decltype(View::source)> &&
                                                  has_bytes<Sink> && channels_of<Sink> <= 4;

/// Filters tile by tile: 48 rows of 384 bytes, a strip of 64 bytes a warp.
template <class View, class Sink>
struct ByteFilterProgram {
  static constexpr int channels = channels_of<Sink>;
  static constexpr int halo = ByteTaps::size / 2;
  static constexpr int warps = 4;
  static constexpr int threads = 32 * warps;
  static constexpr int blocks_per_sm = 6;
  static constexpr int height = 48;
  static constexpr int strip = 64;
  static constexpr int width = strip * warps;
  static constexpr int margin = 16;        ///< staged to the left and to the right
  static constexpr int rows = height + 8;  ///< staged, the last two for nothing
  static constexpr int chunks = (width + 2 * margin) / 16;
  static constexpr int reach = halo * channels;  ///< bytes to a side that count
  static_assert(chunks <= 32);                   // a warp stages a row
  static_assert(reach <= 12);                    // so that 8 results need 32 bytes at most

  struct Shared {
    alignas(16) std::uint8_t in[rows][(chunks | 1) * 16];  // eight rows lie in different banks
    alignas(16) std::uint8_t out[height][width + 16];
    alignas(16) ByteSums start;  // of columns; from here it stays in registers
  };

  View source;
  Sink sink;
  ByteTaps horizontal{source.horizontal.weight, channels};
  ByteTaps vertical{source.vertical.weight, 1};

  /// Whether the values are such that it may be launched.
  bool fits() const {
    return horizontal.fit && vertical.fit && rows_are_dense(source.source) &&
           rows_are_dense(sink) && sink.width() < (1 << 28);
  }
  Grid grid() const {
    Size const s = sink.size(0);
    return {static_cast<int>(ceil_div(s.width * channels, width)),
            static_cast<int>(ceil_div(s.height, height)), sink.batch()};
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Part const part{block.z, block.y * height, block.x * width, sink.size(block.z)};
    Shared& shared = block.shared();
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
      stage_inside(shared, part, t);
      stage_edges(shared, part, t);
      if (t < 4) shared.start.v[t] = t < 2 ? 0 : 0x8080;
      wait_for_copies();
    });
    bool const wide = has_wide_rows(sink);
    block.for_each_thread_unordered(
        [&](int t) PANE_INLINE_LAMBDA { filter(shared, part, t / 32, t % 32, wide); });
    if (wide) return;
    block.for_each_thread([](int) PANE_INLINE_LAMBDA {});  // a barrier
    block.for_each_thread_unordered(
        [&](int t) PANE_INLINE_LAMBDA { store_rows(shared, part, t / 32, t % 32); });
  }

 private:
  /// A tile of image n; x and row_bytes count bytes.
  struct Part {
    std::int64_t n;
    int y;
    int x;
    Size size;
    PANE_HOST_DEVICE int row_bytes() const { return size.width * channels; }
    /// Rows that its results need.
    PANE_HOST_DEVICE int used_rows() const { return smaller(height, size.height - y) + 2 * halo; }
  };

  /// Whether 16 bytes at a multiple of 16 of a row are one word.
  template <class Tensor>
  PANE_HOST_DEVICE PANE_INLINE static bool has_wide_rows(Tensor const& t) {
    using L = typename Tensor::layout_type;
    auto bits = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(t.data())) |
                static_cast<unsigned>(t.stride_bytes(axis_h<L>));
    if constexpr (axis_n<L> >= 0) bits |= static_cast<unsigned>(t.stride_bytes(axis_n<L>));
    return bits % 16 == 0;
  }

  /// What lies wholly inside the rows of the picture: a warp takes a row, a lane 16 bytes of it.
  PANE_HOST_DEVICE PANE_INLINE void stage_inside(Shared& shared, Part const& part, int t) const {
    int const at = t % 32 * 16;
    int const x = part.x - margin + at;
    if (at >= chunks * 16 || x < 0 || x + 16 > part.row_bytes()) return;
    int const top = part.y - halo;
    int const used = part.used_rows();
    bool const inside = top >= 0 && top + used <= part.size.height;
    bool const wide = has_wide_rows(source.source);
    int const first = t / 32;
    std::int64_t const step =
        warps * source.source.stride_bytes(axis_h<typename decltype(View::source)::layout_type>);
    auto const* from = packed_address(source.source, part.n, larger(top + first, 0), 0) + x;
    if (inside && wide) {
      PANE_UNROLL
      for (int i = 0; i < height + 2 * halo; i += warps, from += step) {
        if (first + i < used) start_copy_16(&shared.in[first + i][at], from);
      }
    } else if (inside && words_around(source.source, top, top + used - 1)) {
      constexpr int flight = 3;  // rows on their way at once
      PANE_NO_UNROLL
      for (int r = first; r < used; r += warps * flight) {
        UnshiftedWords<4> words[flight];
        PANE_UNROLL
        for (int i = 0; i < flight; ++i, from += step) {
          if (r + i * warps < used) words[i].load(from);
        }
        PANE_UNROLL
        for (int i = 0; i < flight; ++i) {
          if (r + i * warps < used)
            word_16(shared, r + i * warps, at) = bits_to<Word<16>>(words[i].shifted());
        }
      }
    } else {
      PANE_NO_UNROLL
      for (int r = first; r < used; r += warps) {
        int const y = source.index(top + r, part.size.height);
        from = packed_address(source.source, part.n, larger(y, 0), 0) + x;
        if (y >= 0 && wide) {
          start_copy_16(&shared.in[r][at], from);
        } else if (y >= 0 && words_around(source.source, y, y)) {
          word_16(shared, r, at) = bits_to<Word<16>>(load_words<4>(from));
        } else {
          PANE_NO_UNROLL
          for (int k = 0; k < 16; k += 4) stage_word(shared, part, r, at + k);
        }
      }
    }
  }

  PANE_HOST_DEVICE PANE_INLINE static Word<16>& word_16(Shared& shared, int r, int at) {
    return *reinterpret_cast<Word<16>*>(&shared.in[r][at]);
  }

  /// The 16 bytes before a row, and those where it ends.
  PANE_HOST_DEVICE PANE_INLINE void stage_edges(Shared& shared, Part const& part, int t) const {
    int const before = part.x == 0 ? 1 : 0;
    int const end = part.row_bytes() - part.x + margin;  // of the row, in the staged ones
    int const first = end / 16;
    int const edges = before + larger(smaller((end + reach + 15) / 16, chunks) - first, 0);
    if (edges == 0) return;
    for (int i = t; i < part.used_rows() * edges * 4; i += threads) {
      int const edge = i / 4 % edges;
      int const chunk = edge < before ? 0 : first + edge - before;
      stage_word(shared, part, i / 4 / edges, chunk * 16 + i % 4 * 4);
    }
  }

  /// Four bytes of a row, one by one, by the border.
  PANE_HOST_DEVICE PANE_INLINE void stage_word(Shared& shared,
                                               Part const& part,
                                               int r,
                                               int at) const {
    int const y = source.index(part.y - halo + r, part.size.height);
    PANE_NO_UNROLL
    for (int k = 0; k < 4; ++k) {
      int const x = part.x + at + k - margin + margin * channels;  // not negative
      int const c = x % channels;
      int const sx = source.index(x / channels - margin, part.size.width);
      shared.in[r][at + k] = y < 0 || sx < 0
                                 ? source.fill.v[c]
                                 : packed_address(source.source, part.n, y, 0)[sx * channels + c];
    }
  }

  /// The strip of a warp, from top to bottom, 8 rows by 64 bytes at a time. Where words of 16 bytes allow it they go
  /// straight to the sink.
  PANE_HOST_DEVICE PANE_INLINE void filter(
      Shared& shared, Part const& part, int warp, int lane, bool wide) const {
    constexpr int columns = strip / 8;
    int const g = lane / 4;
    int const q = lane % 4;
    if (part.x + warp * strip >= part.row_bytes()) return;
    std::uint32_t across[4];  // 8 results in a row by 32 bytes that begin 12 before the first
    std::uint32_t down[4];    // 8 results in a column by 16 rows that begin 3 before the first
    PANE_UNROLL
    for (int half = 0; half < 2; ++half) {
      across[2 * half] = horizontal.high.four(4 * q - g + 16 * half - 12 + reach);
      across[2 * half + 1] = horizontal.low.four(4 * q - g + 16 * half - 12 + reach);
      int const tap = 2 * q - g + 8 * half;
      down[2 * half] = vertical.high.four(tap) & 0xffffu;
      down[2 * half + 1] = pick_bytes(vertical.low.four(tap), vertical.coarse.four(tap), 0x5410);
    }
    // Whole levels are cut off, not rounded: half of 2^-8 makes up for it in the mean. And half a level.
    auto const start = load_value<ByteSums>(&shared.start);
    std::uint32_t above[columns] = {};
    auto const* in = &shared.in[g][margin - 12 + warp * strip + 4 * q];
    auto* out = &shared.out[0][warp * strip + 2 * q] + (g - 8) * sizeof(shared.out[0]);
    // What this lane stores: up to 16 bytes of a row.
    int const x = part.x + warp * strip + 16 * q;
    int const count = part.row_bytes() - x;
    std::int64_t const step = 8 * sink.stride_bytes(axis_h<typename Sink::layout_type>);
    unsigned char* to = packed_address(sink, part.n, part.y + g, 0) + x - step;
    int const bottom = smaller(part.size.height - part.y, height);
    PANE_NO_UNROLL
    for (int y = -8; y < bottom; y += 8) {
      std::uint32_t words[columns + 2];
      PANE_UNROLL
      for (int i = 0; i < columns + 2; ++i) words[i] = load_value<std::uint32_t>(in + 8 * i);
      in += 8 * sizeof(shared.in[0]);
      PANE_UNROLL
      for (int i = 0; i < columns; ++i) {
        ByteSums const row = multiply_bytes({{0, 0, 0, 0}}, across, words[i], words[i + 2]);
        std::uint32_t const below =
            pick_bytes(row.v[0] * 256 + row.v[2], row.v[1] * 256 + row.v[3], 0x5162);
        ByteSums const sum = multiply_bytes(start, down, above[i], below);
        above[i] = below;
        std::uint32_t const pair =
            pick_bytes(sum.v[0] * 256 + sum.v[2], sum.v[1] * 256 + sum.v[3], 0x7762);
        // The first time there is nothing yet but the rows above.
        if (y >= 0)
          *reinterpret_cast<std::uint16_t*>(out + 8 * i) = static_cast<std::uint16_t>(pair);
      }
      if (wide) {
        warp_barrier();
        auto const* done = out + 14 * q;
        if (y >= 0 && y + g < bottom) {
          if (count >= 16) {
            store_value(to, load_value<Word<16>>(done));
          } else {
            PANE_NO_UNROLL
            for (int k = 0; k < count; ++k) to[k] = done[k];
          }
        }
        to += step;
      }
      out += 8 * sizeof(shared.out[0]);
    }
  }

  /// A row of the tile a warp, to any address: words where they lie, and single bytes at both ends.
  PANE_HOST_DEVICE PANE_INLINE void store_rows(Shared const& shared,
                                               Part const& part,
                                               int warp,
                                               int lane) const {
    int const count = smaller(part.row_bytes() - part.x, width);
    int const bottom = smaller(part.size.height - part.y, height);
    std::int64_t const step = warps * sink.stride_bytes(axis_h<typename Sink::layout_type>);
    unsigned char* to = packed_address(sink, part.n, part.y + warp, 0) + part.x;
    for (int r = warp; r < bottom; r += warps, to += step) {
      auto const* from = shared.out[r];
      auto const past = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(to)) % 4;
      int const head = smaller(static_cast<int>((4 - past) % 4), count);
      int const words = (count - head) / 4;
      int const rest = head + 4 * words;
      PANE_UNROLL
      for (int i = 0; i < width / 4; i += 32) {
        int const at = head + 4 * (i + lane);
        if (i + lane < words) store_value(to + at, shifted_word(from, at));
      }
      if (lane < head) to[lane] = from[lane];
      if (rest + lane < count) to[rest + lane] = from[rest + lane];
    }
  }

  /// The word at any byte of a row in shared memory.
  PANE_HOST_DEVICE PANE_INLINE static std::uint32_t shifted_word(std::uint8_t const* row, int at) {
#if PANE_DEVICE_CODE
    auto const* words = reinterpret_cast<std::uint32_t const*>(row) + at / 4;
    return __funnelshift_r(words[0], words[1], static_cast<unsigned>(at) % 4 * 8);
#else
    return row[at];
#endif
  }
};

}  // namespace detail
PANE_NAMESPACE_END
