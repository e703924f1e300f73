// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/image.hpp>

#include <type_traits>
#include <utility>  // std::move

PANE_NAMESPACE_BEGIN
namespace detail {

/// What `views::name(arguments)` returns: a function from images to images that a pipe applies.
template <class F>
struct Adaptor {
  F apply;
};

template <class F, class G>
struct Composed {
  F first;
  G second;
  // Most adaptors are for the host alone; those that a `through` calls in a kernel are for both machines.
#if defined(__CUDACC__)
#pragma nv_exec_check_disable
#endif
  template <class Img>
  PANE_HOST_DEVICE auto operator()(Img const& image) const {
    return second(first(image));
  }
};

template <class F>
Adaptor(F) -> Adaptor<F>;

template <class Img>
constexpr void require_static_channels() {
  if constexpr (is_tensor<Img>) {
    static_assert(Img::channels != dynamic,
                  "pane: this tensor has a run-time number of channels: wrap the call in "
                  "pane::with_channels(tensor, f)");
  }
}

/// image | views::crop(...) | views::resize(...)
template <class Img, class F>
requires requires {
  typename Img::pixel;
}
auto operator|(Img const& image, Adaptor<F> const& adaptor) {
  require_static_channels<Img>();
  static_assert(Image<Img>,
                "pane: the left side of | is no image: it needs pixel, batch(), size(n) and "
                "operator()(n, y, x); see pane/core/image.hpp");
  return adaptor.apply(image);
}

/// views::resize(...) | views::normalize(...): an adaptor to be applied later.
template <class F, class G>
auto operator|(Adaptor<F> const& first, Adaptor<G> const& second) {
  return Adaptor{Composed<F, G>{first.apply, second.apply}};
}

}  // namespace detail
PANE_NAMESPACE_END
