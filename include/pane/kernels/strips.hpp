// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/bytes.hpp>
#include <pane/core/config.hpp>
#include <pane/core/image.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>
#include <pane/kernels/launch_host.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN
namespace detail {

template <class Sink>
inline constexpr bool has_flat_planes = false;
template <class T, class L>
inline constexpr bool has_flat_planes<Tensor<T, L>> = L::channels != dynamic && !is_blocked<L>;

/// Whether the rows of each plane, or of the picture where channels are interleaved, follow each other without a gap.
template <class T, class L>
bool planes_are_flat(Tensor<T, L> const& t) noexcept {
  auto const pixel = static_cast<std::int64_t>(sizeof(T)) * (is_interleaved<L> ? L::channels : 1);
  return rows_are_dense(t) && (t.height() <= 1 || t.stride_bytes(axis_h<L>) == pixel * t.width());
}

/// Evaluates an image that packs single pixels at every pixel of a tensor whose planes are flat, when their rows are no
/// whole words.
///
/// The 128 bytes that a warp would write to such a row begin anywhere, and so touch five sectors of the memory instead
/// of four (halves: three instead of two), which is what limits a copy. Here a block owns a strip of pixels through the
/// rows, and what it computes goes through shared memory, so that it leaves in aligned words of 16 bytes: only the first
/// and the last of a few thousand bytes are written in elements.
template <class Source, class Sink>
struct StripProgram {
  using T = typename Sink::value_type;
  static constexpr int threads = 256;
  // Measured on an H200: floats 530 us with 40 registers, halves 363 with 32 and 377 with 40.
  static constexpr int blocks_per_sm = sizeof(typename pixel_of<Source>::value_type) == 8 ? 2
                                       : sizeof(T) != 2                                   ? 6
                                                                                          : 8;
  static constexpr int group = is_interleaved<typename Sink::layout_type> ? Sink::channels : 1;
  static constexpr int planes = Sink::channels / group;
  static constexpr int pixels = sizeof(T) == 8 ? 4 : 8;  // of a thread, all on their way at once
  static constexpr int strip = threads * pixels;
  static constexpr int pixel_bytes = group * static_cast<int>(sizeof(T));

  static constexpr int line = 128;  // bytes that a memory system moves at once, at best

  /// The bytes of a strip, each plane as it will lie in lines.
  struct Shared {
    alignas(16) unsigned char planes[StripProgram::planes][strip * pixel_bytes + line];
  };

  Source source;
  Sink sink;

  Grid grid() const {
    Size const s = sink.size(0);
    std::int64_t const count = std::int64_t{s.height} * s.width;
    return {static_cast<int>(ceil_div(count, strip)), 1, sink.batch()};
  }

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE void operator()(Block& block) const {
    Shared& shared = block.shared();
    Size const size = sink.size(block.z);
    std::int64_t const first = std::int64_t{block.x} * strip;
    std::int64_t const left = std::int64_t{size.height} * size.width - first;
    auto const bytes = static_cast<int>(smaller<std::int64_t>(strip, left)) * pixel_bytes;
    block.for_each_thread([&](int t)
                              PANE_INLINE_LAMBDA { evaluate(shared, block.z, first, size, t); });
    block.for_each_thread_unordered([&](int t) PANE_INLINE_LAMBDA {
      PANE_UNROLL
      for (int p = 0; p < planes; ++p) write(shared.planes[p], plane(block.z, p, first), bytes, t);
    });
  }

 private:
  /// Where a pixel of a plane is, counted through its rows.
  PANE_HOST_DEVICE PANE_INLINE unsigned char* plane(std::int64_t n,
                                                    int p,
                                                    std::int64_t pixel) const {
    return reinterpret_cast<unsigned char*>(sink.address(n, 0, 0, p * group)) + pixel * pixel_bytes;
  }
  PANE_HOST_DEVICE PANE_INLINE static int skew_of(unsigned char const* at) {
    return static_cast<int>(reinterpret_cast<std::uintptr_t>(at) % line);
  }

  /// Neighbouring threads own neighbouring pixels. Those beyond the last row are read from it and not written.
  PANE_HOST_DEVICE PANE_INLINE void evaluate(
      Shared& shared, std::int64_t n, std::int64_t first, Size size, int t) const {
    int const down = threads / size.width;
    int const along = threads % size.width;
    auto y = static_cast<int>((first + t) / size.width);
    auto x = static_cast<int>((first + t) % size.width);
    pixel_of<Source> values[pixels];
    PANE_UNROLL
    for (int k = 0; k < pixels; ++k) {
      values[k] = run<1>(source, n, smaller(y, size.height - 1), x).p[0];
      y += down;
      x += along;
      if (x >= size.width) {
        x -= size.width;
        ++y;
      }
    }
    PANE_UNROLL
    for (int p = 0; p < planes; ++p) {
      T* const to = reinterpret_cast<T*>(shared.planes[p] + skew_of(plane(n, p, first)));
      PANE_UNROLL
      for (int k = 0; k < pixels; ++k) {
        auto const value = saturate_cast<T>(values[k]);
        PANE_UNROLL
        for (int c = 0; c < group; ++c) to[(k * threads + t) * group + c] = value.v[p * group + c];
      }
    }
  }

  /// Words whose bytes lie in shared memory as they will in the plane.
  PANE_HOST_DEVICE PANE_INLINE static void write(unsigned char const* from,
                                                 unsigned char* to,
                                                 int bytes,
                                                 int t) {
    constexpr auto element = static_cast<int>(sizeof(T));
    int const skew = skew_of(to);
    to -= skew;
    PANE_NO_UNROLL
    for (int at = t * 16; at < skew + bytes; at += threads * 16) {
      if (at >= skew && at + 16 <= skew + bytes) {
        store_value(to + at, load_value<Word<16>>(from + at));
        continue;
      }
      int const last = smaller(at + 16, skew + bytes);
      PANE_NO_UNROLL
      for (int i = larger(at, skew); i < last; i += element)
        store_value(to + i, load_value<T>(from + i));
    }
  }
};

}  // namespace detail
PANE_NAMESPACE_END
