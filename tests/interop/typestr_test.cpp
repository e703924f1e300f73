// SPDX-License-Identifier: MIT
#include <pane/interop/typestr.hpp>
#include <tests/support/catch.hpp>

#include <string>
#include <string_view>

using pane::CaiQuirk;
using pane::DType;
using pane::ImportReason;
using pane::parse_typestr;
using namespace std::string_view_literals;

namespace {

std::string refusal(std::string_view text, pane::CaiQuirks accept = pane::cai::tolerant) {
  try {
    parse_typestr(text, accept);
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every element type writes a typestr that leads back to it") {
  for (int i = 0; i <= static_cast<int>(DType::boolean); ++i) {
    auto const type = static_cast<DType>(i);
    CAPTURE(name(type));
    pane::Typestr const parsed = parse_typestr(typestr_of(type), pane::cai::strict);
    CHECK(parsed.itemsize == size_bytes(type));
    CHECK(parsed.quirks.empty());
    if (type == DType::bf16) {
      CHECK_FALSE(dtype_of_typestr(parsed).has_value());
    } else {
      CHECK(dtype_of_typestr(parsed) == type);
    }
  }
  CHECK(typestr_of(DType::f16) == "<f2"sv);
  CHECK(typestr_of(DType::bf16) == "<V2"sv);
  CHECK(typestr_of(DType::boolean) == "|b1"sv);
  CHECK(typestr_of(DType::f8_e4m3) == "<V1"sv);  // of ml_dtypes 0.6
  CHECK(has_typestr(DType::bf16));
  CHECK(has_typestr(DType::boolean));
  CHECK_FALSE(has_typestr(DType::f8_e4m3));
  CHECK_FALSE(has_typestr(DType::f8_e5m2));
}

TEST_CASE("size, alignment and unit are read from the typestr") {
  CHECK(parse_typestr("<c16").alignment() == 8);
  CHECK(parse_typestr("<c8").itemsize == 8);
  CHECK(parse_typestr("|V516").itemsize == 516);
  CHECK(parse_typestr("|V516").alignment() == 1);
  CHECK(parse_typestr("<M8[ns]").unit == "ns");
  CHECK(parse_typestr("<m8[25s]").unit == "25s");
  CHECK(parse_typestr("<M8").unit.empty());
  CHECK(parse_typestr(">u1").itemsize == 1);
  CHECK(parse_typestr("|V2147483647").itemsize == 2147483647);
}

TEST_CASE("what is no typestr is refused by name") {
  for (std::string_view const text : {""sv,
                                      "<"sv,
                                      "|"sv,
                                      "f"sv,
                                      "|i"sv,
                                      "|V"sv,
                                      "<F4"sv,
                                      "<x4"sv,
                                      "float32"sv,
                                      "<>f4"sv,
                                      "<f4 "sv,
                                      " <f4"sv,
                                      "<f4\n"sv,
                                      "<f4\0"sv,
                                      "<f\0004"sv,
                                      "<f-4"sv,
                                      "<f+4"sv,
                                      "<f04"sv,
                                      "<f0x4"sv,
                                      "<i4,<f8"sv,
                                      "2<f4"sv,
                                      "<f\xef\xbc\x94"sv,
                                      "|V2147483648"sv,
                                      "|V4294967300"sv,
                                      "|V99999999999999999999"sv,
                                      "<M8[]"sv,
                                      "<M8[parsec]"sv,
                                      "<M8[0s]"sv,
                                      "<M8[s"sv,
                                      "<M8s]"sv,
                                      "<M8[s]]"sv,
                                      "<f8[s]"sv,
                                      "B"sv}) {
    CAPTURE(text);
    CHECK(refusal(text) == "bad_typestr");
  }
  for (std::string_view const text : {"|t1"sv, "|O"sv, "|O8"sv, "|S5"sv, "<U3"sv, ">U3"sv}) {
    CAPTURE(text);
    CHECK(refusal(text) == "unsupported_kind");
  }
  for (std::string_view const text :
       {"<c4"sv, "|f1"sv, "<f16"sv, "<i3"sv, "<i0"sv, "|V0"sv, "<b2"sv, "<M4"sv, "<u16"sv}) {
    CAPTURE(text);
    CHECK(refusal(text) == "unsupported_itemsize");
  }
  for (std::string_view const text : {">f4"sv, ">c8"sv, ">M8[s]"sv, ">i2"sv}) {
    CAPTURE(text);
    CHECK(refusal(text) == "foreign_byte_order");
  }
}

TEST_CASE("each tolerance is reported, and strict mode turns it off") {
  struct Case {
    std::string_view text;
    CaiQuirk quirk;
  };
  for (auto const& [text, quirk] :
       {Case{"u1", CaiQuirk::no_byte_order}, Case{"=f4", CaiQuirk::equals_byte_order},
        Case{"|u2", CaiQuirk::bar_on_multibyte}, Case{"B", CaiQuirk::numpy_char_code}}) {
    CAPTURE(text);
    CHECK(parse_typestr(text, pane::cai::every_producer).quirks == quirk);
    CHECK(refusal(text, pane::cai::strict) == "bad_typestr");
  }
  CHECK(parse_typestr("B", pane::cai::vpf).kind == 'u');
}

TEST_CASE("a refused typestr is printed without its control characters") {
  try {
    parse_typestr("<f4\n\x01");
    FAIL("accepted");
  } catch (pane::ImportError const& error) {
    CHECK_THAT(std::string(error.what()),
               Catch::Matchers::ContainsSubstring("typestr is '<f4\\x0a\\x01'"));
  }
}
