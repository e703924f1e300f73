// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// The filter that makes one chroma sample out of full-resolution ones along an axis that is `step` times coarser:
/// their mean where the sample lies in the middle of them, a triangle around it where it lies on the first. The
/// weights are whole numbers whose sum is a power of two, so that a flat picture stays flat.
struct ChromaTaps {
  int first;  ///< offset of the first tap
  int last;
  bool triangle;
  int step;

  PANE_HOST_DEVICE ChromaTaps(int log2, bool cosited)
      : first(cosited ? 1 - (1 << log2) : 0),
        last((1 << log2) - 1),
        triangle(cosited),
        step(1 << log2) {}

  PANE_HOST_DEVICE float weight(int k) const {
    return triangle ? static_cast<float>(step - (k < 0 ? -k : k)) : 1.0f;
  }
  PANE_HOST_DEVICE float sum() const { return static_cast<float>(triangle ? step * step : step); }
};

/// Evaluates an image of (Y, U, V) pixels at every pixel of planes whose chroma is coarser.
///
/// A tile has 128 x 16 luma pixels. Where whole words fit, a thread owns P columns of two rows of 4:2:0 with U beside
/// V; else it owns the luma pixels of one chroma sample. Both add rows first, then columns: the same numbers.
template <class Source, class T, int P>
struct PlanesProgram {
  static constexpr int threads = tile_width / P * (tile_height / 2);
  static constexpr int blocks_per_sm = 4;
  using Shared = Nothing;
  using real = Real<typename pixel_of<Source>::value_type>;

  Source source;
  Planes<T> sink;
  bool packed;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    block.for_each_thread_unordered([&](int t) {
      if (packed) {
        constexpr int across = tile_width / P;
        int const y = tile.y + t / across * 2;
        int const x = tile.x + t % across * P;
        if (y >= tile.size.height || x >= tile.size.width) return;
        if (y + 2 <= tile.size.height && x + P <= tile.size.width) return pack(tile.n, y, x);
        for (int i = x; i < smaller(x + P, tile.size.width); i += 2) sample(tile, y, i);
      } else {
        int const columns = tile_width >> sink.log2_x();
        int const rows = tile_height >> sink.log2_y();
        for (int i = t; i < columns * rows; i += threads) {
          int const y = tile.y + (i / columns << sink.log2_y());
          int const x = tile.x + (i % columns << sink.log2_x());
          if (y < tile.size.height && x < tile.size.width) sample(tile, y, x);
        }
      }
    });
  }

 private:
  /// P columns of two rows.
  PANE_HOST_DEVICE PANE_INLINE void pack(std::int64_t n, int y, int x) const {
    auto const top = run<P>(source, n, y, x);
    auto const bottom = run<P>(source, n, y + 1, x);
    Run<Vec<T, 1>, P> luma[2];
    Run<Vec<T, 2>, P / 2> chroma;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      luma[0].p[i].v[0] = saturate_cast<T>(top.p[i].v[0]);
      luma[1].p[i].v[0] = saturate_cast<T>(bottom.p[i].v[0]);
    }
    PANE_UNROLL
    for (int i = 0; i < P / 2; ++i) {
      PANE_UNROLL
      for (int c = 0; c < 2; ++c) {
        auto const column = [&](int k) {
          return to_real(top.p[k]).v[c + 1] + to_real(bottom.p[k]).v[c + 1];
        };
        chroma.p[i].v[c] = saturate_cast<T>((column(2 * i) + column(2 * i + 1)) * real{0.25f});
      }
    }
    tensor_store<P>(sink.y(), n, y, x, luma[0]);
    tensor_store<P>(sink.y(), n, y + 1, x, luma[1]);
    store_value(sink.u().address(n, y / 2, x / 2), chroma);
  }

  /// The luma pixels of one chroma sample, whose first is (y, x), and the sample.
  PANE_HOST_DEVICE PANE_INLINE void sample(Tile const& tile, int y, int x) const {
    int const below = smaller(y + (1 << sink.log2_y()), tile.size.height);
    int const right = smaller(x + (1 << sink.log2_x()), tile.size.width);
    ChromaTaps const down(sink.log2_y(), sink.siting() == ChromaSiting::top_left);
    ChromaTaps const across(sink.log2_x(), sink.siting() != ChromaSiting::center);
    Roi const window = sink.window_roi();
    real u{0};
    real v{0};
    for (int i = across.first; i <= across.last; ++i) {
      int const sx = clamped(x + i, 0, tile.size.width - 1);
      real column_u{0};
      real column_v{0};
      for (int j = down.first; j <= down.last; ++j) {
        int const sy = clamped(y + j, 0, tile.size.height - 1);
        auto const p = source(tile.n, sy, sx);
        if (i >= 0 && j >= 0 && x + i < right && y + j < below)
          *sink.y().address(tile.n, window.y + sy, window.x + sx) = saturate_cast<T>(p.v[0]);
        auto const chroma = to_real(p);
        column_u = fma(real{down.weight(j)}, chroma.v[1], column_u);
        column_v = fma(real{down.weight(j)}, chroma.v[2], column_v);
      }
      u = fma(real{across.weight(i)}, column_u, u);
      v = fma(real{across.weight(i)}, column_v, v);
    }
    real const scale = real{1} / real{down.sum() * across.sum()};
    int const cy = (window.y + y) >> sink.log2_y();
    int const cx = (window.x + x) >> sink.log2_x();
    *sink.u().address(tile.n, cy, cx) = saturate_cast<T>(u * scale);
    *sink.v().address(tile.n, cy, cx) = saturate_cast<T>(v * scale);
  }
};

/// Whether `pack` may write: the whole of 4:2:0 planes with U beside V in that order, chroma in the middle, all words
/// aligned.
template <int P, class T>
bool planes_pack(Planes<T> const& s) {
  Roi const window = s.window_roi();
  auto const element = static_cast<std::int64_t>(sizeof(T));
  constexpr int width = word_bytes(static_cast<int>(sizeof(T)) * P);
  bool fits = s.log2_x() == 1 && s.log2_y() == 1 && s.siting() == ChromaSiting::center &&
              window.x == 0 && window.y == 0 && tensor_packs<P>(s.y()) &&
              s.v().data() == s.u().data() + 1 &&
              reinterpret_cast<std::uintptr_t>(s.u().data()) % width == 0;
  for (int i = 0; i < 3; ++i) {
    bool const column = i == 2;
    fits = fits && s.u().stride_bytes(i) == s.v().stride_bytes(i) &&
           (column ? s.u().stride_bytes(i) == 2 * element : s.u().stride_bytes(i) % width == 0);
  }
  return fits;
}

}  // namespace detail
PANE_NAMESPACE_END
