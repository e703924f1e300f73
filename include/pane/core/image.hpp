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
///   template <class F> void visit_memory(F&& f) const;        // host: f(tensor) for all memory that is read
///   static constexpr bool ragged = true;                      // sizes differ from image to image
template <class I>
concept Image = std::is_trivially_copyable_v<I> && requires(I const& image, std::int64_t n) {
  typename I::pixel;
  requires detail::is_vec<typename I::pixel>;
  { image.batch() } -> std::convertible_to<std::int64_t>;
  { image.size(n) } -> std::same_as<Size>;
  { image(n, 0, 0) } -> std::same_as<typename I::pixel>;
};

namespace detail {

template <class I>
using pixel_of = typename I::pixel;
template <class I>
inline constexpr int channels_of = I::pixel::channels;

/// Whether the images of a batch have sizes of their own.
template <class I>
inline constexpr bool is_ragged = false;
template <class I>
requires requires {
  I::ragged;
}
inline constexpr bool is_ragged<I> = I::ragged;

template <int P, class I>
PANE_HOST_DEVICE PANE_INLINE Run<pixel_of<I>, P> run(I const& image, std::int64_t n, int y, int x);

/// An image that interpolates by a rule of its own: planes of different resolution.
template <class I, class Filter, class Coordinate>
concept Interpolates = requires(I const& image, Filter const& filter, Coordinate c) {
  image.template sample<1>(filter, std::int64_t{0}, c, c);
};

/// How a gathering view reads its source at any address and with any strides.
template <class I>
struct AnyAccess {
  I const& image;
  PANE_HOST_DEVICE PANE_INLINE pixel_of<I> operator()(std::int64_t n, int y, int x) const {
    return image(n, y, x);
  }
  template <class Filter, class Coordinate>
  requires Interpolates<I, Filter, Coordinate> PANE_HOST_DEVICE PANE_INLINE auto sample(
      Filter const& filter, std::int64_t n, Coordinate y, Coordinate x) const {
    return image.template sample<0>(filter, n, y, x);
  }
};

/// The same where the host has found that `packs<1>()`: dense pixels, offsets inside an image of 32 bits.
template <class I>
struct DenseAccess {
  I const& image;
  PANE_HOST_DEVICE PANE_INLINE pixel_of<I> operator()(std::int64_t n, int y, int x) const {
    return run<1>(image, n, y, x).p[0];
  }
  template <class Filter, class Coordinate>
  requires Interpolates<I, Filter, Coordinate> PANE_HOST_DEVICE PANE_INLINE auto sample(
      Filter const& filter, std::int64_t n, Coordinate y, Coordinate x) const {
    return image.template sample<1>(filter, n, y, x);
  }
};

/// A view that gathers from `source` through an access.
template <class I>
concept Gathers = requires(I const& i, AnyAccess<decltype(I::source)> const& a) {
  i.at(a, std::int64_t{0}, 0, 0);
};

/// P neighbouring pixels: in one go where the image knows how, else one by one.
template <int P, class I>
PANE_HOST_DEVICE PANE_INLINE Run<pixel_of<I>, P> run(I const& image, std::int64_t n, int y, int x) {
  if constexpr (requires { image.template run<P>(n, y, x); }) {
    return image.template run<P>(n, y, x);
  } else if constexpr (Gathers<I>) {
    DenseAccess<decltype(I::source)> const source{image.source};
    Run<pixel_of<I>, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = image.at(source, n, y, x + i);
    return out;
  } else {
    Run<pixel_of<I>, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = image(n, y, x + i);
    return out;
  }
}

/// Whether `run<P>` may be called at every x that is a multiple of P.
template <int P, class I>
bool packs(I const& image) {
  if constexpr (requires { image.template packs<P>(); }) {
    return image.template packs<P>();
  } else if constexpr (Gathers<I>) {
    return packs<1>(image.source);
  } else {
    return true;
  }
}

/// Calls f(tensor) for every tensor below the image.
template <class I, class F>
void visit_memory(I const& image, F&& f) {
  if constexpr (is_tensor<I>) {
    f(image);
  } else if constexpr (requires { image.visit_memory(f); }) {
    image.visit_memory(f);
  }
}

/// "16 x 1080 x 1920 x 3 image of (NHWC u8 ...)": what a message says of an image.
template <class I>
std::string image_text(I const& image) {
  if constexpr (is_tensor<I>) {
    return describe(image);
  } else {
    Size const s = image.batch() > 0 && !is_ragged<I> ? image.size(0) : Size{};
    std::string out = is_ragged<I>
                          ? concat("image of ", image.batch(), " x (own sizes) x ", channels_of<I>)
                          : concat("image of ", image.batch(), " x ", s.height, " x ", s.width,
                                   " x ", channels_of<I>);
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
