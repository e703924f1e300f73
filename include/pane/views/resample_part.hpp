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
#include <pane/views/resample_taps.hpp>

#include <cstdint>
#include <type_traits>

// What a resampling reads: rows of elements, a word of several at a time, whatever channel they belong to.

PANE_NAMESPACE_BEGIN
namespace detail {

/// How words of a row may be read.
enum class RowAccess : std::uint8_t {
  elements,  ///< one element at a time
  bytes,     ///< dense bytes from any address: aligned words around them, shifted
  words      ///< dense, and all words aligned and whole
};

/// Images whose rows may be dense elements: planes, and tensors that are interleaved or of one channel.
template <class Img>
inline constexpr bool has_rows = is_planes<Img> || has_words<Img>;

/// Where the rows of a part lie, worked out once for many words of them.
struct ResampleRows {
  unsigned char const* base;  ///< of the first word of row 0
  int pitch_bytes;
  int bottom;    ///< the last row that is there
  int first;     ///< element of the row at which the word begins, a multiple of the lanes
  int elements;  ///< of a row
};

/// One image as rows of words of `lanes` elements: all its channels, or those of the planes of one resolution.
template <class Img, bool Chroma>
struct ResamplePart {
  Img const& image;
  std::int64_t n;
  RowAccess access;

  static constexpr bool planes = is_planes<Img>;
  static constexpr bool chroma = Chroma;
  static constexpr int channels = !planes ? channels_of<Img> : Chroma ? 2 : 1;
  using value = typename pixel_of<Img>::value_type;
  using real = Real<value>;
  using Pixel = Vec<real, channels>;
  static constexpr bool is_bytes =
      has_rows<Img> && std::is_same_v<value, std::uint8_t>;  ///< of rows
  static constexpr int lanes = !has_rows<Img>      ? 4 * channels
                               : sizeof(value) < 4 ? 8 / static_cast<int>(sizeof(value))
                                                   : 16 / static_cast<int>(sizeof(value));
  using Word =
      std::conditional_t<has_rows<Img>,
                         std::conditional_t<is_bytes, Strip<std::uint32_t, 2>, Strip<value, lanes>>,
                         Strip<real, lanes>>;

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
      return to_real(Vec<value, 2>{{*image.u().address(n, y, x), *image.v().address(n, y, x)}});
    } else {
      return to_real(image.y()(n, y, x));
    }
  }

  using Rows = ResampleRows;
  PANE_HOST_DEVICE PANE_INLINE Rows rows(int first) const {
    if constexpr (has_rows<Img>) {
      auto const of = [&](auto const& t) {
        using L = typename std::remove_cvref_t<decltype(t)>::layout_type;
        auto const* base = reinterpret_cast<unsigned char const*>(t.data());
        if constexpr (axis_n<L> >= 0) base += n * t.stride_bytes(axis_n<L>);
        return Rows{opaque(base + std::int64_t{first} * static_cast<int>(sizeof(value))),
                    static_cast<int>(t.stride_bytes(axis_h<L>)), static_cast<int>(t.height()) - 1,
                    first, static_cast<int>(t.width()) * channels};
      };
      if constexpr (!planes) {
        return of(image);
      } else if constexpr (Chroma) {
        return of(image.u());
      } else {
        return of(image.y());
      }
    } else {
      Size const s = image.size(n);
      return {nullptr, 0, s.height - 1, first, s.width * channels};
    }
  }

  /// The same rows from another element on, a multiple of the lanes.
  PANE_HOST_DEVICE PANE_INLINE static Rows from(Rows rows, int first) {
    if constexpr (has_rows<Img>) {
      constexpr auto element = static_cast<unsigned>(sizeof(value));
      rows.base =
          opaque(rows.base + static_cast<unsigned>(first - rows.first) * std::uint64_t{element});
    }
    rows.first = first;
    return rows;
  }

  /// The words of U rows in ascending order.
  template <int U>
  PANE_HOST_DEVICE PANE_INLINE void load(Rows const& rows,
                                         int const (&y)[U],
                                         Word (&out)[U]) const {
    if constexpr (has_rows<Img>) {
      if (access == RowAccess::words) {
        PANE_UNROLL
        for (int j = 0; j < U; ++j) out[j] = load_value<Word>(row_of(y[j], rows));
        return;
      }
      if constexpr (is_bytes) {
        // Words around others lie in the same row or in those above and below it.
        bool const inside = (y[0] > 0 || rows.first > 0) &&
                            (y[U - 1] < rows.bottom || rows.first + 12 <= rows.elements);
        if (access == RowAccess::bytes && inside) {
          PANE_UNROLL
          for (int j = 0; j < U; ++j) out[j] = load_words<2>(row_of(y[j], rows));
          return;
        }
      }
    }
    PANE_UNROLL
    for (int j = 0; j < U; ++j) out[j] = word_of_elements(*this, y[j], rows.first);
  }

  /// Element i of a word.
  PANE_HOST_DEVICE PANE_INLINE static real element(Word const& word, int i) {
    if constexpr (has_rows<Img> && is_bytes) {
      return byte_to_float(word.v[i / 4], static_cast<unsigned>(i % 4));
    } else {
      return to_real(Vec<std::remove_cvref_t<decltype(word.v[0])>, 1>{{word.v[i]}}).v[0];
    }
  }

 private:
  PANE_HOST_DEVICE PANE_INLINE static unsigned char const* row_of(int y, Rows const& rows) {
    return row_address(rows.base, y, static_cast<unsigned>(rows.pitch_bytes));
  }

  /// A copy of the part, so that nobody else's has to lie in memory.
  PANE_HOST_DEVICE PANE_NOINLINE static Word word_of_elements(ResamplePart part, int y, int first) {
    Word out{};
    Img const& image = part.image;
    Roi const in = part.bounds();
    if constexpr (!has_rows<Img>) {
      for (int i = 0; i < lanes / channels; ++i) {
        auto const p = part.at(y, clamped(first / channels + i, in.x, in.x + in.width - 1));
        for (int c = 0; c < channels; ++c) out.v[i * channels + c] = p.v[c];
      }
    } else {
      for (int i = 0; i < lanes; ++i) {
        int const x = clamped((first + i) / channels, in.x, in.x + in.width - 1);
        int const c = (first + i) % channels;
        value v;
        if constexpr (!planes) {
          v = *image.address(part.n, y, x, c);
        } else if constexpr (Chroma) {
          v = *(c == 0 ? image.u() : image.v()).address(part.n, y, x);
        } else {
          v = *image.y().address(part.n, y, x);
        }
        if constexpr (is_bytes) {
          out.v[i / 4] |= std::uint32_t{v} << (8 * (i % 4));
        } else {
          out.v[i] = v;
        }
      }
    }
    return out;
  }
};

/// How the rows of a tensor may be read, of which `channels` elements are a pixel.
template <class Part, class Tensor>
RowAccess tensor_rows(Tensor const& t, int channels) {
  using L = typename Tensor::layout_type;
  constexpr auto element = static_cast<std::int64_t>(sizeof(typename Tensor::value_type));
  constexpr std::int64_t width = Part::lanes * element;
  std::int64_t const pitch = t.stride_bytes(axis_h<L>);
  std::int64_t bits = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(t.data())) |
                      (t.width() * channels * element);
  if (t.height() > 1) bits |= pitch;
  if constexpr (axis_n<L> >= 0) bits |= t.batch() > 1 ? t.stride_bytes(axis_n<L>) : 0;
  if (pitch < 0 || pitch > 0x7fffffff) return RowAccess::elements;
  if (bits % width == 0) return RowAccess::words;
  return Part::is_bytes && (t.height() < 2 || pitch >= 16) ? RowAccess::bytes : RowAccess::elements;
}

/// How all rows of an image may be read.
template <class Img>
RowAccess row_access(Img const& image) {
  if constexpr (is_planes<Img>) {
    using L = typename Img::Plane::layout_type;
    auto const& u = image.u();
    auto const& v = image.v();
    bool pairs = v.data() == u.data() + 1;
    for (int i = 0; i < L::rank; ++i)
      pairs = pairs && (u.extent(i) == 1 || u.stride_bytes(i) == v.stride_bytes(i));
    constexpr auto element = static_cast<std::int64_t>(sizeof(typename Img::element_type));
    pairs = pairs && (u.width() == 1 || u.stride_bytes(axis_w<L>) == 2 * element);
    if (!pairs || !rows_are_dense(image.y())) return RowAccess::elements;
    return smaller(tensor_rows<ResamplePart<Img, false>>(image.y(), 1),
                   tensor_rows<ResamplePart<Img, true>>(u, 2));
  } else if constexpr (is_batch<Img>) {
    if (image.entries.lent != nullptr) return RowAccess::elements;
    auto access = RowAccess::words;
    for (std::int64_t n = 0; n < image.entries.count; ++n)
      access = smaller(access, row_access(image.entries.own[n].image));
    return access;
  } else if constexpr (has_words<Img>) {
    if (!rows_are_dense(image)) return RowAccess::elements;
    return tensor_rows<ResamplePart<Img, false>>(image, channels_of<Img>);
  } else {
    return RowAccess::elements;
  }
}

}  // namespace detail
PANE_NAMESPACE_END
