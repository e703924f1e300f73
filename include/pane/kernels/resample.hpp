// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>
#include <pane/kernels/stencil.hpp>  // is_map

#include <cstdint>

// Images whose pixels need many of their source's: a block works out a tile of them together. Such a view has, besides
// the members of an image,
//
//   struct Shared;                                        memory of a block
//   int tile_rows() const;                                rows of a tile of `resample_columns` columns: 1 to 8
//   template <class Block, class Sums>
//   void gather(Block&, Shared&, Sums&, std::int64_t n, int y0, int x0, int rows) const;
//                                                         fills sums[t] with the pixel of thread t, which is
//                                                         (y0 + t / resample_columns, x0 + t % resample_columns)
//
// Pointwise views above it are its epilogue; anything may be below it.

PANE_NAMESPACE_BEGIN
namespace detail {

inline constexpr int resample_threads = 256;
inline constexpr int resample_columns = 32;
inline constexpr int resample_rows = resample_threads / resample_columns;

/// The image below the pointwise views that works tile by tile, if there is one.
template <class Img>
struct Gathering {
  using type = Nothing;
  static constexpr bool any = false;
};
template <class Img>
requires requires(Img const& i) {
  i.tile_rows();
}
struct Gathering<Img> {
  using type = Img;
  static constexpr bool any = true;
};
template <class Img>
requires is_map<Img>
struct Gathering<Img> {
  using Below = Gathering<decltype(Img::source)>;
  using type = typename Below::type;
  static constexpr bool any = Below::any;
};

template <class Img>
inline constexpr bool gathers_tiles = Gathering<Img>::any;

/// The gathered pixel through the pointwise views above it.
template <class Img, class Pixel>
PANE_HOST_DEVICE PANE_INLINE auto finished(
    Img const& image, Pixel const& gathered, std::int64_t n, int y, int x) {
  if constexpr (is_map<Img>) {
    return image.apply(finished(image.source, gathered, n, y, x), n, y, x);
  } else {
    return gathered;
  }
}

template <class Img>
PANE_HOST_DEVICE PANE_INLINE auto const& gathering(Img const& image) {
  if constexpr (is_map<Img>) {
    return gathering(image.source);
  } else {
    return image;
  }
}

/// Evaluates a chain over an image that gathers, tile by tile.
template <class Source, class Sink>
struct ResampleProgram {
  static constexpr int threads = resample_threads;
  static constexpr int blocks_per_sm = sizeof(typename pixel_of<Source>::value_type) == 8 ? 2 : 4;
  using View = typename Gathering<Source>::type;
  using Shared = typename View::Shared;
  using Pixel = pixel_of<View>;

  Source source;
  Sink sink;
  int rows;  ///< of a tile

  Grid grid() const {
    if constexpr (is_batch<Sink>) {
      return tile_grid<tile_width, tile_height>(sink);
    } else {
      Size const s = sink.size(0);
      return {static_cast<int>(ceil_div(s.width, resample_columns)),
              static_cast<int>(ceil_div(s.height, rows)), sink.batch()};
    }
  }

  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    if constexpr (is_batch<Sink>) {
      Tile const tile = tile_of<tile_width, tile_height>(block, sink);
      for (int y = tile.y; y < smaller(tile.y + tile_height, tile.size.height); y += rows) {
        for (int x = tile.x; x < smaller(tile.x + tile_width, tile.size.width);
             x += resample_columns)
          write(block, tile.n, y, x, smaller(tile.y + tile_height - y, rows), tile.size);
      }
    } else {
      write(block, block.z, block.y * rows, block.x * resample_columns, rows, sink.size(block.z));
    }
  }

 private:
  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void write(
      Block& block, std::int64_t n, int y0, int x0, int tile_rows, Size size) const {
    auto sums = block.template per_thread<Pixel>();
    int const used = smaller(tile_rows, size.height - y0);
    gathering(source).gather(block, block.shared(), sums, n, y0, x0, used);
    block.for_each_thread([&](int t) {
      int const y = y0 + t / resample_columns;
      int const x = x0 + t % resample_columns;
      if (t / resample_columns < used && x < size.width)
        sink.store(n, y, x, finished(source, sums[t], n, y, x));
    });
  }
};

}  // namespace detail
PANE_NAMESPACE_END
