// SPDX-License-Identifier: MIT

#include <pane/core/stream.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <type_traits>

using namespace pane;

namespace {
CUstream_st* const handle = reinterpret_cast<CUstream_st*>(std::uintptr_t{0x1234});

CUstream_st* handle_of(Stream stream) {
  return stream.handle();
}
}  // namespace

TEST_CASE("stream: a raw handle is a stream, null the default one") {
  CHECK(handle_of(handle) == handle);
  CHECK(handle_of(nullptr) == nullptr);
  CHECK(Stream().handle() == nullptr);
  CHECK_FALSE(std::is_convertible_v<int, Stream>);
  CHECK_FALSE(std::is_convertible_v<Host, Stream>);
  CHECK_FALSE(std::is_convertible_v<Stream, Host>);
}

TEST_CASE("stream: pointers are checked unless told otherwise") {
  CHECK(Stream(handle).pointer_check() == PointerCheck::on);
  CHECK(Stream().pointer_check() == PointerCheck::on);
  Stream const unchecked(handle, PointerCheck::off);
  CHECK(unchecked.pointer_check() == PointerCheck::off);
  CHECK(unchecked.handle() == handle);
}

TEST_CASE("stream: host is the calling thread") {
  static_assert(host.threads == 1);
  CHECK(Host{}.threads == 1);
  CHECK(Host{.threads = 4}.threads == 4);
  CHECK(std::is_trivially_copyable_v<Stream>);
}
