// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/const_memory.hpp>
#include <pane/interop/detail/foreign.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::ConstMemory;
using pane::HW;
using pane::Tensor;

namespace {

constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

AnyTensor at_address(std::uintptr_t address) {
  AnyTensor t;
  t.data = reinterpret_cast<void*>(address);
  t.dtype = pane::DType::f32;
  t.rank = 2;
  t.shape[0] = 2;
  t.shape[1] = 3;
  pane::detail::pack_strides(t);
  return t;
}

std::string judged(AnyTensor const& t) {
  try {
    pane::detail::checked_foreign(t, "pane::from_x");
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

template <class Change>
std::string changed(Change change) {
  AnyTensor t = at_address(0x1000);
  change(t);
  return judged(t);
}

}  // namespace

TEST_CASE("read-only memory is handed out only when somebody vouches for it") {
  float pixels[6] = {};
  AnyTensor const read(Tensor<float const, HW>(pixels, {2, 3}));
  AnyTensor const write(Tensor<float, HW>(pixels, {2, 3}));
  CHECK_NOTHROW(pane::detail::require_writable(write, ConstMemory::refuse, "pane::to_x"));
  CHECK_NOTHROW(pane::detail::require_writable(read, ConstMemory::allow, "pane::to_x"));
  CHECK_THROWS_WITH(pane::detail::require_writable(read, ConstMemory::refuse, "pane::to_x"),
                    ContainsSubstring("pane::to_x: tensor is HW f32 [2, 3]") &&
                        ContainsSubstring("(read-only)") &&
                        ContainsSubstring("ConstMemory::allow"));
}

TEST_CASE("numbers of a foreign type that describe no memory are refused") {
  CHECK(judged(at_address(0x1000)) == "accepted");
  CHECK_THAT(changed([](auto& t) { t.shape[1] = -1; }),
             ContainsSubstring("pane::from_x: tensor is ? f32 [2, -1]") &&
                 ContainsSubstring("extent 1 is negative"));
  CHECK_THAT(changed([](auto& t) { t.shape[0] = greatest; }),
             ContainsSubstring("the bytes do not fit in 64 bits"));
  CHECK_THAT(changed([](auto& t) { t.data = nullptr; }), ContainsSubstring("address is null"));
  CHECK_THAT(changed([](auto& t) { t.data = reinterpret_cast<void*>(std::uintptr_t{0x1002}); }),
             ContainsSubstring("no multiple of the element size, 4"));
  CHECK_THAT(changed([](auto& t) { t.stride_bytes[0] = 14; }),
             ContainsSubstring("stride 0 is no multiple"));
  CHECK_THAT(changed([](auto& t) { t.stride_bytes[1] = greatest - 3; }),
             ContainsSubstring("beyond 64 bits"));
  CHECK_THAT(changed([](auto& t) { t.stride_bytes[0] = -0x2000; }),
             ContainsSubstring("beyond 64 bits"));
  CHECK(changed([](auto& t) { t.stride_bytes[0] = -0x800; }) == "accepted");
}

TEST_CASE(
    "strides of axes that do not step are not looked at, and without elements there is no "
    "address") {
  AnyTensor t = at_address(0x1000);
  t.shape[0] = 1;
  t.stride_bytes[0] = 13;
  CHECK(judged(t) == "accepted");
  t.shape[1] = 0;
  t.stride_bytes[1] = 1;
  t.data = reinterpret_cast<void*>(std::uintptr_t{0x1001});
  CHECK(pane::detail::checked_foreign(t, "pane::from_x").data == nullptr);
  t.shape[0] = greatest;
  CHECK_THAT(judged(t), ContainsSubstring("do not fit"));
}

TEST_CASE("packed strides, strides in elements, and the number of axes") {
  AnyTensor t = at_address(0x1000);
  CHECK(t.stride_bytes[0] == 12);
  CHECK(t.stride_bytes[1] == 4);
  CHECK(pane::detail::stride_in_bytes(-3, 0, 4, "pane::from_x") == -12);
  CHECK_THROWS_WITH(pane::detail::stride_in_bytes(greatest, 1, 4, "pane::from_x"),
                    ContainsSubstring("pane::from_x: stride 1 is 9223372036854775807 elements"));
  CHECK_NOTHROW(pane::detail::require_foreign_rank(8, "pane::from_x"));
  CHECK_THROWS_WITH(pane::detail::require_foreign_rank(9, "pane::from_x"),
                    ContainsSubstring("pane::from_x: the rank is 9"));
  CHECK_THROWS_WITH((pane::detail::typed_foreign<float, pane::CHW<3>>(t, "pane::from_x")),
                    ContainsSubstring("pane::from_x: pane::AnyTensor::as<f32, CHW>") &&
                        ContainsSubstring("the rank must be 3"));
}
