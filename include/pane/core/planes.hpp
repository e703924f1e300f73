// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>  // Strip
#include <pane/core/shape.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Where a chroma sample lies among the luma samples that it belongs to.
enum class ChromaSiting : std::uint8_t {
  center,  ///< in the middle of them: JPEG, MPEG-1, and what OpenCV and NPP assume
  left,  ///< on the left column, between the rows: MPEG-2, H.264 and HEVC unless they say otherwise
  top_left  ///< on the first sample: BT.2020 UHD video
};

namespace detail {
/// The fixed-point coordinate of the whole library: 32 bits of pixel, 32 bits of fraction.
using Coordinate = std::int64_t;
inline constexpr Coordinate coordinate_half = Coordinate{1} << 31;
PANE_HOST_DEVICE constexpr Coordinate coordinate_of(int pixel) noexcept {
  return Coordinate{pixel} * (Coordinate{1} << 32);
}
}  // namespace detail

/// A luma plane and two chroma planes, each with its own address and strides, chroma at full resolution or less.
///
/// One type for every YUV format: NV12 and NV21 are two chroma planes with a pixel stride of two elements, I420 and
/// YV12 have three plain planes, P010 is NV12 of u16, YUYV is three strided looks at one plane. As an image its
/// pixels are (Y, U, V): `image(n, y, x)` takes the chroma sample that covers the pixel, and views that interpolate
/// do so on each plane at that plane's own resolution, so that colour is converted once, afterwards. As a destination
/// it takes (Y, U, V) at full resolution and averages chroma: see `copy`.
///
/// Shapes    luma (N, H, W); chroma (N, ceil(H / 2^sy), ceil(W / 2^sx))
/// Memory    non-owning
template <Element T>
class Planes {
 public:
  using element_type = T;
  using pixel = Vec<std::remove_const_t<T>, 3>;
  using Plane = Tensor<T, NHW>;

  constexpr Planes() noexcept = default;

  /// @param log2_x  Chroma is 2^log2_x times coarser along a row: 1 for 4:2:0 and 4:2:2, 0 for 4:4:4.
  /// @param log2_y  Likewise down a column: 1 for 4:2:0, 0 for 4:2:2 and 4:4:4.
  /// @throws InvalidArgument  the chroma planes have not the size that the luma plane asks for.
  Planes(Plane luma,
         Plane chroma_u,
         Plane chroma_v,
         int log2_x,
         int log2_y,
         ChromaSiting siting = ChromaSiting::center)
      : y_(luma), u_(chroma_u), v_(chroma_v), log2_x_(log2_x), log2_y_(log2_y), siting_(siting) {
    if (log2_x < 0 || log2_x > 2 || log2_y < 0 || log2_y > 2) {
      throw InvalidArgument(detail::concat("pane::Planes: log2_x ", log2_x, " and log2_y ", log2_y,
                                           " must be 0, 1 or 2"));
    }
    std::int64_t const h = (luma.height() + (1 << log2_y) - 1) >> log2_y;
    std::int64_t const w = (luma.width() + (1 << log2_x) - 1) >> log2_x;
    for (Plane const& c : {chroma_u, chroma_v}) {
      if (c.batch() != luma.batch() || c.height() != h || c.width() != w) {
        throw InvalidArgument(detail::concat("pane::Planes: luma is ", describe(luma),
                                             ", chroma is ", describe(c), ": chroma must be ",
                                             luma.batch(), " x ", h, " x ", w));
      }
    }
    window_ = {0, 0, static_cast<int>(luma.width()), static_cast<int>(luma.height())};
  }

  /// Writable to read-only.
  template <class U>
  requires(std::is_same_v<T, U const> && !std::is_const_v<U>) Planes(Planes<U> const& o)
  noexcept
      : y_(o.y()),
        u_(o.u()),
        v_(o.v()),
        window_(o.window_roi()),
        log2_x_(o.log2_x()),
        log2_y_(o.log2_y()),
        siting_(o.siting()) {}

  PANE_HOST_DEVICE Plane const& y() const noexcept { return y_; }
  PANE_HOST_DEVICE Plane const& u() const noexcept { return u_; }
  PANE_HOST_DEVICE Plane const& v() const noexcept { return v_; }
  PANE_HOST_DEVICE int log2_x() const noexcept { return log2_x_; }
  PANE_HOST_DEVICE int log2_y() const noexcept { return log2_y_; }
  PANE_HOST_DEVICE ChromaSiting siting() const noexcept { return siting_; }
  PANE_HOST_DEVICE Roi window_roi() const noexcept { return window_; }

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return y_.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept {
    return {window_.height, window_.width};
  }

  PANE_HOST_DEVICE pixel operator()(std::int64_t n, int py, int px) const noexcept {
    int const y = window_.y + py;
    int const x = window_.x + px;
    return {{*y_.address(n, y, x), *u_.address(n, y >> log2_y_, x >> log2_x_),
             *v_.address(n, y >> log2_y_, x >> log2_x_)}};
  }
  /// P neighbouring pixels, only where `packs<P>()` holds; those of more than one lie over whole chroma samples.
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run(std::int64_t n, int py, int px) const noexcept {
    int const y = window_.y + py;
    int const x = window_.x + px;
    Run<pixel, P> out;
    if constexpr (P == 1) {
      auto const chroma = chroma_at<1>(n, y >> log2_y_, x >> log2_x_);
      out.p[0] = {{luma_at<1>(n, y, x).v[0], chroma.v[0], chroma.v[1]}};
    } else {
      using Samples = detail::Strip<value_type, P>;
      auto const luma = detail::load_value<Samples>(detail::packed_address(y_, n, y, x));
      auto const chroma = detail::load_value<Samples>(
          detail::packed_address(u_, n, y >> log2_y_, x));  // as many bytes, two samples a pair
      PANE_UNROLL
      for (int i = 0; i < P; ++i)
        out.p[i] = {{luma.v[i], chroma.v[i / 2 * 2], chroma.v[i / 2 * 2 + 1]}};
    }
    return out;
  }

  /// A rectangle of the image; odd offsets are fine. Interpolation does not look beyond it.
  PANE_HOST_DEVICE Planes window(Roi roi) const noexcept {
    Planes out = *this;
    out.window_ = {window_.x + roi.x, window_.y + roi.y, roi.width, roi.height};
    return out;
  }

  /// P = 1: whether samples may be read densely, luma packed, U and V side by side, offsets of 32 bits. Greater P:
  /// whether that many pixels of a row are whole words of luma and of chroma.
  template <int P>
  bool packs() const noexcept {
    auto const element = static_cast<std::int64_t>(sizeof(T));
    constexpr bool any_address = P == detail::host_run;
    auto const word = P == 1        ? 2 * element
                      : any_address ? element
                                    : std::int64_t{detail::word_bytes(sizeof(T) * P)};
    if (!y_.template packs<P>()) return false;
    if (P > 1 && (log2_x_ != 1 || window_.x % (any_address ? 2 : P) != 0)) return false;
    bool const together = v_.data() == u_.data() + 1 && u_.stride_bytes(2) == 2 * element &&
                          v_.stride_bytes(2) == 2 * element;
    bool aligned =
        reinterpret_cast<std::uintptr_t>(u_.data()) % static_cast<std::uintptr_t>(word) == 0;
    for (int i = 0; i < 2; ++i) {
      aligned =
          aligned && u_.stride_bytes(i) % word == 0 && u_.stride_bytes(i) == v_.stride_bytes(i);
    }
    return together && aligned && (P > 1 || detail::offsets_fit(u_));
  }

  /// Interpolates luma at P places and chroma where they lie on the chroma planes. `Dense` promises what `packs<1>()`
  /// found.
  template <int Dense, class Filter, int Rows, int P>
  PANE_HOST_DEVICE PANE_INLINE Run<Vec<Real<T>, 3>, P> sample(
      Filter const& filter,
      std::int64_t n,
      detail::Strip<detail::Coordinate, Rows> const& y,
      detail::Strip<detail::Coordinate, P> const& x) const {
    detail::Strip<detail::Coordinate, Rows> ly;
    detail::Strip<detail::Coordinate, P> lx;
    detail::Strip<detail::Coordinate, Rows> cy;
    detail::Strip<detail::Coordinate, P> cx;
    PANE_UNROLL
    for (int i = 0; i < Rows; ++i) {
      ly.v[i] = y.v[i] + detail::coordinate_of(window_.y);
      cy.v[i] = to_chroma(ly.v[i], log2_y_, siting_ == ChromaSiting::top_left);
    }
    PANE_UNROLL
    for (int i = 0; i < P; ++i) {
      lx.v[i] = x.v[i] + detail::coordinate_of(window_.x);
      cx.v[i] = to_chroma(lx.v[i], log2_x_, siting_ != ChromaSiting::center);
    }
    int const bottom = window_.y + window_.height - 1;
    int const right = window_.x + window_.width - 1;
    auto const luma =
        filter.run(PlaneSamples<Dense, 1>{*this, n}, window_.y, bottom, window_.x, right, ly, lx);
    auto const chroma =
        filter.run(PlaneSamples<Dense, 2>{*this, n}, window_.y >> log2_y_, bottom >> log2_y_,
                   window_.x >> log2_x_, right >> log2_x_, cy, cx);
    Run<Vec<Real<T>, 3>, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = {{luma.p[i].v[0], chroma.p[i].v[0], chroma.p[i].v[1]}};
    return out;
  }

  template <class F>
  void visit_memory(F&& f) const {
    f(y_);
    f(u_);
    f(v_);
  }

 private:
  using value_type = std::remove_const_t<T>;

  template <int Dense>
  PANE_HOST_DEVICE PANE_INLINE Vec<value_type, 1> luma_at(std::int64_t n,
                                                          int y,
                                                          int x) const noexcept {
    if constexpr (Dense) return y_.template run<1>(n, y, x).p[0];
    return {{*y_.address(n, y, x)}};
  }
  template <int Dense>
  PANE_HOST_DEVICE PANE_INLINE Vec<value_type, 2> chroma_at(std::int64_t n,
                                                            int y,
                                                            int x) const noexcept {
    if constexpr (Dense)
      return detail::load_value<Vec<value_type, 2>>(detail::dense_address(u_, n, y, 2 * x));
    return {{*u_.address(n, y, x), *v_.address(n, y, x)}};
  }

  /// What a filter fetches from image n: luma, or the two of chroma.
  template <int Dense, int C>
  struct PlaneSamples {
    Planes const& planes;
    std::int64_t n;

    PANE_HOST_DEVICE PANE_INLINE Vec<value_type, C> operator()(int y, int x) const {
      if constexpr (C == 1) {
        return planes.luma_at<Dense>(n, y, x);
      } else {
        return planes.chroma_at<Dense>(n, y, x);
      }
    }
    /// The samples at x and, where there are two, at x + 1, from one address.
    PANE_HOST_DEVICE PANE_INLINE detail::PixelPair<C> pair(int y, int x, bool two) const
        requires(Dense == 1 && std::is_same_v<value_type, std::uint8_t>) {
      using Word = detail::Word<C>;
      Plane const& plane = C == 1 ? planes.y_ : planes.u_;
      auto const* const row =
          detail::row_address(detail::opaque(reinterpret_cast<unsigned char const*>(plane.data()) +
                                             n * plane.stride_bytes(0)),
                              y, static_cast<unsigned>(plane.stride_bytes(1)));
      auto const* const at = reinterpret_cast<Word const*>(row + static_cast<unsigned>(C * x));
      detail::PixelPair<C> out{{at[0].bits, detail::any_word()}};
      if (two) out.w[1] = at[1].bits;
      return out;
    }
  };

  PANE_HOST_DEVICE static detail::Coordinate to_chroma(detail::Coordinate c,
                                                       int log2,
                                                       bool cosited) noexcept {
    if (cosited) return c >> log2;
    return ((c + detail::coordinate_half) >> log2) - detail::coordinate_half;
  }

  Plane y_;
  Plane u_;
  Plane v_;
  Roi window_;
  int log2_x_ = 0;
  int log2_y_ = 0;
  ChromaSiting siting_ = ChromaSiting::center;
};

namespace detail {
template <class Img>
inline constexpr bool is_planes = false;
template <class T>
inline constexpr bool is_planes<Planes<T>> = true;
}  // namespace detail

/// NV12: a luma plane and one plane of interleaved U, V at half resolution in both directions.
template <Element T>
using Nv12 = Planes<T>;

/// What the NV12 factories need to know.
struct Nv12Shape {
  std::int64_t batch = 1;
  std::int64_t height = 0;          ///< luma rows, even
  std::int64_t width = 0;           ///< luma columns, even
  std::int64_t pitch_bytes = 0;     ///< bytes from one luma row to the next; 0: packed
  std::int64_t uv_pitch_bytes = 0;  ///< bytes from one chroma row to the next; 0: as luma
  std::int64_t y_batch_bytes = 0;   ///< bytes from one luma plane to the next; 0: rows * pitch
  std::int64_t uv_batch_bytes = 0;  ///< bytes from one chroma plane to the next; 0: rows * pitch
  ChromaSiting siting = ChromaSiting::center;
};

/// NV12 from two pointers: what NVDEC, FFmpeg (`data[0]`, `data[1]`) and V4L2 give.
///
/// @throws InvalidArgument  height or width is odd or negative, a pitch is shorter than a row, or the memory
///                          cannot exist (see `Tensor`).
template <Element T>
Nv12<T> nv12(T* y, T* uv, Nv12Shape const& s) {
  auto const element = static_cast<std::int64_t>(sizeof(T));
  auto const fail = [&](auto const&... rule) {
    throw InvalidArgument(detail::concat("pane::nv12: y at ", y, ", uv at ", uv, ", batch ",
                                         s.batch, ", height ", s.height, ", width ", s.width,
                                         ", pitch_bytes ", s.pitch_bytes, ", uv_pitch_bytes ",
                                         s.uv_pitch_bytes, ": ", rule...));
  };
  if (s.height % 2 != 0 || s.width % 2 != 0) {
    fail(
        "height and width of NV12 are even; decode to the coded size and crop with views::crop, "
        "which takes odd sizes");
  }
  if (s.height < 0 || s.width < 0 || s.batch < 0 || s.width > 0x7fffffff / 2 ||
      s.height > 0x7fffffff)
    fail("a size is out of range");
  std::int64_t const pitch = s.pitch_bytes != 0 ? s.pitch_bytes : s.width * element;
  std::int64_t const uv_pitch = s.uv_pitch_bytes != 0 ? s.uv_pitch_bytes : pitch;
  if (pitch < s.width * element || uv_pitch < s.width * element)
    fail("a pitch is shorter than a row of ", s.width * element, " bytes");
  std::int64_t y_batch = s.y_batch_bytes;
  std::int64_t uv_batch = s.uv_batch_bytes;
  if ((y_batch == 0 && __builtin_mul_overflow(s.height, pitch, &y_batch)) ||
      (uv_batch == 0 && __builtin_mul_overflow(s.height / 2, uv_pitch, &uv_batch))) {
    fail("the bytes do not fit in 64 bits");
  }
  using Plane = Tensor<T, NHW>;
  bool const none = s.batch == 0 || s.height == 0 || s.width == 0;
  T* const v = none || uv == nullptr ? uv : uv + 1;
  return {
      Plane::strided(y, {s.batch, s.height, s.width}, {y_batch, pitch, element}),
      Plane::strided(uv, {s.batch, s.height / 2, s.width / 2}, {uv_batch, uv_pitch, 2 * element}),
      Plane::strided(v, {s.batch, s.height / 2, s.width / 2}, {uv_batch, uv_pitch, 2 * element}),
      1,
      1,
      s.siting};
}

/// NV12 from one surface: chroma rows start `luma_rows` rows below the luma's first. Hardware decoders align that
/// number: NVDEC maps a 1080-row frame with 1088 luma rows. 0 takes the height.
template <Element T>
Nv12<T> nv12_surface(T* data, Nv12Shape s, std::int64_t luma_rows = 0) {
  std::int64_t const rows = luma_rows != 0 ? luma_rows : s.height;
  if (s.height < 0 || s.height > 0x7fffffff || s.width < 0 || s.width > 0x7fffffff / 2) {
    throw InvalidArgument(detail::concat("pane::nv12_surface: height ", s.height, ", width ",
                                         s.width, ": a size is out of range"));
  }
  if (rows < s.height) {
    throw InvalidArgument(detail::concat("pane::nv12_surface: luma_rows is ", rows,
                                         ", less than the height ", s.height));
  }
  std::int64_t const pitch =
      s.pitch_bytes != 0 ? s.pitch_bytes : s.width * static_cast<std::int64_t>(sizeof(T));
  std::int64_t chroma_at = 0;
  std::int64_t chroma_bytes = 0;
  std::int64_t surface = 0;
  if (__builtin_mul_overflow(rows, pitch, &chroma_at) ||
      __builtin_mul_overflow((s.height + 1) / 2, pitch, &chroma_bytes) ||
      __builtin_add_overflow(chroma_at, chroma_bytes, &surface)) {
    throw InvalidArgument(detail::concat("pane::nv12_surface: ", rows, " luma rows of ", pitch,
                                         " bytes do not fit in 64 bits"));
  }
  if (s.y_batch_bytes == 0) s.y_batch_bytes = surface;
  if (s.uv_batch_bytes == 0) s.uv_batch_bytes = s.y_batch_bytes;
  using Byte = std::conditional_t<std::is_const_v<T>, std::byte const, std::byte>;
  T* const uv =
      data == nullptr ? data : reinterpret_cast<T*>(reinterpret_cast<Byte*>(data) + chroma_at);
  return nv12(data, uv, s);
}

/// NV12 from one tall array of 1.5 H rows: what Python decoders and NumPy users have, (1.5 H, W) or (N, 1.5 H, W).
///
/// @throws InvalidArgument  the number of rows is no multiple of 3, a row has an odd width, or its elements do not
///                          touch each other.
template <class T, class L>
Nv12<T> nv12_tall(Tensor<T, L> const& tall, ChromaSiting siting = ChromaSiting::center) {
  static_assert(L::index_of('C') < 0, "pane::nv12_tall: the tall array has layout HW or NHW");
  auto const element = static_cast<std::int64_t>(sizeof(T));
  if (tall.height() % 3 != 0 ||
      (tall.width() > 1 && tall.stride_bytes(L::index_of('W')) != element)) {
    throw InvalidArgument(
        detail::concat("pane::nv12_tall: the array is ", describe(tall),
                       ": it must have 1.5 times as many rows as the picture, and packed rows"));
  }
  Nv12<T> const one =
      nv12_surface(tall.data(), {.batch = detail::smaller<std::int64_t>(tall.batch(), 1),
                                 .height = tall.height() / 3 * 2,
                                 .width = tall.width(),
                                 .pitch_bytes = tall.pitch_bytes(),
                                 .siting = siting});
  if constexpr (L::index_of('N') < 0) {
    return one;
  } else {  // the planes of all images have the batch stride of the array, which may be 0 or negative
    auto const all = [&](Tensor<T, NHW> const& p) {
      return Tensor<T, NHW>::strided(
          p.data(), {tall.batch(), p.height(), p.width()},
          {tall.stride_bytes(L::index_of('N')), p.stride_bytes(1), p.stride_bytes(2)});
    };
    return {all(one.y()), all(one.u()), all(one.v()), 1, 1, siting};
  }
}

PANE_NAMESPACE_END
