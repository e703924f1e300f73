// SPDX-License-Identifier: MIT

#include <pane/core/tensor.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/warp_affine.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

using namespace pane;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

/// Pixels whose value is their own column.
struct Ruler {
  using pixel = Vec<double, 1>;
  PANE_HOST_DEVICE std::int64_t batch() const { return 1; }
  PANE_HOST_DEVICE Size size(std::int64_t) const { return {4, 1 << 24}; }
  PANE_HOST_DEVICE pixel operator()(std::int64_t, int, int x) const {
    return {{static_cast<double>(x)}};
  }
};

}  // namespace

TEST_CASE("warp_affine: as OpenCV and the float64 formula") {
  test::Golden const golden("warp_affine");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    auto const& p = c.params();
    AffineMap map{};
    for (std::size_t i = 0; i < 6; ++i) map.m[i / 3][i % 3] = p.at("matrix")[i / 3][i % 3];
    std::string const border = p.at("border");
    auto const view =
        views::warp_affine(p.at("height"), p.at("width"), map,
                           {.border = border == "replicate" ? Border::replicate : Border::constant,
                            .fill = p.value("fill", 0.0f)});
    auto const compare = [&]<class T>(T) {
      test::with_input<T>(c, [&](auto const& src) {
        using L = typename std::remove_cvref_t<decltype(src.in())>::layout_type;
        test::check_case(
            c, test::evaluate<T, L>(src.in() | view, {.offset_bytes = sizeof(T), .gap = 2}));
      });
    };
    if (c.input().dtype == "f32") {
      compare(float{});
    } else {
      compare(std::uint8_t{});
    }
  }
  CHECK(cases == 28);
}

TEST_CASE("warp_affine: by hand") {
  test::Pixels p(1, 2, 2, 1);
  p.v = {0, 40, 80, 120};
  test::Picture<float, HW> const src(p);
  auto const at = [&](float x, float y) {
    return test::evaluate<float, HW>(
               src.in() | views::warp_affine(1, 1, {{{0, 0, x}, {0, 0, y}}}, {.fill = -100}))
        .v[0];
  };
  CHECK(at(0, 0) == 0);
  CHECK(at(1, 1) == 120);
  CHECK(at(0.5f, 0.5f) == 60);
  CHECK(at(0.25f, 1) == 90);
  CHECK(at(-0.5f, 0) == -50);  // half of it is the fill
  CHECK(at(-1, 0) == -100);
  CHECK(at(-7, 9) == -100);
}

TEST_CASE("warp_affine: coordinates near and far, and across the border between them") {
  for (double const step : {1.0, 0.5, 0.25}) {
    for (double const from : {0.0, 1.75, 4194304.0 - 3.5, 4194304.0 + 0.5, 8388608.0 - 2.0}) {
      AffineMap const map{{{static_cast<float>(step), 0, static_cast<float>(from)}, {0, 0, 1.5f}}};
      auto const got = test::evaluate<double, HW>(Ruler{} | views::warp_affine(1, 135, map)).v;
      int wrong = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {  // coordinates are float
        auto const want = static_cast<float>(static_cast<double>(i) * step + from);
        if (got[i] != static_cast<double>(want)) ++wrong;
      }
      CAPTURE(step, from);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("contract 11: NaN, infinity and far coordinates never read outside the source",
          "[contract]") {
  test::Pixels p(1, 3, 3, 1);
  p.v = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  test::Picture<float, HW> const src(p);
  for (Border border :
       {Border::constant, Border::replicate, Border::reflect, Border::reflect_101, Border::wrap}) {
    for (float bad : {nan_value, infinity, -infinity, 3e38f, -3e38f, 1e10f, -1e10f, 2147483648.0f,
                      1073741824.0f, -1073741825.0f}) {
      for (int place = 0; place < 6; ++place) {
        AffineMap map{{{1, 0, 0}, {0, 1, 0}}};
        map.m[place / 3][place % 3] = bad;
        auto const linear_result = test::evaluate<float, HW>(
            src.in() | views::warp_affine(3, 5, map, {.border = border, .fill = 4}));
        auto const cubic_result = test::evaluate<float, HW>(
            src.in() | views::warp_affine(3, 5, map, {.border = border, .fill = 4}, cubic));
        for (double v : linear_result.v) CHECK((v >= 1 && v <= 9));
        for (double v : cubic_result.v) CHECK(std::isfinite(v));
      }
    }
  }
}

TEST_CASE("warp_affine: bad arguments") {
  test::Picture<float, HW> const src(test::Pixels(1, 2, 2, 1));
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(views::warp_affine(-1, 2, {}),
                    ContainsSubstring("pane::views::warp_affine: the size -1 x 2 is negative"));
  CHECK_THROWS_WITH(src.in() | views::warp_affine(2, 2, {}, {.fill = {1, 2, 3}}),
                    ContainsSubstring("fill has 3 values"));
  Tensor<float const, HW> const nothing(nullptr, {0, 4});
  CHECK_THROWS_WITH(nothing | views::warp_affine(2, 2, {}),
                    ContainsSubstring("there is nothing to sample"));
}
