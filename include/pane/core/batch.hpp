// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/list.hpp>
#include <pane/core/shape.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

namespace detail {

/// The pixels that one block of a kernel works on. A ragged destination is cut into these, image by image.
inline constexpr int tile_width = 128;
inline constexpr int tile_height = 16;

PANE_HOST_DEVICE constexpr std::int64_t tiles_of(Size s) noexcept {
  return ceil_div(s.width, tile_width) * ceil_div(s.height, tile_height);
}

/// One image of a ragged batch and the number of tiles before it.
template <class Img>
struct BatchEntry {
  Img image;
  std::int64_t first_tile;
};

}  // namespace detail

/// Images of different sizes as one batch: image n of the batch is (0, y, x) of entry n. Readable as an image, and
/// writable when its entries are tensors. No block of a kernel is idle because another image is larger.
///
/// Memory    non-owning; up to `List<...>::capacity` entries ride in the kernel's parameters, more in lent memory
template <class Img>
struct Batch {
  using pixel = typename Img::pixel;
  static constexpr bool ragged = true;

  List<detail::BatchEntry<Img>> entries;
  std::int64_t tiles = 0;
  /// The size that all entries have, or {-1, -1}: what the host still knows of lent ones.
  Size common_size = {-1, -1};

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return entries.count; }
  PANE_HOST_DEVICE Size size(std::int64_t n) const noexcept { return entries[n].image.size(0); }
  PANE_HOST_DEVICE pixel operator()(std::int64_t n, int y, int x) const noexcept {
    return entries[n].image(0, y, x);
  }

  /// Interpolates by the rule of the entries where they have one.
  template <int Dense, class Filter, class Ys, class Xs>
  requires detail::Interpolates<Img, Filter, Ys, Xs> PANE_HOST_DEVICE PANE_INLINE auto sample(
      Filter const& filter, std::int64_t n, Ys const& y, Xs const& x) const {
    return entries[n].image.template sample<Dense>(filter, 0, y, x);
  }

  /// Writes into the entries, which are tensors then.
  template <class Pixel>
  PANE_HOST_DEVICE PANE_INLINE void store(std::int64_t n,
                                          int y,
                                          int x,
                                          Pixel const& value) const noexcept {
    entries[n].image.store(0, y, x, value);
  }
  template <int P, class Pixel>
  PANE_HOST_DEVICE PANE_INLINE void store(std::int64_t n,
                                          int y,
                                          int x,
                                          Run<Pixel, P> const& values) const noexcept {
    entries[n].image.template store<P>(0, y, x, values);
  }
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE auto column(std::int64_t n, int x) const noexcept {
    return entries[n].image.template column<P>(0, x);
  }
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run(std::int64_t n, int y, int x) const noexcept {
    return detail::run<P>(entries[n].image, 0, y, x);
  }
  template <int P>
  bool packs() const {
    if (entries.lent != nullptr) return false;
    for (std::int64_t n = 0; n < entries.count; ++n) {
      if (!detail::packs<P>(entries.own[n].image)) return false;
    }
    return true;
  }

  template <class F>
  void visit_memory(F&& f) const {
    if (entries.lent != nullptr) return;  // lent entries were looked at when they were lent
    for (std::int64_t n = 0; n < entries.count; ++n) detail::visit_memory(entries.own[n].image, f);
  }
};

namespace detail {
template <class Img>
inline constexpr bool is_batch = false;
template <class Img>
inline constexpr bool is_batch<Batch<Img>> = true;

/// Entry n of a batch, which counts its tiles and its size.
template <class Img>
BatchEntry<Img> next_entry(Batch<Img>& out, Img const& image, std::int64_t n) {
  if (image.batch() != 1) {
    throw InvalidArgument(concat("pane::batch: entry ", n, " is ", image_text(image),
                                 ": an entry is one image; use its items"));
  }
  Size const size = image.size(0);
  BatchEntry<Img> const entry{image, out.tiles};
  out.tiles += tiles_of(size);
  out.common_size = n == 0 || out.common_size == size ? size : Size{-1, -1};
  return entry;
}
}  // namespace detail

/// A batch of images of different sizes, short enough for a kernel's parameters; for more see `lend_batch`.
///
/// @throws InvalidArgument  an entry is a batch itself, or there are too many; the message says how many fit.
template <class Img>
Batch<Img> batch(Img const* images, std::int64_t count) {
  using Entries = List<detail::BatchEntry<Img>>;
  if (count < 0 || count > Entries::capacity) {
    throw InvalidArgument(detail::concat(
        "pane::batch: ", count, " images do not fit in a kernel's parameters, which hold ",
        Entries::capacity,
        " of this type: lend memory with pane::lend_batch(where, images, count, scratch, bytes)"));
  }
  Batch<Img> out;
  out.entries.count = count;
  for (std::int64_t n = 0; n < count; ++n) {
    out.entries.own[n] = detail::next_entry(out, images[n], n);
  }
  return out;
}

/// The same from anything with `data()` and `size()`.
template <class Images>
requires requires(Images const& c) {
  c.data()->batch();
  c.size();
}
auto batch(Images const& images) {
  return batch(images.data(), static_cast<std::int64_t>(images.size()));
}

PANE_NAMESPACE_END
