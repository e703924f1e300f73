// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// Destinations whose neighbouring columns are neighbouring elements: planes.
template <class Sink>
inline constexpr bool has_plain_rows = false;
template <class T, class L>
inline constexpr bool has_plain_rows<Tensor<T, L>> =
    L::channels != dynamic && !is_interleaved<L> && !is_blocked<L>;
template <class T, class L>
inline constexpr bool has_plain_rows<Batch<Tensor<T, L>>> = has_plain_rows<Tensor<T, L>>;

/// Evaluates an image that samples pairs along its axes at every pixel of planes.
///
/// A thread owns `columns` neighbouring columns of some rows. Where they lie in the source, and with which weights, is
/// worked out once for all their pixels; neighbouring threads read neighbouring pixels, so that a load of a warp touches
/// few lines. The threads of a picture are counted through, whatever its width, so that none is idle but at its end; a
/// batch of destinations has tiles. All that is worked out while the work in front of the launch is still running, which
/// is awaited before the first sample.
template <class Source, class Sink, int Columns, int Rows>
struct ColumnsProgram {
  static constexpr int columns = Columns;
  static constexpr int rows = Rows;  // that are on their way at once
  static constexpr int threads = tile_width / columns;
  static constexpr int blocks_per_sm = 1024 / threads;  // 64 registers a thread; with 48 they spill
  // Blocks that keep a large GPU busy: below that a tile is cut into fewer rows.
  static constexpr std::int64_t enough_blocks = 2112;
  static constexpr bool awaits = true;
  using Shared = Nothing;

  Source source;
  Sink sink;
  bool dense;        // the source's samples and the sink's rows
  int height;        // rows of a thread: fewer where there would be too few blocks
  unsigned across;   // threads beside each other in a picture
  unsigned inverse;  // floor((2^32 - 1) / across)

  static ColumnsProgram make(Source const& source, Sink const& sink, bool dense) {
    ColumnsProgram p{source,      sink, dense && packs<1>(sink) && packs<columns>(sink),
                     tile_height, 0,    0};
    if constexpr (!is_batch<Sink>)
      p.across = static_cast<unsigned>(ceil_div(sink.size(0).width, columns));
    p.inverse = 0xffffffffu / larger(p.across, 1u);
    auto const blocks = [&p] { return std::int64_t{p.grid().x} * p.grid().y * p.grid().z; };
    while (p.height > rows && blocks() < enough_blocks) p.height /= 2;
    return p;
  }

  Grid grid() const {
    if constexpr (is_batch<Sink>) {
      Grid g = tile_grid<tile_width, tile_height>(sink);
      g.y = tile_height / height;
      return g;
    } else {
      std::int64_t const below = ceil_div(sink.size(0).height, height);
      return {static_cast<int>(ceil_div(std::int64_t{across} * below, threads)), 1, sink.batch()};
    }
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      Tile tile;
      if constexpr (is_batch<Sink>) {
        tile = tile_of<tile_width, tile_height>(block, sink);
        tile.y += block.y * height;
        tile.x += t * columns;
      } else {
        auto const i = static_cast<unsigned>(block.x) * threads + static_cast<unsigned>(t);
        auto row = static_cast<unsigned>(std::uint64_t{i} * inverse >> 32);  // or one more
        unsigned column = i - row * across;
        if (column >= across) {
          column -= across;
          ++row;
        }
        tile = {block.z, static_cast<int>(row) * height, static_cast<int>(column) * columns,
                sink.size(0)};
      }
      int const x = tile.x;
      int const top = tile.y;
      int const bottom = smaller(top + height, tile.size.height);
      if (x >= tile.size.width || top >= bottom) return;
      auto const& image = prepared(source, tile.n);
      if (dense && x + columns <= tile.size.width) {
        auto const column = sink.template column<columns>(tile.n, x);
        await_stream();
        PANE_NO_UNROLL
        for (int y = top; y < bottom; y += rows) evaluate(image, tile.n, y, x, bottom, column);
      } else {
        await_stream();
        PANE_NO_UNROLL
        for (int y = top; y < bottom; ++y) {
          PANE_NO_UNROLL
          for (int i = x; i < smaller(x + columns, tile.size.width); ++i)
            sink.store(tile.n, y, i, image(tile.n, y, i));
        }
      }
    });
  }

 private:
  template <class Image, class Column>
  PANE_HOST_DEVICE PANE_INLINE void evaluate(
      Image const& image, std::int64_t n, int y, int x, int bottom, Column const& column) const {
    Places<rows * columns> at;
    PANE_UNROLL
    for (int i = 0; i < rows * columns; ++i) {
      // Rows beyond the last are read as the last: a condition around a load would have to wait for it.
      at.y[i] = smaller(y + i / columns, bottom - 1);
      at.x[i] = x + i % columns;
    }
    auto const values = run_at(image, n, at);
    PANE_UNROLL
    for (int i = 0; i < rows; ++i) {
      if (y + i >= bottom) continue;
      Run<pixel_of<Image>, columns> row;
      PANE_UNROLL
      for (int k = 0; k < columns; ++k) row.p[k] = values.p[i * columns + k];
      column.store(y + i, row);
    }
  }
};

/// Launches it: with one pixel on its way a thread where there are few, as then the way is what takes the time.
template <class Where, class Source, class Sink>
void launch_columns(Where where, Source const& source, Sink const& sink, bool dense) {
  std::int64_t pixels = 0;
  if constexpr (is_batch<Sink>) {
    pixels = sink.tiles * tile_width * tile_height;
  } else {
    pixels = sink.batch() * sink.size(0).height * sink.size(0).width;
  }
  if (pixels < (1 << 17)) {
    launch(where, ColumnsProgram<Source, Sink, 1, 1>::make(source, sink, dense));
  } else {
    launch(where, ColumnsProgram<Source, Sink, 2, 2>::make(source, sink, dense));
  }
}

}  // namespace detail
PANE_NAMESPACE_END
