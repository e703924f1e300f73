// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>

#include <cstdint>
#include <string>

PANE_NAMESPACE_BEGIN

namespace detail {

/// Whether the axes at `h`, `w` and `c` look like an interleaved or a planar image; c < 0 is none.
inline bool looks_like(AnyTensor const& t, int h, int w, int c, bool interleaved) noexcept {
  std::int64_t const element = size_bytes(t.dtype);
  std::int64_t const channels = t.shape[c];
  if (channels < 1 || channels > 4) return false;
  auto const steps = [&](int axis, std::int64_t at_least, bool exactly) {
    if (t.shape[axis] <= 1) return true;
    std::int64_t const s = t.stride_bytes[axis];
    return exactly ? s == at_least : s >= at_least;
  };
  if (interleaved) {
    return steps(c, element, true) && steps(w, channels * element, false) &&
           steps(h, element, false);
  }
  return steps(w, element, true) && steps(h, element, false) && steps(c, element, false);
}

}  // namespace detail

/// States the layout of a tensor that has none yet, when its shape and strides leave one answer.
///
/// The rules. A stated layout stays. Rank 2 is HW. Rank 3 is HWC or CHW, rank 4 NHWC or NCHW: the C axis has 1 to
/// 4 channels; in HWC the channels of a pixel are neighbours, in CHW the columns of a row are. Batches of grey
/// images (NHW), blocked layouts, flipped and permuted images are never inferred: state them with
/// `as<T, Layout>()`.
///
/// @throws InvalidArgument  no layout fits, or two do: a (3, 640, 3) array can be either.
inline AnyTensor infer_layout(AnyTensor tensor) {
  if (tensor.axes[0] != '\0') return tensor;
  auto const state = [&](char const* axes) {
    for (int i = 0; i <= tensor.rank; ++i) tensor.axes[i] = axes[i];
    return tensor;
  };
  if (tensor.rank == 2) return state("HW");
  if (tensor.rank != 3 && tensor.rank != 4) {
    throw InvalidArgument(detail::concat("pane::infer_layout: ", tensor.text(),
                                         ": only tensors of rank 2, 3 and 4 ",
                                         "are images; state the layout with as<T, Layout>()"));
  }
  int const n = tensor.rank - 3;
  bool const hwc = detail::looks_like(tensor, n, n + 1, n + 2, true);
  bool const chw = detail::looks_like(tensor, n + 1, n + 2, n, false);
  char const* const hwc_axes = n == 0 ? "HWC" : "NHWC";
  char const* const chw_axes = n == 0 ? "CHW" : "NCHW";
  if (hwc == chw) {
    throw InvalidArgument(detail::concat(
        "pane::infer_layout: ", tensor.text(), ": ",
        hwc ? "the shape and the strides fit both " : "the shape and the strides fit neither ",
        hwc_axes, hwc ? " and " : " nor ", chw_axes, "; state the layout with as<T, Layout>()"));
  }
  return state(hwc ? hwc_axes : chw_axes);
}

PANE_NAMESPACE_END
