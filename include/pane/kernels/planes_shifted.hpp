// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>
#include <pane/kernels/planes_map.hpp>
#include <pane/kernels/planes_read.hpp>
#include <pane/kernels/shifted_rows.hpp>

#include <cstdint>
#include <type_traits>

// Conversions from and to 4:2:0 planes whose results are rows of bytes at any address.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Evaluates a chain over planes that begins with their colours into interleaved bytes.
template <class Source, class Sink, int P>
struct PlanesReadShiftedProgram {
  static constexpr int threads = WarpRuns::threads;
  static constexpr int blocks_per_sm = 1024 / threads;
  struct Shared {
    RunTail tails[2][PlanesReadShiftedProgram::threads];
  };
  struct Rows {
    Words<P, Sink> row[2];
  };
  using Below = std::remove_cvref_t<decltype(below_maps(std::declval<Source const&>()))>;
  using T = std::remove_const_t<typename Below::element_type>;

  Source source;
  Sink sink;
  Runs from;

  Grid grid() const {
    Size const s = sink.size(0);
    return WarpRuns::grid(static_cast<int>(ceil_div(s.width, P)) + 1, s.height, sink.batch());
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Shared& shared = block.shared();
    auto rows = block.template per_thread<Rows>();
    Size const size = sink.size(block.z);
    block.for_each_thread_in_warps([&](int t) PANE_INLINE_LAMBDA {
      WarpRuns const at(block, t);
      if (at.y >= size.height) return;
      rows[t] = evaluate(block.z, at.y, clamped(at.run, 0, (size.width - 1) / P) * P, size);
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) shared.tails[j][t] = tail_of(rows[t].row[j]);
    });
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      WarpRuns const at(block, t);
      if (at.y >= size.height || !at.writes) return;
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) {
        if (at.y + j >= size.height) continue;
        auto* const row =
            reinterpret_cast<unsigned char*>(packed_address(sink, block.z, at.y + j, 0));
        store_shifted(row, size.width * Sink::channels, at.run * P * Sink::channels,
                      shared.tails[j][t - 1], rows[t].row[j]);
      }
    });
  }

 private:
  /// P columns of two rows as they will lie in memory; what is beyond the picture has any value.
  PANE_HOST_DEVICE PANE_INLINE Rows evaluate(std::int64_t n, int y, int x, Size size) const {
    auto const& planes = below_maps(source);
    Roi const window = planes.window_roi();
    int const luma_y = window.y + y;
    T const* const row[3] = {
        dense_address(planes.y(), n, luma_y, window.x),
        dense_address(planes.y(), n, luma_y + (y + 1 < size.height ? 1 : 0), window.x),
        dense_address(planes.u(), n, luma_y / 2, window.x)};  // window.x / 2 pairs
    // Words around a run are in memory where it is not at the edge of the window, or in rows that have others around them.
    constexpr int margin = 4;
    RowsOfPlanes<T, P> samples;
    if (rows_around(planes, y) || (x >= margin && x + P + margin <= size.width)) {
      T const* const at[3] = {row[0] + x, row[1] + x, row[2] + x};
      samples = RowsOfPlanes<T, P>::load(at, from);
    } else {
      PANE_UNROLL
      for (int j = 0; j < 3; ++j)
        samples.row[j] = load_edge(row[j], x, j < 2 ? size.width : (size.width + 1) / 2 * 2);
    }
    auto const out = convert_rows(source, samples, n, y, x, size);
    Rows rows;
    PANE_UNROLL
    for (int j = 0; j < 2; ++j) {
      rows.row[j] = bits_to<Words<P, Sink>>(saturated<typename Sink::pixel>(out.row[j]));
    }
    return rows;
  }

  /// P samples one by one, the last of a row again for those beyond it.
  PANE_HOST_DEVICE PANE_NOINLINE static typename RowsOfPlanes<T, P>::Words load_edge(T const* row,
                                                                                     int x,
                                                                                     int count) {
    Strip<T, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.v[i] = row[smaller(x + i, count - 1)];
    return bits_to<typename RowsOfPlanes<T, P>::Words>(out);
  }
};

/// Evaluates an image of (Y, U, V) pixels into planes of bytes.
template <class Source, class T, int P>
struct PlanesShiftedProgram {
  static constexpr int threads = WarpRuns::threads;
  static constexpr int blocks_per_sm = 1024 / threads;
  using Map = PlanesProgram<Source, T, P>;
  using Below = typename Map::Below;
  using Words = Strip<std::uint32_t, P / 4>;
  static constexpr bool from_bytes = Map::from_bytes;
  struct Shared {
    RunTail tails[3][PlanesShiftedProgram::threads];
  };
  struct Rows {
    Words row[3];
  };

  Map map;

  Grid grid() const {
    Size const s = map.sink.size(0);
    return WarpRuns::grid(static_cast<int>(ceil_div(s.width, P)) + 1, s.height, map.sink.batch());
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Shared& shared = block.shared();
    auto rows = block.template per_thread<Rows>();
    Size const size = map.sink.size(block.z);
    // Columns that go in runs. What is left of a row goes by chroma samples, where pixels beyond it cannot be made up.
    int const end = from_bytes ? size.width : size.width / P * P;
    block.for_each_thread_in_warps([&](int t) PANE_INLINE_LAMBDA {
      WarpRuns const at(block, t);
      if (at.y >= size.height || end == 0) return;
      auto const out =
          map.convert(load(block.z, at.y, clamped(at.run, 0, (end - 1) / P) * P, size));
      rows[t] = {
          {bits_to<Words>(out.luma[0]), bits_to<Words>(out.luma[1]), bits_to<Words>(out.chroma)}};
      PANE_UNROLL
      for (int j = 0; j < 3; ++j) shared.tails[j][t] = tail_of(rows[t].row[j]);
    });
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      WarpRuns const at(block, t);
      if (at.y >= size.height) return;
      if (at.writes) {
        PANE_UNROLL
        for (int j = 0; j < 3; ++j) {
          if (j == 1 && at.y + 1 >= size.height) continue;
          store_shifted(reinterpret_cast<unsigned char*>(row(block.z, at.y, j)),
                        j < 2 ? end : (end + 1) / 2 * 2, at.run * P, shared.tails[j][t - 1],
                        rows[t].row[j]);
        }
      }
      if constexpr (!from_bytes) {
        int const first = block.x * WarpRuns::runs * P;
        int const right = smaller(first + WarpRuns::runs * P, size.width);
        if (right > end)
          map.samples(block.z, size, at.y, larger(first, end), 1, right, t % WarpRuns::warp,
                      WarpRuns::warp);
      }
    });
  }

 private:
  /// P columns of two rows. What is beyond the picture counts as its last row, and bytes beyond a row as its last pixel.
  PANE_HOST_DEVICE PANE_INLINE auto load(std::int64_t n, int y, int x, Size size) const {
    int const below = smaller(y + 1, size.height - 1);
    if constexpr (from_bytes) {
      constexpr int margin =
          3 / channels_of<Below> + 1;  // pixels that words around a run reach into
      auto const& image = below_affine(map.source);
      bool const around = y > 0 && y + 2 < size.height && image.pitch_bytes() >= 4;
      if (around ? x + P > size.width : x < margin || x + P + margin > size.width) {
        return typename Map::Bytes{{load_edge(dense_address(image, n, y, 0), x, size.width),
                                    load_edge(dense_address(image, n, below, 0), x, size.width)}};
      }
    }
    return map.load(n, y, below, x);
  }
  /// P pixels byte by byte.
  PANE_HOST_DEVICE PANE_NOINLINE static auto load_edge(std::uint8_t const* row, int x, int width) {
    constexpr int channels = channels_of<Below>;
    Strip<std::uint8_t, P * channels> out;
    PANE_UNROLL
    for (int i = 0; i < P * channels; ++i)
      out.v[i] = row[smaller(x + i / channels, width - 1) * channels + i % channels];
    return bits_to<pane::detail::Words<P, Below>>(out);
  }
  /// The first sample of one of two rows of luma, or of the row of chroma.
  PANE_HOST_DEVICE PANE_INLINE T* row(std::int64_t n, int y, int j) const {
    return j < 2 ? dense_address(map.sink.y(), n, y + j, 0)
                 : dense_address(map.sink.u(), n, y / 2, 0);
  }
};

}  // namespace detail
PANE_NAMESPACE_END
