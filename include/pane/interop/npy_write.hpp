// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/detail/mapped_file.hpp>
#include <pane/interop/detail/strided_copy.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_header.hpp>
#include <pane/interop/typestr.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

PANE_NAMESPACE_BEGIN

namespace detail {

/// Hands the elements of a tensor to `sink(address, bytes)` in C order, through a buffer of limited size.
template <class Sink>
class PackedWriter {
 public:
  PackedWriter(AnyTensor const& tensor, Sink& sink)
      : tensor_(tensor), element_(size_bytes(tensor.dtype)), sink_(sink), buffer_(1 << 20) {}

  void write(std::byte const* from, int axis = 0) {
    if (axis == tensor_.rank) return copy(from, axis, 1);
    Index bytes_of_one = element_;
    for (int i = axis + 1; i < tensor_.rank; ++i) bytes_of_one *= tensor_.shape[i];
    Index const room = static_cast<Index>(buffer_.size()) / bytes_of_one;
    Index const extent = tensor_.shape[axis];
    Index const stride = tensor_.stride_bytes[axis];
    for (Index i = 0; i<extent; i += room> 0 ? room : 1) {
      if (room == 0) {
        write(from + i * stride, axis + 1);
      } else {
        copy(from + i * stride, axis, extent - i < room ? extent - i : room);
      }
    }
  }

 private:
  /// `count` steps along `axis`, with everything below it.
  void copy(std::byte const* from, int axis, Index count) {
    StridedCopy copy;
    copy.word = element_;
    Index bytes = element_;
    for (int i = tensor_.rank; i-- > axis;) {
      Index const extent = i == axis ? count : tensor_.shape[i];
      copy.add_axis(extent, bytes, tensor_.stride_bytes[i]);
      bytes *= extent;
    }
    copy.run(buffer_.data(), from);
    sink_(buffer_.data(), static_cast<std::size_t>(bytes));
  }

  AnyTensor const& tensor_;
  Index element_;
  Sink& sink_;
  std::vector<std::byte> buffer_;
};

/// The tensor as a view, everything checked that can be wrong with it.
inline ArrayView writable_as_npy(AnyTensor const& tensor) {
  ArrayView view = checked_view(tensor, ArrayProtocol::npy, Access::read);
  check_place(view, HostPlace{}, any_device);
  return view;
}

/// Header and elements, as numpy.save writes them.
template <class Sink>
void write_npy_to(AnyTensor const& tensor, Sink sink) {
  ArrayView const view = writable_as_npy(tensor);
  NpyHeader header;
  header.descr = typestr_of(tensor.dtype);
  header.fortran_order = view.f_contiguous && !view.c_contiguous;
  header.shape = view.shape;
  std::string const text = npy_header_bytes(header);
  sink(reinterpret_cast<std::byte const*>(text.data()), text.size());
  if (view.size == 0) return;
  auto const* const data = static_cast<std::byte const*>(tensor.data);
  if (view.c_contiguous || view.f_contiguous) {
    sink(data, static_cast<std::size_t>(view.size * view.type.itemsize));
  } else {
    PackedWriter(tensor, sink).write(data);
  }
}

}  // namespace detail

/// Writes a tensor to an open file, from where it stands, byte by byte as numpy.save writes the same array: several
/// arrays may follow each other. The file is neither flushed nor closed.
///
/// Shapes    rank 0 to 8, any strides; without gaps in Fortran order they stay in that order, else C order is written
/// Elements  every `DType`; bf16 as the opaque `<V2`, 8-bit floats as `<V1`
/// Memory    host memory; at most 1 MiB of its own, for tensors with gaps
/// Source    numpy.lib.format 1.0
///
/// @throws ImportError  the tensor describes no memory that can exist, or the CPU cannot read it. Nothing is written.
/// @throws Error        the file took less than all: a full disk. What was written stays.
inline void write_npy(std::FILE* file, AnyTensor const& tensor) {
  detail::require(file != nullptr, "pane::write_npy: the file is null");
  detail::write_npy_to(tensor, [file](std::byte const* data, std::size_t bytes) {
    if (std::fwrite(data, 1, bytes, file) != bytes)
      detail::fail_on_file("write_npy", "the file", errno);
  });
}

/// Writes a tensor to a new file, or over an old one; never over one that is mapped by `open_npy` meanwhile.
///
///   write_npy("x.npy", tensor);
///
/// @throws Error  also when the file cannot be opened or closed.
inline void write_npy(std::string const& path, AnyTensor const& tensor) {
  struct Closer {
    std::FILE* file;
    ~Closer() {
      if (file != nullptr) std::fclose(file);
    }
  };
  detail::writable_as_npy(tensor);  // throws before an old file is lost
  Closer open{std::fopen(path.c_str(), "wbe")};
  if (open.file == nullptr) detail::fail_on_file("write_npy", path, errno);
  detail::write_npy_to(tensor, [&](std::byte const* data, std::size_t bytes) {
    if (std::fwrite(data, 1, bytes, open.file) != bytes)
      detail::fail_on_file("write_npy", path, errno);
  });
  std::FILE* const file = open.file;
  open.file = nullptr;
  if (std::fclose(file) != 0) detail::fail_on_file("write_npy", path, errno);
}

/// A .npy file in memory.
inline std::vector<std::byte> npy_bytes(AnyTensor const& tensor) {
  std::vector<std::byte> out;
  detail::write_npy_to(tensor, [&out](std::byte const* data, std::size_t bytes) {
    out.insert(out.end(), data, data + bytes);
  });
  return out;
}

PANE_NAMESPACE_END
