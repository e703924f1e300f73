// SPDX-License-Identifier: MIT
#pragma once

// The structs of DLPack with the layout of dlpack.h (0.x to 1.3), so that nobody needs that header. Where these are
// taken, the structs of the user's own dlpack.h are taken too, whatever its version: they are known by their members
// and checked by their sizes and offsets.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>

#include <concepts>  // std::same_as
#include <cstddef>   // offsetof
#include <cstdint>
#include <string>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Kinds of devices, as dlpack.h numbers them. A struct may hold any other number.
enum class DlpackDeviceType : std::int32_t {
  cpu = 1,
  cuda = 2,
  cuda_host = 3,  ///< page-locked host memory
  opencl = 4,
  vulkan = 7,
  metal = 8,
  vpi = 9,
  rocm = 10,
  rocm_host = 11,
  ext_dev = 12,
  cuda_managed = 13,
  one_api = 14,
  webgpu = 15,
  hexagon = 16,
  maia = 17,
  trainium = 18
};

/// DLDevice
struct DlpackDevice {
  std::int32_t device_type = static_cast<std::int32_t>(DlpackDeviceType::cpu);
  std::int32_t device_id = 0;

  constexpr DlpackDevice() noexcept = default;
  constexpr DlpackDevice(DlpackDeviceType type, std::int32_t id = 0) noexcept
      : device_type(static_cast<std::int32_t>(type)), device_id(id) {}

  constexpr bool is(DlpackDeviceType type) const noexcept {
    return device_type == static_cast<std::int32_t>(type);
  }
  friend constexpr bool operator==(DlpackDevice const&, DlpackDevice const&) noexcept = default;
};

/// What the code of a DLDataType means.
enum class DlpackCode : std::uint8_t {
  integer = 0,
  unsigned_integer = 1,
  real = 2,
  opaque_handle = 3,
  bfloat = 4,
  complex = 5,
  boolean = 6,
  float8_e3m4 = 7,
  float8_e4m3 = 8,
  float8_e4m3b11fnuz = 9,
  float8_e4m3fn = 10,
  float8_e4m3fnuz = 11,
  float8_e5m2 = 12,
  float8_e5m2fnuz = 13,
  float8_e8m0fnu = 14,
  float6_e2m3fn = 15,
  float6_e3m2fn = 16,
  float4_e2m1fn = 17
};

/// DLDataType
struct DlpackDataType {
  std::uint8_t code = 0;    ///< a `DlpackCode`
  std::uint8_t bits = 0;    ///< of one lane; of both halves for complex numbers
  std::uint16_t lanes = 1;  ///< elements of a vector

  friend constexpr bool operator==(DlpackDataType const&, DlpackDataType const&) noexcept = default;
};

/// DLTensor: strides count elements, not bytes.
struct DlpackTensor {
  void* data = nullptr;
  DlpackDevice device;
  std::int32_t ndim = 0;
  DlpackDataType dtype;
  std::int64_t* shape = nullptr;
  std::int64_t* strides = nullptr;  ///< in elements; null is C order
  std::uint64_t byte_offset = 0;    ///< from `data` to element (0, ..., 0)
};

/// DLManagedTensor, the struct before version 1.0. It has no version and no flags.
struct DlpackManagedTensor {
  DlpackTensor dl_tensor;
  void* manager_ctx = nullptr;
  void (*deleter)(DlpackManagedTensor* self) = nullptr;
};

/// DLPackVersion
struct DlpackVersion {
  std::uint32_t major = 1;
  std::uint32_t minor = 1;

  friend constexpr bool operator==(DlpackVersion const&, DlpackVersion const&) noexcept = default;
};

/// DLManagedTensorVersioned. The places of its first three members are the same in every version.
struct DlpackManagedTensorVersioned {
  DlpackVersion version;
  void* manager_ctx = nullptr;
  void (*deleter)(DlpackManagedTensorVersioned* self) = nullptr;
  std::uint64_t flags = 0;
  DlpackTensor dl_tensor;
};

/// Bits of `DlpackManagedTensorVersioned::flags`.
namespace dlpack_flag {

inline constexpr std::uint64_t read_only = 1;
inline constexpr std::uint64_t is_copied = 2;  ///< the exporter made a copy for this consumer alone
inline constexpr std::uint64_t subbyte_padded = 4;  ///< an element below 8 bits fills its own byte

}  // namespace dlpack_flag

namespace detail {

template <class D>
concept HasDlpackData = requires(D d) {
  d.data;
  d.ndim;
  d.dtype;
  d.shape;
  d.strides;
  d.byte_offset;
};

/// DLTensor as a member's type says, or as the pre-0.6 header says, where the device is called `ctx`.
template <class D>
constexpr bool has_dlpack_tensor_layout() {
  bool same = std::is_standard_layout_v<D> && sizeof(D) == 48 && alignof(D) == 8;
  same = same && offsetof(D, data) == 0 && offsetof(D, ndim) == 16 && offsetof(D, dtype) == 20 &&
         offsetof(D, shape) == 24 && offsetof(D, strides) == 32 && offsetof(D, byte_offset) == 40;
  if constexpr (requires(D d) { d.device; }) {
    same = same && offsetof(D, device) == 8;
  } else if constexpr (requires(D d) { d.ctx; }) {
    same = same && offsetof(D, ctx) == 8;
  } else {
    same = false;
  }
  return same;
}

template <class M>
concept HasDlpackManager = requires(M m) {
  m.dl_tensor;
  m.manager_ctx;
  m.deleter;
};
template <class M>
concept HasDlpackVersion = HasDlpackManager<M> && requires(M m) {
  m.version;
  m.flags;
};

template <class M>
constexpr bool has_dlpack_managed_layout() {
  bool same = std::is_standard_layout_v<M> && alignof(M) == 8 &&
              std::is_same_v<decltype(M::deleter), void (*)(M*)> &&
              has_dlpack_tensor_layout<decltype(M::dl_tensor)>();
  if constexpr (HasDlpackVersion<M>) {
    same = same && sizeof(M) == 80 && offsetof(M, version) == 0 && offsetof(M, manager_ctx) == 8 &&
           offsetof(M, deleter) == 16 && offsetof(M, flags) == 24 && offsetof(M, dl_tensor) == 32;
  } else {
    same = same && sizeof(M) == 64 && offsetof(M, dl_tensor) == 0 &&
           offsetof(M, manager_ctx) == 48 && offsetof(M, deleter) == 56;
  }
  return same;
}

}  // namespace detail

/// `DlpackTensor`, or the `DLTensor` of the user's dlpack.h.
template <class D>
concept DlpackTensorStruct = detail::HasDlpackData<D>;

/// `DlpackManagedTensor`, `DlpackManagedTensorVersioned`, or those of the user's dlpack.h.
template <class M>
concept DlpackManagedStruct = detail::HasDlpackManager<M>;

/// Which of the two managed structs a pointer leads to.
enum class DlpackKind : std::uint8_t {
  legacy,    ///< DLManagedTensor
  versioned  ///< DLManagedTensorVersioned
};

/// The kind of a managed struct, ours or the user's.
template <DlpackManagedStruct M>
inline constexpr DlpackKind dlpack_kind_of = [] {
  static_assert(detail::has_dlpack_managed_layout<std::remove_cv_t<M>>(),
                "pane: this struct does not have the layout of DLPack's managed tensor");
  return detail::HasDlpackVersion<M> ? DlpackKind::versioned : DlpackKind::legacy;
}();

static_assert(sizeof(void*) == 8, "pane: DLPack is supported on 64-bit platforms");
static_assert(sizeof(DlpackDevice) == 8 && offsetof(DlpackDevice, device_type) == 0 &&
              offsetof(DlpackDevice, device_id) == 4);
static_assert(sizeof(DlpackDataType) == 4 && offsetof(DlpackDataType, code) == 0 &&
              offsetof(DlpackDataType, bits) == 1 && offsetof(DlpackDataType, lanes) == 2);
static_assert(sizeof(DlpackVersion) == 8 && offsetof(DlpackVersion, major) == 0 &&
              offsetof(DlpackVersion, minor) == 4);
static_assert(detail::has_dlpack_tensor_layout<DlpackTensor>());
static_assert(dlpack_kind_of<DlpackManagedTensor> == DlpackKind::legacy);
static_assert(dlpack_kind_of<DlpackManagedTensorVersioned> == DlpackKind::versioned);

/// "cpu", "cuda:0", "cuda_host:0", "device type 10, id 0"
inline std::string describe(DlpackDevice const& device) {
  if (device.is(DlpackDeviceType::cpu) && device.device_id == 0) return "cpu";
  if (device.is(DlpackDeviceType::cpu)) return detail::concat("cpu:", device.device_id);
  if (device.is(DlpackDeviceType::cuda)) return detail::concat("cuda:", device.device_id);
  if (device.is(DlpackDeviceType::cuda_host)) return detail::concat("cuda_host:", device.device_id);
  if (device.is(DlpackDeviceType::cuda_managed)) {
    return detail::concat("cuda_managed:", device.device_id);
  }
  return detail::concat("device type ", device.device_type, ", id ", device.device_id);
}

/// "code 2, bits 32, lanes 1"
inline std::string describe(DlpackDataType const& type) {
  return detail::concat("code ", static_cast<int>(type.code), ", bits ",
                        static_cast<int>(type.bits), ", lanes ", static_cast<int>(type.lanes));
}

PANE_NAMESPACE_END
