// SPDX-License-Identifier: MIT
#include <pane/interop/descr.hpp>
#include <pane/interop/python_text.hpp>
#include <tests/support/catch.hpp>

#include <string>

namespace {

std::string judged(std::string const& text,
                   std::int64_t itemsize,
                   pane::CaiQuirks accept = pane::cai::tolerant) {
  try {
    check_descr(pane::read_python_text(text), itemsize, accept);
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("fields that add up to the element are accepted") {
  CHECK(judged("[('', '|V3')]", 3) == "accepted");
  CHECK(judged("[('f0', '<i4'), ('', '|V4'), ('f1', '<f8')]", 16) == "accepted");
  CHECK(judged("[('a', '<i4'), ('b', [('c', '<u2'), ('d', '|u1'), ('e', '|u1')])]", 8) ==
        "accepted");
  CHECK(judged("[('a', '<i4'), ('b', '<f8', (16, 4))]", 516) == "accepted");
  CHECK(judged("[('a', '<f4', 3)]", 12) == "accepted");
  CHECK(judged("[(('a title', 'a'), '<i4')]", 4) == "accepted");
  CHECK(judged("[('a', '>i4'), ('b', '<U3')]", 16) == "accepted");
  CHECK(judged("[['a', '<i4']]", 4) == "accepted");
}

TEST_CASE("fields that do not add up are descr_mismatch") {
  CHECK(judged("[('a', '<i4'), ('b', '<f8')]", 16) == "descr_mismatch");
  CHECK(judged("[('a', '<i8'), ('b', '<f4')]", 8) == "descr_mismatch");
  CHECK(judged("[]", 4) == "descr_mismatch");
  CHECK(judged("[('a', '<f8', (0,))]", 8) == "descr_mismatch");
}

TEST_CASE("what is no list of fields is bad_descr") {
  for (char const* text :
       {"'<i4'", "('a', '<i4')", "4", "['<i4']", "[('a',)]", "[('a', '<i4', (1,), 0)]",
        "[(1, '<i4')]", "[('a', 4)]", "[('a', 'int')]", "[('a', '<i4', (-1,))]",
        "[('a', '<i4', 'x')]", "[('a', '<i4', (True,))]", "[(('t', 'a', 'b'), '<i4')]",
        "[('a', '<i2'), ('a', '<i2')]", "[('a', ('<i4',))]",
        "[('a', '<f8', (4294967296, 4294967296))]"}) {
    CAPTURE(text);
    CHECK(judged(text, 4) == "bad_descr");
  }
  CHECK(judged("[['a', '<i4']]", 4, pane::cai::strict) == "bad_descr");
  CHECK(judged("[('a', '|O')]", 8) == "unsupported_kind");
}

TEST_CASE("records nested too deep are refused, not followed") {
  pane::PythonValue type = pane::PythonValue::of_string("<i4");
  for (int i = 0; i < 200; ++i) {
    type = pane::PythonValue::of_list(
        {pane::PythonValue::of_tuple({pane::PythonValue::of_string("a"), type})});
  }
  CHECK_THROWS_AS(pane::check_descr(type, 4), pane::ImportError);
}
