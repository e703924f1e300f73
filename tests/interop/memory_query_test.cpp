// SPDX-License-Identifier: MIT
#include <pane/interop/memory_query.hpp>
#include <tests/support/catch.hpp>

#include <string>

using pane::MemoryInfo;
using Type = MemoryInfo::Type;

namespace {

constexpr std::uint64_t base = 0x7f0000000000;

struct Answer {
  MemoryInfo memory;
  int* asked;

  MemoryInfo query(std::uint64_t) const {
    ++*asked;
    return memory;
  }
};

pane::ArrayView rows(std::uint64_t address, std::int64_t pitch = 512) {
  pane::CudaArrayInterface cai;
  cai.shape = {4, 100};
  cai.data = address;
  cai.strides = std::vector<std::int64_t>{pitch, 1};
  return resolve(cai);
}

std::string judged(pane::ArrayView const& view,
                   MemoryInfo const& memory,
                   int require_device = pane::any_device) {
  try {
    int asked = 0;
    pane::locate(view, Answer{memory, &asked}, require_device);
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

MemoryInfo device_memory(std::uint64_t at, std::uint64_t bytes) {
  return {.type = Type::device, .device = 1, .allocation = MemoryInfo::Allocation{at, bytes}};
}

}  // namespace

TEST_CASE("only memory that the device can use is accepted") {
  CHECK(judged(rows(base), {.type = Type::unregistered}) == "not_device_accessible");
  CHECK(judged(rows(base), {.type = Type::pinned}) == "accepted");
  CHECK(judged(rows(base), {.type = Type::managed}) == "accepted");
  CHECK(judged(rows(base), {.type = Type::device}) == "accepted");
  CHECK(judged(rows(base), {.type = Type::device, .accessible = false}) == "not_device_accessible");
}

TEST_CASE("a device can be required of memory that belongs to one") {
  CHECK(judged(rows(base), {.type = Type::device, .device = 1}, 0) == "device_mismatch");
  CHECK(judged(rows(base), {.type = Type::device, .device = 1}, 1) == "accepted");
  CHECK(judged(rows(base), {.type = Type::pinned, .device = 1}, 0) == "accepted");
}

TEST_CASE("the view must lie in its allocation, to the byte") {
  CHECK(judged(rows(base), device_memory(base, 3 * 512 + 100)) == "accepted");
  CHECK(judged(rows(base), device_memory(base, 3 * 512 + 99)) == "out_of_allocation");
  CHECK(judged(rows(base + 1), device_memory(base, 3 * 512 + 100)) == "out_of_allocation");
  CHECK(judged(rows(base + 3 * 512, -512), device_memory(base, 3 * 512 + 100)) == "accepted");
  CHECK(judged(rows(base + 3 * 512 - 1, -512), device_memory(base, 3 * 512 + 100)) ==
        "out_of_allocation");
  CHECK(judged(rows(base - 1), device_memory(base, 1 << 20)) == "out_of_allocation");
  CHECK(judged(rows(base), device_memory(0, UINT64_MAX)) == "accepted");
  CHECK(judged(rows(base), device_memory(base + 4096, UINT64_MAX)) == "out_of_allocation");
}

TEST_CASE("nobody is asked about a view without elements") {
  pane::CudaArrayInterface cai;
  cai.shape = {0};
  cai.data = base;
  int asked = 0;
  CHECK_FALSE(pane::locate(resolve(cai), Answer{{}, &asked}).has_value());
  CHECK(asked == 0);
  CHECK_THROWS_AS(pane::locate(rows(base), Answer{{}, &asked}), pane::ImportError);
  CHECK(asked == 1);
}
