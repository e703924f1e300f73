// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>  // host_run
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// What `MapProgram` does, in the order that a CPU likes: row by row, in long runs from any address. Each view then is
/// a loop over the pixels of a run, which the compiler turns into vectors, with its result in the first cache.
///
/// What is left of a row after the long runs goes in runs of P, those of the GPU, and then pixel by pixel.
template <class Source, class Sink, int P>
struct RowProgram {
  // Whole rows of most pictures: a tile of 128 x 16 has 48 rows of three planes to write at once, and takes 1.5 times as
  // long for it. The tiles of a ragged destination are counted beforehand.
  static constexpr int width = is_batch<Sink> ? tile_width : 2048;
  static constexpr int height = is_batch<Sink> ? tile_height : 8;
  static constexpr int threads = height;
  static constexpr int blocks_per_sm = 1;
  using Shared = Nothing;

  Source source;
  Sink sink;
  bool runs_move;  ///< both sides take runs of `host_run`

  Grid grid() const { return tile_grid<width, height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<width, height>(block, sink);
    int const right = smaller(tile.x + width, tile.size.width);
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      int const y = tile.y + t;
      if (y >= tile.size.height) return;
      int x = tile.x;
      if (runs_move) {
        x = evaluate<host_run>(tile.n, y, x, right);
        x = evaluate<P>(tile.n, y, x, right);
      }
      for (; x < right; ++x) sink.store(tile.n, y, x, source(tile.n, y, x));
    });
  }

 private:
  /// As many runs as fit; returns where they end.
  template <int Pixels>
  PANE_HOST_DEVICE PANE_INLINE int evaluate(std::int64_t n, int y, int x, int right) const {
    for (; x + Pixels <= right; x += Pixels)
      sink.template store<Pixels>(n, y, x, run<Pixels>(source, n, y, x));
    return x;
  }
};

}  // namespace detail
PANE_NAMESPACE_END
