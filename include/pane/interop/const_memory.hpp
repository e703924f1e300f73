// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>

#include <cstdint>

PANE_NAMESPACE_BEGIN

/// Whether read-only memory may be handed to a foreign type that cannot say "const": at::Tensor, cv::Mat,
/// NVCVTensorData, a TensorRT address.
enum class ConstMemory : std::uint8_t {
  refuse,
  allow  ///< the caller vouches that nobody writes through what it gets
};

namespace detail {

/// @throws InvalidArgument  the tensor is read-only and the caller has not vouched for it.
inline void require_writable(AnyTensor const& tensor, ConstMemory allowed, char const* operation) {
  if (tensor.readonly && allowed == ConstMemory::refuse) {
    throw InvalidArgument(
        concat(operation, ": tensor is ", tensor.text(),
               ": what it becomes can be written through; say ConstMemory::allow if nobody will"));
  }
}

}  // namespace detail

PANE_NAMESPACE_END
