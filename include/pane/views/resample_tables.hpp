// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/shape.hpp>
#include <pane/kernels/resample.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/resample_taps.hpp>

#include <cstdint>
#include <type_traits>

// What a block keeps in shared memory while it resamples a tile, and how large a tile may be for that.

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

/// Rows of a tile over all columns of the source below it, weighted from top to bottom, of one part at a time; and the
/// weights of all parts.
template <class R>
struct ResampleShared {
  static constexpr int capacity = static_cast<int>(16896 / sizeof(R));
  static constexpr int weights = static_cast<int>(13568 / sizeof(R));
  alignas(16) R partial[capacity];
  alignas(16) R weight[weights];
  R row_scale[resample_rows];      ///< one over the sum of the weights of a row
  R row_sum[2][resample_threads];  ///< of a row of each part, by the threads that worked them out
  R column_sum[2][resample_threads];  ///< of a column, likewise
};

/// Several numbers, moved 16 bytes at a time where there are so many.
template <class R, int N>
struct alignas(N * sizeof(R) < 16 ? N * sizeof(R) : 16) Lanes {
  R v[N];
};

/// Where the tables of a part lie in shared memory and how large they are, for tiles of a size.
template <class Part>
struct ResampleTables {
  using real = typename Part::real;
  /// Whether the matrix unit can weight its rows, where there is one.
  static constexpr bool for_matrix = Part::is_bytes && std::is_same_v<real, float>;
  /// Pixels that are weighted at a time across, with zeros at both ends: bytes cannot be infinite.
  PANE_HOST_DEVICE static constexpr int group(bool by_matrix) { return by_matrix ? 4 : 1; }

  int column;  ///< weights of a column of the tile, so many that neighbours lie in different banks
  int row_quads;   ///< split quads of a row of the tile, likewise
  int columns_at;  ///< where the weights of columns begin
  int rows_at;     ///< where the weights of rows begin, after those of columns
  int end;         ///< where those of the next part may begin

  /// `rows`: of the source below a tile.
  PANE_HOST_DEVICE PANE_INLINE
  ResampleTables(int begin, AxisPair<real> const& axis, int rows, Size tile, bool by_matrix) {
    int const each = group(by_matrix);
    column = ((axis.x.most() + 2 * each - 2) / each | 1) * each;
    row_quads = (((rows + 15) / 16) | 1) * 4;
    std::int64_t const at = (begin + std::int64_t{column} * tile.width + 3) / 4 * 4;
    std::int64_t const of_rows = by_matrix ? std::int64_t{4} * resample_rows * row_quads
                                           : std::int64_t{axis.y.most()} * tile.height;
    columns_at = begin;
    rows_at = static_cast<int>(smaller<std::int64_t>(at, 1 << 30));
    end = static_cast<int>(smaller<std::int64_t>((at + of_rows + 3) / 4 * 4, 1 << 30));
  }
  /// To the beginning.
  PANE_HOST_DEVICE PANE_INLINE void move_to_begin() {
    rows_at -= columns_at;
    end -= columns_at;
    columns_at = 0;
  }
};

/// The tile of a resampling from images of `from` at most: as wide as a block has threads for the words of a row, and
/// as shared memory holds values and weights, also those of chroma, 2^log2 times coarser.
template <class Part>
Size resample_tile(Size from, Size to, ResampleFilter filter, Size log2 = {}) {
  using real = typename Part::real;
  using Shared = ResampleShared<real>;
  using Tables = ResampleTables<Part>;
  AxisPair<real> const axes{TapAxis<real>(make_axis(from.height, to.height, half_pixel), filter),
                            TapAxis<real>(make_axis(from.width, to.width, half_pixel), filter)};
  AxisPair<real> const coarser{axes.y.coarser(log2.height, true), axes.x.coarser(log2.width, true)};
  // Where the tables of a part end, or beyond everything where its rows do not fit.
  auto const end = [](AxisPair<real> const& part, int channels, Size tile) {
    auto const below = [](TapAxis<real> const& axis, int pixels) {
      return (std::int64_t{pixels - 1} * axis.axis.step >> 32) + 1 + axis.most();
    };
    // A row begins and ends with a whole group, and with a whole word.
    std::int64_t const pixels =
        below(part.x, tile.width) + 2 * (Tables::group(Tables::for_matrix) - 1);
    std::int64_t const words = ceil_div(pixels * channels, Part::lanes) + 1;
    std::int64_t const height = below(part.y, tile.height);
    bool const rows_fit = words <= resample_threads + 2 &&
                          (words * Part::lanes + 4) * tile.height <= Shared::capacity &&
                          height < Shared::weights;
    // the matrix unit takes more than others
    return rows_fit ? Tables(0, part, static_cast<int>(height), tile, Tables::for_matrix).end
                    : Shared::weights + 1;
  };
  for (int rows = resample_rows; rows > 0; rows /= 2) {
    for (int columns = resample_columns; columns > 0; --columns) {
      Size const tile{rows, columns};
      if (end(axes, Part::channels, tile) > Shared::weights) continue;
      if (Part::planes && end(coarser, 2, tile) > Shared::weights) continue;
      std::int64_t const tiles = larger<std::int64_t>(ceil_div(to.width, columns), 1);
      return {rows, larger(static_cast<int>(ceil_div(to.width, tiles)), 1)};
    }
  }
  return {1, 1};
}

}  // namespace detail
PANE_NAMESPACE_END
