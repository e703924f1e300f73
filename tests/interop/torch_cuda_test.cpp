// SPDX-License-Identifier: MIT
// NEEDS: torch_cuda
#if __has_include(<c10/cuda/CUDAStream.h>) && __has_include(<cuda_runtime_api.h>)

#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/torch.hpp>
#include <pane/interop/torch_cuda.hpp>

#include <cuda_runtime_api.h>

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#undef CHECK  // c10's own; the one below is Catch2's
#include <tests/support/catch.hpp>
#include <tests/support/library.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::HW;
using pane::Tensor;

namespace {

int device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    (void)cudaGetLastError();
    return 0;
  }
  return count;
}

/// c10_cuda asks libtorch_cuda whether a device is in use; a program that links torch has both.
bool torch_cuda_is_loaded() {
  static test::Library const library{"libtorch_cuda.so"};
  return static_cast<bool>(library);
}

/// Memory of a GPU as a tensor of PyTorch. The operators of libtorch_cuda are not needed for it.
at::Tensor on_device(int device, std::shared_ptr<float>& memory) {
  REQUIRE(cudaSetDevice(device) == cudaSuccess);
  float* address = nullptr;
  REQUIRE(cudaMalloc(&address, 6 * sizeof(float)) == cudaSuccess);
  memory.reset(address, [](float* p) { cudaFree(p); });
  return pane::to_torch(AnyTensor(Tensor<float, HW>(address, {2, 3}), device), memory);
}

int current_device() {
  int device = -1;
  REQUIRE(cudaGetDevice(&device) == cudaSuccess);
  return device;
}

}  // namespace

TEST_CASE("a device that cannot be is refused before CUDA is asked") {
  CHECK_THROWS_WITH(pane::torch_stream(-1), ContainsSubstring("pane::torch_stream: device is -1"));
  CHECK_THROWS_WITH(pane::torch_stream(128), ContainsSubstring("0 to 127"));
  CHECK_THROWS_WITH(pane::TorchDevice(at::Tensor()),
                    ContainsSubstring("pane::TorchDevice: tensor is not on a CUDA device"));
  float pixel = 0;
  CHECK_THROWS_AS(
      pane::TorchDevice(pane::to_torch(AnyTensor(Tensor<float, HW>(&pixel, {1, 1})), nullptr)),
      pane::InvalidArgument);
}

TEST_CASE("the stream is the one on which PyTorch's operators of this thread run") {
  if (device_count() == 0) PANE_SKIP("needs a CUDA device");
  if (!torch_cuda_is_loaded()) PANE_SKIP("needs libtorch_cuda.so");
  REQUIRE(cudaSetDevice(0) == cudaSuccess);
  CHECK(pane::torch_stream().handle() == nullptr);  // the default stream
  c10::cuda::CUDAStream const side = c10::cuda::getStreamFromPool(false, 0);
  REQUIRE(side.stream() != nullptr);
  {
    c10::cuda::CUDAStreamGuard const guard(side);
    CHECK(pane::torch_stream().handle() == side.stream());
    CHECK(pane::torch_stream(0).handle() == side.stream());
  }
  CHECK(pane::torch_stream(0).handle() == nullptr);
}

TEST_CASE("the device of a tensor is current for as long as asked, and its stream is known") {
  int const devices = device_count();
  if (devices == 0) PANE_SKIP("needs a CUDA device");
  if (!torch_cuda_is_loaded()) PANE_SKIP("needs libtorch_cuda.so");
  for (int const device : {0, devices - 1}) {
    CAPTURE(device);
    std::shared_ptr<float> memory;
    at::Tensor const tensor = on_device(device, memory);
    REQUIRE(cudaSetDevice(0) == cudaSuccess);
    c10::cuda::CUDAStream const side =
        c10::cuda::getStreamFromPool(false, static_cast<c10::DeviceIndex>(device));
    c10::cuda::CUDAStream const before =
        c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device));
    c10::cuda::setCurrentCUDAStream(side);
    {
      pane::TorchDevice const on(tensor);
      CHECK(current_device() == device);
      CHECK(on.stream().handle() == side.stream());

      // Work on that stream reaches the tensor's memory, which the view sees.
      Tensor<float, HW> const view = pane::from_torch<float, HW>(tensor);
      CHECK(view.data() == memory.get());
      CHECK(pane::from_torch(tensor).device == device);
      std::vector<float> const sent{1, 2, 3, 4, 5, 6};
      std::vector<float> seen(6);
      CHECK(cudaMemcpyAsync(view.data(), sent.data(), 24, cudaMemcpyHostToDevice,
                            on.stream().handle()) == cudaSuccess);
      CHECK(cudaMemcpyAsync(seen.data(), tensor.const_data_ptr(), 24, cudaMemcpyDeviceToHost,
                            on.stream().handle()) == cudaSuccess);
      CHECK(cudaStreamSynchronize(on.stream().handle()) == cudaSuccess);
      CHECK(seen == sent);
    }
    CHECK(current_device() == 0);
    c10::cuda::setCurrentCUDAStream(before);
  }
}

#else

#include <tests/support/catch.hpp>

TEST_CASE("streams of PyTorch") {
  PANE_SKIP("needs PyTorch with CUDA (PANE_TORCH_DIR) and the CUDA toolkit");
}

#endif
