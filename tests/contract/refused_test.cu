// SPDX-License-Identifier: MIT
// Contract lines 2, 6 and 7: views own nothing; overlap and wrong memory are refused on the host, and then nothing is enqueued.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace pane;
using Catch::Matchers::ContainsSubstring;

static_assert(std::is_trivially_copyable_v<Tensor<float, NCHW<3>>> &&
              std::is_trivially_destructible_v<Tensor<float, NCHW<3>>>);
static_assert(std::is_trivially_copyable_v<Planes<std::uint8_t const>> &&
              std::is_trivially_destructible_v<Planes<std::uint8_t const>>);
static_assert(std::is_trivially_copyable_v<Batch<Tensor<float, HW>>> &&
              std::is_trivially_destructible_v<Batch<Tensor<float, HW>>>);

TEST_CASE("contract 2: a view ends nothing when it ends", "[contract]") {
  test::Buffer<std::uint8_t> in(std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
  test::Buffer<std::uint8_t> out(6);
  {
    Tensor<std::uint8_t const, HWC<3>> const src(in.data(), {1, 2, 3});
    auto const chain = src | views::flip(FlipAxis::horizontal);
    auto const copy_of_chain = chain;
    static_assert(std::is_trivially_destructible_v<decltype(copy_of_chain)>);
    test::on_machine([&](auto where) {
      copy(where, copy_of_chain, Tensor<std::uint8_t, HWC<3>>(out.data(), {1, 2, 3}));
    });
  }
  CHECK(in.download() == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
  CHECK(out.download() == std::vector<std::uint8_t>{4, 5, 6, 1, 2, 3});
}

TEST_CASE("contract 6: overlap is refused, the pointwise chain in place is not", "[contract]") {
  std::vector<std::uint8_t> const content = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  test::Buffer<std::uint8_t> buffer(content);
  Tensor<std::uint8_t, HW> const whole(buffer.data(), {3, 4});
  test::on_machine([&](auto where) {
    CHECK_THROWS_WITH(copy(where, whole | views::flip(FlipAxis::horizontal), whole),
                      ContainsSubstring("pane::copy: dst is HW u8 [3, 4]") &&
                          ContainsSubstring("dst overlaps src"));
    CHECK_THROWS_AS(copy(where, subview(whole, {0, 0, 3, 3}), subview(whole, {1, 0, 3, 3})),
                    InvalidArgument);
    CHECK_THROWS_AS(copy(where, whole | views::gaussian({.size = 3}), whole), InvalidArgument);
    auto const repeated = Tensor<std::uint8_t, HW>::strided(buffer.data(), {3, 4}, {0, 1});
    CHECK_THROWS_WITH(copy(where, Tensor<std::uint8_t const, HW>(buffer.data(), {3, 4}), repeated),
                      ContainsSubstring("share an address"));
  });
  CHECK(buffer.download() == content);  // nothing was written
  test::on_machine([&](auto where) {
    copy(where, whole | views::scale_offset(2.0f), whole);  // in place
    copy(where, subview(whole, {0, 0, 2, 3}),
         subview(whole, {2, 0, 2, 3}));  // side by side in one surface
  });
  CHECK(buffer.download() == std::vector<std::uint8_t>{2, 4, 2, 4, 10, 12, 10, 12, 18, 20, 18, 20});
}

TEST_CASE("contract 7: memory of the other machine is refused", "[contract]") {
  std::vector<std::uint8_t> ordinary(12, 7);
  test::Buffer<std::uint8_t> buffer(std::size_t{12});
  Tensor<std::uint8_t, HWC<3>> const there(buffer.data(), {2, 2, 3});
  Tensor<std::uint8_t, HWC<3>> const here(ordinary.data(), {2, 2, 3});
#if defined(__CUDACC__)
  if (test::chosen_machine() == test::Where::gpu) {
    cudaStream_t stream = nullptr;
    test::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
    test::check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal),
                "cudaStreamBeginCapture");
    CHECK_THROWS_WITH(copy(stream, here, there),
                      ContainsSubstring("pane::copy: src is HWC u8 [2, 2, 3]") &&
                          ContainsSubstring("ordinary host memory"));
    CHECK_THROWS_WITH(copy(stream, there, here), ContainsSubstring("pane::copy: dst is HWC u8"));
    cudaGraph_t graph = nullptr;
    test::check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
    std::size_t nodes = 99;
    test::check(cudaGraphGetNodes(graph, nullptr, &nodes), "cudaGraphGetNodes");
    CHECK(nodes == 0);  // refused before anything was enqueued
    CHECK_THROWS_WITH(copy(host, there, here),
                      ContainsSubstring("cuda:0") && ContainsSubstring("pass a stream"));
    CHECK(cudaGetLastError() == cudaSuccess);
    cudaGraphDestroy(graph);

    std::uint8_t* pinned = nullptr;  // what both machines can reach is fine
    test::check(cudaMallocHost(reinterpret_cast<void**>(&pinned), 12), "cudaMallocHost");
    for (int i = 0; i < 12; ++i) pinned[i] = static_cast<std::uint8_t>(i);
    copy(stream, Tensor<std::uint8_t const, HWC<3>>(pinned, {2, 2, 3}), there);
    test::check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    CHECK(buffer.download() == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    cudaFreeHost(pinned);
    cudaStreamDestroy(stream);
    return;
  }
#endif
  copy(host, here, there);
  CHECK(buffer.download() == ordinary);
}

TEST_CASE("contract 7: a message names the operation, both tensors in full, and the rule",
          "[contract]") {
  test::Buffer<std::uint8_t> in(std::size_t{2 * 4 * 5 * 3});
  test::Buffer<float> out(std::size_t{2 * 3 * 4 * 4});
  test::on_machine([&](auto where) {
    try {
      copy(where, Tensor<std::uint8_t const, NHWC<3>>(in.data(), {2, 4, 5, 3}),
           Tensor<float, NCHW<3>>(out.data(), {2, 3, 4, 4}));
      FAIL("the sizes differ");
    } catch (InvalidArgument const& e) {
      std::string const what = e.what();
      CHECK_THAT(
          what,
          ContainsSubstring(
              "pane::copy: dst is NCHW f32 [2, 3, 4, 4] strides [192, 64, 16, 4] bytes at 0x"));
      CHECK_THAT(what, ContainsSubstring(
                           "; src is NHWC u8 [2, 4, 5, 3] strides [60, 15, 3, 1] bytes at 0x"));
      CHECK_THAT(what, ContainsSubstring(test::chosen_machine() == test::Where::gpu ? " cuda:0"
                                                                                    : " host"));
      CHECK_THAT(what, ContainsSubstring(
                           "the sizes must agree: dst has 4 x 4, src 4 x 5; use views::resize"));
    }
  });
}

}  // namespace
