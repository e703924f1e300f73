// SPDX-License-Identifier: MIT
#pragma once

// A verb against the copy of its view, for the tests of the eager verbs.

#include <pane/core/tensor.hpp>
#include <pane/ops/copy.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <vector>

namespace test {

inline constexpr int h = 9;
inline constexpr int w = 14;

inline Buffer<std::uint8_t> const& picture() {
  static std::vector<std::uint8_t> const bytes = [] {
    std::vector<std::uint8_t> v(h * w * 4);
    for (std::size_t i = 0; i < v.size(); ++i)
      v[i] = static_cast<std::uint8_t>(i * 37 + i / 13 * 5);
    return v;
  }();
  static Buffer<std::uint8_t> const* const buffer =
      new Buffer<std::uint8_t>(bytes);  // outlives the driver, so it is never freed
  return *buffer;
}

template <int C>
pane::Tensor<std::uint8_t const, pane::HWC<C>> image() {
  return {picture().data(), {h, w, C}};
}

/// What is written into an array of HWC std::uint8_t, by a verb and by copy: equal, and not what was there before.
template <int C, class Verb, class View>
void check(pane::Size size, Verb&& verb, View&& view) {
  auto const count = static_cast<std::size_t>(size.height * size.width * C);
  Buffer<std::uint8_t> const by_verb(count);
  Buffer<std::uint8_t> const by_dynamic(count);
  Buffer<std::uint8_t> const by_copy(count);
  auto const at = [&](Buffer<std::uint8_t> const& b) {
    return pane::Tensor<std::uint8_t, pane::HWC<C>>(b.data(), {size.height, size.width, C});
  };
  on_machine([&](auto where) {
    verb(where, at(by_verb));
    verb(where, pane::Tensor<std::uint8_t, pane::HWC<>>(at(by_dynamic)));
    pane::copy(where, view, at(by_copy));
  });
  auto const want = by_copy.download();
  CHECK(by_verb.download() == want);
  CHECK(by_dynamic.download() == want);
  CHECK(want != std::vector<std::uint8_t>(count, 0xCD));
}

/// The same, and the source too with its channels at run time.
template <int From, int To, class Verb, class F>
void check_both(pane::Size size, Verb&& verb, F const& adaptor) {
  auto const view = image<From>() | adaptor;
  check<To>(
      size, [&](auto where, auto const& dst) { verb(where, image<From>(), dst); }, view);
  check<To>(
      size,
      [&](auto where, auto const& dst) {
        verb(where, pane::Tensor<std::uint8_t const, pane::HWC<>>(image<From>()), dst);
      },
      view);
}

}  // namespace test
