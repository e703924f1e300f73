// SPDX-License-Identifier: MIT
// MACHINES: gpu
#include <tests/support/catch.hpp>

#if defined(__CUDACC__)

#include <pane/core/any_tensor.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_cuda.hpp>
#include <tests/support/npy_files.hpp>

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::read_npy_into;
using pane::Tensor;
using test::npy_case;

namespace {

constexpr std::size_t device_bytes = 4096;

void ok(cudaError_t status) {
  INFO(cudaGetErrorString(status));
  REQUIRE(status == cudaSuccess);
}

/// Device memory full of 0xcd, pinned memory to read through, and a stream that is not the default one.
struct Setup {
  std::byte* device = nullptr;
  std::byte* pinned = nullptr;
  cudaStream_t stream = nullptr;

  Setup() {
    ok(cudaMalloc(&device, device_bytes));
    ok(cudaMemset(device, 0xcd, device_bytes));
    ok(cudaMallocHost(&pinned, device_bytes));
    ok(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    ok(cudaDeviceSynchronize());
  }
  ~Setup() {
    cudaDeviceSynchronize();
    cudaStreamDestroy(stream);
    cudaFreeHost(pinned);
    cudaFree(device);
  }
  Setup(Setup const&) = delete;
  Setup& operator=(Setup const&) = delete;

  std::span<std::byte> staging() const { return {pinned, device_bytes}; }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(device);
  }
  std::vector<std::byte> download() const {
    ok(cudaStreamSynchronize(stream));
    std::vector<std::byte> out(device_bytes);
    ok(cudaMemcpy(out.data(), device, device_bytes, cudaMemcpyDeviceToHost));
    return out;
  }
};

template <class T>
T at(std::vector<std::byte> const& memory, std::size_t offset) {
  T value;
  std::memcpy(&value, memory.data() + offset, sizeof value);
  return value;
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (pane::Error const& error) {
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("a file comes into device memory on a stream, in native byte order and in C order") {
  {
    Setup s;
    Tensor<float, pane::CHW<2>> const out(s.as<float>(), {2, 3, 4});
    read_npy_into(s.stream, npy_case("f4_2x3x4_fortran").path, out, s.staging());
    auto const memory = s.download();
    for (std::size_t i = 0; i < 24; ++i) CHECK(at<float>(memory, 4 * i) == static_cast<float>(i));
    CHECK(memory[96] == std::byte{0xcd});
  }
  {
    Setup s;
    Tensor<std::uint16_t, pane::HW> const out(s.as<std::uint16_t>(), {4, 5});
    read_npy_into(s.stream, npy_case("u2_4x5_fortran_big").bytes, out, s.staging());
    auto const memory = s.download();
    for (std::size_t i = 0; i < 20; ++i) CHECK(at<std::uint16_t>(memory, 2 * i) == i);
    CHECK(memory[40] == std::byte{0xcd});
  }
  {
    Setup s;
    Tensor<pane::bf16, pane::HW> const out(s.as<pane::bf16>(), {3, 4});
    read_npy_into(s.stream, npy_case("bf16_3x4").path, out, s.staging(),
                  {.opaque_as = pane::DType::bf16});
    CHECK(at<std::uint16_t>(s.download(), 22) == 0x4130);  // 11
  }
}

TEST_CASE("the gaps of a pitched destination are not written") {
  Setup s;
  auto const out = Tensor<std::uint8_t, pane::HWC<3>>::pitched(s.as<std::uint8_t>(), {4, 5, 3}, 64);
  read_npy_into(s.stream, npy_case("u1_4x5x3_transposed").path, out, s.staging());
  auto const memory = s.download();
  for (std::size_t i = 0; i < 4 * 64; ++i) {
    CAPTURE(i);
    std::size_t const y = i / 64;
    std::size_t const k = i % 64;
    std::size_t const expected = k < 15 ? k % 3 * 20 + y * 5 + k / 3 : 0xcd;
    CHECK(std::to_integer<std::size_t>(memory[i]) == expected);
  }
}

TEST_CASE("a copy on a stream can be captured: nothing is synchronised and nothing allocated") {
  Setup s;
  std::vector<std::byte> const file = npy_case("f4_4x3_flipped").bytes;
  Tensor<float, pane::HW> const out(s.as<float>(), {4, 3});
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t run = nullptr;
  ok(cudaStreamBeginCapture(s.stream, cudaStreamCaptureModeThreadLocal));
  read_npy_into(s.stream, file, out, s.staging());
  ok(cudaStreamEndCapture(s.stream, &graph));
  CHECK(s.download()[0] == std::byte{0xcd});
  ok(cudaGraphInstantiate(&run, graph, 0));
  ok(cudaGraphLaunch(run, s.stream));
  CHECK(at<float>(s.download(), 0) == 11);
  ok(cudaGraphExecDestroy(run));
  ok(cudaGraphDestroy(graph));
}

TEST_CASE("pinned memory is a destination of the host and of a stream") {
  Setup s;
  Tensor<float, pane::HW> const out(reinterpret_cast<float*>(s.pinned), {4, 3});
  read_npy_into(pane::host, npy_case("f4_4x3_flipped").path, out);
  CHECK(*out.address(0, 0, 0) == 11);
  std::vector<std::byte> staging(48);
  Tensor<float, pane::HW> const other(reinterpret_cast<float*>(s.pinned + 1024), {4, 3});
  read_npy_into(s.stream, npy_case("f4_4x3_flipped").path, other, staging);
  ok(cudaStreamSynchronize(s.stream));
  CHECK(*other.address(0, 3, 2) == 0);
  CHECK(*other.address(0, 0, 0) == 11);
}

TEST_CASE("what cannot be read on a stream is refused, and nothing is written") {
  Setup s;
  std::string const path = npy_case("f4_4x3_flipped").path;
  auto const into = [&](auto const& out, std::span<std::byte> staging) {
    return message_of([&] { read_npy_into(s.stream, path, out, staging); });
  };
  Tensor<float, pane::HW> const out(s.as<float>(), {4, 3});
  CHECK_THAT(into(out, s.staging().first(47)),
             ContainsSubstring("staging has 47 bytes and the elements have 48"));
  CHECK_THAT(into(out, {}), ContainsSubstring("staging has 0 bytes"));
  CHECK_THAT(into(out, {s.device + 2048, 48}), ContainsSubstring("(not_host_accessible)"));
  std::vector<float> pageable(12);
  CHECK_THAT(into(Tensor<float, pane::HW>(pageable.data(), {4, 3}), s.staging()),
             ContainsSubstring("(not_device_accessible)"));
  CHECK_THAT(into(Tensor<float, pane::HW>(s.as<float>(), {3, 4}), s.staging()),
             ContainsSubstring("(layout_mismatch)"));
  CHECK_THAT(into(Tensor<float, pane::HW>::strided(s.as<float>(), {4, 3}, {64, 8}), s.staging()),
             ContainsSubstring("gaps after its rows only"));
  CHECK_THAT(into(Tensor<float, pane::HW>::strided(s.as<float>(), {4, 3}, {4, 16}), s.staging()),
             ContainsSubstring("gaps after its rows only"));
  CHECK_THAT(message_of([&] { read_npy_into(pane::host, path, out); }),
             ContainsSubstring("(not_host_accessible)"));
  for (std::byte const b : s.download()) REQUIRE(b == std::byte{0xcd});
}

#else

TEST_CASE("reading .npy files on a stream") {
  PANE_SKIP("needs the CUDA compiler");
}

#endif
