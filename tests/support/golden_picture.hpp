// SPDX-License-Identifier: MIT
#pragma once

// Golden cases as pictures.

#include <pane/core/layout.hpp>
#include <pane/core/shape.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/golden.hpp>
#include <tests/support/picture.hpp>

#include <cstddef>
#include <string>

namespace test {

/// A packed array of layout HW, HWC, NHWC, CHW or NCHW.
inline Pixels pixels_of(Array const& array) {
  Pixels p(array.extent('N'), static_cast<int>(array.extent('H')),
           static_cast<int>(array.extent('W')), static_cast<int>(array.extent('C')));
  std::vector<double> const values = array.doubles();
  for_each(p, [&](std::int64_t n, int y, int x, int c) {
    std::int64_t i = 0;
    for (std::size_t a = 0; a < array.layout.size(); ++a) {
      char const axis = array.layout[a];
      i = i * array.shape[a] + (axis == 'N' ? n : axis == 'H' ? y : axis == 'W' ? x : c);
    }
    p.at(n, y, x, c) = values.at(static_cast<std::size_t>(i));
  });
  return p;
}

inline pane::Roi roi_of(Json const& j) {
  return {j.at("x"), j.at("y"), j.at("width"), j.at("height")};
}

/// The region of the input that is the whole image of the case.
inline pane::Roi roi_of(GoldenCase const& c, Pixels const& p) {
  return c.params().contains("roi") ? roi_of(c.params().at("roi"))
                                    : pane::Roi{0, 0, p.width, p.height};
}

/// The input of a case in the memory of the chosen machine, one element past alignment and with gaps between its rows.
template <class T, class L>
Picture<T, L> input_picture(GoldenCase const& c) {
  return Picture<T, L>(pixels_of(c.input()), {.offset_bytes = sizeof(T), .gap = 3});
}

/// Calls f(picture) with the input of a case in the layout HW, HWC<3> or HWC<4>.
template <class T, class F>
void with_input(GoldenCase const& c, F&& f) {
  switch (c.input().extent('C')) {
    case 1:
      return f(input_picture<T, pane::HW>(c));
    case 3:
      return f(input_picture<T, pane::HWC<3>>(c));
    case 4:
      return f(input_picture<T, pane::HWC<4>>(c));
    default:
      throw std::runtime_error("golden: " + c.id() + ": no test has this number of channels");
  }
}

/// The result of f(one channel of the input) for each channel: one kernel for any number of channels.
template <class T, class F>
Pixels each_channel(GoldenCase const& c, F&& f) {
  Pixels const input = pixels_of(c.input());
  Pixels all(0, 0, 0, 0);
  with_input<T>(c, [&](auto const& src) {
    for (int i = 0; i < input.channels; ++i) {
      Pixels one(0, 0, 0, 0);
      if constexpr (decltype(src.in())::channels == 1) {
        one = f(src.in());
      } else {
        one = f(pane::channel(src.in(), i));
      }
      if (i == 0) all = Pixels(one.batch, one.height, one.width, input.channels);
      for_each(one,
               [&](std::int64_t n, int y, int x, int) { all.at(n, y, x, i) = one.at(n, y, x, 0); });
    }
  });
  return all;
}

/// One check: the numbers agree with the case within its bound.
inline void check_case(GoldenCase const& c, Pixels const& got) {
  Array const want = c.expected();
  std::vector<double> in_order(got.v.size());
  Pixels const places(want.extent('N'), static_cast<int>(want.extent('H')),
                      static_cast<int>(want.extent('W')), static_cast<int>(want.extent('C')));
  INFO(c.id());
  REQUIRE(places.v.size() == got.v.size());
  for_each(places, [&](std::int64_t n, int y, int x, int ch) {
    std::int64_t i = 0;
    for (std::size_t a = 0; a < want.layout.size(); ++a) {
      char const axis = want.layout[a];
      i = i * want.shape[a] + (axis == 'N' ? n : axis == 'H' ? y : axis == 'W' ? x : ch);
    }
    in_order.at(static_cast<std::size_t>(i)) = got.at(n, y, x, ch);
  });
  auto const result = c.compare(in_order);
  INFO(result.message);
  CHECK(result.ok);
}

/// Compares a view that keeps the element type with one golden case of flip_rot90, in the case's own type and layout.
template <class View>
void check_orientation(GoldenCase const& c, View const& view) {
  auto const run = [&]<class T, class L>(T, L) {
    auto const src = input_picture<T, L>(c);
    check_case(c, evaluate<T, L>(src.in() | view, {.gap = 1}));
  };
  std::string const type = c.input().dtype;
  if (type == "u8" && c.input().extent('C') == 1) {
    run(std::uint8_t{}, pane::HW{});
  } else if (type == "u8") {
    run(std::uint8_t{}, pane::HWC<3>{});
  } else if (type == "u16") {
    run(std::uint16_t{}, pane::HW{});
  } else if (type == "s16") {
    run(std::int16_t{}, pane::HWC<2>{});
  } else if (type == "f16") {
    run(pane::f16{}, pane::HWC<3>{});
  } else {
    run(float{}, pane::HWC<4>{});
  }
}

}  // namespace test
