// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_interface.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/python_text.hpp>
#include <tests/support/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::array_interface_from_python_text;
using pane::ArrayInterface;
using pane::ArrayStruct;
using pane::DType;
using pane::from_array_interface;
using pane::host;
using pane::parse_array_interface;
using pane::Presence;
using pane::Tensor;
using pane::to_array_interface;
using Integers = std::vector<std::int64_t>;

namespace {

alignas(64) std::uint8_t memory[4096];

struct Judged {
  std::string reason = "accepted";
  std::string message;
};

template <class Call>
Judged judged(Call call) {
  try {
    call();
  } catch (pane::ImportError const& error) {
    return {name(error.code()), error.what()};
  }
  return {};
}

/// A dictionary as NumPy prints it, one key replaced or added.
std::string with(std::string const& key, std::string const& value) {
  std::string out = "{";
  bool found = false;
  struct Entry {
    char const* key;
    char const* value;
  };
  for (Entry const e :
       {Entry{"data", "(4096, False)"}, Entry{"strides", "None"}, Entry{"descr", "[('', '<f4')]"},
        Entry{"typestr", "'<f4'"}, Entry{"shape", "(2, 3)"}, Entry{"version", "3"}}) {
    bool const here = key == e.key;
    found = found || here;
    if (here && value.empty()) continue;
    out += std::string("'") + e.key + "': " + (here ? value : e.value) + ", ";
  }
  if (!found) out += "'" + key + "': " + value;
  return out + "}";
}

Judged parsed(std::string const& text, pane::CaiQuirks accept = pane::cai::tolerant) {
  return judged([&] {
    from_array_interface(array_interface_from_python_text(text, accept), host, {.accept = accept});
  });
}

}  // namespace

TEST_CASE("what NumPy prints is read, on the host, with no stream") {
  ArrayInterface const a = array_interface_from_python_text(with("stream", "0"));
  CHECK(a.shape == Integers{2, 3});
  CHECK(a.stream.presence == Presence::absent);
  auto const t = from_array_interface<float, pane::HW>(a, host);
  CHECK(reinterpret_cast<std::uintptr_t>(t.data()) == 4096);
  CHECK(t.stride_bytes(0) == 12);
  CHECK(from_array_interface(a, host).device == AnyTensor::host_device);
  ArrayInterface const json = pane::array_interface_from_json_text(
      R"({"data": [4096, false], "typestr": "<f4", "shape": [2, 3], "version": 3})");
  CHECK(from_array_interface<float, pane::HW>(json, host).height() == 2);
}

TEST_CASE("a later version is read, an older one is not, none is tolerated") {
  CHECK(parsed(with("version", "4")).reason == "accepted");
  CHECK(parsed(with("version", "2147483647")).reason == "accepted");
  for (char const* version : {"2", "0", "-1", "2147483648", "99999999999999999999"}) {
    CAPTURE(version);
    CHECK(parsed(with("version", version)).reason == "unsupported_version");
  }
  CHECK(parsed(with("version", "'3'")).reason == "bad_version_type");
  CHECK(parsed(with("version", "")).reason == "accepted");
  CHECK(parsed(with("version", ""), pane::cai::strict).reason == "missing_key");
  ArrayInterface const a = array_interface_from_python_text(with("version", ""));
  CHECK(a.version == 3);
  CHECK(a.quirks == pane::CaiQuirks(pane::CaiQuirk::no_version));
  // The CUDA array interface keeps its own rules.
  CHECK(judged([] { pane::from_python_text(with("version", "")); }).reason == "missing_key");
  CHECK(judged([] { pane::from_python_text(with("version", "4")); }).reason ==
        "unsupported_version");
}

TEST_CASE("an address is the only form of data, and an offset does not count from it") {
  Judged const none = parsed(with("data", "None"));
  CHECK(none.reason == "bad_data");
  CHECK_THAT(none.message, ContainsSubstring("data is None: only Python can ask a buffer"));
  CHECK_THAT(parsed(with("data", "<memory at 0x7f00>")).message,
             ContainsSubstring("data is <memory at 0x7f00>: only Python can ask a buffer"));
  CHECK(parsed(with("data", "('0x1000', False)")).reason == "bad_data");
  CHECK(parsed(with("data", "")).reason == "missing_key");
  CHECK(parsed(with("offset", "0")).reason == "accepted");
  CHECK(parsed(with("offset", "None")).reason == "accepted");
  CHECK_THAT(parsed(with("offset", "16")).message,
             ContainsSubstring("offset is 16: it counts from a buffer"));
  CHECK(parsed(with("offset", "'x'")).reason == "bad_data");
}

TEST_CASE("big-endian elements and masks are refused, and the message says what to do") {
  Judged const big = parsed(with("typestr", "'>f4'"));
  CHECK(big.reason == "foreign_byte_order");
  CHECK_THAT(big.message, ContainsSubstring("pane: array interface: typestr is '>f4'") &&
                              ContainsSubstring("swap the bytes first"));
  CHECK(parsed(with("mask", "(True, False)")).reason == "masked");
  CHECK(parsed(with("mask", "None")).reason == "accepted");
}

TEST_CASE("an array without elements keeps its address out of use, 0 or not") {
  std::string text = with("shape", "(0, 3)");
  CHECK(from_array_interface(array_interface_from_python_text(text), host).data == nullptr);
  text.replace(text.find("4096"), 4, "0");
  CHECK(from_array_interface(array_interface_from_python_text(text), host).shape[1] == 3);
  CHECK(parsed(with("data", "(0, False)")).reason == "null_data");
}

TEST_CASE("every element type is sent and comes back") {
  for (int i = 0; i <= static_cast<int>(DType::boolean); ++i) {
    AnyTensor t;
    t.data = memory;
    t.dtype = static_cast<DType>(i);
    t.rank = 2;
    t.shape[0] = 3;
    t.shape[1] = 4;
    t.stride_bytes[0] = 4 * size_bytes(t.dtype);
    t.stride_bytes[1] = size_bytes(t.dtype);
    CAPTURE(name(t.dtype));
    ArrayInterface const a = to_array_interface(t);
    CHECK(a.version == 3);
    CHECK(a.strides.presence == Presence::none);
    CHECK(a.stream.presence == Presence::absent);
    ArrayInterface const again = array_interface_from_python_text(to_python_text(a));
    CHECK(again == a);
    AnyTensor const back = from_array_interface(again, host, {.opaque_as = DType::bf16});
    CHECK(back.dtype == t.dtype);
    CHECK(back.data == t.data);
  }
}

TEST_CASE("strides are sent as they are, negative ones too, and const elements are read-only") {
  auto const flipped = Tensor<float const, pane::HW>::strided(
      reinterpret_cast<float const*>(memory + 1024), {4, 5}, {-64, 4});
  ArrayInterface const a = to_array_interface(flipped);
  CHECK(a.strides.value == Integers{-64, 4});
  CHECK(a.readonly);
  auto const back = from_array_interface<float const, pane::HW>(a, host);
  CHECK(back.data() == flipped.data());
  CHECK(back.stride_bytes(0) == -64);
  CHECK(judged([&] { from_array_interface<float, pane::HW>(a, host); }).reason == "read_only");
}

TEST_CASE("a tensor without elements is sent with an address that is not 0") {
  Tensor<float, pane::HW> const none(nullptr, {0, 3});
  ArrayInterface const a = to_array_interface(none);
  CHECK(a.data != 0);
  CHECK(a.data % 64 == 0);
  CHECK(from_array_interface(a, host).data == nullptr);
  Tensor<float, pane::HW> const some(reinterpret_cast<float*>(memory), {0, 3});
  CHECK(to_array_interface(some).data == reinterpret_cast<std::uintptr_t>(memory));
}

TEST_CASE("device memory is not sent to NumPy, nor taken from it") {
  auto const before = pane::detail::query_driver;
  pane::detail::query_driver = [](std::uint64_t) {
    pane::MemoryInfo out;
    out.type = pane::MemoryInfo::Type::device;
    out.device = 0;
    return out;
  };
  Tensor<std::uint8_t, pane::HW> const t(memory, {4, 5});
  Judged const sent = judged([&] { to_array_interface(t); });
  Judged const taken = parsed(with("version", "3"));
  pane::detail::query_driver = before;
  CHECK(sent.reason == "not_host_accessible");
  CHECK(taken.reason == "not_host_accessible");
  AnyTensor odd = t;
  odd.rank = 9;
  CHECK_THROWS_AS(to_array_interface(odd), pane::InvalidArgument);
}

namespace {

std::intptr_t const extents[] = {2, 3};
std::intptr_t const steps[] = {-64, 4};

ArrayStruct two_by_three() {
  ArrayStruct s;
  s.nd = 2;
  s.typekind = 'f';
  s.itemsize = 4;
  s.flags = ArrayStruct::not_swapped | ArrayStruct::writeable;
  s.shape = extents;
  s.data = memory + 1024;
  return s;
}

}  // namespace

TEST_CASE("the C struct has the layout of PyArrayInterface and is read field by field") {
  STATIC_REQUIRE(sizeof(ArrayStruct) == 56);
  STATIC_REQUIRE(offsetof(ArrayStruct, typekind) == 8);
  STATIC_REQUIRE(offsetof(ArrayStruct, itemsize) == 12);
  STATIC_REQUIRE(offsetof(ArrayStruct, shape) == 24);
  STATIC_REQUIRE(offsetof(ArrayStruct, descr) == 48);
  ArrayStruct s = two_by_three();
  auto const packed = from_array_interface<float, pane::HW>(pane::parse_array_struct(s), host);
  CHECK(packed.stride_bytes(0) == 12);
  s.strides = steps;
  auto const flipped = from_array_interface<float, pane::HW>(pane::parse_array_struct(s), host);
  CHECK(flipped.stride_bytes(0) == -64);
  CHECK(static_cast<void*>(flipped.data()) == memory + 1024);
  s.flags = ArrayStruct::not_swapped;
  CHECK(pane::parse_array_struct(s).readonly);
  s.nd = 0;
  s.shape = nullptr;
  s.strides = nullptr;
  CHECK(from_array_interface(pane::parse_array_struct(s), host).rank == 0);
}

TEST_CASE("a C struct that is wrong is refused by name") {
  auto const reason = [](auto change) {
    ArrayStruct s = two_by_three();
    change(s);
    return judged([&] { from_array_interface(pane::parse_array_struct(s), host); }).reason;
  };
  CHECK(reason([](ArrayStruct& s) { s.two = 3; }) == "unsupported_version");
  CHECK(reason([](ArrayStruct& s) { s.nd = -1; }) == "bad_rank");
  CHECK(reason([](ArrayStruct& s) { s.nd = 65; }) == "too_many_dims");
  CHECK(reason([](ArrayStruct& s) { s.shape = nullptr; }) == "bad_shape");
  CHECK(reason([](ArrayStruct& s) { s.flags = 0; }) == "foreign_byte_order");
  CHECK(reason([](ArrayStruct& s) { s.itemsize = -4; }) == "bad_typestr");
  CHECK(reason([](ArrayStruct& s) { s.itemsize = 3; }) == "unsupported_itemsize");
  CHECK(reason([](ArrayStruct& s) { s.typekind = '\0'; }) == "bad_typestr");
  CHECK(reason([](ArrayStruct& s) { s.typekind = 'O'; }) == "unsupported_kind");
  CHECK(reason([](ArrayStruct& s) { s.data = nullptr; }) == "null_data");
  CHECK(reason([](ArrayStruct& s) { s.data = memory + 1; }) == "misaligned_pointer");
  CHECK(reason([](ArrayStruct&) {}) == "accepted");
}
