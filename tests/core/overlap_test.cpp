// SPDX-License-Identifier: MIT

#include <pane/core/overlap.hpp>
#include <pane/core/subview.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <vector>

using namespace pane;
using u8 = std::uint8_t;
using u16 = std::uint16_t;

namespace {

/// The address in whose neighbourhood the tensors lie; never read.
constexpr std::uintptr_t origin = 1 << 20;

template <class T, class L>
std::vector<std::uintptr_t> bytes_of(Tensor<T, L> const& t) {
  std::vector<std::uintptr_t> out;
  std::int64_t index[L::rank] = {};
  if (t.empty()) return out;
  for (;;) {
    std::int64_t offset = 0;
    for (int i = 0; i < L::rank; ++i) offset += index[i] * t.stride_bytes(i);
    for (std::size_t b = 0; b < sizeof(T); ++b)
      out.push_back(reinterpret_cast<std::uintptr_t>(t.data()) +
                    static_cast<std::uintptr_t>(offset) + b);
    int axis = L::rank - 1;
    while (axis >= 0 && ++index[axis] == t.extent(axis)) index[axis--] = 0;
    if (axis < 0) return out;
  }
}

template <class A, class B>
bool share_a_byte(A const& a, B const& b) {
  auto const of_a = bytes_of(a);
  std::set<std::uintptr_t> const set(of_a.begin(), of_a.end());
  for (auto const byte : bytes_of(b)) {
    if (set.count(byte) != 0) return true;
  }
  return false;
}

template <class A>
bool repeats_a_byte(A const& a) {
  auto const bytes = bytes_of(a);
  return std::set<std::uintptr_t>(bytes.begin(), bytes.end()).size() != bytes.size();
}

struct Random {
  std::mt19937 engine{1};
  std::int64_t operator()(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(high - low + 1));
  }
};

template <class T, class L>
Tensor<T, L> any_tensor(Random& random, std::int64_t reach) {
  auto const element = static_cast<std::int64_t>(sizeof(T));
  std::int64_t shape[L::rank];
  std::int64_t stride[L::rank];
  for (int i = 0; i < L::rank; ++i) {
    shape[i] = random(random(0, 9) == 0 ? 0 : 1, 4);
    stride[i] = random(-reach, reach) * element;
  }
  auto* const data =
      reinterpret_cast<T*>(origin + static_cast<std::uintptr_t>(random(0, 20) * element));
  return Tensor<T, L>::strided(data, shape, stride);
}

/// A region of one pitched buffer of 16 bytes a row, as a batch of images that follow each other by whole rows.
template <class T>
Tensor<T, NHW> any_region(Random& random, std::int64_t pitch) {
  auto const element = static_cast<std::int64_t>(sizeof(T));
  std::int64_t const w = random(1, pitch / element);
  std::int64_t const h = random(1, 3);
  auto const x = random(0, pitch / element);  // may begin in one row and end in the next
  auto* const data = reinterpret_cast<T*>(
      origin + static_cast<std::uintptr_t>(random(0, 6) * pitch + x * element));
  return Tensor<T, NHW>::strided(data, {random(1, 2), h, w}, {h * pitch, pitch, element});
}

}  // namespace

TEST_CASE("overlap: tensors that share a byte are never taken for disjoint") {
  Random random;
  int missed = 0;
  int shared = 0;
  int cleared = 0;
  auto const check = [&](auto const& a, auto const& b) {
    bool const truth = share_a_byte(a, b);
    bool const said = detail::may_overlap(a, b);
    missed += truth && !said;
    shared += truth;
    cleared += !said;
    CHECK(said == detail::may_overlap(b, a));
  };
  for (int i = 0; i < 4000; ++i) {
    std::int64_t const reach = random(1, 24);
    check(any_tensor<u8, NHW>(random, reach), any_tensor<u8, NHW>(random, reach));
    check(any_tensor<u8, HW>(random, reach), any_tensor<u16, NHWC<>>(random, reach));
    check(any_tensor<u16, HW>(random, 16), any_region<u16>(random, 16));
  }
  CHECK(missed == 0);
  CHECK(shared > 2000);  // both answers were put to the test
  CHECK(cleared > 2000);
}

TEST_CASE("overlap: the answer is exact for regions of one pitched buffer") {
  Random random;
  int wrong = 0;
  int apart = 0;
  for (int i = 0; i < 6000; ++i) {
    auto const a = any_region<u8>(random, 16);
    auto const b = any_region<u8>(random, 16);
    auto const c = any_region<u16>(random, 16);
    wrong += detail::may_overlap(a, b) != share_a_byte(a, b);
    wrong += detail::may_overlap(a, c) != share_a_byte(a, c);
    apart += !share_a_byte(a, b);
  }
  CHECK(wrong == 0);
  CHECK(apart > 500);
}

TEST_CASE("overlap: by hand") {
  auto* const p = reinterpret_cast<u8*>(origin);
  Tensor<u8, HWC<3>> const surface(p, {100, 100, 3});
  auto const left = subview(surface, {0, 0, 50, 100});
  auto const right = subview(surface, {50, 0, 50, 100});
  CHECK_FALSE(detail::may_overlap(left, right));
  CHECK(detail::may_overlap(left, subview(surface, {49, 99, 2, 1})));
  CHECK_FALSE(
      detail::may_overlap(subview(surface, {0, 0, 100, 50}), subview(surface, {0, 50, 100, 50})));
  CHECK(detail::may_overlap(surface, surface));
  // neighbours touch and do not overlap
  CHECK_FALSE(detail::may_overlap(Tensor<u8, HW>(p, {4, 4}), Tensor<u8, HW>(p + 16, {4, 4})));
  CHECK(detail::may_overlap(Tensor<u8, HW>(p, {4, 4}), Tensor<u8, HW>(p + 15, {4, 4})));
  // nothing overlaps an empty tensor
  CHECK_FALSE(detail::may_overlap(surface, Tensor<u8, HW>(p, {0, 4})));
  // the far ends of the address space
  auto* const last = reinterpret_cast<u8*>(UINTPTR_MAX - 15);
  CHECK_FALSE(detail::may_overlap(Tensor<u8, HW>(p, {4, 4}), Tensor<u8, HW>(last, {1, 15})));
  CHECK(detail::may_overlap(Tensor<u8, HW>(last, {1, 15}), Tensor<u8, HW>(last + 14, {1, 1})));
}

TEST_CASE("overlap: elements in between each other are clear, whatever the strides") {
  std::vector<u8> memory(4096);
  u8* const p = memory.data();
  auto const plane = [&](std::int64_t at, std::int64_t pitch = 64, std::int64_t step = 2) {
    return Tensor<u8, HW>::strided(p + at, {8, 16}, {pitch, step});
  };
  CHECK_FALSE(detail::may_overlap(plane(1000), plane(1001)));
  CHECK_FALSE(detail::may_overlap(plane(1001), plane(1000)));
  CHECK_FALSE(detail::may_overlap(plane(1000), plane(1033)));
  CHECK_FALSE(detail::may_overlap(plane(1000, -64), plane(1001)));
  CHECK(detail::may_overlap(plane(1000), plane(1002)));
  CHECK_FALSE(detail::may_overlap(plane(1000, 63), plane(1001, 63)));  // a pitch of any length
  CHECK_FALSE(detail::may_overlap(plane(1000, 33), plane(1001, 33)));
  CHECK(detail::may_overlap(plane(1000, 33), plane(1033, 33)));
  CHECK(detail::may_overlap(plane(1000, 31), plane(1001, 31)));  // rows that overlap themselves
  CHECK(detail::may_overlap(plane(1000), plane(1001, 63)));      // the rows do not keep the step
  // an element of two bytes reaches into the next place
  auto* const words = reinterpret_cast<std::uint16_t*>(p + 1000);
  auto const wide = Tensor<std::uint16_t, HW>::strided(words, {8, 16}, {96, 6});
  CHECK_FALSE(detail::may_overlap(wide, Tensor<u8, HW>::strided(p + 1002, {8, 16}, {96, 6})));
  CHECK(detail::may_overlap(wide, Tensor<u8, HW>::strided(p + 1001, {8, 16}, {96, 6})));
  // single elements have no stride that counts
  CHECK_FALSE(detail::may_overlap(Tensor<u8, HW>(p, {1, 1}), Tensor<u8, HW>(p + 1, {1, 1})));
  CHECK(detail::may_overlap(Tensor<u8, HW>(p, {1, 1}), Tensor<u8, HW>(p, {1, 1})));
}

TEST_CASE("overlap: luma and chroma of surfaces that follow each other") {
  std::vector<u8> memory(8192);
  u8* const p = memory.data() + 1024;
  // surfaces of 10 x 16 bytes and a gap: 8 rows of luma, 4 half rows of U and of V; three of them
  auto const plane = [&](std::int64_t at, std::int64_t rows, std::int64_t columns,
                         std::int64_t step, std::int64_t surface = 200, std::int64_t batch = 3) {
    return Tensor<u8, NHW>::strided(p + at, {batch, rows, columns}, {surface, 16, step});
  };
  auto const luma = plane(0, 8, 16, 1);
  CHECK_FALSE(detail::may_overlap(luma, plane(128, 4, 8, 2)));
  CHECK_FALSE(detail::may_overlap(plane(128, 4, 8, 2), luma));
  CHECK_FALSE(detail::may_overlap(luma, plane(129, 4, 8, 2)));
  CHECK_FALSE(detail::may_overlap(luma, plane(128 - 200, 4, 8, 2)));
  CHECK_FALSE(detail::may_overlap(luma, plane(128 + 400, 4, 8, 2)));
  CHECK(detail::may_overlap(luma, plane(127, 4, 8, 1)));
  CHECK(detail::may_overlap(luma, plane(128, 4, 16, 1, 190)));  // other surfaces
  CHECK(detail::may_overlap(luma, plane(128, 5, 16, 1)));       // into the next surface
}

TEST_CASE("overlap: an element that is there twice is never missed") {
  Random random;
  int missed = 0;
  int repeated = 0;
  int cleared = 0;
  auto const check = [&](auto const& t) {
    using T = std::remove_cvref_t<decltype(*t.data())>;
    bool const said = detail::overlaps_itself(t.shape(), t.strides_bytes(), t.rank, sizeof(T));
    missed += repeats_a_byte(t) && !said;
    repeated += repeats_a_byte(t);
    cleared += !said;
  };
  for (int i = 0; i < 4000; ++i) {
    check(any_tensor<u8, NHW>(random, random(1, 40)));
    check(any_tensor<u16, NHWC<>>(random, random(1, 64)));
    check(any_tensor<u8, HW>(random, 8));
  }
  CHECK(missed == 0);
  CHECK(repeated > 2000);
  CHECK(cleared > 2000);
}

TEST_CASE("overlap: nested strides are clear in any order and direction") {
  auto const overlaps = [](std::vector<std::int64_t> const& shape,
                           std::vector<std::int64_t> const& stride, int bytes) {
    return detail::overlaps_itself(shape.data(), stride.data(), static_cast<int>(shape.size()),
                                   bytes);
  };
  CHECK_FALSE(overlaps({4, 5, 3}, {15, 3, 1}, 1));
  CHECK_FALSE(overlaps({3, 4, 5}, {1, 15, 3}, 1));
  CHECK_FALSE(overlaps({4, 5, 3}, {-15, 3, -1}, 1));
  CHECK_FALSE(overlaps({4, 5}, {12, 2}, 2));
  CHECK_FALSE(overlaps({1, 5}, {0, 2}, 2));  // the stride of an extent of 1 does not count
  CHECK_FALSE(overlaps({0, 5}, {0, 0}, 2));  // nor do those of an empty tensor
  CHECK_FALSE(overlaps({}, {}, 1));
  CHECK(overlaps({2, 5}, {0, 1}, 1));
  CHECK(overlaps({4, 5}, {4, 1}, 1));
  CHECK(overlaps({4, 5}, {10, 1}, 2));
  CHECK(overlaps({4, 5}, {-4, 1}, 1));
  CHECK_FALSE(overlaps({2, 1}, {std::numeric_limits<std::int64_t>::min(), 1}, 1));
}

TEST_CASE("overlap: the same elements under one name or another") {
  auto* const p = reinterpret_cast<u8*>(origin);
  Tensor<u8, HWC<3>> const t(p, {4, 5, 3});
  CHECK(detail::same_elements(t, Tensor<u8 const, HWC<>>(t)));
  CHECK(detail::same_elements(
      t, Tensor<std::int8_t, HWC<3>>(reinterpret_cast<std::int8_t*>(p), {4, 5, 3})));
  CHECK_FALSE(detail::same_elements(t, Tensor<u8, CHW<4>>(p, {4, 5, 3})));
  CHECK_FALSE(detail::same_elements(t, Tensor<u8, HWC<3>>(p + 1, {4, 5, 3})));
  CHECK_FALSE(detail::same_elements(t, Tensor<u8, HWC<3>>(p, {4, 4, 3})));
  CHECK_FALSE(detail::same_elements(t, Tensor<u8, HWC<3>>::pitched(p, {4, 5, 3}, 16)));
  CHECK_FALSE(detail::same_elements(t, Tensor<u16, HWC<3>>(reinterpret_cast<u16*>(p), {4, 5, 3})));
  CHECK(detail::same_elements(Tensor<u8, HW>::pitched(p, {1, 5}, 7),
                              Tensor<u8, HW>::pitched(p, {1, 5}, 9)));
}
