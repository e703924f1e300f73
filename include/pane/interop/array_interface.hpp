// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

PANE_NAMESPACE_BEGIN

/// NumPy's `__array_interface__` dictionary, version 3: the fields of the CUDA array interface without `stream`,
/// which is neither read nor written. The memory is the host's.
///
/// It describes memory of somebody else and neither owns it nor keeps it alive: hold the object that it came from.
/// Source: NumPy, the array interface protocol, version 3.
using ArrayInterface = CudaArrayInterface;

/// Takes a dictionary apart. As `parse_cuda_array_interface`, and
///
///   version  3 and every later one, which the text forbids to refuse; 2 and before wrote the address as a text.
///            None at all is tolerated (`CaiQuirk::no_version`): NumPy does not look
///   data     an address and a flag. A buffer, or None for the object's own, is refused: only Python can ask it for
///            an address. So is an `offset`, which counts from a buffer only
///   typestr  big-endian elements are legal there and refused here: swap them first, a.astype(a.dtype.newbyteorder('<'))
///
/// @throws ImportError  with the field, its value, the rule and a code.
inline ArrayInterface parse_array_interface(PythonValue const& dict,
                                            CaiQuirks accept = cai::tolerant) {
  return parse_cuda_array_interface(dict, {accept, ArrayProtocol::array_interface});
}

/// The dictionary that Python printed: `repr(x.__array_interface__)`.
///
/// @throws TextError    the text is no Python literal.
/// @throws ImportError  the literal is no array interface.
inline ArrayInterface array_interface_from_python_text(std::string_view text,
                                                       CaiQuirks accept = cai::tolerant) {
  return from_python_text(text, {accept, ArrayProtocol::array_interface});
}

/// The dictionary as JSON; its arrays stand for tuples.
///
/// @throws TextError    the text is no JSON.
/// @throws ImportError  the value is no array interface.
inline ArrayInterface array_interface_from_json_text(std::string_view text,
                                                     CaiQuirks accept = cai::tolerant) {
  return from_json_text(text, {accept, ArrayProtocol::array_interface});
}

/// The struct behind NumPy's `__array_struct__`, field by field (PyArrayInterface in NumPy's headers): for programs
/// that hold the capsule and no dictionary.
struct ArrayStruct {
  static constexpr int not_swapped = 0x200;
  static constexpr int writeable = 0x400;

  int two = 2;  ///< always 2
  int nd = 0;   ///< number of axes
  char typekind = 'u';
  int itemsize = 1;
  int flags = 0;
  std::intptr_t const* shape = nullptr;    ///< `nd` extents
  std::intptr_t const* strides = nullptr;  ///< `nd` strides in bytes; null is C order
  void* data = nullptr;
  void* descr = nullptr;  ///< a Python object; not looked at
};

/// The struct as a dictionary. The unit of times is lost: it is in the Python object alone.
///
/// @throws ImportError  unsupported_version (`two` is not 2), bad_rank, too_many_dims, bad_shape; the rest is judged
///                      on import.
inline ArrayInterface parse_array_struct(ArrayStruct const& array) {
  constexpr ArrayProtocol protocol = ArrayProtocol::array_interface;
  if (array.two != 2) {
    detail::refuse(protocol, ImportReason::unsupported_version, "two is ", array.two,
                   ": it is 2, or this is no PyArrayInterface");
  }
  if (array.nd < 0) {
    detail::refuse(protocol, ImportReason::bad_rank, "nd is ", array.nd,
                   ": a number of axes is 0 or more");
  }
  auto const rank = static_cast<std::size_t>(array.nd);
  detail::check_rank(rank, protocol);
  if (rank > 0 && array.shape == nullptr) {
    detail::refuse(protocol, ImportReason::bad_shape, "shape is null and nd is ", array.nd,
                   ": every axis has an extent");
  }
  ArrayInterface out;
  out.shape.assign(array.shape, array.shape + rank);
  if (array.strides != nullptr)
    out.strides = std::vector<std::int64_t>(array.strides, array.strides + rank);
  bool const one_byte = array.itemsize == 1 || array.typekind == 'V' || array.typekind == 'S';
  char const order = one_byte ? '|' : (array.flags & ArrayStruct::not_swapped) != 0 ? '<' : '>';
  out.typestr = std::string{order, array.typekind} + std::to_string(array.itemsize);
  out.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(array.data));
  out.readonly = (array.flags & ArrayStruct::writeable) == 0;
  return out;
}

/// Describes a tensor in host memory for NumPy: an object whose attribute `__array_interface__` is this dictionary is
/// what `numpy.asarray` takes, without a copy.
///
/// Shapes    any strides, negative ones too; None when the elements are contiguous
/// Elements  every `DType`; bf16 as the opaque `<V2`, 8-bit floats as `<V1`: a.view(ml_dtypes.bfloat16)
/// Memory    nothing is owned or kept alive: the object has to hold the memory. A tensor without elements gets an
///           address that is not 0, which NumPy before 2.4 needs
///
/// @throws ImportError  the tensor describes no memory that can exist, or the CPU cannot read it.
inline ArrayInterface to_array_interface(AnyTensor const& tensor) {
  detail::require(tensor.rank >= 0 && tensor.rank <= AnyTensor::max_rank,
                  "pane::to_array_interface: the rank is ", tensor.rank, "; it is 0 to 8");
  alignas(64) static constexpr char no_elements[64] = {};
  ArrayInterface out;
  out.shape.assign(tensor.shape, tensor.shape + tensor.rank);
  out.typestr = typestr_of(tensor.dtype);
  out.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(tensor.data));
  out.readonly = tensor.readonly;
  out.strides = std::vector<std::int64_t>(tensor.stride_bytes, tensor.stride_bytes + tensor.rank);
  ArrayView const view = resolve(out, {cai::strict, ArrayProtocol::array_interface});
  detail::check_place(view, detail::HostPlace{}, any_device);
  if (view.size == 0 && out.data == 0)
    out.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(no_elements));
  if (view.c_contiguous) out.strides = Presence::none;
  return out;
}

/// Imports a dictionary whose element type or layout the program does not know: ask the result with `as<T, L>()`,
/// `visit`, or `infer_layout`.
///
/// Shapes    rank 0 to 8
/// Elements  every `DType`; opaque elements only as `options.opaque_as`
/// Memory    nothing is owned or kept alive: hold the object that the dictionary came from. Read-only memory, and
///           views whose elements share bytes, become read-only tensors
/// Stream    none: NumPy has no work pending
///
/// @param where  `host`; or, for pinned and managed memory, a `Stream` (with <pane/interop/cuda_memory.hpp>).
/// @throws ImportError  what is wrong with the dictionary, its memory, or for the caller.
template <class Where>
AnyTensor from_array_interface(ArrayInterface const& array,
                               Where const& where,
                               ImportOptions const& options = {}) {
  CaiOptions const judge{options.accept, ArrayProtocol::array_interface};
  return detail::import_any(resolve(array, judge), where, options);
}

/// Imports a dictionary as the tensor that the caller says it is. Nothing is converted and nothing is guessed.
///
///   auto image = from_array_interface<std::uint8_t const, HWC<3>>(parse_array_interface(dict), host);
///
/// As above, and: a non-const `T` needs writable memory whose elements do not share bytes.
///
/// @throws ImportError  also read_only, overlapping_write, dtype_mismatch, rank_mismatch and layout_mismatch.
template <Element T, TensorLayout L, class Where>
Tensor<T, L> from_array_interface(ArrayInterface const& array,
                                  Where const& where,
                                  ImportOptions const& options = {}) {
  CaiOptions const judge{options.accept, ArrayProtocol::array_interface};
  return detail::import_as<T, L>(resolve(array, judge), where, options);
}

PANE_NAMESPACE_END
