// SPDX-License-Identifier: MIT
#include <pane/interop/array_view.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

using pane::CudaArrayInterface;

namespace {

CudaArrayInterface simple() {
  CudaArrayInterface cai;
  cai.shape = {2, 3};
  cai.typestr = "<f4";
  cai.data = 0x7f0000000000;
  return cai;
}

std::string judged(CudaArrayInterface const& cai, pane::CaiOptions const& options = {}) {
  try {
    resolve(cai, options);
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

template <class Change>
std::string changed(Change change) {
  CudaArrayInterface cai = simple();
  change(cai);
  return judged(cai);
}

using Integers = std::vector<std::int64_t>;
constexpr std::int64_t two_to_62 = std::int64_t{1} << 62;

}  // namespace

TEST_CASE("strides are filled in and bytes are counted") {
  pane::ArrayView const v = resolve(simple());
  CHECK(v.stride_bytes == Integers{12, 4});
  CHECK(v.size == 6);
  CHECK(v.span_low == 0);
  CHECK(v.span_high == 24);
  CHECK(v.c_contiguous);
  CHECK_FALSE(v.f_contiguous);
  CHECK_FALSE(v.overlaps);
  CHECK(describe(v.stream) == "none");
  CHECK(v.quirks.empty());
}

TEST_CASE("each rule about the numbers has its reason") {
  CHECK(changed([](auto& c) { c.version = 4; }) == "unsupported_version");
  CHECK(changed([](auto& c) { c.version = -1; }) == "unsupported_version");
  CHECK(changed([](auto& c) { c.shape.assign(65, 1); }) == "too_many_dims");
  CHECK(changed([](auto& c) { c.shape.assign(64, 1); }) == "accepted");
  CHECK(changed([](auto& c) { c.shape = {0, -1}; }) == "negative_extent");
  CHECK(changed([](auto& c) { c.typestr = "f"; }) == "bad_typestr");
  CHECK(changed([](auto& c) { c.strides = Integers{4}; }) == "strides_rank_mismatch");
  CHECK(changed([](auto& c) { c.mask = pane::PythonValue::of_bool(false); }) == "masked");
  CHECK(changed([](auto& c) { c.stream = 0; }) == "stream_zero");
  CHECK(changed([](auto& c) { c.shape = {1LL << 32, 1LL << 32}; }) == "size_overflow");
  CHECK(changed([](auto& c) { c.shape = {0, 1LL << 32, 1LL << 32}; }) == "size_overflow");
  CHECK(changed([](auto& c) { c.shape = {two_to_62 / 2}; }) == "size_overflow");
  CHECK(changed([](auto& c) { c.data = 0; }) == "null_data");
  CHECK(changed([](auto& c) {
          c.strides = Integers{two_to_62 + 4, two_to_62};
        }) == "extent_overflow");
  CHECK(changed([](auto& c) {
          c.shape = {3};
          c.strides = Integers{INT64_MIN};
        }) == "extent_overflow");
  CHECK(changed([](auto& c) {
          c.shape = {2};
          c.strides = Integers{INT64_MIN};
        }) == "address_wrap");
  CHECK(changed([](auto& c) { c.data = UINT64_MAX - 3; }) == "address_wrap");
  CHECK(changed([](auto& c) { c.data = UINT64_MAX - 23; }) == "accepted");
  CHECK(changed([](auto& c) {
          c.data = 8;
          c.strides = Integers{-12, 4};
        }) == "address_wrap");
  CHECK(changed([](auto& c) {
          c.data = 12;
          c.strides = Integers{-12, 4};
        }) == "accepted");
  CHECK(changed([](auto& c) { c.data += 2; }) == "misaligned_pointer");
  CHECK(changed([](auto& c) {
          c.typestr = "<c16";
          c.data += 8;
        }) == "accepted");
  CHECK(changed([](auto& c) { c.strides = Integers{12, 1}; }) == "stride_not_multiple");
  CHECK(changed([](auto& c) {
          c.typestr = "|V4";
          c.strides = Integers{13, 5};
        }) == "accepted");
  CHECK(changed([](auto& c) {
          c.typestr = "|V4";
          c.descr = pane::PythonValue::of_string("<i4");
        }) == "bad_descr");
}

TEST_CASE("the largest strides and addresses do not trap") {
  CHECK(changed([](auto& c) {
          c.shape = {1};
          c.strides = Integers{INT64_MIN};
        }) == "accepted");
  CHECK(changed([](auto& c) {
          c.typestr = "|u1";
          c.shape = {2};
          c.data = std::uint64_t{1} << 63;
          c.strides = Integers{INT64_MIN};
        }) == "accepted");
  CHECK(changed([](auto& c) {
          c.typestr = "|u1";
          c.shape = {2, 2};
          c.data = std::uint64_t{1} << 63;
          c.strides = Integers{INT64_MIN, INT64_MAX - 1};
        }) == "accepted");
  CHECK(changed([](auto& c) {
          c.typestr = "|u1";
          c.shape = {INT64_MAX};
          c.data = 4096;
        }) == "accepted");
}

TEST_CASE("an array without elements is accepted wherever it points") {
  for (std::uint64_t const address : {std::uint64_t{0}, std::uint64_t{4097}, UINT64_MAX}) {
    CudaArrayInterface cai = simple();
    cai.shape = {0, 3};
    cai.data = address;
    cai.strides = Integers{INT64_MIN, 7};
    pane::ArrayView const v = resolve(cai);
    CHECK(v.size == 0);
    CHECK(v.span_high == 0);
    CHECK(v.c_contiguous);
    CHECK(v.f_contiguous);
    CHECK_FALSE(v.overlaps);
  }
}

TEST_CASE("axes of extent 1 do not count in contiguity") {
  CudaArrayInterface cai = simple();
  cai.shape = {1, 2, 1, 3};
  cai.strides = Integers{-99, 12, 7, 4};
  CHECK(resolve(cai).c_contiguous);
  cai.shape = {1, 1};
  cai.strides = Integers{7, 13};
  CHECK(resolve(cai).f_contiguous);
}

TEST_CASE("streams 1 and 2 are names, the rest are handles") {
  CudaArrayInterface cai = simple();
  cai.stream = 1;
  CHECK(describe(resolve(cai).stream) == "legacy");
  cai.stream = 2;
  CHECK(describe(resolve(cai).stream) == "per_thread");
  cai.stream = UINT64_MAX;
  CHECK(describe(resolve(cai).stream) == "handle:18446744073709551615");
  CHECK(describe(resolve(cai, {.protocol = pane::ArrayProtocol::array_interface}).stream) ==
        "none");
  cai.stream = 0;
  CHECK(describe(resolve(cai, {.accept = pane::cai::pynvvideocodec}).stream) == "legacy");
}

TEST_CASE("16-bit strides counted in elements are mended for their producer only") {
  CudaArrayInterface cai = simple();
  cai.shape = {1080, 1920, 1};
  cai.typestr = "|u2";
  cai.strides = Integers{1920, 1, 1};
  CHECK(judged(cai) == "stride_not_multiple");
  pane::ArrayView const v = resolve(cai, {.accept = pane::cai::pynvvideocodec});
  CHECK(v.stride_bytes == Integers{3840, 2, 2});
  CHECK(v.c_contiguous);
  CHECK(v.quirks.has(pane::CaiQuirk::pynvvc_element_strides));
  cai.strides = Integers{3840, 2, 2};
  CHECK(resolve(cai, {.accept = pane::cai::pynvvideocodec}).stride_bytes == Integers{3840, 2, 2});
}

TEST_CASE("span, contiguity and overlap agree with the addresses of all elements") {
  std::mt19937 random(2);
  int overlapping = 0;
  int clear = 0;
  for (int round = 0; round < 3000; ++round) {
    CudaArrayInterface cai = simple();
    cai.typestr = "<i2";
    cai.shape.clear();
    cai.strides = Integers{};
    auto const rank = random() % 4;
    for (unsigned i = 0; i < rank; ++i) {
      cai.shape.push_back(1 + static_cast<std::int64_t>(random() % 4));
      cai.strides.value.push_back((static_cast<std::int64_t>(random() % 33) - 16) * 2);
    }
    pane::ArrayView const v = resolve(cai);
    std::multiset<std::int64_t> addresses;
    Integers c_order;
    for (std::int64_t k = 0; k < v.size; ++k) {
      std::int64_t rest = k;
      std::int64_t address = 0;
      for (std::size_t i = rank; i-- > 0;) {
        address += rest % v.shape[i] * v.stride_bytes[i];
        rest /= v.shape[i];
      }
      addresses.insert(address);
      c_order.push_back(address);
    }
    CAPTURE(pane::to_python_text(cai));
    CHECK(v.span_low == *addresses.begin());
    CHECK(v.span_high == *addresses.rbegin() + 2);
    bool shared = false;
    bool packed = true;
    std::int64_t last = -1;
    bool first = true;
    for (std::int64_t const a : addresses) {
      shared = shared || (!first && a == last);
      last = a;
      first = false;
    }
    for (std::size_t k = 0; k < c_order.size(); ++k)
      packed = packed && c_order[k] == static_cast<std::int64_t>(2 * k);
    CHECK(v.c_contiguous == packed);
    if (shared) CHECK(v.overlaps);
    ++(shared ? overlapping : clear);
  }
  CHECK(overlapping > 300);
  CHECK(clear > 300);
}
