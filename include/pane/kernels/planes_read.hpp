// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/bytes.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>
#include <pane/kernels/planes_map.hpp>  // is_affine

#include <cstdint>
#include <type_traits>

// Pointwise chains over 4:2:0 planes that begin with their colours: a chroma sample is read and weighted once for the
// four pixels that it covers.

PANE_NAMESPACE_BEGIN
namespace detail {

/// Whether a chain of pointwise views begins with an affine function of planes.
template <class Img>
constexpr bool converts_planes() {
  if constexpr (!is_map<Img>) {
    return false;
  } else if constexpr (is_planes<decltype(Img::source)>) {
    return is_affine<Img>;
  } else {
    return converts_planes<decltype(Img::source)>();
  }
}

/// The pixel of a chain over planes whose sample there is `yuv`, in real numbers.
template <class Img, class Pixel>
PANE_HOST_DEVICE PANE_INLINE auto converted(
    Img const& image, Pixel const& yuv, std::int64_t n, int y, int x) {
  if constexpr (is_planes<decltype(Img::source)>) {
    return image.f(yuv);
  } else {
    return image.apply(converted(image.source, yuv, n, y, x), n, y, x);
  }
}

/// Whether two rows of luma of a window of 4:2:0 planes, and theirs of chroma, have others around them.
template <class T>
PANE_HOST_DEVICE PANE_INLINE bool rows_around(Planes<T> const& planes, int y) {
  int const luma = planes.window_roi().y + y;
  int const chroma = luma / 2;
  return luma > 0 && luma + 2 < static_cast<int>(planes.y().height()) && chroma > 0 &&
         chroma + 1 < static_cast<int>(planes.u().height());
}

/// Two rows of P samples of luma and one of P / 2 pairs of chroma, as they lie in memory.
template <class T, int P>
struct RowsOfPlanes {
  using Words = Strip<std::uint32_t, P* static_cast<int>(sizeof(T)) / 4>;
  Words row[3];

  /// Sample i of a row, as a real number.
  PANE_HOST_DEVICE PANE_INLINE float operator()(int j, int i) const {
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      return byte_to_float(row[j].v[i / 4], static_cast<unsigned>(i % 4));
    } else {
      return to_real(Vec<T, 1>{{bits_to<Strip<T, P>>(row[j]).v[i]}}).v[0];
    }
  }

  /// From addresses that are whole words, or any.
  PANE_HOST_DEVICE PANE_INLINE static RowsOfPlanes load(T const* const (&at)[3], Runs from) {
    RowsOfPlanes out;
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      if (from == Runs::bytes) {
        PANE_UNROLL
        for (int j = 0; j < 3; ++j) out.row[j] = load_words<P / 4>(at[j]);
        return out;
      }
    }
    PANE_UNROLL
    for (int j = 0; j < 3; ++j) out.row[j] = load_value<Words>(at[j]);
    return out;
  }
};

/// Such a chain at P columns of two rows, from two rows of luma and one of chroma, a pair for two columns. What is
/// beyond the picture counts as its last pixel.
template <int P, class T, class Source>
PANE_HOST_DEVICE PANE_INLINE TwoRows<pixel_of<Source>, P> convert_rows(
    Source const& source,
    RowsOfPlanes<T, P> const& samples,
    std::int64_t n,
    int y,
    int x,
    Size size) {
  TwoRows<pixel_of<Source>, P> out;
  PANE_UNROLL
  for (int i = 0; i < P; ++i) {
    PANE_UNROLL
    for (int j = 0; j < 2; ++j) {
      Vec<float, 3> const yuv{{samples(j, i), samples(2, i / 2 * 2), samples(2, i / 2 * 2 + 1)}};
      out.row[j].p[i] = converted(source, yuv, n, smaller(y + j, size.height - 1),
                                  smaller(x + i, size.width - 1));
    }
  }
  return out;
}

/// Evaluates such a chain: a thread owns P columns of two rows.
template <class Source, class Sink, int P>
struct PlanesReadProgram {
  // A warp has all 256 columns of two rows: 75.5 us for eight frames of 3840 x 2160 on an H200, 78.5 with 128 columns of four.
  static constexpr int width = is_batch<Sink> ? tile_width : 2 * tile_width;
  static constexpr int height = tile_width * tile_height / width;
  static constexpr int threads = width / P * (height / 2);
  static constexpr int blocks_per_sm = 1024 / threads;
  using Shared = Nothing;
  using Below = std::remove_cvref_t<decltype(below_maps(std::declval<Source const&>()))>;
  using T = std::remove_const_t<typename Below::element_type>;

  Source source;
  Sink sink;
  Runs from;

  Grid grid() const { return tile_grid<width, height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<width, height>(block, sink);
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      constexpr int across = width / P;
      int const y = tile.y + t / across * 2;
      int const x = tile.x + t % across * P;
      if (y >= tile.size.height || x >= tile.size.width) return;
      if (y + 2 <= tile.size.height && x + P <= tile.size.width && reaches(y)) {
        pack(tile, y, x);
      } else {
        single(tile.n, y, x, smaller(y + 2, tile.size.height), smaller(x + P, tile.size.width));
      }
    });
  }

 private:
  /// Whether whole words around two rows of luma and one of chroma are in memory.
  PANE_HOST_DEVICE PANE_INLINE bool reaches(int y) const {
    return from == Runs::words || rows_around(below_maps(source), y);
  }

  PANE_HOST_DEVICE PANE_INLINE void pack(Tile const& tile, int y, int x) const {
    auto const& planes = below_maps(source);
    int const py = planes.window_roi().y + y;
    int const px = planes.window_roi().x + x;
    T const* const at[3] = {dense_address(planes.y(), tile.n, py, px),
                            dense_address(planes.y(), tile.n, py + 1, px),
                            dense_address(planes.u(), tile.n, py / 2, px)};  // px / 2 pairs
    auto const samples = RowsOfPlanes<T, P>::load(at, from);
    auto const out = convert_rows(source, samples, tile.n, y, x, tile.size);
    PANE_UNROLL
    for (int j = 0; j < 2; ++j) sink.template store<P>(tile.n, y + j, x, out.row[j]);
  }

  PANE_HOST_DEVICE PANE_NOINLINE void single(
      std::int64_t n, int y, int x, int bottom, int right) const {
    for (; y < bottom; ++y) {
      for (int i = x; i < right; ++i) sink.store(n, y, i, source(n, y, i));
    }
  }
};

/// How the samples of planes may be read in runs of P, two rows at a time: 4:2:0 with U beside V in that order.
template <int P, class T>
Runs planes_read_runs(Planes<T> const& s) {
  constexpr auto element = static_cast<std::int64_t>(sizeof(T));
  Roi const window = s.window_roi();
  if (!has_chroma_pairs(s) || window.x % 2 != 0 || window.y % 2 != 0 || !rows_are_dense(s.y()))
    return Runs::none;
  constexpr std::int64_t width = word_bytes(static_cast<int>(element) * P);
  auto const address = [](auto const& t) {
    return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(t.data()));
  };
  std::int64_t const bits = address(s.y()) | address(s.u()) | window.x * element |
                            s.y().stride_bytes(0) | s.y().stride_bytes(1) | s.u().stride_bytes(0) |
                            s.u().stride_bytes(1);
  if (smaller(s.y().stride_bytes(1), s.u().stride_bytes(1)) < 2 * P * element) return Runs::none;
  if (bits % width == 0) return Runs::words;
  return std::is_same_v<std::remove_const_t<T>, std::uint8_t> ? Runs::bytes : Runs::none;
}

}  // namespace detail
PANE_NAMESPACE_END
