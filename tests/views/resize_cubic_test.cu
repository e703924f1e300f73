// SPDX-License-Identifier: MIT

#include <pane/ops/copy.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/resize.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

namespace {

views::ResizeOptions options_of(test::GoldenCase const& c) {
  std::string const name = c.params().at("coordinate");
  return {.coordinate = name == "half_pixel"      ? half_pixel
                        : name == "align_corners" ? align_corners
                                                  : asymmetric};
}

template <class T>
int run_cases() {
  test::Golden const golden("resize");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    if (c.params().at("interpolation") != "cubic" || c.input().dtype != name(dtype_of<T>)) continue;
    ++cases;
    int const h = c.params().at("height");
    int const w = c.params().at("width");
    Cubic const rule{.a = c.params().at("cubic_a")};
    views::ResizeOptions const options = options_of(c);
    test::check_case(
        c, test::each_channel<T>(c, [&](auto const& channel) {
          auto const image = channel | views::crop(test::roi_of(c, test::pixels_of(c.input())));
          if (c.params().value("intermediate", test::Json()).is_null()) {
            return test::evaluate<T, HW>(image | views::resize(h, w, rule, options));
          }
          // Pillow rounds to u8 after the horizontal pass: so does the stage in the middle.
          test::Picture<T, HW> const middle(
              test::evaluate<T, HW>(image | views::resize(image.size(0).height, w, rule, options)));
          return test::evaluate<T, HW>(middle.in() | views::resize(h, w, rule, options));
        }));
  }
  return cases;
}

}  // namespace

TEST_CASE("resize: cubic is within the bound of OpenCV, Pillow, torch and float64") {
  CHECK(run_cases<std::uint8_t>() == 22);
  CHECK(run_cases<float>() == 39);
}

TEST_CASE("resize: cubic by hand") {
  test::Pixels p(1, 1, 4, 1);
  p.v = {0, 0, 64, 64};
  test::Picture<float, HW> const src(p);
  // 4 -> 8: at the fractions 1/4 and 3/4 the weights for a = -0.75 are -27, 225, 67, -9 of 256 and the reverse
  auto const want = std::vector<double>{0, -2.25, -6.75, 14.5, 49.5, 70.75, 66.25, 64};
  auto const got = test::evaluate<float, HW>(src.in() | views::resize(1, 8, cubic));
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(std::abs(got.v[i] - want[i]) <= 1e-5);
}
