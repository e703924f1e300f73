// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/vec.hpp>
#include <pane/views/adaptor.hpp>
#include <pane/views/map.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

/// P pixels in registers, as the source of a pointwise chain.
template <class Pixel, int P>
struct HeldRun {
  using pixel = Pixel;
  Run<Pixel, P> pixels;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return 1; }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return {1, P}; }
  PANE_HOST_DEVICE PANE_INLINE Pixel operator()(std::int64_t, int, int) const {
    return pixels.p[0];
  }
  template <int Q>
  PANE_HOST_DEVICE PANE_INLINE Run<Pixel, Q> run(std::int64_t, int, int) const {
    static_assert(P == Q);
    return pixels;
  }
};

template <class F>
inline constexpr bool is_pointwise_function = false;
template <class F>
inline constexpr bool is_pointwise_function<ApplyMap<F>> = true;
template <class F, class G>
inline constexpr bool is_pointwise_function<Composed<F, G>> =
    is_pointwise_function<F>&& is_pointwise_function<G>;

/// The destination behind `through`.
template <class F, class Sink>
struct Through {
  F chain;
  Sink sink;

  /// What arrives may have any channels; the chain makes of them what the sink takes.
  using pixel = typename Sink::pixel;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return sink.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return sink.size(n); }

  template <class Pixel>
  PANE_HOST_DEVICE PANE_INLINE void store(std::int64_t n, int y, int x, Pixel const& value) const {
    sink.store(n, y, x, chain(HeldRun<Pixel, 1>{{{value}}})(n, y, x));
  }
  template <int P, class Pixel>
  PANE_HOST_DEVICE PANE_INLINE void store(std::int64_t n,
                                          int y,
                                          int x,
                                          Run<Pixel, P> const& values) const {
    sink.template store<P>(n, y, x, run<P>(chain(HeldRun<Pixel, P>{values}), n, y, x));
  }
  template <int P>
  bool packs() const {
    return sink.template packs<P>();
  }
  template <class V>
  void visit_memory(V&& visitor) const {
    detail::visit_memory(sink, visitor);
  }
};

/// The destination behind `tee`.
template <class First, class Second>
struct Tee {
  First first;
  Second second;

  using pixel = typename First::pixel;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return first.batch(); }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return first.size(n); }

  template <class Pixel>
  PANE_HOST_DEVICE PANE_INLINE void store(std::int64_t n, int y, int x, Pixel const& value) const {
    first.store(n, y, x, value);
    second.store(n, y, x, value);
  }
  template <int P, class Pixel>
  PANE_HOST_DEVICE PANE_INLINE void store(std::int64_t n,
                                          int y,
                                          int x,
                                          Run<Pixel, P> const& values) const {
    first.template store<P>(n, y, x, values);
    second.template store<P>(n, y, x, values);
  }
  template <int P>
  bool packs() const {
    return first.template packs<P>() && second.template packs<P>();
  }
  template <class V>
  void visit_memory(V&& visitor) const {
    detail::visit_memory(first, visitor);
    detail::visit_memory(second, visitor);
  }
};

}  // namespace detail

/// A destination behind pointwise views: what arrives goes through them before it is stored.
///
///   tee(thumbnail, through(views::normalize(mean, std), blob))
template <class F, class Sink>
auto through(detail::Adaptor<F> const& chain, Sink const& sink) {
  static_assert(detail::is_pointwise_function<F>,
                "pane::through: only pointwise views (map, convert, normalize, to_rgb, reorder, "
                "...) fit between a tee and its destination");
  static_assert(!detail::is_planes<Sink>,
                "pane::through: planes of different resolution cannot be behind it; copy to them "
                "in a call of their own");
  static_assert(!detail::is_ragged<Sink>,
                "pane::through: a destination with sizes of its own cannot be behind it");
  return detail::Through<F, Sink>{chain.apply, sink};
}

/// Two destinations that get the same pixels from one reading of the source, each rounded to its own type. Either may
/// be a `through` or another `tee`.
///
/// The first one decides how many channels arrive, unless it is a `through`: put a plain tensor first.
///
/// @throws InvalidArgument  the two differ in batch or size.
template <class First, class Second>
auto tee(First const& first, Second const& second) {
  static_assert(!detail::is_planes<First> && !detail::is_planes<Second>,
                "pane::tee: planes of different resolution cannot be one of two destinations; "
                "copy to them in a call of their own");
  static_assert(!detail::is_ragged<First> && !detail::is_ragged<Second>,
                "pane::tee: destinations with sizes of their own cannot be joined");
  if (first.batch() != second.batch() || first.size(0) != second.size(0)) {
    throw InvalidArgument(detail::concat(
        "pane::tee: the destinations must agree in batch, height and width: the first is ",
        first.batch(), " x ", first.size(0).height, " x ", first.size(0).width, ", the second ",
        second.batch(), " x ", second.size(0).height, " x ", second.size(0).width));
  }
  return detail::Tee<First, Second>{first, second};
}

PANE_NAMESPACE_END
