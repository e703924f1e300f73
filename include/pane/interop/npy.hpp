// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/detail/mapped_file.hpp>
#include <pane/interop/detail/strided_copy.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/npy_header.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>  // std::memcpy
#include <span>
#include <string>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN

namespace detail {

/// The elements of a file that begins with this header.
inline std::span<std::byte const> npy_data(NpyHeader const& header,
                                           std::span<std::byte const> file) {
  auto const offset = static_cast<std::size_t>(header.data_offset);
  auto const bytes = static_cast<std::size_t>(header.data_bytes);
  if (file.size() < offset || file.size() - offset < bytes) {
    refuse_npy(ImportReason::truncated, "the file has ",
               static_cast<unsigned long long>(file.size()), " bytes: a header of ",
               header.data_offset, " bytes and elements of ", header.data_bytes, " are declared");
  }
  return file.subspan(offset, bytes);
}

inline std::vector<std::int64_t> reversed(std::vector<std::int64_t> values) {
  for (std::size_t i = 0, j = values.size(); i + 1 < j; ++i) std::swap(values[i], values[--j]);
  return values;
}

/// The array as it lies behind its header, unchecked.
inline ArrayView npy_array(NpyHeader const& header, std::byte const* data) {
  ArrayView v;
  v.protocol = ArrayProtocol::npy;
  v.type = header.type;
  v.dtype = dtype_of_typestr(v.type);
  v.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(data));
  v.shape = header.shape;
  if (header.fortran_order) {
    v.stride_bytes = reversed(c_strides(reversed(v.shape), v.type.itemsize));
  } else {
    v.stride_bytes = c_strides(v.shape, v.type.itemsize);
  }
  return v;
}

/// Where the elements are used as they lie in the file, they have to lie there as the CPU wants them.
inline ArrayView npy_view(NpyHeader const& header, std::span<std::byte const> file) {
  ArrayView v = npy_array(header, npy_data(header, file).data());
  v.readonly = true;
  if (header.big_endian && header.data_bytes > 0) {
    refuse_npy(ImportReason::foreign_byte_order, "descr is ", shown_typestr(header.descr),
               ": the bytes of the file cannot be used as they are; read_npy and read_npy_into "
               "swap them");
  }
  if (header.data_bytes > 0 && v.data % static_cast<std::uint64_t>(v.type.alignment()) != 0) {
    refuse_npy(ImportReason::misaligned_pointer, "the elements begin at byte ", header.data_offset,
               " of the file, address ", v.data,
               ": they cannot be used where they are; read_npy and read_npy_into copy them");
  }
  check_array(v);
  return v;
}

inline ImportOptions import_options_of(NpyOptions const& options) {
  return {.opaque_as = options.opaque_as};
}

}  // namespace detail

/// An array of a .npy file in host memory, owned (`read_npy`), mapped (`open_npy`) or borrowed (`view_npy`).
///
///   auto file = open_npy("x.npy");
///   auto image = file.as<float const, NCHW<3>>();
///
/// Moves and does not copy. Tensors from it are valid as long as it lives; it may be moved meanwhile.
class Npy {
 public:
  NpyHeader const& header() const noexcept { return header_; }

  /// Type, address, shape and strides, also of complex numbers, times and records, which no tensor holds.
  ArrayView const& view() const& noexcept { return view_; }
  ArrayView const& view() const&& = delete;  // the memory would be gone

  /// The array as the tensor that the caller says it is; read-only (const `T`) unless it is owned. A file in
  /// Fortran order gives the same shape with the first stride as the smallest.
  ///
  /// @throws ImportError  dtype_mismatch, rank_mismatch, layout_mismatch or read_only.
  template <Element T, TensorLayout L>
  Tensor<T, L> as() const& {
    return detail::import_as<T, L>(view_, host, detail::import_options_of(options_));
  }
  template <Element T, TensorLayout L>
  Tensor<T, L> as() const&& = delete;  // the tensor would outlive its memory

  /// The array as a tensor whose element type and layout the program does not know; rank 0 to 8.
  ///
  /// @throws ImportError  dtype_mismatch or rank_mismatch.
  AnyTensor any_tensor() const& {
    return detail::import_any(view_, host, detail::import_options_of(options_));
  }
  AnyTensor any_tensor() const&& = delete;

  /// What follows the array in a mapped file: the next one, perhaps, for `view_npy` or `read_npy`.
  std::span<std::byte const> rest() const& noexcept {
    if (!memory_.mapped()) return {};
    return memory_.bytes().subspan(static_cast<std::size_t>(header_.file_bytes()));
  }
  std::span<std::byte const> rest() const&& = delete;

 private:
  Npy(NpyHeader header, ArrayView view, detail::OwnedMemory memory, NpyOptions options)
      : header_(std::move(header)),
        view_(std::move(view)),
        memory_(std::move(memory)),
        options_(options) {}

  friend Npy open_npy(std::string const&, NpyOptions const&);
  friend Npy view_npy(std::span<std::byte const>, NpyOptions const&);
  friend Npy read_npy(std::span<std::byte const>, NpyOptions const&);

  NpyHeader header_;
  ArrayView view_;
  detail::OwnedMemory memory_;
  NpyOptions options_;
};

/// Maps a .npy file into memory, read-only; nothing is read before it is used.
///
/// Elements  native byte order, at a multiple of their size: else read_npy. Opaque ones with `opaque_as`
/// Memory    the mapping, until the result dies. A file that somebody shortens meanwhile ends the program (SIGBUS)
///
/// @throws ImportError  what is wrong with the file; see `parse_npy_header`. Also truncated, foreign_byte_order
///                      and misaligned_pointer.
/// @throws Error        the file cannot be opened or mapped.
inline Npy open_npy(std::string const& path, NpyOptions const& options = {}) {
  detail::OwnedMemory memory = detail::map_file("open_npy", path);
  NpyHeader header = parse_npy_header(memory.bytes(), options);
  ArrayView view = detail::npy_view(header, memory.bytes());
  return Npy(std::move(header), std::move(view), std::move(memory), options);
}

/// The array of a .npy file that lies in memory already; as `open_npy`, but `file` has to outlive the result.
/// More may follow the array: the next one begins at `file.subspan(array.header().file_bytes())`.
inline Npy view_npy(std::span<std::byte const> file, NpyOptions const& options = {}) {
  NpyHeader header = parse_npy_header(file, options);
  ArrayView view = detail::npy_view(header, file);
  return Npy(std::move(header), std::move(view), {}, options);
}

/// Copies the array of a .npy file that lies in memory, in native byte order and in the file's order of axes.
///
/// Memory    as many bytes as the elements have, which are at most those of `file`
///
/// @throws ImportError  what is wrong with the file; see `parse_npy_header`. Also truncated.
inline Npy read_npy(std::span<std::byte const> file, NpyOptions const& options = {}) {
  NpyHeader header = parse_npy_header(file, options);
  std::span<std::byte const> const from = detail::npy_data(header, file);
  detail::OwnedMemory memory = detail::allocate_memory(from.size());
  if (header.big_endian) {
    std::int64_t const word =
        header.type.kind == 'c' ? header.type.itemsize / 2 : header.type.itemsize;
    detail::StridedCopy copy;
    copy.add_axis(header.data_bytes / word, word, word);
    copy.word = word;
    copy.swap = detail::ByteSwap::yes;
    copy.run(memory.get(), from.data());
  } else if (!from.empty()) {
    std::memcpy(memory.get(), from.data(), from.size());
  }
  ArrayView view = detail::npy_array(header, memory.get());
  detail::check_array(view);
  return Npy(std::move(header), std::move(view), std::move(memory), options);
}

/// Reads a .npy file into memory of its own.
///
/// @throws ImportError  what is wrong with the file.
/// @throws Error        the file cannot be opened or mapped.
inline Npy read_npy(std::string const& path, NpyOptions const& options = {}) {
  return read_npy(detail::map_file("read_npy", path).bytes(), options);
}

namespace detail {

/// A tensor of the caller's as a view that has passed all checks.
inline ArrayView checked_view(AnyTensor const& t, ArrayProtocol protocol, Access access) {
  require(t.rank >= 0 && t.rank <= AnyTensor::max_rank, "pane: ", name(protocol), ": the rank is ",
          t.rank, "; it is 0 to 8");
  ArrayView v;
  v.protocol = protocol;
  v.type = parse_typestr(typestr_of(t.dtype), cai::strict, protocol);
  v.dtype = t.dtype;
  v.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(t.data));
  v.readonly = t.readonly;
  v.shape.assign(t.shape, t.shape + t.rank);
  v.stride_bytes.assign(t.stride_bytes, t.stride_bytes + t.rank);
  check_array(v);
  check_request(v, {.access = access});
  return v;
}

/// The copy from the elements of a file to a tensor of the same type and shape.
inline StridedCopy npy_copy(NpyHeader const& header,
                            AnyTensor const& out,
                            NpyOptions const& options) {
  ArrayView const source = npy_array(header, nullptr);
  ImportOptions const import = import_options_of(options);
  check_typed_request(source, request_of(out.dtype, out.rank, source, import), out.dtype, import);
  StridedCopy copy;
  for (int i = 0; i < out.rank; ++i) {
    auto const axis = static_cast<std::size_t>(i);
    if (source.shape[axis] != out.shape[i]) {
      refuse_npy(ImportReason::layout_mismatch, view_text(source), ": the destination is ",
                 out.text(), "; both have the same shape");
    }
    copy.add_axis(out.shape[i], out.stride_bytes[i], source.stride_bytes[axis]);
  }
  copy.word = header.type.itemsize;
  copy.swap = header.big_endian ? ByteSwap::yes : ByteSwap::no;
  return copy;
}

}  // namespace detail

/// Reads the array of a .npy file that lies in memory into a tensor of the caller's, whatever their strides, in
/// native byte order. Nothing is allocated.
///
/// Shapes    the file's; rank 0 to 8
/// Elements  the file's; opaque ones as `options.opaque_as`. Nothing is converted
/// Memory    host memory, pinned memory too; for device memory see <pane/interop/npy_cuda.hpp>
///
/// @throws ImportError  what is wrong with the file, before anything is written; dtype_mismatch, rank_mismatch,
///                      layout_mismatch (another shape), read_only, overlapping_write, not_host_accessible.
inline void read_npy_into(Host,
                          std::span<std::byte const> file,
                          AnyTensor const& out,
                          NpyOptions const& options = {}) {
  NpyHeader const header = parse_npy_header(file, options);
  std::span<std::byte const> const from = detail::npy_data(header, file);
  detail::StridedCopy copy = detail::npy_copy(header, out, options);
  ArrayView const to = detail::checked_view(out, ArrayProtocol::npy, Access::write);
  detail::check_place(to, detail::HostPlace{}, any_device);
  copy.run(static_cast<std::byte*>(out.data), from.data());
}

/// Reads a .npy file into a tensor of the caller's.
///
///   read_npy_into(host, "x.npy", tensor);
///
/// @throws Error  also when the file cannot be opened or mapped.
inline void read_npy_into(Host,
                          std::string const& path,
                          AnyTensor const& out,
                          NpyOptions const& options = {}) {
  read_npy_into(host, detail::map_file("read_npy_into", path).bytes(), out, options);
}

PANE_NAMESPACE_END
