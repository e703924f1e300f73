// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

PANE_NAMESPACE_BEGIN

/// Why an array interface dictionary was refused. The names are those of the corpus in tests/data.
enum class CaiReason : std::uint8_t {
  address_wrap,           ///< the view leaves the 64-bit address space
  bad_data,               ///< `data` is no pair of an address and a flag
  bad_descr,              ///< `descr` of a V type is no list of fields
  bad_shape_type,         ///< `shape` is no tuple of integers
  bad_stream_type,        ///< `stream` is neither None nor an integer
  bad_strides_type,       ///< `strides` is neither None nor a tuple of integers
  bad_typestr,            ///< `typestr` does not follow the grammar
  bad_version_type,       ///< `version` is no integer
  descr_mismatch,         ///< the fields of `descr` do not add up to the element
  device_mismatch,        ///< the memory belongs to another device than the one asked for
  dtype_mismatch,         ///< another element type was asked for
  extent_overflow,        ///< extents times strides do not fit in 64 bits
  foreign_byte_order,     ///< big-endian elements
  int_out_of_range,       ///< an integer does not fit in 64 bits
  layout_mismatch,        ///< another order in memory was asked for
  masked,                 ///< there is a mask
  misaligned_pointer,     ///< the address is no multiple of the alignment of an element
  missing_key,            ///< `shape`, `typestr`, `version` or `data` is missing
  negative_extent,        ///< an extent is below 0
  not_a_dict,             ///< the value is no dictionary
  not_device_accessible,  ///< the current device cannot reach the memory
  null_data,              ///< the address is 0 but there are elements
  out_of_allocation,      ///< the view leaves the allocation that its address lies in
  overlapping_write,      ///< a writable view was asked for but elements share bytes
  rank_mismatch,          ///< another number of axes was asked for
  read_only,              ///< a writable view was asked for of read-only data
  size_overflow,          ///< the bytes do not fit in 64 bits
  stream_negative,        ///< `stream` is below 0
  stream_zero,            ///< `stream` is 0
  stride_not_multiple,    ///< a stride is no multiple of the element size
  strides_rank_mismatch,  ///< `strides` has another length than `shape`
  too_many_dims,          ///< more than 64 axes
  unsupported_itemsize,   ///< no such size of this kind of element
  unsupported_kind,       ///< a kind of element that cannot live on a device
  unsupported_version     ///< `version` is not 0, 1, 2 or 3
};

inline constexpr int cai_reason_count = static_cast<int>(CaiReason::unsupported_version) + 1;

/// The name of a reason, "size_overflow".
constexpr char const* name(CaiReason reason) noexcept {
  constexpr char const* names[] = {"address_wrap",
                                   "bad_data",
                                   "bad_descr",
                                   "bad_shape_type",
                                   "bad_stream_type",
                                   "bad_strides_type",
                                   "bad_typestr",
                                   "bad_version_type",
                                   "descr_mismatch",
                                   "device_mismatch",
                                   "dtype_mismatch",
                                   "extent_overflow",
                                   "foreign_byte_order",
                                   "int_out_of_range",
                                   "layout_mismatch",
                                   "masked",
                                   "misaligned_pointer",
                                   "missing_key",
                                   "negative_extent",
                                   "not_a_dict",
                                   "not_device_accessible",
                                   "null_data",
                                   "out_of_allocation",
                                   "overlapping_write",
                                   "rank_mismatch",
                                   "read_only",
                                   "size_overflow",
                                   "stream_negative",
                                   "stream_zero",
                                   "stride_not_multiple",
                                   "strides_rank_mismatch",
                                   "too_many_dims",
                                   "unsupported_itemsize",
                                   "unsupported_kind",
                                   "unsupported_version"};
  static_assert(sizeof names / sizeof names[0] == cai_reason_count);
  return names[static_cast<int>(reason)];
}

/// The reason with this name, if there is one.
constexpr std::optional<CaiReason> find_cai_reason(std::string_view text) noexcept {
  for (int i = 0; i < cai_reason_count; ++i) {
    if (text == name(static_cast<CaiReason>(i))) return static_cast<CaiReason>(i);
  }
  return std::nullopt;
}

/// A dictionary was refused. The message names the field, its value and the rule; `code()` is for programs.
class CaiError : public InvalidArgument {
 public:
  CaiError(CaiReason code, std::string const& what) : InvalidArgument(what), code_(code) {}

  CaiReason code() const noexcept { return code_; }

 private:
  CaiReason code_;
};

namespace detail {

/// Throws a `CaiError`: "pane: CUDA array interface: shape[1] is -1: ... (negative_extent)".
template <class... Parts>
[[noreturn]] void refuse(CaiReason reason, Parts const&... rule) {
  throw CaiError(reason, concat("pane: CUDA array interface: ", rule..., " (", name(reason), ")"));
}

}  // namespace detail

PANE_NAMESPACE_END
