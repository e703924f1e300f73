// SPDX-License-Identifier: MIT
#include <pane/core/dtype.hpp>
#include <pane/interop/npy_header.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/npy_files.hpp>

#include <cstdint>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::NpyHeader;
using pane::NpyOptions;
using pane::parse_npy_header;
using test::bytes_of;
using Integers = std::vector<std::int64_t>;

namespace {

/// A file of version 1.0 up to its first element.
std::string file_of(std::string const& text, int version = 1) {
  std::string out("\x93NUMPY");
  out += static_cast<char>(version);
  out += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    out += static_cast<char>(static_cast<unsigned char>(text.size() >> (8 * i)));
  return out + text;
}

struct Judged {
  std::string reason = "accepted";
  std::string message;
};

Judged judged(std::string const& file, NpyOptions const& options = {}) {
  try {
    parse_npy_header(bytes_of(file), options);
  } catch (pane::ImportError const& error) {
    return {name(error.code()), error.what()};
  }
  return {};
}

std::string const usual = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

}  // namespace

TEST_CASE("a header is read: type, order, shape and where the elements are") {
  std::string const file = file_of(usual + std::string(58, ' ') + "\n");
  NpyHeader const h = parse_npy_header(bytes_of(file));
  CHECK(h.version == 1);
  CHECK(h.descr == "<f4");
  CHECK(h.type.kind == 'f');
  CHECK(h.type.itemsize == 4);
  CHECK_FALSE(h.big_endian);
  CHECK_FALSE(h.fortran_order);
  CHECK(h.shape == Integers{2, 3});
  CHECK(h.data_offset == static_cast<std::int64_t>(file.size()));
  CHECK(h.data_bytes == 24);
  CHECK(h.file_bytes() == h.data_offset + 24);
}

TEST_CASE("every header that NumPy wrote is written again, byte for byte") {
  for (test::NpyCase const& c : test::npy_cases()) {
    CAPTURE(c.name);
    NpyHeader const h = parse_npy_header(c.bytes, {.max_header_bytes = 100000});
    CHECK(h.shape == c.shape);
    CHECK(h.type.itemsize == c.itemsize);
    CHECK(h.big_endian == c.big_endian);
    CHECK(h.fortran_order == c.fortran);
    CHECK(h.file_bytes() == static_cast<std::int64_t>(c.bytes.size()));
    std::string const text = npy_header_bytes(h);
    CHECK(text.size() % 64 == 0);
    test::Bytes const theirs(c.bytes.begin(), c.bytes.begin() + h.data_offset);
    CHECK(bytes_of(text) == theirs);
  }
}

TEST_CASE("the version is the oldest that can say it") {
  CHECK(parse_npy_header(test::npy_case("record_latin1").bytes).version == 1);
  CHECK(parse_npy_header(test::npy_case("record_utf8").bytes).version == 3);
  NpyOptions const trusted{.max_header_bytes = 100000};
  CHECK(parse_npy_header(test::npy_case("record_long_v2").bytes, trusted).version == 2);
}

TEST_CASE("field names come as UTF-8 and the element stays opaque") {
  NpyHeader const latin1 = parse_npy_header(test::npy_case("record_latin1").bytes);
  CHECK(latin1.fields.items.at(0).items.at(0).text == "\xc3\xa9");
  NpyHeader const utf8 = parse_npy_header(test::npy_case("record_utf8").bytes);
  CHECK(utf8.fields.items.at(0).items.at(0).text == "\xce\xb1\xe4\xb8\xad");
  CHECK(utf8.descr == "|V4");
  CHECK(utf8.type.kind == 'V');
}

TEST_CASE("a foreign byte order is noted and taken out of the type") {
  NpyHeader const h = parse_npy_header(test::npy_case("f8_3x4_big").bytes);
  CHECK(h.big_endian);
  CHECK(h.descr == ">f8");
  CHECK(h.type.order == '<');
  std::string const byte = "{'descr': '>u1', 'fortran_order': False, 'shape': (), }\n";
  CHECK_FALSE(parse_npy_header(bytes_of(file_of(byte))).big_endian);
}

TEST_CASE("a file that ends too early is truncated, wherever it ends") {
  std::string const file = file_of(usual);
  for (std::size_t length = 0; length < file.size(); ++length) {
    CAPTURE(length);
    CHECK(judged(file.substr(0, length)).reason == "truncated");
  }
  CHECK(judged(file).reason == "accepted");
}

TEST_CASE("what is no .npy file is told so") {
  CHECK(judged("PK\x03\x04").reason == "bad_magic");
  CHECK(judged(std::string("\x93NUMPX\x01\x00", 8)).reason == "bad_magic");
  CHECK(judged("\x93NUMPY\x04").reason == "truncated");
  std::string const four = std::string("\x93NUMPY\x04\x00", 8) + std::string(100, ' ');
  CHECK(judged(four).reason == "unsupported_version");
  CHECK_THAT(judged(four).message, ContainsSubstring("the version is 4.0"));
}

TEST_CASE("the length of the header is limited, and the limit can be raised") {
  std::string const longer = file_of(usual + std::string(10000, ' '));
  CHECK(judged(longer).reason == "bad_header");
  CHECK_THAT(judged(longer).message, ContainsSubstring("max_header_bytes"));
  CHECK(judged(longer, {.max_header_bytes = 20000}).reason == "accepted");
  std::string const claim = std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12) + usual;
  CHECK(judged(claim).reason == "bad_header");
  CHECK(judged(claim, {.max_header_bytes = SIZE_MAX}).reason == "truncated");
}

TEST_CASE("a message names the value and the rule") {
  auto const message = [](std::string const& from, std::string const& to) {
    std::string text = usual;
    text.replace(text.find(from), from.size(), to);
    return judged(file_of(text)).message;
  };
  CHECK_THAT(message("(2, 3)", "(2, -3)"), ContainsSubstring("shape is (2, -3): -3 is negative"));
  CHECK_THAT(message("(2, 3)", "[2, 3]"), ContainsSubstring("shape is [2, 3]: it must be a tuple"));
  CHECK_THAT(message("False", "0"), ContainsSubstring("fortran_order is 0: it must be a bool"));
  CHECK_THAT(message("'<f4'", "'<f3'"), ContainsSubstring("there is no f of 3 bytes"));
  CHECK_THAT(message("'<f4'", "print(1)"),
             ContainsSubstring("descr is print(1): it must be a str"));
  CHECK_THAT(message("3)", "1+2)"), ContainsSubstring("Python text, byte 55"));
  CHECK_THAT(message("False", "False, 'x': 1"),
             ContainsSubstring("a dict of descr, fortran_order and shape, each once"));
}

TEST_CASE("a field name that is no text cannot be written") {
  NpyHeader h;
  h.fields = pane::read_python_text("[('\\ud800', '<f4')]");
  CHECK_THROWS_AS(npy_header_bytes(h), pane::ImportError);
}
