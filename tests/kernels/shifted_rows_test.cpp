// SPDX-License-Identifier: MIT
#include <pane/kernels/shifted_rows.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <cstring>
#include <vector>

using namespace pane;

namespace {

/// Writes a row of `bytes` numbers at any address in runs of 4 * Count bytes; "" when they, and nothing else, are there.
template <int Count>
bool writes_the_row(std::size_t offset, int bytes) {
  constexpr int run_bytes = 4 * Count;
  int const runs = (bytes + run_bytes - 1) / run_bytes;
  std::vector<std::uint8_t> row(static_cast<std::size_t>((runs + 2) * run_bytes), 0xEE);
  for (int i = 0; i < bytes; ++i)
    row[static_cast<std::size_t>(i + run_bytes)] = static_cast<std::uint8_t>(7 * i + 1);
  alignas(8) static std::uint8_t memory[1024];
  std::memset(memory, 0xCD, sizeof memory);
  std::uint8_t* const to = memory + 64 + offset;
  for (int r = 0; r <= runs; ++r) {  // one more, for the tail of the last
    detail::Strip<std::uint32_t, Count> before;
    detail::Strip<std::uint32_t, Count> run;
    std::memcpy(&before, row.data() + r * run_bytes, run_bytes);
    std::memcpy(&run, row.data() + (r + 1) * run_bytes, run_bytes);
    detail::store_shifted(to, bytes, r * run_bytes, detail::tail_of(before), run);
  }
  for (int i = 0; i < 1024; ++i) {
    int const at = i - 64 - static_cast<int>(offset);
    int const want = at < 0 || at >= bytes ? 0xCD : static_cast<std::uint8_t>(7 * at + 1);
    if (memory[i] != want) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("shifted rows: a row of any length at any address, and nothing around it") {
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (int bytes = 1; bytes <= 200; ++bytes) {
      INFO(offset << ", " << bytes);
      REQUIRE(writes_the_row<2>(offset, bytes));
      REQUIRE(writes_the_row<6>(offset, bytes));
      REQUIRE(writes_the_row<8>(offset, bytes));
    }
  }
}

TEST_CASE("shifted rows: a grid has every run and every two rows") {
  detail::Grid const grid = detail::WarpRuns::grid(63, 17, 3);
  CHECK(grid.x == 3);
  CHECK(grid.y == 3);
  CHECK(grid.z == 3);
  struct {
    int x = 2;
    int y = 1;
  } const block;
  detail::WarpRuns const first(block, 64);
  CHECK(first.y == 12);
  CHECK(first.run == 61);
  CHECK_FALSE(first.writes);
  CHECK(detail::WarpRuns(block, 65).writes);
}
