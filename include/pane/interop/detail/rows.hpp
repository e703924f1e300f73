// SPDX-License-Identifier: MIT
#pragma once

// What the media libraries mean by an image: rows a positive pitch apart, packed inside, planes of one size.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/tensor.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace detail {

/// The address `bytes` further; null stays null.
template <class T>
T* bytes_after(T* data, std::int64_t bytes) noexcept {
  using Byte = std::conditional_t<std::is_const_v<T>, std::byte const, std::byte>;
  return data == nullptr ? data : reinterpret_cast<T*>(reinterpret_cast<Byte*>(data) + bytes);
}

/// The pitch of an image whose rows are packed, for a foreign library that counts it in a type of its own.
///
/// Axes of extent 1 and strides that are never used do not count: one row has the pitch of its bytes.
///
/// @param limit  The largest pitch that the library can name.
/// @throws InvalidArgument  the pixels or channels have gaps, rows run backwards or overlap, the pitch is too large.
template <class T, class L>
std::int64_t packed_pitch(char const* function, Tensor<T, L> const& t, std::int64_t limit) {
  auto const fail = [&](auto const&... rule) {
    throw InvalidArgument(concat(function, ": the tensor is ", describe(t), ": ", rule...));
  };
  auto const element = static_cast<std::int64_t>(sizeof(T));
  std::int64_t pixel = element;
  if constexpr (L::axes[L::rank - 1] == 'C') {
    constexpr int c = L::index_of('C');
    if (t.extent(c) > 1 && t.stride_bytes(c) != element)
      fail("the channels of a pixel must follow each other without a gap; copy it");
    pixel *= t.extent(c);
  }
  constexpr int w = L::index_of('W');
  if (t.width() > 1 && t.stride_bytes(w) != pixel)
    fail("the pixels of a row must follow each other without a gap; copy it");
  std::int64_t const row = t.width() * pixel;
  std::int64_t const pitch = t.height() > 1 ? t.pitch_bytes() : row;
  if (pitch < 0) fail("its rows run backwards: the pitch must be positive; copy it");
  if (pitch < row) fail("its rows overlap: the pitch must be at least ", row, " bytes; copy it");
  if (pitch > limit) fail("its pitch is above ", limit, ", the largest that can be named");
  return pitch;
}

/// The same for each of three planes that belong to one image of a batch of one.
template <class T>
void require_one(char const* function, Planes<T> const& p) {
  Roi const whole{0, 0, static_cast<int>(p.y().width()), static_cast<int>(p.y().height())};
  if (p.batch() != 1 || p.window_roi() != whole) {
    throw InvalidArgument(concat(function, ": the planes are ", image_text(p),
                                 ": they must be one whole image; take an item of a batch, and "
                                 "copy a window"));
  }
}

/// Whether U and V are interleaved, U first: NV12 and its like.
template <class T>
bool interleaved(Planes<T> const& p) noexcept {
  auto const element = static_cast<std::int64_t>(sizeof(T));
  return p.v().data() == p.u().data() + 1 && p.u().stride_bytes(1) == p.v().stride_bytes(1) &&
         (p.u().width() <= 1 ||
          (p.u().stride_bytes(2) == 2 * element && p.v().stride_bytes(2) == 2 * element));
}

/// The chroma plane of NV12 as a picture of two channels.
template <class T>
Tensor<T, HWC<2>> chroma_pairs(Planes<T> const& p) {
  return Tensor<T, HWC<2>>::strided(
      p.u().data(), {p.u().height(), p.u().width(), 2},
      {p.u().stride_bytes(1), 2 * static_cast<std::int64_t>(sizeof(T)), sizeof(T)});
}

/// An image from foreign numbers; `planes` are the addresses of its planes, which a layout with one stride between
/// them asks to be equally far apart.
template <class L, class T, class P>
Tensor<T, L> from_rows(char const* function,
                       P const* planes,
                       std::int64_t height,
                       std::int64_t width,
                       std::int64_t pitch_bytes) {
  static_assert(L::rank == 2 || L::channels != dynamic,
                "pane: the layout states its number of channels: HW, HWC<3>, CHW<3>, ...");
  static_assert(L::index_of('N') < 0 && L::index_of('c') < 0,
                "pane: these libraries know single images: HW, HWC<C> or CHW<C>");
  auto const element = static_cast<std::int64_t>(sizeof(T));
  auto* const data = reinterpret_cast<T*>(planes[0]);
  if (height > 0x7fffffff || width > 0x7fffffff || height < 0 || width < 0) {
    throw InvalidArgument(
        concat(function, ": height ", height, ", width ", width, ": a size is out of range"));
  }
  constexpr bool packed = L::axes[L::rank - 1] == 'C';
  std::int64_t const row = width * element * (packed ? L::channels : 1);
  if (height > 1 && pitch_bytes < row) {
    throw InvalidArgument(concat(function, ": height ", height, ", width ", width, ", ", L::axes,
                                 " of ", name(dtype_of<T>), ": the pitch is ", pitch_bytes,
                                 " bytes but a row has ", row));
  }
  if constexpr (L::rank == 2) {
    return Tensor<T, L>::pitched(data, {height, width}, pitch_bytes);
  } else if constexpr (packed) {
    return Tensor<T, L>::pitched(data, {height, width, L::channels}, pitch_bytes);
  } else {
    static_assert(L::axes[0] == 'C', "pane: planar images have the layout CHW<C>");
    auto const at = [&](int c) {
      return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(planes[c]));
    };
    std::int64_t const step = L::channels > 1 ? at(1) - at(0) : 0;
    for (int c = 2; c < L::channels; ++c) {
      if (at(c) - at(c - 1) != step) {
        throw InvalidArgument(
            concat(function, ": the planes at ", static_cast<void const*>(planes[0]), ", ",
                   static_cast<void const*>(planes[1]), ", ", static_cast<void const*>(planes[c]),
                   " are not equally far apart, as ", L::axes,
                   " needs them: take each plane as an HW tensor"));
      }
    }
    return Tensor<T, L>::strided(data, {L::channels, height, width}, {step, pitch_bytes, element});
  }
}

}  // namespace detail
PANE_NAMESPACE_END
