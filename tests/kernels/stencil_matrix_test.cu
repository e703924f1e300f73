// SPDX-License-Identifier: MIT
// Separable filters of bytes in whole numbers: against float64, against the other kernel of stencils on the same
// pictures, and where they must be exact. On a CPU the same pictures go through the only kernel there is.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/filters.hpp>
#include <tests/support/picture.hpp>

#include <cmath>
#include <cstdint>
#include <utility>

namespace {

using namespace pane;
using test::borders;
using test::fine;
using test::gauss;
using test::slanted;
using test::steep;
using test::walked;

/// What the docstring of `separable` allows before the last rounding, and that rounding.
constexpr double bound = 0.04 + 0.5;

test::Pixels reference(test::Pixels const& p,
                       FilterTaps const& horizontal,
                       FilterTaps const& vertical,
                       Border border,
                       Fill const& fill) {
  test::Pixels rows = p;
  test::Pixels out = p;
  auto const pass = [&](test::Pixels& to, auto const& at, FilterTaps const& taps, bool down) {
    test::for_each(to, [&](std::int64_t n, int y, int x, int c) {
      double sum = 0;
      for (int k = 0; k < taps.size; ++k) {
        int const i = walked((down ? y : x) + k - taps.size / 2, down ? p.height : p.width, border);
        double const v =
            i < 0 ? static_cast<double>(fill.v[c]) : (down ? at(n, i, x, c) : at(n, y, i, c));
        sum += static_cast<double>(taps.weight[k]) * v;
      }
      to.at(n, y, x, c) = sum;
    });
  };
  pass(
      rows, [&](auto n, int y, int x, int c) { return p.at(n, y, x, c); }, horizontal, false);
  pass(
      out, [&](auto n, int y, int x, int c) { return rows.at(n, y, x, c); }, vertical, true);
  return out;
}

/// Evaluates into bytes, checks by `want` in float64 and by the kernel that works in float; what came out.
template <class L>
test::Pixels check(test::Pixels const& want,
                   test::Pixels const& p,
                   FilterTaps const& horizontal,
                   FilterTaps const& vertical,
                   views::SeparableOptions options,
                   test::Place from = {},
                   test::Place to = {}) {
  INFO(p.batch << " x " << p.height << " x " << p.width << " x " << p.channels << " taps "
               << horizontal.size << " " << vertical.size << " border "
               << static_cast<int>(options.border) << " offsets " << from.offset_bytes << " "
               << to.offset_bytes << " gaps " << from.gap << " " << to.gap);
  test::Picture<std::uint8_t, L> const src(p, from);
  auto const view = src.in() | views::separable(horizontal, vertical, options);
#if defined(__CUDACC__)
  test::Picture<std::uint8_t, L> const dst(p.batch, p.height, p.width, p.channels, to);
  using Program = detail::ByteFilterProgram<std::remove_cvref_t<decltype(view)>,
                                            std::remove_cvref_t<decltype(dst.out())>>;
  CHECK(Program{view, dst.out()}.fits());
#endif
  auto const got = test::evaluate<std::uint8_t, L>(view, to);
  CHECK(test::difference(got, want, bound) == "");
  CHECK(test::difference(got, test::evaluate<float, L>(view), bound + 1e-3) == "");
  return got;
}
template <class L>
test::Pixels check(test::Pixels const& p,
                   FilterTaps const& horizontal,
                   FilterTaps const& vertical,
                   views::SeparableOptions options,
                   test::Place from = {},
                   test::Place to = {}) {
  auto const want = reference(p, horizontal, vertical, options.border, options.fill);
  return check<L>(want, p, horizontal, vertical, options, from, to);
}

}  // namespace

TEST_CASE("stencil_matrix: every size of filter, every border, one, three and four channels") {
  std::uint32_t seed = 0;
  for (Border const border : borders) {
    for (int size : {3, 5, 7}) {
      for (auto const& [h, w] : {Size{13, 29}, Size{70, 131}, Size{65, 9}}) {
        views::SeparableOptions const options{.border = border, .fill = 77};
        ++seed;
        check<HW>(test::noise(1, h, w, 1, 0, 255, seed), gauss(size), slanted, options);
        check<HWC<3>>(test::noise(1, h, w, 3, 0, 255, seed), slanted, gauss(size, 1.5f), options);
        check<HWC<4>>(test::noise(1, h, w, 4, 0, 255, seed), gauss(size, 1.1f), steep,
                      {.border = border, .fill = {10.0f, 200.0f, 90.0f, 255.0f}});
      }
    }
  }
}

TEST_CASE("stencil_matrix: pictures smaller than the filter") {
  for (Border const border : borders) {
    for (int h = 1; h <= 4; ++h) {
      for (int w = 1; w <= 4; ++w) {
        check<HW>(test::noise(1, h, w, 1), slanted, slanted, {.border = border, .fill = 255});
        check<NHWC<3>>(test::noise(2, h, w, 3), slanted, slanted, {.border = border, .fill = 3});
      }
    }
  }
}

TEST_CASE("stencil_matrix: widths and heights around a tile's, in every place, in batches") {
  for (int width : {1, 5, 11, 127, 128, 129, 132, 133, 257}) {
    for (int height : {7, 63, 64, 66}) {
      test::Pixels const p = test::noise(2, height, width, 3);
      test::Pixels const want = reference(p, slanted, gauss(7), Border::reflect_101, 0);
      for (test::Place const from : test::places<std::uint8_t>()) {
        for (test::Place const to : test::places<std::uint8_t>()) {
          if (width > 5 && (from.offset_bytes + to.offset_bytes) % 2 == 1 && height != 64) continue;
          check<NHWC<3>>(want, p, slanted, gauss(7), {}, from, to);
        }
      }
    }
  }
  for (int skew = 0; skew < 20; ++skew) {  // pitches that are and are no multiples of 16
    test::Place const place{static_cast<std::size_t>(skew), (skew * 7 + 4) % 23};
    check<HW>(test::noise(1, 9, 401, 1), slanted, gauss(7), {}, place, {place.offset_bytes / 2, 3});
    check<HWC<4>>(test::noise(1, 9, 101, 4), slanted, gauss(7), {}, {}, place);
  }
}

TEST_CASE("stencil_matrix: a region of a picture reads nothing else") {
  test::Pixels const p = test::noise(1, 91, 203, 3);
  test::Picture<std::uint8_t, HWC<3>> const src(p, {.gap = 2});
  for (Roi const roi :
       {Roi{0, 0, 203, 91}, Roi{1, 2, 130, 66}, Roi{50, 9, 153, 82}, Roi{7, 5, 1, 1}}) {
    test::Pixels inside(1, roi.height, roi.width, 3);
    test::for_each(inside, [&](std::int64_t, int y, int x, int c) {
      inside.at(0, y, x, c) = p.at(0, roi.y + y, roi.x + x, c);
    });
    auto const got = test::evaluate<std::uint8_t, HWC<3>>(subview(src.in(), roi) |
                                                          views::separable(slanted, steep));
    CHECK(test::difference(got, check<HWC<3>>(inside, slanted, steep, {})) == "");
  }
}

TEST_CASE("stencil_matrix: a picture of one colour keeps it") {
  for (FilterTaps const& taps :
       {gauss(3), gauss(5, 0.7f), gauss(7, 1.5f), gauss(7, 30.0f), slanted}) {
    for (int level : {0, 1, 127, 128, 254, 255}) {
      test::Pixels const p = test::noise(1, 21, 140, 3, level, level);
      test::Picture<std::uint8_t, HWC<3>> const src(p);
      CHECK(test::difference(
                test::evaluate<std::uint8_t, HWC<3>>(src.in() | views::separable(taps, taps)), p) ==
            "");
    }
  }
}

TEST_CASE("stencil_matrix: black and white, where the rounded weights are farthest off") {
  for (FilterTaps const& taps : {gauss(7, 1.5f), gauss(7, 1.0f), gauss(5, 1.1f), slanted}) {
    detail::ByteTaps const w(detail::centred(taps).weight, 1);
    auto const error = [&](int k) {
      return fine(w, k) - static_cast<double>(detail::centred(taps).weight[k]) * 65536.0;
    };
    test::Pixels p(1, 70, 140, 3);
    for (int kind = 0; kind < 4; ++kind) {
      test::for_each(p, [&](std::int64_t, int y, int x, int) {
        double const e = kind == 0   ? error(y % 7)
                         : kind == 1 ? error(x % 7)
                         : kind == 2 ? error(x % 7) + error(y % 7)
                                     : static_cast<double>(x * 31 + y * 17) * 0.37;
        p.at(0, y, x, 0) = p.at(0, y, x, 1) = p.at(0, y, x, 2) =
            (kind < 3 ? e > 0 : static_cast<int>(e) % 2 == 0) ? 255 : 0;
      });
      check<HWC<3>>(p, taps, taps, {});
    }
    check<HWC<3>>(test::noise(1, 70, 140, 3, 254, 255), taps, taps, {});
  }
}

TEST_CASE("stencil_matrix: filters that do not fit take the other kernel") {
  constexpr FilterTaps edge{3, {-1.0f, 0.0f, 1.0f}};
  test::Pixels const p = test::noise(1, 33, 141, 3);
  test::Picture<std::uint8_t, HWC<3>> const src(p, {.offset_bytes = 1});
  for (auto const& [across, down] :
       {std::pair{edge, gauss(7)}, {gauss(7), edge}, {{}, gauss(5)}, {{}, {}}}) {
    test::Pixels want = reference(p, across, down, Border::reflect_101, 0);
    for (double& v : want.v) v = std::fmin(std::fmax(v, 0.0), 255.0);
    CHECK(test::difference(
              test::evaluate<std::uint8_t, HWC<3>>(src.in() | views::separable(across, down)), want,
              0.501) == "");
  }
}
