// SPDX-License-Identifier: MIT

#include <pane/core/list.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <vector>

using namespace pane;

namespace {
struct Big {
  unsigned char bytes[4096];
};
}  // namespace

TEST_CASE("list: what fits in 1536 bytes") {
  CHECK(List<std::int32_t>::capacity == 384);
  CHECK(List<std::uint8_t>::capacity == 1536);
  CHECK(List<std::int64_t>::capacity == 192);
  CHECK(List<Big>::capacity == 1);
}

TEST_CASE("list: bytes to lend") {
  CHECK(scratch_bytes<std::int32_t>(0) == 0);
  CHECK(scratch_bytes<std::int32_t>(384) == 0);
  CHECK(scratch_bytes<std::int32_t>(385) == 1540);
  CHECK(scratch_bytes<std::int64_t>(std::int64_t{1} << 32) == std::size_t{1} << 35);
}

TEST_CASE("list: the entries of a short list are copied") {
  std::vector<std::int32_t> values(384);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(3 * i);
  auto const list = make_list(values.data(), 384);
  values.assign(384, -1);
  CHECK(list.count == 384);
  CHECK(list.lent == nullptr);
  CHECK(list[0] == 0);
  CHECK(list[383] == 1149);
  CHECK(make_list<std::int32_t>(nullptr, 0).count == 0);
}

TEST_CASE("list: lent entries stand elsewhere") {
  std::int32_t values[] = {5, 6, 7};
  List<std::int32_t> const list{.count = 3, .lent = values};
  values[2] = 8;
  CHECK(list[2] == 8);
  CHECK(&list[0] == values);
}

TEST_CASE("list: too many entries, or fewer than none, are refused") {
  std::vector<std::int32_t> const values(385);
  CHECK_THROWS_WITH(
      make_list(values.data(), 385),
      "pane::make_list: 385 entries do not fit in a kernel's parameters, which hold 384 of this "
      "type: lend memory with pane::lend(where, items, count, scratch, bytes)");
  CHECK_THROWS_AS(make_list(values.data(), -1), InvalidArgument);
}
