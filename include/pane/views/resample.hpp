// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/resample.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/resample_large.hpp>
#include <pane/views/resample_part.hpp>
#include <pane/views/resample_taps.hpp>
#include <pane/views/resample_tile.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

namespace views {

/// Lazy view: every image resampled to one size with antialiasing. See `resize` with `antialias`.
template <class Source>
struct Resample {
  Source source;
  ResampleFilter filter;
  Size to;
  detail::RowAccess access;
  Size tile_size;
  detail::ResampleShape tile_shape;

  using pixel =
      Vec<Real<typename detail::pixel_of<Source>::value_type>, detail::channels_of<Source>>;
  using real = typename pixel::value_type;
  using Shared = detail::ResampleShared<real>;
  using Axes = detail::AxisPair<real>;

  Axes common[2];  ///< of all images, and of their chroma, where they have one size

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }
  Size tile() const noexcept { return tile_size; }
  PANE_HOST_DEVICE detail::ResampleShape shape() const noexcept { return tile_shape; }
  /// Works out what is the same for all images.
  PANE_HOST_DEVICE void prepare() {
    if constexpr (!detail::is_ragged<Source>) {
      each_part(0,
                [this](auto const& part, int) { common[part.chroma ? 1 : 0] = measured(0, part); });
    }
  }

  /// One pixel, tap by tap: for whoever asks for single ones.
  PANE_HOST_DEVICE PANE_NOINLINE pixel operator()(std::int64_t n, int y, int x) const {
    pixel out;
    each_part(n, [&](auto const& part, int channel) {
      auto const value = single(part, axes(n, part), y, x);
      for (int c = 0; c < value.channels; ++c) out.v[channel + c] = value.v[c];
    });
    return out;
  }

  template <class Block, class Results>
  PANE_HOST_DEVICE PANE_INLINE void gather(Block& block,
                                           Shared& shared,
                                           Results& results,
                                           std::int64_t n,
                                           int y0,
                                           int x0,
                                           Size used) const {
    if constexpr (detail::is_batch<Source>) {
      gather_of(block, shared, results, source.entries[n].image, 0, n, y0, x0, used);
    } else {
      gather_of(block, shared, results, source, n, n, y0, x0, used);
    }
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }

 private:
  template <class Pixel>
  PANE_HOST_DEVICE PANE_INLINE static void add(Pixel& sum, real& weights, real w, Pixel const& p) {
    weights += w;
    PANE_UNROLL
    for (int c = 0; c < Pixel::channels; ++c) sum.v[c] = detail::fma(w, p.v[c], sum.v[c]);
  }

  template <class Part>
  PANE_HOST_DEVICE PANE_NOINLINE static typename Part::Pixel single(Part const& part,
                                                                    Axes axis,
                                                                    int y,
                                                                    int x) {
    Roi const in = part.bounds();
    auto const v = axis.y.at(y, in.y, in.y + in.height - 1);
    auto const h = axis.x.at(x, in.x, in.x + in.width - 1);
    auto sum = Part::Pixel::filled(real{0});
    real weights{0};
    for (int i = h.first; i <= h.last; ++i) {
      auto column = Part::Pixel::filled(real{0});
      real below{0};
      for (int j = v.first; j <= v.last; ++j)
        add(column, below, axis.y.weight(v, j), part.at(j, i));
      for (int c = 0; c < Part::channels; ++c) column.v[c] /= below;
      add(sum, weights, axis.x.weight(h, i), column);
    }
    for (int c = 0; c < Part::channels; ++c) sum.v[c] /= weights;
    return sum;
  }

  /// Calls f(part, its first channel) for the image, or for its luma and its chroma.
  template <class F>
  PANE_HOST_DEVICE PANE_INLINE void each_part(std::int64_t n, F const& f) const {
    if constexpr (detail::is_batch<Source>) {
      each_part_of(source.entries[n].image, 0, f);
    } else {
      each_part_of(source, n, f);
    }
  }
  template <class Img, class F>
  PANE_HOST_DEVICE PANE_INLINE void each_part_of(Img const& image,
                                                 std::int64_t n,
                                                 F const& f) const {
    f(detail::ResamplePart<Img, false>{image, n, access}, 0);
    if constexpr (detail::is_planes<Img>) f(detail::ResamplePart<Img, true>{image, n, access}, 1);
  }

  template <class Part>
  PANE_HOST_DEVICE PANE_INLINE decltype(auto) axes(std::int64_t n, Part const& part) const {
    if constexpr (detail::is_ragged<Source>) {
      return measured(n, part);
    } else {
      return (common[part.chroma ? 1 : 0]);
    }
  }
  template <class Part>
  PANE_HOST_DEVICE PANE_INLINE Axes measured(std::int64_t n, Part const& part) const {
    Size const from = source.size(n);
    auto const make = [&](int in, int out) {
      return detail::TapAxis<real>(detail::make_axis(in, out, half_pixel), filter);
    };
    return {part.axis(make(from.height, to.height), true),
            part.axis(make(from.width, to.width), false)};
  }

  /// Image `index` of `image`, which is number n of the whole batch.
  template <class Block, class Results, class Img>
  PANE_HOST_DEVICE PANE_INLINE void gather_of(Block& block,
                                              Shared& shared,
                                              Results& results,
                                              Img const& image,
                                              std::int64_t index,
                                              std::int64_t n,
                                              int y0,
                                              int x0,
                                              Size used) const {
    using First = detail::ResamplePart<Img, false>;
    First const part{image, index, access};
    auto&& both = axes(n, part);
    detail::ResampleTile<First> const tile(part, both, y0, x0, used, 0);
    if constexpr (detail::is_planes<Img>) {
      using Second = detail::ResamplePart<Img, true>;
      Second const chroma{image, index, access};
      auto&& coarser = axes(n, chroma);
      detail::ResampleTile<Second> below(chroma, coarser, y0, x0, used, tile.tables.end);
      if (!below.fits()) below.tables.move_to_begin();
      gather_tiles(block, shared, results, tile_shape, tile, below);
    } else {
      gather_tiles(block, shared, results, tile_shape, tile);
    }
  }

  /// The tiles of all parts, one after the other: the weights of all of them first, where there is room.
  template <class Block, class Results, class Tile, class... Rest>
  PANE_HOST_DEVICE PANE_INLINE static void gather_tiles(Block& block,
                                                        Shared& shared,
                                                        Results& results,
                                                        detail::ResampleShape shape,
                                                        Tile const& tile,
                                                        Rest const&... rest) {
    if (!(tile.fits() && ... && rest.fits())) {
      detail::resample_large(block, shared, results, shape, tile, 0);
      (detail::resample_large(block, shared, results, shape, rest, Tile::Pixel::channels), ...);
      return;
    }
    auto ahead = block.template per_thread<typename Tile::Ahead>();
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
      tile.load_ahead(ahead[t], t);  // on its way while the weights are worked out
      tile.tabulate(shared, t);
      ((rest.tables.columns_at > 0 ? rest.tabulate(shared, t) : void()), ...);
    });
    weight_tiles<0>(block, shared, results, shape, ahead, tile, rest...);
  }

  template <class Ahead, class Tile, class... Rest>
  PANE_HOST_DEVICE PANE_INLINE static void load_ahead(Ahead& ahead,
                                                      int t,
                                                      Tile const& tile,
                                                      Rest const&...) {
    tile.load_ahead(ahead, t);
  }

  template <int Channel, class Block, class Results, class Ahead, class Tile, class... Rest>
  PANE_HOST_DEVICE PANE_INLINE static void weight_tiles(Block& block,
                                                        Shared& shared,
                                                        Results& results,
                                                        detail::ResampleShape shape,
                                                        Ahead& ahead,
                                                        Tile const& tile,
                                                        Rest const&... rest) {
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA { tile.down(ahead[t], shared, t); });
    block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
      if constexpr (sizeof...(Rest) > 0) load_ahead(ahead[t], t, rest...);
      int const rows[2] = {shape.row(t, 0), shape.row(t, 1)};
      int const column = shape.column(t);
      if (column >= tile.used.width || rows[0] >= tile.used.height) return;
      typename Tile::Pixel pixels[2];
      tile.across(shared, {rows[0], rows[1] < tile.used.height ? rows[1] : rows[0]}, column,
                  pixels);
      PANE_UNROLL
      for (int j = 0; j < 2; ++j) {
        PANE_UNROLL
        for (int c = 0; c < Tile::Pixel::channels; ++c)
          results[t][j].v[Channel + c] = pixels[j].v[c];
      }
    });
    if constexpr (sizeof...(Rest) > 0) {
      if (((rest.tables.columns_at == 0) && ...))
        block.for_each_thread([&](int t) PANE_INLINE_LAMBDA { (rest.tabulate(shared, t), ...); });
      weight_tiles<Channel + Tile::Pixel::channels>(block, shared, results, shape, ahead, rest...);
    }
  }
};

}  // namespace views

namespace detail {

/// The part that decides on the tile: that of an entry, for a batch whose images have addresses of their own.
template <class Source>
struct FirstPart {
  using type = ResamplePart<Source, false>;
};
template <class Img>
struct FirstPart<Batch<Img>> {
  using type = ResamplePart<Img, false>;
};

template <class Source>
auto resampled(Source const& source, Size to, ResampleFilter filter) {
  using View = views::Resample<Source>;
  using Part = typename FirstPart<Source>::type;
  Size from{16 * to.height, 16 * to.width};  // a guess, where the sizes are not for the host to see
  if constexpr (is_batch<Source>) {
    if (source.entries.lent == nullptr) from = {};
    for (std::int64_t n = 0; source.entries.lent == nullptr && n < source.entries.count; ++n) {
      Size const s = source.size(n);
      from = {larger(from.height, s.height), larger(from.width, s.width)};
    }
  } else if constexpr (!is_ragged<Source>) {
    from = source.size(0);
  }
  Size log2{};
  if constexpr (is_planes<Source>) log2 = {source.log2_y(), source.log2_x()};
  Size const tile = resample_tile<Part>(from, to, filter, log2);
  ResampleShape shape{0};
  while (1 << shape.log2_columns < tile.width) ++shape.log2_columns;
  View view{source, filter, to, row_access(source), tile, shape, {}};
  view.prepare();
  return view;
}

}  // namespace detail
PANE_NAMESPACE_END
