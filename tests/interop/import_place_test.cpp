// SPDX-License-Identifier: MIT
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/import_place.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using pane::CaiStream;
using pane::MemoryInfo;

namespace {

/// A place that writes down what it was asked, and answers what the test wants.
struct Recorder {
  MemoryInfo memory;
  std::vector<std::string>* calls;

  MemoryInfo query(std::uint64_t) const {
    calls->push_back("query");
    return memory;
  }
  void check(pane::ArrayView const& view, MemoryInfo const& info, int require_device) const {
    calls->push_back("check");
    pane::check_memory(view, info, require_device);
  }
  void wait_for(CaiStream const& stream, int device) const {
    calls->push_back("wait for " + describe(stream) + " on " + std::to_string(device));
  }
};
static_assert(pane::ImportPlace<Recorder>);
static_assert(!pane::ImportPlace<pane::Host>);

pane::CudaArrayInterface photo() {
  pane::CudaArrayInterface cai;
  cai.shape = {4, 5, 3};
  cai.data = 0x7f0000000000;
  cai.stream = 1;
  return cai;
}

using Calls = std::vector<std::string>;
using Photo = pane::HWC<3>;

}  // namespace

TEST_CASE("an import asks, checks, and waits last, on the memory's device") {
  Calls calls;
  Recorder const place{{.type = MemoryInfo::Type::device, .device = 1}, &calls};
  auto const t = pane::from_cuda_array_interface<std::uint8_t, Photo>(photo(), place);
  CHECK(t.width() == 5);
  CHECK(calls == Calls{"query", "check", "wait for legacy on 1"});
  calls.clear();
  pane::AnyTensor const any = pane::from_cuda_array_interface(photo(), place);
  CHECK(any.device == 1);
  CHECK(calls == Calls{"query", "check", "wait for legacy on 1"});
}

TEST_CASE(
    "nothing waits when an import is refused, when nothing is pending, or when the caller orders") {
  Calls calls;
  Recorder place{{.type = MemoryInfo::Type::device, .device = 1}, &calls};
  CHECK_THROWS_AS((pane::from_cuda_array_interface<float, Photo>(photo(), place)),
                  pane::ImportError);
  CHECK_THROWS_AS(
      (pane::from_cuda_array_interface<std::uint8_t, Photo>(photo(), place, {.require_device = 0})),
      pane::ImportError);
  auto cai = photo();
  cai.stream = pane::Presence::none;
  CHECK_NOTHROW(pane::from_cuda_array_interface(cai, place));
  CHECK_NOTHROW(
      pane::from_cuda_array_interface(photo(), place, {.ordering = pane::Ordering::by_caller}));
  for (std::string const& call : calls) CHECK((call == "query" || call == "check"));
  CHECK_FALSE(calls.empty());
}

TEST_CASE("an import without elements asks nobody and keeps no address") {
  Calls calls;
  Recorder const place{{.type = MemoryInfo::Type::unregistered}, &calls};
  auto cai = photo();
  cai.shape = {0, 5, 3};
  auto const t = pane::from_cuda_array_interface<std::uint8_t, Photo>(cai, place);
  CHECK(t.empty());
  CHECK(t.data() == nullptr);
  CHECK(calls.empty());
}

TEST_CASE("the host waits for nobody and says so") {
  std::vector<std::uint8_t> bytes(60);
  auto cai = photo();
  cai.data = reinterpret_cast<std::uintptr_t>(bytes.data());
  try {
    pane::from_cuda_array_interface(cai, pane::host);
    FAIL("imported");
  } catch (pane::InvalidArgument const& error) {
    CHECK_THAT(std::string(error.what()), Catch::Matchers::ContainsSubstring("stream is legacy"));
    CHECK_THAT(std::string(error.what()),
               Catch::Matchers::ContainsSubstring("Ordering::by_caller"));
  }
  auto const t = pane::from_cuda_array_interface<std::uint8_t, Photo>(
      cai, pane::host, {.ordering = pane::Ordering::by_caller});
  CHECK(t.data() == bytes.data());
}

TEST_CASE("the host refuses device memory once a driver can be asked") {
  auto* const before = pane::detail::query_driver;
  pane::detail::query_driver = [](std::uint64_t) {
    return MemoryInfo{.type = MemoryInfo::Type::device, .device = 2, .accessible = true};
  };
  auto cai = photo();
  cai.stream = pane::Presence::absent;
  std::string what;
  try {
    pane::from_cuda_array_interface(cai, pane::host);
  } catch (pane::InvalidArgument const& error) {
    what = error.what();
  }
  pane::detail::query_driver = before;
  CHECK_THAT(what, Catch::Matchers::ContainsSubstring("in the memory of device 2"));
}
