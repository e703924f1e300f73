// SPDX-License-Identifier: MIT

#include <pane/core/planes.hpp>
#include <pane/views/bilinear.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/letterbox.hpp>
#include <pane/views/resize.hpp>
#include <pane/views/warp_affine.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using namespace pane;

namespace {

/// The formula in double at source coordinates, edges repeated.
double sampled(test::Pixels const& p, std::int64_t n, double y, double x, int c) {
  auto const clamp = [](double i, int size) {
    return i < 0 ? 0 : i > size - 1 ? size - 1 : static_cast<int>(i);
  };
  double const fy = std::floor(y);
  double const fx = std::floor(x);
  auto const across = [&](double j) {
    double const a = p.at(n, clamp(j, p.height), clamp(fx, p.width), c);
    double const b = p.at(n, clamp(j, p.height), clamp(fx + 1, p.width), c);
    return a + (x - fx) * (b - a);
  };
  return across(fy) + (y - fy) * (across(fy + 1) - across(fy));
}

/// Random bytes; black and white by turns, where weights matter most; and one level.
std::vector<test::Pixels> pictures(int height, int width, int channels) {
  std::vector<test::Pixels> out{test::noise(2, height, width, channels)};
  for (int const level : {0, 255, 77, -1}) {
    test::Pixels p(2, height, width, channels);
    test::for_each(p, [&](std::int64_t n, int y, int x, int c) {
      p.at(n, y, x, c) = level >= 0 ? level : static_cast<int>(y + x + c + n) % 2 * 255;
    });
    out.push_back(p);
  }
  return out;
}

/// Half a step of T for values up to 255, and what coarse weights may add.
template <class T>
constexpr double bound = 0.016 + (std::is_same_v<T, f16> ? 0.0625 : 0.5);

/// Bytes in one layout resized and warped into elements T, from every place in memory.
template <class T, class From, class To>
void check_coarse(int channels) {
  for (test::Pixels const& p : pictures(13, 18, channels)) {
    bool const flat = p.v[0] == p.v[1] && p.v[0] == p.v[2] && p.v[1] == p.v[5];
    for (test::Place const place : test::places<std::uint8_t>()) {
      test::Picture<std::uint8_t, From> const src(p, place);
      for (Size const to : {Size{1, 1}, Size{9, 31}, Size{29, 44}, Size{40, 131}}) {
        test::Pixels want(2, to.height, to.width, channels);
        test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
          want.at(n, y, x, c) = sampled(p, n, (y + 0.5) * p.height / to.height - 0.5,
                                        (x + 0.5) * p.width / to.width - 0.5, c);
        });
        auto const view = src.in() | views::resize(to.height, to.width);
        CHECK(test::difference(test::evaluate<T, To>(view), want, flat ? 0.0 : bound<T>) == "");
      }
      AffineMap const map{{{0.9f, 0.25f, -2.125f}, {-0.25f, 0.9f, 3.5f}}};
      test::Pixels want(2, 17, 21, channels);
      test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
        want.at(n, y, x, c) =
            sampled(p, n, double{map.m[1][0]} * x + double{map.m[1][1]} * y + double{map.m[1][2]},
                    double{map.m[0][0]} * x + double{map.m[0][1]} * y + double{map.m[0][2]}, c);
      });
      auto const view = src.in() | views::warp_affine(17, 21, map, {.border = Border::replicate});
      CHECK(test::difference(test::evaluate<T, To>(view), want, flat ? 0.0 : bound<T>) == "");
    }
  }
}

}  // namespace

TEST_CASE("linear: bytes for bytes and halves, within the weights' bound") {
  check_coarse<std::uint8_t, NHWC<3>, NHWC<3>>(3);
  check_coarse<std::uint8_t, NHWC<4>, NHWC<4>>(4);
  check_coarse<std::uint8_t, NHWC<3>, NCHW<3>>(3);
  check_coarse<std::uint8_t, NCHW<3>, NHWC<3>>(3);
  check_coarse<std::uint8_t, NHW, NHW>(1);
  check_coarse<f16, NHWC<3>, NCHW<3>>(3);
  check_coarse<f16, NHWC<4>, NCHW<4>>(4);
  check_coarse<f16, NHWC<3>, NHWC<3>>(3);
}

TEST_CASE("linear: finer elements get finer weights") {
  using Bytes = Tensor<std::uint8_t const, NHWC<3>>;
  using Resized = views::Resize<Bytes, Linear>;
  auto const rule = []<class T>(T, auto const& view) {
    return std::is_same_v<std::remove_cvref_t<decltype(detail::for_result<T>(view))>, Resized>;
  };
  test::Picture<std::uint8_t, NHWC<3>> const src(test::noise(1, 5, 5, 3));
  auto const view = src.in() | views::resize(7, 7);
  CHECK(rule(0.0f, view));
  CHECK(rule(0.0, view));
  CHECK(rule(std::uint16_t{}, view));
  CHECK(rule(0, view));
  CHECK_FALSE(rule(std::uint8_t{}, view));
  CHECK_FALSE(rule(f16{}, view));
  test::Pixels const p = test::noise(1, 5, 5, 3);
  test::Pixels want(1, 7, 7, 3);
  test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
    want.at(n, y, x, c) = sampled(p, n, (y + 0.5) * 5 / 7 - 0.5, (x + 0.5) * 5 / 7 - 0.5, c);
  });
  CHECK(test::difference(test::evaluate<float, NHWC<3>>(view), want, 1e-4) == "");
}

TEST_CASE("linear: chroma side by side and in planes of its own, the same bits") {
  int const height = 26;
  int const width = 34;
  test::Pixels const noise = test::noise(1, height * 3 / 2, width, 1);
  std::vector<std::uint8_t> together(noise.v.begin(), noise.v.end());
  auto const luma_bytes = static_cast<std::size_t>(height * width);
  std::vector<std::uint8_t> u(luma_bytes / 4);
  std::vector<std::uint8_t> v(luma_bytes / 4);
  for (std::size_t i = 0; i < u.size(); ++i) {
    u[i] = together[luma_bytes + 2 * i];
    v[i] = together[luma_bytes + 2 * i + 1];
  }
  test::Buffer<std::uint8_t> const surface(together);
  test::Buffer<std::uint8_t> const u_plane(u);
  test::Buffer<std::uint8_t> const v_plane(v);
  using Plane = Tensor<std::uint8_t const, NHW>;
  Nv12<std::uint8_t const> const nv12 =
      nv12_surface(surface.data(), {.batch = 1, .height = height, .width = width});
  auto const chroma = [&](test::Buffer<std::uint8_t> const& b) {
    return Plane(b.data(), {1, height / 2, width / 2});
  };
  Planes<std::uint8_t const> const apart(nv12.y(), chroma(u_plane), chroma(v_plane), 1, 1);
  CHECK(nv12.packs<1>());
  CHECK_FALSE(apart.packs<1>());
  auto const same = [&]<class T>(T, auto const& view) {
    CHECK(test::difference(test::evaluate<T, NCHW<3>>(nv12 | view),
                           test::evaluate<T, NCHW<3>>(apart | view),
                           std::is_same_v<T, float> ? 1e-4 : 0.0) == "");
    for (Roi const roi : {Roi{0, 0, 1, 1}, Roi{width - 1, height - 1, 1, 1}, Roi{3, 5, 7, 1},
                          Roi{7, 3, 1, 9}, Roi{5, 7, 29, 19}}) {
      CHECK(test::difference(test::evaluate<T, NCHW<3>>(nv12 | views::crop(roi) | view),
                             test::evaluate<T, NCHW<3>>(apart | views::crop(roi) | view),
                             std::is_same_v<T, float> ? 1e-4 : 0.0) == "");
    }
  };
  for (Size const to : {Size{1, 1}, Size{13, 17}, Size{41, 67}}) {
    same(f16{}, views::resize(to.height, to.width));
    same(std::uint8_t{}, views::resize(to.height, to.width));
    same(0.0f, views::resize(to.height, to.width));
    same(f16{}, views::letterbox(to.height, to.width));
  }
}
