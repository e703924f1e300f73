// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>

#include <cstdint>

// Stencils read a neighbourhood. A block evaluates everything below the stencil once for its tile and the halo around
// it, into shared memory, and computes from there. A stencil view has, besides the members of an image,
//
//   static constexpr int halo;                            how far it looks
//   template <int H, int W> struct Staging;               shared memory for a tile of H x W results; `inner` is the
//                                                         staging of its source for the tile grown by the halo
//   template <int H, int W, class Block>
//   void stage(Block&, Staging<H, W>&, std::int64_t n, int y0, int x0) const;
//   template <int H, int W>
//   pixel staged(Staging<H, W> const&, int y, int x) const;   the result at (y, x) of the tile
//
// Pointwise views above a stencil are its epilogue; whatever is below it, another stencil too, is its prologue.

PANE_NAMESPACE_BEGIN
namespace detail {

template <class Img>
inline constexpr bool is_stencil = false;
template <class Img>
requires requires {
  Img::halo;
}
inline constexpr bool is_stencil<Img> = true;

template <class Img>
inline constexpr bool is_map = false;
template <class Img>
requires requires(Img const& i) {
  i.source;
  i.f;
}
inline constexpr bool is_map<Img> = true;

/// The shared memory that an image needs to be evaluated on a tile; nothing without a stencil.
template <class Img, int H, int W>
struct StagingOf {
  using type = Nothing;
  static constexpr bool any = false;
};
template <class Img, int H, int W>
requires is_stencil<Img>
struct StagingOf<Img, H, W> {
  using type = typename Img::template Staging<H, W>;
  static constexpr bool any = true;
};
template <class Img, int H, int W>
requires is_map<Img>
struct StagingOf<Img, H, W> : StagingOf<decltype(Img::source), H, W> {
};

/// Whether a chain is to be evaluated tile by tile: a stencil under nothing but pointwise views.
template <class Img>
inline constexpr bool has_stencil = StagingOf<Img, 1, 1>::any;

/// Fills the staging of an image for the tile at (y0, x0) of image n.
template <int H, int W, class Block, class Img, class Staging>
PANE_HOST_DEVICE PANE_INLINE void stage(
    Block& block, Img const& image, Staging& staging, std::int64_t n, int y0, int x0) {
  if constexpr (is_stencil<Img>) {
    image.template stage<H, W>(block, staging, n, y0, x0);
  } else if constexpr (is_map<Img>) {
    stage<H, W>(block, image.source, staging, n, y0, x0);
  }
}

/// The pixel (n, y0 + y, x0 + x) of an image whose staging for the tile at (y0, x0) is filled.
template <int H, int W, class Img, class Staging>
PANE_HOST_DEVICE PANE_INLINE pixel_of<Img> staged(
    Img const& image, Staging const& staging, std::int64_t n, int y0, int x0, int y, int x) {
  if constexpr (is_stencil<Img>) {
    return image.template staged<H, W>(staging, y, x);
  } else if constexpr (is_map<Img>) {
    return image.apply(staged<H, W>(image.source, staging, n, y0, x0, y, x), n, y0 + y, x0 + x);
  } else {
    return image(n, y0 + y, x0 + x);
  }
}

/// The largest tile whose staging fits in the shared memory that every GPU gives a block.
struct StencilTile {
  int height;
  int width;
};
template <class Img>
PANE_HOST_DEVICE constexpr StencilTile stencil_tile() {
  constexpr std::size_t limit = 48 * 1024 - 64;
  if constexpr (sizeof(typename StagingOf<Img, 16, 64>::type) <= limit) {
    return {16, 64};
  } else if constexpr (sizeof(typename StagingOf<Img, 8, 32>::type) <= limit) {
    return {8, 32};
  } else {
    static_assert(sizeof(typename StagingOf<Img, 8, 16>::type) <= limit,
                  "pane: the stencils of this chain do not fit in shared memory together; copy to "
                  "a tensor in between");
    return {8, 16};
  }
}

/// Evaluates a chain with a stencil at every pixel of a sink, one tile after the other.
template <class Source, class Sink, int P>
struct StencilProgram {
  static constexpr int threads = 256;
  // Six blocks leave 40 registers a thread, which a 7 x 7 filter of three channels needs without a spill.
  static constexpr int blocks_per_sm = sizeof(typename pixel_of<Source>::value_type) == 8 ? 2 : 6;
  static constexpr int height = stencil_tile<Source>().height;
  static constexpr int width = stencil_tile<Source>().width;
  using Shared = typename StagingOf<Source, height, width>::type;

  Source source;
  Sink sink;
  bool packed;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    Shared& shared = block.shared();
    for (int y0 = tile.y; y0 < smaller(tile.y + tile_height, tile.size.height); y0 += height) {
      for (int x0 = tile.x; x0 < smaller(tile.x + tile_width, tile.size.width); x0 += width) {
        stage<height, width>(block, source, shared, tile.n, y0, x0);
        block.for_each_thread([&](int t) { write(shared, tile, y0, x0, t); });
      }
    }
  }

 private:
  PANE_HOST_DEVICE PANE_INLINE void write(
      Shared const& shared, Tile const& tile, int y0, int x0, int t) const {
    auto const value = [&](int y, int x) {
      return staged<height, width>(source, shared, tile.n, y0, x0, y, x);
    };
    if (packed) {
      for (int i = t; i < height * width / P; i += threads) {
        int const y = i / (width / P);
        int const x = i % (width / P) * P;
        if (y0 + y >= tile.size.height) return;
        if (x0 + x + P <= tile.size.width) {
          Run<pixel_of<Source>, P> out;
          PANE_UNROLL
          for (int k = 0; k < P; ++k) out.p[k] = value(y, x + k);
          sink.template store<P>(tile.n, y0 + y, x0 + x, out);
        } else {
          for (int k = 0; x0 + x + k < tile.size.width; ++k)
            sink.store(tile.n, y0 + y, x0 + x + k, value(y, x + k));
        }
      }
    } else {
      for (int i = t; i < height * width; i += threads) {
        int const y = i / width;
        int const x = i % width;
        if (y0 + y < tile.size.height && x0 + x < tile.size.width)
          sink.store(tile.n, y0 + y, x0 + x, value(y, x));
      }
    }
  }
};

}  // namespace detail
PANE_NAMESPACE_END
