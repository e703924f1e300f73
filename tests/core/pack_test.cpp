// SPDX-License-Identifier: MIT

#include <pane/core/pack.hpp>
#include <pane/core/tensor.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <cstring>
#include <vector>

using namespace pane;
using u8 = std::uint8_t;
using u16 = std::uint16_t;

namespace {

template <class T>
T* at(std::uintptr_t address) {
  return reinterpret_cast<T*>(address);
}

/// P pixels written as a run at x = P are found there by address, and the run is read back.
template <class T, class L, int P>
void check_round_trip(std::int64_t const (&shape)[L::rank]) {
  std::vector<T> memory(4096, T{1});
  Tensor<T, L> const t(memory.data(), shape);
  constexpr int C = L::channels;
  Run<Vec<T, C>, P> run;
  for (int i = 0; i < P; ++i) {
    for (int c = 0; c < C; ++c) run.p[i].v[c] = static_cast<T>(2 + i * C + c);
  }
  int const y = 1;
  detail::tensor_store<P>(t, 0, y, P, run);
  int wrong = 0;
  auto const back = detail::tensor_load<P>(t, 0, y, P);
  for (int i = 0; i < P; ++i) {
    for (int c = 0; c < C; ++c) wrong += *t.address(0, y, P + i, c) != run.p[i].v[c];
    wrong += back.p[i] != run.p[i];
  }
  for (T const v : memory) wrong += v == T{1} ? 0 : -1;
  CHECK(wrong == -P * C);  // all of them in place, and nothing else written
}

}  // namespace

TEST_CASE("pack: the widest word that divides a number of bytes") {
  CHECK(detail::word_bytes(1) == 1);
  CHECK(detail::word_bytes(6) == 2);
  CHECK(detail::word_bytes(12) == 4);
  CHECK(detail::word_bytes(24) == 8);
  CHECK(detail::word_bytes(32) == 16);
  CHECK(detail::word_bytes(48) == 16);
}

TEST_CASE("pack: values move through any address on the host") {
  unsigned char memory[64] = {};
  struct Twelve {
    u8 v[12];
  } value;
  for (u8 i = 0; i < 12; ++i) value.v[i] = static_cast<u8>(i + 1);
  detail::store_value(memory + 3, value);
  CHECK(memory[2] == 0);
  CHECK(memory[3] == 1);
  CHECK(memory[14] == 12);
  CHECK(memory[15] == 0);
  CHECK(std::memcmp(&value, memory + 3, 12) == 0);
  CHECK(detail::load_value<Twelve>(memory + 4).v[0] == 2);
}

TEST_CASE("pack: runs of pixels in interleaved and planar layouts") {
  check_round_trip<u8, HWC<3>, 4>({2, 16, 3});
  check_round_trip<u8, HWC<4>, 8>({2, 16, 4});
  check_round_trip<u8, CHW<3>, 8>({3, 2, 16});
  check_round_trip<float, NCHW<2>, 4>({1, 2, 2, 16});
  check_round_trip<u16, HW, 8>({2, 16});
  check_round_trip<u16, NHWC<1>, 8>({1, 2, 16, 1});
  check_round_trip<double, NHWC<2>, 2>({1, 2, 16, 2});
}

TEST_CASE("pack: single pixels of a gather") {
  std::vector<u16> memory(60);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<u16>(i);
  Tensor<u16, HWC<3>> const hwc(memory.data(), {4, 5, 3});
  CHECK(detail::tensor_load<1>(hwc, 0, 2, 3).p[0] == Vec<u16, 3>{{39, 40, 41}});
  Tensor<u16, NCHW<3>> const nchw(memory.data(), {1, 3, 4, 5});
  CHECK(detail::tensor_load<1>(nchw, 0, 2, 3).p[0] == Vec<u16, 3>{{13, 33, 53}});
  Tensor<u16, NHW> const nhw(memory.data(), {3, 4, 5});
  CHECK(detail::tensor_load<1>(nhw, 2, 2, 3).p[0] == Vec<u16, 1>{{53}});
}

TEST_CASE("pack: whole words need aligned addresses and strides") {
  using Rgb = Tensor<u8, HWC<3>>;
  CHECK(Rgb(at<u8>(64), {5, 8, 3}).packs<4>());  // 12 bytes are words of 4
  CHECK(Rgb(at<u8>(68), {5, 8, 3}).packs<4>());
  CHECK_FALSE(Rgb(at<u8>(66), {5, 8, 3}).packs<4>());
  CHECK_FALSE(Rgb(at<u8>(68), {5, 8, 3}).packs<8>());  // 24 bytes are words of 8
  CHECK_FALSE(Rgb(at<u8>(64), {5, 7, 3}).packs<4>());  // a pitch of 21
  CHECK(Rgb(at<u8>(64), {1, 7, 3}).packs<4>());        // which one row does not have
  CHECK(Rgb::pitched(at<u8>(64), {5, 7, 3}, 24).packs<4>());
  CHECK_FALSE(Rgb::strided(at<u8>(64), {5, 8, 3}, {32, 4, 1}).packs<4>());  // gaps between pixels
  CHECK_FALSE(Rgb::strided(at<u8>(512), {5, 8, 3}, {24, -3, 1}).packs<4>());
  CHECK_FALSE(Rgb::strided(at<u8>(64), {5, 8, 3}, {24, 3, -1}).packs<4>());
  CHECK(Rgb::strided(at<u8>(512), {5, 8, 3}, {-24, 3, 1}).packs<4>());  // rows may go backwards
  using Plane = Tensor<float, CHW<3>>;
  CHECK(Plane(at<float>(64), {3, 5, 8}).packs<4>());
  CHECK_FALSE(Plane(at<float>(68), {3, 5, 8}).packs<4>());
  CHECK_FALSE(
      Plane::strided(at<float>(64), {3, 5, 8}, {164, 32, 4}).packs<4>());  // the third plane is off
  CHECK_FALSE(Tensor<u8, HWC<>>(at<u8>(64), {4, 4, 4}).packs<4>());
  CHECK_FALSE(Tensor<u8, NCHWc<4, 4>>(at<u8>(64), {1, 1, 4, 4, 4}).packs<4>());
}

TEST_CASE("pack: dense reads need offsets of 31 bits") {
  using Plane = Tensor<u8, NHW>;
  CHECK(Plane(at<u8>(64), {1, 32768, 65535}).packs<1>());
  CHECK(Plane::strided(at<u8>(64), {1, 2, 1}, {0, 2147483646, 1}).packs<1>());
  CHECK_FALSE(Plane::strided(at<u8>(64), {1, 2, 2}, {0, 2147483646, 1}).packs<1>());
  CHECK_FALSE(Plane::strided(at<u8>(64), {1, 2, 1}, {0, 2147483647, 1}).packs<1>());
  CHECK_FALSE(Plane::strided(at<u8>(1 << 20), {1, 2, 8}, {0, -8, 1}).packs<1>());
  CHECK(Plane::strided(at<u8>(64), {2, 2, 8}, {std::int64_t{1} << 40, 8, 1})
            .packs<1>());  // not across images
  CHECK_FALSE(Plane::strided(at<u8>(64), {1, 3, 1}, {0, std::int64_t{1} << 61, 1}).packs<1>());
}
