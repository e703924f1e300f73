// SPDX-License-Identifier: MIT

#include <pane/core/dtype.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>

using namespace pane;

namespace {

struct NotAnElement {};

template <class T>
void check_type(DType type, int bytes, std::string const& text) {
  INFO(text);
  CHECK(dtype_of<T> == type);
  CHECK(dtype_of<T const> == type);
  CHECK(size_bytes(type) == bytes);
  CHECK(static_cast<int>(sizeof(T)) == bytes);
  CHECK(name(type) == text);
  static_assert(Element<T> && Element<T const>);
}

}  // namespace

TEST_CASE("dtype: every element type has a name, a size and a tag") {
  check_type<std::uint8_t>(DType::u8, 1, "u8");
  check_type<std::int8_t>(DType::s8, 1, "s8");
  check_type<std::uint16_t>(DType::u16, 2, "u16");
  check_type<std::int16_t>(DType::s16, 2, "s16");
  check_type<std::uint32_t>(DType::u32, 4, "u32");
  check_type<std::int32_t>(DType::s32, 4, "s32");
  check_type<std::uint64_t>(DType::u64, 8, "u64");
  check_type<std::int64_t>(DType::s64, 8, "s64");
  check_type<f16>(DType::f16, 2, "f16");
  check_type<bf16>(DType::bf16, 2, "bf16");
  check_type<float>(DType::f32, 4, "f32");
  check_type<double>(DType::f64, 8, "f64");
  check_type<bool>(DType::boolean, 1, "bool");
  check_type<f8_e4m3>(DType::f8_e4m3, 1, "f8_e4m3");
  check_type<f8_e5m2>(DType::f8_e5m2, 1, "f8_e5m2");
}

TEST_CASE("dtype: the half types of CUDA are the half types of Pane") {
  CHECK(dtype_of<::__half> == DType::f16);
  CHECK(dtype_of<::__nv_bfloat16 const> == DType::bf16);
  CHECK(detail::is_half<::__half>);
  CHECK(detail::is_f16<f16>);
  CHECK_FALSE(detail::is_f16<bf16>);
  CHECK(detail::is_bf16<bf16>);
  CHECK_FALSE(detail::is_half<std::uint16_t>);
}

TEST_CASE("dtype: the 8-bit floats of CUDA are those of Pane") {
  CHECK(dtype_of<::__nv_fp8_e4m3> == DType::f8_e4m3);
  CHECK(dtype_of<::__nv_fp8_e5m2 const> == DType::f8_e5m2);
  CHECK(detail::is_f8<::__nv_fp8_e4m3>);
  CHECK(detail::is_f8_e5m2<f8_e5m2>);
  CHECK_FALSE(detail::is_f8_e4m3<f8_e5m2>);
  CHECK_FALSE(detail::is_half<f8_e5m2>);
  CHECK_FALSE(detail::is_f8<std::uint8_t>);
}

TEST_CASE("dtype: what is no element type") {
  CHECK_FALSE(Element<void>);
  CHECK_FALSE(Element<char>);
  CHECK_FALSE(Element<long double>);
  CHECK_FALSE(Element<int*>);
  CHECK_FALSE(Element<NotAnElement>);
  CHECK_FALSE(Element<std::uint8_t volatile>);
}
