// SPDX-License-Identifier: MIT
#pragma once

// Memory of RMM: rmm::device_buffer, rmm::device_uvector. Written against their members, so that RMM's headers are
// included by those who use it only.

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>  // std::cmp_less_equal

PANE_NAMESPACE_BEGIN

/// rmm::device_buffer, rmm::device_uvector and whatever has their members: an address, a size (in elements, where
/// there is a value_type, else in bytes), and the stream on which the memory was allocated and will be freed.
template <class B>
concept RmmBuffer = requires(B& buffer) {
  { buffer.data() } -> std::convertible_to<void const*>;
  { buffer.size() } -> std::convertible_to<std::size_t>;
  buffer.stream();
};

namespace detail {

template <Element T, TensorLayout L, class B>
Tensor<T, L> inside_rmm(B& buffer, Tensor<T, L> const& view) {
  std::size_t element = 1;
  if constexpr (requires { typename B::value_type; }) element = sizeof(typename B::value_type);
  std::size_t const bytes = buffer.size() * element;
  Span const span = span_of(view.shape(), view.strides_bytes(), L::rank, sizeof(T));
  if (!std::cmp_less_equal(span.high, bytes)) {
    throw InvalidArgument(concat("pane::from_rmm: tensor is ", describe(view), ": it ends at byte ",
                                 span.high, " and the buffer has ",
                                 static_cast<unsigned long long>(bytes)));
  }
  return view;
}

template <Element T, class B>
T* address_in_rmm(B& buffer) {
  using Data = decltype(buffer.data());
  static_assert(std::is_const_v<T> || std::is_convertible_v<Data, void*>,
                "pane::from_rmm: the buffer is const: ask for const elements");
  if constexpr (requires { typename B::value_type; }) {
    static_assert(dtype_of<T> == dtype_of<typename B::value_type>,
                  "pane::from_rmm: the buffer has elements of another type");
  }
  if constexpr (std::is_convertible_v<Data, void*>) {
    return static_cast<T*>(static_cast<void*>(buffer.data()));
  } else {
    return static_cast<T*>(static_cast<void const*>(buffer.data()));
  }
}

}  // namespace detail

/// The stream of a buffer: what is enqueued there runs after the allocation and before the release.
template <RmmBuffer B>
Stream rmm_stream(B const& buffer) {
  auto const stream = buffer.stream();
  if constexpr (requires { stream.value(); }) {
    return Stream(stream.value());  // rmm::cuda_stream_view
  } else {
    return Stream(stream.get());  // cuda::stream_ref, from RMM 26 on
  }
}

/// A packed tensor at the start of a buffer.
///
///   rmm::device_buffer memory(2 * 3 * 640 * 640, stream);                     // bytes
///   auto blob = pane::from_rmm<pane::f16, NCHW<3>>(memory, {1, 3, 640, 640});
///   pane::copy(pane::rmm_stream(memory), frame | views::resize(640, 640), blob);
///
/// Elements  of a device_buffer any; of a device_uvector its own
/// Memory    the buffer owns it: hold the buffer, and look again after `resize`, `reserve` or `shrink_to_fit`
/// Stream    nobody waits. Work on `rmm_stream(buffer)` needs no waiting; order other streams after it with an event, and
///           before the buffer is destroyed order it after them, or call the buffer's `set_stream`
///
/// @throws InvalidArgument  the tensor does not fit in the buffer, or its numbers describe no memory that can exist.
template <Element T, TensorLayout L, RmmBuffer B>
Tensor<T, L> from_rmm(B& buffer, typename Tensor<T, L>::Extents shape) {
  return detail::inside_rmm(buffer, Tensor<T, L>(detail::address_in_rmm<T>(buffer), shape));
}

/// The same with rows `pitch_bytes` apart.
template <Element T, TensorLayout L, RmmBuffer B>
Tensor<T, L> from_rmm(B& buffer, typename Tensor<T, L>::Extents shape, std::int64_t pitch_bytes) {
  return detail::inside_rmm(
      buffer, Tensor<T, L>::pitched(detail::address_in_rmm<T>(buffer), shape, pitch_bytes));
}

PANE_NAMESPACE_END
