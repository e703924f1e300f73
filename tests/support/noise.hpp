// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/numeric.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace test {

/// Numbers by a hash of their place: whole ones of every value, others from 0 to 255.
template <class T = std::uint8_t>
std::vector<T> noise(std::int64_t count) {
  std::vector<T> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) {
    std::size_t const hash = (i * 2654435761u) >> 15;
    if constexpr (std::is_integral_v<T>) {
      v[i] = static_cast<T>(hash);
    } else {
      v[i] = pane::saturate_cast<T>(static_cast<float>(hash & 255u));
    }
  }
  return v;
}

}  // namespace test
