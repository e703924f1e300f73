// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

PANE_NAMESPACE_BEGIN

/// What the caller will do with the elements.
enum class Access : std::uint8_t { read, write };

/// Whether opaque bytes (kind V) may stand for a number of their size.
enum class Opaque : std::uint8_t {
  refuse,
  accept  ///< the caller vouches for the meaning: `<V2` is bfloat16, say
};

/// An order of the elements in memory. Axes of extent 1 do not count, arrays without elements have every order.
enum class MemoryOrder : std::uint8_t {
  any,
  c_contiguous,  ///< the last axis is the fastest, without gaps
  f_contiguous,  ///< the first axis is the fastest, without gaps
  row_pitch      ///< as c_contiguous, but the first axis may have a longer stride
};

/// What a typed caller asks of a view.
struct ArrayRequest {
  Access access = Access::read;
  char kind = '\0';           ///< kind letter of the typestr; '\0' takes any element
  std::int64_t itemsize = 0;  ///< bytes of one element, with `kind`
  Opaque opaque = Opaque::refuse;
  int rank = -1;  ///< -1 takes any
  MemoryOrder order = MemoryOrder::any;
};

namespace detail {

inline bool has_row_pitch(ArrayView const& v) noexcept {
  std::int64_t expected = v.type.itemsize;
  for (std::size_t i = v.shape.size(); i-- > 0;) {
    if (v.shape[i] == 1) continue;
    if (i == 0 ? v.stride_bytes[i] < expected : v.stride_bytes[i] != expected) return false;
    if (i != 0) expected *= v.shape[i];
  }
  return true;
}

inline bool has_order(ArrayView const& v, MemoryOrder order) noexcept {
  if (v.size == 0) return true;
  switch (order) {
    case MemoryOrder::any:
      return true;
    case MemoryOrder::c_contiguous:
      return v.c_contiguous;
    case MemoryOrder::f_contiguous:
      return v.f_contiguous;
    case MemoryOrder::row_pitch:
      return has_row_pitch(v);
  }
  return false;
}

inline char const* order_text(MemoryOrder order) noexcept {
  constexpr char const* names[] = {"any order", "C order without gaps",
                                   "Fortran order without gaps",
                                   "C order with gaps after the first axis only"};
  return names[static_cast<int>(order)];
}

/// "f32", or "c8" where there is no such `DType`.
inline std::string element_text(char kind, std::int64_t itemsize) {
  Typestr type;
  type.kind = kind;
  type.itemsize = itemsize;
  std::optional<DType> const dtype = dtype_of_typestr(type);
  return dtype ? std::string(name(*dtype)) : concat(kind, itemsize);
}

/// "shape [480, 640, 3] strides [2048, 3, 1] of '|u1'"
inline std::string view_text(ArrayView const& v) {
  auto const rank = static_cast<int>(v.shape.size());
  return concat("shape ", list_text(v.shape.data(), rank), " strides ",
                list_text(v.stride_bytes.data(), rank), " bytes, elements ",
                v.dtype ? std::string(name(*v.dtype)) : element_text(v.type.kind, v.type.itemsize));
}

}  // namespace detail

/// Checks that a view is what the caller wants.
///
/// Order of checks: read-only, overlap, element type, rank, order in memory.
///
/// @throws ImportError  read_only, overlapping_write, dtype_mismatch, rank_mismatch or layout_mismatch.
inline void check_request(ArrayView const& view, ArrayRequest const& want) {
  if (want.access == Access::write && view.readonly) {
    detail::refuse(view.protocol, ImportReason::read_only, detail::view_text(view),
                   ": the memory is read-only; ask for const elements");
  }
  if (want.access == Access::write && view.overlaps) {
    detail::refuse(
        view.protocol, ImportReason::overlapping_write, detail::view_text(view),
        ": elements share bytes, so it can only be read; ask for const elements or copy");
  }
  if (want.kind != '\0') {
    bool const same = want.kind == view.type.kind && want.itemsize == view.type.itemsize;
    bool const vouched = want.opaque == Opaque::accept && view.type.kind == 'V' &&
                         want.itemsize == view.type.itemsize;
    if (!same && !vouched) {
      detail::refuse(
          view.protocol, ImportReason::dtype_mismatch, detail::view_text(view), ": elements ",
          detail::element_text(want.kind, want.itemsize), " were asked for",
          view.type.kind == 'V' ? "; opaque bytes are numbers only if the caller says so" : "");
    }
  }
  if (want.rank >= 0 && view.shape.size() != static_cast<std::size_t>(want.rank)) {
    detail::refuse(view.protocol, ImportReason::rank_mismatch, detail::view_text(view), ": rank ",
                   want.rank, " was asked for");
  }
  if (!detail::has_order(view, want.order)) {
    detail::refuse(view.protocol, ImportReason::layout_mismatch, detail::view_text(view), ": ",
                   detail::order_text(want.order), " was asked for");
  }
}

PANE_NAMESPACE_END
