// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>
#include <pane/kernels/strips.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace detail {

/// A chain of functions of pixels, which do not look at their place, over a tensor: its pictures may be taken for rows.
template <class Img>
constexpr bool ignores_places() {
  if constexpr (is_map<Img>) {
    using Source = decltype(Img::source);
    return ignores_places<Source>() &&
           std::is_invocable_v<decltype(Img::f) const&, pixel_of<Source> const&>;
  } else {
    return has_flat_planes<Img>;
  }
}

/// Whether the rows of such a chain's tensor follow each other without a gap, few enough pixels for one row.
template <class Img>
bool rows_are_one(Img const& image) noexcept {
  if constexpr (is_map<Img>) {
    return rows_are_one(image.source);
  } else {
    return planes_are_flat(image) && image.height() * image.width() <= 1 << 30;
  }
}

/// The same pixels as pictures of one row, where `rows_are_one`.
template <class Img>
Img one_row(Img const& image) {
  if constexpr (is_map<Img>) {
    return {one_row(image.source), image.f};
  } else {
    using L = typename Img::layout_type;
    std::int64_t shape[L::rank];
    std::int64_t strides[L::rank];
    for (int i = 0; i < L::rank; ++i) {
      shape[i] = image.extent(i);
      strides[i] = image.stride_bytes(i);
    }
    shape[axis_h<L>] = 1;
    shape[axis_w<L>] = image.height() * image.width();
    return Img::strided(image.data(), shape, strides);
  }
}

/// Chains and destinations that gain from it: three planes or more of bytes or of 32-bit numbers. Halves are as fast in
/// tiles (292.5 us for `p4_f16` on an H200, 294.5 here).
template <class Source, class Sink>
inline constexpr bool gains_from_rows = false;
template <class Source, class T, class L>
requires(ignores_places<Source>() && has_flat_planes<Tensor<T, L>> && !is_interleaved<L> &&
         L::channels >= 3) inline constexpr bool gains_from_rows<Source, Tensor<T, L>> =
    (sizeof(T) == 1 || sizeof(T) == 4) && sizeof(typename pixel_of<Source>::value_type) <= 4;

/// Evaluates a chain that reads the pixel that it writes at every pixel of pictures of one row, in whole words.
///
/// A block owns neighbouring pixels, so that what it reads and what it writes into each plane are long pieces, and no
/// thread is idle because a row ends.
template <class Source, class Sink, int P>
struct FlatProgram {
  static constexpr bool is_small = sizeof(typename Sink::value_type) <= 2;
  // Measured on an H200. Bytes: 203 us, 224 in tiles; one run 10 % more. Floats, where fewer loads on their way are better:
  // 48.2 us for small pictures, as two of these blocks fit on a multiprocessor; 48.6 with eight of 256 threads, 50 with two
  // runs a thread.
  static constexpr int threads = is_small ? 256 : 768;
  static constexpr int blocks_per_sm = is_small ? 5 : 2;
  static constexpr int runs = is_small ? 2 : 1;  // on their way at once
  using Shared = Nothing;

  Source source;
  Sink sink;

  Grid grid() const {
    return {static_cast<int>(ceil_div(sink.size(0).width, threads * runs * P)), 1, sink.batch()};
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      int const width = sink.size(0).width;
      int const first = (block.x * threads * runs + t) * P;
      int const last = width - width % P - P;  // the last whole run
      if (first + P <= width) {
        // Runs beyond the last are read as the last: a condition around a load would have to wait for it.
        Run<pixel_of<Source>, P> values[runs];
        PANE_UNROLL
        for (int i = 0; i < runs; ++i)
          values[i] = run<P>(source, block.z, 0, smaller(first + i * threads * P, last));
        PANE_UNROLL
        for (int i = 0; i < runs; ++i) {
          int const x = first + i * threads * P;
          if (x <= last) sink.template store<P>(block.z, 0, x, values[i]);
        }
      }
      PANE_UNROLL
      for (int i = 0; i < runs; ++i) {
        int x = first + i * threads * P;
        if (x <= last) continue;
        PANE_NO_UNROLL
        for (; x < width; ++x) sink.store(block.z, 0, x, source(block.z, 0, x));
      }
    });
  }
};

}  // namespace detail
PANE_NAMESPACE_END
