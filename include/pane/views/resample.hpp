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
#include <pane/views/resample_taps.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// What a resampling reads of one image: all its channels, or those of planes of one resolution, as real numbers.
template <class Img, bool Chroma>
struct ResamplePart {
  Img const& image;
  std::int64_t n;
  bool packed;

  static constexpr bool planes = is_planes<Img>;
  static constexpr int channels = !planes ? channels_of<Img> : Chroma ? 2 : 1;
  using real = Real<typename pixel_of<Img>::value_type>;
  using Pixel = Vec<real, channels>;

  /// The pixels that may be read.
  PANE_HOST_DEVICE Roi bounds() const {
    if constexpr (planes) {
      Roi const w = image.window_roi();
      if constexpr (!Chroma) return w;
      int const left = w.x >> image.log2_x();
      int const top = w.y >> image.log2_y();
      return {left, top, ((w.x + w.width - 1) >> image.log2_x()) - left + 1,
              ((w.y + w.height - 1) >> image.log2_y()) - top + 1};
    } else {
      Size const s = image.size(n);
      return {0, 0, s.width, s.height};
    }
  }

  /// The axis of the whole image on these planes, whose rectangle may begin further right or down.
  PANE_HOST_DEVICE TapAxis<real> axis(TapAxis<real> a, bool vertical) const {
    if constexpr (planes) {
      Roi const w = image.window_roi();
      a.axis.start += coordinate_of(vertical ? w.y : w.x);
      if constexpr (Chroma) {
        return vertical ? a.coarser(image.log2_y(), image.siting() == ChromaSiting::top_left)
                        : a.coarser(image.log2_x(), image.siting() != ChromaSiting::center);
      }
    }
    return a;
  }

  PANE_HOST_DEVICE PANE_INLINE Pixel at(int y, int x) const {
    if constexpr (!planes) {
      return to_real(image(n, y, x));
    } else if constexpr (Chroma) {
      return to_real(Vec<std::remove_const_t<typename Img::element_type>, 2>{
          {*image.u().address(n, y, x), *image.v().address(n, y, x)}});
    } else {
      return to_real(image.y()(n, y, x));
    }
  }

  /// Four neighbours in whole words, x a multiple of 4; where `resample_packs` holds.
  PANE_HOST_DEVICE PANE_INLINE Run<Pixel, 4> four(int y, int x) const {
    Run<Pixel, 4> out;
    auto const convert = [&](auto const& in) {
      PANE_UNROLL
      for (int i = 0; i < 4; ++i) out.p[i] = to_real(in.p[i]);
    };
    if constexpr (!planes) {
      convert(run<4>(image, n, y, x));
    } else if constexpr (Chroma) {
      using Pair = Vec<std::remove_const_t<typename Img::element_type>, 2>;
      convert(load_value<Run<Pair, 4>>(image.u().address(n, y, x)));
    } else {
      convert(image.y().template run<4>(n, y, x));
    }
    return out;
  }
};

/// Whether `four` may be called for all parts of an image.
template <class Img>
bool resample_packs(Img const& image) {
  if constexpr (is_planes<Img>) {
    auto const& u = image.u();
    constexpr int width = word_bytes(static_cast<int>(sizeof(typename Img::element_type)) * 8);
    bool fits = image.template packs<1>() && tensor_packs<4>(image.y()) &&
                reinterpret_cast<std::uintptr_t>(u.data()) % width == 0;
    for (int i = 0; i < 2; ++i) fits = fits && (u.extent(i) == 1 || u.stride_bytes(i) % width == 0);
    return fits;
  } else if constexpr (is_batch<Img>) {
    if (image.entries.lent != nullptr) return false;
    for (std::int64_t n = 0; n < image.entries.count; ++n) {
      if (!resample_packs(image.entries.own[n].image)) return false;
    }
    return true;
  } else {
    return packs<4>(image);
  }
}

}  // namespace detail

namespace views {

/// Lazy view: every image resampled to one size with antialiasing. See `resize` with `antialias`.
template <class Source>
struct Resample {
  Source source;
  ResampleFilter filter;
  Size to;
  bool packed;
  int rows;

  using pixel =
      Vec<Real<typename detail::pixel_of<Source>::value_type>, detail::channels_of<Source>>;
  using real = typename pixel::value_type;

  /// Columns of the source, already weighted from top to bottom, for some rows of a tile; and the weights of a tile's
  /// rows and columns, where they fit.
  struct Shared {
    static constexpr int capacity = static_cast<int>(28672 / sizeof(real));
    static constexpr int weights = static_cast<int>(16384 / sizeof(real));
    real partial[capacity];
    real weight[weights];
  };

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return to; }
  int tile_rows() const noexcept { return rows; }

  /// One pixel, tap by tap: for whoever asks for single ones.
  PANE_HOST_DEVICE PANE_NOINLINE pixel operator()(std::int64_t n, int y, int x) const {
    pixel out;
    each_part(n, [&](auto const& part, int channel) {
      auto const [ty, tx] = axes(n, part);
      Roi const in = part.bounds();
      auto const v = ty.at(y, in.y, in.y + in.height - 1);
      auto const h = tx.at(x, in.x, in.x + in.width - 1);
      auto sum = std::remove_cvref_t<decltype(part)>::Pixel::filled(real{0});
      real weights{0};
      for (int i = h.first; i <= h.last; ++i) {
        auto column = decltype(sum)::filled(real{0});
        real const w = tx.weight(h, i);
        real below{0};
        for (int j = v.first; j <= v.last; ++j) add(column, below, ty.weight(v, j), part.at(j, i));
        for (int c = 0; c < sum.channels; ++c) column.v[c] /= below;
        add(sum, weights, w, column);
      }
      for (int c = 0; c < sum.channels; ++c) out.v[channel + c] = sum.v[c] / weights;
    });
    return out;
  }

  template <class Block, class Sums>
  PANE_HOST_DEVICE PANE_INLINE void gather(
      Block& block, Shared& shared, Sums& sums, std::int64_t n, int y0, int x0, int used) const {
    each_part(n, [&](auto const& part, int channel) {
      gather_part(block, shared, sums, part, channel, n, y0, x0, used);
    });
  }

  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }

 private:
  static constexpr int columns = detail::resample_columns;

  struct AxisPair {
    detail::TapAxis<real> y;
    detail::TapAxis<real> x;
  };

  template <class Pixel>
  PANE_HOST_DEVICE PANE_INLINE static void add(Pixel& sum, real& weights, real w, Pixel const& p) {
    weights += w;
    PANE_UNROLL
    for (int c = 0; c < Pixel::channels; ++c) sum.v[c] = detail::fma(w, p.v[c], sum.v[c]);
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
    f(detail::ResamplePart<Img, false>{image, n, packed}, 0);
    if constexpr (detail::is_planes<Img>) f(detail::ResamplePart<Img, true>{image, n, packed}, 1);
  }

  template <class Part>
  PANE_HOST_DEVICE PANE_INLINE AxisPair axes(std::int64_t n, Part const& part) const {
    Size const from = source.size(n);
    auto const make = [&](int in, int out) {
      return detail::TapAxis<real>(detail::make_axis(in, out, half_pixel), filter);
    };
    return {part.axis(make(from.height, to.height), true),
            part.axis(make(from.width, to.width), false)};
  }

  /// Source columns are weighted from top to bottom first, four at a time, so that every word is loaded once for a
  /// row of the tile; a thread then weights the columns of its pixel. As many columns as fit at a time.
  template <class Block, class Sums, class Part>
  PANE_HOST_DEVICE PANE_INLINE void gather_part(Block& block,
                                                Shared& shared,
                                                Sums& sums,
                                                Part const& part,
                                                int channel,
                                                std::int64_t n,
                                                int y0,
                                                int x0,
                                                int used) const {
    constexpr int C = Part::channels;
    AxisPair const axis = axes(n, part);
    Roi const in = part.bounds();
    int const right = in.x + in.width - 1;
    int const bottom = in.y + in.height - 1;
    int const begin = axis.x.at(x0, in.x, right).first / 4 * 4;
    int const end = axis.x.at(detail::smaller(x0 + columns, to.width) - 1, in.x, right).last + 1;
    int const wide = Shared::capacity / (C * used) / 4 * 4;
    int const most_y = axis.y.most();
    int const most_x = axis.x.most();
    bool const known =
        std::int64_t{most_y} * used + std::int64_t{most_x} * columns <= Shared::weights;
    real* const weights_y = shared.weight;
    real* const weights_x = shared.weight + most_y * used;
    if (known) {
      block.for_each_thread([&](int t) {
        for (int i = t; i < most_y * used; i += detail::resample_threads) {
          auto const v = axis.y.at(y0 + i / most_y, in.y, bottom);
          weights_y[i] = axis.y.weight(v, v.first + i % most_y);
        }
        for (int i = t; i < most_x * columns; i += detail::resample_threads) {
          auto const h = axis.x.at(x0 + i / most_x, in.x, right);
          weights_x[i] = axis.x.weight(h, h.first + i % most_x);
        }
      });
    }
    auto weights = block.template per_thread<real>();
    for (int left = begin; left < end; left += wide) {
      int const groups = (detail::smaller(left + wide, end) - left + 3) / 4;
      block.for_each_thread([&](int t) {
        for (int i = t; i < used * groups; i += detail::resample_threads) {
          int const row = i / groups;
          int const x = left + i % groups * 4;
          auto const v = axis.y.at(y0 + row, in.y, bottom);
          real* const to_partial = shared.partial + (row * wide + x - left) * C;
          if (known) {
            real const* const w = weights_y + (row * most_y - v.first);
            down(
                part, v, [w](int y) { return w[y]; }, x, in.x, right, to_partial);
          } else {
            down(
                part, v, [&](int y) { return axis.y.weight(v, y); }, x, in.x, right, to_partial);
          }
        }
      });
      block.for_each_thread([&](int t) {
        int const row = t / columns;
        int const x = x0 + t % columns;
        if (row >= used || x >= to.width) return;
        pixel& sum = sums[t];
        if (left == begin) {
          weights[t] = real{0};
          for (int c = 0; c < C; ++c) sum.v[channel + c] = real{0};
        }
        auto const h = axis.x.at(x, in.x, right);
        int const last = detail::smaller(h.last, left + wide - 1);
        real const* const w_row = weights_x + t % columns * most_x - h.first;
        for (int k = detail::larger(h.first, left); k <= last; ++k) {
          real const w = known ? w_row[k] : axis.x.weight(h, k);
          weights[t] += w;
          real const* const p = shared.partial + (row * wide + k - left) * C;
          PANE_UNROLL
          for (int c = 0; c < C; ++c) sum.v[channel + c] = detail::fma(w, p[c], sum.v[channel + c]);
        }
        if (left + wide >= end) {
          for (int c = 0; c < C; ++c) sum.v[channel + c] /= weights[t];
        }
      });
    }
  }

  /// Four columns from x on, weighted from top to bottom.
  template <class Part, class Weight>
  PANE_HOST_DEVICE PANE_INLINE static void down(Part const& part,
                                                detail::Taps<real> const& taps,
                                                Weight const& weight,
                                                int x,
                                                int left,
                                                int right,
                                                real* out) {
    constexpr int C = Part::channels;
    Run<typename Part::Pixel, 4> sum;
    for (int i = 0; i < 4; ++i) sum.p[i] = Part::Pixel::filled(real{0});
    real weights{0};
    auto const accumulate = [&](Run<typename Part::Pixel, 4> const& in, real w) {
      weights += w;
      PANE_UNROLL
      for (int i = 0; i < 4; ++i) {
        PANE_UNROLL
        for (int c = 0; c < C; ++c) sum.p[i].v[c] = detail::fma(w, in.p[i].v[c], sum.p[i].v[c]);
      }
    };
    if (part.packed && x >= left && x + 3 <= right) {
      int y = taps.first;
      for (; y + 3 <= taps.last; y += 4) {  // four loads under way
        Run<typename Part::Pixel, 4> in[4];
        PANE_UNROLL
        for (int j = 0; j < 4; ++j) in[j] = part.four(y + j, x);
        PANE_UNROLL
        for (int j = 0; j < 4; ++j) accumulate(in[j], weight(y + j));
      }
      for (; y <= taps.last; ++y) accumulate(part.four(y, x), weight(y));
    } else {
      for (int y = taps.first; y <= taps.last; ++y) {
        Run<typename Part::Pixel, 4> in;
        for (int i = 0; i < 4; ++i) in.p[i] = part.at(y, detail::clamped(x + i, left, right));
        accumulate(in, weight(y));
      }
    }
    real const scale = real{1} / weights;
    PANE_UNROLL
    for (int i = 0; i < 4; ++i) {
      PANE_UNROLL
      for (int c = 0; c < C; ++c) out[i * C + c] = sum.p[i].v[c] * scale;
    }
  }
};

}  // namespace views

namespace detail {

/// The view of a source, with tiles of as many rows as shared memory holds source columns for.
template <class Source>
auto resampled(Source const& source, Size to, ResampleFilter filter) {
  using View = views::Resample<Source>;
  int rows = 4;
  if constexpr (!is_ragged<Source>) {
    Size const from = source.size(0);
    if (to.width > 0) {
      double const scale = static_cast<double>(from.width) / to.width;
      double const span =
          scale * resample_columns + (scale > 1 ? scale : 1) * twice_support(filter) + 8;
      constexpr int channels = is_planes<Source> ? 1 : channels_of<Source>;
      rows = static_cast<int>(clamped(View::Shared::capacity / (span * channels), 1.0,
                                      static_cast<double>(resample_rows)));
    }
  }
  return View{source, filter, to, resample_packs(source), rows};
}

}  // namespace detail
PANE_NAMESPACE_END
