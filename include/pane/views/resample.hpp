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

  using pixel =
      Vec<Real<typename detail::pixel_of<Source>::value_type>, detail::channels_of<Source>>;
  using real = typename pixel::value_type;
  using Shared = detail::ResampleShared<real>;
  using Axes = detail::AxisPair<real>;

  Axes common[2];  ///< of all images, and of their chroma, where they have one size

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }
  Size tile() const noexcept { return tile_size; }
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
    each_part(n, [&](auto const& part, int channel) PANE_INLINE_LAMBDA {
      gather_part(block, shared, results, part, channel, n, y0, x0, used);
    });
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

  template <class Block, class Results, class Part>
  PANE_HOST_DEVICE PANE_INLINE void gather_part(Block& block,
                                                Shared& shared,
                                                Results& results,
                                                Part const& part,
                                                int channel,
                                                std::int64_t n,
                                                int y0,
                                                int x0,
                                                Size used) const {
    auto&& both = axes(n, part);
    detail::ResampleTile<Part> const tile(part, both, y0, x0, used);
    auto const each_pixel = [&](auto const& f) {
      block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
        PANE_UNROLL
        for (int j = 0; j < detail::resample_pixels / detail::resample_threads; ++j) {
          int const i = t + j * detail::resample_threads;
          if (i >= used.width * used.height) continue;
          auto const value = f(i / used.width, i % used.width);
          PANE_UNROLL
          for (int c = 0; c < Part::channels; ++c) results[t][j].v[channel + c] = value.v[c];
        }
      });
    };
    if (!tile.fits())
      return each_pixel([&](int y, int x) { return single(part, both, y0 + y, x0 + x); });
    if constexpr (detail::ResampleTile<Part>::by_matrix) {
      auto words = block.template per_thread<typename detail::ResampleTile<Part>::Ahead>();
      block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
        tile.load_ahead(t, words[t]);  // on their way while the weights are worked out
        tile.tabulate_columns(shared, t);
        tile.tabulate_pairs(shared, t);
      });
      block.for_each_thread([&](int t)
                                PANE_INLINE_LAMBDA { tile.down_by_matrix(words[t], shared, t); });
    } else {
      block.for_each_thread([&](int t) PANE_INLINE_LAMBDA {
        tile.tabulate_columns(shared, t);
        tile.tabulate_rows(shared, t);
      });
      block.for_each_thread([&](int t) PANE_INLINE_LAMBDA { tile.down(shared, t); });
    }
    each_pixel([&](int y, int x) { return tile.across(shared, y, x); });
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
  View view{source, filter, to, row_access(source), resample_tile<Part>(from, to, filter), {}};
  view.prepare();
  return view;
}

}  // namespace detail
PANE_NAMESPACE_END
