// SPDX-License-Identifier: MIT
#include <pane/kernels/byte_taps.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/filters.hpp>

#include <cmath>

using namespace pane;
using test::byte_of;
using test::fine;
using test::gauss;
using test::slanted;
using test::steep;

TEST_CASE("byte_taps: weights in whole numbers add up to 1, and others are refused") {
  auto const of = [](FilterTaps const& taps) {
    return detail::ByteTaps(detail::centred(taps).weight, 1);
  };
  for (FilterTaps const& taps : {gauss(3), gauss(5), gauss(7), gauss(7, 1.5f), gauss(5, 0.4f),
                                 gauss(7, 30.0f), slanted, steep}) {
    auto const w = of(taps);
    REQUIRE(w.fit);
    int fine_sum = 0;
    int coarse_sum = 0;
    for (int i = 0; i < 7; ++i) {
      float const want = detail::centred(taps).weight[i];
      CHECK(std::fabs(fine(w, i) - want * 65536.0) <= 1.01);
      CHECK(std::fabs(byte_of(w.coarse, i) - want * 256.0) <= 1.01);
      fine_sum += fine(w, i);
      coarse_sum += byte_of(w.coarse, i);
    }
    CHECK(fine_sum == 65536);
    CHECK(coarse_sum == 256);
  }
  CHECK(fine(of(gauss(3)), 2) == 16384);
  CHECK(byte_of(detail::ByteTaps(detail::centred(gauss(3)).weight, 3).high, 9) == 128);
  CHECK_FALSE(of(FilterTaps{}).fit);                 // 1 is no 16 bits
  CHECK_FALSE(of({3, {0.0f, 0.999f, 0.001f}}).fit);  // nor is 0.999 of 256 one byte
  CHECK_FALSE(of({3, {-0.25f, 1.0f, 0.25f}}).fit);
  CHECK_FALSE(of({3, {-0.25f, 0.75f, 0.5f}}).fit);
  CHECK_FALSE(of({3, {0.25f, 0.25f, 0.25f}}).fit);
  CHECK_FALSE(of({3, {0.25f, HUGE_VALF, 0.25f}}).fit);
  CHECK_FALSE(of({3, {0.25f, std::nanf(""), 0.25f}}).fit);
}

TEST_CASE("byte_taps: any four bytes of a band are a word") {
  detail::ByteBand band;
  for (int i = 0; i < 19; ++i) band.set(i, i + 1);
  CHECK(byte_of(band, 0) == 1);
  CHECK(byte_of(band, 18) == 19);
  CHECK(byte_of(band, -1) == 0);
  CHECK(byte_of(band, 19) == 0);
  CHECK(band.four(0) == 0x04030201u);
  CHECK(band.four(4) == 0x08070605u);
  CHECK(band.four(1) == 0x05040302u);
  CHECK(band.four(-2) == 0x02010000u);
  CHECK(band.four(-20) == 0u);
}
