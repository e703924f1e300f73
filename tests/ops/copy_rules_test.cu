// SPDX-License-Identifier: MIT
// What copy refuses, and what it allows to be the same memory.

#include <pane/core/subview.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/flip.hpp>
#include <tests/ops/copy_refusal.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <sys/mman.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using u8 = std::uint8_t;

namespace {

template <class Source, class Sink>
void run(Source const& src, Sink const& dst) {
  test::on_machine([&](auto where) { copy(where, src, dst); });
}

struct OnePerPixel {
  template <class T>
  PANE_HOST_DEVICE Vec<float, 3> operator()(Vec<T, 3> const& p) const {
    return {{p.v[0] + 1.0f, p.v[1] + 2.0f, p.v[2] + 3.0f}};
  }
};

}  // namespace

TEST_CASE("copy: batch, sizes and channels must agree") {
  test::Buffer<u8> const in(std::vector<u8>(600, 1));
  test::Buffer<u8> const out(600);
  Tensor<u8 const, NHWC<3>> const src(in.data(), {2, 5, 7, 3});
  auto const dst = [&](std::int64_t n, std::int64_t h, std::int64_t w) {
    return Tensor<u8, NCHW<3>>(out.data(), {n, 3, h, w});
  };
  CHECK_THAT(test::copy_refusal(src, dst(3, 5, 7)),
             EndsWith("the batch must agree: dst has 3 images, src 2"));
  CHECK_THAT(test::copy_refusal(src, dst(2, 5, 8)),
             EndsWith("the sizes must agree: dst has 5 x 8, src 5 x 7; "
                      "use views::resize, views::crop or views::pad"));
  CHECK_THAT(test::copy_refusal(src, dst(2, 4, 7)),
             ContainsSubstring(
                 "pane::copy: dst is NCHW u8 [2, 3, 4, 7] strides [84, 28, 7, 1] bytes at 0x"));
  CHECK_THAT(test::copy_refusal(src, dst(2, 4, 7)),
             ContainsSubstring("src is NHWC u8 [2, 5, 7, 3] strides [105, 21, 3, 1] bytes at 0x"));
  Tensor<u8, NHWC<>> const four(out.data(), {2, 5, 7, 4});
  CHECK_THAT(test::copy_refusal(src, four), EndsWith("the number of channels must agree"));
  CHECK_THAT(test::copy_refusal(Tensor<u8 const, NHWC<>>(src), four),
             EndsWith("the number of channels must agree"));
  CHECK_THAT(test::copy_refusal(src | views::scale_offset(2.0f), four),
             EndsWith("dst must have 3 channels"));
  CHECK(out.download() == std::vector<u8>(600, 0xCD));  // nothing was written
}

TEST_CASE("copy: every element of dst has an address of its own") {
  test::Buffer<u8> const in(std::vector<u8>(60, 1));
  test::Buffer<u8> const out(60);
  Tensor<u8 const, HW> const src(in.data(), {3, 5});
  auto const dst = [&](std::int64_t sy, std::int64_t sx) {
    return Tensor<u8, HW>::strided(out.data() + 20, {3, 5}, {sy, sx});
  };
  CHECK_THAT(test::copy_refusal(src, dst(0, 1)),
             EndsWith("two elements of dst share an address (stride 0 or an overlap of rows)"));
  CHECK_THAT(test::copy_refusal(src, dst(4, 1)), EndsWith("(stride 0 or an overlap of rows)"));
  CHECK(test::copy_refusal(src, dst(5, 1)) == "");
  CHECK(test::copy_refusal(src, dst(-5, -1)) == "");
  // what is read may repeat
  CHECK(test::copy_refusal(Tensor<u8 const, HW>::strided(in.data(), {3, 5}, {0, 0}), dst(5, 1)) ==
        "");
}

TEST_CASE("copy: zero and negative strides of the source are honoured") {
  test::Buffer<u8> const in(std::vector<u8>{1, 2, 3, 4, 5, 6});
  test::Buffer<u8> const out(6);
  Tensor<u8, HW> const dst(out.data(), {2, 3});
  run(Tensor<u8 const, HW>::strided(in.data() + 5, {2, 3}, {-3, -1}), dst);
  CHECK(out.download() == std::vector<u8>{6, 5, 4, 3, 2, 1});
  run(Tensor<u8 const, HW>::strided(in.data() + 1, {2, 3}, {0, 1}), dst);
  CHECK(out.download() == std::vector<u8>{2, 3, 4, 2, 3, 4});
  run(Tensor<u8 const, HW>(in.data(), {2, 3}),
      Tensor<u8, HW>::strided(out.data() + 3, {2, 3}, {-3, 1}));
  CHECK(out.download() == std::vector<u8>{4, 5, 6, 1, 2, 3});
}

TEST_CASE("copy: dst may be src where every pixel is read and written at its own place") {
  std::vector<float> values(2 * 40 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  test::Buffer<float> const memory(values);
  Tensor<float, HWC<3>> const t(memory.data(), {2, 40, 3});
  run(t | views::map(OnePerPixel{}) | views::reorder<2, 1, 0>(), t);
  auto const got = memory.download();
  int wrong = 0;
  for (std::size_t i = 0; i < values.size(); i += 3) {
    for (std::size_t c = 0; c < 3; ++c)
      wrong += got[i + c] != values[i + 2 - c] + static_cast<float>(3 - c);
  }
  CHECK(wrong == 0);
  // also under another type of the same size, with any number of channels
  Tensor<std::int32_t, HWC<3>> const integers(reinterpret_cast<std::int32_t*>(memory.data()),
                                              {2, 40, 3});
  run(t, integers);
  CHECK(test::copy_refusal(Tensor<std::int32_t, HWC<>>(integers), Tensor<float, HWC<>>(t)) == "");
  CHECK(memory.download() == got);
}

TEST_CASE("copy: any other overlap of src and dst is refused") {
  test::Buffer<u8> const memory(std::vector<u8>(400, 7));
  std::string const rule =
      "dst overlaps src: only a chain of pointwise views may write to the very elements that it "
      "reads; use another "
      "buffer";
  Tensor<u8, HWC<3>> const t(memory.data(), {8, 8, 3});
  CHECK_THAT(test::copy_refusal(t | views::flip(FlipAxis::horizontal), t), EndsWith(rule));
  CHECK_THAT(test::copy_refusal(t, mirrored(t)), EndsWith(rule));
  CHECK_THAT(test::copy_refusal(t, Tensor<u8, HWC<3>>(memory.data() + 1, {8, 8, 3})),
             EndsWith(rule));
  CHECK_THAT(test::copy_refusal(t, Tensor<u8, CHW<3>>(memory.data(), {3, 8, 8})), EndsWith(rule));
  CHECK_THAT(test::copy_refusal(Tensor<u8, HWC<>>(t), Tensor<u8, CHW<>>(memory.data(), {3, 8, 8})),
             EndsWith(rule));
  CHECK_THAT(test::copy_refusal(t, Tensor<std::uint16_t, HWC<3>>(
                                       reinterpret_cast<std::uint16_t*>(memory.data()), {8, 8, 3})),
             EndsWith(rule));
  // neighbours, and two regions of one surface, do not overlap
  CHECK(test::copy_refusal(t, Tensor<u8, CHW<3>>(memory.data() + 192, {3, 8, 8})) == "");
  CHECK(test::copy_refusal(subview(t, {0, 0, 4, 8}), subview(t, {4, 0, 4, 8})) == "");
  CHECK_THAT(test::copy_refusal(subview(t, {0, 0, 4, 8}), subview(t, {3, 7, 4, 1})),
             ContainsSubstring("sizes must agree"));
  CHECK_THAT(test::copy_refusal(subview(t, {0, 0, 4, 8}), subview(t, {3, 0, 4, 8})),
             EndsWith(rule));
}

TEST_CASE("copy: empty tensors need no memory") {
  CHECK(test::copy_refusal(Tensor<u8 const, HWC<3>>(nullptr, {0, 7, 3}),
                           Tensor<u8, CHW<3>>(nullptr, {3, 0, 7})) == "");
  CHECK(test::copy_refusal(Tensor<u8 const, NHWC<>>(nullptr, {0, 7, 7, 5}),
                           Tensor<u8, NCHW<>>(nullptr, {0, 5, 7, 7})) == "");
}

TEST_CASE("copy: any number of threads gives the same result") {
  if (test::chosen_machine() == test::Where::gpu) PANE_SKIP("threads are for the host");
  std::vector<float> values(3 * 70 * 300 * 3);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i % 1021) * 0.37f - 40.0f;
  Tensor<float const, NHWC<3>> const src(values.data(), {3, 70, 300, 3});
  std::vector<u8> first(values.size());
  copy(host, src | views::scale_offset(1.25f, 3.0f),
       Tensor<u8, NCHW<3>>(first.data(), {3, 3, 70, 300}));
  for (int const threads : {2, 3, 7, 64, 1000, 0, -5}) {
    std::vector<u8> other(values.size());
    copy(Host{.threads = threads}, src | views::scale_offset(1.25f, 3.0f),
         Tensor<u8, NCHW<3>>(other.data(), {3, 3, 70, 300}));
    CHECK(other == first);
  }
  u8 one = 0;  // fewer blocks than threads
  copy(Host{.threads = 16}, Tensor<float const, HW>(values.data() + 200, {1, 1}),
       Tensor<u8, HW>(&one, {1, 1}));
  CHECK(one == saturate_cast<u8>(values[200]));
}

TEST_CASE("copy: huge strides on a small shape") {
  if (test::chosen_machine() == test::Where::gpu) PANE_SKIP("reserves address space of the host");
  std::int64_t const row = std::int64_t{3} << 30;
  std::size_t const bytes = static_cast<std::size_t>(2 * row) + 4096;
  void* const space =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(space != MAP_FAILED);
  auto* const base = static_cast<u8*>(space);
  for (std::int64_t y = 0; y < 3; ++y)
    REQUIRE(mprotect(base + y * row, 4096, PROT_READ | PROT_WRITE) == 0);
  auto const tall = Tensor<u8, HWC<3>>::pitched(base, {3, 3, 3}, row);
  std::vector<u8> values(27);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<u8>(i + 1);
  copy(host, Tensor<u8 const, HWC<3>>(values.data(), {3, 3, 3}), tall);
  CHECK(base[2 * row + 8] == 27);
  CHECK(base[row] == 10);
  std::vector<u8> back(27);
  copy(host, tall, Tensor<u8, HWC<3>>(back.data(), {3, 3, 3}));
  CHECK(back == values);
  std::vector<u8> flipped(27);
  copy(host, upside_down(tall), Tensor<u8, HWC<>>(flipped.data(), {3, 3, 3}));
  CHECK(flipped[0] == 19);
  CHECK(flipped[26] == 9);
  munmap(space, bytes);
}
