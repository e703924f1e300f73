// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/matrix.hpp>
#include <pane/kernels/resample.hpp>
#include <pane/views/resample_part.hpp>
#include <pane/views/resample_taps.hpp>

#include <cstdint>
#include <type_traits>

// How a block resamples one part of a tile. Source rows are weighted for all rows of the tile first, a word at a time;
// then every pixel weights the columns that are left.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Resampling along both axes.
template <class R>
struct AxisPair {
  TapAxis<R> y;
  TapAxis<R> x;
};

inline constexpr int resample_rows =
    8;  ///< of a tile at most, as many as columns of the matrix unit's right factor
inline constexpr int resample_columns = resample_pixels / resample_rows;

/// Rows of a tile over all columns of the source below it, weighted from top to bottom; and the weights.
template <class R>
struct ResampleShared {
  static constexpr int capacity = static_cast<int>(16896 / sizeof(R));
  static constexpr int weights = static_cast<int>(12288 / sizeof(R));
  alignas(16) R partial[capacity];
  alignas(16) R weight[weights];
  R row_sum[resample_rows];        ///< of the weights of a row
  R column_sum[resample_threads];  ///< of a column, by the threads that worked them out
};

/// A word of a row that is weighted, moved 16 bytes at a time.
template <class R, int N>
struct alignas(16) Lanes {
  R v[N];
};

template <class Part>
struct ResampleTile {
  using real = typename Part::real;
  using Shared = ResampleShared<real>;
  using Word = typename Part::Word;
  static constexpr int lanes = Part::lanes;
  static constexpr bool by_matrix =
      has_matrix_unit && Part::is_bytes && std::is_same_v<real, float>;

  Part const& part;
  AxisPair<real> const& axis;
  Roi in;  ///< source pixels that may be read
  int y0;
  int x0;
  Size used;
  int top;     ///< first source row
  int bottom;  ///< last source row
  int begin;   ///< first element of the rows that are read, a multiple of the lanes
  int words;   ///< of a row
  int most_x;  ///< weights of a column of the tile

  PANE_HOST_DEVICE PANE_INLINE
  ResampleTile(Part const& of, AxisPair<real> const& axes, int y, int x, Size size)
      : part(of), axis(axes), in(of.bounds()), y0(y), x0(x), used(size) {
    top = row(0).first;
    bottom = row(used.height - 1).last;
    begin = column(0).first * Part::channels / lanes * lanes;
    int const end = (column(used.width - 1).last + 1) * Part::channels;
    words = static_cast<int>(ceil_div(end - begin, lanes));
    most_x = axis.x.most() | 1;  // odd, so that neighbours lie in different banks
  }

  PANE_HOST_DEVICE PANE_INLINE Taps<real> row(int i) const {
    return axis.y.at(y0 + i, in.y, in.y + in.height - 1);
  }
  PANE_HOST_DEVICE PANE_INLINE Taps<real> column(int i) const {
    return axis.x.at(x0 + i, in.x, in.x + in.width - 1);
  }
  /// Of a row of the tile in shared memory, such that four rows lie in different banks.
  PANE_HOST_DEVICE int stride() const {
    return words * lanes + 16 / static_cast<int>(sizeof(real));
  }
  /// Where the weights of rows begin, after those of columns.
  PANE_HOST_DEVICE int rows_at() const { return (used.width * most_x + 1) / 2 * 2; }
  /// Products of the matrix unit over the source rows.
  PANE_HOST_DEVICE int steps() const { return (bottom - top + 16) / 16; }
  /// Split pairs of a row of the tile, so many that eight rows lie in different banks.
  PANE_HOST_DEVICE int pairs() const { return steps() * 8 + 4; }

  /// Whether the tile fits into shared memory.
  PANE_HOST_DEVICE bool fits() const {
    std::int64_t const of_rows = by_matrix ? std::int64_t{2} * resample_rows * pairs()
                                           : std::int64_t{axis.y.most()} * used.height;
    return std::int64_t{stride()} * used.height <= Shared::capacity &&
           rows_at() + of_rows <= Shared::weights;
  }

  /// The weights of the columns of a tile: four threads a column, so that nothing is divided for each weight.
  PANE_HOST_DEVICE PANE_INLINE void tabulate_columns(Shared& shared, int t) const {
    int const at = t % resample_columns;
    if (at >= used.width) return;
    auto const taps = column(at);
    real sum{0};
    PANE_NO_UNROLL
    for (int i = t / resample_columns; i < most_x; i += resample_threads / resample_columns) {
      real const w = axis.x.weight(taps, taps.first + i);
      shared.weight[at * most_x + i] = w;
      if (taps.first + i <= taps.last) sum += w;
    }
    shared.column_sum[t] = sum;
  }

  /// Those of the rows.
  PANE_HOST_DEVICE PANE_INLINE void tabulate_rows(Shared& shared, int t) const {
    int const most = axis.y.most();
    for (int i = t; i < most * used.height; i += resample_threads) {
      auto const taps = row(i / most);
      shared.weight[rows_at() + i] = axis.y.weight(taps, taps.first + i % most);
    }
  }

  /// The rows of the tile, a word at a time, in as many groups of rows as there are threads for.
  PANE_HOST_DEVICE PANE_INLINE void down(Shared& shared, int t) const {
    int const groups = clamped(resample_threads / words, 1, used.height);
    int const rows_each = static_cast<int>(ceil_div(used.height, groups));
    for (int i = t; i < groups * words; i += resample_threads) {
      int const word = i % words;
      auto const rows = part.rows(begin + word * lanes);
      int const end = smaller((i / words + 1) * rows_each, used.height);
      for (int r = i / words * rows_each; r < end; ++r) {
        auto const taps = row(r);
        real const* const weights = shared.weight + rows_at() + r * axis.y.most();
        Lanes<real, lanes> sum{};
        real of_weights{0};
        PANE_NO_UNROLL
        for (int y = taps.first; y <= taps.last; ++y) {
          Word loaded[1];
          part.load(rows, {y}, loaded);
          real const w = weights[y - taps.first];
          of_weights += w;
          PANE_UNROLL
          for (int k = 0; k < lanes; ++k) sum.v[k] = fma(w, Part::element(loaded[0], k), sum.v[k]);
        }
        partial<lanes>(shared, r, word) = sum;
        if (word == 0) shared.row_sum[r] = of_weights;
      }
    }
  }

  /// The weights of the rows for the matrix unit: all rows of the tile by all rows of the source, most of them zeros.
  PANE_HOST_DEVICE PANE_INLINE void tabulate_pairs(Shared& shared, int t) const {
    int const r = t % resample_rows;
    auto const taps = row(smaller(r, used.height - 1));
    auto const weight = [&](int y) {
      bool const counts = r < used.height && y >= taps.first && y <= taps.last;
      return counts ? axis.y.weight(taps, y) : real{0};
    };
    auto* const out = reinterpret_cast<SplitPair*>(shared.weight + rows_at()) + r * pairs();
    PANE_NO_UNROLL
    for (int i = t / resample_rows; i < steps() * 8; i += resample_threads / resample_rows)
      out[i] = split_pair(weight(top + 2 * i), weight(top + 2 * i + 1));
  }

  /// Words of a row that a warp of the matrix unit takes in a turn, one for four lanes; and those of the whole block.
  static constexpr int warp_words = 8;
  static constexpr int turn_words = resample_threads / 32 * warp_words;

  /// The source rows of a step that a lane reads, of its turn's words.
  PANE_HOST_DEVICE PANE_INLINE void load_step(int step, int t, Word (&out)[4]) const {
    int word = t / 32 * warp_words + t % 32 / 4;
    for (; step >= steps(); step -= steps()) word += turn_words;
    int const y = top + 16 * step + 2 * (t % 4);
    auto const at = [&](int k) { return smaller(y + k, bottom); };
    part.load(part.rows(begin + smaller(word, words - 1) * lanes), {at(0), at(1), at(8), at(9)},
              out);
  }

  /// The words of the two steps that come next.
  struct Ahead {
    Word even[4];
    Word odd[4];
  };
  PANE_HOST_DEVICE PANE_INLINE void load_ahead(int t, Ahead& ahead) const {
    load_step(0, t, ahead.even);
    load_step(1, t, ahead.odd);
  }

  /// All rows of the tile by the matrix unit: source columns by source rows times source rows by rows of the tile.
  PANE_HOST_DEVICE PANE_INLINE void down_by_matrix(Ahead& ahead, Shared& shared, int t) const {
    auto const* const table = reinterpret_cast<SplitPair const*>(shared.weight + rows_at());
    if (t < used.height) {
      auto const taps = row(t);
      real sum{0};
      for (int i = (taps.first - top) / 2; i <= (taps.last - top) / 2; ++i)
        sum += sum_of(table[t * pairs() + i]);
      shared.row_sum[t] = sum;
    }
    auto const* const weights = table + t % 32 / 4 * pairs() + t % 4;
    float sum[4][4] = {};  // of the columns 2i and 2i + 1
    int word = t / 32 * warp_words + t % 32 / 4;
    int step = 0;
    auto const add = [&](Word const(&loaded)[4]) {
      SplitPair const upper = weights[step * 8];
      SplitPair const lower = weights[step * 8 + 4];
      PANE_UNROLL
      for (int half = 0; half < 2; ++half) {
        std::uint32_t above[4];
        std::uint32_t below[4];
        bytes_to_halves(loaded[0].v[half], loaded[1].v[half], above);
        bytes_to_halves(loaded[2].v[half], loaded[3].v[half], below);
        PANE_UNROLL
        for (int i = 0; i < 2; ++i) {
          std::uint32_t const left[4] = {above[2 * i], above[2 * i + 1], below[2 * i],
                                         below[2 * i + 1]};
          multiply_add(sum[2 * half + i], left, upper.high, lower.high);
          multiply_add(sum[2 * half + i], left, upper.low, lower.low);
        }
      }
      if (++step < steps()) return;
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) {
        int const r = 2 * (t % 4) + j;
        if (r >= used.height || word >= words) continue;
        Lanes<real, 8> out;
        PANE_UNROLL
        for (int i = 0; i < 8; ++i) out.v[i] = sum[i / 2][i % 2 * 2 + j];
        partial<8>(shared, r, word) = out;
      }
      PANE_UNROLL
      for (int i = 0; i < 16; ++i) sum[i / 4][i % 4] = 0.0f;
      word += turn_words;
      step = 0;
    };
    int const mine = words - t / 32 * warp_words;  // the same for a warp
    int const all = mine <= 0 ? 0 : (mine + turn_words - 1) / turn_words * steps();
    PANE_NO_UNROLL
    for (int i = 0; i < all; i += 2) {
      add(ahead.even);
      if (i + 2 < all) load_step(i + 2, t, ahead.even);
      if (i + 1 < all) add(ahead.odd);
      if (i + 3 < all) load_step(i + 3, t, ahead.odd);
    }
  }

  /// One pixel, once the rows are weighted.
  PANE_HOST_DEVICE PANE_INLINE typename Part::Pixel across(Shared const& shared,
                                                           int at_row,
                                                           int at_column) const {
    auto const taps = column(at_column);
    real const* const weights = shared.weight + at_column * most_x;
    real const* const values =
        shared.partial + at_row * stride() + (taps.first * Part::channels - begin);
    auto sum = Part::Pixel::filled(real{0});
    for (int x = 0; x <= taps.last - taps.first; ++x) {
      PANE_UNROLL
      for (int c = 0; c < Part::channels; ++c)
        sum.v[c] = fma(weights[x], values[x * Part::channels + c], sum.v[c]);
    }
    real of_weights{0};
    PANE_UNROLL
    for (int i = at_column; i < resample_threads; i += resample_columns)
      of_weights += shared.column_sum[i];
    real const scale = real{1} / (of_weights * shared.row_sum[at_row]);
    PANE_UNROLL
    for (int c = 0; c < Part::channels; ++c) sum.v[c] *= scale;
    return sum;
  }

 private:
  template <int N>
  PANE_HOST_DEVICE PANE_INLINE Lanes<real, N>& partial(Shared& shared, int r, int word) const {
    return *reinterpret_cast<Lanes<real, N>*>(shared.partial + r * stride() + word * N);
  }
};

/// The tile of a resampling from images of `from` at most: as wide as a block has threads for the words of a row, and
/// as shared memory holds values and weights.
template <class Part>
Size resample_tile(Size from, Size to, ResampleFilter filter) {
  using Shared = ResampleShared<typename Part::real>;
  TapAxis<typename Part::real> const x(make_axis(from.width, to.width, half_pixel), filter);
  TapAxis<typename Part::real> const y(make_axis(from.height, to.height, half_pixel), filter);
  std::int64_t const taps = std::int64_t{x.most()} | 1;
  for (int rows = resample_rows; rows > 0; rows /= 2) {
    std::int64_t const elements =
        smaller(resample_threads * Part::lanes, Shared::capacity / rows - 4);
    // a row of the tile begins and ends with a whole word
    std::int64_t const pixels = (elements / Part::lanes - 2) * Part::lanes / Part::channels - taps;
    std::int64_t most = pixels <= 0 ? 0 : (pixels << 32) / larger<Coordinate>(x.axis.step, 1) + 1;
    // source rows of a tile, and their weights for the matrix unit, which takes more than others
    std::int64_t const height = whole((rows - 1) * y.axis.step) + 1 + y.most();
    std::int64_t const of_rows = 2 * resample_rows * ((height + 15) / 16 * 8 + 4);
    most = smaller(most, (Shared::weights - of_rows - 1) / taps);
    most = smaller<std::int64_t>(most, resample_columns);
    if (most <= 0) continue;
    std::int64_t const tiles = larger<std::int64_t>(ceil_div(to.width, most), 1);
    return {rows, larger(static_cast<int>(ceil_div(to.width, tiles)), 1)};
  }
  return {1, 1};
}

}  // namespace detail
PANE_NAMESPACE_END
