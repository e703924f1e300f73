// SPDX-License-Identifier: MIT
#pragma once

// What the module computes. Declared here, compiled in the .cu files beside it: by nvcc for a stream and for the host, by a
// C++ compiler for the host alone.

#include <pane/core/any_tensor.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/stream.hpp>
#include <pane/views/color.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

namespace example {

/// Where to run.
using Where = std::variant<pane::Host, pane::Stream>;

/// Calls `f` with the stream or the host; without CUDA there are no streams.
template <class F>
void run(Where const& where, F&& f) {
  std::visit(
      [&](auto place) {
#if !defined(__CUDACC__)
        if constexpr (std::is_same_v<decltype(place), pane::Stream>) {
          throw pane::Unsupported("pane: this module was built without CUDA");
        } else
#endif
          f(place);
      },
      where);
}

/// dst = src, element by element, of the same shape and up to 4 axes. Equal types of any kind; else u8, f16, bf16 and
/// f32 to each other, rounded to nearest even and clamped.
void reformat(Where const& where, pane::AnyTensor src, pane::AnyTensor dst);

/// Resamples src to the size of dst, linearly: both NHWC of one type, u8, f16, bf16 or f32, with 1 or 3 channels.
void resize(Where const& where, pane::AnyTensor const& src, pane::AnyTensor const& dst);

/// How pictures become the input of a network.
struct Preprocess {
  float mean[3] = {0, 0, 0};
  float std[3] = {1, 1, 1};
  float scale = 1.0f / 255;
  float fill = 114;
  pane::ColorMatrix matrix = pane::bt709;
  pane::ColorRange range = pane::limited_range;
};

/// Letterbox, normalise, planes: u8 NHWC of 3 channels to f16, bf16 or f32 NCHW, in one kernel.
void preprocess(Where const& where,
                pane::Tensor<std::uint8_t const, pane::NHWC<3>> const& src,
                pane::AnyTensor const& dst,
                Preprocess const& how);
/// As above from NV12, with the conversion to RGB.
void preprocess(Where const& where,
                pane::Nv12<std::uint8_t const> const& src,
                pane::AnyTensor const& dst,
                Preprocess const& how);

}  // namespace example
