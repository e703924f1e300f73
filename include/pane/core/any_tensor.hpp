// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// A tensor whose element type, rank and layout are known at run time only: what an importer returns.
///
/// Non-owning, like `Tensor`. `as<T, L>()` states the type and the layout and checks both; `visit` tries a list.
struct AnyTensor {
  static constexpr int max_rank = 8;
  /// Place of memory that no CUDA device owns.
  static constexpr int host_device = -1;

  void* data = nullptr;
  DType dtype = DType::u8;
  bool readonly = false;
  int rank = 0;
  /// CUDA device that owns the memory, or `host_device`.
  int device = host_device;
  std::int64_t shape[max_rank] = {};
  std::int64_t stride_bytes[max_rank] = {};
  /// One letter an axis ("NHWC"), or empty while nobody has stated the layout.
  char axes[max_rank + 1] = {};

  AnyTensor() = default;

  /// Forgets the types of a tensor.
  template <class T, class L>
  AnyTensor(Tensor<T, L> const& t,
            int device_index = host_device)  // NOLINT: a tensor is any tensor
      : data(const_cast<std::remove_const_t<T>*>(t.data())),
        dtype(dtype_of<T>),
        readonly(std::is_const_v<T>),
        rank(L::rank),
        device(device_index) {
    static_assert(L::rank <= max_rank, "pane::AnyTensor: at most 8 axes");
    for (int i = 0; i < rank; ++i) {
      shape[i] = t.extent(i);
      stride_bytes[i] = t.stride_bytes(i);
      axes[i] = L::axes[i];
    }
  }

  /// The tensor that the caller says it is. Nothing is converted and nothing is guessed.
  ///
  /// @throws InvalidArgument  the element type, the rank, an extent that the layout fixes, or a layout stated
  ///                          earlier differs; or the memory is read-only and `T` is not const.
  template <Element T, TensorLayout L>
  Tensor<T, L> as() const {
    auto const fail = [&](auto const&... rule) {
      throw InvalidArgument(detail::concat("pane::AnyTensor::as<", name(dtype_of<T>), ", ", L::axes,
                                           ">: the tensor is ", text(), ": ", rule...));
    };
    if (dtype != dtype_of<T>) fail("the element type must be ", name(dtype_of<T>));
    if (rank != L::rank) fail("the rank must be ", L::rank, " for ", L::axes);
    if (readonly && !std::is_const_v<T>) fail("it is read-only; ask for const elements");
    for (int i = 0; axes[0] != '\0' && i < rank; ++i) {
      if (axes[i] != L::axes[i]) fail("its layout is stated as ", axes, ", not ", L::axes);
    }
    std::int64_t s[L::rank];
    std::int64_t b[L::rank];
    for (int i = 0; i < L::rank; ++i) {
      s[i] = shape[i];
      b[i] = stride_bytes[i];
      int const fixed = detail::fixed_extent<L>(i);
      if (fixed != dynamic && s[i] != fixed)
        fail("extent ", i, " must be ", fixed, " for this layout");
    }
    return Tensor<T, L>::strided(static_cast<T*>(data), s, b);
  }

  /// "NHWC u8 [2, 4, 4, 3] strides [...] bytes at 0x... cuda:0"; "?" stands for a layout that nobody has stated.
  std::string text() const {
    std::string out = detail::tensor_text(axes[0] != '\0' ? axes : "?", name(dtype), shape,
                                          stride_bytes, rank, data);
    return readonly ? out + " (read-only)" : out;
  }
};

inline std::string describe(AnyTensor const& t) {
  return t.text();
}

/// A list of element types for `visit`.
template <Element... Ts>
struct Elements {};

/// A list of layouts for `visit`.
template <TensorLayout... Ls>
struct Layouts {};

namespace detail {

template <class T, class L, class F>
bool visit_one(AnyTensor const& t, F& f) {
  if (t.dtype != dtype_of<T> || t.rank != L::rank) return false;
  if (t.readonly && !std::is_const_v<T>) return false;
  for (int i = 0; i < L::rank; ++i) {
    if (t.axes[0] != '\0' && t.axes[i] != L::axes[i]) return false;
    int const fixed = fixed_extent<L>(i);
    if (fixed != dynamic && t.shape[i] != fixed) return false;
  }
  f(t.as<T, L>());
  return true;
}

template <class L, class F, class... Ts>
bool visit_elements(AnyTensor const& t, Elements<Ts...>, F& f) {
  return (visit_one<Ts, L>(t, f) || ...);
}

}  // namespace detail

/// Calls `f` with the typed tensor for the first layout and element type of the lists that fit.
///
/// A tensor without a stated layout fits every layout of its rank: list them in the order in which they shall be
/// tried. Element types are const unless the memory shall be written.
///
/// @throws Unsupported  none fits; the message has the tensor.
template <class... Ts, class... Ls, class F>
void visit(AnyTensor const& t, Elements<Ts...> elements, Layouts<Ls...>, F&& f) {
  if (!(detail::visit_elements<Ls>(t, elements, f) || ...)) {
    throw Unsupported(
        detail::concat("pane::visit: no element type and layout of the list fits ", t.text()));
  }
}

PANE_NAMESPACE_END
