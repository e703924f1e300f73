// SPDX-License-Identifier: MIT
#include <pane/interop/cai_dlpack.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace pane;

namespace {

alignas(64) std::uint8_t memory[4096];

using Strides = std::vector<std::int64_t>;

CudaArrayInterface dictionary(Strides const& shape,
                              char const* typestr,
                              CaiField<Strides> const& strides = Presence::absent,
                              std::int64_t offset = 0) {
  CudaArrayInterface out;
  out.shape = shape;
  out.typestr = typestr;
  out.data = reinterpret_cast<std::uintptr_t>(memory + 1024 + offset);
  out.strides = strides;
  return out;
}

/// What a struct says, with its shape and strides taken out, after it was released.
struct Seen {
  DlpackManagedTensorVersioned managed;
  Strides shape;
  Strides strides;
};

Seen seen(DlpackManagedTensorVersioned* managed) {
  Seen out;
  out.managed = *managed;
  auto const rank = static_cast<std::size_t>(managed->dl_tensor.ndim);
  out.shape.assign(managed->dl_tensor.shape, managed->dl_tensor.shape + rank);
  out.strides.assign(managed->dl_tensor.strides, managed->dl_tensor.strides + rank);
  managed->deleter(managed);
  return out;
}

/// A borrowed struct.
struct Borrowed {
  Strides shape;
  Strides strides;
  DlpackTensor tensor;

  Borrowed(Strides const& extents, Strides const& steps, DlpackDataType dtype)
      : shape(extents), strides(steps) {
    tensor = {memory + 1024,  {}, static_cast<std::int32_t>(extents.size()), dtype, shape.data(),
              strides.data(), 0};
  }
  Borrowed(Borrowed const&) = delete;
  Borrowed& operator=(Borrowed const&) = delete;
};

}  // namespace

TEST_CASE("bytes become elements") {
  auto const padded =
      seen(to_dlpack(dictionary({2, 3}, "<f4", Strides{32, 4}), host, caller_keeps));
  CHECK(padded.strides == Strides{8, 1});
  CHECK(padded.managed.dl_tensor.data == memory + 1024);
  CHECK(padded.managed.dl_tensor.byte_offset == 0);
  CHECK(padded.managed.dl_tensor.dtype == DlpackDataType{2, 32, 1});
  // For one-byte elements the two units are the same number.
  CHECK(seen(to_dlpack(dictionary({2, 3}, "|u1", Strides{8, 1}), host, caller_keeps)).strides ==
        Strides{8, 1});
  CHECK(seen(to_dlpack(dictionary({2, 3}, "<f8", Strides{8, 16}), host, caller_keeps)).strides ==
        Strides{1, 2});
  CHECK(seen(to_dlpack(dictionary({2, 3}, "<f4"), host, caller_keeps)).strides == Strides{3, 1});
  CHECK(seen(to_dlpack(dictionary({}, "<f4"), host, caller_keeps)).shape.empty());
}

TEST_CASE("elements become bytes") {
  Borrowed const padded({2, 3}, {8, 1}, {2, 32, 1});
  CudaArrayInterface const cai = to_cuda_array_interface(padded.tensor, host);
  CHECK(cai.strides == CaiField<Strides>(Strides{32, 4}));
  CHECK(cai.typestr == "<f4");
  CHECK(cai.readonly);  // a borrowed struct has no flags
  Borrowed const packed({2, 3}, {3, 1}, {2, 64, 1});
  CHECK(to_cuda_array_interface(packed.tensor, host).strides.presence == Presence::none);
}

TEST_CASE("byte_offset is folded into the address") {
  Borrowed b({2, 3}, {3, 1}, {2, 32, 1});
  b.tensor.byte_offset = 24;
  CHECK(to_cuda_array_interface(b.tensor, host).data ==
        reinterpret_cast<std::uintptr_t>(memory + 1024 + 24));
}

TEST_CASE("axes of extent 1 get the stride of C order") {
  Borrowed const b({1, 3}, {77, 2}, {2, 32, 1});
  CHECK(to_cuda_array_interface(b.tensor, host).strides == CaiField<Strides>(Strides{24, 8}));
  CHECK(seen(to_dlpack(dictionary({1, 3}, "<f4", Strides{308, 8}), host, caller_keeps)).strides ==
        Strides{6, 2});
  CHECK(seen(to_dlpack(dictionary({3, 1}, "<f4", Strides{4, 4000}), host, caller_keeps)).strides ==
        Strides{1, 1});
}

TEST_CASE("no elements: address 0 and null") {
  Borrowed b({0, 3}, {0, 0}, {2, 32, 1});
  b.tensor.byte_offset = 8;
  b.tensor.data = nullptr;
  CudaArrayInterface const cai = to_cuda_array_interface(b.tensor, host);
  CHECK(cai.data == 0);
  CHECK(cai.shape == Strides{0, 3});
  auto const s = seen(to_dlpack(cai, host, caller_keeps));
  CHECK(s.managed.dl_tensor.data == nullptr);
  CHECK(s.strides == Strides{3, 1});
}

TEST_CASE("bfloat16 is opaque in one and has a code in the other") {
  Borrowed const b({2, 3}, {3, 1}, {4, 16, 1});
  CudaArrayInterface const cai = to_cuda_array_interface(b.tensor, host);
  CHECK(cai.typestr == "<V2");
  CHECK_THROWS_AS(to_dlpack(cai, host, caller_keeps), ImportError);
  auto const s = seen(to_dlpack(cai, host, caller_keeps, {.opaque_as = DType::bf16}));
  CHECK(s.managed.dl_tensor.dtype == DlpackDataType{4, 16, 1});
}

TEST_CASE("8-bit floats go one way") {
  Borrowed const b({2, 3}, {3, 1}, {10, 8, 1});
  CHECK_THROWS_AS(to_cuda_array_interface(b.tensor, host), InvalidArgument);
  auto const s =
      seen(to_dlpack(dictionary({2, 3}, "|V1"), host, caller_keeps, {.opaque_as = DType::f8_e5m2}));
  CHECK(s.managed.dl_tensor.dtype == DlpackDataType{12, 8, 1});
}

TEST_CASE("read-only stays read-only, and the object is kept") {
  CudaArrayInterface cai = dictionary({2, 3}, "<f4");
  cai.readonly = true;
  auto const object = std::make_shared<int>(1);
  DlpackOwner owner(to_dlpack(cai, host, object));
  CHECK(object.use_count() == 2);
  CHECK(to_cuda_array_interface(owner, host).readonly);
  owner.reset();
  CHECK(object.use_count() == 1);
}

TEST_CASE("negative strides pass where they are asked for") {
  CudaArrayInterface const cai = dictionary({2, 3}, "<f4", Strides{12, -4}, 64);
  CHECK_THROWS_AS(to_dlpack(cai, host, caller_keeps), InvalidArgument);
  DlpackOwner const owner(
      to_dlpack(cai, host, caller_keeps, {}, {.negative_strides = NegativeStrides::allow}));
  CHECK_THROWS_AS(to_cuda_array_interface(owner, host), InvalidArgument);
  CHECK(to_cuda_array_interface(owner, host, {}, {.negative_strides = NegativeStrides::allow})
            .strides == CaiField<Strides>(Strides{12, -4}));
}

TEST_CASE("there and back is the same dictionary") {
  std::mt19937 random(11);
  auto const below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int with_elements = 0;
  for (int round = 0; round < 2000; ++round) {
    AnyTensor t;
    t.dtype = static_cast<DType>(below(static_cast<int>(DType::boolean) + 1));
    t.readonly = below(2) == 0;
    t.rank = below(6);
    std::int64_t const element = size_bytes(t.dtype);
    t.data = memory + 2048 + element * below(8);
    for (int i = 0; i < t.rank; ++i) {
      t.shape[i] = below(9) == 0 ? 0 : 1 + below(3);
      t.stride_bytes[i] = element * (below(21) - 10);
    }
    ExportOptions const allow{.negative_strides = NegativeStrides::allow};
    CudaArrayInterface cai = to_cuda_array_interface(t, host, allow);
    ImportOptions const in{.opaque_as = DType::bf16};
    DlpackOwner const owner(
        to_dlpack(cai, host, caller_keeps, in, {.negative_strides = NegativeStrides::allow}));
    CudaArrayInterface const back = to_cuda_array_interface(owner, host, {}, allow);
    cai.readonly = cai.readonly || resolve(cai).overlaps;  // such a view can only be read
    CHECK(back == cai);
    with_elements += cai.data != 0 ? 1 : 0;
  }
  CHECK(with_elements > 500);
}
