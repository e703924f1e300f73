// SPDX-License-Identifier: MIT
// EXPECT: pane::from_mdspan: this layout has no strides; a tensor is strided memory
#include <pane/core/layout.hpp>
#include <pane/interop/mdspan.hpp>

#include <cstddef>

/// The interface of std::mdspan with a layout that is not strided: tiles, a space-filling curve.
struct Tiled {
  using element_type = float;
  using extents_type = int;
  using index_type = int;
  using rank_type = std::size_t;
  using data_handle_type = float*;
  using reference = float&;
  struct mapping_type {
    int stride(std::size_t) const { return 1; }
    int operator()(int, int) const { return 0; }
  };
  static constexpr rank_type rank() { return 2; }
  static constexpr std::size_t static_extent(rank_type) { return 4; }
  static constexpr bool is_always_strided() { return false; }
  int extent(rank_type) const { return 4; }
  float* data_handle() const { return nullptr; }
  mapping_type mapping() const { return {}; }
};

auto view = pane::from_mdspan<pane::HW>(Tiled{});
