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

template <class Img>
inline constexpr bool is_map = false;
template <class Img>
requires requires(Img const& i) {
  i.source;
  i.f;
}
inline constexpr bool is_map<Img> = true;

/// The image below the pointwise views of a chain.
template <class Img>
PANE_HOST_DEVICE PANE_INLINE auto const& below_maps(Img const& image) {
  if constexpr (is_map<Img>) {
    return below_maps(image.source);
  } else {
    return image;
  }
}

/// A chain of pointwise views over one tensor reads exactly the pixel that it writes.
template <class Img>
constexpr bool is_pointwise() {
  if constexpr (is_map<Img>) {
    return is_pointwise<decltype(Img::source)>();
  } else {
    return is_tensor<Img>;
  }
}

/// A chain of pointwise views over an image that has its pixels in memory: one or a few loads a run.
template <class Img>
constexpr bool is_direct() {
  if constexpr (is_map<Img>) {
    return is_direct<decltype(Img::source)>();
  } else {
    return !Gathers<Img>;
  }
}

/// Whether a chain samples a tensor's bytes along its axes, as pairs of pixels.
template <class Img>
constexpr bool samples_pairs() {
  if constexpr (is_map<Img>) {
    return samples_pairs<decltype(Img::source)>();
  } else if constexpr (is_along_axes<Img>) {
    using Source = decltype(Img::source);
    if constexpr (is_along_axes<Source>) {
      return samples_pairs<Source>();
    } else if constexpr (requires(Source const& s) { s.boxes; }) {
      return has_pairs<decltype(Source::source)>;
    } else {
      return has_pairs<Source>;
    }
  } else {
    return false;
  }
}

/// Evaluates an image at every pixel of a sink.
///
/// A tile has 128 x 16 pixels. Where the addresses allow it a thread owns runs of P neighbouring pixels and moves whole
/// words: two runs eight rows apart, or four of a gather, four rows apart. The rest of a row, and everything where they
/// do not, goes pixel by pixel with neighbouring threads on neighbouring pixels. Everything is loaded before anything is
/// stored, as no compiler may move a load across a store that might be to the same place.
template <class Source, class Sink, int P>
struct MapProgram {
  // What a gather's columns share is worked out once for more rows: 26.5 us for the NV12 letterbox chain on an H200, 28.1
  // with 256 threads.
  static constexpr int threads = is_direct<Source>() ? 256 : 128;
  // 64 registers a thread, as with 48 the NV12 letterbox chain spills. Pointwise chains to bytes and halves fit in 48:
  // 225 and 296 us then, 234 and 303 with 64; floats 497 and 495.
  static constexpr bool is_small =
      is_direct<Source>() && sizeof(typename Sink::pixel::value_type) <= 2;
  static constexpr int blocks_per_sm = (sizeof(typename pixel_of<Source>::value_type) == 8 ? 512
                                        : is_small                                         ? 1280
                                                                                           : 1024) /
                                       threads;
  static constexpr int per_row = tile_width / P;
  static constexpr int rows = threads / per_row;
  static constexpr int steps = tile_height / rows;
  // Runs, and single pixels, that are on their way at once. A gather has many loads in each.
  static constexpr int runs = is_direct<Source>() ? steps : 1;
  static constexpr int singles = is_direct<Source>() ? 4 : 1;
  using Shared = Nothing;

  Source source;
  Sink sink;
  Runs runs_move;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    int const bottom = smaller(tile.y + tile_height, tile.size.height);
    int const right = smaller(tile.x + tile_width, tile.size.width);
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      int x = tile.x + t % tile_width;
      int y = tile.y + t / tile_width;
      int step = threads / tile_width;
      if (runs_move != Runs::none) {
        int const first = tile.x + t % per_row * P;
        if (first + P <= right) {
          PANE_NO_UNROLL
          for (int i = 0; i < steps; i += runs)
            evaluate_runs(tile.n, tile.y + t / per_row + i * rows, first, bottom);
        }
        x = right - right % P + t % P;  // the rest of the row; tiles begin at multiples of P
        y = tile.y + t / P;
        step = threads / P;
      }
      if (x < right) evaluate_column(tile.n, y, x, step, bottom);
    });
  }

 private:
  // Rows beyond the last are read as the last: a condition around a load would have to wait for it.

  PANE_HOST_DEVICE PANE_INLINE void evaluate_runs(std::int64_t n, int y, int x, int bottom) const {
    if (y >= bottom) return;
    Run<pixel_of<Source>, P> values[runs];
    PANE_UNROLL
    for (int i = 0; i < runs; ++i)
      values[i] = run<P>(source, n, smaller(y + i * rows, bottom - 1), x);
    PANE_UNROLL
    for (int i = 0; i < runs; ++i) {
      if (y + i * rows >= bottom) continue;
      if constexpr (stores_bytes<P, Sink>) {
        if (runs_move == Runs::bytes) {
          sink.template store_bytes<P>(n, y + i * rows, x, values[i]);
          continue;
        }
      }
      sink.template store<P>(n, y + i * rows, x, values[i]);
    }
  }

  /// Single pixels at (y, x), (y + step, x) and so on.
  PANE_HOST_DEVICE PANE_INLINE void evaluate_column(
      std::int64_t n, int y, int x, int step, int bottom) const {
    for (; y < bottom; y += singles * step) {
      pixel_of<Source> values[singles];
      PANE_UNROLL
      for (int i = 0; i < singles; ++i) values[i] = source(n, smaller(y + i * step, bottom - 1), x);
      PANE_UNROLL
      for (int i = 0; i < singles; ++i) {
        if (y + i * step < bottom) sink.store(n, y + i * step, x, values[i]);
      }
    }
  }
};

}  // namespace detail
PANE_NAMESPACE_END
