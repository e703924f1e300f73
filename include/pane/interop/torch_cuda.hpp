// SPDX-License-Identifier: MIT
#pragma once

// The streams of PyTorch. Needs the CUDA half of PyTorch (libc10_cuda, and libtorch_cuda loaded, which it asks) and the
// headers of the CUDA runtime, which is why it is not part of <pane/interop/torch.hpp>.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/stream.hpp>

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

PANE_NAMESPACE_BEGIN

/// The stream on which this thread's PyTorch operators run now: on the current device, or on `device`. Work that is
/// enqueued there runs after all earlier operators and before all later ones; nobody has to wait.
///
///   pane::copy(pane::torch_stream(), source, destination);
///
/// Stream   borrowed from PyTorch's pool, which never destroys it
/// Errors   c10::Error when there is no such device
inline Stream torch_stream() {
  return Stream(c10::cuda::getCurrentCUDAStream().stream());
}
inline Stream torch_stream(int device) {
  detail::require(device >= 0 && device <= 127, "pane::torch_stream: device is ", device,
                  "; a device of PyTorch is 0 to 127");
  return Stream(c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device)).stream());
}

/// Makes the device of a tensor the current one for as long as this lives, and knows torch's stream there. Pane
/// never changes the device by itself, and a kernel starts only on a stream of the current one.
///
///   pane::TorchDevice const on(tensor);
///   pane::copy(on.stream(), pane::from_torch<float const, CHW<3>>(tensor), destination);
///
/// @throws InvalidArgument  the tensor is undefined or not on a CUDA device.
class TorchDevice {
 public:
  explicit TorchDevice(at::Tensor const& tensor)
      : guard_(device_of(tensor)), stream_(torch_stream(tensor.get_device())) {}

  Stream stream() const noexcept { return stream_; }

 private:
  static at::Device device_of(at::Tensor const& tensor) {
    detail::require(tensor.defined() && tensor.is_cuda(),
                    "pane::TorchDevice: tensor is not on a CUDA device");
    return tensor.device();
  }

  c10::cuda::CUDAGuard guard_;
  Stream stream_;
};

PANE_NAMESPACE_END
