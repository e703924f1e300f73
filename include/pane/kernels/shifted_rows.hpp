// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/shape.hpp>
#include <pane/kernels/launch_host.hpp>

#include <cstdint>

// Rows of bytes at any address, for programs whose threads compute runs of them.
//
// The bytes of a run begin anywhere in a word of 8; written as they are they would go out in halves and single bytes. So a
// thread takes the last bytes of the run before from its neighbour and writes the words that end in its own: whole ones, but
// for the two ends of a row. The first thread of a warp computes the run before the first one that the warp writes, so that
// warps need not wait for each other.

PANE_NAMESPACE_BEGIN
namespace detail {

/// The last 8 bytes of a run.
using RunTail = Word<8>;
template <int Count>
PANE_HOST_DEVICE PANE_INLINE RunTail tail_of(Strip<std::uint32_t, Count> const& run) noexcept {
  return {{run.v[Count - 2], run.v[Count - 1]}};
}

/// The upper word of two that have been shifted to the left by `bits` modulo 32.
PANE_HOST_DEVICE PANE_INLINE std::uint32_t shifted_left(std::uint32_t low,
                                                        std::uint32_t high,
                                                        unsigned bits) noexcept {
#if PANE_DEVICE_CODE
  return __funnelshift_l(low, high, bits);
#else
  return static_cast<std::uint32_t>(((std::uint64_t{high} << 32 | low) << bits % 32) >> 32);
#endif
}

/// Those of the 8 bytes from `at` on that lie in a row of `bytes`.
PANE_HOST_DEVICE PANE_NOINLINE inline void store_part(unsigned char* row,
                                                      int bytes,
                                                      int at,
                                                      Word<8> word) {
  int const last = smaller(8, bytes - at);
  PANE_NO_UNROLL
  for (int i = larger(0, -at); i < last; ++i)
    row[at + i] = static_cast<unsigned char>(bits_to<std::uint64_t>(word) >> (8 * i));
}

/// Writes those words of 8 bytes of a row that end in a run, as far as they lie in the row. The run is at byte `at`,
/// behind another whose tail is `before`; what it has beyond its last whole word is left to the next.
template <int Count>
PANE_HOST_DEVICE PANE_INLINE void store_shifted(unsigned char* row,
                                                int bytes,
                                                int at,
                                                RunTail const& before,
                                                Strip<std::uint32_t, Count> const& run) {
  static_assert(Count % 2 == 0);
  auto const skew =
      (static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(row)) + static_cast<unsigned>(at)) %
      8;
  std::uint32_t all[Count + 2] = {before.bits[0], before.bits[1]};
  PANE_UNROLL
  for (int i = 0; i < Count; ++i) all[i + 2] = run.v[i];
  std::uint32_t in[Count + 1];
  PANE_UNROLL
  for (int i = 0; i <= Count; ++i) in[i] = skew >= 4 ? all[i] : all[i + 1];
  Strip<Word<8>, Count / 2> out;
  PANE_UNROLL
  for (int i = 0; i < Count; ++i)
    out.v[i / 2].bits[i % 2] = shifted_left(in[i], in[i + 1], 8 * skew);
  at -= static_cast<int>(skew);
  if (at >= 0 &&
      at + 4 * Count <= bytes) {  // one question for all, as stores one behind another are merged
    PANE_UNROLL
    for (int i = 0; i < Count / 2; ++i) store_value(row + at + 8 * i, out.v[i]);
  } else {
    PANE_UNROLL
    for (int i = 0; i < Count / 2; ++i) store_part(row, bytes, at + 8 * i, out.v[i]);
  }
}

/// How the threads of a block share runs: a warp has two rows.
struct WarpRuns {
  static constexpr int warp = 32;
  static constexpr int warps = 4;
  static constexpr int threads = warp * warps;
  static constexpr int runs = warp - 1;  // that a warp writes

  /// For rows of `count` runs.
  static Grid grid(int count, int height, std::int64_t batch) {
    return {static_cast<int>(ceil_div(count, runs)), static_cast<int>(ceil_div(height, 2 * warps)),
            batch};
  }

  int y;
  int run;  ///< -1 for the first thread of the first warp of a row
  bool writes;

  template <class Block>
  PANE_HOST_DEVICE PANE_INLINE WarpRuns(Block const& block, int t)
      : y((block.y * warps + t / warp) * 2),
        run(block.x * runs + t % warp - 1),
        writes(t % warp != 0) {}
};

}  // namespace detail
PANE_NAMESPACE_END
