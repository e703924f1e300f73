// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/adaptor.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>  // std::declval

PANE_NAMESPACE_BEGIN
namespace detail {

/// The function sees the pixel, or the pixel and its position.
template <class F, class Pixel>
PANE_HOST_DEVICE PANE_INLINE auto mapped(F const& f, Pixel const& p, std::int64_t n, int y, int x) {
  if constexpr (std::is_invocable_v<F const&, Pixel const&>) {
    return f(p);
  } else {
    return f(p, n, y, x);
  }
}

}  // namespace detail

namespace views {

/// Lazy view: a function of each pixel of an image. Every pointwise operation is one of these.
template <class Source, class F>
struct Map {
  Source source;
  F f;

  using pixel = decltype(detail::mapped(
      std::declval<F const&>(), std::declval<detail::pixel_of<Source> const&>(), 0, 0, 0));
  static constexpr bool ragged = detail::is_ragged<Source>;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return source.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return source.size(n); }
  PANE_HOST_DEVICE PANE_INLINE pixel operator()(std::int64_t n, int y, int x) const {
    return apply(source(n, y, x), n, y, x);
  }

  PANE_HOST_DEVICE PANE_INLINE pixel apply(detail::pixel_of<Source> const& p,
                                           std::int64_t n,
                                           int y,
                                           int x) const {
    return detail::mapped(f, p, n, y, x);
  }

  template <int P>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run(std::int64_t n, int y, int x) const {
    auto const in = detail::run<P>(source, n, y, x);
    Run<pixel, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = apply(in.p[i], n, y, x + i);
    return out;
  }
  PANE_HOST_DEVICE PANE_INLINE auto prepared(std::int64_t n) const requires
      requires(Source const& s) {
    s.prepared(n);
  }
  {
    auto const one = source.prepared(n);
    return Map<std::remove_const_t<decltype(one)>, F>{one, f};
  }
  template <class T>
  auto for_result() const {
    auto const below = detail::for_result<T>(source);
    return Map<std::remove_const_t<decltype(below)>, F>{below, f};
  }
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run_at(std::int64_t n, Places<P> const& at) const {
    auto const in = detail::run_at(source, n, at);
    Run<pixel, P> out;
    PANE_UNROLL
    for (int i = 0; i < P; ++i) out.p[i] = apply(in.p[i], n, at.y[i], at.x[i]);
    return out;
  }
  template <int P>
  bool packs() const {
    return detail::packs<P>(source);
  }
  template <class Visitor>
  void visit_memory(Visitor&& visitor) const {
    detail::visit_memory(source, visitor);
  }
};

/// Applies a function object to every pixel: `f(Vec<T, C>)` or `f(Vec<T, C>, n, y, x)` returns a `Vec`.
///
/// For the GPU the function object is a trivially copyable struct whose call operator is `__host__ __device__`
/// (PANE_HOST_DEVICE); values that it needs are its members. The result is not rounded until it is stored.
///
/// @snippet tests/views/map_test.cu map
template <class F>
auto map(F f);

}  // namespace views

namespace detail {
/// Named, and callable on both machines, so that a destination of `tee` can hold it.
template <class F>
struct ApplyMap {
  F f;
  template <class Source>
  PANE_HOST_DEVICE PANE_INLINE auto operator()(Source const& source) const {
    static_assert(std::is_trivially_copyable_v<F>,
                  "pane::views::map: the function object must be trivially copyable, it travels to "
                  "the GPU by value");
    static_assert(
        std::is_invocable_v<F const&, pixel_of<Source> const&> ||
            std::is_invocable_v<F const&, pixel_of<Source> const&, std::int64_t, int, int>,
        "pane::views::map: the function object must be callable with a pixel of the image, Vec<T, "
        "C>, or with a pixel and its (n, y, x)");
    return views::Map<Source, F>{source, f};
  }
};
}  // namespace detail

template <class F>
auto views::map(F f) {
  return detail::Adaptor{detail::ApplyMap<F>{f}};
}

PANE_NAMESPACE_END
