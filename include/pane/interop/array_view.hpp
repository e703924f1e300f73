// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/shape.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/descr.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

PANE_NAMESPACE_BEGIN

/// The stream that a dictionary names: whose work has to be waited for.
struct CaiStream {
  enum class Kind : std::uint8_t {
    none,        ///< nothing is pending
    legacy,      ///< the legacy default stream of the memory's device
    per_thread,  ///< the per-thread default stream of the memory's device
    handle       ///< a `cudaStream_t`; nobody can check it
  };
  Kind kind = Kind::none;
  std::uint64_t handle = 0;

  friend constexpr bool operator==(CaiStream const&, CaiStream const&) = default;
};

/// "none", "legacy", "per_thread" or "handle:94265387014832"
inline std::string describe(CaiStream const& stream) {
  switch (stream.kind) {
    case CaiStream::Kind::none:
      return "none";
    case CaiStream::Kind::legacy:
      return "legacy";
    case CaiStream::Kind::per_thread:
      return "per_thread";
    case CaiStream::Kind::handle:
      return "handle:" + std::to_string(stream.handle);
  }
  return "?";
}

/// How a dictionary is judged.
struct CaiOptions {
  CaiQuirks accept = cai::tolerant;
  ArrayProtocol protocol = ArrayProtocol::cuda_array_interface;
};

/// What a protocol describes, with every rule of it checked: strides filled in, bytes counted.
struct ArrayView {
  ArrayProtocol protocol = ArrayProtocol::cuda_array_interface;
  Typestr type;
  std::optional<DType> dtype;  ///< none for complex numbers, times and opaque bytes
  std::uint64_t data = 0;
  bool readonly = false;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> stride_bytes;
  std::int64_t size = 1;       ///< elements
  std::int64_t span_low = 0;   ///< first byte that is touched, relative to `data`
  std::int64_t span_high = 0;  ///< one past the last byte that is touched
  bool c_contiguous = true;    ///< axes of extent 1 do not count
  bool f_contiguous = true;
  bool overlaps =
      false;  ///< elements may share bytes; a sufficient test for "no", not an exact one
  CaiStream stream;
  CaiQuirks quirks;  ///< what had to be tolerated
};

namespace detail {

inline constexpr std::size_t max_array_rank = 64;

inline void check_version(std::int64_t version, ArrayProtocol protocol) {
  if (protocol == ArrayProtocol::array_interface) {
    if (version >= 3 && version <= 0x7fffffff) return;
    refuse(protocol, ImportReason::unsupported_version, "version is ", version,
           ": it is 3 or a later one; before, the address was a text");
  }
  if (version < 0 || version > 3) {
    refuse(protocol, ImportReason::unsupported_version, "version is ", version,
           ": 0, 1, 2 and 3 are known; a later one may change who waits for whom");
  }
}

inline void check_rank(std::size_t rank, ArrayProtocol protocol) {
  if (rank > max_array_rank) {
    refuse(protocol, ImportReason::too_many_dims, "shape has ",
           static_cast<unsigned long long>(rank), " axes: at most 64 are allowed");
  }
}

inline void check_strides_rank(std::size_t strides, std::size_t rank, ArrayProtocol protocol) {
  if (strides != rank) {
    refuse(protocol, ImportReason::strides_rank_mismatch, "strides has ",
           static_cast<unsigned long long>(strides), " entries and shape has ",
           static_cast<unsigned long long>(rank), ": they have the same length");
  }
}

inline CaiStream resolve_stream(std::uint64_t stream,
                                CaiQuirks accept,
                                CaiQuirks& met,
                                ArrayProtocol protocol) {
  if (stream == 0) {
    if (!accept.has(CaiQuirk::pynvvc_stream_zero)) {
      refuse(protocol, ImportReason::stream_zero,
             "stream is 0: it could mean None, 1 or 2 and is forbidden");
    }
    met |= CaiQuirk::pynvvc_stream_zero;
    return {CaiStream::Kind::legacy, 0};
  }
  if (stream == 1) return {CaiStream::Kind::legacy, 0};
  if (stream == 2) return {CaiStream::Kind::per_thread, 0};
  return {CaiStream::Kind::handle, stream};
}

/// Strides of C order; an extent of 0 counts as 1. The bytes are known to fit.
inline std::vector<std::int64_t> c_strides(std::vector<std::int64_t> const& shape,
                                           std::int64_t itemsize) {
  std::vector<std::int64_t> out(shape.size());
  std::int64_t step = itemsize;
  for (std::size_t i = shape.size(); i-- > 0;) {
    out[i] = step;
    if (shape[i] != 0) step *= shape[i];
  }
  return out;
}

inline bool contiguous(ArrayView const& v, bool c_order) noexcept {
  std::int64_t expected = v.type.itemsize;
  std::size_t const rank = v.shape.size();
  for (std::size_t k = 0; k < rank; ++k) {
    std::size_t const i = c_order ? rank - 1 - k : k;
    if (v.shape[i] == 1) continue;
    if (v.stride_bytes[i] != expected) return false;
    expected *= v.shape[i];
  }
  return true;
}

/// The bytes of the non-zero extents; refused when they do not fit.
inline std::int64_t checked_bytes(std::vector<std::int64_t> const& shape,
                                  std::int64_t itemsize,
                                  ArrayProtocol protocol) {
  std::int64_t bytes = itemsize;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 0 && __builtin_mul_overflow(bytes, shape[i], &bytes)) {
      refuse(protocol, ImportReason::size_overflow, "shape is ",
             list_text(shape.data(), static_cast<int>(shape.size())), " of ", itemsize,
             " bytes: the product of the extents and the element does not fit in 63 bits");
    }
  }
  return bytes;
}

inline void check_span(ArrayView& v) {
  v.span_low = 0;
  v.span_high = v.type.itemsize;
  for (std::size_t i = 0; i < v.shape.size(); ++i) {
    std::int64_t reach = 0;
    bool fits = !__builtin_mul_overflow(v.shape[i] - 1, v.stride_bytes[i], &reach);
    std::int64_t& end = reach < 0 ? v.span_low : v.span_high;
    fits = fits && !__builtin_add_overflow(end, reach, &end);
    if (!fits) {
      refuse(v.protocol, ImportReason::extent_overflow, "stride ",
             static_cast<unsigned long long>(i), " is ", v.stride_bytes[i],
             " bytes and the extent is ", v.shape[i], ": the bytes spanned do not fit in 63 bits");
    }
  }
  // Ends are compared with the room that is left, so that nothing wraps; ending exactly at 2^64 is fine.
  std::uint64_t const room_above = 0 - v.data;
  if (magnitude(v.span_low) > v.data || static_cast<std::uint64_t>(v.span_high) > room_above) {
    refuse(v.protocol, ImportReason::address_wrap, "the address is ", v.data,
           " and the view spans [", v.span_low, ", ", v.span_high,
           ") bytes from there: it leaves the 64-bit address space");
  }
}

/// PyNvVideoCodec counts the strides of 16-bit planes in elements. A stride that is no multiple of the element
/// gives it away; right strides are left alone.
inline void mend_element_strides(ArrayView& v, CaiQuirks accept) {
  if (!accept.has(CaiQuirk::pynvvc_element_strides) || v.type.kind != 'u' || v.type.itemsize != 2)
    return;
  bool wrong = false;
  for (std::size_t i = 0; i < v.shape.size(); ++i) {
    wrong = wrong || (v.shape[i] > 1 && v.stride_bytes[i] % 2 != 0);
  }
  if (!wrong) return;
  for (std::int64_t& stride : v.stride_bytes) {
    if (__builtin_mul_overflow(stride, std::int64_t{2}, &stride)) {
      refuse(v.protocol, ImportReason::extent_overflow,
             "strides: counted in elements of 2 bytes they do not fit in 64 bits");
    }
  }
  v.quirks |= CaiQuirk::pynvvc_element_strides;
}

inline void check_extents(std::vector<std::int64_t> const& shape, ArrayProtocol protocol) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0) {
      refuse(protocol, ImportReason::negative_extent, "shape[", static_cast<unsigned long long>(i),
             "] is ", shape[i], ": an extent is 0 or more");
    }
  }
}

/// The items of a shape, whose container is right, as extents.
inline std::vector<std::int64_t> extents_of(PythonValue const& shape, ArrayProtocol protocol) {
  std::vector<std::int64_t> out;
  check_rank(shape.items.size(), protocol);
  for (PythonValue const& n : shape.items) {
    if (!n.is(PythonValue::Kind::integer)) {
      refuse(protocol, ImportReason::bad_shape_type, "shape is ", shown(shape), ": ", shown(n),
             " is no int");
    }
    if (n.integer.negative) {
      refuse(protocol, ImportReason::negative_extent, "shape is ", shown(shape), ": ", shown(n),
             " is negative; an extent is 0 or more");
    }
    if (!n.integer.fits_i64()) {
      refuse(protocol, ImportReason::int_out_of_range, "shape is ", shown(shape), ": ", shown(n),
             " is above 2^63-1");
    }
    out.push_back(n.integer.i64());
  }
  return out;
}

inline bool has_no_elements(std::vector<std::int64_t> const& shape) noexcept {
  for (std::int64_t const extent : shape) {
    if (extent == 0) return true;
  }
  return false;
}

/// Checks what the numbers of a view mean together, once its type, address, shape and strides are filled in, and
/// fills in the rest. Nothing is dereferenced.
///
/// Order of checks: extents, bytes, (no elements: done), null address, span, alignment, multiples of the element.
inline void check_array(ArrayView& v) {
  check_extents(v.shape, v.protocol);
  std::int64_t const bytes = checked_bytes(v.shape, v.type.itemsize, v.protocol);
  v.size = has_no_elements(v.shape) ? 0 : bytes / v.type.itemsize;
  if (v.size == 0) return;
  if (v.data == 0) {
    refuse(v.protocol, ImportReason::null_data, "the address is 0 and the shape has ", v.size,
           " elements: only an array without elements has no address");
  }
  check_span(v);
  auto const alignment =
      static_cast<std::uint64_t>(v.dtype ? size_bytes(*v.dtype) : v.type.alignment());
  if (v.data % alignment != 0) {
    refuse(v.protocol, ImportReason::misaligned_pointer, "the address is ", v.data,
           ": an element of type ", v.type.kind, v.type.itemsize, " lies at a multiple of ",
           alignment, " bytes");
  }
  for (std::size_t i = 0; i < v.shape.size(); ++i) {
    bool const number = v.type.kind != 'V' || v.dtype;
    if (number && v.shape[i] > 1 && v.stride_bytes[i] % v.type.itemsize != 0) {
      refuse(v.protocol, ImportReason::stride_not_multiple, "stride ",
             static_cast<unsigned long long>(i), " is ", v.stride_bytes[i],
             " bytes: strides are multiples of the element, ", v.type.itemsize);
    }
  }
  v.c_contiguous = contiguous(v, true);
  v.f_contiguous = contiguous(v, false);
  v.overlaps = overlaps_itself(v.shape.data(), v.stride_bytes.data(),
                               static_cast<int>(v.shape.size()), v.type.itemsize);
}

}  // namespace detail

/// Checks every rule of the protocol and fills in what the dictionary leaves out. Total: any struct yields a view
/// or an error, nothing is dereferenced and no CUDA function is called.
///
/// Order of checks: version, rank, extents, typestr, descr, number of strides, mask, stream, bytes, (no elements:
/// done), null address, span, alignment, multiples of the element.
///
/// @throws ImportError  with the field, its value, the rule and a code.
inline ArrayView resolve(CudaArrayInterface const& cai, CaiOptions const& options = {}) {
  ArrayProtocol const protocol = options.protocol;
  ArrayView v;
  v.protocol = protocol;
  v.quirks = cai.quirks;
  detail::check_version(cai.version, protocol);
  detail::check_rank(cai.shape.size(), protocol);
  detail::check_extents(cai.shape, protocol);
  v.type = parse_typestr(cai.typestr, options.accept, protocol);
  v.dtype = dtype_of_typestr(v.type);
  v.quirks |= v.type.quirks;
  if (v.type.kind == 'V' && cai.descr.given()) {
    v.quirks |= check_descr(cai.descr.value, v.type.itemsize, options.accept, protocol);
  }
  if (cai.strides.given())
    detail::check_strides_rank(cai.strides.value.size(), cai.shape.size(), protocol);
  if (cai.mask.given()) {
    detail::refuse(protocol, ImportReason::masked, "mask is ", detail::shown(cai.mask.value),
                   ": masked arrays are not supported; None means that all elements are valid");
  }
  if (cai.stream.given() && protocol == ArrayProtocol::cuda_array_interface) {
    v.stream = detail::resolve_stream(cai.stream.value, options.accept, v.quirks, protocol);
  }
  detail::checked_bytes(cai.shape, v.type.itemsize, protocol);
  v.data = cai.data;
  v.readonly = cai.readonly;
  v.shape = cai.shape;
  v.stride_bytes =
      cai.strides.given() ? cai.strides.value : detail::c_strides(cai.shape, v.type.itemsize);
  bool const empty = detail::has_no_elements(cai.shape);
  if (cai.strides.given() && !empty && v.data != 0) detail::mend_element_strides(v, options.accept);
  detail::check_array(v);
  return v;
}

PANE_NAMESPACE_END
