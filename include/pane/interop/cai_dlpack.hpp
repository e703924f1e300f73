// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_export.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_tensor.hpp>

#include <utility>  // std::move

PANE_NAMESPACE_BEGIN

/// A CUDA Array Interface dictionary as a DLPack struct: strides in elements instead of bytes, the device asked of the
/// driver, the read-only flag kept, address 0 and no bytes as null. bf16 needs `{.opaque_as = DType::bf16}`, as its
/// `<V2` is opaque; so do the 8-bit floats.
///
///   auto* managed = to_dlpack(cai, stream, std::move(object));
///
/// Stream  work enqueued on `where` afterwards runs after the producer's. The struct names no stream: order the
///         consumer's after `where` with `hand_over`
/// Memory  the dictionary owns nothing: `keep` holds the object that it came from
///
/// @throws Error  as `from_cuda_array_interface` and `to_dlpack`.
template <DlpackManagedStruct M = DlpackManagedTensorVersioned, class Where, class Keep>
[[nodiscard]] M* to_dlpack(CudaArrayInterface const& cai,
                           Where const& where,
                           Keep keep,
                           ImportOptions const& in = {},
                           DlpackExportOptions const& out = {}) {
  return to_dlpack<M>(from_cuda_array_interface(cai, where, in), std::move(keep), out);
}

/// A DLPack tensor as a CUDA Array Interface dictionary: strides in bytes instead of elements, or None when the
/// elements are contiguous; byte_offset is folded into the address. A struct without flags becomes read-only, see
/// `from_dlpack`; 8-bit floats have no typestr and are refused.
///
///   CudaArrayInterface cai = to_cuda_array_interface(owner, stream);
///
/// Stream  the producer's work was ordered before `where` when the struct was asked for; the dictionary names `where`
/// Memory  nothing is kept alive: hold the owner for as long as the dictionary is in use
///
/// @throws Error  as `from_dlpack` and `to_cuda_array_interface`.
template <detail::DlpackSource Source, class Where>
CudaArrayInterface to_cuda_array_interface(Source const& source,
                                           Where const& where,
                                           ImportOptions const& in = {},
                                           ExportOptions const& out = {}) {
  return to_cuda_array_interface(from_dlpack(source, where, in), where, out);
}

PANE_NAMESPACE_END
