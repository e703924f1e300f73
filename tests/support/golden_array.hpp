// SPDX-License-Identifier: MIT
#pragma once

// Typed byte arrays, the integer hash that fills them and CRC-32: what <tests/support/golden.hpp> is made
// of.

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace test {

using Bytes = std::vector<std::uint8_t>;

/// CRC-32 (reflected polynomial 0xEDB88320), as zlib computes it.
inline std::uint32_t crc32(std::uint8_t const* data, std::size_t count) {
  static std::array<std::uint32_t, 256> const table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = (value >> 1) ^ ((value & 1u) != 0 ? 0xEDB88320u : 0u);
      t[i] = value;
    }
    return t;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ table[(crc ^ data[i]) & 0xFFu];
  return ~crc;
}

/// The 32-bit hash of (seed, index); `hash_u32` in tests/data/references/writer.py is the same
/// function.
constexpr std::uint32_t hash_u32(std::uint32_t seed, std::uint32_t index) {
  std::uint32_t x = index * 0x9E3779B1u + (seed * 0x85EBCA6Bu + 0x27D4EB2Fu);
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

/// Bytes per element of "u8", "s8", "u16", "s16", "f16", "bf16", "u32", "s32", "f32" or "f64".
inline std::size_t dtype_bytes(std::string_view dtype) {
  if (dtype == "u8" || dtype == "s8") return 1;
  if (dtype == "u16" || dtype == "s16" || dtype == "f16" || dtype == "bf16") return 2;
  if (dtype == "u32" || dtype == "s32" || dtype == "f32") return 4;
  if (dtype == "f64") return 8;
  throw std::runtime_error("golden: unknown dtype " + std::string(dtype));
}

/// The value of f16 bits.
inline double f16_to_double(std::uint16_t bits) {
  double const sign = (bits & 0x8000u) != 0 ? -1.0 : 1.0;
  int const exponent = (bits >> 10) & 31;
  int const fraction = bits & 1023;
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return exponent == 0 ? sign * std::ldexp(fraction, -24)
                       : sign * std::ldexp(1024 + fraction, exponent - 25);
}

namespace detail {

template <class T>
T load(void const* data, std::size_t i) {
  T value;
  std::memcpy(&value, static_cast<char const*>(data) + i * sizeof(T), sizeof(T));
  return value;
}

template <class T>
void store(Bytes& bytes, std::size_t i, T value) {
  std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
}

}  // namespace detail

/// `count` packed elements of a dtype as doubles (every dtype here fits without rounding).
inline std::vector<double> to_doubles(std::string_view dtype, void const* data, std::size_t count) {
  using detail::load;
  dtype_bytes(dtype);  // refuses an unknown one
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (dtype == "u8") out[i] = load<std::uint8_t>(data, i);
    if (dtype == "s8") out[i] = load<std::int8_t>(data, i);
    if (dtype == "u16") out[i] = load<std::uint16_t>(data, i);
    if (dtype == "s16") out[i] = load<std::int16_t>(data, i);
    if (dtype == "u32") out[i] = load<std::uint32_t>(data, i);
    if (dtype == "s32") out[i] = load<std::int32_t>(data, i);
    if (dtype == "f16") out[i] = f16_to_double(load<std::uint16_t>(data, i));
    if (dtype == "bf16")
      out[i] = std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(data, i)} << 16);
    if (dtype == "f32") out[i] = load<float>(data, i);
    if (dtype == "f64") out[i] = load<double>(data, i);
  }
  return out;
}

/// A packed array: dtype and layout by name ("HWC", "HW", "CHW", "NHWC", "N", "NC"), extents,
/// little-endian bytes.
struct Array {
  std::string dtype;
  std::string layout;
  std::vector<std::int64_t> shape;
  Bytes bytes;

  std::size_t size() const { return bytes.size() / dtype_bytes(dtype); }

  /// The extent of an axis, 1 when the layout has none of that name.
  std::int64_t extent(char axis) const {
    auto const i = layout.find(axis);
    return i == std::string::npos ? 1 : shape.at(i);
  }

  /// The elements as T, a trivially copyable type of the dtype's size (f16 and bf16: their bits, or
  /// a half type).
  template <class T>
  std::vector<T> as() const {
    static_assert(std::is_trivially_copyable_v<T>, "the elements are copied as bytes");
    if (sizeof(T) != dtype_bytes(dtype))
      throw std::runtime_error("golden: as<T>() with a T of another size than " + dtype);
    std::vector<T> out(size());
    if (!bytes.empty()) std::memcpy(static_cast<void*>(out.data()), bytes.data(), bytes.size());
    return out;
  }

  std::vector<double> doubles() const { return to_doubles(dtype, bytes.data(), size()); }
};

/// Fills an array with hashed values. Integers: the top bits of the hash (u8: floor(top * scale +
/// bias)). f32, f64: u * scale + bias, u in [0, 1) with 24 bits; f16 and bf16: u with 11 and 8
/// bits.
inline void fill_hash(Array& array, std::uint32_t seed, double scale, double bias) {
  for (std::size_t i = 0; i < array.size(); ++i) {
    std::uint32_t const x = hash_u32(seed, static_cast<std::uint32_t>(i));
    if (array.dtype == "u8") {
      detail::store(array.bytes, i,
                    static_cast<std::uint8_t>(std::floor((x >> 24) * scale + bias)));
    } else if (array.dtype == "s8") {
      detail::store(array.bytes, i, static_cast<std::uint8_t>(x >> 24));
    } else if (array.dtype == "u16" || array.dtype == "s16") {
      detail::store(array.bytes, i, static_cast<std::uint16_t>(x >> 16));
    } else if (array.dtype == "u32" || array.dtype == "s32") {
      detail::store(array.bytes, i, x);
    } else if (array.dtype == "f32") {
      detail::store(array.bytes, i, static_cast<float>((x >> 8) * 0x1p-24 * scale + bias));
    } else if (array.dtype == "f64") {
      detail::store(array.bytes, i, (x >> 8) * 0x1p-24 * scale + bias);
    } else if (array.dtype == "bf16") {
      auto const bits = std::bit_cast<std::uint32_t>(static_cast<float>(x >> 24) * 0x1p-8f);
      detail::store(array.bytes, i, static_cast<std::uint16_t>(bits >> 16));
    } else {  // f16: (x >> 21) / 2^11 has at most 11 significant bits
      auto const bits = std::bit_cast<std::uint32_t>(static_cast<float>(x >> 21) * 0x1p-11f);
      detail::store(
          array.bytes, i,
          bits == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>((bits >> 13) - (112u << 10)));
    }
  }
}

}  // namespace test
