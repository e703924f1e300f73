// SPDX-License-Identifier: MIT
#include <pane/interop/python_text.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

using pane::PythonValue;
using pane::read_json_text;
using pane::read_python_text;
using pane::TextError;

TEST_CASE("what Python prints for a dictionary is read as it was") {
  PythonValue const v = read_python_text(
      "{'shape': (2, 3), 'typestr': '<f4', 'descr': [('', '<f4')], 'stream': 1, 'version': 3, "
      "'strides': None, "
      "'data': (139637976727552, False)}");
  CHECK(*v.find("shape") ==
        PythonValue::of_tuple({PythonValue::of_i64(2), PythonValue::of_i64(3)}));
  CHECK(v.find("strides")->is(PythonValue::Kind::none));
  CHECK(v.find("descr")->is(PythonValue::Kind::list));
  CHECK(v.find("descr")->items[0].is(PythonValue::Kind::tuple));
  CHECK(*v.find("data") ==
        PythonValue::of_tuple({PythonValue::of_u64(139637976727552), PythonValue::of_bool(false)}));
}

TEST_CASE("each kind of literal is told apart") {
  using Kind = PythonValue::Kind;
  CHECK(read_python_text("(6,)").is(Kind::tuple));
  CHECK(read_python_text("(6)").is(Kind::integer));
  CHECK(read_python_text("()").is(Kind::tuple));
  CHECK(read_python_text("[6, 7,]").is(Kind::list));
  CHECK(read_json_text("[6, 7]").is(Kind::tuple));
  CHECK(read_python_text("True").is(Kind::boolean));
  CHECK(read_python_text("3.0").is(Kind::real));
  CHECK(read_python_text("-inf").is(Kind::real));
  CHECK(read_json_text("1e3").is(Kind::real));
  CHECK(read_python_text("b'<f\\x34'") == PythonValue::of_bytes("<f4"));
  CHECK(read_python_text("'it\\'s'") == PythonValue::of_string("it's"));
  CHECK(read_python_text("\"it's\"") == PythonValue::of_string("it's"));
  CHECK(read_python_text("'\\uff14'") == PythonValue::of_string("\xef\xbc\x94"));
  CHECK(read_json_text("\"\\ud83d\\ude00\\u0000\"") ==
        PythonValue::of_string(std::string("\xf0\x9f\x98\x80\0", 5)));
  CHECK(read_python_text("<cupy.cuda.Stream 94265387014832 (device 0)>").is(Kind::object));
  CHECK(read_python_text("np.int64(3)") == PythonValue::of_object("np.int64(3)"));
}

TEST_CASE("integers never pass through a double and never wrap") {
  CHECK(read_python_text("9007199254740993").integer.i64() == 9007199254740993);
  CHECK(read_json_text("18446744073709551615").integer.magnitude == UINT64_MAX);
  for (char const* text : {"18446744073709551616", "18446744073709551619", "-18446744073709551616",
                           "99999999999999999999999999999999999999"}) {
    CAPTURE(text);
    CHECK(read_json_text(text).integer.beyond_64_bits);
    CHECK_FALSE(read_python_text(text).integer.fits_i64());
  }
  CHECK(read_json_text("-9223372036854775808").integer.i64() == INT64_MIN);
  CHECK(read_python_text("-0") == PythonValue::of_i64(0));
}

TEST_CASE("what is no literal is an error that says where") {
  for (char const* text : {"",        " ",       "(",       "(1",     "(1 2)", "{",
                           "{'a'}",   "{'a': }", "{1, 2}",  "'a",     "'a\n'", "'\\q'",
                           "'\\x4'",  "01",      "0x10",    "1_000",  "1.",    "--1",
                           "nothing", "1 + 1",   "'a' 'b'", "(1,,2)", "(,)",   "1)",
                           "<a",      "f(1",     "b'\xc3'", "null",   "@",     "'\\U00110000'"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(read_python_text(text), TextError);
  }
  for (char const* text :
       {"", "[1,]", "{\"a\": 1,}", "{1: 2}", "'a'", "(1, 2)", "None", "True", "\"\\x41\"",
        "\"a\nb\"", "[1 2]", "nul", "\"\\u12\"", "+1", ".5", "[1]]"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(read_json_text(text), TextError);
  }
  try {
    read_python_text("(1, @)");
    FAIL("read");
  } catch (TextError const& error) {
    CHECK(error.position() == 4);
  }
}

TEST_CASE("brackets may be nested 64 deep and no deeper") {
  auto const nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK_NOTHROW(read_python_text(nested(pane::max_text_depth)));
  CHECK_NOTHROW(read_json_text(nested(pane::max_text_depth)));
  CHECK_THROWS_AS(read_python_text(nested(pane::max_text_depth + 2)), TextError);
  CHECK_THROWS_AS(read_json_text(nested(1000000)), TextError);
  CHECK_THROWS_AS(read_python_text(std::string(1000000, '(')), TextError);
}

namespace {

PythonValue random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 3 ? 7 : 10)) {
    case 0:
      return {};
    case 1:
      return PythonValue::of_bool(random() % 2 == 0);
    case 2:
      return PythonValue::of_i64(static_cast<std::int64_t>(random()) - 2000000000);
    case 3:
      return PythonValue::of_u64((std::uint64_t{random()} << 32) + random());
    case 4:
      return PythonValue::of_real(static_cast<double>(random()) / 7);
    case 5:
    case 6: {
      std::string text;
      for (auto n = random() % 8; n > 0; --n) text += static_cast<char>(random() % 128);
      return random() % 2 == 0 ? PythonValue::of_string(text)
                               : PythonValue::of_bytes(text + '\xfe');
    }
    default:
      break;
  }
  std::vector<PythonValue> items;
  for (auto n = random() % 4; n > 0; --n) items.push_back(random_value(random, depth + 1));
  if (random() % 3 == 0) return PythonValue::of_list(items);
  if (random() % 2 == 0) return PythonValue::of_tuple(items);
  PythonValue dict = PythonValue::of_dict();
  for (PythonValue const& item : items) dict.add("k" + std::to_string(random() % 9), item);
  return dict;
}

}  // namespace

TEST_CASE("writing and reading Python text gives the value back") {
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    PythonValue const value = random_value(random, 0);
    std::string const text = to_python_text(value);
    CAPTURE(text);
    CHECK(read_python_text(text) == value);
    CHECK_NOTHROW(read_json_text(to_json_text(value)));
  }
}
