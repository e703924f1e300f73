// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack_stream.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <optional>
#include <string>

using namespace pane;

namespace {

std::string read(std::optional<std::int64_t> stream) {
  try {
    return describe(read_dlpack_stream(stream));
  } catch (ImportError const& error) {
    return name(error.code());
  }
}

}  // namespace

TEST_CASE("a consumer's stream argument") {
  CHECK(read(std::nullopt) == "legacy");
  CHECK(read(-1) == "none");
  CHECK(read(0) == "stream_zero");
  CHECK(read(1) == "legacy");
  CHECK(read(2) == "per_thread");
  CHECK(read(3) == "handle:3");
  CHECK(read(94265387014832) == "handle:94265387014832");
  CHECK(read(-2) == "stream_negative");
  CHECK(read(INT64_MIN) == "stream_negative");
}

TEST_CASE("our stream as the argument of a producer") {
  auto const handle = [](std::intptr_t value) { return reinterpret_cast<CUstream_st*>(value); };
  CHECK(to_dlpack_stream(Stream{}) == 1);
  CHECK(to_dlpack_stream(Stream{handle(1)}) == 1);
  CHECK(to_dlpack_stream(Stream{handle(2)}) == 2);
  CHECK(to_dlpack_stream(Stream{handle(0x7f00)}) == 0x7f00);
}
