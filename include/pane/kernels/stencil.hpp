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
//   void stage(Block&, Staging<H, W>&, std::int64_t n, int y0, int x0, Runs below) const;
//                                                         `below`: how the image below answers to `run<4>`
//   template <int H, int W, int P>
//   Run<pixel, P> staged(Staging<H, W> const&, int y, int x) const;   the results at (y, x ... x + P - 1) of the tile
//   stage_rows, staged_row                                the same for a CPU's runs, those of `host_run` pixels
//
// A tile's width and left edge, and the x of a run, are multiples of 4. Pointwise views above a stencil are its
// epilogue; whatever is below it, another stencil too, is its prologue.

PANE_NAMESPACE_BEGIN
namespace detail {

template <class Img>
inline constexpr bool is_stencil = false;
template <class Img>
requires requires {
  Img::halo;
}
inline constexpr bool is_stencil<Img> = true;

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

/// How the image below the stencils of a chain may be asked for runs of P pixels; on the host.
template <int P, class Img>
Runs staging_runs(Img const& image) {
  if constexpr (has_stencil<Img>) {
    return staging_runs<P>(image.source);
  } else {
    return runs_of<P>(image);
  }
}

/// Fills the staging of an image for the tile at (y0, x0) of image n, for runs of P.
template <int H, int W, int P, class Block, class Img, class Staging>
PANE_HOST_DEVICE PANE_INLINE void stage(
    Block& block, Img const& image, Staging& staging, std::int64_t n, int y0, int x0, Runs below) {
  if constexpr (is_stencil<Img> && P == host_run) {
    image.template stage_rows<H, W>(block, staging, n, y0, x0, below);
  } else if constexpr (is_stencil<Img>) {
    image.template stage<H, W>(block, staging, n, y0, x0, below);
  } else if constexpr (is_map<Img>) {
    stage<H, W, P>(block, image.source, staging, n, y0, x0, below);
  }
}

/// P pixels from (n, y0 + y, x0 + x) on of an image whose staging for the tile at (y0, x0) is filled.
template <int H, int W, int P, class Img, class Staging>
PANE_HOST_DEVICE PANE_INLINE Run<pixel_of<Img>, P> staged(
    Img const& image, Staging const& staging, std::int64_t n, int y0, int x0, int y, int x) {
  if constexpr (is_stencil<Img> && P == host_run) {
    return image.template staged_row<H, W>(staging, y, x);
  } else if constexpr (is_stencil<Img>) {
    return image.template staged<H, W, P>(staging, y, x);
  } else if constexpr (has_stencil<Img>) {
    auto const in = staged<H, W, P>(image.source, staging, n, y0, x0, y, x);
    Run<pixel_of<Img>, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = image.apply(in.p[i], n, y0 + y, x0 + x + i);
    return out;
  } else if constexpr (P == 1) {
    return {{image(n, y0 + y, x0 + x)}};
  } else {
    return run<P>(image, n, y0 + y, x0 + x);
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
  if constexpr (sizeof(typename StagingOf<Img, 16, 128>::type) <= limit) {
    return {16, 128};
  } else if constexpr (sizeof(typename StagingOf<Img, 16, 64>::type) <= limit) {
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
  // 48 registers a thread.
  static constexpr int blocks_per_sm = sizeof(typename pixel_of<Source>::value_type) == 8 ? 2 : 5;
  static constexpr int height = stencil_tile<Source>().height;
  static constexpr int width = stencil_tile<Source>().width;
  using Shared = typename StagingOf<Source, height, width>::type;

  Source source;
  Sink sink;
  Runs source_runs;
  Runs sink_runs;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    Shared& shared = block.shared();
    for (int y0 = tile.y; y0 < smaller(tile.y + tile_height, tile.size.height); y0 += height) {
      for (int x0 = tile.x; x0 < smaller(tile.x + tile_width, tile.size.width); x0 += width) {
        stage<height, width, P>(block, source, shared, tile.n, y0, x0, source_runs);
        block.for_each_thread([&](int t) PANE_INLINE_LAMBDA { write(shared, tile, y0, x0, t); });
      }
    }
  }

 private:
  /// Computes in runs of P whether or not the sink takes them in one piece.
  PANE_HOST_DEVICE PANE_INLINE void write(
      Shared const& shared, Tile const& tile, int y0, int x0, int t) const {
    constexpr int per_row = width / P;
    static_assert(threads % per_row == 0);
    int const x = x0 + t % per_row * P;
    int const rows = smaller(height, tile.size.height - y0);
    if (x >= tile.size.width) return;
    for (int y = t / per_row; y < rows; y += threads / per_row) {
      auto const out = staged<height, width, P>(source, shared, tile.n, y0, x0, y, x - x0);
      bool const whole = x + P <= tile.size.width;
      if (whole && sink_runs == Runs::words) {
        sink.template store<P>(tile.n, y0 + y, x, out);
        continue;
      }
      if constexpr (stores_bytes<P, Sink>) {
        if (whole && sink_runs == Runs::bytes) {
          sink.template store_bytes<P>(tile.n, y0 + y, x, out);
          continue;
        }
      }
      PANE_UNROLL
      for (int k = 0; k < P; ++k) {
        if (x + k < tile.size.width) sink.store(tile.n, y0 + y, x + k, out.p[k]);
      }
    }
  }
};

}  // namespace detail
PANE_NAMESPACE_END
