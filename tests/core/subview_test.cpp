// SPDX-License-Identifier: MIT

#include <pane/core/subview.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <numeric>  // std::iota
#include <type_traits>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using s32 = std::int32_t;

namespace {

/// Elements that hold their own number, so that a value says which one was read.
struct Numbered {
  std::vector<s32> v;
  explicit Numbered(std::size_t count) : v(count) { std::iota(v.begin(), v.end(), 0); }
  template <class L>
  Tensor<s32, L> tensor(std::int64_t const (&shape)[L::rank]) {
    return Tensor<s32, L>(v.data(), shape);
  }
};

/// The element (n, y, x) of channel c.
template <class T, class L>
s32 value(Tensor<T, L> const& t, std::int64_t n, int y, int x, int c = 0) {
  return *t.address(n, y, x, c);
}

template <class L, class T, class M>
constexpr bool has_layout(Tensor<T, M> const&) {
  return std::is_same_v<L, M>;
}

using CNHW = Layout<'C', 'N', 'H', 'W'>;

}  // namespace

TEST_CASE("subview: item gives one image of a batch, by the name a user would write") {
  Numbered m(2 * 4 * 5 * 3);
  auto const nhwc = item(m.tensor<NHWC<3>>({2, 4, 5, 3}), 1);
  static_assert(has_layout<HWC<3>>(decltype(nhwc){}));
  CHECK(value(nhwc, 0, 2, 3, 1) == 60 + 30 + 9 + 1);
  auto const nchw = item(m.tensor<NCHW<>>({2, 3, 4, 5}), 1);
  static_assert(has_layout<CHW<>>(decltype(nchw){}));
  CHECK(value(nchw, 0, 2, 3, 1) == 60 + 20 + 10 + 3);
  auto const nhw = item(m.tensor<NHW>({6, 4, 5}), 5);
  static_assert(has_layout<HW>(decltype(nhw){}));
  CHECK(value(nhw, 0, 3, 4) == 119);
  auto const custom = item(m.tensor<CNHW>({3, 2, 4, 5}), 1);
  static_assert(has_layout<Layout<'C', 'H', 'W'>>(decltype(custom){}));
  CHECK(custom.stride_bytes(0) == 40 * 4);
  CHECK(value(custom, 0, 2, 3, 2) == 80 + 20 + 10 + 3);
  auto const blocked = item(m.tensor<NCHWc<3, 2>>({3, 2, 2, 5, 2}), 2);
  static_assert(has_layout<CHWc<3, 2>>(decltype(blocked){}));
  CHECK(value(blocked, 0, 1, 4, 2) == 80 + 20 + (5 + 4) * 2);
}

TEST_CASE("subview: item refuses an image that is not there") {
  Numbered m(40);
  auto const t = m.tensor<NHW>({2, 4, 5});
  CHECK_THROWS_AS(item(t, 2), InvalidArgument);
  CHECK_THROWS_AS(item(t, -1), InvalidArgument);
  CHECK_THROWS_WITH(item(t, 2), ContainsSubstring("pane::item: the tensor is NHW s32 [2, 4, 5]") &&
                                    ContainsSubstring("there is no image 2"));
}

TEST_CASE("subview: items is a range of the batch") {
  Numbered m(120);
  auto const t = m.tensor<CNHW>({3, 2, 4, 5});
  auto const second = items(t, 1, 1);
  CHECK(second.batch() == 1);
  CHECK(value(second, 0, 0, 0, 1) == 60);
  CHECK(value(items(t, 0, 2), 1, 3, 4, 2) == 119);
  CHECK(items(t, 2, 0).empty());
  CHECK(items(t, 2, 0).data() == t.data());  // nothing points past the end
  CHECK_THROWS_AS(items(t, 1, 2), InvalidArgument);
  CHECK_THROWS_AS(items(t, 3, 0), InvalidArgument);
  CHECK_THROWS_AS(items(t, -1, 1), InvalidArgument);
  CHECK_THROWS_AS(items(t, 0, -1), InvalidArgument);
  CHECK_THROWS_AS(items(t, 1, INT64_MAX), InvalidArgument);
}

TEST_CASE("subview: a single image as a batch of one") {
  Numbered m(60);
  auto const batch = as_batch<NHWC<3>>(m.tensor<HWC<3>>({4, 5, 3}));
  CHECK(batch.batch() == 1);
  CHECK(batch.is_contiguous());
  CHECK(value(batch, 0, 2, 3, 1) == 40);
  CHECK(as_batch<NHW>(m.tensor<HW>({4, 5})).height() == 4);
  CHECK(as_batch<NCHWc<3, 2>>(m.tensor<CHWc<3, 2>>({2, 3, 5, 2})).extent(1) == 2);
  CHECK_THROWS_WITH(as_batch<NCHW<3>>(m.tensor<HWC<3>>({3, 5, 3})),
                    ContainsSubstring("its axes are not those of NCHW"));
}

TEST_CASE("subview: a rectangle of every image") {
  Numbered m(120);
  auto const nhwc =
      subview(m.tensor<NHWC<3>>({2, 4, 5, 3}), {.x = 1, .y = 2, .width = 3, .height = 2});
  CHECK(nhwc.size(0) == Size{2, 3});
  CHECK(value(nhwc, 1, 1, 2, 2) == 60 + 45 + 9 + 2);
  auto const custom =
      subview(m.tensor<CNHW>({3, 2, 4, 5}), {.x = 4, .y = 3, .width = 1, .height = 1});
  CHECK(value(custom, 1, 0, 0, 2) == 119);
  auto const blocked = subview(m.tensor<NCHWc<3, 2>>({3, 2, 2, 5, 2}), {3, 1, 2, 1});
  CHECK(value(blocked, 1, 0, 1, 1) == 40 + (5 + 4) * 2 + 1);
}

TEST_CASE("subview: a rectangle may be empty but not outside") {
  Numbered m(20);
  auto const t = m.tensor<HW>({4, 5});
  CHECK(subview(t, {5, 4, 0, 0}).empty());
  CHECK(subview(t, {5, 4, 0, 0}).data() == t.data());
  CHECK(subview(t, {2, 4, 3, 0}).size(0) == Size{0, 3});
  for (Roi const roi :
       {Roi{-1, 0, 1, 1}, Roi{0, -1, 1, 1}, Roi{0, 0, -1, 1}, Roi{0, 0, 1, -1}, Roi{3, 0, 3, 1},
        Roi{0, 3, 1, 2}, Roi{6, 0, 0, 1}, Roi{INT32_MAX, 0, INT32_MAX, 1}}) {
    CHECK_THROWS_AS(subview(t, roi), InvalidArgument);
  }
  CHECK_THROWS_WITH(
      subview(t, {3, 1, 3, 2}),
      ContainsSubstring("the rectangle x 3 y 1 width 3 height 2 is not inside the image"));
}

TEST_CASE("subview: one channel") {
  Numbered m(120);
  auto const hw = channel(m.tensor<HWC<3>>({4, 5, 3}), 2);
  static_assert(has_layout<HW>(decltype(hw){}));
  CHECK(value(hw, 0, 2, 3) == 30 + 9 + 2);
  auto const nhw = channel(m.tensor<NCHW<3>>({2, 3, 4, 5}), 1);
  static_assert(has_layout<NHW>(decltype(nhw){}));
  CHECK(value(nhw, 1, 2, 3) == 60 + 20 + 13);
  static_assert(has_layout<NHW>(decltype(channel(m.tensor<NHWC<3>>({2, 4, 5, 3}), 0)){}));
  static_assert(has_layout<HW>(decltype(channel(m.tensor<CHW<>>({3, 4, 5}), 0)){}));
  auto const custom = channel(m.tensor<CNHW>({3, 2, 4, 5}), 2);
  static_assert(has_layout<Layout<'N', 'H', 'W'>>(decltype(custom){}));
  CHECK(value(custom, 1, 0, 0) == 100);
  CHECK_THROWS_AS(channel(m.tensor<HWC<3>>({4, 5, 3}), 3), InvalidArgument);
  CHECK_THROWS_WITH(channel(m.tensor<HWC<3>>({4, 5, 3}), -1),
                    ContainsSubstring("there is no channel -1"));
}

TEST_CASE("subview: some channels") {
  Numbered m(120);
  auto const rgb = channels<3>(m.tensor<HWC<4>>({4, 5, 4}));
  static_assert(has_layout<HWC<3>>(decltype(rgb){}));
  CHECK(rgb.stride_bytes(1) == 16);
  CHECK(value(rgb, 0, 1, 2, 2) == 20 + 8 + 2);
  auto const last = channels<2>(m.tensor<NCHW<>>({2, 3, 4, 5}), 1);
  static_assert(has_layout<NCHW<2>>(decltype(last){}));
  CHECK(value(last, 1, 0, 0, 1) == 100);
  auto const custom = channels<1>(m.tensor<CNHW>({3, 2, 4, 5}), 2);
  CHECK(custom.channels == 1);
  CHECK(value(custom, 0, 0, 1) == 81);
  CHECK_THROWS_AS(channels<3>(m.tensor<HWC<4>>({4, 5, 4}), 2), InvalidArgument);
  CHECK_THROWS_AS(channels<5>(m.tensor<HWC<4>>({4, 5, 4})), InvalidArgument);
  CHECK_THROWS_WITH(channels<3>(m.tensor<HWC<4>>({4, 5, 4}), -1),
                    ContainsSubstring("channels [-1, -1 + 3) are not all there"));
}

TEST_CASE("subview: mirrored and upside down") {
  Numbered m(120);
  auto const left = mirrored(m.tensor<HWC<3>>({4, 5, 3}));
  CHECK(left.stride_bytes(1) == -12);
  CHECK(value(left, 0, 1, 0, 2) == 15 + 12 + 2);
  CHECK(value(left, 0, 1, 4, 2) == 15 + 2);
  auto const down = upside_down(m.tensor<CNHW>({3, 2, 4, 5}));
  CHECK(value(down, 1, 0, 2, 1) == 60 - 0 + 15 + 2);
  CHECK(value(down, 1, 3, 2, 1) == 60 + 2);
  CHECK(value(mirrored(mirrored(down)), 0, 3, 0) == 0);
  CHECK(mirrored(m.tensor<HW>({4, 0})).data() == m.v.data());
  CHECK(upside_down(m.tensor<HW>({0, 4})).empty());
}

TEST_CASE("subview: permute renames axes and moves nothing") {
  Numbered m(120);
  auto const hwc = m.tensor<HWC<3>>({4, 5, 3});
  auto const chw = permute<CHW<3>>(hwc);
  CHECK(chw.extent(0) == 3);
  CHECK(chw.stride_bytes(0) == 4);
  CHECK(value(chw, 0, 2, 3, 1) == value(hwc, 0, 2, 3, 1));
  auto const custom = permute<CNHW>(m.tensor<NHWC<>>({2, 4, 5, 3}));
  CHECK(custom.channel_count() == 3);
  CHECK(value(custom, 1, 2, 3, 1) == 60 + 30 + 9 + 1);
  CHECK(value(permute<Layout<'W', 'H'>>(m.tensor<HW>({4, 5})), 0, 3, 1) == 16);
  CHECK_THROWS_AS(permute<CHW<4>>(m.tensor<HWC<>>({4, 5, 3})), InvalidArgument);
}

TEST_CASE("subview: a batch as one tall image when the strides allow it") {
  Numbered m(120);
  auto const tall = merge_rows(m.tensor<NHWC<3>>({2, 4, 5, 3}));
  static_assert(has_layout<HWC<3>>(decltype(tall){}));
  CHECK(tall.size(0) == Size{8, 5});
  CHECK(value(tall, 0, 5, 3, 1) == 60 + 15 + 9 + 1);
  // images with a gap between them do not merge
  auto const gap = Tensor<s32, NHW>::strided(m.v.data(), {2, 4, 5}, {100, 20, 4});
  CHECK_THROWS_WITH(merge_rows(gap),
                    ContainsSubstring("the images do not follow each other by whole rows"));
  CHECK_THROWS_AS(merge_rows(m.tensor<NCHW<3>>({2, 3, 4, 5})), InvalidArgument);
  // single rows merge whatever lies between them, a single image always
  auto const rows = merge_rows(Tensor<s32, NHW>::strided(m.v.data(), {3, 1, 5}, {100, 20, 4}));
  CHECK(rows.pitch_bytes() == 100);
  CHECK(value(rows, 0, 2, 1) == 51);
  CHECK(merge_rows(Tensor<s32, NHW>::strided(m.v.data(), {1, 4, 5}, {4, 20, 4})).height() == 4);
  CHECK(merge_rows(m.tensor<NHW>({0, 4, 5})).height() == 0);
  // also backwards
  auto const up = merge_rows(Tensor<s32, NHW>::strided(m.v.data() + 35, {2, 4, 5}, {-80, -20, 4}));
  CHECK(value(up, 0, 7, 0) == 0);
}

TEST_CASE("subview: a tall image as a batch") {
  Numbered m(120);
  auto const batch = split_rows<NHWC<3>>(m.tensor<HWC<3>>({8, 5, 3}), 4);
  CHECK(batch.batch() == 4);
  CHECK(batch.height() == 2);
  CHECK(value(batch, 3, 1, 4, 2) == 119);
  CHECK(value(split_rows<NHW>(Tensor<s32, HW>::pitched(m.v.data(), {4, 5}, 24), 2), 1, 1, 0) == 18);
  CHECK(split_rows<NHW>(m.tensor<HW>({0, 5}), 3).batch() == 3);
  CHECK_THROWS_AS(split_rows<NHW>(m.tensor<HW>({8, 5}), 3), InvalidArgument);
  CHECK_THROWS_AS(split_rows<NHW>(m.tensor<HW>({8, 5}), 0), InvalidArgument);
  CHECK_THROWS_WITH(split_rows<NHW>(m.tensor<HW>({8, 5}), -2),
                    ContainsSubstring("its rows do not divide into -2 images"));
}

TEST_CASE("subview: packed channels as pixels and back") {
  Numbered m(60);
  auto const elements = Tensor<s32, HW>::pitched(m.v.data(), {3, 15}, 80);
  auto const pixels = as_pixels<3>(elements);
  CHECK(pixels.size(0) == Size{3, 5});
  CHECK(value(pixels, 0, 2, 3, 1) == 50);
  CHECK_THROWS_WITH(as_pixels<4>(elements),
                    ContainsSubstring("a row does not divide into pixels of 4 elements"));
  auto const back = as_elements(pixels);
  CHECK(back.size(0) == Size{3, 15});
  CHECK(value(back, 0, 2, 10) == 50);
  CHECK(as_elements(m.tensor<HWC<>>({2, 5, 3})).width() == 15);
  // every third element, or pixels with a gap, are no row of elements
  CHECK_THROWS_WITH(as_elements(channels<3>(m.tensor<HWC<4>>({3, 5, 4}))),
                    ContainsSubstring("the pixels do not follow each other without a gap"));
  CHECK(as_elements(channels<3>(m.tensor<HWC<4>>({3, 1, 4}))).width() == 3);
}

TEST_CASE("subview: elements of one channel keep their own stride") {
  Numbered m(60);
  // the stride of an axis of extent 1 says nothing
  auto const one = Tensor<s32, HWC<1>>::strided(m.v.data(), {3, 5, 1}, {20, 4, 400});
  CHECK(value(as_elements(one), 0, 2, 4) == 14);
  auto const third = channels<1>(m.tensor<HWC<3>>({3, 5, 3}), 1);
  CHECK(value(as_elements(third), 0, 2, 4) == 30 + 12 + 1);
}

TEST_CASE("subview: a run-time number of channels is looked up once") {
  Numbered m(120);
  for (int c = 1; c <= 4; ++c) {
    int seen = 0;
    with_channels(m.tensor<HWC<>>({2, 5, c}), [&](auto const& t) {
      static_assert(std::remove_cvref_t<decltype(t)>::channels != dynamic);
      seen = t.channels;
      CHECK(value(t, 0, 1, 4, c - 1) == 10 * c - 1);
    });
    CHECK(seen == c);
  }
  int fixed = 0;
  with_channels(m.tensor<HWC<3>>({2, 5, 3}), [&](auto const& t) { fixed = t.channels; });
  CHECK(fixed == 3);
  auto const nothing = [](auto const&) {};
  CHECK_THROWS_AS(with_channels(m.tensor<HWC<>>({2, 5, 0}), nothing), Unsupported);
  CHECK_THROWS_WITH(
      with_channels(m.tensor<CHW<>>({5, 2, 5}), nothing),
      ContainsSubstring("CHW s32 [5, 2, 5]") && ContainsSubstring("images have 1 to 4 channels"));
}
