// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/matrix.hpp>
#include <pane/kernels/resample.hpp>
#include <pane/views/resample_part.hpp>
#include <pane/views/resample_tables.hpp>
#include <pane/views/resample_taps.hpp>

#include <cstdint>
#include <type_traits>

// How a block resamples one part of a tile. Source rows are weighted for all rows of the tile first, a word at a time;
// then every pixel weights the columns that are left.

PANE_NAMESPACE_BEGIN
namespace detail {

/// The words of the two steps of the matrix unit that come next, four source rows each, and where the step after them
/// begins.
template <class Word>
struct ResampleAhead {
  Word even[4];
  Word odd[4];
  int word;
  int first;  ///< element of the row at which it begins
  int y;
};

template <class Part>
struct ResampleTile {
  using real = typename Part::real;
  using Shared = ResampleShared<real>;
  using Word = typename Part::Word;
  using Pixel = typename Part::Pixel;
  using Tables = ResampleTables<Part>;
  static constexpr int lanes = Part::lanes;
  static constexpr int of_part = Part::chroma ? 1 : 0;
  static constexpr bool by_matrix = has_matrix_unit && Tables::for_matrix;
  static constexpr int group = Tables::group(by_matrix);
  using Ahead = std::conditional_t<by_matrix, ResampleAhead<Word>, Nothing>;

  Part const& part;
  AxisPair<real> const& axis;
  Roi in;  ///< source pixels that may be read
  int y0;
  int x0;
  Size used;
  int top;        ///< first source row
  int bottom;     ///< last source row
  int begin;      ///< first element of the rows that are read, a multiple of the lanes
  int words;      ///< of a row
  int last_word;  ///< the last of them that is not all beyond what counts
  Tables tables;
  ResampleRows origin;

  /// `at`: where its weights may begin.
  PANE_HOST_DEVICE PANE_INLINE
  ResampleTile(Part const& of, AxisPair<real> const& axes, int y, int x, Size size, int at)
      : part(of),
        axis(axes),
        in(of.bounds()),
        y0(y),
        x0(x),
        used(size),
        top(row(0).first),
        bottom(row(size.height - 1).last),
        tables(at, axes, bottom - top + 1, size, by_matrix),
        origin(of.rows(0)) {
    int const last = column(used.width - 1).last;
    begin = column(0).first / group * group * Part::channels / lanes * lanes;
    words = static_cast<int>(ceil_div((last / group + 1) * group * Part::channels - begin, lanes));
    last_word = ((last + 1) * Part::channels - 1 - begin) / lanes;
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
  /// Products of the matrix unit over the source rows.
  PANE_HOST_DEVICE int steps() const { return (bottom - top + 16) / 16; }

  /// Whether the tile fits into shared memory.
  PANE_HOST_DEVICE bool fits() const {
    return std::int64_t{stride()} * used.height <= Shared::capacity &&
           tables.end <= Shared::weights;
  }

  /// All weights.
  PANE_HOST_DEVICE PANE_INLINE void tabulate(Shared& shared, int t) const {
    tabulate_columns(shared, t);
    if constexpr (by_matrix) {
      tabulate_quads(shared, t);
    } else {
      tabulate_rows(shared, t);
    }
  }
  /// Weights the source rows for all rows of the tile.
  PANE_HOST_DEVICE PANE_INLINE void down(Ahead& ahead, Shared& shared, int t) const {
    if constexpr (by_matrix) {
      down_by_matrix(ahead, shared, t);
    } else {
      down_by_words(shared, t);
    }
    (void)ahead;
  }

  /// The weights of the columns of a tile: four threads a column, so that nothing is divided for each weight.
  PANE_HOST_DEVICE PANE_INLINE void tabulate_columns(Shared& shared, int t) const {
    int const thread = Part::chroma ? t : resample_threads - 1 - t;  // others have more of the rows
    int const at = thread % resample_columns;
    if (at >= used.width) return;
    auto const taps = column(at);
    int const first = taps.first / group;
    real sum{0};
    PANE_NO_UNROLL
    for (int i = thread / resample_columns; i <= taps.last / group - first;
         i += resample_threads / resample_columns) {
      Lanes<real, group> out;
      axis.x.weights(taps, (first + i) * group, out.v);
      PANE_UNROLL
      for (int k = 0; k < group; ++k) sum += out.v[k];
      column_weights(shared, at)[i] = out;
    }
    shared.column_sum[of_part][thread] = sum;
  }

  /// Those of the rows, for `down_by_words`.
  PANE_HOST_DEVICE PANE_INLINE void tabulate_rows(Shared& shared, int t) const {
    int const most = axis.y.most();
    for (int i = t; i < most * used.height; i += resample_threads) {
      auto const taps = row(i / most);
      shared.weight[tables.rows_at + i] = axis.y.weight(taps, taps.first + i % most);
    }
  }

  /// The rows of the tile, a word at a time, in as many groups of rows as there are threads for.
  PANE_HOST_DEVICE PANE_INLINE void down_by_words(Shared& shared, int t) const {
    int const groups = clamped(resample_threads / words, 1, used.height);
    int const rows_each = static_cast<int>(ceil_div(used.height, groups));
    for (int i = t; i < groups * words; i += resample_threads) {
      int const word = i % words;
      auto const rows = part.from(origin, first_of(word));
      int const end = smaller((i / words + 1) * rows_each, used.height);
      for (int r = i / words * rows_each; r < end; ++r) {
        auto const taps = row(r);
        real const* const weights = shared.weight + tables.rows_at + r * axis.y.most();
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
        if (word == 0) shared.row_scale[r] = real{1} / of_weights;
      }
    }
  }

  /// The weights of the rows for the matrix unit: all rows of the tile by all rows of the source, most of them zeros.
  PANE_HOST_DEVICE PANE_INLINE void tabulate_quads(Shared& shared, int t) const {
    int const thread = Part::chroma ? resample_threads - 1 - t : t;
    int const r = thread % resample_rows;
    auto const taps = row(smaller(r, used.height - 1));
    auto* const out = quads(shared) + r * tables.row_quads;
    real sum{0};
    PANE_NO_UNROLL
    for (int i = thread / resample_rows; i < steps() * 4; i += resample_threads / resample_rows) {
      float w[4];
      axis.y.weights(taps, top + 4 * i, w);
      SplitQuad const split = split_quad(w);
      out[i] = split;
      sum += sum_of(split);
    }
    shared.row_sum[of_part][thread] = sum;
  }

  /// Words of a row that a warp of the matrix unit takes in a turn, one for four lanes; and those of the whole block.
  static constexpr int warp_words = 8;
  static constexpr int turn_words = resample_threads / 32 * warp_words;

  /// Begins to read for the thread.
  PANE_HOST_DEVICE PANE_INLINE void load_ahead(Ahead& ahead, int t) const {
    if constexpr (by_matrix) {
      seek(ahead, first_word(t), t);
      load_step(ahead, t, ahead.even);
      load_step(ahead, t, ahead.odd);
    }
  }

  /// All rows of the tile by the matrix unit: source columns by source rows times source rows by rows of the tile.
  PANE_HOST_DEVICE PANE_INLINE void down_by_matrix(Ahead& ahead, Shared& shared, int t) const {
    if (t < resample_rows) {
      real sum{0};
      PANE_UNROLL
      for (int i = t; i < resample_threads; i += resample_rows) sum += shared.row_sum[of_part][i];
      shared.row_scale[t] = real{1} / (sum * byte_in_half);
    }
    SplitQuad const* const first = quads(shared) + t % 32 / 4 * tables.row_quads + t % 4;
    SplitQuad const* const end = first + steps() * 4;
    SplitQuad const* weights = first;
    float sum[4][4] = {};  // of the columns 2i and 2i + 1
    int word = first_word(t);
    auto const add = [&](Word const(&loaded)[4]) PANE_INLINE_LAMBDA {
      SplitQuad const w = *weights;
      PANE_UNROLL
      for (int half = 0; half < 2; ++half) {
        std::uint32_t above[4];
        std::uint32_t below[4];
        bytes_to_halves(loaded[0].v[half], loaded[1].v[half], above);
        bytes_to_halves(loaded[2].v[half], loaded[3].v[half], below);
        std::uint32_t const first_left[4] = {above[0], above[1], below[0], below[1]};
        std::uint32_t const second_left[4] = {above[2], above[3], below[2], below[3]};
        multiply_add(sum[2 * half], first_left, w.high[0], w.high[1]);
        multiply_add(sum[2 * half + 1], second_left, w.high[0], w.high[1]);
        multiply_add(sum[2 * half], first_left, w.low[0], w.low[1]);
        multiply_add(sum[2 * half + 1], second_left, w.low[0], w.low[1]);
      }
      weights += 4;
      if (weights != end) return;
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
      weights = first;
    };
    int const mine = words - t / 32 * warp_words;  // the same for a warp
    int const all = mine <= 0 ? 0 : (mine + turn_words - 1) / turn_words * steps();
    PANE_NO_UNROLL
    for (int i = 0; i < all; i += 2) {
      add(ahead.even);
      if (i + 2 < all) load_step(ahead, t, ahead.even);
      if (i + 1 < all) add(ahead.odd);
      if (i + 3 < all) load_step(ahead, t, ahead.odd);
    }
  }

  /// Two pixels of a column, once the rows are weighted.
  PANE_HOST_DEVICE PANE_INLINE void across(Shared& shared,
                                           int const (&rows)[2],
                                           int at_column,
                                           typename Part::Pixel (&out)[2]) const {
    constexpr int C = Part::channels;
    auto const taps = column(at_column);
    int const first = taps.first / group;
    auto const* const weights = column_weights(shared, at_column);
    int const at = first * group * C - begin;
    PANE_UNROLL
    for (auto& sum : out) sum = Part::Pixel::filled(real{0});
    for (int i = 0; i <= taps.last / group - first; ++i) {
      auto const w = weights[i];
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) {
        auto const* const values = reinterpret_cast<Lanes<real, group> const*>(
            shared.partial + rows[j] * stride() + at + i * group * C);
        real v[group * C];
        PANE_UNROLL
        for (int k = 0; k < group * C; ++k) v[k] = values[k / group].v[k % group];
        PANE_UNROLL
        for (int k = 0; k < group * C; ++k)
          out[j].v[k % C] = fma(w.v[k / C], v[k], out[j].v[k % C]);
      }
    }
    real of_weights{0};
    PANE_UNROLL
    for (int i = 0; i < resample_threads / resample_columns; ++i)
      of_weights += shared.column_sum[of_part][at_column + i * resample_columns];
    real const scale = real{1} / of_weights;
    PANE_UNROLL
    for (int j = 0; j < 2; ++j) {
      PANE_UNROLL
      for (int c = 0; c < C; ++c) out[j].v[c] *= scale * shared.row_scale[rows[j]];
    }
  }

 private:
  PANE_HOST_DEVICE PANE_INLINE static int first_word(int t) {
    return t / 32 * warp_words + t % 32 / 4;
  }
  PANE_HOST_DEVICE PANE_INLINE int first_of(int word) const {
    return begin + smaller(word, last_word) * lanes;
  }
  /// Goes to the first step of a word.
  PANE_HOST_DEVICE PANE_INLINE void seek(Ahead& ahead, int word, int t) const {
    ahead.word = word;
    ahead.first = first_of(word);
    ahead.y = top + 4 * (t % 4);
  }
  /// The source rows of the next step that a lane reads.
  PANE_HOST_DEVICE PANE_INLINE void load_step(Ahead& ahead, int t, Word (&out)[4]) const {
    auto const at = [&](int k) { return smaller(ahead.y + k, bottom); };
    part.load(part.from(origin, ahead.first), {at(0), at(1), at(2), at(3)}, out);
    ahead.y += 16;
    if (ahead.y - 4 * (t % 4) > bottom) seek(ahead, ahead.word + turn_words, t);
  }
  PANE_HOST_DEVICE PANE_INLINE SplitQuad* quads(Shared& shared) const {
    return reinterpret_cast<SplitQuad*>(shared.weight + tables.rows_at);
  }
  PANE_HOST_DEVICE PANE_INLINE Lanes<real, group>* column_weights(Shared& shared, int at) const {
    return reinterpret_cast<Lanes<real, group>*>(shared.weight + tables.columns_at +
                                                 at * tables.column);
  }
  template <int N>
  PANE_HOST_DEVICE PANE_INLINE Lanes<real, N>& partial(Shared& shared, int r, int word) const {
    return *reinterpret_cast<Lanes<real, N>*>(shared.partial + r * stride() + word * N);
  }
};

}  // namespace detail
PANE_NAMESPACE_END
