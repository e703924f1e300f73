// SPDX-License-Identifier: MIT
// The stencil skeleton: staging in shared memory gives the bits of the tap-by-tap evaluation, prologue, epilogue and
// nesting included.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using namespace pane;

/// Evaluates a chain through copy and, pixel by pixel, through its own call operator on the CPU.
template <class Chain>
void compare(int height, int width, Chain const& chain) {
  std::vector<std::uint8_t> content(static_cast<std::size_t>(height * width * 3));
  for (std::size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<std::uint8_t>((i * 2654435761u) >> 15);
  test::Buffer<std::uint8_t> const in(content);
  auto const here = Tensor<std::uint8_t const, HWC<3>>(content.data(), {height, width, 3}) | chain;
  Size const size = here.size(0);
  test::Buffer<float> out(static_cast<std::size_t>(size.height * size.width * 3));
  test::on_machine([&](auto where) {
    copy(where, Tensor<std::uint8_t const, HWC<3>>(in.data(), {height, width, 3}) | chain,
         Tensor<float, HWC<3>>(out.data(), {size.height, size.width, 3}));
  });
  auto const got = out.download();
  float worst = 0.0f;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      auto const want = here(0, y, x);
      for (int c = 0; c < 3; ++c) {
        float const difference =
            got[static_cast<std::size_t>((y * size.width + x) * 3 + c)] - want[c];
        worst = std::max(worst, difference < 0 ? -difference : difference);
      }
    }
  }
  INFO(height << " x " << width);
  // The same multiply-adds in the same order; a host without the instruction may differ in the last place of 255.
  REQUIRE(worst <= 255.0f * 0x1p-21f);
}

TEST_CASE("tile by tile is tap by tap") {
  for (int height : {1, 2, 15, 16, 17, 35}) {
    for (int width : {1, 3, 63, 64, 65, 130})
      compare(height, width, views::gaussian({.size = 7, .sigma = 1.5f}));
  }
}

TEST_CASE("prologue and epilogue are part of the tile") {
  compare(40, 50,
          views::crop({3, 5, 41, 31}) | views::resize(33, 70) | views::gaussian({.size = 5}) |
              views::scale_offset(0.5f, 1.0f));
}

TEST_CASE("stencils nest, with every border") {
  for (Border border :
       {Border::constant, Border::replicate, Border::reflect, Border::reflect_101, Border::wrap}) {
    compare(19, 37,
            views::gaussian({.size = 3, .border = border}) | views::scale_offset(2.0f) |
                views::gaussian({.size = 5, .border = border}));
    compare(2, 3,
            views::gaussian({.size = 7, .border = border}) |
                views::gaussian({.size = 7, .border = border}));
  }
}

TEST_CASE("bytes at any address, rows of any pitch: the same pixels") {
  constexpr int height = 37;
  constexpr int width = 265;
  auto const chain = views::gaussian({.size = 7, .sigma = 1.5f});
  std::vector<std::uint8_t> first;
  for (int skew : {0, 1, 2, 3}) {
    for (int gap : {0, 1, 5}) {  // rows of 795 bytes are no words; with 5 more they are
      int const pitch = width * 3 + gap;
      std::vector<std::uint8_t> content(static_cast<std::size_t>(height * pitch));
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width * 3; ++x) {
          content[static_cast<std::size_t>(y * pitch + x)] = static_cast<std::uint8_t>(
              (static_cast<unsigned>(y * width * 3 + x) * 2654435761u) >> 15);
        }
      }
      test::Buffer<std::uint8_t> const in(content, static_cast<std::size_t>(skew));
      test::Buffer<std::uint8_t> out(static_cast<std::size_t>(height * width * 3),
                                     static_cast<std::size_t>(skew));
      test::on_machine([&](auto where) {
        auto const src =
            Tensor<std::uint8_t const, HWC<3>>::pitched(in.data(), {height, width, 3}, pitch);
        copy(where, src | chain, Tensor<std::uint8_t, HWC<3>>(out.data(), {height, width, 3}));
      });
      if (first.empty()) first = out.download();
      INFO("skew " << skew << " gap " << gap);
      REQUIRE(out.download() == first);
    }
  }
}

}  // namespace
