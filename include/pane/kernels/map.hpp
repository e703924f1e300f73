// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

struct Nothing {};

/// The image of a ragged destination that a tile belongs to: a binary search over the tiles before each image.
template <class Entry>
PANE_HOST_DEVICE inline std::int64_t entry_of_tile(List<Entry> const& entries, std::int64_t tile) {
  std::int64_t low = 0;
  std::int64_t high = entries.count;
  while (high - low > 1) {
    std::int64_t const middle = (low + high) / 2;
    if (entries[middle].first_tile <= tile) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/// What one block works on: a rectangle of image n.
struct Tile {
  std::int64_t n;
  int y;
  int x;
  Size size;
};

/// The blocks that cover a destination with tiles of W x H pixels; a ragged one has tiles of its own.
template <int W, int H, class Sink>
Grid tile_grid(Sink const& sink) {
  if constexpr (is_batch<Sink>) {
    return {static_cast<int>(sink.tiles), 1, sink.tiles > 0 ? 1 : 0};
  } else {
    Size const s = sink.size(0);
    return {static_cast<int>(ceil_div(s.width, W)), static_cast<int>(ceil_div(s.height, H)),
            sink.batch()};
  }
}

template <int W, int H, class Block, class Sink>
PANE_HOST_DEVICE PANE_INLINE Tile tile_of(Block const& block, Sink const& sink) {
  if constexpr (is_batch<Sink>) {
    static_assert(W == tile_width && H == tile_height);
    std::int64_t const n = entry_of_tile(sink.entries, block.x);
    Size const s = sink.size(n);
    int const index = static_cast<int>(block.x - sink.entries[n].first_tile);
    int const across = (s.width + W - 1) / W;
    return {n, index / across * H, index % across * W, s};
  } else {
    return {block.z, block.y * H, block.x * W, sink.size(block.z)};
  }
}

/// Evaluates an image at every pixel of a sink.
///
/// A tile has 128 x 16 pixels. Where the addresses allow it a thread owns two runs of P neighbouring pixels, eight
/// rows apart, and moves whole words; the rest of a row, and everything where they do not, goes pixel by pixel with
/// neighbouring threads on neighbouring pixels.
template <class Source, class Sink, int P>
struct MapProgram {
  static constexpr int threads = 256;
  // Four blocks leave 64 registers a thread: on an H200 the NV12 letterbox chain takes 39 us so, 43 with the 79 that
  // the compiler would like, 39.5 with 48 and a spill.
  static constexpr int blocks_per_sm = sizeof(typename pixel_of<Source>::value_type) == 8 ? 2 : 4;
  static constexpr int per_row = tile_width / P;
  static constexpr int rows = threads / per_row;
  using Shared = Nothing;

  Source source;
  Sink sink;
  bool packed;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    if (packed) {
      block.for_each_thread_unordered([&](int t) {
        int const x = tile.x + t % per_row * P;
        if (x + P <= tile.size.width) {
          PANE_UNROLL
          for (int step = 0; step < tile_height / rows; ++step) {
            int const y = tile.y + t / per_row + step * rows;
            if (y < tile.size.height)
              sink.template store<P>(tile.n, y, x, run<P>(source, tile.n, y, x));
          }
        } else {
          for (int y = tile.y + t / per_row; y < smaller(tile.y + tile_height, tile.size.height);
               y += rows) {
            for (int i = x; i < tile.size.width; ++i)
              sink.store(tile.n, y, i, source(tile.n, y, i));
          }
        }
      });
    } else {
      block.for_each_thread_unordered([&](int t) {
        int const x = tile.x + t % tile_width;
        if (x >= tile.size.width) return;
        for (int y = tile.y + t / tile_width; y < smaller(tile.y + tile_height, tile.size.height);
             y += threads / tile_width) {
          sink.store(tile.n, y, x, source(tile.n, y, x));
        }
      });
    }
  }
};

}  // namespace detail
PANE_NAMESPACE_END
