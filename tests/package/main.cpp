// SPDX-License-Identifier: MIT
// What a consumer writes: one conversion on the CPU, through the umbrella, with the answer computed by hand.
#include <pane/pane.hpp>

#include <array>
#include <cstdint>
#include <cstdio>

int main() {
  std::array<std::uint8_t, 2 * 2 * 3> const pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::array<float, 3 * 2 * 2> planes{};
  pane::Tensor<std::uint8_t const, pane::HWC<3>> const image{pixels.data(), {2, 2, 3}};
  pane::Tensor<float, pane::CHW<3>> const result{planes.data(), {3, 2, 2}};

  pane::copy(pane::host, image, result);

  std::array<float, 3 * 2 * 2> const expected{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12};
  if (planes != expected) {
    std::puts("copy from HWC to CHW gave other values than expected");
    return 1;
  }
  std::printf("pane %d.%d.%d works here\n", PANE_VERSION_MAJOR, PANE_VERSION_MINOR,
              PANE_VERSION_PATCH);
  return 0;
}
