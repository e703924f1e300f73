// SPDX-License-Identifier: MIT
#include <pane/ops/eager.hpp>

#include "verbs.hpp"

namespace example {
namespace {

using pane::AnyTensor;
using pane::NHWC;

template <class T, int C>
void resize_as(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  auto const in = src.as<T const, NHWC<C>>();
  auto const out = dst.as<T, NHWC<C>>();
  run(where, [&](auto place) { pane::resize(place, in, out); });
}

template <class T>
bool resize_of(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  if (src.dtype != pane::dtype_of<T>) return false;
  if (src.shape[3] == 1) return resize_as<T, 1>(where, src, dst), true;
  if (src.shape[3] == 3) return resize_as<T, 3>(where, src, dst), true;
  return false;
}

}  // namespace

void resize(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  bool const done = resize_of<std::uint8_t>(where, src, dst) ||
                    resize_of<pane::f16>(where, src, dst) ||
                    resize_of<pane::bf16>(where, src, dst) || resize_of<float>(where, src, dst);
  if (!done) {
    throw pane::Unsupported(
        pane::detail::concat("pane.resize: src is ", src.text(),
                             ": u8, f16, bf16 and f32 with 1 or 3 channels are compiled in"));
  }
}

}  // namespace example
