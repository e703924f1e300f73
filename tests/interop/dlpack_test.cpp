// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#define TEST_HAS_DLPACK_H 1
#endif

using namespace pane;

namespace {

alignas(64) std::uint8_t memory[1 << 16];

/// A machine with CUDA devices whose driver gives one answer.
struct Machine {
  MemoryInfo memory;
  int devices = 1;

  MemoryInfo query(std::uint64_t) const { return memory; }
  void check(ArrayView const& view, MemoryInfo const& info, int device) const {
    check_memory(view, info, device);
  }
  void wait_for(CaiStream const&, int) const { FAIL("DLPack names no stream to wait for"); }
  int device_count() const { return devices; }
};

/// A base tensor that tests change.
struct Base {
  std::int64_t shape[2] = {2, 3};
  std::int64_t strides[2] = {3, 1};
  DlpackManagedTensorVersioned managed;

  explicit Base(DlpackDevice device = {}) {
    managed.version = {1, 0};
    managed.dl_tensor = {memory, device, 2, {2, 32, 1}, shape, strides, 0};
  }
  Base(Base const&) = delete;
  Base& operator=(Base const&) = delete;
};

template <class Call>
std::string judged(Call call) {
  try {
    call();
  } catch (ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

Machine machine(MemoryInfo::Type type, int device, int devices = 2) {
  Machine out;
  out.memory.type = type;
  out.memory.device = device;
  out.devices = devices;
  return out;
}

using Type = MemoryInfo::Type;
constexpr DlpackDevice cuda0{DlpackDeviceType::cuda, 0};

}  // namespace

TEST_CASE("a versioned tensor is writable unless it says otherwise") {
  Base b;
  auto const t = from_dlpack<float, HW>(b.managed, host);
  CHECK(t.data() == static_cast<void*>(memory));
  CHECK(t.stride_bytes(0) == 12);
  CHECK_FALSE(from_dlpack(b.managed, host).readonly);

  b.managed.flags = dlpack_flag::read_only;
  CHECK(judged([&] { from_dlpack<float, HW>(b.managed, host); }) == "read_only");
  CHECK(judged([&] { from_dlpack<float const, HW>(b.managed, host); }) == "accepted");
  CHECK(from_dlpack(b.managed, host).readonly);
}

TEST_CASE("a struct without flags is writable on the caller's word alone") {
  Base b;
  DlpackManagedTensor legacy;
  legacy.dl_tensor = b.managed.dl_tensor;
  CHECK(from_dlpack(legacy, host).readonly);
  CHECK(from_dlpack<float, HW>(legacy, host).data() == static_cast<void*>(memory));
  CHECK(from_dlpack(&legacy.dl_tensor, host).readonly);
  CHECK(judged([&] { from_dlpack<float, HW>(legacy.dl_tensor, host); }) == "accepted");
}

TEST_CASE("elements that share bytes can only be read") {
  Base b;
  b.strides[0] = 0;
  CHECK(judged([&] { from_dlpack<float, HW>(b.managed, host); }) == "overlapping_write");
  CHECK(from_dlpack(b.managed, host).readonly);
}

TEST_CASE("a null pointer is no tensor") {
  DlpackManagedTensorVersioned const* const managed = nullptr;
  DlpackTensor const* const tensor = nullptr;
  CHECK(judged([&] { from_dlpack(managed, host); }) == "not_a_dlpack_capsule");
  CHECK(judged([&] { from_dlpack(tensor, host); }) == "not_a_dlpack_capsule");
}

TEST_CASE("the struct's device is compared with the driver's") {
  Base b(cuda0);
  auto const on = [&](Machine const& place) {
    return judged([&] { from_dlpack<float const, HW>(b.managed, place); });
  };
  CHECK(on(machine(Type::device, 0)) == "accepted");
  CHECK(on(machine(Type::device, 1)) == "device_mismatch");
  CHECK(on(machine(Type::unregistered, -1)) == "not_device_accessible");
  CHECK(on(machine(Type::managed, 1)) == "accepted");
  CHECK(on(machine(Type::pinned, 1)) == "accepted");
  b.managed.dl_tensor.device.device_id = 2;
  CHECK(on(machine(Type::device, 0)) == "bad_device");
  for (auto const type :
       {DlpackDeviceType::cpu, DlpackDeviceType::cuda_host, DlpackDeviceType::cuda_managed}) {
    b.managed.dl_tensor.device = {type};
    CHECK(on(machine(Type::device, 0)) == "not_host_accessible");
    CHECK(on(machine(Type::pinned, 0)) == "accepted");
    CHECK(on(machine(Type::managed, 0)) == "accepted");
    CHECK(on(machine(Type::unregistered, -1)) == "not_device_accessible");
  }
}

TEST_CASE("a mismatch is told before a missing peer access") {
  Base b(cuda0);
  Machine place = machine(Type::device, 1);
  place.memory.accessible = false;
  CHECK(judged([&] { from_dlpack(b.managed, place); }) == "device_mismatch");
}

TEST_CASE("the host reads what is not device memory") {
  for (auto const type :
       {DlpackDeviceType::cpu, DlpackDeviceType::cuda_host, DlpackDeviceType::cuda_managed}) {
    Base b(DlpackDevice{type});
    CHECK(judged([&] { from_dlpack<float const, HW>(b.managed, host); }) == "accepted");
  }
  Base b(cuda0);
  CHECK(judged([&] { from_dlpack(b.managed, host); }) == "not_host_accessible");
}

TEST_CASE("the tensor's device is that of the memory") {
  Base b(cuda0);
  CHECK(from_dlpack(b.managed, machine(Type::device, 0)).device == 0);
  CHECK(from_dlpack(b.managed, machine(Type::managed, 1)).device == 1);
  b.managed.dl_tensor.device = {DlpackDeviceType::cuda_host};
  CHECK(from_dlpack(b.managed, machine(Type::pinned, 1)).device == AnyTensor::host_device);
  b.managed.dl_tensor.device = {DlpackDeviceType::cuda, 1};
  b.shape[0] = 0;
  b.managed.dl_tensor.data = nullptr;
  CHECK(from_dlpack(b.managed, machine(Type::unregistered, -1)).device == 1);
}

TEST_CASE("elements without a C++ type come in on the caller's word") {
  Base b;
  b.managed.dl_tensor.dtype = {17, 4, 2};  // PyTorch's float4_e2m1fn_x2
  CHECK(judged([&] { from_dlpack(b.managed, host); }) == "sub_byte");
  AnyTensor const t = from_dlpack(b.managed, host, {.opaque_as = DType::u8});
  CHECK(t.dtype == DType::u8);
  CHECK(t.stride_bytes[0] == 3);
  CHECK(judged([&] { from_dlpack(b.managed, host, {.opaque_as = DType::f32}); }) ==
        "dtype_mismatch");

  b.managed.dl_tensor.dtype = {2, 16, 2};  // pairs of halves
  CHECK(judged([&] { from_dlpack(b.managed, host); }) == "unsupported_lanes");
  CHECK(from_dlpack<std::uint32_t const, HW>(b.managed, host, {.opaque_as = DType::u32})
            .stride_bytes(0) == 12);

  b.managed.dl_tensor.dtype = {5, 64, 1};  // a view of its own, but no tensor
  CHECK(resolve(detail::dlpack_array(b.managed)).type.kind == 'c');
  CHECK(judged([&] { from_dlpack(b.managed, host); }) == "dtype_mismatch");
  CHECK(judged([&] { from_dlpack<double const, HW>(b.managed, host); }) == "dtype_mismatch");
}

TEST_CASE("types without a typestr are aligned too") {
  Base b;
  b.managed.dl_tensor.dtype = {4, 16, 1};
  b.managed.dl_tensor.byte_offset = 2;
  CHECK(judged([&] { from_dlpack<bf16 const, HW>(b.managed, host); }) == "accepted");
  b.managed.dl_tensor.byte_offset = 3;
  CHECK(judged([&] { from_dlpack(b.managed, host); }) == "misaligned_pointer");
  b.managed.dl_tensor.dtype = {12, 8, 1};
  CHECK(judged([&] { from_dlpack<f8_e5m2 const, HW>(b.managed, host); }) == "accepted");
  CHECK(judged([&] { from_dlpack<f8_e4m3 const, HW>(b.managed, host); }) == "dtype_mismatch");
  CHECK(judged([&] { from_dlpack<std::uint8_t const, HW>(b.managed, host); }) == "dtype_mismatch");
  CHECK(from_dlpack<std::uint8_t const, HW>(b.managed, host, {.opaque_as = DType::u8}).width() ==
        3);
}

TEST_CASE("the layout is the caller's and is checked") {
  Base b;
  CHECK(judged([&] { from_dlpack<float const, CHW<3>>(b.managed, host); }) == "rank_mismatch");
  CHECK(judged([&] { from_dlpack<double const, HW>(b.managed, host); }) == "dtype_mismatch");
  b.strides[0] = 8;
  CHECK(judged([&] {
          from_dlpack<float const, HW>(b.managed, host, {.order = MemoryOrder::c_contiguous});
        }) == "layout_mismatch");
}

TEST_CASE("the structs of an installed dlpack.h go in and out") {
#if defined(TEST_HAS_DLPACK_H)
  Tensor<float, HW> const source(reinterpret_cast<float*>(memory), {2, 3});
  auto const object = std::make_shared<int>(1);
  ::DLManagedTensor* const managed = to_dlpack<::DLManagedTensor>(source, object);
  CHECK(managed->dl_tensor.ndim == 2);
  CHECK(managed->dl_tensor.shape[1] == 3);
  CHECK(managed->dl_tensor.strides[0] == 3);
  CHECK(managed->dl_tensor.dtype.code == kDLFloat);
  CHECK(managed->dl_tensor.dtype.bits == 32);
  CHECK(from_dlpack<float, HW>(managed, host).data() == source.data());
  CHECK(from_dlpack<float const, HW>(managed->dl_tensor, host).data() == source.data());
  {
    DlpackOwner const owner(managed);
    CHECK(from_dlpack(owner, host).data == source.data());
    CHECK(object.use_count() == 2);
  }
  CHECK(object.use_count() == 1);
#if defined(DLPACK_FLAG_BITMASK_READ_ONLY)
  ::DLManagedTensorVersioned* const versioned =
      to_dlpack<::DLManagedTensorVersioned>(Tensor<float const, HW>(source), object);
  CHECK(versioned->version.major == 1);
  CHECK(versioned->flags == DLPACK_FLAG_BITMASK_READ_ONLY);
  DlpackOwner const owner(versioned);
  CHECK(from_dlpack(owner, host).readonly);
#endif
#else
  PANE_SKIP("needs dlpack/dlpack.h");
#endif
}

TEST_CASE("what is exported is what is imported") {
  std::mt19937 random(7);
  auto const below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    AnyTensor t;
    t.dtype = static_cast<DType>(below(static_cast<int>(DType::f8_e5m2) + 1));
    t.readonly = below(2) == 0;
    t.rank = below(AnyTensor::max_rank + 1);
    std::int64_t const element = size_bytes(t.dtype);
    t.data = memory + sizeof memory / 2 + element * below(16);
    for (int i = 0; i < t.rank; ++i) {
      t.shape[i] = below(4);
      t.stride_bytes[i] = element * (below(41) - 20);
    }
    DlpackOwner const owner(
        to_dlpack(t, caller_keeps, {.negative_strides = NegativeStrides::allow}));
    AnyTensor const back = from_dlpack(owner, host);
    ArrayView const before = detail::dlpack_view_of(t);
    CHECK(back.dtype == t.dtype);
    CHECK(back.readonly == (t.readonly || before.overlaps));
    REQUIRE(back.rank == t.rank);
    CHECK(back.data == (before.size == 0 ? nullptr : t.data));
    for (int i = 0; i < t.rank; ++i) {
      CHECK(back.shape[i] == t.shape[i]);
      if (before.size != 0 && t.shape[i] > 1) CHECK(back.stride_bytes[i] == t.stride_bytes[i]);
    }
    // And once more: an export of an import says the same.
    DlpackOwner const second(
        to_dlpack(back, caller_keeps, {.negative_strides = NegativeStrides::allow}));
    AnyTensor const again = from_dlpack(second, host);
    CHECK(again.text() == back.text());
    refused += before.size == 0 ? 1 : 0;
  }
  CHECK(refused < 4000);
}
