// SPDX-License-Identifier: MIT
// Nearest and linear against OpenCV, Pillow, torch and float64; cubic is in resize_cubic_test.cu.

#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

using namespace pane;

namespace {

views::ResizeOptions options_of(test::GoldenCase const& c) {
  std::string const name = c.params().at("coordinate");
  return {.coordinate = name == "half_pixel"      ? half_pixel
                        : name == "align_corners" ? align_corners
                                                  : asymmetric};
}

/// Runs the cases of one element type on all their channels at once; how many there are.
template <class T, class Rule>
int interleaved(char const* interpolation, Rule rule) {
  test::Golden const golden("resize");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("interpolation") != interpolation || c.input().dtype != name(dtype_of<T>))
      continue;
    ++cases;
    test::with_input<T>(c, [&](auto const& src) {
      using L = typename std::remove_cvref_t<decltype(src.in())>::layout_type;
      auto const image = src.in() | views::crop(test::roi_of(c, test::pixels_of(c.input())));
      test::check_case(c, test::evaluate<T, L>(
                              image | views::resize(c.params().at("height"), c.params().at("width"),
                                                    rule, options_of(c)),
                              {.offset_bytes = sizeof(T), .gap = 1}));
    });
  }
  return cases;
}

/// The same, channel by channel.
template <class T, class Rule>
int one_by_one(char const* interpolation, Rule rule) {
  test::Golden const golden("resize");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("interpolation") != interpolation || c.input().dtype != name(dtype_of<T>))
      continue;
    ++cases;
    test::check_case(c, test::each_channel<T>(c, [&](auto const& channel) {
                       auto const image =
                           channel | views::crop(test::roi_of(c, test::pixels_of(c.input())));
                       return test::evaluate<T, HW>(image | views::resize(c.params().at("height"),
                                                                          c.params().at("width"),
                                                                          rule, options_of(c)));
                     }));
  }
  return cases;
}

}  // namespace

TEST_CASE("resize: nearest picks the pixels that OpenCV, Pillow and torch pick") {
  CHECK(interleaved<std::uint8_t>("nearest", nearest) == 54);
  CHECK(one_by_one<float>("nearest", nearest) == 2);
}

TEST_CASE("resize: linear is within the bound of OpenCV, torch and float64") {
  CHECK(interleaved<std::uint8_t>("linear", linear) == 19);
  CHECK(one_by_one<float>("linear", linear) == 36);
}
