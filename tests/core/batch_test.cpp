// SPDX-License-Identifier: MIT

#include <pane/core/batch.hpp>
#include <pane/core/tensor.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using u8 = std::uint8_t;
using Gray = Tensor<u8, HW>;

TEST_CASE("batch: images of different sizes are one image") {
  std::vector<u8> memory(64);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<u8>(i);
  std::vector<Gray> const images = {Gray(memory.data(), {2, 3}), Gray(memory.data() + 10, {4, 5}),
                                    Gray(nullptr, {0, 7})};
  auto const b = batch(images);
  CHECK(Image<decltype(b)>);
  CHECK(detail::is_ragged<Batch<Gray>>);
  CHECK(b.batch() == 3);
  CHECK(b.size(0) == Size{2, 3});
  CHECK(b.size(1) == Size{4, 5});
  CHECK(b.size(2) == Size{0, 7});
  CHECK(b(1, 2, 3)[0] == 23);
  CHECK(b.run<2>(1, 1, 2)[1][0] == 18);
  b.store(0, 1, 2, Vec<float, 1>{{7.5f}});
  CHECK(memory[5] == 8);
  b.store<2>(1, 0, 2, Run<Vec<float, 1>, 2>{{{{99.0f}}, {{300.0f}}}});
  CHECK(memory[12] == 99);
  CHECK(memory[13] == 255);
  int seen = 0;
  b.visit_memory([&](auto const&) { ++seen; });
  CHECK(seen == 3);
  CHECK(batch(images.data(), 0).batch() == 0);
}

TEST_CASE("batch: every image is cut into tiles of 128 x 16") {
  CHECK(detail::tiles_of({16, 128}) == 1);
  CHECK(detail::tiles_of({17, 128}) == 2);
  CHECK(detail::tiles_of({16, 129}) == 2);
  CHECK(detail::tiles_of({33, 257}) == 9);
  CHECK(detail::tiles_of({0, 500}) == 0);
  CHECK(detail::tiles_of({1, 1}) == 1);
  auto* const p = reinterpret_cast<u8*>(std::uintptr_t{4096});
  Gray const images[] = {Gray(p, {33, 257}), Gray(p, {0, 5}), Gray(p, {1, 1}), Gray(p, {16, 256})};
  auto const b = batch(images, 4);
  CHECK(b.tiles == 12);
  CHECK(b.entries[0].first_tile == 0);
  CHECK(b.entries[1].first_tile == 9);
  CHECK(b.entries[2].first_tile == 9);
  CHECK(b.entries[3].first_tile == 10);
}

TEST_CASE("batch: whole words when every image has them") {
  auto* const p = reinterpret_cast<u8*>(std::uintptr_t{4096});
  Gray const even[] = {Gray(p, {4, 8}), Gray(p, {2, 16})};
  Gray const odd[] = {Gray(p, {4, 8}), Gray(p, {2, 15})};
  CHECK(batch(even, 2).packs<8>());
  CHECK_FALSE(batch(odd, 2).packs<8>());
  auto lent = batch(even, 2);
  lent.entries.lent = lent.entries.own;  // what the host cannot see, it cannot vouch for
  CHECK_FALSE(lent.packs<8>());
  int seen = 0;
  lent.visit_memory([&](auto const&) { ++seen; });
  CHECK(seen == 0);
}

TEST_CASE("batch: as many as fit in a kernel's parameters") {
  using Entries = List<detail::BatchEntry<Gray>>;
  CHECK(Entries::capacity == 32);  // 48 bytes each
  auto* const p = reinterpret_cast<u8*>(std::uintptr_t{4096});
  std::vector<Gray> const images(33, Gray(p, {1, 1}));
  CHECK(batch(images.data(), 32).tiles == 32);
  CHECK_THROWS_WITH(
      batch(images),
      "pane::batch: 33 images do not fit in a kernel's parameters, which hold 32 of this type: "
      "lend memory with pane::lend_batch(where, images, count, scratch, bytes)");
  CHECK_THROWS_AS(batch(images.data(), -1), InvalidArgument);
}

TEST_CASE("batch: an entry is one image") {
  auto* const p = reinterpret_cast<u8*>(std::uintptr_t{4096});
  using Many = Tensor<u8, NHW>;
  Many const images[] = {Many(p, {1, 2, 2}), Many(p, {2, 2, 2})};
  CHECK(batch(images, 1).size(0) == Size{2, 2});
  CHECK_THROWS_WITH(batch(images, 2),
                    ContainsSubstring("pane::batch: entry 1 is NHW u8 [2, 2, 2]") &&
                        ContainsSubstring("use its items"));
}
