// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/kernels/stencil.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/border.hpp>
#include <pane/views/pad.hpp>  // Fill

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// The weights of a one-dimensional filter of 1, 3, 5 or 7 taps; tap i is at offset i - size / 2.
struct FilterTaps {
  static constexpr int max_size = 7;
  int size = 1;
  float weight[max_size] = {1.0f};
};

namespace views {

/// Lazy view: correlation with a row filter, then with a column filter.
template <class Source>
struct Separable {
  static constexpr int halo = FilterTaps::max_size / 2;

  Source source;
  FilterTaps horizontal;
  FilterTaps vertical;
  Border border;
  detail::pixel_of<Source> fill;

  using source_pixel = detail::pixel_of<Source>;
  using pixel = Vec<Real<typename source_pixel::value_type>, source_pixel::channels>;
  using real = typename pixel::value_type;
  static constexpr bool ragged = detail::is_ragged<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return source.size(n); }

  /// Straight from the source, tap by tap: for whoever asks for single pixels. Loops and a call, because chains of
  /// stencils would otherwise unroll into each other.
  PANE_HOST_DEVICE PANE_NOINLINE pixel operator()(std::int64_t n, int y, int x) const {
    Size const s = size(n);
    int const radius_y = vertical.size / 2;
    int const radius_x = horizontal.size / 2;
    pixel sum = pixel::filled(real{0});
    for (int j = -radius_y; j <= radius_y; ++j) {
      int const sy = detail::border_index(y + j, s.height, border);
      pixel across = pixel::filled(real{0});
      for (int i = -radius_x; i <= radius_x; ++i) {
        int const sx = detail::border_index(x + i, s.width, border);
        accumulate(across, horizontal.weight[i + radius_x],
                   to_real(sy < 0 || sx < 0 ? fill : source(n, sy, sx)));
      }
      accumulate(sum, vertical.weight[j + radius_y], across);
    }
    return sum;
  }

  template <int H, int W>
  struct Staging {
    static constexpr int rows = H + 2 * halo;
    static constexpr int columns = W + 2 * halo;
    typename detail::StagingOf<Source, rows, columns>::type inner;
    source_pixel in[rows][columns];
    pixel across[rows][W];
  };

  template <int H, int W, class Block>
  PANE_HOST_DEVICE PANE_INLINE void stage(
      Block& block, Staging<H, W>& staging, std::int64_t n, int y0, int x0) const {
    constexpr int rows = Staging<H, W>::rows;
    constexpr int columns = Staging<H, W>::columns;
    constexpr int threads = 256;
    int const top = y0 - halo;
    int const left = x0 - halo;
    Size const s = size(n);
    detail::stage<rows, columns>(block, source, staging.inner, n, top, left);
    block.for_each_thread([&](int t) {
      for (int i = t; i < rows * columns; i += threads) {
        int const y = i / columns;
        int const x = i % columns;
        if (top + y >= s.height + halo || left + x >= s.width + halo)
          continue;  // no result needs it
        int const sy = detail::border_index(top + y, s.height, border);
        int const sx = detail::border_index(left + x, s.width, border);
        if (sy < 0 || sx < 0) {
          staging.in[y][x] = fill;
        } else if (sy >= top && sy < top + rows && sx >= left && sx < left + columns) {
          staging.in[y][x] = detail::staged<rows, columns>(source, staging.inner, n, top, left,
                                                           sy - top, sx - left);
        } else {
          staging.in[y][x] = source(n, sy, sx);
        }
      }
    });
    block.for_each_thread([&](int t) {
      for (int i = t; i < rows * W; i += threads) {
        int const y = i / W;
        int const x = i % W;
        if (top + y >= s.height + halo || x0 + x >= s.width) continue;
        staging.across[y][x] =
            weighted(horizontal, [&](int k) { return staging.in[y][x + halo + k]; });
      }
    });
  }

  template <int H, int W>
  PANE_HOST_DEVICE PANE_INLINE pixel staged(Staging<H, W> const& staging, int y, int x) const {
    return weighted(vertical, [&](int k) { return staging.across[y + halo + k][x]; });
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }

 private:
  PANE_HOST_DEVICE PANE_INLINE static void accumulate(pixel& sum, float weight, pixel const& p) {
    PANE_UNROLL
    for (int c = 0; c < pixel::channels; ++c)
      sum.v[c] = detail::fma(real{weight}, p.v[c], sum.v[c]);
  }

  /// sum of weight[k] * at(k), unrolled over the longest filter.
  template <class At>
  PANE_HOST_DEVICE PANE_INLINE static pixel weighted(FilterTaps const& taps, At const& at) {
    int const radius = taps.size / 2;
    pixel sum = pixel::filled(real{0});
    PANE_UNROLL
    for (int k = -halo; k <= halo; ++k) {
      if (k >= -radius && k <= radius) accumulate(sum, taps.weight[k + radius], to_real(at(k)));
    }
    return sum;
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
    return Separable<Source>{source, horizontal, vertical, options.border,
                             detail::fill_pixel("pane::views::separable", source, options.fill)};
  }};
}

}  // namespace views
PANE_NAMESPACE_END
