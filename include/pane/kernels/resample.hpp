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
//   Size tile() const;                                    of the result: at most `resample_pixels` pixels
//   ResampleShape shape() const;                          at least as wide
//   template <class Block, class Results>
//   void gather(Block&, Shared&, Results&, std::int64_t n, int y0, int x0, Size used) const;
//                                                         fills results[t][j] with the pixel (shape.row(t, j), shape.column(t)),
//                                                         counted from (y0, x0), where that lies inside `used`
//
// Pointwise views above it are its epilogue; anything may be below it.

PANE_NAMESPACE_BEGIN
namespace detail {

inline constexpr int resample_threads = 128;
inline constexpr int resample_pixels = 2 * resample_threads;

/// Which pixels of a tile are a thread's: those of one column. A row of threads is a power of two, so that nothing is
/// divided.
struct ResampleShape {
  static constexpr int each = resample_pixels / resample_threads;
  int log2_columns;

  PANE_HOST_DEVICE PANE_INLINE int column(int t) const { return t & ((1 << log2_columns) - 1); }
  PANE_HOST_DEVICE PANE_INLINE int row(int t, int j) const {
    return (t + j * resample_threads) >> log2_columns;
  }
};

/// The image below the pointwise views that works tile by tile, if there is one.
template <class Img>
struct Gathering {
  using type = Nothing;
  static constexpr bool any = false;
};
template <class Img>
requires requires(Img const& i) {
  i.tile();
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

/// Evaluates a chain over an image that gathers, tile by tile.
template <class Source, class Sink>
struct ResampleProgram {
  static constexpr int threads = resample_threads;
  static constexpr int blocks_per_sm = sizeof(typename pixel_of<Source>::value_type) == 8 ? 4 : 5;
  static constexpr int each = ResampleShape::each;
  using View = typename Gathering<Source>::type;
  using Shared = typename View::Shared;

  Source source;
  Sink sink;
  Size tile;

  Grid grid() const {
    if constexpr (is_batch<Sink>) {
      return tile_grid<tile_width, tile_height>(sink);
    } else {
      Size const s = sink.size(0);
      return {static_cast<int>(ceil_div(s.width, tile.width)),
              static_cast<int>(ceil_div(s.height, tile.height)), sink.batch()};
    }
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    if constexpr (is_batch<Sink>) {
      Tile const whole = tile_of<tile_width, tile_height>(block, sink);
      int const bottom = smaller(whole.y + tile_height, whole.size.height);
      int const right = smaller(whole.x + tile_width, whole.size.width);
      for (int y = whole.y; y < bottom; y += tile.height) {
        for (int x = whole.x; x < right; x += tile.width)
          write(block, whole.n, y, x, bottom, right);
      }
    } else {
      Size const s = sink.size(block.z);
      write(block, block.z, block.y * tile.height, block.x * tile.width, s.height, s.width);
    }
  }

 private:
  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void write(
      Block& block, std::int64_t n, int y0, int x0, int bottom, int right) const {
    auto const& view = below_maps(source);
    Size const used{smaller(tile.height, bottom - y0), smaller(tile.width, right - x0)};
    auto results = block.template per_thread<Run<pixel_of<View>, each>>();
    ResampleShape const shape = view.shape();
    view.gather(block, block.shared(), results, n, y0, x0, used);
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
      int const x = shape.column(t);
      PANE_UNROLL
      for (int j = 0; j < each; ++j) {
        int const y = shape.row(t, j);
        if (x < used.width && y < used.height)
          sink.store(n, y0 + y, x0 + x, finished(source, results[t][j], n, y0 + y, x0 + x));
      }
    });
  }
};

}  // namespace detail
PANE_NAMESPACE_END
