// SPDX-License-Identifier: MIT
#include <pane/interop/array_request.hpp>
#include <tests/support/catch.hpp>

#include <string>
#include <vector>

using pane::Access;
using pane::ArrayRequest;
using pane::MemoryOrder;
using pane::Opaque;

namespace {

using Integers = std::vector<std::int64_t>;

pane::CudaArrayInterface array(Integers shape, Integers strides, char const* typestr = "|u1") {
  pane::CudaArrayInterface cai;
  cai.shape = std::move(shape);
  cai.strides = std::move(strides);
  cai.typestr = typestr;
  cai.data = 0x7f0000000000;
  return cai;
}

std::string judged(pane::CudaArrayInterface const& cai, ArrayRequest const& want) {
  try {
    check_request(resolve(cai), want);
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("writing needs writable elements that share no bytes") {
  auto cai = array({3, 4}, {0, 1});
  CHECK(judged(cai, {.access = Access::read}) == "accepted");
  CHECK(judged(cai, {.access = Access::write}) == "overlapping_write");
  cai = array({3, 4}, {4, 1});
  CHECK(judged(cai, {.access = Access::write}) == "accepted");
  cai.readonly = true;
  CHECK(judged(cai, {.access = Access::write}) == "read_only");
}

TEST_CASE("the element type is the same kind and size, or vouched for") {
  auto const floats = array({8}, {4}, "<f4");
  CHECK(judged(floats, {.kind = 'f', .itemsize = 4}) == "accepted");
  CHECK(judged(floats, {.kind = 'i', .itemsize = 4}) == "dtype_mismatch");
  CHECK(judged(floats, {.kind = 'f', .itemsize = 8}) == "dtype_mismatch");
  CHECK(judged(array({8}, {1}, "|b1"), {.kind = 'u', .itemsize = 1}) == "dtype_mismatch");
  auto const opaque = array({8}, {2}, "<V2");
  CHECK(judged(opaque, {.kind = 'f', .itemsize = 2}) == "dtype_mismatch");
  CHECK(judged(opaque, {.kind = 'f', .itemsize = 2, .opaque = Opaque::accept}) == "accepted");
  CHECK(judged(opaque, {.kind = 'f', .itemsize = 4, .opaque = Opaque::accept}) == "dtype_mismatch");
  CHECK(judged(floats, {.kind = 'i', .itemsize = 4, .opaque = Opaque::accept}) == "dtype_mismatch");
}

TEST_CASE("a message says both element types by their names") {
  auto const message = [](char const* typestr, ArrayRequest const& want) {
    try {
      check_request(resolve(array({8}, {16}, typestr)), want);
    } catch (pane::ImportError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message("<f4", {.kind = 'f', .itemsize = 2}).find("elements f32: elements f16 were") !=
        std::string::npos);
  CHECK(message("<c8", {.kind = 'u', .itemsize = 1}).find("elements c8: elements u8 were") !=
        std::string::npos);
}

TEST_CASE("rank and order in memory") {
  auto const packed = array({480, 640, 3}, {1920, 3, 1});
  auto const pitched = array({480, 640, 3}, {2048, 3, 1});
  auto const planar = array({480, 640, 3}, {640, 1, 307200});
  CHECK(judged(packed, {.rank = 3}) == "accepted");
  CHECK(judged(packed, {.rank = 2}) == "rank_mismatch");
  CHECK(judged(packed, {.order = MemoryOrder::c_contiguous}) == "accepted");
  CHECK(judged(pitched, {.order = MemoryOrder::c_contiguous}) == "layout_mismatch");
  CHECK(judged(packed, {.order = MemoryOrder::row_pitch}) == "accepted");
  CHECK(judged(pitched, {.order = MemoryOrder::row_pitch}) == "accepted");
  CHECK(judged(planar, {.order = MemoryOrder::row_pitch}) == "layout_mismatch");
  CHECK(judged(planar, {.order = MemoryOrder::any}) == "accepted");
  CHECK(judged(packed, {.order = MemoryOrder::f_contiguous}) == "layout_mismatch");
  CHECK(judged(array({3, 4}, {1, 3}), {.order = MemoryOrder::f_contiguous}) == "accepted");
  CHECK(judged(array({480, 640}, {-640, 1}), {.order = MemoryOrder::row_pitch}) ==
        "layout_mismatch");
  CHECK(judged(array({480, 640}, {320, 1}), {.order = MemoryOrder::row_pitch}) ==
        "layout_mismatch");
  CHECK(judged(array({1, 8}, {3, 1}), {.order = MemoryOrder::c_contiguous}) == "accepted");
  CHECK(judged(array({0, 8}, {3, -1}), {.order = MemoryOrder::f_contiguous}) == "accepted");
}
