// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/tensor.hpp>

#include <cstdint>

// What every adapter between a foreign C++ type and a tensor needs.

PANE_NAMESPACE_BEGIN
namespace detail {

/// @throws InvalidArgument  more axes than a tensor can have.
inline void require_foreign_rank(std::int64_t rank, char const* operation) {
  require(rank >= 0 && rank <= AnyTensor::max_rank, operation, ": the rank is ", rank,
          "; a tensor has 0 to 8 axes");
}

/// A stride that a foreign type counts in elements, in bytes.
///
/// @throws InvalidArgument  it does not fit in 64 bits.
inline std::int64_t stride_in_bytes(std::int64_t elements,
                                    int axis,
                                    std::int64_t element_bytes,
                                    char const* operation) {
  std::int64_t bytes = 0;
  require(!__builtin_mul_overflow(elements, element_bytes, &bytes), operation, ": stride ", axis,
          " is ", elements, " elements of ", element_bytes, " bytes, which is beyond 64 bits");
  return bytes;
}

/// Strides of C order for axes `first` and up. Overflow is left to `checked_foreign`, which looks at the extents.
inline void pack_strides(AnyTensor& t, int first = 0) noexcept {
  std::int64_t step = size_bytes(t.dtype);
  for (int i = t.rank - 1; i >= first; --i) {
    t.stride_bytes[i] = step;
    if (__builtin_mul_overflow(step, t.shape[i] == 0 ? 1 : t.shape[i], &step)) step = 0;
  }
}

/// The tensor that a foreign type describes, once its numbers are known to describe memory that can exist. Without
/// elements it gets no address, so that nobody can use what the producer left there.
///
/// @throws InvalidArgument  an extent, the product of the extents, the address or a stride breaks a rule.
inline AnyTensor checked_foreign(AnyTensor t, char const* operation) {
  auto const check = [&](bool rule, auto const&... text) {
    if (!rule) throw InvalidArgument(concat(operation, ": tensor is ", t.text(), ": ", text...));
  };
  std::int64_t const element = size_bytes(t.dtype);
  std::int64_t bytes = element;
  bool fits = true;
  bool none = false;
  for (int i = 0; i < t.rank; ++i) {
    check(t.shape[i] >= 0, "extent ", i, " is negative");
    none = none || t.shape[i] == 0;
    fits = fits && (t.shape[i] == 0 || !__builtin_mul_overflow(bytes, t.shape[i], &bytes));
  }
  check(fits, "the bytes do not fit in 64 bits");
  if (none) {
    t.data = nullptr;
    return t;
  }
  auto const base = reinterpret_cast<std::uintptr_t>(t.data);
  check(t.data != nullptr, "the address is null but there are elements");
  check(base % static_cast<std::uintptr_t>(element) == 0,
        "the address is no multiple of the element size, ", element);
  for (int i = 0; i < t.rank; ++i) {
    check(t.shape[i] == 1 || t.stride_bytes[i] % element == 0, "stride ", i,
          " is no multiple of the element size, ", element);
  }
  Span const span = span_of(t.shape, t.stride_bytes, t.rank, element);
  check(span.ok && magnitude(span.low) <= base &&
            static_cast<std::uintptr_t>(span.high) <= UINTPTR_MAX - base,
        "the strides reach beyond 64 bits");
  return t;
}

/// The tensor that the caller says it is; a refusal names the operation that was called.
template <Element T, TensorLayout L>
Tensor<T, L> typed_foreign(AnyTensor const& t, char const* operation) {
  try {
    return t.as<T, L>();
  } catch (InvalidArgument const& error) {
    throw InvalidArgument(concat(operation, ": ", error.what()));
  }
}

}  // namespace detail
PANE_NAMESPACE_END
