// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstdint>

// The matrix unit of the GPU (tensor cores): products of small matrices of halves, with sums in float.
//
// A warp multiplies 16 x 16 by 16 x 8. With g = lane / 4 and q = lane % 4, a lane holds
//   of the left factor    rows g, g + 8 by columns 2q, 2q + 1; the same rows by columns 2q + 8, 2q + 9
//   of the right factor   column g, rows 2q, 2q + 1 and 2q + 8, 2q + 9
//   of the sum            row g by columns 2q, 2q + 1; row g + 8 by the same
// in this order, two halves a word ("Matrix Fragments for mma.m16n8k16", PTX ISA).
//
// Of bytes a warp multiplies 16 x 32 by 32 x 8, with sums in 32 bits, exact. A lane holds
//   of the left factor    rows g, g + 8 by columns 4q ... 4q + 3; the same rows by columns 4q + 16 ... 4q + 19
//   of the right factor   column g, rows 4q ... 4q + 3 and 4q + 16 ... 4q + 19
//   of the sum            as above
// four bytes a word ("Matrix Fragments for mma.m16n8k32").

PANE_NAMESPACE_BEGIN
namespace detail {

/// Whether the code that is being compiled may use the matrix unit: that of sm_80 and later. Nobody calls what is below
/// where it may not.
#if PANE_DEVICE_CODE
inline constexpr bool has_matrix_unit = __CUDA_ARCH__ >= 800;
#else
inline constexpr bool has_matrix_unit = false;
#endif

/// Whether all GPU code of this compilation may use it. Unlike the one above it is the same for all passes of the
/// compiler, so the host may choose a kernel by it.
#if defined(__CUDA_ARCH_LIST__)
inline constexpr bool always_has_matrix_unit = [] {
  bool all = true;
  for (int const arch : {__CUDA_ARCH_LIST__}) all = all && arch >= 800;
  return all;
}();
#else
inline constexpr bool always_has_matrix_unit = false;
#endif

/// Four weights as halves, and as halves what is left of them: together 22 bits of each.
struct alignas(16) SplitQuad {
  std::uint32_t high[2];
  std::uint32_t low[2];
};

PANE_HOST_DEVICE PANE_INLINE std::uint32_t to_halves(float first, float second) noexcept {
  std::uint32_t out = 0;
#if PANE_DEVICE_CODE
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(second), "f"(first));
#endif
  (void)first, (void)second;
  return out;
}

PANE_HOST_DEVICE PANE_INLINE float half_to_float(std::uint32_t bits) noexcept {
  float out = 0.0f;
#if PANE_DEVICE_CODE
  asm("cvt.f32.f16 %0, %1;" : "=f"(out) : "h"(static_cast<std::uint16_t>(bits)));
#endif
  (void)bits;
  return out;
}

PANE_HOST_DEVICE PANE_INLINE SplitQuad split_quad(float const (&w)[4]) noexcept {
  SplitQuad out;
  PANE_UNROLL
  for (int i = 0; i < 2; ++i) {
    out.high[i] = to_halves(w[2 * i], w[2 * i + 1]);
    out.low[i] = to_halves(w[2 * i] - half_to_float(out.high[i]),
                           w[2 * i + 1] - half_to_float(out.high[i] >> 16));
  }
  return out;
}

/// What a split quad of weights adds up to.
PANE_HOST_DEVICE PANE_INLINE float sum_of(SplitQuad const& quad) noexcept {
  auto const pair = [](std::uint32_t w) { return half_to_float(w) + half_to_float(w >> 16); };
  return (pair(quad.high[0]) + pair(quad.high[1])) + (pair(quad.low[0]) + pair(quad.low[1]));
}

/// A byte in the lowest bits of a half, which is 2^-24 of it: the unit takes such halves as they are, and a factor that
/// the sums have anyway makes up for it.
inline constexpr float byte_in_half = 0x1p-24f;

/// The bytes of two words, one from each by turns, in the lowest bits of halves: those of number 0, 1, 2, 3.
PANE_HOST_DEVICE PANE_INLINE void bytes_to_halves(std::uint32_t first,
                                                  std::uint32_t second,
                                                  std::uint32_t (&out)[4]) noexcept {
#if PANE_DEVICE_CODE
  std::uint32_t const lower = __byte_perm(first, second, 0x5140);
  std::uint32_t const upper = __byte_perm(first, second, 0x7362);
  out[0] = __byte_perm(lower, 0, 0x4140);
  out[1] = __byte_perm(lower, 0, 0x4342);
  out[2] = __byte_perm(upper, 0, 0x4140);
  out[3] = __byte_perm(upper, 0, 0x4342);
#endif
  (void)first, (void)second, (void)out;
}

/// sum += left * right. The whole warp calls it.
PANE_HOST_DEVICE PANE_INLINE void multiply_add(float (&sum)[4],
                                               std::uint32_t const (&left)[4],
                                               std::uint32_t right0,
                                               std::uint32_t right1) noexcept {
#if PANE_DEVICE_CODE
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right0), "r"(right1));
#endif
#endif
  (void)sum, (void)left, (void)right0, (void)right1;
}

/// start + left * right, bytes without a sign. The whole warp calls it.
struct ByteSums {
  std::uint32_t v[4];
};
PANE_HOST_DEVICE PANE_INLINE ByteSums multiply_bytes(ByteSums const& start,
                                                     std::uint32_t const (&left)[4],
                                                     std::uint32_t right0,
                                                     std::uint32_t right1) noexcept {
  ByteSums out{};
#if PANE_DEVICE_CODE
#if __CUDA_ARCH__ >= 800
  asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.u8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%10, %11, %12, %13};"
      : "=r"(out.v[0]), "=r"(out.v[1]), "=r"(out.v[2]), "=r"(out.v[3])
      : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right0), "r"(right1),
        "r"(start.v[0]), "r"(start.v[1]), "r"(start.v[2]), "r"(start.v[3]));
#endif
#endif
  (void)start, (void)left, (void)right0, (void)right1;
  return out;
}

/// Four of the eight bytes of two words, numbered from the lowest of the first, by the digits of `which`.
PANE_HOST_DEVICE PANE_INLINE std::uint32_t pick_bytes(std::uint32_t first,
                                                      std::uint32_t second,
                                                      std::uint32_t which) noexcept {
#if PANE_DEVICE_CODE
  return __byte_perm(first, second, which);
#else
  return (void)second, (void)which, first;
#endif
}

}  // namespace detail
PANE_NAMESPACE_END
