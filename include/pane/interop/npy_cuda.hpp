// SPDX-License-Identifier: MIT
#pragma once

// Reading .npy files into memory that a CUDA device uses. Needs the CUDA runtime, not its compiler.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cuda_memory.hpp>
#include <pane/interop/detail/mapped_file.hpp>
#include <pane/interop/detail/strided_copy.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_header.hpp>

#include <cuda_runtime_api.h>  // cudaMemcpyAsync

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

PANE_NAMESPACE_BEGIN

namespace detail {

/// A tensor as rows of bytes, each without gaps, a fixed distance apart.
struct ByteRows {
  std::size_t width = 0;
  std::size_t height = 1;
  std::size_t pitch = 0;  // of the destination, when there are several rows
};

/// The elements in C order as such rows; refused when there are gaps at more than one place.
inline ByteRows byte_rows(AnyTensor const& t) {
  Index width = size_bytes(t.dtype);
  Index height = 1;
  Index pitch = 0;
  for (int i = t.rank; i-- > 0;) {
    if (t.shape[i] == 1) continue;
    if (height == 1 && t.stride_bytes[i] == width) {
      width *= t.shape[i];
    } else if (t.stride_bytes[i] >= width && (height == 1 || t.stride_bytes[i] == pitch * height)) {
      if (height == 1) pitch = t.stride_bytes[i];
      height *= t.shape[i];
    } else {
      throw InvalidArgument(concat(
          "pane::read_npy_into: ", t.text(),
          ": a destination on a stream is in C order, with gaps after its rows only; read into a "
          "packed tensor and copy"));
    }
  }
  return {static_cast<std::size_t>(width), static_cast<std::size_t>(height),
          static_cast<std::size_t>(pitch)};
}

}  // namespace detail

/// Reads the array of a .npy file that lies in memory into a tensor that a CUDA device can use, through memory of
/// the caller's. Nothing is allocated and nothing is synchronised.
///
///   read_npy_into(stream, "x.npy", device_tensor, pinned_bytes);
///
/// Shapes    the file's, in either order; the destination is packed in C order, or has gaps after its rows only
/// Elements  the file's, in either byte order; opaque ones as `options.opaque_as`
/// Memory    `staging`: host memory for all elements (`NpyHeader::data_bytes`). It is written now and read by the
///           stream later: it must stay untouched until the stream has passed. From pinned memory the copy runs
///           beside the CPU; from pageable memory the call may wait for it. `file` is not needed afterwards
/// Stream    the copy is enqueued on `stream`
///
/// @throws ImportError      what is wrong with the file, or does not fit the destination, before anything is
///                          written; also not_device_accessible and not_host_accessible (of `staging`).
/// @throws InvalidArgument  `staging` is too small, or the destination has other gaps.
/// @throws CudaError        the driver refused a query or the copy.
inline void read_npy_into(Stream stream,
                          std::span<std::byte const> file,
                          AnyTensor const& out,
                          std::span<std::byte> staging,
                          NpyOptions const& options = {}) {
  NpyHeader const header = parse_npy_header(file, options);
  std::span<std::byte const> const from = detail::npy_data(header, file);
  detail::StridedCopy copy = detail::npy_copy(header, out, options);
  ArrayView const to = detail::checked_view(out, ArrayProtocol::npy, Access::write);
  detail::check_place(to, detail::StreamPlace(stream), any_device);
  if (to.size == 0) return;
  detail::ByteRows const rows = detail::byte_rows(out);
  if (staging.size() < from.size()) {
    throw InvalidArgument(detail::concat("pane::read_npy_into: ", out.text(), ": staging has ",
                                         static_cast<unsigned long long>(staging.size()),
                                         " bytes and the elements have ", header.data_bytes,
                                         "; it holds all of them"));
  }
  ArrayView lent;
  lent.protocol = ArrayProtocol::npy;
  lent.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(staging.data()));
  detail::check_place(lent, detail::HostPlace{}, any_device);
  detail::Index packed = header.type.itemsize;
  for (int i = out.rank; i-- > 0;) {
    copy.to_stride[i] = packed;
    packed *= out.shape[i];
  }
  copy.run(staging.data(), from.data());
  cudaError_t const status =
      rows.height == 1  // one row may be longer than the longest pitch
          ? cudaMemcpyAsync(out.data, staging.data(), rows.width, cudaMemcpyDefault,
                            stream.handle())
          : cudaMemcpy2DAsync(out.data, rows.pitch, staging.data(), rows.width, rows.width,
                              rows.height, cudaMemcpyDefault, stream.handle());
  detail::check_import(status, "the copy of a .npy file into its destination");
}

/// Reads a .npy file into a tensor that a CUDA device can use.
///
/// @throws Error  also when the file cannot be opened or mapped.
inline void read_npy_into(Stream stream,
                          std::string const& path,
                          AnyTensor const& out,
                          std::span<std::byte> staging,
                          NpyOptions const& options = {}) {
  detail::OwnedMemory const file = detail::map_file("read_npy_into", path);
  read_npy_into(stream, file.bytes(), out, staging, options);
}

PANE_NAMESPACE_END
