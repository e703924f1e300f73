// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

PANE_NAMESPACE_BEGIN

/// The protocol by which an array comes in.
enum class ArrayProtocol : std::uint8_t {
  cuda_array_interface,  ///< `__cuda_array_interface__`
  array_interface,       ///< NumPy's `__array_interface__`: host memory, no stream
  dlpack,                ///< a DLPack struct: strides in elements, an owner, a device
  npy                    ///< a .npy file
};

/// The name of a protocol, as messages print it.
constexpr char const* name(ArrayProtocol protocol) noexcept {
  constexpr char const* names[] = {"CUDA array interface", "array interface", "DLPack", ".npy"};
  return names[static_cast<int>(protocol)];
}

/// Why an array was refused. The names are those of the corpora in tests/data.
enum class ImportReason : std::uint8_t {
  address_wrap,           ///< the view leaves the 64-bit address space
  bad_data,               ///< `data` is no pair of an address and a flag
  bad_descr,              ///< `descr` of a V type is no list of fields
  bad_device,             ///< the device does not exist
  bad_header,             ///< the header of a .npy file is no dictionary of its three keys
  bad_magic,              ///< the file does not begin as a .npy file
  bad_rank,               ///< the number of axes is negative
  bad_shape,              ///< there are axes but no extents
  bad_shape_type,         ///< `shape` is no tuple of integers
  bad_stream_type,        ///< `stream` is neither None nor an integer
  bad_strides_type,       ///< `strides` is neither None nor a tuple of integers
  bad_typestr,            ///< `typestr` does not follow the grammar
  bad_version_type,       ///< `version` is no integer
  consumed,               ///< the capsule has been taken by somebody already
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
  not_a_dlpack_capsule,   ///< the object is no capsule of a DLPack struct
  not_device_accessible,  ///< the current device cannot reach the memory
  not_host_accessible,    ///< the CPU cannot reach the memory
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
  sub_byte,               ///< elements of less than a byte
  too_many_dims,          ///< more than 64 axes
  truncated,              ///< the file ends before its data
  unsupported_device,     ///< a kind of device that is neither the CPU nor CUDA
  unsupported_dtype,      ///< no such element type
  unsupported_itemsize,   ///< no such size of this kind of element
  unsupported_kind,       ///< a kind of element that cannot live on a device
  unsupported_lanes,      ///< vector elements
  unsupported_version,    ///< a version that is not known
};

inline constexpr int import_reason_count = static_cast<int>(ImportReason::unsupported_version) + 1;

/// The name of a reason, "size_overflow".
constexpr char const* name(ImportReason reason) noexcept {
  constexpr char const* names[] = {"address_wrap",
                                   "bad_data",
                                   "bad_descr",
                                   "bad_device",
                                   "bad_header",
                                   "bad_magic",
                                   "bad_rank",
                                   "bad_shape",
                                   "bad_shape_type",
                                   "bad_stream_type",
                                   "bad_strides_type",
                                   "bad_typestr",
                                   "bad_version_type",
                                   "consumed",
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
                                   "not_a_dlpack_capsule",
                                   "not_device_accessible",
                                   "not_host_accessible",
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
                                   "sub_byte",
                                   "too_many_dims",
                                   "truncated",
                                   "unsupported_device",
                                   "unsupported_dtype",
                                   "unsupported_itemsize",
                                   "unsupported_kind",
                                   "unsupported_lanes",
                                   "unsupported_version"};
  static_assert(sizeof names / sizeof names[0] == import_reason_count);
  return names[static_cast<int>(reason)];
}

/// The reason with this name, if there is one.
constexpr std::optional<ImportReason> find_import_reason(std::string_view text) noexcept {
  for (int i = 0; i < import_reason_count; ++i) {
    if (text == name(static_cast<ImportReason>(i))) return static_cast<ImportReason>(i);
  }
  return std::nullopt;
}

/// An array was refused. The message names the field, its value and the rule; `code()` is for programs.
class ImportError : public InvalidArgument {
 public:
  ImportError(ImportReason code, std::string const& what) : InvalidArgument(what), code_(code) {}

  ImportReason code() const noexcept { return code_; }

 private:
  ImportReason code_;
};

namespace detail {

/// Throws an `ImportError`: "pane: CUDA array interface: shape[1] is -1: ... (negative_extent)".
template <class... Parts>
[[noreturn]] void refuse(ArrayProtocol protocol, ImportReason reason, Parts const&... rule) {
  throw ImportError(reason,
                    concat("pane: ", name(protocol), ": ", rule..., " (", name(reason), ")"));
}

}  // namespace detail

PANE_NAMESPACE_END
