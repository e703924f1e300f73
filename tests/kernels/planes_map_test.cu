// SPDX-License-Identifier: MIT
#include <pane/core/planes.hpp>
#include <pane/kernels/planes_map.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/gaussian.hpp>
#include <pane/views/resize.hpp>
#include <tests/ops/copy_refusal.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

namespace {

/// Planes in the memory of the chosen machine, every byte 0xCD at first; what lies between the rows is watched.
template <class T>
struct Surface {
  int height;
  int width;
  int log2_x;
  int log2_y;
  std::int64_t batch;
  test::Picture<T, NHW> luma;
  test::Picture<T, NHWC<2>> chroma;  // U beside V
  bool v_first;
  ChromaSiting siting;

  Surface(std::int64_t n,
          int h,
          int w,
          int lx,
          int ly,
          test::Place place = {},
          bool vu = false,
          ChromaSiting s = ChromaSiting::center)
      : height(h),
        width(w),
        log2_x(lx),
        log2_y(ly),
        batch(n),
        luma(n, h, w, 1, place),
        chroma(n, (h + (1 << ly) - 1) >> ly, (w + (1 << lx) - 1) >> lx, 2, place),
        v_first(vu),
        siting(s) {}

  Planes<T> planes() const {
    auto const uv = chroma.out();
    auto const u = channel(uv, v_first ? 1 : 0);
    auto const v = channel(uv, v_first ? 0 : 1);
    return {luma.out(), u, v, log2_x, log2_y, siting};
  }
};

struct Spread {
  template <class T>
  PANE_HOST_DEVICE Vec<T, 3> operator()(Vec<T, 1> const& p) const {
    return {{p.v[0], p.v[0], p.v[0]}};
  }
};

double triangle(int k, int step, bool cosited) {
  return cosited ? step - std::abs(k) : (k >= 0 ? 1 : 0);
}

/// The chroma sample (cy, cx) of channel c of full-resolution YUV, in double.
double chroma_of(test::Pixels const& yuv,
                 std::int64_t n,
                 int cy,
                 int cx,
                 int c,
                 int lx,
                 int ly,
                 ChromaSiting siting) {
  int const step_x = 1 << lx;
  int const step_y = 1 << ly;
  bool const left = siting != ChromaSiting::center;
  bool const top = siting == ChromaSiting::top_left;
  double sum = 0;
  double weights = 0;
  for (int j = 1 - step_y; j < step_y; ++j) {
    for (int i = 1 - step_x; i < step_x; ++i) {
      double const w = triangle(j, step_y, top) * triangle(i, step_x, left);
      int const y = std::min(std::max(cy * step_y + j, 0), yuv.height - 1);
      int const x = std::min(std::max(cx * step_x + i, 0), yuv.width - 1);
      sum += w * yuv.at(n, y, x, c);
      weights += w;
    }
  }
  return sum / weights;
}

/// "" when the planes hold the picture within `bound`.
template <class T>
std::string judge(Surface<T> const& s, test::Pixels const& yuv, double bound) {
  test::Pixels want_luma(s.batch, s.height, s.width, 1);
  test::for_each(want_luma, [&](std::int64_t n, int y, int x, int) {
    want_luma.at(n, y, x, 0) = yuv.at(n, y, x, 0);
  });
  std::string const in_luma = test::difference(s.luma.pixels(), want_luma, bound);
  if (!in_luma.empty()) return "luma " + in_luma;
  test::Pixels want(s.batch, (s.height + (1 << s.log2_y) - 1) >> s.log2_y,
                    (s.width + (1 << s.log2_x) - 1) >> s.log2_x, 2);
  test::for_each(want, [&](std::int64_t n, int y, int x, int c) {
    want.at(n, y, x, c) =
        chroma_of(yuv, n, y, x, (s.v_first ? 1 - c : c) + 1, s.log2_x, s.log2_y, s.siting);
  });
  std::string const in_chroma = test::difference(s.chroma.pixels(), want, bound);
  return in_chroma.empty() ? "" : "chroma " + in_chroma;
}

}  // namespace

TEST_CASE("planes: RGB to NV12 is the matrix and the mean of 2 x 2 in float64") {
  test::Golden const golden("rgb_to_nv12");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    ++cases;
    auto const& p = c.params();
    std::string const name = p.at("matrix");
    ColorMatrix const matrix = name == "bt601" ? bt601 : name == "bt709" ? bt709 : bt2020;
    ColorRange const range = p.at("range") == "full" ? full_range : limited_range;
    auto const src = test::input_picture<std::uint8_t, HWC<3>>(c);
    int const height = static_cast<int>(src.in().height());
    int const width = static_cast<int>(src.in().width());
    test::Picture<std::uint8_t, HW> const tall(1, height * 3 / 2, width, 1);
    test::on_machine([&](auto where) {
      copy(where, src.in() | views::to_yuv(matrix, range), nv12_tall(tall.out()));
    });
    test::check_case(c, tall.pixels());
  }
  CHECK(cases == 12);
}

TEST_CASE("planes: every subsampling, siting, place and odd size") {
  for (auto const& [lx, ly] : {std::pair{1, 1}, std::pair{1, 0}, std::pair{0, 0}, std::pair{2, 0},
                               std::pair{2, 2}, std::pair{0, 1}}) {
    for (auto const& [h, w] :
         {std::pair{6, 24}, std::pair{5, 13}, std::pair{1, 1}, std::pair{35, 131}}) {
      test::Pixels const yuv = test::noise(2, h, w, 3);
      test::Picture<std::uint8_t, NHWC<3>> const src(yuv);
      for (test::Place const place : test::places<std::uint8_t>()) {
        for (ChromaSiting const siting :
             {ChromaSiting::center, ChromaSiting::left, ChromaSiting::top_left}) {
          Surface<std::uint8_t> const s(2, h, w, lx, ly, place, lx == 1 && h == 5, siting);
          test::on_machine([&](auto where) { copy(where, src.in(), s.planes()); });
          INFO(lx << ly << " " << h << "x" << w << " siting " << int(siting));
          CHECK(judge(s, yuv, 0.5) == "");
        }
      }
    }
  }
}

TEST_CASE("planes: whole words, words from any address and single samples give the same numbers") {
  test::Pixels const rgb = test::noise(2, 35, 78, 3);
  test::Picture<float, NCHW<3>> const floats(rgb, {.offset_bytes = 4});
  auto const to_yuv = views::to_yuv(bt709, limited_range);
  auto const check = [&](auto const& in, detail::Runs from, test::Place to, detail::Runs runs) {
    Surface<std::uint8_t> const fast(2, 35, 78, 1, 1, to);
    Surface<std::uint8_t> const slow(2, 35, 78, 1, 1, {1, 3});
    auto const chain = in | to_yuv;
    CHECK(detail::planes_source_runs<8>(chain) == from);
    CHECK(detail::planes_runs<8>(fast.planes()) == runs);
    test::on_machine([&](auto where) {
      copy(where, chain, fast.planes());
      copy(where, floats.in() | to_yuv, slow.planes());
    });
    CHECK(test::difference(fast.luma.pixels(), slow.luma.pixels()) == "");
    CHECK(test::difference(fast.chroma.pixels(), slow.chroma.pixels()) == "");
  };
  test::Picture<std::uint8_t, NHWC<3>> const aligned(rgb, {.gap = 6});
  test::Picture<std::uint8_t, NHWC<3>> const bytes(rgb);
  CHECK(detail::planes_source_runs<8>(floats.in() | to_yuv) == detail::Runs::none);
  check(bytes.in(), detail::Runs::bytes, {.gap = 2}, detail::Runs::words);
  check(bytes.in(), detail::Runs::bytes, {}, detail::Runs::bytes);
  check(aligned.in(), detail::Runs::words, {1, 2}, detail::Runs::bytes);
}

TEST_CASE("planes: a batch of NV12 surfaces in one buffer") {
  test::Pixels const yuv = test::noise(3, 6, 24, 3);
  test::Picture<std::uint8_t, NHWC<3>> const src(yuv);
  test::Picture<std::uint8_t, NHW> const tall(3, 9, 24, 1);
  test::on_machine([&](auto where) { copy(where, src.in(), nv12_tall(tall.out())); });
  test::Pixels const got = tall.pixels();
  test::Pixels want(3, 9, 24, 1);
  test::for_each(want, [&](std::int64_t n, int y, int x, int) {
    want.at(n, y, x, 0) =
        y < 6 ? yuv.at(n, y, x, 0)
              : chroma_of(yuv, n, y - 6, x / 2, 1 + x % 2, 1, 1, ChromaSiting::center);
  });
  CHECK(test::difference(got, want, 0.5) == "");
}

TEST_CASE("planes: P010 and float planes") {
  test::Pixels const yuv = test::noise(1, 7, 10, 3, 0, 65535);
  test::Picture<std::uint16_t, NHWC<3>> const src(yuv);
  Surface<std::uint16_t> const p010(1, 7, 10, 1, 1);
  Surface<float> const real(1, 7, 10, 1, 1);
  test::on_machine([&](auto where) {
    copy(where, src.in(), p010.planes());
    copy(where, src.in(), real.planes());
  });
  CHECK(judge(p010, yuv, 0.5) == "");
  CHECK(judge(real, yuv, 1e-2) == "");
}

TEST_CASE("planes: I420 has planes of their own, and a chain with a filter below it") {
  test::Pixels const rgb = test::noise(1, 12, 20, 3);
  test::Picture<std::uint8_t, HWC<3>> const src(rgb);
  test::Picture<std::uint8_t, NHW> const y(1, 12, 20, 1);
  test::Picture<std::uint8_t, NHW> const u(1, 6, 10, 1);
  test::Picture<std::uint8_t, NHW> const v(1, 6, 10, 1);
  auto const chain =
      src.in() | views::gaussian({.size = 5, .sigma = 1.0}) | views::to_yuv(bt601, full_range);
  test::Pixels const yuv = test::evaluate<float, HWC<3>>(chain);
  test::on_machine([&](auto where) {
    copy(where, chain, Planes<std::uint8_t>(y.out(), u.out(), v.out(), 1, 1));
  });
  test::Pixels want(1, 6, 10, 1);
  for (int c : {1, 2}) {
    test::for_each(want, [&](std::int64_t n, int py, int px, int) {
      want.at(n, py, px, 0) = chroma_of(yuv, n, py, px, c, 1, 1, ChromaSiting::center);
    });
    CHECK(test::difference((c == 1 ? u : v).pixels(), want, 0.51) == "");
  }
}

TEST_CASE("planes: a rectangle of whole chroma samples, and refusals") {
  test::Pixels const yuv = test::noise(1, 4, 6, 3);
  test::Picture<std::uint8_t, NHWC<3>> const src(yuv);
  Surface<std::uint8_t> const s(1, 9, 11, 1, 1);
  auto const window = s.planes().window({2, 4, 6, 4});
  test::on_machine([&](auto where) { copy(where, src.in(), window); });
  test::Pixels const luma = s.luma.pixels();
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 11; ++x) {
      bool const inside = y >= 4 && y < 8 && x >= 2 && x < 8;
      CHECK(luma.at(0, y, x, 0) == (inside ? yuv.at(0, y - 4, x - 2, 0) : 0xCD));
    }
  }
  test::Pixels const chroma = s.chroma.pixels();
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 6; ++x) {
      bool const inside = y >= 2 && y < 4 && x >= 1 && x < 4;
      double const want =
          inside ? chroma_of(yuv, 0, y - 2, x - 1, 1, 1, 1, ChromaSiting::center) : 0xCD;
      CHECK(std::abs(chroma.at(0, y, x, 0) - want) <= 0.5);
    }
  }
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(test::copy_refusal(src.in(), s.planes().window({1, 4, 6, 4})),
             ContainsSubstring("whole chroma samples"));
  CHECK_THAT(test::copy_refusal(src.in(), s.planes().window({2, 3, 6, 4})),
             ContainsSubstring("whole chroma samples"));
  CHECK_THAT(test::copy_refusal(src.in(), s.planes()), ContainsSubstring("the sizes must agree"));
  // a pointwise chain may write where it reads, but chroma reads the neighbours too
  CHECK_THAT(test::copy_refusal(s.luma.in() | views::map(Spread{}), s.planes()),
             ContainsSubstring("dst overlaps src"));
}
