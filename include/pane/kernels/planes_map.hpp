// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/bytes.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>  // std::declval

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

/// An image below an affine function of its pixels, for which chroma can be averaged first and converted once. Any other
/// image is the image below no function.
template <class Img>
inline constexpr bool is_affine = false;
template <class Img>
requires is_map<Img> &&(Img::pixel::channels == 3 && requires {
  decltype(Img::f)::affine;
}) inline constexpr bool is_affine<Img> = true;

template <class Img>
PANE_HOST_DEVICE PANE_INLINE auto const& below_affine(Img const& image) {
  if constexpr (is_affine<Img>) {
    return image.source;
  } else {
    return image;
  }
}
template <class Img, class Pixel>
PANE_HOST_DEVICE PANE_INLINE auto affine(Img const& image, Pixel const& pixel) {
  if constexpr (is_affine<Img>) {
    return image.f(pixel);
  } else {
    return pixel;
  }
}

/// P columns of two rows.
template <class Pixel, int P>
struct TwoRows {
  Run<Pixel, P> row[2];
};

/// Evaluates an image of (Y, U, V) pixels at every pixel of planes whose chroma is coarser.
///
/// A tile has 128 x 16 luma pixels. Where runs can move, a thread owns P columns of two rows of 4:2:0 with U beside V;
/// else it owns the luma pixels of one chroma sample. Both add rows first, then columns: the same numbers.
template <class Source, class T, int P>
struct PlanesProgram {
  static constexpr int threads = tile_width / P * (tile_height / 2);
  static constexpr int blocks_per_sm = 8;
  using Shared = Nothing;
  using real = Real<typename pixel_of<Source>::value_type>;
  using Below = std::remove_cvref_t<decltype(below_affine(std::declval<Source const&>()))>;

  Source source;
  Planes<T> sink;
  Runs from;
  Runs to;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      if (from != Runs::none && to != Runs::none) {
        constexpr int across = tile_width / P;
        int const y = tile.y + t / across * 2;
        int const x = tile.x + t % across * P;
        if (y >= tile.size.height || x >= tile.size.width) return;
        if (y + 2 <= tile.size.height && x + P <= tile.size.width && reaches(y))
          return pack(tile.n, y, x);
        samples(tile.n, tile.size, y, x, 1, smaller(x + P, tile.size.width), 0, 1);
      } else {
        samples(tile.n, tile.size, tile.y, tile.x, tile_height >> sink.log2_y(),
                smaller(tile.x + tile_width, tile.size.width), t, threads);
      }
    });
  }

  /// P columns of rows y and `below`: bytes as they lie in memory, else real numbers.
  static constexpr bool from_bytes = has_bytes<Below> && P * channels_of<Below> % 4 == 0;
  struct Bytes {
    Words<P, Below> row[2];
  };
  PANE_HOST_DEVICE PANE_INLINE auto load(std::int64_t n, int y, int below, int x) const {
    auto const& image = below_affine(source);
    if constexpr (from_bytes) {
      using All = Words<P, Below>;
      auto const* const top = dense_address(image, n, y, x * channels_of<Below>);
      auto const* const bottom = dense_address(image, n, below, x * channels_of<Below>);
      if (from == Runs::words) return Bytes{{load_value<All>(top), load_value<All>(bottom)}};
      return Bytes{{load_words<sizeof(All) / 4>(top), load_words<sizeof(All) / 4>(bottom)}};
    } else {
      TwoRows<Vec<real, channels_of<Below>>, P> out;
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) {
        auto const in = run<P>(image, n, j == 0 ? y : below, x);
        PANE_UNROLL
        for (int i = 0; i < P; ++i) out.row[j].p[i] = to_real(in.p[i]);
      }
      return out;
    }
  }

  /// P columns of two rows, and of one of chroma.
  struct Rows {
    Run<Vec<T, 1>, P> luma[2];
    Run<Vec<T, 2>, P / 2> chroma;
  };
  template <class In>
  PANE_HOST_DEVICE PANE_INLINE Rows convert(In const& loaded) const {
    auto const in = reals(loaded);
    Rows out;
    PANE_UNROLL
    for (int j = 0; j < 2; ++j) {
      Run<Vec<real, 1>, P> luma;
      PANE_UNROLL
      for (int i = 0; i < P; ++i) luma.p[i].v[0] = affine(source, in.row[j].p[i]).v[0];
      out.luma[j] = saturated<Vec<T, 1>>(luma);
    }
    Run<Vec<real, 2>, P / 2> chroma;
    PANE_UNROLL
    for (int i = 0; i < P / 2; ++i) {
      auto mean = in.row[0].p[0];
      PANE_UNROLL
      for (int c = 0; c < 3; ++c) {
        auto const column = [&](int k) { return in.row[0].p[k].v[c] + in.row[1].p[k].v[c]; };
        mean.v[c] = (column(2 * i) + column(2 * i + 1)) * real{0.25f};
      }
      auto const yuv = affine(source, mean);
      chroma.p[i] = {{yuv.v[1], yuv.v[2]}};
    }
    out.chroma = saturated<Vec<T, 2>>(chroma);
    return out;
  }

  /// Every `step`th chroma sample from number `first` on, of `rows` rows of them from (y, x) to the column `right`. By
  /// value: what a reference refers to would be on the stack of every thread, 24 bytes written by each.
  PANE_HOST_DEVICE PANE_GPU_NOINLINE void samples(
      std::int64_t n, Size size, int y, int x, int rows, int right, int first, int step) const {
    int const columns = (right - x + (1 << sink.log2_x()) - 1) >> sink.log2_x();
    for (int i = first; i < columns * rows; i += step) {
      int const at = y + (i / columns << sink.log2_y());
      if (at < size.height) sample(n, size, at, x + (i % columns << sink.log2_x()));
    }
  }

 private:
  /// Whether whole words around two rows are in the memory of the source.
  PANE_HOST_DEVICE PANE_INLINE bool reaches(int y) const {
    if constexpr (has_bytes<Below>) {
      return from == Runs::words || words_around(below_affine(source), y, y + 1);
    } else {
      return true;
    }
  }

  PANE_HOST_DEVICE PANE_INLINE static auto reals(Bytes const& in) {
    return TwoRows<Vec<float, channels_of<Below>>, P>{
        {words_to_real<P, Below>(in.row[0]), words_to_real<P, Below>(in.row[1])}};
  }
  template <class Pixel>
  PANE_HOST_DEVICE PANE_INLINE static auto reals(TwoRows<Pixel, P> const& in) {
    return in;
  }

  /// P columns of two rows.
  PANE_HOST_DEVICE PANE_INLINE void pack(std::int64_t n, int y, int x) const {
    auto const out = convert(load(n, y, y + 1, x));
    store_value(dense_address(sink.y(), n, y, x), out.luma[0]);
    store_value(dense_address(sink.y(), n, y + 1, x), out.luma[1]);
    store_value(dense_address(sink.u(), n, y / 2, x), out.chroma);  // x / 2 pairs
  }

  /// The luma pixels of one chroma sample, whose first is (y, x), and the sample.
  PANE_HOST_DEVICE PANE_INLINE void sample(std::int64_t n, Size size, int y, int x) const {
    int const below = smaller(y + (1 << sink.log2_y()), size.height);
    int const right = smaller(x + (1 << sink.log2_x()), size.width);
    ChromaTaps const down(sink.log2_y(), sink.siting() == ChromaSiting::top_left);
    ChromaTaps const across(sink.log2_x(), sink.siting() != ChromaSiting::center);
    Roi const window = sink.window_roi();
    Vec<real, 3> mean{};
    for (int i = across.first; i <= across.last; ++i) {
      int const sx = clamped(x + i, 0, size.width - 1);
      Vec<real, 3> column{};
      for (int j = down.first; j <= down.last; ++j) {
        int const sy = clamped(y + j, 0, size.height - 1);
        auto const p = to_real(below_affine(source)(n, sy, sx));
        if (i >= 0 && j >= 0 && x + i < right && y + j < below)
          *sink.y().address(n, window.y + sy, window.x + sx) =
              saturate_cast<T>(affine(source, p).v[0]);
        for (int c = 0; c < 3; ++c) column.v[c] = fma(real{down.weight(j)}, p.v[c], column.v[c]);
      }
      for (int c = 0; c < 3; ++c) mean.v[c] = fma(real{across.weight(i)}, column.v[c], mean.v[c]);
    }
    for (int c = 0; c < 3; ++c) mean.v[c] *= real{1} / real{down.sum() * across.sum()};
    auto const yuv = affine(source, mean);
    int const cy = (window.y + y) >> sink.log2_y();
    int const cx = (window.x + x) >> sink.log2_x();
    *sink.u().address(n, cy, cx) = saturate_cast<T>(yuv.v[1]);
    *sink.v().address(n, cy, cx) = saturate_cast<T>(yuv.v[2]);
  }
};

/// How `pack` may read: from a tensor of bytes below an affine function also at any address.
template <int P, class Source>
Runs planes_source_runs(Source const& source) {
  if constexpr (has_bytes<std::remove_cvref_t<decltype(below_affine(source))>>) {
    if (!offsets_fit(below_affine(source))) return Runs::none;
  }
  return packs<P>(source) ? Runs::words : runs_of<P>(below_affine(source));
}

/// Whether the samples of two planes alternate in memory, those of the first in front.
template <class Plane>
bool alternate(Plane const& first, Plane const& second) {
  constexpr auto element = static_cast<std::int64_t>(sizeof(typename Plane::value_type));
  bool pairs = second.data() == first.data() + 1 && first.stride_bytes(2) == 2 * element;
  for (int i = 0; i < 3; ++i) pairs = pairs && first.stride_bytes(i) == second.stride_bytes(i);
  return pairs;
}

/// Whether planes are 4:2:0 with U beside V in that order, and offsets inside them fit in 32 bits.
template <class T>
bool has_chroma_pairs(Planes<T> const& s) {
  return s.log2_x() == 1 && s.log2_y() == 1 && alternate(s.u(), s.v()) && offsets_fit(s.y()) &&
         offsets_fit(s.u());
}

/// How `pack` may write: the whole of 4:2:0 planes with U beside V in that order, chroma in the middle of its pixels.
template <int P, class T>
Runs planes_runs(Planes<T> const& s) {
  Roi const window = s.window_roi();
  if (!has_chroma_pairs(s) || s.siting() != ChromaSiting::center || window.x != 0 || window.y != 0)
    return Runs::none;
  constexpr int width = word_bytes(static_cast<int>(sizeof(T)) * P);
  bool const aligned = tensor_packs<P>(s.y()) &&
                       reinterpret_cast<std::uintptr_t>(s.u().data()) % width == 0 &&
                       s.u().stride_bytes(0) % width == 0 && s.u().stride_bytes(1) % width == 0;
  return aligned ? Runs::words : sizeof(T) == 1 && rows_are_dense(s.y()) ? Runs::bytes : Runs::none;
}

}  // namespace detail
PANE_NAMESPACE_END
