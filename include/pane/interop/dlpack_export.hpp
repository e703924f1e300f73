// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>  // std::memcpy
#include <optional>
#include <type_traits>
#include <utility>  // std::move

PANE_NAMESPACE_BEGIN

/// What happens to the read-only mark of a tensor in a legacy struct, which has no place for it.
enum class ReadOnlyMark : std::uint8_t {
  keep,  ///< a read-only tensor is refused
  drop  ///< the caller vouches that the consumer does not write: JAX, which knows the legacy struct only
};

/// How a tensor becomes a DLPack struct.
struct DlpackExportOptions {
  NegativeStrides negative_strides = NegativeStrides::refuse;
  ReadOnlyMark read_only_mark = ReadOnlyMark::keep;
  /// Written instead of the memory's own device: cpu for page-locked memory (what PyTorch calls it), cuda for
  /// managed memory (which PyTorch does not know). Refused where it is not true.
  std::optional<DlpackDevice> device{};
};

/// Says that the caller keeps the memory alive until the consumer has called the deleter.
struct CallerKeeps {};
inline constexpr CallerKeeps caller_keeps{};

namespace detail {

constexpr DlpackDataType dlpack_dtype_of(DType type) noexcept {
  auto const of = [](DlpackCode code, int bits) {
    return DlpackDataType{static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(bits), 1};
  };
  int const bits = 8 * size_bytes(type);
  switch (type) {
    case DType::u8:
    case DType::u16:
    case DType::u32:
    case DType::u64:
      return of(DlpackCode::unsigned_integer, bits);
    case DType::s8:
    case DType::s16:
    case DType::s32:
    case DType::s64:
      return of(DlpackCode::integer, bits);
    case DType::f16:
    case DType::f32:
    case DType::f64:
      return of(DlpackCode::real, bits);
    case DType::bf16:
      return of(DlpackCode::bfloat, bits);
    case DType::boolean:
      return of(DlpackCode::boolean, bits);
    case DType::f8_e4m3:
      return of(DlpackCode::float8_e4m3fn, bits);
    case DType::f8_e5m2:
      return of(DlpackCode::float8_e5m2, bits);
  }
  return {};
}

/// The numbers of a tensor, judged as an importer would judge them.
inline ArrayView dlpack_view_of(AnyTensor const& t) {
  require(t.rank >= 0 && t.rank <= AnyTensor::max_rank, "pane::to_dlpack: the rank is ", t.rank,
          "; it is 0 to 8");
  auto const rank = static_cast<std::size_t>(t.rank);
  ArrayView v;
  v.protocol = ArrayProtocol::dlpack;
  scan_typestr(typestr_of(t.dtype), v.type);
  v.dtype = t.dtype;
  v.data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(t.data));
  v.readonly = t.readonly;
  v.shape.assign(t.shape, t.shape + rank);
  v.stride_bytes.assign(t.stride_bytes, t.stride_bytes + rank);
  check_array(v);
  return v;
}

/// The device that a struct may name for memory of this kind.
inline bool may_be_called(DlpackDevice const& device, MemoryInfo const& memory) noexcept {
  using Type = DlpackDeviceType;
  bool const cpu = device.is(Type::cpu);
  bool const cuda = device.is(Type::cuda) && device.device_id >= 0;
  switch (memory.type) {
    case MemoryInfo::Type::unregistered:
      return cpu;
    case MemoryInfo::Type::pinned:
      return cpu || cuda || device.is(Type::cuda_host);
    case MemoryInfo::Type::managed:
      return cpu || cuda || device.is(Type::cuda_managed);
    case MemoryInfo::Type::device:
      return cuda && device.device_id == memory.device;
  }
  return false;
}

/// The device of the memory, from its address where a driver can be asked, else from the tensor. The current device
/// does not matter.
inline DlpackDevice dlpack_device_of(AnyTensor const& t,
                                     ArrayView const& view,
                                     std::optional<DlpackDevice> const& wanted) {
  using Type = DlpackDeviceType;
  MemoryInfo memory;
  if (t.device >= 0) {
    memory.type = MemoryInfo::Type::device;
    memory.device = t.device;
  }
  if (view.size != 0 && query_driver != nullptr) memory = query_driver(view.data);
  if (wanted) {
    require(view.size == 0 || may_be_called(*wanted, memory), "pane::to_dlpack: ", t.text(),
            ": its memory is ", name(memory.type), ", so its device cannot be called ",
            describe(*wanted));
    return *wanted;
  }
  switch (memory.type) {
    case MemoryInfo::Type::device:
      return {Type::cuda, memory.device};
    case MemoryInfo::Type::pinned:
      return {Type::cuda_host};
    case MemoryInfo::Type::managed:
      return {Type::cuda_managed};
    case MemoryInfo::Type::unregistered:
      break;
  }
  return {Type::cpu};
}

/// Everything that an export allocates: the struct, what it points to, and what keeps the memory alive.
template <class M, class Keep>
struct DlpackBlock {
  M managed{};
  std::int64_t shape[AnyTensor::max_rank] = {};
  std::int64_t strides[AnyTensor::max_rank] = {};
  Keep keep;

  explicit DlpackBlock(Keep&& kept) noexcept : keep(std::move(kept)) {}

  static void destroy(M* self) noexcept { delete static_cast<DlpackBlock*>(self->manager_ctx); }
};

/// Strides in elements. The stride of an axis of extent 1 is never used, but some consumers compare it: it gets the
/// one of C order.
inline void write_dlpack_strides(AnyTensor const& t,
                                 ArrayView const& view,
                                 NegativeStrides negative,
                                 std::int64_t* out) {
  std::int64_t const element = size_bytes(t.dtype);
  std::int64_t packed = 1;
  for (int i = t.rank; i-- > 0;) {
    std::int64_t const extent = t.shape[i];
    std::int64_t const stride = t.stride_bytes[i] / element;
    if (view.size == 0 || extent == 1) {
      out[i] = packed;
    } else if (stride < 0 && negative == NegativeStrides::refuse) {
      throw InvalidArgument(
          concat("pane::to_dlpack: ", t.text(), ": stride ", i,
                 " is negative and consumers are known that crash on it; copy the tensor, or pass "
                 "{.negative_strides = NegativeStrides::allow} for one that can"));
    } else {
      out[i] = stride;
    }
    std::int64_t next = 0;
    std::int64_t const step = view.size == 0 ? packed : out[i];
    bool const fits = !__builtin_mul_overflow(step, extent == 0 ? 1 : extent, &next);
    if (fits && next > 0) packed = next;
  }
}

}  // namespace detail

/// Describes a tensor for another library: a managed tensor that the consumer releases with its deleter.
///
///   auto* managed = to_dlpack(tensor, std::move(owner));                  // DLPack 1.1
///   auto* managed = to_dlpack<DLManagedTensorVersioned>(tensor, owner);   // as the type of your dlpack.h
///   auto* managed = to_dlpack<DlpackManagedTensor>(tensor, owner);        // legacy: TensorFlow, JAX
///
/// Shapes    rank 0 to 8; strides are always written, in elements; data is element 0 and byte_offset is 0; data is
///           null when there are no elements
/// Elements  every `DType`; a read-only tensor sets the flag READ_ONLY
/// Device    that of the memory: asked of the driver once <pane/interop/cuda_memory.hpp> is compiled in, else
///           `tensor.device`; cpu, cuda, cuda_host (page-locked) or cuda_managed
/// Memory    `keep` is moved into the one block that is allocated and destroyed by the deleter: a shared_ptr, a
///           `DlpackOwner`, any object whose move and destructor do not throw. `caller_keeps` keeps nothing
/// Stream    a DLPack struct names none: order the consumer's stream after the work that writes the tensor, see
///           `read_dlpack_stream` and `hand_over`
/// Threads   the deleter may run on any thread; what `keep` does there is its own affair
/// Source    dlpack.h 1.1, and its rule of 1.2 that strides are given
///
/// @throws InvalidArgument  a stride is negative, or a legacy struct would lose the read-only mark, and `options` do
///                          not allow it; or `options.device` is not true.
/// @throws ImportError      the tensor describes no memory that can exist.
template <DlpackManagedStruct M = DlpackManagedTensorVersioned, class Keep>
[[nodiscard]] M* to_dlpack(AnyTensor const& tensor,
                           Keep keep,
                           DlpackExportOptions const& options = {}) {
  static_assert(
      std::is_nothrow_move_constructible_v<Keep> && std::is_nothrow_destructible_v<Keep>,
      "pane::to_dlpack: what keeps the memory alive must move and end without exceptions");
  constexpr bool versioned = dlpack_kind_of<M> == DlpackKind::versioned;
  ArrayView const view = detail::dlpack_view_of(tensor);
  if (!versioned && tensor.readonly && options.read_only_mark == ReadOnlyMark::keep) {
    throw InvalidArgument(detail::concat(
        "pane::to_dlpack: ", tensor.text(),
        ": a legacy struct cannot say read-only; export the versioned one, or pass "
        "{.read_only_mark = ReadOnlyMark::drop} for a consumer that does not write"));
  }
  DlpackTensor out;
  out.device = detail::dlpack_device_of(tensor, view, options.device);
  using Block = detail::DlpackBlock<M, Keep>;
  std::int64_t strides[AnyTensor::max_rank] = {};
  detail::write_dlpack_strides(tensor, view, options.negative_strides, strides);
  auto* const block = new Block(std::move(keep));  // from here on nothing throws
  for (int i = 0; i < tensor.rank; ++i) {
    block->shape[i] = tensor.shape[i];
    block->strides[i] = strides[i];
  }
  out.data = view.size == 0 ? nullptr : tensor.data;
  out.ndim = tensor.rank;
  out.dtype = detail::dlpack_dtype_of(tensor.dtype);
  out.shape = block->shape;
  out.strides = block->strides;
  M& managed = block->managed;
  std::memcpy(&managed.dl_tensor, &out, sizeof out);
  if constexpr (versioned) {
    managed.version.major = 1;
    managed.version.minor = 1;
    managed.flags = tensor.readonly ? dlpack_flag::read_only : 0;
  }
  managed.manager_ctx = block;
  managed.deleter = &Block::destroy;
  return &managed;
}

PANE_NAMESPACE_END
