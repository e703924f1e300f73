// SPDX-License-Identifier: MIT
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>
#include <pane/views/letterbox.hpp>
#include <pane/views/normalize.hpp>

#include "verbs.hpp"

namespace example {
namespace {

using pane::AnyTensor;
using pane::NCHW;
using pane::Vec;
namespace views = pane::views;

template <class Place, class T>
void preprocess_to(Place place,
                   pane::Tensor<std::uint8_t const, pane::NHWC<3>> const& src,
                   pane::Tensor<T, NCHW<3>> const& dst,
                   Preprocess const& how) {
  pane::Size const to = dst.size(0);
  pane::copy(place,
             src | views::letterbox(to.height, to.width, {.fill = how.fill}) |
                 views::normalize(how.mean, how.std, {.scale = how.scale}),
             dst);
}

template <class Place, class T>
void preprocess_to(Place place,
                   pane::Nv12<std::uint8_t const> const& src,
                   pane::Tensor<T, NCHW<3>> const& dst,
                   Preprocess const& how) {
  pane::Size const to = dst.size(0);
  auto const fill = pane::to_yuv(Vec<float, 3>::filled(how.fill), how.matrix, how.range);
  pane::copy(place,
             src | views::letterbox(to.height, to.width, {.fill = fill}) |
                 views::to_rgb(how.matrix, how.range) |
                 views::normalize(how.mean, how.std, {.scale = how.scale}),
             dst);
}

template <class Source>
void preprocess_any(Where const& where,
                    Source const& src,
                    AnyTensor const& dst,
                    Preprocess const& how) {
  run(where, [&](auto place) {
    switch (dst.dtype) {
      case pane::DType::f16:
        return preprocess_to(place, src, dst.as<pane::f16, NCHW<3>>(), how);
      case pane::DType::bf16:
        return preprocess_to(place, src, dst.as<pane::bf16, NCHW<3>>(), how);
      case pane::DType::f32:
        return preprocess_to(place, src, dst.as<float, NCHW<3>>(), how);
      default:
        throw pane::Unsupported(pane::detail::concat("pane.preprocess: out is ", dst.text(),
                                                     ": f16, bf16 and f32 are compiled in"));
    }
  });
}

}  // namespace

void preprocess(Where const& where,
                pane::Tensor<std::uint8_t const, pane::NHWC<3>> const& src,
                AnyTensor const& dst,
                Preprocess const& how) {
  preprocess_any(where, src, dst, how);
}

void preprocess(Where const& where,
                pane::Nv12<std::uint8_t const> const& src,
                AnyTensor const& dst,
                Preprocess const& how) {
  preprocess_any(where, src, dst, how);
}

}  // namespace example
