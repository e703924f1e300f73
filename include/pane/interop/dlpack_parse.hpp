// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>  // std::memcpy
#include <optional>
#include <string_view>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// What a DLPack struct says: its values, taken out of it. Shape and strides still lie with the producer.
struct DlpackArray {
  DlpackTensor tensor;
  std::optional<DlpackVersion> version;  ///< none for a legacy or a borrowed tensor
  std::uint64_t flags = 0;               ///< of the versioned struct, see `dlpack_flag`
};

/// How a DLPack struct is judged.
struct DlpackOptions {
  CaiQuirks accept = cai::tolerant;
  /// A struct without flags does not say whether it may be written: `Access::write` is the caller's word for it.
  Access unflagged = Access::read;
  /// `accept` lets elements that C++ has no type for in as opaque bytes, where they fill whole bytes: vectors
  /// (lanes), complex numbers of halves, the rarer 8-bit floats, two 4-bit floats in a byte.
  Opaque elements = Opaque::refuse;
};

/// The names of capsules that hold a managed tensor.
constexpr char const* dlpack_capsule_name(DlpackKind kind) noexcept {
  return kind == DlpackKind::legacy ? "dltensor" : "dltensor_versioned";
}
/// The names once somebody has taken the tensor over.
constexpr char const* used_dlpack_capsule_name(DlpackKind kind) noexcept {
  return kind == DlpackKind::legacy ? "used_dltensor" : "used_dltensor_versioned";
}

/// What a capsule of this name holds at this address. The name alone decides which struct it is.
///
/// @param name     may be null: a capsule need not have one
/// @param pointer  what the capsule holds
/// @throws ImportError  consumed, or not_a_dlpack_capsule.
inline DlpackKind check_dlpack_capsule(char const* name, void const* pointer) {
  constexpr auto protocol = ArrayProtocol::dlpack;
  if (name == nullptr) {
    detail::refuse(protocol, ImportReason::not_a_dlpack_capsule,
                   "the capsule has no name: it is dltensor or dltensor_versioned");
  }
  std::string_view const text = name;
  for (DlpackKind const kind : {DlpackKind::legacy, DlpackKind::versioned}) {
    if (text == used_dlpack_capsule_name(kind)) {
      detail::refuse(protocol, ImportReason::consumed, "the capsule is named ", name,
                     ": somebody has taken its tensor already; ask the producer for a new one");
    }
    if (text != dlpack_capsule_name(kind)) continue;
    if (pointer == nullptr) {
      detail::refuse(protocol, ImportReason::not_a_dlpack_capsule, "the capsule ", name,
                     " holds no address");
    }
    return kind;
  }
  detail::refuse(protocol, ImportReason::not_a_dlpack_capsule, "the capsule is named ",
                 detail::shown_typestr(text), ": it must be dltensor or dltensor_versioned");
}

namespace detail {

/// Whether a struct begins as one of its kind does. What stands under the wrong name is noticed mostly: a version
/// 1.0 to 1.255 where a legacy struct has its address, or an address, null too, where the version is.
inline bool begins_as(DlpackKind kind, void const* managed) noexcept {
  DlpackVersion head;
  std::memcpy(&head, managed, sizeof head);
  if (kind == DlpackKind::legacy) return !(head.major == 1 && head.minor < 256);
  bool const null = head.major == 0 && head.minor == 0;
  return head.major < 256 && head.minor < 256 && !null;
}

}  // namespace detail

/// Reads a managed struct of the given kind. Of a version that is not 1.x nothing but the version is read.
///
/// @throws ImportError  not_a_dlpack_capsule for null, or for a struct of the other kind; unsupported_version.
inline DlpackArray read_dlpack(void const* managed, DlpackKind kind) {
  constexpr auto protocol = ArrayProtocol::dlpack;
  if (managed == nullptr) {
    detail::refuse(protocol, ImportReason::not_a_dlpack_capsule, "the managed tensor is null");
  }
  if (!detail::begins_as(kind, managed)) {
    bool const legacy = kind == DlpackKind::legacy;
    detail::refuse(protocol, ImportReason::not_a_dlpack_capsule, "the ",
                   legacy ? "legacy" : "versioned", " struct begins like a ",
                   legacy ? "versioned" : "legacy",
                   " one: it was handed over under the wrong name");
  }
  DlpackArray out;
  if (kind == DlpackKind::legacy) {
    std::memcpy(&out.tensor, managed, sizeof out.tensor);
    return out;
  }
  DlpackVersion version;
  std::memcpy(&version, managed, sizeof version);
  if (version.major != 1) {
    detail::refuse(protocol, ImportReason::unsupported_version, "version is ", version.major, ".",
                   version.minor, ": 1.x is known; of any other only the deleter may be called");
  }
  auto const* const bytes = static_cast<unsigned char const*>(managed);
  out.version = version;
  std::memcpy(&out.flags, bytes + offsetof(DlpackManagedTensorVersioned, flags), sizeof out.flags);
  std::memcpy(&out.tensor, bytes + offsetof(DlpackManagedTensorVersioned, dl_tensor),
              sizeof out.tensor);
  return out;
}

namespace detail {

inline DlpackArray dlpack_array(DlpackArray const& array) {
  return array;
}
template <DlpackManagedStruct M>
DlpackArray dlpack_array(M const& managed) {
  return read_dlpack(&managed, dlpack_kind_of<M>);
}
template <DlpackTensorStruct D>
DlpackArray dlpack_array(D const& tensor) {
  static_assert(has_dlpack_tensor_layout<D>(),
                "pane: this struct does not have the layout of DLPack's tensor");
  DlpackArray out;
  std::memcpy(static_cast<void*>(&out.tensor), &tensor, sizeof out.tensor);
  return out;
}
template <class S>
requires(DlpackManagedStruct<S> || DlpackTensorStruct<S>) DlpackArray dlpack_array(S* source) {
  if (source == nullptr) {
    refuse(ArrayProtocol::dlpack, ImportReason::not_a_dlpack_capsule, "the tensor is null");
  }
  return dlpack_array(*source);
}

/// The element type, with the bytes that one element has.
struct DlpackElement {
  Typestr type;
  std::optional<DType> dtype;
};

inline DlpackElement known_element(DType dtype) {
  DlpackElement out;
  scan_typestr(typestr_of(dtype), out.type);
  out.dtype = dtype;
  return out;
}

inline DlpackElement element_of_bytes(char kind, std::int64_t bytes) {
  DlpackElement out;
  out.type.order = kind == 'V' ? '|' : '<';
  out.type.kind = kind;
  out.type.size = bytes;
  out.type.itemsize = bytes;
  return out;
}

/// The element type of one lane of whole bytes, if C++ has one.
inline std::optional<DlpackElement> known_element(DlpackCode code, int bits) {
  struct Known {
    DlpackCode code;
    int bits;
    DType dtype;
  };
  constexpr Known table[] = {{DlpackCode::unsigned_integer, 8, DType::u8},
                             {DlpackCode::integer, 8, DType::s8},
                             {DlpackCode::unsigned_integer, 16, DType::u16},
                             {DlpackCode::integer, 16, DType::s16},
                             {DlpackCode::unsigned_integer, 32, DType::u32},
                             {DlpackCode::integer, 32, DType::s32},
                             {DlpackCode::unsigned_integer, 64, DType::u64},
                             {DlpackCode::integer, 64, DType::s64},
                             {DlpackCode::real, 16, DType::f16},
                             {DlpackCode::bfloat, 16, DType::bf16},
                             {DlpackCode::real, 32, DType::f32},
                             {DlpackCode::real, 64, DType::f64},
                             {DlpackCode::boolean, 8, DType::boolean},
                             {DlpackCode::float8_e4m3fn, 8, DType::f8_e4m3},
                             {DlpackCode::float8_e5m2, 8, DType::f8_e5m2}};
  for (Known const& known : table) {
    if (known.code == code && known.bits == bits) return known_element(known.dtype);
  }
  if (code == DlpackCode::complex && (bits == 64 || bits == 128)) {
    return element_of_bytes('c', bits / 8);
  }
  return std::nullopt;
}

/// Bits that a code without a C++ type stands for; 0 when there is no such type.
inline int opaque_bits(DlpackCode code, int bits) noexcept {
  if (code == DlpackCode::complex && bits == 32) return 32;
  bool const fp8 = code >= DlpackCode::float8_e3m4 && code <= DlpackCode::float8_e8m0fnu;
  bool const fp6 = code == DlpackCode::float6_e2m3fn || code == DlpackCode::float6_e3m2fn;
  bool const whole = code == DlpackCode::integer || code == DlpackCode::unsigned_integer ||
                     code == DlpackCode::boolean;
  if ((fp8 && bits == 8) || (fp6 && bits == 6)) return bits;
  if (code == DlpackCode::float4_e2m1fn && bits == 4) return bits;
  return whole && bits > 0 && bits < 8 ? bits : 0;
}

inline DlpackElement dlpack_element(DlpackDataType type, std::uint64_t flags, Opaque elements) {
  constexpr auto protocol = ArrayProtocol::dlpack;
  auto const code = static_cast<DlpackCode>(type.code);
  std::optional<DlpackElement> const known = known_element(code, type.bits);
  int const bits = known ? type.bits : opaque_bits(code, type.bits);
  if (bits == 0) {
    refuse(protocol, ImportReason::unsupported_dtype, "dtype is ", describe(type),
           ": there is no such element type");
  }
  if (type.lanes == 0) {
    refuse(protocol, ImportReason::unsupported_lanes, "dtype is ", describe(type),
           ": an element has at least one lane");
  }
  if (known && type.lanes == 1) return *known;
  bool const opaque = elements == Opaque::accept;
  if (bits < 8) {
    // A flag of a later version may say how the bits are packed.
    constexpr std::uint64_t understood =
        dlpack_flag::read_only | dlpack_flag::is_copied | dlpack_flag::subbyte_padded;
    bool const padded = (flags & dlpack_flag::subbyte_padded) != 0;
    std::int64_t const all_bits = std::int64_t{padded ? 8 : bits} * type.lanes;
    if (!opaque || (flags & ~understood) != 0 || all_bits % 8 != 0) {
      refuse(protocol, ImportReason::sub_byte, "dtype is ", describe(type),
             ": elements of less than a byte have no address; those that fill whole bytes come in "
             "as opaque bytes: {.opaque_as = DType::u8}");
    }
    return element_of_bytes('V', all_bits / 8);
  }
  if (opaque) return element_of_bytes('V', std::int64_t{bits / 8} * type.lanes);
  if (type.lanes != 1) {
    refuse(protocol, ImportReason::unsupported_lanes, "dtype is ", describe(type),
           ": an element is one number; vectors come in as opaque bytes: {.opaque_as = ...}");
  }
  refuse(protocol, ImportReason::unsupported_dtype, "dtype is ", describe(type),
         ": C++ has no such type; it comes in as opaque bytes: {.opaque_as = ...}");
}

inline void check_dlpack_device(DlpackDevice const& device) {
  constexpr auto protocol = ArrayProtocol::dlpack;
  bool const known = device.is(DlpackDeviceType::cpu) || device.is(DlpackDeviceType::cuda) ||
                     device.is(DlpackDeviceType::cuda_host) ||
                     device.is(DlpackDeviceType::cuda_managed);
  if (!known) {
    refuse(protocol, ImportReason::unsupported_device, "the device is ", describe(device),
           ": cpu (1), cuda (2), cuda_host (3) and cuda_managed (13) are supported");
  }
  if (device.device_id < 0) {
    refuse(protocol, ImportReason::bad_device, "the device is ", describe(device),
           ": a device is 0 or more");
  }
}

/// Strides in bytes. Those of axes with at most one element are never used and may be anything.
inline void fill_dlpack_strides(ArrayView& v, std::int64_t const* strides, CaiQuirks accept) {
  v.stride_bytes = c_strides(v.shape, v.type.itemsize);
  if (strides == nullptr || has_no_elements(v.shape)) return;
  for (std::size_t i = 0; i < v.shape.size(); ++i) {
    std::int64_t bytes = 0;
    if (!__builtin_mul_overflow(strides[i], v.type.itemsize, &bytes)) {
      v.stride_bytes[i] = bytes;
      continue;
    }
    if (v.shape[i] == 1) continue;
    // CuPy up to 14.2 divides by an unsigned size: the product is right once it has wrapped around.
    auto const wrapped = static_cast<std::int64_t>(static_cast<std::uint64_t>(strides[i]) *
                                                   static_cast<std::uint64_t>(v.type.itemsize));
    bool const flipped = strides[i] > 0 && wrapped < 0;
    if (!flipped || !accept.has(CaiQuirk::cupy_unsigned_stride)) {
      refuse(
          v.protocol, ImportReason::extent_overflow, "stride ", static_cast<unsigned long long>(i),
          " is ", strides[i], " elements of ", v.type.itemsize,
          " bytes: it does not fit in 63 bits",
          flipped ? "; CuPy up to 14.2 writes that for a flipped axis: {.accept = cai::cupy}" : "");
    }
    v.stride_bytes[i] = wrapped;
    v.quirks |= CaiQuirk::cupy_unsigned_stride;
  }
}

}  // namespace detail

/// Checks every rule of DLPack and gives what the struct describes, strides in bytes. Total: any values yield a view
/// or an error; shape and strides are read when there are axes, the elements never, and no CUDA function is called.
///
/// Order of checks: rank, shape, extents, element type, lanes, device, strides, bytes, (no elements: done), null
/// address, byte_offset, span, alignment. `read_dlpack` has checked the version.
///
/// @throws ImportError  with the field, its value, the rule and a code.
inline ArrayView resolve(DlpackArray const& array, DlpackOptions const& options = {}) {
  DlpackTensor const& t = array.tensor;
  ArrayView v;
  v.protocol = ArrayProtocol::dlpack;
  v.readonly = array.version ? (array.flags & dlpack_flag::read_only) != 0
                             : options.unflagged == Access::read;
  if (t.ndim < 0) {
    detail::refuse(v.protocol, ImportReason::bad_rank, "ndim is ", t.ndim, ": it is 0 or more");
  }
  auto const rank = static_cast<std::size_t>(t.ndim);
  detail::check_rank(rank, v.protocol);
  if (rank > 0 && t.shape == nullptr) {
    detail::refuse(v.protocol, ImportReason::bad_shape, "ndim is ", t.ndim,
                   " and shape is null: only a single element has no extents");
  }
  if (rank > 0) v.shape.assign(t.shape, t.shape + rank);
  detail::check_extents(v.shape, v.protocol);
  detail::DlpackElement const element =
      detail::dlpack_element(t.dtype, array.flags, options.elements);
  v.type = element.type;
  v.dtype = element.dtype;
  detail::check_dlpack_device(t.device);
  bool const must_have_strides = array.version && array.version->minor >= 2;
  if (rank > 0 && t.strides == nullptr && must_have_strides) {
    if (!options.accept.has(CaiQuirk::null_strides)) {
      detail::refuse(v.protocol, ImportReason::bad_strides_type, "strides is null in version 1.",
                     array.version->minor, ": from 1.2 on an array with axes has strides");
    }
    v.quirks |= CaiQuirk::null_strides;
  }
  detail::checked_bytes(v.shape, v.type.itemsize, v.protocol);
  detail::fill_dlpack_strides(v, rank > 0 ? t.strides : nullptr, options.accept);
  v.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(t.data));
  if (v.data != 0 && !detail::has_no_elements(v.shape) &&
      __builtin_add_overflow(v.data, t.byte_offset, &v.data)) {
    detail::refuse(v.protocol, ImportReason::address_wrap, "byte_offset is ", t.byte_offset,
                   " and data is ", t.data, ": element 0 leaves the 64-bit address space");
  }
  detail::check_array(v);
  return v;
}

PANE_NAMESPACE_END
