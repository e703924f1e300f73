// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/kernels/stencil.hpp>
#include <pane/views/filter_taps.hpp>

#include <cstdint>
#include <type_traits>

// A separable filter on a CPU: the tile of `Separable` by loops over many samples, which become vectors. The results are
// the same bits.

PANE_NAMESPACE_BEGIN
namespace detail {

/// out[i] = sum_k taps[k] in[i + k Step], for samples that were of type T.
template <class T, int Step, class Real>
PANE_HOST_DEVICE PANE_INLINE void correlate(CentredTaps const& taps,
                                            Real const* in,
                                            Real* out,
                                            int count) {
  for (int i = 0; i < count; ++i) {
    Real sum{0};
    PANE_UNROLL
    for (int k = 0; k <= 2 * CentredTaps::halo; ++k) {
      Real const more = fma(Real{taps.weight[k]}, in[i + k * Step], sum);
      sum = taps.template counts<T>(k) ? more : sum;
    }
    out[i] = sum;
  }
}

/// The first columns of a row of a tile: in long runs inside the image, pixel by pixel outside.
template <class Filter, class Staging>
PANE_HOST_DEVICE PANE_INLINE void stage_row(Filter const& filter,
                                            Staging& staging,
                                            typename Filter::TileRow const& row,
                                            int columns,
                                            Runs below) {
  int x = 0;
  auto const pixels = [&](int end) PANE_INLINE_LAMBDA {
    for (; x < end; ++x) filter.stage_pixel(staging, row, x);
  };
  auto const runs = [&](auto pixels_of_run, int end) PANE_INLINE_LAMBDA {
    constexpr int P = decltype(pixels_of_run)::value;
    for (; x + P <= end; x += P) {
      auto const run = staged<Staging::rows, Staging::columns, P>(
          filter.source, staging.inner, row.n, row.top, row.left, row.source_y - row.top, x);
      __builtin_memcpy(&staging.in[row.y][x], &run, sizeof(run));
    }
  };
  if (below == Runs::words && row.source_y >= 0 && row.staged) {
    int const end = smaller(columns, row.size.width - row.left);
    pixels(smaller(columns, larger(0, -row.left)));
    runs(std::integral_constant<int, host_run>{}, end);
    runs(std::integral_constant<int, Filter::margin>{}, end);
  }
  pixels(columns);
}

/// Fills the staging of a filter for the tile at (y0, x0): a thread owns a row, and then a strip of columns.
template <class Block, class Filter, class Staging>
PANE_HOST_DEVICE PANE_INLINE void stage_rows(Block& block,
                                             Filter const& filter,
                                             Staging& staging,
                                             std::int64_t n,
                                             int y0,
                                             int x0,
                                             Runs below) {
  using sample = typename Filter::source_pixel::value_type;
  using real = typename Filter::real;
  constexpr int halo = Filter::halo;
  int const top = y0 - halo;
  int const left = x0 - Filter::margin;
  Size const s = filter.size(n);
  stage<Staging::rows, Staging::columns, host_run>(block, filter.source, staging.inner, n, top,
                                                   left, below);
  // What the results inside the image need.
  int const rows = smaller(Staging::rows - 2 * halo, s.height - y0);
  int const columns = smaller(Staging::columns, s.width - left + halo);
  block.for_each_thread([&](int y) PANE_INLINE_LAMBDA {
    if (y >= rows + 2 * halo) return;
    stage_row(filter, staging, filter.tile_row(staging, n, s, top, left, y), columns, below);
  });
  block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
    constexpr int strip = host_run;
    int const first = t * strip;
    int const count = smaller(strip, columns * Filter::channels - first);
    if (count <= 0) return;
    real in[Staging::rows][strip];
    for (int y = 0; y < rows + 2 * halo; ++y) {
      auto const* const samples = reinterpret_cast<sample const*>(staging.in[y]) + first;
      for (int i = 0; i < count; ++i) in[y][i] = saturate_cast<real>(samples[i]);
    }
    for (int y = 0; y < rows; ++y)
      correlate<sample, strip>(filter.vertical, in[y],
                               reinterpret_cast<real*>(staging.down[y]) + first, count);
  });
}

/// The results at (y, x ... x + host_run - 1) of a tile whose staging is filled.
template <class Filter, class Staging>
PANE_HOST_DEVICE PANE_INLINE auto staged_row(Filter const& filter,
                                             Staging const& staging,
                                             int y,
                                             int x) {
  using sample = typename Filter::source_pixel::value_type;
  using real = typename Filter::real;
  auto const* const in =
      reinterpret_cast<real const*>(&staging.down[y][x + Filter::margin - Filter::halo]);
  Run<typename Filter::pixel, host_run> out;
  correlate<sample, Filter::channels>(filter.horizontal, in, reinterpret_cast<real*>(&out),
                                      host_run * Filter::channels);
  return out;
}

}  // namespace detail
PANE_NAMESPACE_END
