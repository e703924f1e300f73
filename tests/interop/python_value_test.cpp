// SPDX-License-Identifier: MIT
#include <pane/interop/python_value.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>

using pane::PythonInteger;
using pane::PythonValue;

TEST_CASE("integers keep 64 bits of either sign and know what they fit") {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t const v :
       {low, low + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, high}) {
    PythonInteger const i = PythonValue::of_i64(v).integer;
    CHECK(i.fits_i64());
    CHECK(i.fits_u64() == (v >= 0));
    CHECK(i.i64() == v);
  }
  PythonInteger const pointer = PythonValue::of_u64(std::uint64_t{1} << 63).integer;
  CHECK(pointer.fits_u64());
  CHECK_FALSE(pointer.fits_i64());
  CHECK_FALSE(PythonInteger{true, false, (std::uint64_t{1} << 63) + 1}.fits_i64());
  CHECK_FALSE(PythonInteger{false, true, 3}.fits_i64());
  CHECK_FALSE(PythonInteger{false, true, 3}.fits_u64());
}

TEST_CASE("kinds that Python keeps apart are different values") {
  CHECK_FALSE(PythonValue::of_bool(true) == PythonValue::of_i64(1));
  CHECK_FALSE(PythonValue::of_i64(1) == PythonValue::of_real(1));
  CHECK_FALSE(PythonValue::of_tuple({PythonValue()}) == PythonValue::of_list({PythonValue()}));
  CHECK_FALSE(PythonValue::of_string("a") == PythonValue::of_bytes("a"));
  CHECK(PythonValue::of_tuple({PythonValue::of_i64(2)}) ==
        PythonValue::of_tuple({PythonValue::of_i64(2)}));
}

TEST_CASE("a dict finds the last value of a key and nothing under keys that are no strings") {
  PythonValue dict = PythonValue::of_dict();
  dict.add("shape", PythonValue::of_i64(1));
  dict.add("shape", PythonValue::of_i64(2));
  dict.keys.push_back(PythonValue::of_bytes("data"));
  dict.items.push_back(PythonValue::of_i64(3));
  REQUIRE(dict.find("shape") != nullptr);
  CHECK(dict.find("shape")->integer.i64() == 2);
  CHECK(dict.find("data") == nullptr);
  CHECK(PythonValue().find("shape") == nullptr);
}
