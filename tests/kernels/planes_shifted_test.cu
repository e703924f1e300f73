// SPDX-License-Identifier: MIT
#include <pane/core/planes.hpp>
#include <pane/kernels/planes_shifted.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/color.hpp>
#include <pane/views/crop.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

using namespace pane;

namespace {

test::Pixels every(test::Pixels const& chroma, int c) {
  test::Pixels out(chroma.batch, chroma.height, chroma.width, 1);
  test::for_each(
      out, [&](std::int64_t n, int y, int x, int) { out.at(n, y, x, 0) = chroma.at(n, y, x, c); });
  return out;
}

/// Frames of noise, with U beside V and, for pixels one by one, apart.
template <class T>
struct Frames {
  test::Pixels pixels_of_luma;
  test::Pixels pixels_of_chroma;
  test::Picture<T, NHW> luma;
  test::Picture<T, NHWC<2>> chroma;
  test::Picture<T, NHW> u;
  test::Picture<T, NHW> v;

  Frames(int height, int width, test::Place of_luma, test::Place of_chroma, int high = 255)
      : pixels_of_luma(test::noise(2, height, width, 1, 0, high)),
        pixels_of_chroma(test::noise(2, (height + 1) / 2, (width + 1) / 2, 2, 0, high, 7)),
        luma(pixels_of_luma, of_luma),
        chroma(pixels_of_chroma, of_chroma),
        u(every(pixels_of_chroma, 0)),
        v(every(pixels_of_chroma, 1)) {}

  Planes<T const> together() const {
    return {luma.in(), channel(chroma.in(), 0), channel(chroma.in(), 1), 1, 1};
  }
  Planes<T const> apart() const { return {luma.in(), u.in(), v.in(), 1, 1}; }
};

/// Runs the program for bytes at any address into a picture there, and `copy` into another; "" when both hold `want`.
template <class Source, class L = NHWC<3>>
std::string shifted(Source const& chain, test::Pixels const& want, test::Place place) {
  using Sink = Tensor<std::uint8_t, L>;
  using Program = detail::PlanesReadShiftedProgram<Source, Sink, 8>;
  auto const from = detail::planes_read_runs<8>(detail::below_maps(chain));
  if (from == detail::Runs::none) return "planes that cannot be read in runs";
  test::Picture<std::uint8_t, L> const out(want.batch, want.height, want.width, want.channels,
                                           place);
  test::Picture<std::uint8_t, L> const copied(want.batch, want.height, want.width, want.channels,
                                              place);
  test::on_machine([&](auto where) {
    detail::launch(where, Program{chain, out.out(), from});
    copy(where, chain, copied.out());
  });
  std::string const difference = test::difference(out.pixels(), want);
  return difference.empty() ? test::difference(copied.pixels(), want) : difference;
}

/// A place that depends on k, with every remainder of 16 bytes among 16 of them.
test::Place place(int k, int gap) {
  return {static_cast<std::size_t>(k % 16), gap};
}

auto const rgb_of = views::to_rgb(bt709, limited_range);
auto const yuv_of = views::to_yuv(bt709, limited_range);

}  // namespace

TEST_CASE(
    "planes shifted: NV12 at any address to RGB at any address, every width around a run and a "
    "warp") {
  for (int const width : {16, 17, 18, 23, 24, 25, 30, 241, 246, 247, 248, 249, 250, 255, 501}) {
    for (int const height : {1, 2, 3, 6, 11}) {
      Frames<std::uint8_t> const plain(height, width, {}, {});
      auto const want = test::evaluate<std::uint8_t, NHWC<3>>(plain.apart() | rgb_of);
      for (int k = 0; k < 16; ++k) {
        INFO(height << " x " << width << ", " << k);
        Frames<std::uint8_t> const src(height, width, place(k, k % 4), place(5 * k + 3, k % 3));
        REQUIRE(shifted(src.together() | rgb_of, want, place(7 * k + height, (k + width) % 3)) ==
                "");
      }
    }
  }
}

TEST_CASE("planes shifted: each address of NV12 with each of RGB") {
  for (int from = 0; from < 16; ++from) {
    Frames<std::uint8_t> const src(6, 43, place(from, 0), place(from + 3, 1));
    auto const want = test::evaluate<std::uint8_t, NHWC<3>>(src.apart() | rgb_of);
    for (int to = 0; to < 16; ++to) {
      INFO(from << " to " << to);
      REQUIRE(shifted(src.together() | rgb_of, want, place(to, 2)) == "");
    }
  }
}

TEST_CASE("planes shifted: parts of frames, four channels, and samples of 16 bits") {
  Frames<std::uint8_t> const src(20, 301, {}, {});
  for (Roi const roi : {Roi{10, 4, 33, 9}, Roi{0, 0, 301, 20}, Roi{0, 2, 17, 16}, Roi{2, 0, 1, 1},
                        Roi{280, 18, 21, 2}, Roi{298, 6, 3, 7}}) {
    auto const part = views::crop(roi);
    INFO(roi.x << " " << roi.y << " " << roi.width << " x " << roi.height);
    auto const want = test::evaluate<std::uint8_t, NHWC<3>>(src.apart() | part | rgb_of);
    CHECK(shifted(src.together() | part | rgb_of, want, place(1, 1)) == "");
    CHECK(shifted(src.together() | part | rgb_of, want, place(6, 0)) == "");
  }
  auto const rgba = rgb_of | views::add_alpha(255.0f);
  auto const want = test::evaluate<std::uint8_t, NHWC<4>>(src.apart() | rgba);
  for (int k = 0; k < 8; ++k) {
    auto const chain = src.together() | rgba;
    CHECK(shifted<decltype(chain), NHWC<4>>(chain, want, place(k, k)) == "");
  }
  for (int const width : {32, 35, 253}) {
    int const gap = 40 - width % 8;
    Frames<std::uint16_t> const deep(7, width, {0, gap}, {0, gap / 2 * 2}, 65535);
    auto const p016 = views::to_rgb(bt2020, full_range, {.bits = 16});
    if (detail::planes_read_runs<8>(deep.together()) != detail::Runs::words) continue;
    auto const bytes = test::evaluate<std::uint8_t, NHWC<3>>(deep.apart() | p016);
    CHECK(shifted(deep.together() | p016, bytes, place(width, 1)) == "");
  }
}

namespace {

/// Runs the program for planes of bytes at any address, and `copy`; "" when both wrote what `chain` gives sample by sample.
template <class Chain, class Slow>
std::string shifted_planes(Chain const& chain,
                           Slow const& one_by_one,
                           test::Place of_luma,
                           test::Place of_chroma) {
  using Program = detail::PlanesShiftedProgram<Chain, std::uint8_t, 8>;
  struct Surface {
    test::Picture<std::uint8_t, NHW> luma;
    test::Picture<std::uint8_t, NHWC<2>> chroma;
    Surface(Size s, test::Place l, test::Place c)
        : luma(2, s.height, s.width, 1, l),
          chroma(2, (s.height + 1) / 2, (s.width + 1) / 2, 2, c) {}
    Planes<std::uint8_t> planes() const {
      return {luma.out(), channel(chroma.out(), 0), channel(chroma.out(), 1), 1, 1};
    }
  };
  Size const size = chain.size(0);
  Surface const fast(size, of_luma, of_chroma);
  Surface const copied(size, of_luma, of_chroma);
  Surface const slow(size, {}, {});
  auto const from = detail::planes_source_runs<8>(chain);
  if (from == detail::Runs::none) return "a source that cannot be read in runs";
  if (detail::planes_source_runs<8>(one_by_one) != detail::Runs::none)
    return "nothing to compare with";
  test::on_machine([&](auto where) {
    detail::launch(where, Program{{chain, fast.planes(), from, detail::Runs::bytes}});
    copy(where, chain, copied.planes());
    copy(where, one_by_one, slow.planes());
  });
  for (Surface const* s : {&fast, &copied}) {
    std::string const luma = test::difference(s->luma.pixels(), slow.luma.pixels());
    if (!luma.empty()) return "luma " + luma;
    std::string const chroma = test::difference(s->chroma.pixels(), slow.chroma.pixels());
    if (!chroma.empty()) return "chroma " + chroma;
  }
  return "";
}

}  // namespace

TEST_CASE(
    "planes shifted: RGB at any address to NV12 at any address, every width around a run and a "
    "warp") {
  for (int const width :
       {1, 2, 7, 8, 9, 10, 15, 16, 17, 30, 241, 246, 247, 248, 249, 250, 255, 501}) {
    for (int const height : {1, 2, 3, 6, 11}) {
      test::Pixels const rgb = test::noise(2, height, width, 3);
      test::Picture<float, NCHW<3>> const floats(rgb, {.offset_bytes = 4, .gap = 1});
      for (int k = 0; k < 16; ++k) {
        INFO(height << " x " << width << ", " << k);
        test::Picture<std::uint8_t, NHWC<3>> const src(rgb, place(k, k % 4));
        REQUIRE(shifted_planes(src.in() | yuv_of, floats.in() | yuv_of,
                               place(5 * k + height, k % 3), place(7 * k + width, k % 5)) == "");
      }
    }
  }
}

TEST_CASE("planes shifted: each address of RGB with each of NV12") {
  test::Pixels const rgb = test::noise(2, 6, 43, 3);
  test::Picture<float, NCHW<3>> const floats(rgb, {.offset_bytes = 4, .gap = 1});
  for (int from = 0; from < 16; ++from) {
    test::Picture<std::uint8_t, NHWC<3>> const src(rgb, place(from, 1));
    for (int to = 0; to < 16; ++to) {
      INFO(from << " to " << to);
      REQUIRE(shifted_planes(src.in() | yuv_of, floats.in() | yuv_of, place(to, 0),
                             place(to + 3, 1)) == "");
    }
  }
}

TEST_CASE("planes shifted: chains that are no bytes in memory") {
  test::Pixels const rgb = test::noise(2, 10, 264, 3);
  test::Picture<std::uint8_t, NHWC<3>> const src(rgb);
  test::Picture<float, NCHW<3>> const floats(rgb);
  test::Picture<float, NCHW<3>> const elsewhere(rgb, {.offset_bytes = 4, .gap = 1});
  for (int k = 0; k < 8; ++k) {
    CHECK(shifted_planes(floats.in() | yuv_of, elsewhere.in() | yuv_of, place(k, k),
                         place(3 * k, k)) == "");
    for (Roi const roi : {Roi{0, 1, 249, 9}, Roi{8, 0, 5, 3}, Roi{16, 2, 8, 1}}) {
      auto const part = views::crop(roi);
      INFO(k << ", " << roi.height << " x " << roi.width);
      CHECK(shifted_planes(src.in() | part | yuv_of, elsewhere.in() | part | yuv_of, place(k, k),
                           place(3 * k, k)) == "");
    }
  }
}
