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

/// Evaluates such a chain: a thread owns P columns of two rows.
template <class Source, class Sink, int P>
struct PlanesReadProgram {
  static constexpr int threads = tile_width / P * (tile_height / 2);
  static constexpr int blocks_per_sm = 1024 / threads;
  using Shared = Nothing;
  using Below = std::remove_cvref_t<decltype(below_maps(std::declval<Source const&>()))>;
  using T = std::remove_const_t<typename Below::element_type>;

  Source source;
  Sink sink;
  Runs from;
  Runs to;

  Grid grid() const { return tile_grid<tile_width, tile_height>(sink); }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Tile const tile = tile_of<tile_width, tile_height>(block, sink);
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      constexpr int across = tile_width / P;
      int const y = tile.y + t / across * 2;
      int const x = tile.x + t % across * P;
      if (y >= tile.size.height || x >= tile.size.width) return;
      if (y + 2 <= tile.size.height && x + P <= tile.size.width && reaches(y)) {
        pack(tile.n, y, x);
      } else {
        single(tile.n, y, x, smaller(y + 2, tile.size.height), smaller(x + P, tile.size.width));
      }
    });
  }

 private:
  /// Whether whole words around two rows of luma and one of chroma are in memory.
  PANE_HOST_DEVICE PANE_INLINE bool reaches(int y) const {
    if (from == Runs::words) return true;
    auto const& planes = below_maps(source);
    int const luma = planes.window_roi().y + y;
    int const chroma = luma / 2;
    return luma > 0 && luma + 2 < static_cast<int>(planes.y().height()) && chroma > 0 &&
           chroma + 1 < static_cast<int>(planes.u().height());
  }

  using Samples = Vec<float, P>;
  /// P samples from an address.
  PANE_HOST_DEVICE PANE_INLINE Samples load(T const* at) const {
    Samples out;
    if constexpr (sizeof(T) == 1 && std::is_unsigned_v<T>) {
      using Packed = Strip<std::uint32_t, P / 4>;
      Packed const words = from == Runs::words
                               ? load_value<Packed>(at)
                               : load_words<P / 4>(reinterpret_cast<unsigned char const*>(at));
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.v[i] = byte_to_float(words.v[i / 4], static_cast<unsigned>(i % 4));
    } else {
      auto const samples = load_value<Strip<T, P>>(at);
      PANE_UNROLL
      for (int i = 0; i < P; ++i) out.v[i] = to_real(Vec<T, 1>{{samples.v[i]}}).v[0];
    }
    return out;
  }

  PANE_HOST_DEVICE PANE_INLINE void pack(std::int64_t n, int y, int x) const {
    auto const& planes = below_maps(source);
    int const py = planes.window_roi().y + y;
    int const px = planes.window_roi().x + x;
    Samples luma[2];
    auto const* const luma_at = dense_address(planes.y(), n, py, px);
    luma[0] = load(luma_at);
    luma[1] = load(dense_address(planes.y(), n, py + 1, px));
    auto const chroma = load(dense_address(planes.u(), n, py / 2, px));  // px / 2 pairs
    Run<pixel_of<Source>, P> out[2];
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) {
        Vec<float, 3> const yuv{{luma[j].v[i], chroma.v[i / 2 * 2], chroma.v[i / 2 * 2 + 1]}};
        out[j].p[i] = converted(source, yuv, n, y + j, x + i);
      }
    }
    PANE_UNROLL
    for (int j = 0; j < 2; ++j) {
      if constexpr (stores_bytes<P, Sink>) {
        if (to == Runs::bytes) {
          sink.template store_bytes<P>(n, y + j, x, out[j]);
          continue;
        }
      }
      sink.template store<P>(n, y + j, x, out[j]);
    }
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
  if (bits % width == 0) return Runs::words;
  return std::is_same_v<std::remove_const_t<T>, std::uint8_t> && s.y().stride_bytes(1) >= 16 &&
                 s.u().stride_bytes(1) >= 16
             ? Runs::bytes
             : Runs::none;
}

}  // namespace detail
PANE_NAMESPACE_END
