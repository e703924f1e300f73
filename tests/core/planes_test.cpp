// SPDX-License-Identifier: MIT

#include <pane/core/planes.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>
#include <numeric>  // std::iota
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using Yuv = Vec<u8, 3>;

namespace {

constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

/// Elements that hold their own number.
template <class T>
std::vector<T> numbered(std::size_t count) {
  std::vector<T> v(count);
  std::iota(v.begin(), v.end(), T{0});
  return v;
}

template <class T>
Tensor<T, NHW> plane(
    T* data, std::int64_t h, std::int64_t w, std::int64_t pitch, std::int64_t step = sizeof(T)) {
  return Tensor<T, NHW>::strided(data, {1, h, w}, {0, pitch, step});
}

}  // namespace

TEST_CASE("planes: NV12 from two pointers with pitches of their own") {
  auto y = numbered<u8>(2 * 4 * 8);     // 2 images of 4 rows of 6, 8 bytes apart
  std::vector<u8> uv(2 * 2 * 10, 200);  // 2 rows of 3 pairs, 10 bytes apart
  for (std::size_t i = 0; i < uv.size(); ++i) uv[i] = static_cast<u8>(100 + i);
  auto const image =
      nv12(y.data(), uv.data(),
           {.batch = 2, .height = 4, .width = 6, .pitch_bytes = 8, .uv_pitch_bytes = 10});
  CHECK(image.batch() == 2);
  CHECK(image.size(0) == Size{4, 6});
  CHECK(image.log2_x() == 1);
  CHECK(image.log2_y() == 1);
  CHECK(image(0, 0, 0) == Yuv{{0, 100, 101}});
  CHECK(image(0, 1, 1) == Yuv{{9, 100, 101}});
  CHECK(image(0, 1, 2) == Yuv{{10, 102, 103}});
  CHECK(image(0, 3, 5) == Yuv{{29, 114, 115}});
  CHECK(image(1, 2, 4) == Yuv{{52, 134, 135}});
}

TEST_CASE("planes: NV12 from one surface whose luma rows are aligned") {
  auto data = numbered<u8>(2 * 8 * 8);  // 2 frames: 4 luma rows in 6, 2 chroma rows, 8 bytes apart
  auto const frames =
      nv12_surface(data.data(), {.batch = 2, .height = 4, .width = 6, .pitch_bytes = 8}, 6);
  CHECK(frames(0, 3, 5) == Yuv{{29, 60, 61}});
  CHECK(frames(1, 0, 0) == Yuv{{64, 112, 113}});
  CHECK(frames(1, 3, 4) == Yuv{{92, 124, 125}});
  // without a number, chroma follows the last row
  auto const packed = nv12_surface(data.data(), {.height = 4, .width = 6});
  CHECK(packed(0, 3, 5) == Yuv{{23, 34, 35}});
  auto const spaced =
      nv12_surface(data.data(), {.batch = 2, .height = 4, .width = 6, .y_batch_bytes = 40});
  CHECK(spaced(1, 0, 0) == Yuv{{40, 64, 65}});
}

TEST_CASE("planes: NV12 from one tall array") {
  auto data = numbered<u8>(96);
  Tensor<u8 const, HW> const one(data.data(), {6, 6});
  CHECK(nv12_tall(one).size(0) == Size{4, 6});
  CHECK(nv12_tall(one)(0, 3, 5) == Yuv{{23, 34, 35}});
  auto const batch =
      nv12_tall(Tensor<u8, NHW>::strided(data.data(), {2, 6, 6}, {48, 8, 1}), ChromaSiting::left);
  CHECK(batch.batch() == 2);
  CHECK(batch.siting() == ChromaSiting::left);
  CHECK(batch(1, 3, 5) == Yuv{{77, 92, 93}});
  // images may go backwards, and one may stand for all
  auto const backwards =
      nv12_tall(Tensor<u8, NHW>::strided(data.data() + 48, {2, 6, 6}, {-48, 8, 1}));
  CHECK(backwards(1, 3, 5) == Yuv{{29, 44, 45}});
  auto const repeated = nv12_tall(Tensor<u8, NHW>::strided(data.data(), {3, 6, 6}, {0, 8, 1}));
  CHECK(repeated.batch() == 3);
  CHECK(repeated(2, 3, 5) == Yuv{{29, 44, 45}});
  CHECK(nv12_tall(Tensor<u8, NHW>(nullptr, {0, 6, 6})).batch() == 0);
}

TEST_CASE("planes: I420, YV12, NV21, YUYV and P010 by hand") {
  auto d = numbered<u8>(64);
  // I420 of 4 x 4: Y 0..15, U 16..19, V 20..23; YV12 has the chroma planes in the other order
  Planes<u8> const i420(plane(&d[0], 4, 4, 4), plane(&d[16], 2, 2, 2), plane(&d[20], 2, 2, 2), 1,
                        1);
  CHECK(i420(0, 2, 1) == Yuv{{9, 18, 22}});
  Planes<u8> const yv12(plane(&d[0], 4, 4, 4), plane(&d[20], 2, 2, 2), plane(&d[16], 2, 2, 2), 1,
                        1);
  CHECK(yv12(0, 2, 1) == Yuv{{9, 22, 18}});
  // NV21: V before U
  Planes<u8> const nv21(plane(&d[0], 4, 4, 4), plane(&d[17], 2, 2, 4, 2), plane(&d[16], 2, 2, 4, 2),
                        1, 1);
  CHECK(nv21(0, 3, 3) == Yuv{{15, 23, 22}});
  // YUYV of 2 x 4: Y0 U0 Y1 V0 Y2 U1 Y3 V1
  Planes<u8> const yuyv(plane(&d[0], 2, 4, 8, 2), plane(&d[1], 2, 2, 8, 4),
                        plane(&d[3], 2, 2, 8, 4), 1, 0);
  CHECK(yuyv(0, 0, 1) == Yuv{{2, 1, 3}});
  CHECK(yuyv(0, 1, 2) == Yuv{{12, 13, 15}});
  // 4:4:4
  Planes<u8> const full(plane(&d[0], 2, 3, 3), plane(&d[6], 2, 3, 3), plane(&d[12], 2, 3, 3), 0, 0);
  CHECK(full(0, 1, 2) == Yuv{{5, 11, 17}});
  // P010: NV12 with ten bits on top of sixteen
  std::vector<u16> p010 = {64 << 6, 65 << 6, 66 << 6, 1023 << 6, 512 << 6, 940 << 6};
  auto const deep = nv12_surface(p010.data(), {.height = 2, .width = 2});
  CHECK(deep(0, 1, 1) == Vec<u16, 3>{{65472, 32768, 60160}});
}

TEST_CASE("planes: odd sizes share the last chroma sample") {
  auto d = numbered<u8>(64);
  // 3 x 5 luma, chroma 2 x 3
  Planes<u8> const image(plane(&d[0], 3, 5, 5), plane(&d[20], 2, 3, 3), plane(&d[30], 2, 3, 3), 1,
                         1);
  CHECK(image.size(0) == Size{3, 5});
  CHECK(image(0, 2, 4) == Yuv{{14, 25, 35}});
  CHECK(image(0, 2, 0) == Yuv{{10, 23, 33}});
  Planes<u8> const coarse(plane(&d[0], 3, 5, 5), plane(&d[20], 1, 2, 2), plane(&d[30], 1, 2, 2), 2,
                          2);
  CHECK(coarse(0, 2, 4) == Yuv{{14, 21, 31}});
}

TEST_CASE("planes: a window with odd offsets keeps each pixel's chroma") {
  auto y = numbered<u8>(24);
  std::vector<u8> uv = {100, 101, 102, 103, 104, 105, 110, 111, 112, 113, 114, 115};
  auto const image = nv12(y.data(), uv.data(), {.height = 4, .width = 6});
  auto const window = image.window({.x = 1, .y = 1, .width = 3, .height = 3});
  CHECK(window.size(0) == Size{3, 3});
  CHECK(window(0, 0, 0) == Yuv{{7, 100, 101}});
  CHECK(window(0, 0, 1) == Yuv{{8, 102, 103}});
  CHECK(window(0, 1, 0) == Yuv{{13, 110, 111}});
  CHECK(window.run<1>(0, 2, 2)[0] == Yuv{{21, 112, 113}});
  auto const inner = window.window({.x = 1, .y = 2, .width = 1, .height = 1});  // windows add up
  CHECK(inner.window_roi() == Roi{2, 3, 1, 1});
  CHECK(inner(0, 0, 0) == Yuv{{20, 112, 113}});
}

TEST_CASE("planes: dense reads and plain ones agree wherever they are allowed") {
  std::vector<u8> memory(256);
  std::iota(memory.begin(), memory.end(), u8{0});
  auto const image = nv12_surface(memory.data(), {.height = 8, .width = 8, .pitch_bytes = 10});
  REQUIRE(image.packs<1>());
  int wrong = 0;
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) wrong += image.run<1>(0, y, x)[0] != image(0, y, x);
  }
  CHECK(wrong == 0);
  CHECK_FALSE(image.packs<4>());
  // V before U, an odd address of a pair, an odd pitch, planes apart, a luma step of 2
  CHECK_FALSE((Planes<u8>(image.y(), image.v(), image.u(), 1, 1).packs<1>()));
  CHECK_FALSE(nv12(memory.data(), memory.data() + 101, {.height = 8, .width = 8}).packs<1>());
  CHECK_FALSE(
      nv12(memory.data(), memory.data() + 100, {.height = 8, .width = 8, .uv_pitch_bytes = 9})
          .packs<1>());
  CHECK_FALSE((Planes<u8>(plane(&memory[0], 2, 2, 2), plane(&memory[4], 1, 1, 1),
                          plane(&memory[8], 1, 1, 1), 1, 1)
                   .packs<1>()));
  CHECK_FALSE((Planes<u8>(plane(&memory[0], 2, 2, 8, 2), plane(&memory[4], 1, 1, 2, 2),
                          plane(&memory[5], 1, 1, 2, 2), 1, 1)
                   .packs<1>()));
}

TEST_CASE("planes: writable converts to read-only") {
  auto d = numbered<u8>(64);
  auto const image =
      nv12_surface(d.data(), {.height = 4, .width = 4, .siting = ChromaSiting::top_left})
          .window({1, 1, 2, 2});
  Planes<u8 const> const reading = image;
  CHECK(reading(0, 1, 1) == image(0, 1, 1));
  CHECK(reading.window_roi() == image.window_roi());
  CHECK(reading.siting() == ChromaSiting::top_left);
  CHECK_FALSE(std::is_convertible_v<Planes<u8 const>, Planes<u8>>);
  int seen = 0;
  reading.visit_memory([&](auto const& t) { seen += t.data() == d.data() ? 1 : 10; });
  CHECK(seen == 21);
}

TEST_CASE("planes: chroma of the wrong size is refused") {
  auto d = numbered<u8>(64);
  auto const make = [&](std::int64_t h, std::int64_t w, int log2_x, int log2_y) {
    return Planes<u8>(plane(&d[0], 3, 5, 5), plane(&d[16], h, w, w), plane(&d[32], 2, 3, 3), log2_x,
                      log2_y);
  };
  CHECK_NOTHROW(make(2, 3, 1, 1));
  CHECK_THROWS_WITH(make(1, 3, 1, 1), ContainsSubstring("luma is NHW u8 [1, 3, 5]") &&
                                          ContainsSubstring("chroma is NHW u8 [1, 1, 3]") &&
                                          ContainsSubstring("chroma must be 1 x 2 x 3"));
  CHECK_THROWS_AS(make(2, 2, 1, 1), InvalidArgument);
  CHECK_THROWS_AS(make(2, 3, 0, 1), InvalidArgument);
  CHECK_THROWS_WITH(make(2, 3, 3, 1), "pane::Planes: log2_x 3 and log2_y 1 must be 0, 1 or 2");
  CHECK_THROWS_AS(make(2, 3, 1, -1), InvalidArgument);
}

TEST_CASE("planes: what NV12 cannot be is refused") {
  auto d = numbered<u8>(128);
  u8* const p = d.data();
  CHECK_THROWS_WITH(nv12(p, p + 32, {.height = 3, .width = 4}),
                    ContainsSubstring("height and width of NV12 are even"));
  CHECK_THROWS_AS(nv12(p, p + 32, {.height = 4, .width = 5}), InvalidArgument);
  CHECK_THROWS_WITH(nv12(p, p + 32, {.height = -4, .width = 4}),
                    ContainsSubstring("a size is out of range"));
  CHECK_THROWS_AS(nv12(p, p + 32, {.batch = -1, .height = 4, .width = 4}), InvalidArgument);
  CHECK_THROWS_AS(nv12(p, p + 32, {.height = 4, .width = greatest - 1}), InvalidArgument);
  CHECK_THROWS_AS(nv12(p, p + 32, {.height = greatest - 1, .width = 4}), InvalidArgument);
  CHECK_THROWS_WITH(nv12(p, p + 32, {.height = 4, .width = 4, .pitch_bytes = 3}),
                    ContainsSubstring("a pitch is shorter than a row of 4 bytes"));
  CHECK_THROWS_AS(nv12(p, p + 32, {.height = 4, .width = 4, .pitch_bytes = -4}), InvalidArgument);
  CHECK_THROWS_AS(nv12(p, p + 32, {.height = 4, .width = 4, .uv_pitch_bytes = 2}), InvalidArgument);
  CHECK_THROWS_AS(nv12(p, p + 32, {.height = 4, .width = 4, .pitch_bytes = greatest}),
                  InvalidArgument);
  CHECK_THROWS_AS(nv12(p, static_cast<u8*>(nullptr), {.height = 4, .width = 4}), InvalidArgument);
  CHECK(nv12<u8>(nullptr, nullptr, {.height = 0, .width = 4}).y().empty());
}

TEST_CASE("planes: what a surface cannot be is refused") {
  auto d = numbered<u8>(128);
  u8* const p = d.data();
  CHECK_THROWS_WITH(nv12_surface(p, {.height = 4, .width = 4}, 3),
                    "pane::nv12_surface: luma_rows is 3, less than the height 4");
  CHECK_THROWS_AS(nv12_surface(p, {.height = 4, .width = 4}, -1), InvalidArgument);
  CHECK_THROWS_AS(nv12_surface(p, {.height = -4, .width = 4}), InvalidArgument);
  CHECK_THROWS_AS(nv12_surface(p, {.height = 3, .width = 4}), InvalidArgument);
  CHECK_THROWS_AS(nv12_surface(p, {.height = 4, .width = 4}, greatest), InvalidArgument);
  CHECK_THROWS_AS(nv12_surface(p, {.height = greatest, .width = 4}), InvalidArgument);
  CHECK_THROWS_AS(nv12_surface(p, {.height = 4, .width = greatest}), InvalidArgument);
  CHECK_THROWS_AS(nv12_surface(p, {.height = 4, .width = 4, .pitch_bytes = greatest}),
                  InvalidArgument);
  std::vector<u16> wide(8);
  CHECK_THROWS_AS(nv12_surface(wide.data(), {.height = 2, .width = greatest}), InvalidArgument);
}

TEST_CASE("planes: what a tall array cannot be is refused") {
  auto d = numbered<u8>(128);
  CHECK_THROWS_WITH(nv12_tall(Tensor<u8, HW>(d.data(), {5, 4})),
                    ContainsSubstring("pane::nv12_tall: the array is HW u8 [5, 4]") &&
                        ContainsSubstring("1.5 times as many rows"));
  CHECK_THROWS_AS(nv12_tall(Tensor<u8, HW>(d.data(), {6, 5})), InvalidArgument);
  CHECK_THROWS_AS(nv12_tall(Tensor<u8, HW>::strided(d.data(), {6, 4}, {8, 2})), InvalidArgument);
  CHECK_THROWS_AS(nv12_tall(Tensor<u8, HW>::strided(d.data() + 20, {6, 4}, {-4, 1})),
                  InvalidArgument);
}
