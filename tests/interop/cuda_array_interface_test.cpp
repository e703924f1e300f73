// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

using pane::AnyTensor;
using pane::CudaArrayInterface;
using pane::DType;
using pane::from_cuda_array_interface;
using pane::host;
using pane::Presence;
using pane::Tensor;
using pane::to_cuda_array_interface;

namespace {

alignas(16) std::uint8_t memory[1 << 16];

template <class Call>
std::string judged(Call call) {
  try {
    call();
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

using Integers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a packed tensor is sent in the form that every consumer accepts") {
  Tensor<std::uint8_t, pane::HWC<3>> const t(memory, {4, 5, 3});
  CudaArrayInterface const cai = to_cuda_array_interface(t, pane::nothing_pending);
  CHECK(cai.version == 3);
  CHECK(cai.shape == Integers{4, 5, 3});
  CHECK(cai.typestr == "|u1");
  CHECK(cai.data == reinterpret_cast<std::uintptr_t>(memory));
  CHECK_FALSE(cai.readonly);
  CHECK(cai.strides.presence == Presence::none);
  CHECK(cai.stream.presence == Presence::absent);
  CHECK(cai.mask.presence == Presence::absent);
  CHECK(cai.descr.presence == Presence::absent);
  CHECK(to_cuda_array_interface(t, host) == cai);
}

TEST_CASE("the stream is the one that is passed; null is written as 1, never 0") {
  Tensor<std::uint8_t, pane::HW> const t(memory, {4, 5});
  CHECK(to_cuda_array_interface(t, pane::Stream{}).stream == pane::CaiField<std::uint64_t>(1));
  CHECK(to_cuda_array_interface(t, static_cast<CUstream_st*>(nullptr)).stream.value == 1);
  CHECK(to_cuda_array_interface(t, reinterpret_cast<CUstream_st*>(0x5560)).stream.value == 0x5560);
}

TEST_CASE("every element type is sent and comes back") {
  for (int i = 0; i <= static_cast<int>(DType::boolean); ++i) {
    AnyTensor t;
    t.data = memory;
    t.dtype = static_cast<DType>(i);
    t.rank = 2;
    t.shape[0] = 3;
    t.shape[1] = 4;
    t.stride_bytes[0] = 4 * size_bytes(t.dtype);
    t.stride_bytes[1] = size_bytes(t.dtype);
    CudaArrayInterface const cai = to_cuda_array_interface(t, host);
    CHECK(from_cuda_array_interface(cai, host, {.opaque_as = DType::bf16}).dtype == t.dtype);
  }
}

TEST_CASE("8-bit floats have no typestr: they are refused by name, and come in as opaque bytes") {
  for (DType const dtype : {DType::f8_e4m3, DType::f8_e5m2}) {
    AnyTensor t;
    t.data = memory;
    t.dtype = dtype;
    t.rank = 1;
    t.shape[0] = 3;
    t.stride_bytes[0] = 1;
    std::string message;
    try {
      to_cuda_array_interface(t, host);
    } catch (pane::InvalidArgument const& error) {
      message = error.what();
    }
    CHECK_THAT(message,
               Catch::Matchers::ContainsSubstring(std::string(name(dtype)) + " has no typestr"));
    CudaArrayInterface cai;
    cai.shape = {3};
    cai.typestr = "|V1";
    cai.data = reinterpret_cast<std::uintptr_t>(memory);
    CHECK(from_cuda_array_interface(cai, host, {.opaque_as = dtype}).dtype == dtype);
  }
}

TEST_CASE("const elements are read-only, both ways") {
  Tensor<float const, pane::HW> const t(reinterpret_cast<float const*>(memory), {4, 5});
  CudaArrayInterface const cai = to_cuda_array_interface(t, host);
  CHECK(cai.readonly);
  CHECK(judged([&] { from_cuda_array_interface<float, pane::HW>(cai, host); }) == "read_only");
  CHECK(from_cuda_array_interface<float const, pane::HW>(cai, host).data() == t.data());
  CHECK(from_cuda_array_interface(cai, host).readonly);
}

TEST_CASE("strides are written when elements are not contiguous, tidy on axes of extent 1") {
  auto const pitched = Tensor<std::uint8_t, pane::HWC<3>>::pitched(memory, {4, 5, 3}, 64);
  CHECK(to_cuda_array_interface(pitched, host).strides.value == Integers{64, 3, 1});
  auto const grey = Tensor<std::uint8_t, pane::HWC<1>>::strided(memory, {4, 5, 1}, {64, 1, -77});
  CHECK(to_cuda_array_interface(grey, host).strides.value == Integers{64, 1, 1});
  auto const row = Tensor<std::uint8_t, pane::HWC<3>>::strided(memory, {1, 5, 3}, {-9, 3, 1});
  CHECK(to_cuda_array_interface(row, host).strides.presence == Presence::none);
  auto const spread = Tensor<std::uint8_t, pane::HWC<3>>::strided(memory, {4, 1, 3}, {64, 5, 2});
  CHECK(to_cuda_array_interface(spread, host).strides.value == Integers{64, 6, 2});
  auto const repeated = Tensor<std::uint8_t const, pane::HW>::strided(memory, {3, 4}, {0, 1});
  CHECK(to_cuda_array_interface(repeated, host).strides.value == Integers{0, 1});
}

TEST_CASE("negative strides are sent on request only") {
  auto const flipped =
      Tensor<float, pane::HW>::strided(reinterpret_cast<float*>(memory + 4096), {4, 5}, {-64, 4});
  try {
    to_cuda_array_interface(flipped, host);
    FAIL("exported");
  } catch (pane::InvalidArgument const& error) {
    CHECK_THAT(std::string(error.what()),
               Catch::Matchers::ContainsSubstring("HW f32 [4, 5] strides [-64, 4]"));
    CHECK_THAT(std::string(error.what()),
               Catch::Matchers::ContainsSubstring("stride 0 is negative"));
  }
  CudaArrayInterface const cai =
      to_cuda_array_interface(flipped, host, {.negative_strides = pane::NegativeStrides::allow});
  CHECK(from_cuda_array_interface<float, pane::HW>(cai, host).stride_bytes(0) == -64);
}

TEST_CASE("a tensor without elements has address 0 and no strides") {
  auto const t =
      Tensor<float, pane::HW>::strided(reinterpret_cast<float*>(memory), {0, 5}, {-3, 7});
  CudaArrayInterface const cai = to_cuda_array_interface(t, host);
  CHECK(cai.data == 0);
  CHECK(cai.strides.presence == Presence::none);
  CHECK(from_cuda_array_interface<float, pane::HW>(cai, host).empty());
}

TEST_CASE("what describes no memory is not sent") {
  AnyTensor t;
  t.rank = 9;
  CHECK_THROWS_AS(to_cuda_array_interface(t, host), pane::InvalidArgument);
  t.rank = 1;
  t.shape[0] = 4;
  CHECK(judged([&] { to_cuda_array_interface(t, host); }) == "null_data");
  t.data = memory;
  t.shape[0] = -4;
  CHECK(judged([&] { to_cuda_array_interface(t, host); }) == "negative_extent");
}

TEST_CASE("a typed import is refused for the wrong type, rank, extent, order or overlap") {
  Tensor<std::uint8_t, pane::HWC<3>> const t(memory, {4, 5, 3});
  CudaArrayInterface cai = to_cuda_array_interface(t, host);
  CHECK(judged([&] { from_cuda_array_interface<std::int8_t, pane::HWC<3>>(cai, host); }) ==
        "dtype_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<bool, pane::HWC<3>>(cai, host); }) ==
        "dtype_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t, pane::HW>(cai, host); }) ==
        "rank_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t, pane::HWC<4>>(cai, host); }) ==
        "layout_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t, pane::CHW<3>>(cai, host); }) ==
        "layout_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t, pane::HWC<>>(cai, host); }) ==
        "accepted");
  cai.strides = Integers{64, 3, 1};
  pane::ImportOptions const packed{.order = pane::MemoryOrder::c_contiguous};
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t, pane::HWC<3>>(cai, host, packed); }) ==
        "layout_mismatch");
  cai.strides = Integers{0, 3, 1};
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t, pane::HWC<3>>(cai, host); }) ==
        "overlapping_write");
  CHECK(judged([&] { from_cuda_array_interface<std::uint8_t const, pane::HWC<3>>(cai, host); }) ==
        "accepted");
  CHECK(from_cuda_array_interface(cai, host).readonly);
  cai.shape = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  cai.strides = Presence::none;
  CHECK(judged([&] { from_cuda_array_interface(cai, host); }) == "rank_mismatch");
}

TEST_CASE("opaque bytes are numbers only if the caller says so") {
  Tensor<pane::bf16, pane::HW> const t(reinterpret_cast<pane::bf16*>(memory), {4, 5});
  CudaArrayInterface cai = to_cuda_array_interface(t, host);
  CHECK(cai.typestr == "<V2");
  CHECK(judged([&] { from_cuda_array_interface(cai, host); }) == "dtype_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<pane::bf16, pane::HW>(cai, host); }) ==
        "dtype_mismatch");
  CHECK(judged([&] { from_cuda_array_interface<pane::f16, pane::HW>(cai, host); }) ==
        "dtype_mismatch");
  pane::ImportOptions const bf16{.opaque_as = DType::bf16};
  CHECK(judged([&] { from_cuda_array_interface<pane::bf16, pane::HW>(cai, host, bf16); }) ==
        "accepted");
  CHECK(judged([&] { from_cuda_array_interface<pane::f16, pane::HW>(cai, host, bf16); }) ==
        "dtype_mismatch");
  CHECK(from_cuda_array_interface(cai, host, bf16).dtype == DType::bf16);
  CHECK(judged([&] { from_cuda_array_interface(cai, host, {.opaque_as = DType::f32}); }) ==
        "dtype_mismatch");
  cai.typestr = "<f2";
  CHECK(judged([&] { from_cuda_array_interface<pane::bf16, pane::HW>(cai, host, bf16); }) ==
        "dtype_mismatch");
  CHECK(from_cuda_array_interface(cai, host, bf16).dtype == DType::f16);
  cai.typestr = "<M8[ns]";
  CHECK(judged([&] { from_cuda_array_interface(cai, host); }) == "dtype_mismatch");
  CHECK(from_cuda_array_interface(cai, host, {.opaque_as = DType::s64}).dtype == DType::s64);
  cai.typestr = "<c8";
  CHECK(judged([&] { from_cuda_array_interface(cai, host, {.opaque_as = DType::f64}); }) ==
        "dtype_mismatch");
}

TEST_CASE("build, print, read, import: the same view, for random shapes and strides") {
  std::mt19937 random(4);
  auto const below = [&](unsigned n) { return static_cast<std::int64_t>(random() % n); };
  int strided = 0;
  for (int round = 0; round < 5000; ++round) {
    AnyTensor t;
    t.dtype = static_cast<DType>(below(13));
    t.rank = static_cast<int>(below(AnyTensor::max_rank + 1));
    t.readonly = below(2) == 0;
    t.data = memory + 32768 + 16 * below(8);
    for (int i = 0; i < t.rank; ++i) {
      t.shape[i] = below(16) == 0 ? 0 : 1 + below(3);
      t.stride_bytes[i] = (below(200) - 100) * size_bytes(t.dtype);
    }
    if (below(2) == 0) {  // C order
      std::int64_t step = size_bytes(t.dtype);
      for (int i = t.rank; i-- > 0; step *= t.shape[i]) t.stride_bytes[i] = step;
    }
    CudaArrayInterface const cai =
        to_cuda_array_interface(t, host, {.negative_strides = pane::NegativeStrides::allow});
    std::string const text = to_python_text(cai);
    CAPTURE(text);
    CHECK(pane::from_python_text(text, {.accept = pane::cai::strict}) == cai);
    CHECK(pane::from_json_text(to_json_text(cai), {.accept = pane::cai::strict}) == cai);
    AnyTensor const back =
        from_cuda_array_interface(pane::from_python_text(text), host, {.opaque_as = DType::bf16});
    bool none = false;
    for (int i = 0; i < t.rank; ++i) none = none || t.shape[i] == 0;
    CHECK(back.data == (none ? nullptr : t.data));
    CHECK(back.dtype == t.dtype);
    CHECK(back.rank == t.rank);
    CHECK((back.readonly || !t.readonly));
    for (int i = 0; i < t.rank; ++i) {
      CHECK(back.shape[i] == t.shape[i]);
      if (!none && t.shape[i] > 1) CHECK(back.stride_bytes[i] == t.stride_bytes[i]);
    }
    strided += cai.strides.given() ? 1 : 0;
  }
  CHECK(strided > 500);
}
