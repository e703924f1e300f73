// SPDX-License-Identifier: MIT

#include <pane/core/any_tensor.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using u8 = std::uint8_t;

namespace {

u8* const address = reinterpret_cast<u8*>(std::uintptr_t{0x1000});

/// [2, 5, 7, 3] u8, packed, without a layout.
AnyTensor unstated() {
  AnyTensor t = Tensor<u8, NHWC<3>>(address, {2, 5, 7, 3});
  t.axes[0] = '\0';
  return t;
}

/// Remembers what it was called with.
struct Recorder {
  std::vector<std::string>& seen;
  template <class T, class L>
  void operator()(Tensor<T, L> const& t) {
    seen.push_back(std::string(name(dtype_of<T>)) + (std::is_const_v<T> ? " const " : " ") +
                   L::axes + " " + std::to_string(L::channels) + " " + std::to_string(t.size()));
  }
};

template <class... Ts, class... Ls>
std::string visited(AnyTensor const& t, Elements<Ts...> elements, Layouts<Ls...> layouts) {
  std::vector<std::string> seen;
  visit(t, elements, layouts, Recorder{seen});
  REQUIRE(seen.size() == 1);  // the first that fits, and it alone
  return seen[0];
}

}  // namespace

TEST_CASE("any_tensor: forgets the types of a tensor and takes them back") {
  auto const t = Tensor<u8, HWC<3>>::pitched(address, {5, 7, 3}, 32);
  AnyTensor const any(t, 2);
  CHECK(any.data == address);
  CHECK(any.dtype == DType::u8);
  CHECK(any.rank == 3);
  CHECK(any.device == 2);
  CHECK_FALSE(any.readonly);
  CHECK(any.shape[1] == 7);
  CHECK(any.stride_bytes[0] == 32);
  CHECK(std::string(any.axes) == "HWC");
  auto const back = any.as<u8, HWC<3>>();
  CHECK(back.data() == t.data());
  CHECK(back.stride_bytes(0) == 32);
  CHECK(any.as<u8 const, HWC<>>().channel_count() == 3);
  CHECK(any.as<u8, Layout<'H', 'W', 'C'>>().height() == 5);
}

TEST_CASE("any_tensor: const elements are read-only") {
  AnyTensor const any = Tensor<u8 const, HW>(address, {5, 7});
  CHECK(any.readonly);
  CHECK(any.device == AnyTensor::host_device);
  CHECK(any.as<u8 const, HW>().width() == 7);
  CHECK_THROWS_WITH(
      (any.as<u8, HW>()),
      "pane::AnyTensor::as<u8, HW>: the tensor is HW u8 [5, 7] strides [7, 1] bytes at "
      "0x1000 host (read-only): it is read-only; ask for const elements");
}

TEST_CASE("any_tensor: as refuses what the tensor is not") {
  AnyTensor const any = Tensor<u8, HWC<3>>(address, {5, 7, 3});
  CHECK_THROWS_WITH((any.as<std::int8_t, HWC<3>>()),
                    ContainsSubstring("the element type must be s8"));
  CHECK_THROWS_WITH((any.as<u8, NHWC<3>>()), ContainsSubstring("the rank must be 4 for NHWC"));
  CHECK_THROWS_WITH((any.as<u8, HW>()), ContainsSubstring("the rank must be 2 for HW"));
  CHECK_THROWS_WITH((any.as<u8, HWC<4>>()),
                    ContainsSubstring("extent 2 must be 4 for this layout"));
  CHECK_THROWS_WITH((any.as<u8, CHW<>>()),
                    ContainsSubstring("its layout is stated as HWC, not CHW"));
  CHECK_THROWS_AS((any.as<u8, CHW<>>()), InvalidArgument);
}

TEST_CASE("any_tensor: the numbers are checked when types come back") {
  AnyTensor any = Tensor<u8, HW>(address, {5, 7});
  any.shape[0] = -1;
  CHECK_THROWS_WITH((any.as<u8, HW>()), ContainsSubstring("extent 0 is negative"));
  any.shape[0] = 5;
  any.data = nullptr;
  CHECK_THROWS_AS((any.as<u8, HW>()), InvalidArgument);
}

TEST_CASE("any_tensor: without a stated layout every layout of the rank fits") {
  AnyTensor const any = unstated();
  CHECK(any.as<u8, NHWC<3>>().width() == 7);
  CHECK(any.as<u8, NCHW<5>>().width() == 3);
  CHECK(any.as<u8, Layout<'C', 'N', 'H', 'W'>>().batch() == 5);
  CHECK_THROWS_AS((any.as<u8, NCHW<3>>()), InvalidArgument);
  CHECK(describe(any) == "? u8 [2, 5, 7, 3] strides [105, 21, 3, 1] bytes at 0x1000 host");
}

TEST_CASE("any_tensor: visit calls for the first layout, then the first type, that fits") {
  AnyTensor const any = Tensor<u8, NHWC<3>>(address, {2, 5, 7, 3});
  CHECK(visited(any, Elements<float, u8>{}, Layouts<HWC<3>, NHWC<4>, NHWC<3>, NHWC<>>{}) ==
        "u8 NHWC 3 210");
  CHECK(visited(any, Elements<u8>{}, Layouts<NHWC<>, NHWC<3>>{}) == "u8 NHWC -1 210");
  CHECK(visited(any, Elements<u8 const, u8>{}, Layouts<NHWC<3>>{}) == "u8 const NHWC 3 210");
  // a stated layout is never taken for another, an unstated one for the first of the list
  CHECK(visited(any, Elements<u8>{}, Layouts<NCHW<>, NHWC<>>{}) == "u8 NHWC -1 210");
  CHECK(visited(unstated(), Elements<u8>{}, Layouts<NCHW<>, NHWC<>>{}) == "u8 NCHW -1 210");
  CHECK(visited(unstated(), Elements<u8>{}, Layouts<NCHW<3>, NHWC<3>>{}) == "u8 NHWC 3 210");
}

TEST_CASE("any_tensor: visit refuses what no entry of its lists fits") {
  auto const nothing = [](auto const&) {};
  CHECK_THROWS_AS(visit(unstated(), Elements<float>{}, Layouts<NHWC<3>>{}, nothing), Unsupported);
  CHECK_THROWS_AS(visit(unstated(), Elements<u8>{}, Layouts<NHWC<4>, HWC<>>{}, nothing),
                  Unsupported);
  CHECK_THROWS_WITH(
      visit(unstated(), Elements<u8>{}, Layouts<HW>{}, nothing),
      "pane::visit: no element type and layout of the list fits ? u8 [2, 5, 7, 3] strides "
      "[105, 21, 3, 1] bytes at 0x1000 host");
}

TEST_CASE("any_tensor: read-only memory never reaches a function as writable") {
  AnyTensor const any = Tensor<u8 const, HW>(address, {5, 7});
  std::vector<std::string> seen;
  CHECK_THROWS_AS(visit(any, Elements<u8>{}, Layouts<HW>{}, Recorder{seen}), Error);
  CHECK(seen.empty());
  CHECK(visited(any, Elements<u8 const>{}, Layouts<HW>{}) == "u8 const HW 1 35");
}
