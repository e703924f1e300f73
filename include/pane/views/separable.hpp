// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/kernels/stencil.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/border.hpp>
#include <pane/views/filter_taps.hpp>
#include <pane/views/pad.hpp>  // Fill
#include <pane/views/separable_rows.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

namespace detail {

/// The largest number of rows, 11 at most, that cuts a tile of `rows` into equal pieces.
PANE_HOST_DEVICE constexpr int piece_of(int rows) noexcept {
  for (int piece = 11; piece > 1; --piece) {
    if (rows % piece == 0) return piece;
  }
  return 1;
}

}  // namespace detail

namespace views {

/// Lazy view: correlation with a column filter, then with a row filter.
template <class Source>
struct Separable {
  static constexpr int halo = detail::CentredTaps::halo;

  Source source;
  detail::CentredTaps horizontal;
  detail::CentredTaps vertical;
  Border border;
  detail::pixel_of<Source> fill;

  using source_pixel = detail::pixel_of<Source>;
  using sample = typename source_pixel::value_type;
  using pixel = Vec<Real<sample>, source_pixel::channels>;
  using real = typename pixel::value_type;
  static constexpr int channels = pixel::channels;
  static constexpr bool ragged = detail::is_ragged<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return source.size(n); }

  /// The row or column that stands for index i, -1 for the fill.
  PANE_HOST_DEVICE PANE_INLINE int index(int i, int size) const {
    return detail::border_index(i, size, border);
  }

  /// Straight from the source, tap by tap: for whoever asks for single pixels. Loops and a call, because chains of
  /// stencils would otherwise unroll into each other.
  PANE_HOST_DEVICE PANE_NOINLINE pixel operator()(std::int64_t n, int y, int x) const {
    Size const s = size(n);
    pixel sum = pixel::filled(real{0});
    for (int i = -horizontal.radius; i <= horizontal.radius; ++i) {
      int const sx = detail::border_index(x + i, s.width, border);
      pixel down = pixel::filled(real{0});
      for (int j = -vertical.radius; j <= vertical.radius; ++j) {
        int const sy = detail::border_index(y + j, s.height, border);
        auto const p = to_real(sy < 0 || sx < 0 ? fill : source(n, sy, sx));
        for (int c = 0; c < channels; ++c)
          down.v[c] = detail::fma(real{vertical.weight[j + halo]}, p.v[c], down.v[c]);
      }
      for (int c = 0; c < channels; ++c)
        sum.v[c] = detail::fma(real{horizontal.weight[i + halo]}, down.v[c], sum.v[c]);
    }
    return sum;
  }

  /// Columns are staged in fours, so the halo of a row is rounded up.
  static constexpr int margin = 4;
  static_assert(halo <= margin);

  template <int H, int W>
  struct alignas(16) Staging {
    static constexpr int rows = H + 2 * halo;
    static constexpr int columns = W + 2 * margin;
    alignas(16) source_pixel in[rows][columns];
    alignas(16) pixel down[H][columns];
    typename detail::StagingOf<Source, rows, columns>::type inner;
  };

  template <int H, int W, class Block>
  PANE_HOST_DEVICE PANE_INLINE void stage(Block& block,
                                          Staging<H, W>& staging,
                                          std::int64_t n,
                                          int y0,
                                          int x0,
                                          detail::Runs below) const {
    using S = Staging<H, W>;
    constexpr int piece = detail::piece_of(H);
    int const top = y0 - halo;
    int const left = x0 - margin;
    Size const s = size(n);
    detail::stage<S::rows, S::columns, margin>(block, source, staging.inner, n, top, left, below);
    // What the results inside the image need, in whole pieces and fours.
    int const rows = detail::smaller(H, (s.height - y0 + piece - 1) / piece * piece);
    int const columns =
        detail::smaller(S::columns, (s.width - x0 + margin - 1) / margin * margin + 2 * margin);
    bool const inside =
        top >= 0 && left >= 0 && y0 + rows + halo <= s.height && left + columns <= s.width;
    bool const words = inside && below == detail::Runs::words;
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
      constexpr int groups = S::columns / margin;
      constexpr int step = threads / groups;
      int const x = t % groups * margin;
      if (t >= step * groups || x >= columns) return;
      if (words) {
        // As many runs as registers allow are on their way at once.
        constexpr int flight = sizeof(source_pixel) <= 4 ? 4 : 1;
        int const last = S::rows - 1;  // what lies beyond it is read as the last and not kept
        for (int y = t / groups; y <= last; y += step * flight) {
          Four four[flight];
          PANE_UNROLL
          for (int i = 0; i < flight; ++i)
            four[i] =
                load_four<H, W>(staging, n, top, left, detail::smaller(y + i * step, last), x);
          PANE_UNROLL
          for (int i = 0; i < flight; ++i) {
            if (y + i * step <= last)
              __builtin_memcpy(&staging.in[y + i * step][x], &four[i], sizeof(four[i]));
          }
        }
      } else {
        PANE_NO_UNROLL
        for (int y = t / groups; y < rows + 2 * halo; y += step)
          stage_four<H, W>(staging, n, s, top, left, y, x, below);
      }
    });
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
      constexpr int fours = S::columns * channels / 4;
      for (int i = t; i < fours * (H / piece); i += threads) {
        int const four = i % fours;
        int const y = i / fours * piece;
        if (four * 4 < columns * channels && y < rows) filter_down<H, W>(staging, y, four);
      }
    });
  }

  template <int H, int W, class Block>
  PANE_HOST_DEVICE PANE_INLINE void stage_rows(Block& block,
                                               Staging<H, W>& staging,
                                               std::int64_t n,
                                               int y0,
                                               int x0,
                                               detail::Runs below) const {
    detail::stage_rows(block, *this, staging, n, y0, x0, below);
  }

  template <int H, int W, int P>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> staged(Staging<H, W> const& staging,
                                                    int y,
                                                    int x) const {
    constexpr int first = P % margin == 0 ? 0 : margin - halo;  // where the window begins
    constexpr int length = P % margin == 0 ? P + 2 * margin : P + 2 * halo;
    Run<pixel, length> window;
    if constexpr (P % margin == 0) {
      window = detail::load_value<Run<pixel, length>>(&staging.down[y][x]);
    } else {
      PANE_UNROLL
      for (int i = 0; i < length; ++i) window.p[i] = staging.down[y][x + first + i];
    }
    Run<pixel, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      out.p[i] = pixel::filled(real{0});
      PANE_UNROLL
      for (int k = 0; k <= 2 * halo; ++k) {
        if (horizontal.template counts<sample>(k)) {
          PANE_UNROLL
          for (int c = 0; c < channels; ++c) {
            out.p[i].v[c] =
                detail::fma(real{horizontal.weight[k]},
                            window.p[i + k + margin - halo - first].v[c], out.p[i].v[c]);
          }
        }
      }
    }
    return out;
  }

  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE auto staged_row(Staging<H, W> const& staging, int y, int x) const {
    return detail::staged_row(*this, staging, y, x);
  }

  /// Row y of the tile at (top, left) of image n: the row of the image that stands there, -1 for the fill, and whether
  /// that is staged below.
  struct TileRow {
    std::int64_t n;
    Size size;
    int top;
    int left;
    int y;
    int source_y;
    bool staged;
  };
  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE TileRow
  tile_row(Staging<H, W> const&, std::int64_t n, Size s, int top, int left, int y) const {
    int const sy = detail::border_index(top + y, s.height, border);
    bool const staged =
        !detail::has_stencil<Source> || (sy >= top && sy < top + Staging<H, W>::rows);
    return {n, s, top, left, y, sy, staged};
  }

  /// Stages the pixel in column x of a row.
  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE void stage_pixel(Staging<H, W>& staging,
                                                TileRow const& row,
                                                int x) const {
    constexpr int rows = Staging<H, W>::rows;
    constexpr int columns = Staging<H, W>::columns;
    auto const& [n, s, top, left, y, sy, staged] = row;
    int const sx = detail::border_index(left + x, s.width, border);
    if (sy < 0 || sx < 0) {
      staging.in[y][x] = fill;
    } else if (detail::has_stencil<Source> && staged && sx >= left && sx < left + columns) {
      staging.in[y][x] =
          detail::staged<rows, columns, 1>(source, staging.inner, n, top, left, sy - top, sx - left)
              .p[0];
    } else {
      staging.in[y][x] = source(n, sy, sx);
    }
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }

 private:
  static constexpr int threads = 256;

  /// Four staged columns: of a tensor just its words, which nobody looks into before the filter does.
  static constexpr auto four_of() {
    if constexpr (detail::has_words<Source>) {
      return detail::Words<margin, Source>{};
    } else {
      return Run<source_pixel, margin>{};
    }
  }
  using Four = decltype(four_of());

  /// Four columns of one row of the tile in one go, where they lie inside the image.
  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE Four
  load_four(Staging<H, W> const& staging, std::int64_t n, int top, int left, int y, int x) const {
    if constexpr (detail::has_words<Source>) {
      (void)staging;
      return detail::load_value<Four>(detail::packed_address(source, n, top + y, left + x));
    } else {
      return detail::staged<Staging<H, W>::rows, Staging<H, W>::columns, margin>(
          source, staging.inner, n, top, left, y, x);
    }
  }

  /// The same anywhere: in one go where the border has no say, else pixel by pixel.
  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE void stage_four(Staging<H, W>& staging,
                                               std::int64_t n,
                                               Size s,
                                               int top,
                                               int left,
                                               int y,
                                               int x,
                                               detail::Runs below) const {
    if constexpr (detail::has_bytes<Source>) {
      if (below == detail::Runs::bytes && top + y >= 0 && top + y < s.height && left + x >= 0 &&
          left + x + margin <= s.width && detail::words_around(source, top + y, top + y)) {
        auto const four = detail::load_bytes<margin>(source, n, top + y, left + x);
        __builtin_memcpy(&staging.in[y][x], &four, sizeof(four));
        return;
      }
    }
    TileRow const row = tile_row(staging, n, s, top, left, y);
    if (below == detail::Runs::words && row.source_y >= 0 && row.staged && left + x >= 0 &&
        left + x + margin <= s.width) {
      auto const four = load_four<H, W>(staging, n, top, left, row.source_y - top, x);
      __builtin_memcpy(&staging.in[y][x], &four, sizeof(four));
      return;
    }
    PANE_NO_UNROLL
    for (int i = x; i < x + margin; ++i) stage_pixel(staging, row, i);
  }

  /// The column filter for four neighbouring samples, whatever pixels they are of, of a piece of the tile's rows.
  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE void filter_down(Staging<H, W>& staging, int y, int four) const {
    constexpr int piece = detail::piece_of(H);
    real sums[piece][4];
    PANE_UNROLL
    for (int j = 0; j < piece + 2 * halo; ++j) {
      auto const in = detail::load_value<detail::Strip<sample, 4>>(
          reinterpret_cast<sample const*>(staging.in[y + j]) + four * 4);
      Vec<real, 4> v;
      PANE_UNROLL
      for (int c = 0; c < 4; ++c) {
        if constexpr (std::is_same_v<sample, std::uint8_t>) {
          v.v[c] =
              detail::byte_to_float(detail::bits_to<std::uint32_t>(in), static_cast<unsigned>(c));
        } else {
          v.v[c] = saturate_cast<real>(in.v[c]);
        }
      }
      if (j < piece) {
        PANE_UNROLL
        for (int c = 0; c < 4; ++c) sums[j][c] = real{0};
      }
      PANE_UNROLL
      for (int i = 0; i < piece; ++i) {
        int const k = j - i;
        if (k < 0 || k > 2 * halo || !vertical.template counts<sample>(k)) continue;
        PANE_UNROLL
        for (int c = 0; c < 4; ++c)
          sums[i][c] = detail::fma(real{vertical.weight[k]}, v.v[c], sums[i][c]);
      }
      if (j >= 2 * halo) {
        detail::Strip<real, 4> done;
        PANE_UNROLL
        for (int c = 0; c < 4; ++c) done.v[c] = sums[j - 2 * halo][c];
        __builtin_memcpy(reinterpret_cast<real*>(staging.down[y + j - 2 * halo]) + four * 4, &done,
                         sizeof(done));
      }
    }
  }
};

/// What `separable` may be told besides the taps.
struct SeparableOptions {
  Border border = Border::reflect_101;
  Fill fill = 0;
};

/// Correlates every image with a row filter, then with a column filter, in float (double for double images).
///   out(y, x) = sum_j vertical[j] sum_i horizontal[i] in(y + j - size / 2, x + i - size / 2)
///
/// A stencil: evaluated tile by tile in shared memory, with everything below it as prologue and the pointwise views
/// above it as epilogue, in one kernel. Filters may follow each other.
///
/// Shapes    (N, H, W) -> the same
/// Elements  any; u8 into u8 with filters that smooth (weights from 0 to below 1 that add up to 1) on a GPU, from rows of
///           pixels without holes into such rows, is worked out with weights of 16 bits: at most 0.04 of a level from
///           the formula before it is rounded (halves up), and exact where all pixels are the same
/// Matches   cv2.sepFilter2D; within 1 level for integers
/// @throws InvalidArgument  a filter has not 1, 3, 5 or 7 taps, or fill has the wrong number of channels.
inline auto separable(FilterTaps horizontal, FilterTaps vertical, SeparableOptions options = {}) {
  for (FilterTaps const* taps : {&horizontal, &vertical}) {
    detail::require(taps->size >= 1 && taps->size <= FilterTaps::max_size && taps->size % 2 == 1,
                    "pane::views::separable: a filter has ", taps->size,
                    " taps: it must have 1, 3, 5 or 7");
  }
  return detail::Adaptor{[=](auto const& source) {
    using Source = std::remove_cvref_t<decltype(source)>;
    return Separable<Source>{source, detail::centred(horizontal), detail::centred(vertical),
                             options.border,
                             detail::fill_pixel("pane::views::separable", source, options.fill)};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
