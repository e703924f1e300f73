// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>

#include <concepts>
#include <cstdint>
#include <string>

PANE_NAMESPACE_BEGIN

/// Anything that answers "which pixel is at (n, y, x)?" and has a size. A `Tensor` is one, every lazy view is one,
/// and so is any trivially copyable struct of yours that has these four members:
///
///   using pixel = Vec<T, C>;
///   std::int64_t batch() const;                               // host and device
///   Size size(std::int64_t n) const;                          // host and device
///   pixel operator()(std::int64_t n, int y, int x) const;     // host and device; 0 <= y < height, 0 <= x < width
///
/// What an image may have besides, each with a default below:
///
///   template <int P> Run<pixel, P> run(n, y, x) const;        // P neighbours at once, x a multiple of P
///   template <int P> bool packs() const;                      // host: may `run<P>` be called?
///   template <class Access> pixel at(Access const& source, n, y, x) const;   // a view that gathers from its member
///                                                             // `source` reads through `source(n, y, x)`
///   template <int P, class Access> Run<pixel, P> run_at(Access const& source, n, Places<P> at) const;  // P at once
///   template <class F> void visit_memory(F&& f) const;        // host: f(tensor) for all memory that is read
///   static constexpr bool ragged = true;                      // sizes differ from image to image
///   auto prepared(n) const;                                   // the same for image n alone, whose size is known then
///   template <class T> auto for_result() const;               // host: the same, for results that become T
///   static constexpr bool along_axes = true;                  // a gather that samples linearly, rows by rows, columns
///                                                             // by columns; its size and what is prepared may be
///                                                             // asked for before the work in front of a launch is
///                                                             // done, so they read memory through a List alone
template <class Img>
concept Image = std::is_trivially_copyable_v<Img> && requires(Img const& image, std::int64_t n) {
  typename Img::pixel;
  requires detail::is_vec<typename Img::pixel>;
  { image.batch() } -> std::convertible_to<std::int64_t>;
  { image.size(n) } -> std::same_as<Size>;
  { image(n, 0, 0) } -> std::same_as<typename Img::pixel>;
};

/// Where P pixels of an image are. They lie in a row or in a column, one after another; those of a CPU's run in a row.
template <int P>
struct Places {
  int y[detail::rows_of_run<P>];
  int x[P];
};

namespace detail {

template <class Img>
using pixel_of = typename Img::pixel;
template <class Img>
inline constexpr int channels_of = Img::pixel::channels;

/// Whether the images of a batch have sizes of their own.
template <class Img>
inline constexpr bool is_ragged = false;
template <class Img>
requires requires {
  Img::ragged;
}
inline constexpr bool is_ragged<Img> = Img::ragged;

/// Whether an image gathers along its axes: a pixel's row in the source depends on its row alone, or its column.
template <class Img>
inline constexpr bool is_along_axes = false;
template <class Img>
requires requires {
  Img::along_axes;
}
inline constexpr bool is_along_axes<Img> = Img::along_axes;

template <int P>
PANE_HOST_DEVICE PANE_INLINE Places<P> row_of(int y, int x) noexcept {
  Places<P> at;
  PANE_UNROLL
  for (int i = 0; i < rows_of_run<P>; ++i) at.y[i] = y;
  PANE_UNROLL
  for (int i = 0; i < P; ++i) at.x[i] = x + i;
  return at;
}

template <int P, class Img>
PANE_HOST_DEVICE PANE_INLINE Run<pixel_of<Img>, P> run(Img const& image,
                                                       std::int64_t n,
                                                       int y,
                                                       int x);

/// An image that interpolates by a rule of its own, at several places: planes of different resolution.
template <class Img, class Filter, class Ys, class Xs>
concept Interpolates = requires(Img const& image, Filter const& filter, Ys const& y, Xs const& x) {
  image.template sample<1>(filter, std::int64_t{0}, y, x);
};

/// How a gathering view reads its source at any address and with any strides.
template <class Img>
struct AnyAccess {
  Img const& image;
  PANE_HOST_DEVICE PANE_INLINE pixel_of<Img> operator()(std::int64_t n, int y, int x) const {
    return image(n, y, x);
  }
  template <class Filter, class Ys, class Xs>
  requires Interpolates<Img, Filter, Ys, Xs> PANE_HOST_DEVICE PANE_INLINE auto sample(
      Filter const& filter, std::int64_t n, Ys const& y, Xs const& x) const {
    return image.template sample<0>(filter, n, y, x);
  }
};

/// The same where the host has found that `packs<1>()`: dense pixels, offsets inside an image of 32 bits.
template <class Img>
struct DenseAccess {
  Img const& image;
  PANE_HOST_DEVICE PANE_INLINE pixel_of<Img> operator()(std::int64_t n, int y, int x) const {
    return run<1>(image, n, y, x).p[0];
  }
  /// P pixels of a view that gathers several at once.
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE auto run_at(std::int64_t n,
                                           Places<P> const& at) const requires requires {
    image.run_at(DenseAccess<decltype(Img::source)>{image.source}, n, at);
  }
  { return image.run_at(DenseAccess<decltype(Img::source)>{image.source}, n, at); }
  template <class Filter, class Ys, class Xs>
  requires Interpolates<Img, Filter, Ys, Xs> PANE_HOST_DEVICE PANE_INLINE auto sample(
      Filter const& filter, std::int64_t n, Ys const& y, Xs const& x) const {
    return image.template sample<1>(filter, n, y, x);
  }
  /// Two neighbours at once, for the tensors that know how; see `Filter`.
  PANE_HOST_DEVICE PANE_INLINE bool words_around(int y0, int y1) const requires has_pairs<Img> {
    return detail::words_around(image, y0, y1);
  }
  PANE_HOST_DEVICE PANE_INLINE auto pairs(std::int64_t n,
                                          int y,
                                          int x) const requires has_pairs<Img> {
    return Pairs<Img::channels>(image, n, y, x);
  }
};

/// A view that gathers from `source` through an access.
template <class Img>
concept Gathers = requires(Img const& i, AnyAccess<decltype(Img::source)> const& a) {
  i.at(a, std::int64_t{0}, 0, 0);
};

/// P neighbouring pixels: in one go where the image knows how, else one by one.
template <int P, class Img>
PANE_HOST_DEVICE PANE_INLINE Run<pixel_of<Img>, P> run(Img const& image,
                                                       std::int64_t n,
                                                       int y,
                                                       int x) {
  if constexpr (requires { image.template run<P>(n, y, x); }) {
    return image.template run<P>(n, y, x);
  } else if constexpr (Gathers<Img>) {
    DenseAccess<decltype(Img::source)> const source{image.source};
    if constexpr (requires { image.run_at(source, n, row_of<P>(y, x)); }) {
      return image.run_at(source, n, row_of<P>(y, x));
    } else {
      Run<pixel_of<Img>, P> out;
      PANE_UNROLL
      for (int i = 0; i < P; ++i) out.p[i] = image.at(source, n, y, x + i);
      return out;
    }
  } else {
    Run<pixel_of<Img>, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = image(n, y, x + i);
    return out;
  }
}

/// An image with what is the same for all pixels of its image n worked out once.
template <class Img>
PANE_HOST_DEVICE PANE_INLINE decltype(auto) prepared(Img const& image, std::int64_t n) {
  if constexpr (requires { image.prepared(n); }) {
    return image.prepared(n);
  } else {
    return (image);
  }
}

/// P pixels, wherever they are, of an image that gathers.
template <int P, class Img>
PANE_HOST_DEVICE PANE_INLINE Run<pixel_of<Img>, P> run_at(Img const& image,
                                                          std::int64_t n,
                                                          Places<P> const& at) {
  if constexpr (requires { image.run_at(n, at); }) {
    return image.run_at(n, at);
  } else {
    return image.run_at(DenseAccess<decltype(Img::source)>{image.source}, n, at);
  }
}

/// An image as it is evaluated for results of type T: what interpolates bytes may do so with coarser weights where T has no
/// place for finer ones.
template <class T, class Img>
auto for_result(Img const& image) {
  if constexpr (requires { image.template for_result<T>(); }) {
    return image.template for_result<T>();
  } else {
    return image;
  }
}

/// Whether `run<P>` may be called at every x that is a multiple of P.
template <int P, class Img>
bool packs(Img const& image) {
  if constexpr (requires { image.template packs<P>(); }) {
    return image.template packs<P>();
  } else if constexpr (Gathers<Img>) {
    return packs<1>(image.source);
  } else {
    return true;
  }
}

/// How runs of P pixels move between memory and registers. The host finds it, and it is the same for a whole launch.
enum class Runs : std::uint8_t {
  none,   ///< pixel by pixel
  bytes,  ///< as words from any address, shifted into place: rows of bytes
  words   ///< as whole words
};
template <int P, class Img>
Runs runs_of(Img const& image) {
  if (packs<P>(image)) return Runs::words;
  if constexpr (requires { image.template packs_bytes<P>(); }) {
    if (image.template packs_bytes<P>()) return Runs::bytes;
  }
  return Runs::none;
}
template <int P, class Sink>
inline constexpr bool stores_bytes = false;
template <int P, class T, class L>
inline constexpr bool stores_bytes<P, Tensor<T, L>> =
    has_bytes<Tensor<T, L>>&& P* L::channels % 4 == 0;

/// Calls f(tensor) for every tensor below the image.
template <class Img, class F>
void visit_memory(Img const& image, F&& f) {
  if constexpr (is_tensor<Img>) {
    f(image);
  } else if constexpr (requires { image.visit_memory(f); }) {
    image.visit_memory(f);
  }
}

/// "16 x 1080 x 1920 x 3 image of (NHWC u8 ...)": what a message says of an image.
template <class Img>
std::string image_text(Img const& image) {
  if constexpr (is_tensor<Img>) {
    return describe(image);
  } else {
    Size const s = image.batch() > 0 && !is_ragged<Img> ? image.size(0) : Size{};
    std::string out =
        is_ragged<Img> ? concat("image of ", image.batch(), " x (own sizes) x ", channels_of<Img>)
                       : concat("image of ", image.batch(), " x ", s.height, " x ", s.width, " x ",
                                channels_of<Img>);
    char const* separator = " over ";
    visit_memory(image, [&](auto const& t) {
      out += separator + describe(t);
      separator = " and ";
    });
    return out;
  }
}

}  // namespace detail

PANE_NAMESPACE_END
