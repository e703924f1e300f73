// SPDX-License-Identifier: MIT
#include <pane/core/tensor.hpp>
#include <pane/kernels/lend.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace pane;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a list rides in the parameters while it fits, then in lent memory") {
  std::vector<std::int64_t> items(1000);
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<std::int64_t>(i * i);
  constexpr std::int64_t capacity = List<std::int64_t>::capacity;
  CHECK(capacity == 192);
  CHECK(scratch_bytes<std::int64_t>(capacity) == 0);
  CHECK(scratch_bytes<std::int64_t>(capacity + 1) == 8 * (capacity + 1));

  test::Buffer<std::int64_t> scratch(std::size_t{1000});
  test::on_machine([&](auto where) {
    auto const small = lend(where, items.data(), capacity, nullptr, 0);
    CHECK(small.lent == nullptr);
    CHECK(small[capacity - 1] == (capacity - 1) * (capacity - 1));
    auto const large = lend(where, items.data(), 1000, scratch.data(), scratch.bytes());
    CHECK(large.lent == scratch.data());
    CHECK(large.count == 1000);
  });
  CHECK(scratch.download() == items);
}

TEST_CASE("too little memory, or memory at an odd address, is refused") {
  std::vector<std::int64_t> const items(300, 1);
  test::Buffer<std::int64_t> scratch(std::size_t{300});
  test::on_machine([&](auto where) {
    CHECK_THROWS_WITH(lend(where, items.data(), 300, scratch.data(), 2399),
                      ContainsSubstring("300 entries need 2400 bytes"));
    CHECK_THROWS_AS(lend(where, items.data(), 300, nullptr, 2400), InvalidArgument);
    CHECK_THROWS_AS(
        lend(where, items.data(), 300, reinterpret_cast<char*>(scratch.data()) + 4, 2400),
        InvalidArgument);
    CHECK_THROWS_AS(lend(where, items.data(), -1, scratch.data(), 2400), InvalidArgument);
  });
}

TEST_CASE("a lent batch numbers its tiles") {
  test::Buffer<std::uint8_t> pixels(std::size_t{300 * 40});
  std::vector<Tensor<std::uint8_t, HW>> images;
  for (int i = 0; i < 40; ++i) images.push_back({pixels.data(), {i % 3, i % 5}});
  images[7] = {pixels.data(), {17, 129}};  // 2 x 2 tiles of 16 x 128
  using Image = Tensor<std::uint8_t, HW>;
  test::Buffer<std::uint8_t> scratch(batch_scratch_bytes<Image>(40));
  CHECK(scratch.size() > 0);
  std::int64_t expected = 0;
  for (auto const& image : images)
    expected += image.empty() ? 0 : (image.height() + 15) / 16 * ((image.width() + 127) / 128);
  test::on_machine([&](auto where) {
    auto const b = lend_batch(where, images.data(), 40, scratch.data(), scratch.bytes());
    CHECK(b.batch() == 40);
    CHECK(b.tiles == expected);
    CHECK(b.entries.lent != nullptr);
  });
}

}  // namespace
