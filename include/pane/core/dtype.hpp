// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstdint>
#include <type_traits>

struct __half;         // cuda_fp16.h: accepted as an element type, never needed
struct __nv_bfloat16;  // cuda_bf16.h: likewise
struct __nv_fp8_e4m3;  // cuda_fp8.h: likewise
struct __nv_fp8_e5m2;

PANE_NAMESPACE_BEGIN

/// Type of one element, known at run time.
enum class DType : std::uint8_t {
  u8,
  s8,
  u16,
  s16,
  u32,
  s32,
  u64,
  s64,
  f16,
  bf16,
  f32,
  f64,
  boolean,
  f8_e4m3,
  f8_e5m2
};

/// IEEE 754 binary16 as stored in memory; `saturate_cast` converts from and to it.
struct f16 {
  std::uint16_t bits;
};

/// The upper half of an IEEE 754 binary32 as stored in memory; `saturate_cast` converts from and to it.
struct bf16 {
  std::uint16_t bits;
};

/// The 8-bit float E4M3 of OCP (e4m3fn) as stored in memory: up to 448, no infinity; `saturate_cast` converts from
/// and to it.
struct f8_e4m3 {
  std::uint8_t bits;
};

/// The 8-bit float E5M2 of OCP as stored in memory, the upper half of a binary16; `saturate_cast` converts from and
/// to it.
struct f8_e5m2 {
  std::uint8_t bits;
};

namespace detail {

template <class T>
struct DTypeOf;  // no member: T is not an element type

#define PANE_DTYPE(type, name)                  \
  template <>                                   \
  struct DTypeOf<type> {                        \
    static constexpr DType value = DType::name; \
  };
PANE_DTYPE(std::uint8_t, u8)
PANE_DTYPE(std::int8_t, s8)
PANE_DTYPE(std::uint16_t, u16)
PANE_DTYPE(std::int16_t, s16)
PANE_DTYPE(std::uint32_t, u32)
PANE_DTYPE(std::int32_t, s32)
PANE_DTYPE(std::uint64_t, u64)
PANE_DTYPE(std::int64_t, s64)
PANE_DTYPE(f16, f16)
PANE_DTYPE(bf16, bf16)
PANE_DTYPE(::__half, f16)
PANE_DTYPE(::__nv_bfloat16, bf16)
PANE_DTYPE(float, f32)
PANE_DTYPE(double, f64)
PANE_DTYPE(bool, boolean)
PANE_DTYPE(f8_e4m3, f8_e4m3)
PANE_DTYPE(f8_e5m2, f8_e5m2)
PANE_DTYPE(::__nv_fp8_e4m3, f8_e4m3)
PANE_DTYPE(::__nv_fp8_e5m2, f8_e5m2)
#undef PANE_DTYPE

}  // namespace detail

/// The types that a tensor can hold. `T` may be const.
template <class T>
concept Element = requires {
  detail::DTypeOf<std::remove_const_t<T>>::value;
};

/// The run-time name of an element type.
template <Element T>
inline constexpr DType dtype_of = detail::DTypeOf<std::remove_const_t<T>>::value;

/// Bytes of one element.
constexpr int size_bytes(DType type) noexcept {
  switch (type) {
    case DType::u8:
    case DType::s8:
    case DType::boolean:
    case DType::f8_e4m3:
    case DType::f8_e5m2:
      return 1;
    case DType::u16:
    case DType::s16:
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::u32:
    case DType::s32:
    case DType::f32:
      return 4;
    case DType::u64:
    case DType::s64:
    case DType::f64:
      return 8;
  }
  return 0;
}

/// The name of an element type, as messages print it.
constexpr char const* name(DType type) noexcept {
  constexpr char const* names[] = {"u8",  "s8",   "u16", "s16", "u32",  "s32",     "u64",    "s64",
                                   "f16", "bf16", "f32", "f64", "bool", "f8_e4m3", "f8_e5m2"};
  return names[static_cast<int>(type)];
}

namespace detail {

template <class T>
inline constexpr bool is_f16 = std::is_same_v<T, f16> || std::is_same_v<T, ::__half>;
template <class T>
inline constexpr bool is_bf16 = std::is_same_v<T, bf16> || std::is_same_v<T, ::__nv_bfloat16>;
template <class T>
inline constexpr bool is_half = is_f16<T> || is_bf16<T>;
template <class T>
inline constexpr bool is_f8_e4m3 = std::is_same_v<T, f8_e4m3> || std::is_same_v<T, ::__nv_fp8_e4m3>;
template <class T>
inline constexpr bool is_f8_e5m2 = std::is_same_v<T, f8_e5m2> || std::is_same_v<T, ::__nv_fp8_e5m2>;
template <class T>
inline constexpr bool is_f8 = is_f8_e4m3<T> || is_f8_e5m2<T>;

}  // namespace detail

PANE_NAMESPACE_END
