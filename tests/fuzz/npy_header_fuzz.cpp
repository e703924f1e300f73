// SPDX-License-Identifier: MIT
// RUN: {data}/../fuzz/corpus/npy_header
// clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I include tests/fuzz/npy_header_fuzz.cpp
//
// Any bytes as a .npy file: they are refused by an exception of Pane's, or become a header that survives writing and
// reading, and an array whose every byte can be read, copied into another order, written and read again.

#include <pane/core/any_tensor.hpp>
#include <pane/core/dtype.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_header.hpp>
#include <pane/interop/npy_write.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<std::byte>;

void expect(bool rule) {
  if (!rule) __builtin_trap();
}

constexpr std::size_t unlimited = std::size_t{1} << 30;

/// What is written says the same, and once more the same bytes.
void rewrite(pane::NpyHeader const& header) {
  std::string text;
  try {
    text = npy_header_bytes(header);
  } catch (pane::ImportError const&) {
    return;  // a field name with half of a UTF-16 pair
  }
  std::span<char const> const characters(text);
  pane::NpyHeader const again =
      pane::parse_npy_header(std::as_bytes(characters), {.max_header_bytes = unlimited});
  expect(text.size() % 64 == 0);
  expect(again.shape == header.shape && again.fortran_order == header.fortran_order);
  expect(again.descr == header.descr && again.fields == header.fields);
  expect(again.big_endian == header.big_endian && again.data_bytes == header.data_bytes);
  expect(again.data_offset == static_cast<std::int64_t>(text.size()));
  expect(npy_header_bytes(again) == text);
}

/// The header in memory of exactly its size: a read past its end is seen, whatever follows it in the file.
void read_alone(std::span<std::byte const> file) {
  if (file.size() < 12) return;
  auto const byte = [&](std::size_t i) { return std::to_integer<std::size_t>(file[i]); };
  std::size_t const end = byte(6) == 1
                              ? 10 + (byte(8) | byte(9) << 8)
                              : 12 + (byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24);
  if (end >= file.size()) return;
  Bytes const header(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(end));
  try {
    pane::parse_npy_header(header);
  } catch (pane::ImportError const&) {
  }
}

/// The elements of a file in C order and native byte order.
Bytes packed(pane::AnyTensor like,
             std::span<std::byte const> file,
             pane::NpyOptions const& options) {
  std::int64_t step = size_bytes(like.dtype);
  bool none = false;  // the other extents may be as large as a header likes
  for (int i = like.rank; i-- > 0;) {
    like.stride_bytes[i] = step;
    if (like.shape[i] != 0) step *= like.shape[i];
    none = none || like.shape[i] == 0;
  }
  Bytes out(none ? 0 : static_cast<std::size_t>(step));
  like.readonly = false;
  like.data = out.data();
  read_npy_into(pane::host, file, like, options);
  return out;
}

/// Every byte can be read; what is written of the elements, in the file's order or in another, is read as the same.
void use(pane::Npy const& array, std::span<std::byte const> file, pane::NpyOptions const& options) {
  pane::ArrayView const& view = array.view();
  expect(view.shape == array.header().shape && view.shape.size() == view.stride_bytes.size());
  expect(view.size * view.type.itemsize == array.header().data_bytes);
  expect(array.header().file_bytes() <= static_cast<std::int64_t>(file.size()));
  expect(view.c_contiguous || view.f_contiguous);
  std::size_t sum = 0;
  for (std::int64_t i = 0; i < array.header().data_bytes; ++i)
    sum += std::to_integer<std::size_t>(reinterpret_cast<std::byte const*>(view.data)[i]);
  expect(sum <= 255 * file.size());

  pane::AnyTensor tensor;
  try {
    tensor = array.any_tensor();
  } catch (pane::ImportError const&) {
    return;  // complex numbers, records, more than eight axes
  }
  Bytes const elements = packed(tensor, file, options);
  pane::NpyOptions written_options = options;
  if (tensor.dtype != pane::DType::bf16) written_options.opaque_as.reset();
  Bytes const written = npy_bytes(tensor);
  expect(packed(tensor, written, written_options) == elements);

  Bytes memory(elements.size());
  pane::AnyTensor reversed = tensor;
  reversed.readonly = false;
  reversed.data = memory.data();
  std::int64_t step = size_bytes(reversed.dtype);
  for (int i = 0; i < reversed.rank; ++i) {
    reversed.stride_bytes[i] = step;
    if (reversed.shape[i] != 0) step *= reversed.shape[i];
  }
  read_npy_into(pane::host, file, reversed, options);
  expect(packed(tensor, npy_bytes(reversed), written_options) == elements);
}

std::optional<pane::Npy> made(auto make) {
  try {
    return make();
  } catch (pane::ImportError const&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::span<std::byte const> const file = std::as_bytes(std::span(data, size));
  read_alone(file);
  try {
    rewrite(pane::parse_npy_header(file));
  } catch (pane::ImportError const&) {
    return 0;
  }
  for (auto const opaque : {pane::DType::bf16, pane::DType::u8, pane::DType::s64}) {
    pane::NpyOptions const options{.opaque_as = opaque};
    auto const copied = made([&] { return pane::read_npy(file, options); });
    if (copied) use(*copied, file, options);
    auto const viewed = made([&] { return pane::view_npy(file, options); });
    expect(copied || !viewed);
    if (viewed) use(*viewed, file, options);
  }
  return 0;
}
