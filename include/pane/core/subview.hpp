// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/tensor.hpp>

#include <cstdint>
#include <type_traits>

// Tensors out of tensors: each function moves the pointer and rewrites shape and strides; no element is touched.

PANE_NAMESPACE_BEGIN

namespace detail {

/// A layout with a given number of channels, by the name a user would write.
template <class L, int C>
struct WithChannels : L {
  static constexpr int channels = C;
};
template <class L, int C>
struct with_channels_of {
  using type = WithChannels<L, C>;
};
template <template <int> class Named, int Old, int C>
struct with_channels_of<Named<Old>, C> {
  using type = Named<C>;
};
template <class L, int C>
using with_channel_count = typename with_channels_of<L, C>::type;

/// A layout without one of its axes, by name where it has one.
template <class L, char Axis>
struct without_axis;
template <char Axis, char... Before>
struct drop {
  template <char... Done>
  struct into {
    using type = Layout<Done...>;
  };
};
template <char Axis, char First, char... Rest>
struct drop<Axis, First, Rest...> {
  template <char... Done>
  struct into {
    using type = typename std::conditional_t<
        First == Axis,
        typename drop<Axis, Rest...>::template into<Done...>,
        typename drop<Axis, Rest...>::template into<Done..., First>>::type;
  };
};
template <char... Axes, char Axis>
struct without_axis<Layout<Axes...>, Axis> {
  using type = typename drop<Axis, Axes...>::template into<>::type;
};
#define PANE_DROP(from, axis, to)   \
  struct without_axis<from, axis> { \
    using type = to;                \
  };
template <>
PANE_DROP(NHW, 'N', HW)
template <int C>
PANE_DROP(NHWC<C>, 'N', HWC<C>)
template <int C>
PANE_DROP(NCHW<C>, 'N', CHW<C>)
template <int C>
PANE_DROP(NHWC<C>, 'C', NHW)
template <int C>
PANE_DROP(NCHW<C>, 'C', NHW)
template <int C>
PANE_DROP(HWC<C>, 'C', HW)
template <int C>
PANE_DROP(CHW<C>, 'C', HW)
#undef PANE_DROP
template <int C, int B>
struct without_axis<NCHWc<C, B>, 'N'> {
  using type = CHWc<C, B>;
};

/// Rebuilds a tensor from the axes of another one; `keep` says which axis of the source each new axis is.
template <class M, class T, class L>
Tensor<T, M> with_axes(T* data, Tensor<T, L> const& t) {
  std::int64_t shape[M::rank];
  std::int64_t stride[M::rank];
  for (int i = 0; i < M::rank; ++i) {
    int const from = L::index_of(M::axes[i]);
    shape[i] = t.extent(from);
    stride[i] = t.stride_bytes(from);
  }
  return Tensor<T, M>::strided(data, shape, stride);
}

template <class T, class L>
Tensor<T, L> with_extent(
    T* data, Tensor<T, L> const& t, int axis, std::int64_t extent, std::int64_t stride_factor = 1) {
  std::int64_t shape[L::rank];
  std::int64_t stride[L::rank];
  for (int i = 0; i < L::rank; ++i) {
    shape[i] = i == axis ? extent : t.extent(i);
    stride[i] = i == axis ? t.stride_bytes(i) * stride_factor : t.stride_bytes(i);
  }
  return Tensor<T, L>::strided(data, shape, stride);
}

/// The address after `steps` along an axis; an empty tensor stays where it is.
template <class T, class L>
T* advanced(Tensor<T, L> const& t, int axis, std::int64_t steps) {
  using Byte = std::conditional_t<std::is_const_v<T>, std::byte const, std::byte>;
  if (t.empty()) return t.data();
  return reinterpret_cast<T*>(reinterpret_cast<Byte*>(t.data()) + steps * t.stride_bytes(axis));
}

template <class T, class L>
[[noreturn]] void subview_error(char const* function,
                                Tensor<T, L> const& t,
                                std::string const& rule) {
  throw InvalidArgument(concat("pane::", function, ": the tensor is ", describe(t), ": ", rule));
}

}  // namespace detail

/// Image n of a batch: NHWC<3> gives HWC<3>.
template <class T, class L>
auto item(Tensor<T, L> const& t, std::int64_t n) {
  static_assert(L::index_of('N') >= 0, "pane::item: the layout has no batch axis N");
  constexpr int axis = L::index_of('N');
  if (n < 0 || n >= t.batch())
    detail::subview_error("item", t, detail::concat("there is no image ", n));
  return detail::with_axes<typename detail::without_axis<L, 'N'>::type>(
      detail::advanced(t, axis, n), t);
}

/// The images [first, first + count) of a batch.
template <class T, class L>
Tensor<T, L> items(Tensor<T, L> const& t, std::int64_t first, std::int64_t count) {
  static_assert(L::index_of('N') >= 0, "pane::items: the layout has no batch axis N");
  if (first < 0 || count < 0 || first > t.batch() || count > t.batch() - first) {
    detail::subview_error(
        "items", t,
        detail::concat("images [", first, ", ", first, " + ", count, ") are not all there"));
  }
  return detail::with_extent(detail::advanced(t, L::index_of('N'), count == 0 ? 0 : first), t,
                             L::index_of('N'), count);
}

/// A single image as a batch of one: HWC<3> gives NHWC<3>.
template <class M, class T, class L>
Tensor<T, M> as_batch(Tensor<T, L> const& t) {
  static_assert(M::rank == L::rank + 1 && M::index_of('N') == 0,
                "pane::as_batch<M>: M is the layout of the tensor with N in front");
  std::int64_t shape[M::rank] = {1};
  std::int64_t stride[M::rank] = {0};
  for (int i = 0; i < L::rank; ++i) {
    if (M::axes[i + 1] != L::axes[i])
      detail::subview_error("as_batch", t, detail::concat("its axes are not those of ", M::axes));
    shape[i + 1] = t.extent(i);
    stride[i + 1] = t.stride_bytes(i);
  }
  return Tensor<T, M>::strided(t.data(), shape, stride);
}

/// A rectangle of every image. It lies inside the image; it may be empty.
template <class T, class L>
Tensor<T, L> subview(Tensor<T, L> const& t, Roi roi) {
  if (roi.x < 0 || roi.y < 0 || roi.width < 0 || roi.height < 0 || roi.x > t.width() - roi.width ||
      roi.y > t.height() - roi.height) {
    detail::subview_error(
        "subview", t,
        detail::concat("the rectangle x ", roi.x, " y ", roi.y, " width ", roi.width, " height ",
                       roi.height, " is not inside the image"));
  }
  auto rows =
      detail::with_extent(detail::advanced(t, L::index_of('H'), roi.height == 0 ? 0 : roi.y), t,
                          L::index_of('H'), roi.height);
  return detail::with_extent(detail::advanced(rows, L::index_of('W'), roi.width == 0 ? 0 : roi.x),
                             rows, L::index_of('W'), roi.width);
}

/// One channel: HWC<3> gives HW.
template <class T, class L>
auto channel(Tensor<T, L> const& t, std::int64_t c) {
  static_assert(L::index_of('C') >= 0 && L::index_of('c') < 0,
                "pane::channel: the layout has no plain channel axis C");
  if (c < 0 || c >= t.extent(L::index_of('C')))
    detail::subview_error("channel", t, detail::concat("there is no channel ", c));
  return detail::with_axes<typename detail::without_axis<L, 'C'>::type>(
      detail::advanced(t, L::index_of('C'), c), t);
}

/// The channels [first, first + C): HWC<4> gives HWC<3>.
template <int C, class T, class L>
auto channels(Tensor<T, L> const& t, std::int64_t first = 0) {
  static_assert(L::index_of('C') >= 0 && L::index_of('c') < 0,
                "pane::channels: the layout has no plain channel axis C");
  constexpr int axis = L::index_of('C');
  if (first < 0 || first > t.extent(axis) - C) {
    detail::subview_error(
        "channels", t,
        detail::concat("channels [", first, ", ", first, " + ", C, ") are not all there"));
  }
  using M = detail::with_channel_count<L, C>;
  std::int64_t shape[L::rank];
  for (int i = 0; i < L::rank; ++i) shape[i] = i == axis ? C : t.extent(i);
  std::int64_t stride[L::rank];
  for (int i = 0; i < L::rank; ++i) stride[i] = t.stride_bytes(i);
  return Tensor<T, M>::strided(detail::advanced(t, axis, first), shape, stride);
}

/// Left and right exchanged (a negative stride).
template <class T, class L>
Tensor<T, L> mirrored(Tensor<T, L> const& t) {
  return detail::with_extent(detail::advanced(t, L::index_of('W'), t.width() - 1), t,
                             L::index_of('W'), t.width(), -1);
}

/// Top and bottom exchanged (a negative stride).
template <class T, class L>
Tensor<T, L> upside_down(Tensor<T, L> const& t) {
  return detail::with_extent(detail::advanced(t, L::index_of('H'), t.height() - 1), t,
                             L::index_of('H'), t.height(), -1);
}

/// The same elements with the axes in another order: permute<CHW<3>>(hwc).
template <class M, class T, class L>
Tensor<T, M> permute(Tensor<T, L> const& t) {
  static_assert(
      M::rank == L::rank &&
          [] {
            for (int i = 0; i < M::rank; ++i) {
              if (L::index_of(M::axes[i]) < 0) return false;
            }
            return true;
          }(),
      "pane::permute<M>: M has the axes of the tensor in another order");
  return detail::with_axes<M>(t.data(), t);
}

/// The batch as one tall image: NHWC<3> of N x H rows gives HWC<3> of N * H rows, when the strides allow it.
template <class T, class L>
auto merge_rows(Tensor<T, L> const& t) {
  static_assert(L::index_of('N') >= 0, "pane::merge_rows: the layout has no batch axis N");
  constexpr int n = L::index_of('N');
  constexpr int h = L::index_of('H');
  if (t.batch() > 1 && t.height() > 1 && t.stride_bytes(n) != t.height() * t.stride_bytes(h)) {
    detail::subview_error("merge_rows", t, "the images do not follow each other by whole rows");
  }
  auto first = detail::with_axes<typename detail::without_axis<L, 'N'>::type>(t.data(), t);
  using M = typename decltype(first)::layout_type;
  std::int64_t shape[M::rank];
  std::int64_t stride[M::rank];
  for (int i = 0; i < M::rank; ++i) {
    shape[i] = first.extent(i);
    stride[i] = first.stride_bytes(i);
  }
  shape[M::index_of('H')] = t.batch() * t.height();
  if (t.height() == 1) stride[M::index_of('H')] = t.stride_bytes(n);
  return Tensor<T, M>::strided(t.data(), shape, stride);
}

/// A tall image as a batch of `count` images of equal height: HWC<3> gives NHWC<3>.
template <class M, class T, class L>
Tensor<T, M> split_rows(Tensor<T, L> const& t, std::int64_t count) {
  static_assert(
      M::index_of('N') >= 0 && M::rank == L::rank + 1 &&
          [] {
            for (char const axis : L::axes) {
              if (axis != '\0' && M::index_of(axis) < 0) return false;
            }
            return true;
          }(),
      "pane::split_rows<M>: M has the axes of the tensor and a batch axis N");
  if (count <= 0 || t.height() % count != 0)
    detail::subview_error("split_rows", t,
                          detail::concat("its rows do not divide into ", count, " images"));
  std::int64_t const rows = t.height() / count;
  std::int64_t shape[M::rank];
  std::int64_t stride[M::rank];
  for (int i = 0; i < M::rank; ++i) {
    int const from = L::index_of(M::axes[i] == 'N' ? 'H' : M::axes[i]);
    shape[i] = M::axes[i] == 'N' ? count : M::axes[i] == 'H' ? rows : t.extent(from);
    stride[i] = M::axes[i] == 'N' ? t.stride_bytes(from) * rows : t.stride_bytes(from);
  }
  return Tensor<T, M>::strided(t.data(), shape, stride);
}

/// Packed channels as pixels: HW of 3 * W elements gives HWC<3> of W pixels.
template <int C, class T>
Tensor<T, HWC<C>> as_pixels(Tensor<T, HW> const& t) {
  static_assert(C >= 1, "pane::as_pixels<C>: a pixel has at least one channel");
  if (t.width() % C != 0)
    detail::subview_error("as_pixels", t,
                          detail::concat("a row does not divide into pixels of ", C, " elements"));
  return Tensor<T, HWC<C>>::strided(t.data(), {t.height(), t.width() / C, C},
                                    {t.stride_bytes(0), t.stride_bytes(1) * C, t.stride_bytes(1)});
}

/// Packed pixels as elements: HWC<3> of W pixels gives HW of 3 * W elements, when the channels touch each other.
template <class T, int C>
Tensor<T, HW> as_elements(Tensor<T, HWC<C>> const& t) {
  bool const single = t.extent(2) == 1;  // the stride of its channel axis says nothing then
  if (!single && t.width() > 1 && t.extent(2) > 0 &&
      t.stride_bytes(1) != t.extent(2) * t.stride_bytes(2)) {
    detail::subview_error("as_elements", t, "the pixels do not follow each other without a gap");
  }
  return Tensor<T, HW>::strided(t.data(), {t.height(), t.width() * t.extent(2)},
                                {t.stride_bytes(0), t.stride_bytes(single ? 1 : 2)});
}

/// Calls `f` with the tensor under a layout that has its number of channels, 1 to 4, in the type.
///
/// @throws Unsupported  the tensor has another number of channels.
template <class T, class L, class F>
void with_channels(Tensor<T, L> const& t, F&& f) {
  if constexpr (L::channels != dynamic) {
    f(t);
  } else {
    switch (t.channel_count()) {
      case 1:
        return f(channels<1>(t));
      case 2:
        return f(channels<2>(t));
      case 3:
        return f(channels<3>(t));
      case 4:
        return f(channels<4>(t));
      default:
        throw Unsupported(detail::concat("pane::with_channels: the tensor is ", describe(t),
                                         ": images have 1 to 4 channels"));
    }
  }
}

PANE_NAMESPACE_END
