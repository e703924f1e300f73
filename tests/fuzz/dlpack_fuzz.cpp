// SPDX-License-Identifier: MIT
// RUN: {data}/dlpack_seeds.txt
// clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I include tests/fuzz/dlpack_fuzz.cpp
//
// Any bytes as a DLPack struct, legacy and versioned: it is refused by an exception of Pane's, or becomes a view that
// keeps its promises and a tensor that survives an export and an import; its deleter is called once either way.
// Arrays and structs have their exact sizes, so that the sanitizer sees a read past what the protocol grants: of a
// version that is not 1.x only the first 24 bytes exist, of a refused rank no extents do.
//
// The input is bytes, or hexadecimal digits as in tests/data/dlpack_seeds.txt; they fill the fields in order, and
// missing ones are 0.

#include <pane/core/any_tensor.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_dlpack.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/memory_query.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace {

using pane::DlpackKind;

void expect(bool rule) {
  if (!rule) __builtin_trap();
}

/// Takes values out of the input until it is used up, then zeros.
class Input {
 public:
  Input(std::uint8_t const* data, std::size_t size) : bytes_(data, data + size) {}

  template <class T>
  T take() {
    T out{};
    std::size_t const left = bytes_.size() - at_;
    std::size_t const size = left < sizeof(T) ? left : sizeof(T);
    if (size > 0) std::memcpy(&out, bytes_.data() + at_, size);
    at_ += size;
    return out;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// An array of its exact size, or null.
class Extents {
 public:
  Extents(Input& input, bool given, int count) : values_(new std::int64_t[capacity(count)]) {
    for (std::size_t i = 0; i < capacity(count); ++i) values_[i] = short_or_long(input);
    if (!given) values_.reset();
  }
  std::int64_t* get() const { return values_.get(); }

 private:
  static std::size_t capacity(int count) {
    return count < 0 || count > 64 ? 0 : static_cast<std::size_t>(count);
  }
  /// Mostly small numbers, sometimes any.
  static std::int64_t short_or_long(Input& input) {
    auto const first = input.take<std::int8_t>();
    return first == -128 ? input.take<std::int64_t>() : first;
  }
  std::unique_ptr<std::int64_t[]> values_;
};

struct Place {
  pane::MemoryInfo memory;
  int devices = 4;

  pane::MemoryInfo query(std::uint64_t) const { return memory; }
  void check(pane::ArrayView const& view, pane::MemoryInfo const& info, int device) const {
    check_memory(view, info, device);
  }
  void wait_for(pane::CaiStream const&, int) const { expect(false); }
  int device_count() const { return devices; }
};

/// What the view says of itself, computed once more in 128 bits.
void check_view(pane::ArrayView const& view, pane::DlpackTensor const& t) {
  expect(view.shape.size() == static_cast<std::size_t>(t.ndim));
  expect(view.stride_bytes.size() == view.shape.size());
  __int128 elements = 1;
  __int128 low = 0;
  __int128 high = view.type.itemsize;
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    expect(view.shape[i] == t.shape[i] && view.shape[i] >= 0);
    elements *= view.shape[i];
    bool const stated = t.strides != nullptr && view.size > 0 && view.shape[i] > 1;
    if (stated && !view.quirks.has(pane::CaiQuirk::cupy_unsigned_stride)) {
      expect(static_cast<__int128>(t.strides[i]) * view.type.itemsize == view.stride_bytes[i]);
    }
    __int128 const reach = static_cast<__int128>(view.shape[i] - 1) * view.stride_bytes[i];
    (reach < 0 ? low : high) += reach;
  }
  expect(elements == view.size);
  expect(view.type.itemsize > 0);
  expect(!view.dtype || size_bytes(*view.dtype) == view.type.itemsize);
  expect(!(view.c_contiguous && view.overlaps));
  if (view.size == 0) return;
  expect(t.data != nullptr);
  expect(low == view.span_low && high == view.span_high);
  expect(view.data == reinterpret_cast<std::uintptr_t>(t.data) + t.byte_offset);
  __int128 const address = view.data;
  expect(address + low >= 0 && address + high <= static_cast<__int128>(1) << 64);
  auto const alignment = view.dtype ? size_bytes(*view.dtype) : view.type.alignment();
  expect(view.data % static_cast<std::uint64_t>(alignment) == 0);
}

void check_round_trip(pane::AnyTensor const& tensor, Place const& place) {
  pane::DlpackExportOptions options{.negative_strides = pane::NegativeStrides::allow};
  if (tensor.device >= 0) options.device = {pane::DlpackDeviceType::cuda, tensor.device};
  std::optional<pane::DlpackOwner> owner;
  try {
    owner.emplace(pane::to_dlpack(tensor, pane::caller_keeps, options));
    pane::DlpackManagedTensorVersioned const& out =
        *static_cast<pane::DlpackManagedTensorVersioned*>(owner->get());
    expect(out.dl_tensor.byte_offset == 0 && out.version.major == 1);
    pane::AnyTensor const again = from_dlpack(*owner, place);
    expect(again.data == tensor.data && again.rank == tensor.rank && again.dtype == tensor.dtype);
    expect(again.readonly == tensor.readonly);
    for (int i = 0; i < tensor.rank; ++i) {
      expect(again.shape[i] == tensor.shape[i]);
      if (tensor.data != nullptr && tensor.shape[i] > 1)
        expect(again.stride_bytes[i] == tensor.stride_bytes[i]);
    }
  } catch (pane::ImportError const&) {
    expect(tensor.data == nullptr ||
           tensor.device < 0);  // memory of the CPU is no tensor of the place
  }
}

int calls = 0;

/// How the input wants to be judged.
struct Mode {
  pane::ImportOptions options;
  bool typed = false;

  explicit Mode(std::uint8_t bits) : typed((bits & 8) != 0) {
    options.accept = (bits & 3) == 0   ? pane::cai::tolerant
                     : (bits & 3) == 1 ? pane::cai::strict
                                       : pane::cai::every_producer;
    if ((bits & 4) != 0) options.opaque_as = pane::DType::u8;
    if ((bits & 16) != 0) options.order = pane::MemoryOrder::row_pitch;
  }
};

/// One struct under one name.
void feed(void* managed,
          DlpackKind kind,
          pane::DlpackTensor const& t,
          Place const& place,
          Mode const& mode) {
  calls = 0;
  bool misnamed = false;
  try {
    pane::DlpackOwner const owner(managed, kind);
    auto const array = pane::read_dlpack(managed, kind);
    auto const access = mode.typed ? pane::Access::write : pane::Access::read;
    check_view(resolve(array, pane::detail::dlpack_options(mode.options, access)), t);
    if (mode.typed) {
      from_dlpack<float, pane::HW>(owner, place, mode.options);
      from_dlpack<std::uint8_t const, pane::HWC<3>>(owner, pane::host, mode.options);
    } else {
      check_round_trip(from_dlpack(owner, place, mode.options), place);
    }
  } catch (pane::ImportError const& error) {
    misnamed = error.code() == pane::ImportReason::not_a_dlpack_capsule;
  } catch (pane::InvalidArgument const&) {
    expect(mode.typed);  // more rows or columns than a Tensor has
  }
  expect(calls == (misnamed ? 0 : 1));
}

/// The bytes of a line of text that begins with eight hexadecimal digits, other characters skipped; any other input
/// as it is.
std::vector<std::uint8_t> decoded(std::uint8_t const* data, std::size_t size) {
  std::vector<std::uint8_t> out;
  int high = -1;
  for (std::size_t i = 0; i < size; ++i) {
    int const digit = pane::detail::hex_digit(static_cast<char>(data[i]));
    if (digit < 0 && i < 8) return std::vector<std::uint8_t>(data, data + size);
    if (digit < 0) continue;
    if (high >= 0) out.push_back(static_cast<std::uint8_t>(high * 16 + digit));
    high = high >= 0 ? -1 : digit;
  }
  return out;
}

void run(Input input) {
  pane::DlpackManagedTensorVersioned versioned;
  versioned.version.major = input.take<std::uint8_t>();
  versioned.version.minor = input.take<std::uint8_t>();
  versioned.flags = input.take<std::uint16_t>();
  versioned.deleter = [](pane::DlpackManagedTensorVersioned*) { ++calls; };
  pane::DlpackTensor t;
  auto const modes = input.take<std::uint8_t>();
  Mode const mode(static_cast<std::uint8_t>(modes >> 2));
  t.device.device_type = input.take<std::int8_t>();
  t.device.device_id = input.take<std::int8_t>();
  t.ndim = input.take<std::int8_t>();
  t.dtype = input.take<pane::DlpackDataType>();
  Place place;
  auto const machine = input.take<std::uint8_t>();
  place.memory.type = static_cast<pane::MemoryInfo::Type>(machine & 3);
  place.memory.device = machine >> 2 & 3;
  place.memory.accessible = (machine & 16) == 0;
  t.data = reinterpret_cast<void*>(static_cast<std::uintptr_t>(input.take<std::uint64_t>()));
  t.byte_offset =
      input.take<std::int8_t>() == -128 ? input.take<std::uint64_t>() : input.take<std::uint8_t>();
  Extents const shape(input, (modes & 1) == 0, t.ndim);
  Extents const strides(input, (modes & 2) == 0, t.ndim);
  t.shape = shape.get();
  t.strides = strides.get();
  versioned.dl_tensor = t;
  pane::DlpackManagedTensor legacy;
  legacy.dl_tensor = t;
  legacy.deleter = [](pane::DlpackManagedTensor*) { ++calls; };

  std::size_t const known = versioned.version.major == 1 ? sizeof versioned : 24;
  std::unique_ptr<unsigned char[]> const exact(new unsigned char[known]);
  std::memcpy(exact.get(), &versioned, known);
  feed(exact.get(), DlpackKind::versioned, t, place, mode);
  feed(&legacy, DlpackKind::legacy, t, place, mode);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::vector<std::uint8_t> const bytes = decoded(data, size);
  run(Input(bytes.data(), bytes.size()));
  return 0;
}
