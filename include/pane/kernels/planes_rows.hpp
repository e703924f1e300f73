// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>
#include <pane/kernels/planes_map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// What `PlanesProgram` does for 4:2:0 with chroma in the middle of its pixels, in the order that a CPU likes: two rows at
/// a time, in long runs from any address.
///
/// What is left of a row after the long runs goes in runs of P, those of the GPU, and then by chroma samples.
template <class Source, class T, int P>
struct PlanesRowProgram {
  static constexpr int width = 2048;
  static constexpr int height = 16;
  static constexpr int threads = height / 2;
  static constexpr int blocks_per_sm = 1;
  using Shared = Nothing;
  using Map = PlanesProgram<Source, T, P>;
  using real = typename Map::real;

  Map map;

  Grid grid() const { return tile_grid<width, height>(map.sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<width, height>(block, map.sink);
    int const right = smaller(tile.x + width, tile.size.width);
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      int const y = tile.y + 2 * t;
      if (y >= tile.size.height) return;
      int const x = evaluate<host_run>(tile, y, tile.x, right);
      map.samples(tile.n, tile.size, y, evaluate<P>(tile, y, x, right), 1, right, 0, 1);
    });
  }

 private:
  /// As many runs as fit; returns where they end.
  template <int Pixels>
  PANE_HOST_DEVICE PANE_INLINE int evaluate(Tile const& tile, int y, int x, int right) const {
    int const below = smaller(y + 1, tile.size.height - 1);
    for (; x + Pixels <= right; x += Pixels) convert<Pixels>(tile.n, y, below, x);
    return x;
  }

  /// `Pixels` columns of rows y and `below`, and half as many samples of chroma.
  template <int Pixels>
  PANE_HOST_DEVICE PANE_INLINE void convert(std::int64_t n, int y, int below, int x) const {
    auto const top = row<Pixels>(n, y, x);
    auto const bottom = row<Pixels>(n, below, x);
    store_luma(n, y, x, top);
    store_luma(n, below, x, bottom);

    Channels<Pixels> columns;
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < Pixels; ++i) columns.of[c][i] = top.of[c][i] + bottom.of[c][i];
    }
    constexpr int half = Pixels / 2;
    Strip<T, half> u;
    Strip<T, half> v;
    for (int i = 0; i < half; ++i) {
      Vec<real, 3> mean;
      for (int c = 0; c < 3; ++c)
        mean.v[c] = (columns.of[c][2 * i] + columns.of[c][2 * i + 1]) * real{0.25f};
      auto const yuv = affine(map.source, mean);
      u.v[i] = saturate_cast<T>(yuv.v[1]);
      v.v[i] = saturate_cast<T>(yuv.v[2]);
    }
    Roi const window = map.sink.window_roi();
    int const chroma_y = (window.y + y) / 2;
    int const chroma_x = (window.x + x) / 2;
    T* const to_u = map.sink.u().address(n, chroma_y, chroma_x);
    T* const to_v = map.sink.v().address(n, chroma_y, chroma_x);
    if (map.sink.u().stride_bytes(2) == static_cast<std::int64_t>(sizeof(T))) {
      store_value(to_u, u);
      store_value(to_v, v);
    } else if (to_u < to_v) {
      store_value(to_u, pairs(u, v));
    } else {
      store_value(to_v, pairs(v, u));
    }
  }

  template <int Half>
  PANE_HOST_DEVICE PANE_INLINE static Strip<T, 2 * Half> pairs(Strip<T, Half> const& first,
                                                               Strip<T, Half> const& second) {
    Strip<T, 2 * Half> out;
    for (int i = 0; i < Half; ++i) {
      out.v[2 * i] = first.v[i];
      out.v[2 * i + 1] = second.v[i];
    }
    return out;
  }

  /// A run of pixels as real numbers, each channel by itself.
  template <int Pixels>
  struct Channels {
    real of[3][Pixels];
  };
  template <int Pixels>
  PANE_HOST_DEVICE PANE_INLINE Channels<Pixels> row(std::int64_t n, int y, int x) const {
    auto const in = run<Pixels>(below_affine(map.source), n, y, x);
    Channels<Pixels> out;
    for (int i = 0; i < Pixels; ++i) {
      auto const pixel = to_real(in.p[i]);
      for (int c = 0; c < 3; ++c) out.of[c][i] = pixel.v[c];
    }
    return out;
  }

  template <int Pixels>
  PANE_HOST_DEVICE PANE_INLINE void store_luma(std::int64_t n,
                                               int y,
                                               int x,
                                               Channels<Pixels> const& in) const {
    Roi const window = map.sink.window_roi();
    Strip<T, Pixels> luma;
    for (int i = 0; i < Pixels; ++i) {
      Vec<real, 3> const pixel{{in.of[0][i], in.of[1][i], in.of[2][i]}};
      luma.v[i] = saturate_cast<T>(affine(map.source, pixel).v[0]);
    }
    store_value(map.sink.y().address(n, window.y + y, window.x + x), luma);
  }
};

/// Whether `PlanesRowProgram` may write planes: rows of luma without holes, and of U and of V, or of pairs of them.
template <class T>
bool writes_rows(Planes<T> const& s) {
  bool const chroma = (rows_are_dense(s.u()) && rows_are_dense(s.v())) || alternate(s.u(), s.v()) ||
                      alternate(s.v(), s.u());
  return s.log2_x() == 1 && s.log2_y() == 1 && s.siting() == ChromaSiting::center &&
         rows_are_dense(s.y()) && chroma;
}

}  // namespace detail
PANE_NAMESPACE_END
