// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/resample.hpp>
#include <pane/views/resample_part.hpp>
#include <pane/views/resample_taps.hpp>
#include <pane/views/resample_tile.hpp>

#include <type_traits>

// Pixels whose source is too large for a tile: the threads of a block share the source of one pixel after the other.
// Neighbours read neighbouring words; what they add up is added in a fixed order, so that results repeat.

PANE_NAMESPACE_BEGIN
namespace detail {

/// What a thread has added up: samples by channel, each times the weights of its row and its column; and those weights.
template <class R, int C>
struct LargeSum {
  R channel[C] = {};
  R weights{0};
};

/// The source of one pixel.
template <class Part>
struct ResampleLarge {
  using real = typename Part::real;
  using Word = typename Part::Word;
  using Sum = LargeSum<real, Part::channels>;
  static constexpr int lanes = Part::lanes;
  /// Rows that a thread has on their way at a time.
  static constexpr int ahead = lanes * sizeof(real) > 32 ? 1 : 8;
  /// Rows whose weights are in shared memory at a time.
  static constexpr int chunk = ResampleShared<real>::weights / ahead * ahead;

  Part part;
  TapAxis<real> x_axis;
  Taps<real> rows;
  Taps<real> columns;
  int begin;   ///< first element of a row
  int words;   ///< of a row
  int beside;  ///< threads that share a row
  int groups;  ///< rows that the block has threads for

  PANE_HOST_DEVICE ResampleLarge(Part const& of,
                                 TapAxis<real> const& axis,
                                 Taps<real> const& v,
                                 Taps<real> const& h)
      : part(of), x_axis(axis), rows(v), columns(h) {
    begin = h.first * Part::channels / lanes * lanes;
    words = ((h.last + 1) * Part::channels - 1 - begin) / lanes + 1;
    beside = smaller(words, resample_threads);
    groups = resample_threads / beside;
  }

  /// Adds what is a thread's of the source rows from `top` on, of which there are `count`.
  PANE_HOST_DEVICE PANE_GPU_NOINLINE void add(
      real const* row_weights, int top, int count, int t, Sum& total) const {
    if (t >= beside * groups) return;
    for (int word = t % beside; word < words; word += beside) {
      int const first = begin + word * lanes;
      auto const at = part.rows(first);
      real sum[lanes] = {};
      real below{0};
      auto const load = [&](int i, Word(&out)[ahead]) PANE_INLINE_LAMBDA {
        int y[ahead];
        PANE_UNROLL
        for (int k = 0; k < ahead; ++k) y[k] = smaller(top + i + k, rows.last);
        part.load(at, y, out);
      };
      Word loaded[ahead];
      Word next[ahead];
      load(t / beside * ahead, loaded);
      PANE_NO_UNROLL
      for (int i = t / beside * ahead; i < count; i += groups * ahead) {
        load(smaller(i + groups * ahead, count), next);  // on their way while these are weighted
        PANE_UNROLL
        for (int k = 0; k < ahead; ++k) {
          real const w = row_weights[i + k];
          below += w;
          PANE_UNROLL
          for (int e = 0; e < lanes; ++e) sum[e] = fma(w, Part::element(loaded[k], e), sum[e]);
          loaded[k] = next[k];
        }
      }
      int x = first / Part::channels;
      int channel = first % Part::channels;
      real w = column_weight(x);
      PANE_UNROLL
      for (int e = 0; e < lanes; ++e) {
        if (x >= columns.first && x <= columns.last) {
          PANE_UNROLL
          for (int c = 0; c < Part::channels; ++c) {
            if (c == channel) total.channel[c] = fma(w, sum[e], total.channel[c]);
          }
          if (channel == 0) total.weights = fma(w, below, total.weights);
        }
        if (++channel < Part::channels) continue;
        channel = 0;
        w = column_weight(++x);
      }
    }
  }

 private:
  PANE_HOST_DEVICE PANE_GPU_NOINLINE real column_weight(int x) const {
    return x_axis.weight(columns, x);
  }
};

/// Every pixel of a tile, one after the other.
template <class Block, class Results, class Tile>
PANE_HOST_DEVICE PANE_INLINE void resample_large(Block& block,
                                                 typename Tile::Shared& shared,
                                                 Results& results,
                                                 ResampleShape shape,
                                                 Tile const& tile,
                                                 int first_channel) {
  using real = typename Tile::real;
  using Large = ResampleLarge<std::remove_cvref_t<decltype(tile.part)>>;
  constexpr int numbers = Tile::Pixel::channels + 1;
  static_assert(numbers * resample_threads <= Tile::Shared::capacity);
  TapAxis<real> const y_axis = tile.axis.y;
  int const height = tile.used.height;
  int const width = tile.used.width;
  PANE_NO_UNROLL
  for (int i = 0; i < height * width; ++i) {
    int const row = i / width;
    int const column = i % width;
    Large const source(tile.part, tile.axis.x, tile.row(row), tile.column(column));
    auto sums = block.template per_thread<typename Large::Sum>();
    PANE_NO_UNROLL
    for (int top = source.rows.first; top <= source.rows.last; top += Large::chunk) {
      int const count = smaller(Large::chunk, source.rows.last - top + 1);
      block.for_each_thread([&](int t) {
        // whole groups of rows, the last of them with zeros
        int const all = (count + Large::ahead - 1) / Large::ahead * Large::ahead;
        for (int k = t; k < all; k += resample_threads)
          shared.weight[k] = k < count ? y_axis.weight(source.rows, top + k) : real{0};
      });
      block.for_each_thread([&](int t) { source.add(shared.weight, top, count, t, sums[t]); });
    }
    block.for_each_thread([&](int t) {
      for (int c = 0; c < Tile::Pixel::channels; ++c)
        shared.partial[c * resample_threads + t] = sums[t].channel[c];
      shared.partial[(numbers - 1) * resample_threads + t] = sums[t].weights;
    });
    PANE_NO_UNROLL
    for (int half = resample_threads / 2; half > 0; half /= 2) {
      block.for_each_thread([&](int t) {
        if (t >= half) return;
        for (int c = 0; c < numbers; ++c)
          shared.partial[c * resample_threads + t] +=
              shared.partial[c * resample_threads + t + half];
      });
    }
    block.for_each_thread([&](int t) {
      real const scale = real{1} / shared.partial[(numbers - 1) * resample_threads];
      PANE_UNROLL
      for (int j = 0; j < ResampleShape::each; ++j) {
        if (shape.row(t, j) != row || shape.column(t) != column) continue;
        PANE_UNROLL
        for (int c = 0; c < Tile::Pixel::channels; ++c)
          results[t][j].v[first_channel + c] = shared.partial[c * resample_threads] * scale;
      }
    });
  }
}

}  // namespace detail
PANE_NAMESPACE_END
