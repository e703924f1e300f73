// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <concepts>  // std::convertible_to

PANE_NAMESPACE_BEGIN

/// "Known at run time", in the place of a number of channels.
inline constexpr int dynamic = -1;

/// Which axis is where, slowest first: N image of a batch, H row, W column, C channel, and c the inner block of
/// a blocked channel axis. An axis appears once; H and W must be there; c needs C.
template <char... Axes>
struct Layout {
  static constexpr int rank = sizeof...(Axes);
  static constexpr char axes[rank + 1] = {Axes..., '\0'};

  /// Channels of a pixel, or `dynamic`. A layout without a channel axis has one.
  static constexpr int channels = ((Axes == 'C') || ...) ? dynamic : 1;

  /// The place of an axis, or -1.
  PANE_HOST_DEVICE static constexpr int index_of(char axis) noexcept {
    int place = -1;  // without the array, which device code cannot read
    int i = 0;
    ((place = place < 0 && Axes == axis ? i : place, ++i), ...);
    return place;
  }

 private:
  static constexpr bool valid() noexcept {
    for (int i = 0; i < rank; ++i) {
      char const a = axes[i];
      if (a != 'N' && a != 'H' && a != 'W' && a != 'C' && a != 'c') return false;
      if (index_of(a) != i) return false;
    }
    return index_of('H') >= 0 && index_of('W') >= 0 && (index_of('c') < 0 || index_of('C') >= 0);
  }
  static_assert(valid(),
                "pane::Layout: axes are N, H, W, C and c, each at most once, with H and W present "
                "and c only beside C");
};

// The named layouts. The number of channels is part of the type unless it is left out: HWC<3>, HWC<>.
struct HW : Layout<'H', 'W'> {};
struct NHW : Layout<'N', 'H', 'W'> {};
template <int C = dynamic>
struct HWC : Layout<'H', 'W', 'C'> {
  static constexpr int channels = C;
};
template <int C = dynamic>
struct CHW : Layout<'C', 'H', 'W'> {
  static constexpr int channels = C;
};
template <int C = dynamic>
struct NHWC : Layout<'N', 'H', 'W', 'C'> {
  static constexpr int channels = C;
};
template <int C = dynamic>
struct NCHW : Layout<'N', 'C', 'H', 'W'> {
  static constexpr int channels = C;
};
/// Blocked: channel k lives in block k / B at place k % B. The last block is padded with zeros when B does not
/// divide C. `NCHWc<3, 4>` is TensorRT's CHW4, `NCHWc<C, 32>` its CHW32.
template <int C, int B>
struct NCHWc : Layout<'N', 'C', 'H', 'W', 'c'> {
  static_assert(C >= 1 && B >= 1, "pane::NCHWc<C, B>: channels and block are positive");
  static constexpr int channels = C;
  static constexpr int block = B;
};
template <int C, int B>
struct CHWc : Layout<'C', 'H', 'W', 'c'> {
  static_assert(C >= 1 && B >= 1, "pane::CHWc<C, B>: channels and block are positive");
  static constexpr int channels = C;
  static constexpr int block = B;
};

/// A type that says which axis is where.
template <class L>
concept TensorLayout = requires {
  { L::rank } -> std::convertible_to<int>;
  { L::channels } -> std::convertible_to<int>;
  { L::axes[0] } -> std::convertible_to<char>;
  { L::index_of('H') } -> std::convertible_to<int>;
};

namespace detail {

template <class L>
inline constexpr int axis_n = L::index_of('N');
template <class L>
inline constexpr int axis_h = L::index_of('H');
template <class L>
inline constexpr int axis_w = L::index_of('W');
template <class L>
inline constexpr int axis_c = L::index_of('C');
template <class L>
inline constexpr int axis_block = L::index_of('c');

/// Whether two layouts name the same axes in the same order.
template <class L, class M>
inline constexpr bool same_axes = [] {
  for (int i = 0; i < L::rank; ++i) {
    if (i >= M::rank || L::axes[i] != M::axes[i]) return false;
  }
  return L::rank == M::rank;
}();

/// Extent that a layout fixes for an axis, or `dynamic`.
template <class L>
PANE_HOST_DEVICE constexpr int fixed_extent(int axis) noexcept {
  if constexpr (axis_block<L> >= 0) {
    if constexpr (requires { L::block; }) {
      if (axis == axis_block<L>) return L::block;
      if (axis == axis_c<L>) return (L::channels + L::block - 1) / L::block;
    }
  } else {
    if (axis_c<L> >= 0 && axis == axis_c<L>) return L::channels;
  }
  return dynamic;
}

}  // namespace detail

PANE_NAMESPACE_END
