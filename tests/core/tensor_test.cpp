// SPDX-License-Identifier: MIT

#include <pane/core/tensor.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using u8 = std::uint8_t;
using u16 = std::uint16_t;

namespace {

constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

/// An address that is never read: the constructors look at numbers only.
template <class T>
T* at(std::uintptr_t address) {
  return reinterpret_cast<T*>(address);
}

template <class T, class L>
std::vector<std::int64_t> strides(Tensor<T, L> const& t) {
  return {t.strides_bytes(), t.strides_bytes() + L::rank};
}
using Strides = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("tensor: a pointer and a shape are packed in C order") {
  Tensor<u16, NHWC<3>> const t(at<u16>(0x1000), {2, 5, 7, 3});
  CHECK(t.data() == at<u16>(0x1000));
  CHECK(strides(t) == Strides{210, 42, 6, 2});
  CHECK(t.batch() == 2);
  CHECK(t.height() == 5);
  CHECK(t.width() == 7);
  CHECK(t.channel_count() == 3);
  CHECK(t.pitch_bytes() == 42);
  CHECK(t.size() == 210);
  CHECK(t.size(1) == Size{5, 7});
  CHECK(t.extent(2) == 7);
  CHECK(t.shape()[3] == 3);
  CHECK(t.is_contiguous());
  CHECK_FALSE(t.empty());
}

TEST_CASE("tensor: the packed strides of the other layouts") {
  CHECK(strides(Tensor<float, HW>(at<float>(64), {5, 7})) == Strides{28, 4});
  CHECK(strides(Tensor<u8, CHW<3>>(at<u8>(1), {3, 5, 7})) == Strides{35, 7, 1});
  CHECK(strides(Tensor<u8, NCHWc<5, 4>>(at<u8>(1), {2, 2, 5, 7, 4})) ==
        Strides{280, 140, 28, 4, 1});
  CHECK(strides(Tensor<u8, Layout<'C', 'N', 'H', 'W'>>(at<u8>(1), {3, 2, 5, 7})) ==
        Strides{70, 35, 7, 1});
  CHECK(Tensor<u8, HW>(at<u8>(1), {5, 7}).batch() == 1);
  CHECK(Tensor<u8, HW>(at<u8>(1), {5, 7}).channel_count() == 1);
  CHECK(Tensor<u8, NCHWc<5, 4>>(at<u8>(1), {2, 2, 5, 7, 4}).channel_count() == 5);
  CHECK(Tensor<u8, Layout<'C', 'H', 'W', 'c'>>(at<u8>(1), {2, 5, 7, 4}).channel_count() == 8);
}

TEST_CASE("tensor: pitched rows, everything else packed") {
  auto const image = Tensor<u8, HWC<3>>::pitched(at<u8>(0x1000), {5, 7, 3}, 32);
  CHECK(strides(image) == Strides{32, 3, 1});
  CHECK_FALSE(image.is_contiguous());
  auto const batch = Tensor<u8, NHWC<3>>::pitched(at<u8>(0x1000), {2, 5, 7, 3}, 21);
  CHECK(strides(batch) == Strides{105, 21, 3, 1});
  CHECK(batch.is_contiguous());
  CHECK(strides(Tensor<float, NCHW<3>>::pitched(at<float>(64), {2, 3, 5, 7}, 32)) ==
        Strides{480, 160, 32, 4});
  // the pitch of a single row is not looked at
  CHECK(Tensor<u8, HW>::pitched(at<u8>(1), {1, 7}, 3).pitch_bytes() == 3);
  CHECK(Tensor<u8, HW>::pitched(at<u8>(1), {5, 0}, 0).empty());
}

TEST_CASE("tensor: a pitch that is too small, negative or no multiple is refused") {
  using T = Tensor<u8, HWC<3>>;
  CHECK_THROWS_WITH(T::pitched(at<u8>(0x1000), {5, 7, 3}, 20),
                    "pane::Tensor::pitched: HWC u8 [5, 7, 3]: pitch_bytes is 20 but a row has 21 "
                    "bytes; the pitch counts bytes and covers a whole row");
  CHECK_THROWS_WITH(T::pitched(at<u8>(0x1000), {5, 7, 3}, -1),
                    "pane::Tensor::pitched: pitch_bytes is -1; it must not be negative");
  CHECK_THROWS_WITH((Tensor<u16, HW>::pitched(at<u16>(0x1000), {5, 7}, 15)),
                    "pane::Tensor: HW u16 [5, 7] strides [15, 2] bytes at 0x1000 host: stride 0 is "
                    "no multiple of "
                    "the element size, 2; strides count bytes");
}

TEST_CASE("tensor: any strides, zero and negative ones too") {
  std::vector<u8> memory(12);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<u8>(i);
  // rows from the last to the first
  auto const flipped = Tensor<u8, HW>::strided(memory.data() + 8, {3, 4}, {-4, 1});
  CHECK(*flipped.address(0, 0, 0) == 8);
  CHECK(*flipped.address(0, 2, 3) == 3);
  CHECK(flipped(0, 1, 2)[0] == 6);
  CHECK_FALSE(flipped.is_contiguous());
  // one row three times
  auto const repeated = Tensor<u8, HW>::strided(memory.data(), {3, 4}, {0, 1});
  CHECK(*repeated.address(0, 2, 3) == 3);
  // transposed
  auto const turned = Tensor<u8, HW>::strided(memory.data(), {4, 3}, {1, 4});
  CHECK(*turned.address(0, 3, 2) == 11);
}

TEST_CASE("tensor: the address of a pixel in every kind of layout") {
  std::vector<u16> memory(400);
  auto const place = [&](u16 const* address) { return address - memory.data(); };
  Tensor<u16, NHWC<3>> const nhwc(memory.data(), {2, 4, 5, 3});
  CHECK(place(nhwc.address(1, 2, 3, 1)) == 60 + 2 * 15 + 3 * 3 + 1);
  Tensor<u16, NCHW<3>> const nchw(memory.data(), {2, 3, 4, 5});
  CHECK(place(nchw.address(1, 2, 3, 1)) == 60 + 20 + 2 * 5 + 3);
  Tensor<u16, NHW> const nhw(memory.data(), {2, 4, 5});
  CHECK(place(nhw.address(1, 2, 3)) == 20 + 10 + 3);
  // channel 5 of 7 in blocks of 4: block 1, place 1
  Tensor<u16, NCHWc<7, 4>> const blocked(memory.data(), {2, 2, 4, 5, 4});
  CHECK(place(blocked.address(1, 2, 3, 5)) == 160 + 80 + (2 * 5 + 3) * 4 + 1);
  Tensor<u16, Layout<'N', 'C', 'H', 'W', 'c'>> const dynamic_block(memory.data(), {2, 2, 4, 5, 4});
  CHECK(dynamic_block.address(1, 2, 3, 5) == blocked.address(1, 2, 3, 5));
}

TEST_CASE("tensor: offsets have 64 bits") {
  std::int64_t const row = std::int64_t{3} << 30;
  auto const t = Tensor<u8, HW>::strided(at<u8>(0x1000), {3, 3}, {row, 1});
  CHECK(reinterpret_cast<std::uintptr_t>(t.address(0, 2, 1)) ==
        0x1000u + 2 * std::uint64_t{3221225472u} + 1);
  Tensor<u8, NHW> const many(at<u8>(0x1000), {70000, 40000, 2});
  CHECK(reinterpret_cast<std::uintptr_t>(many.address(69999, 39999, 1)) ==
        0x1000u + 5600000000u - 1);
}

TEST_CASE("tensor: pixels in and out") {
  std::vector<u8> memory(6);
  Tensor<u8, HWC<3>> const t(memory.data(), {1, 2, 3});
  t.store(0, 0, 1, Vec<float, 3>{{-5.0f, 2.5f, 999.0f}});
  CHECK(memory == std::vector<u8>{0, 0, 0, 0, 2, 255});
  CHECK(t(0, 0, 1) == Vec<u8, 3>{{0, 2, 255}});
  // the unused places of the last block are zeros
  std::vector<u8> padded(4, 77);
  Tensor<u8, NCHWc<3, 4>> const blocked(padded.data(), {1, 1, 1, 1, 4});
  blocked.store(0, 0, 0, Vec<u8, 3>{{1, 2, 3}});
  CHECK(padded == std::vector<u8>{1, 2, 3, 0});
}

TEST_CASE("tensor: extents are checked") {
  using T = Tensor<u8, NHWC<3>>;
  CHECK_THROWS_WITH(T(at<u8>(16), {2, -1, 7, 3}), ContainsSubstring("extent 1 is negative"));
  CHECK_THROWS_WITH(
      T(at<u8>(16), {2, 5, 7, 4}),
      "pane::Tensor: NHWC u8 [2, 5, 7, 4] strides [140, 28, 4, 1] bytes at 0x10 host: "
      "extent 3 must be 3: the layout fixes it");
  CHECK_THROWS_WITH(T(at<u8>(16), {1, 2147483648, 1, 3}), ContainsSubstring("2147483647"));
  CHECK_THROWS_WITH(T(at<u8>(16), {1, 1, 2147483648, 3}), ContainsSubstring("extent 2"));
  CHECK_NOTHROW(T(at<u8>(16), {1, 2147483647, 1, 3}));
  CHECK_NOTHROW(T(at<u8>(16), {std::int64_t{1} << 33, 1, 1, 3}));
  using Blocked = Tensor<u8, NCHWc<65, 32>>;
  CHECK_NOTHROW(Blocked(at<u8>(16), {1, 3, 2, 2, 32}));
  CHECK_THROWS_AS(Blocked(at<u8>(16), {1, 2, 2, 2, 32}), InvalidArgument);
  CHECK_THROWS_AS(Blocked(at<u8>(16), {1, 3, 2, 2, 16}), InvalidArgument);
  CHECK_NOTHROW((Tensor<u8, HWC<>>(at<u8>(16), {2, 2, 99})));
}

TEST_CASE("tensor: a number of bytes beyond 64 bits is refused") {
  using T = Tensor<double, NCHW<>>;
  CHECK_THROWS_WITH(T(at<double>(64), {greatest, 2, 1, 1}),
                    ContainsSubstring("do not fit in 64 bits"));
  CHECK_THROWS_AS(T(at<double>(64), {greatest / 4, 1, 1, 1}),
                  InvalidArgument);  // elements fit, bytes do not
  CHECK_THROWS_AS(T(at<double>(64), {1 << 20, 1 << 20, 1 << 20, 1 << 20}), InvalidArgument);
  // also where another extent is 0, so that size() never overflows
  CHECK_THROWS_AS(T(nullptr, {greatest, greatest, 0, 1}), InvalidArgument);
  CHECK_THROWS_AS((Tensor<u8, NHW>::pitched(at<u8>(64), {greatest, 2, 1}, 8)), InvalidArgument);
}

TEST_CASE("tensor: strides that reach beyond the address space are refused") {
  auto const make = [](std::uintptr_t address, std::int64_t rows, std::int64_t stride) {
    return Tensor<u8, HW>::strided(at<u8>(address), {rows, 1}, {stride, 1});
  };
  CHECK_THROWS_WITH(make(64, 3, greatest), ContainsSubstring("the strides reach beyond 64 bits"));
  CHECK_THROWS_AS(make(64, 3, least), InvalidArgument);
  CHECK_THROWS_AS(make(64, 2, greatest), InvalidArgument);
  CHECK_THROWS_AS(make(UINTPTR_MAX - 99, 2, 100), InvalidArgument);  // past the last address
  CHECK_NOTHROW(make(UINTPTR_MAX - 99, 2, 98));
  CHECK_THROWS_AS(make(64, 2, least), InvalidArgument);  // below address 0
  CHECK_THROWS_AS(make(64, 2, -65), InvalidArgument);
  CHECK_NOTHROW(make(64, 2, -64));
  CHECK_NOTHROW(make(64, 1, least));  // the stride of a single row is not looked at
  CHECK_NOTHROW(make(64, 1, greatest));
}

TEST_CASE("tensor: the address is a multiple of the element size") {
  CHECK_THROWS_WITH(
      (Tensor<float, HW>(at<float>(0x1002), {1, 1})),
      "pane::Tensor: HW f32 [1, 1] strides [4, 4] bytes at 0x1002 host: the address is "
      "no multiple of the element size, 4");
  CHECK_NOTHROW((Tensor<float, HW>(at<float>(0x1004), {1, 1})));
  CHECK_NOTHROW((Tensor<u8, HW>(at<u8>(0x1003), {1, 1})));
  CHECK_THROWS_WITH((Tensor<float, HW>::strided(at<float>(64), {2, 2}, {6, 4})),
                    ContainsSubstring("stride 0 is no multiple of the element size, 4"));
  CHECK_NOTHROW((Tensor<float, HW>::strided(at<float>(64), {1, 2}, {6, 4})));
}

TEST_CASE("tensor: null is the address of empty tensors alone") {
  CHECK_THROWS_WITH((Tensor<u8, HW>(nullptr, {1, 1})),
                    ContainsSubstring("the address is null but there are elements"));
  Tensor<u8, HW> const none;
  CHECK(none.data() == nullptr);
  CHECK(none.empty());
  CHECK(none.size() == 0);
  Tensor<u8, NHWC<3>> const empty(nullptr, {2, 0, 7, 3});
  CHECK(empty.empty());
  CHECK(empty.is_contiguous());
  CHECK(empty.batch() == 2);
  // an empty tensor has no elements that an address or a stride could be wrong for
  CHECK_NOTHROW((Tensor<float, HW>::strided(at<float>(0x1001), {0, 5}, {3, 1})));
}

TEST_CASE("tensor: is_contiguous ignores axes of extent 1") {
  auto const make = [](std::int64_t n, std::int64_t h, std::int64_t w, Strides const& s) {
    return Tensor<u8, NHW>::strided(at<u8>(1 << 20), {n, h, w}, {s[0], s[1], s[2]});
  };
  CHECK(make(1, 4, 5, {12345, 5, 1}).is_contiguous());
  CHECK(make(2, 1, 5, {5, -77, 1}).is_contiguous());
  CHECK(make(2, 4, 1, {4, 1, 99}).is_contiguous());
  CHECK(make(1, 1, 1, {0, 0, 0}).is_contiguous());
  CHECK_FALSE(make(2, 4, 5, {21, 5, 1}).is_contiguous());
  CHECK_FALSE(make(2, 4, 5, {20, 5, -1}).is_contiguous());
  CHECK_FALSE(make(2, 4, 5, {20, 6, 1}).is_contiguous());
  CHECK_FALSE(make(2, 4, 5, {20, 5, 0}).is_contiguous());
}

TEST_CASE("tensor: writable converts to read-only and fixed channels to run-time ones") {
  Tensor<u8, HWC<3>> const t(at<u8>(16), {5, 7, 3});
  Tensor<u8 const, HWC<3>> const reading = t;
  Tensor<u8, HWC<>> const any_channels = t;
  Tensor<u8 const, HWC<>> const both = t;
  Tensor<u8, Layout<'H', 'W', 'C'>> const generic = t;
  CHECK(reading.data() == t.data());
  CHECK(any_channels.channel_count() == 3);
  CHECK(strides(both) == Strides{21, 3, 1});
  CHECK(generic.extent(2) == 3);
  CHECK_FALSE(std::is_convertible_v<Tensor<u8 const, HWC<3>>, Tensor<u8, HWC<3>>>);
  CHECK_FALSE(std::is_convertible_v<Tensor<u8, HWC<>>, Tensor<u8, HWC<3>>>);
  CHECK_FALSE(std::is_convertible_v<Tensor<u8, HWC<4>>, Tensor<u8, HWC<3>>>);
  CHECK_FALSE(std::is_convertible_v<Tensor<u8, HWC<3>>, Tensor<u8, CHW<>>>);
  CHECK_FALSE(std::is_convertible_v<Tensor<u16, HW>, Tensor<u8, HW>>);
  CHECK_FALSE(std::is_convertible_v<Tensor<u8, NHW>, Tensor<u8, HW>>);
}

TEST_CASE("tensor: travels by value") {
  CHECK(std::is_trivially_copyable_v<Tensor<u8, NCHWc<3, 4>>>);
  CHECK(sizeof(Tensor<u8, HW>) == 5 * 8);
  CHECK(describe(Tensor<u8 const, HWC<3>>::pitched(at<u8>(0x7f00), {5, 7, 3}, 32)) ==
        "HWC u8 [5, 7, 3] strides [32, 3, 1] bytes at 0x7f00 host");
}
