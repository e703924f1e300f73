// SPDX-License-Identifier: MIT
// LABELS: slow
// Contract lines 4 and 5: 64-bit offsets, any batch, any image size; grid limits are the library's problem.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <vector>

#if defined(__CUDACC__)
namespace large_test {  // named: nvcc 13.0 confuses it with the unnamed namespaces of Catch2's macros

/// One byte a pixel, huge: written and read back by kernels of the test itself, on the device.
__global__ void fill_pattern(std::uint8_t* p, std::size_t count) {
  for (std::size_t i = blockIdx.x * std::size_t{blockDim.x} + threadIdx.x; i < count;
       i += std::size_t{gridDim.x} * blockDim.x) {
    p[i] = static_cast<std::uint8_t>(i ^ (i >> 17));
  }
}
__global__ void count_wrong(std::uint8_t const* p,
                            std::size_t height,
                            std::size_t width,
                            unsigned long long* wrong) {
  for (std::size_t i = blockIdx.x * std::size_t{blockDim.x} + threadIdx.x; i < height * width;
       i += std::size_t{gridDim.x} * blockDim.x) {
    std::size_t const source = (i / width) * width + (width - 1 - i % width);
    if (p[i] != static_cast<std::uint8_t>(source ^ (source >> 17))) atomicAdd(wrong, 1ull);
  }
}

}  // namespace large_test
#endif

namespace {

using namespace pane;

TEST_CASE("contract 5: a batch of 70000 and an image of 1100000 rows", "[contract]") {
  std::vector<std::uint8_t> content(70000 * 2 * 3);
  for (std::size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  test::Buffer<std::uint8_t> const in(content);
  test::Buffer<std::uint8_t> out(content.size());
  test::on_machine([&](auto where) {
    copy(where, Tensor<std::uint8_t const, NHWC<3>>(in.data(), {70000, 1, 2, 3}),
         Tensor<std::uint8_t, NCHW<3>>(out.data(), {70000, 3, 1, 2}));
  });
  auto got = out.download();
  bool same = true;
  for (std::size_t n = 0; n < 70000; ++n) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t x = 0; x < 2; ++x)
        same = same && got[(n * 3 + c) * 2 + x] == content[(n * 2 + x) * 3 + c];
    }
  }
  CHECK(same);

  std::vector<std::uint8_t> tall(1100000);
  for (std::size_t i = 0; i < tall.size(); ++i)
    tall[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  test::Buffer<std::uint8_t> const tall_in(tall);
  test::Buffer<std::uint8_t> tall_out(tall.size());
  test::on_machine([&](auto where) {
    copy(where,
         Tensor<std::uint8_t const, HW>(tall_in.data(), {1100000, 1}) |
             views::flip(FlipAxis::vertical),
         Tensor<std::uint8_t, HW>(tall_out.data(), {1100000, 1}));
  });
  got = tall_out.download();
  for (std::size_t i = 0; i < tall.size(); ++i) same = same && got[i] == tall[tall.size() - 1 - i];
  CHECK(same);
}

TEST_CASE("contract 5: nothing is launched for nothing", "[contract]") {
  test::on_machine([&](auto where) {
    copy(where, Tensor<std::uint8_t const, NHWC<3>>(nullptr, {0, 4, 4, 3}),
         Tensor<float, NCHW<3>>(nullptr, {0, 3, 4, 4}));
    copy(where, Tensor<std::uint8_t const, NHWC<3>>(nullptr, {2, 0, 4, 3}),
         Tensor<float, NCHW<3>>(nullptr, {2, 3, 0, 4}));
    copy(where, Tensor<std::uint8_t const, HW>(nullptr, {4, 0}) | views::gaussian({.size = 3}),
         Tensor<float, HW>(nullptr, {4, 0}));
  });
  SUCCEED("no call failed");
}

#if defined(__CUDACC__)
TEST_CASE("contract 4: tensors above 2^31 elements and above 4 GiB", "[contract]") {
  if (test::chosen_machine() == test::Where::host) PANE_SKIP("9 GiB: runs on the GPU");
  std::size_t const height = 66000;
  std::size_t const width = 66001;  // 4.36e9 elements, more than 2^32 bytes
  std::uint8_t* in = nullptr;
  std::uint8_t* out = nullptr;
  unsigned long long* wrong = nullptr;
  test::check(cudaMalloc(reinterpret_cast<void**>(&in), height * width), "cudaMalloc");
  test::check(cudaMalloc(reinterpret_cast<void**>(&out), height * width), "cudaMalloc");
  test::check(cudaMalloc(reinterpret_cast<void**>(&wrong), sizeof *wrong), "cudaMalloc");
  test::check(cudaMemset(wrong, 0, sizeof *wrong), "cudaMemset");
  large_test::fill_pattern<<<4096, 256>>>(in, height * width);
  test::on_machine([&](auto where) {
    copy(where,
         Tensor<std::uint8_t const, HW>(in, {66000, 66001}) | views::flip(FlipAxis::horizontal),
         Tensor<std::uint8_t, HW>(out, {66000, 66001}));
  });
  large_test::count_wrong<<<4096, 256>>>(out, height, width, wrong);
  unsigned long long wrong_host = 1;
  test::check(cudaMemcpy(&wrong_host, wrong, sizeof wrong_host, cudaMemcpyDeviceToHost),
              "cudaMemcpy");
  CHECK(wrong_host == 0);

  // Packed: planes further apart than 4 GiB.
  std::vector<float> four(4 * 3);
  test::check(cudaMemset(out, 0, height * width), "cudaMemset");
  auto const planes = Tensor<std::uint8_t, CHW<3>>::strided(
      out, {3, 1, 4}, {std::int64_t{2} * 1000 * 1000 * 1000, 4, 1});
  test::on_machine([&](auto where) {
    copy(where, Tensor<std::uint8_t const, HWC<3>>(in + 1000, {1, 4, 3}), planes);
  });
  std::uint8_t expected[12];
  std::uint8_t got[12];
  test::check(cudaMemcpy(expected, in + 1000, 12, cudaMemcpyDeviceToHost), "cudaMemcpy");
  for (std::size_t c = 0; c < 3; ++c) {
    test::check(cudaMemcpy(got + 4 * c, out + c * 2000000000u, 4, cudaMemcpyDeviceToHost),
                "cudaMemcpy");
    for (std::size_t x = 0; x < 4; ++x) CHECK(got[4 * c + x] == expected[3 * x + c]);
  }
  cudaFree(in);
  cudaFree(out);
  cudaFree(wrong);
}
#endif

}  // namespace
