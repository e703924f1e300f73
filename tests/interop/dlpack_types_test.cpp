// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack_types.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#define TEST_HAS_DLPACK_H 1
#endif

using namespace pane;

namespace {

// A user's structs, as dlpack.h before 0.6 (`ctx`) and from 1.0 on have them.
namespace old {
enum DeviceType { cpu = 1 };
struct Context {
  DeviceType device_type;
  int device_id;
};
struct Type {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};
struct Tensor {
  void* data;
  Context ctx;
  int ndim;
  Type dtype;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};
struct Managed {
  Tensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(Managed* self);
};
}  // namespace old

namespace now {
struct Version {
  std::uint32_t major;
  std::uint32_t minor;
};
struct Device {
  DlpackDeviceType device_type;
  std::int32_t device_id;
};
struct Tensor {
  void* data;
  Device device;
  std::int32_t ndim;
  old::Type dtype;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};
struct Managed {
  Version version;
  void* manager_ctx;
  void (*deleter)(Managed* self);
  std::uint64_t flags;
  Tensor dl_tensor;
};
}  // namespace now

struct OtherOrder {
  void* manager_ctx;
  old::Tensor dl_tensor;
  void (*deleter)(OtherOrder* self);
};
struct OtherDeleter {
  old::Tensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(void* self);
};
struct NarrowTensor {
  void* data;
  std::int32_t ndim;
  old::Type dtype;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};

}  // namespace

TEST_CASE("the structs have the sizes and offsets of dlpack.h") {
  CHECK(sizeof(DlpackDevice) == 8);
  CHECK(sizeof(DlpackDataType) == 4);
  CHECK(sizeof(DlpackTensor) == 48);
  CHECK(sizeof(DlpackManagedTensor) == 64);
  CHECK(sizeof(DlpackVersion) == 8);
  CHECK(sizeof(DlpackManagedTensorVersioned) == 80);
  CHECK(std::is_standard_layout_v<DlpackManagedTensorVersioned>);
}

TEST_CASE("a user's structs are known by their members and checked by their layout") {
  CHECK(dlpack_kind_of<old::Managed> == DlpackKind::legacy);
  CHECK(dlpack_kind_of<now::Managed> == DlpackKind::versioned);
  CHECK(DlpackTensorStruct<old::Tensor>);
  CHECK(detail::has_dlpack_tensor_layout<now::Tensor>());
  CHECK_FALSE(DlpackManagedStruct<old::Tensor>);
  CHECK_FALSE(DlpackTensorStruct<old::Managed>);
  CHECK_FALSE(detail::has_dlpack_managed_layout<OtherOrder>());
  CHECK_FALSE(detail::has_dlpack_managed_layout<OtherDeleter>());
  CHECK_FALSE(detail::has_dlpack_tensor_layout<NarrowTensor>());
}

TEST_CASE("the structs of an installed dlpack.h are taken") {
#if defined(TEST_HAS_DLPACK_H)
  CHECK(dlpack_kind_of<::DLManagedTensor> == DlpackKind::legacy);
  CHECK(detail::has_dlpack_tensor_layout<::DLTensor>());
  CHECK(static_cast<int>(DlpackDeviceType::cuda_managed) == kDLCUDAManaged);
  CHECK(static_cast<int>(DlpackDeviceType::cuda_host) == kDLCUDAHost);
  CHECK(static_cast<int>(DlpackCode::bfloat) == kDLBfloat);
  CHECK(static_cast<int>(DlpackCode::opaque_handle) == kDLOpaqueHandle);
#if defined(DLPACK_FLAG_BITMASK_READ_ONLY)
  CHECK(dlpack_kind_of<::DLManagedTensorVersioned> == DlpackKind::versioned);
  CHECK(dlpack_flag::read_only == DLPACK_FLAG_BITMASK_READ_ONLY);
  CHECK(dlpack_flag::is_copied == DLPACK_FLAG_BITMASK_IS_COPIED);
  CHECK(static_cast<int>(DlpackCode::boolean) == kDLBool);
#endif
#else
  PANE_SKIP("needs dlpack/dlpack.h");
#endif
}

TEST_CASE("devices and types have texts") {
  CHECK(describe(DlpackDevice{}) == "cpu");
  CHECK(describe(DlpackDevice{DlpackDeviceType::cpu, 1}) == "cpu:1");
  CHECK(describe(DlpackDevice{DlpackDeviceType::cuda, 3}) == "cuda:3");
  CHECK(describe(DlpackDevice{DlpackDeviceType::cuda_host}) == "cuda_host:0");
  CHECK(describe(DlpackDevice{DlpackDeviceType::cuda_managed}) == "cuda_managed:0");
  CHECK(describe(DlpackDevice{DlpackDeviceType::rocm, 1}) == "device type 10, id 1");
  CHECK(describe(DlpackDataType{2, 32, 1}) == "code 2, bits 32, lanes 1");
}
