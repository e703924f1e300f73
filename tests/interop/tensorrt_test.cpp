// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/tensorrt.hpp>
#include <pane/ops/copy.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::CHW;
using pane::CHWc;
using pane::ConstMemory;
using pane::DType;
using pane::f16;
using pane::from_tensorrt;
using pane::HW;
using pane::HWC;
using pane::NCHW;
using pane::NCHWc;
using pane::NHWC;
using pane::Tensor;
using pane::to_tensorrt;

namespace {

// The names and members of NvInferRuntimeBase.h of TensorRT 10.
struct Dims64 {
  std::int32_t nbDims;
  std::int64_t d[8];
};
enum class DataType : std::int32_t {
  kFLOAT = 0,
  kHALF = 1,
  kINT8 = 2,
  kINT32 = 3,
  kBOOL = 4,
  kUINT8 = 5,
  kFP8 = 6,
  kBF16 = 7,
  kINT64 = 8,
  kINT4 = 9
};
enum class TensorFormat : std::int32_t {
  kLINEAR = 0,
  kCHW2 = 1,
  kHWC8 = 2,
  kCHW4 = 3,
  kCHW16 = 4,
  kCHW32 = 5,
  kDHWC8 = 6,
  kCDHW32 = 7,
  kHWC = 8,
  kDLA_LINEAR = 9,
  kDLA_HWC4 = 10,
  kHWC16 = 11,
  kDHWC = 12
};

// And of TensorRT 8.4, whose Dims count in 32 bits.
struct Dims32 {
  std::int32_t nbDims;
  std::int32_t d[8];
};
enum class OldType : std::int32_t { kFLOAT = 0, kHALF = 1, kINT8 = 2, kINT32 = 3, kBOOL = 4 };

using Integers = std::vector<std::int64_t>;
Integers shape_of(AnyTensor const& t) {
  return Integers(t.shape, t.shape + t.rank);
}
Integers strides_of(AnyTensor const& t) {
  return Integers(t.stride_bytes, t.stride_bytes + t.rank);
}

void* const somewhere = reinterpret_cast<void*>(std::uintptr_t{0x7f0000000000});
constexpr Dims64 images{4, {2, 3, 4, 5}};
constexpr Dims64 many{4, {2, 37, 3, 4}};

AnyTensor seen(Dims64 const& dims, DataType type, TensorFormat format) {
  return from_tensorrt(somewhere, dims, type, format, 1);
}

template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

std::string export_refusal(AnyTensor const& t, DataType type, TensorFormat format) {
  return refusal([&] { to_tensorrt(t, images, type, format); });
}

}  // namespace

TEST_CASE("every element type of an engine that Pane has") {
  constexpr TensorFormat linear = TensorFormat::kLINEAR;
  CHECK(seen(images, DataType::kFLOAT, linear).dtype == DType::f32);
  CHECK(seen(images, DataType::kHALF, linear).dtype == DType::f16);
  CHECK(seen(images, DataType::kINT8, linear).dtype == DType::s8);
  CHECK(seen(images, DataType::kINT32, linear).dtype == DType::s32);
  CHECK(seen(images, DataType::kBOOL, linear).dtype == DType::boolean);
  CHECK(seen(images, DataType::kUINT8, linear).dtype == DType::u8);
  CHECK(seen(images, DataType::kBF16, linear).dtype == DType::bf16);
  CHECK(seen(images, DataType::kINT64, linear).dtype == DType::s64);
  CHECK(seen(images, DataType::kFP8, linear).dtype == DType::f8_e4m3);
  CHECK_THAT(refusal([&] { seen(images, DataType::kINT4, linear); }),
             ContainsSubstring("pane::from_tensorrt: type is nvinfer1::DataType 9"));
  // An older release, without the names that came later.
  AnyTensor const old = from_tensorrt(somewhere, Dims32{3, {3, 4, 5}}, OldType::kHALF, linear, 0);
  CHECK(old.dtype == DType::f16);
  CHECK(shape_of(old) == Integers{3, 4, 5});
}

TEST_CASE("linear memory keeps the axes of the network") {
  AnyTensor const t = seen(images, DataType::kFLOAT, TensorFormat::kLINEAR);
  CHECK(t.data == somewhere);
  CHECK(t.device == 1);
  CHECK(t.axes[0] == '\0');
  CHECK(shape_of(t) == Integers{2, 3, 4, 5});
  CHECK(strides_of(t) == Integers{240, 80, 20, 4});
  auto const nchw =
      from_tensorrt<float, NCHW<3>>(somewhere, images, DataType::kFLOAT, TensorFormat::kLINEAR);
  CHECK(nchw.is_contiguous());
  CHECK(nchw.width() == 5);
  void const* const read = somewhere;
  CHECK((from_tensorrt<float const, NCHW<>>(read, images, DataType::kFLOAT, TensorFormat::kLINEAR)
             .channel_count() == 3));
  CHECK(seen({0, {}}, DataType::kFLOAT, TensorFormat::kLINEAR).rank == 0);
  CHECK(seen({2, {0, 4}}, DataType::kFLOAT, TensorFormat::kLINEAR).data == nullptr);
}

TEST_CASE("channels that are neighbours lie where TensorFormat says") {
  for (auto const& [format, vector] :
       {std::pair{TensorFormat::kHWC, 1}, std::pair{TensorFormat::kHWC8, 8},
        std::pair{TensorFormat::kHWC16, 16}}) {
    CAPTURE(vector);
    AnyTensor const t = seen(many, DataType::kHALF, format);
    CHECK(std::string(t.axes) == "NHWC");
    CHECK(shape_of(t) == Integers{2, 3, 4, 37});
    auto const view = t.as<f16, NHWC<37>>();
    std::int64_t const padded = (37 + vector - 1) / vector * vector;
    for (int c : {0, 7, 8, 36}) {  // (n, c, h, w) is at [n][h][w][c] of [2][3][4][padded]
      CHECK(view.address(1, 2, 3, c) - view.data() == ((1 * 3 + 2) * 4 + 3) * padded + c);
    }
  }
  AnyTensor const one = seen({3, {3, 4, 5}}, DataType::kHALF, TensorFormat::kHWC8);
  CHECK(std::string(one.axes) == "HWC");
  CHECK(strides_of(one) == Integers{80, 16, 2});
}

TEST_CASE("blocks of channels lie where TensorFormat says") {
  auto const check = [&]<int V>(TensorFormat format) {
    CAPTURE(V);
    AnyTensor const t = seen(many, DataType::kHALF, format);
    CHECK(std::string(t.axes) == "NCHWc");
    auto const view = t.as<f16, NCHWc<37, V>>();
    CHECK(view.is_contiguous());
    constexpr std::int64_t blocks = (37 + V - 1) / V;
    for (int c : {0, 1, 5, 31, 32, 36}) {  // at [n][c/V][h][w][c%V] of [2][blocks][3][4][V]
      CHECK(view.address(1, 2, 3, c) - view.data() ==
            (((1 * blocks + c / V) * 3 + 2) * 4 + 3) * V + c % V);
    }
  };
  check.operator()<2>(TensorFormat::kCHW2);
  check.operator()<4>(TensorFormat::kCHW4);
  check.operator()<16>(TensorFormat::kCHW16);
  check.operator()<32>(TensorFormat::kCHW32);
  auto const one = from_tensorrt<std::int8_t, CHWc<3, 4>>(somewhere, Dims64{3, {3, 4, 5}},
                                                          DataType::kINT8, TensorFormat::kCHW4);
  CHECK(one.pitch_bytes() == 20);
}

TEST_CASE("what is not known yet or has no layout is refused") {
  auto const refused = [](Dims64 const& dims, TensorFormat format) {
    return refusal([&] { seen(dims, DataType::kHALF, format); });
  };
  CHECK_THAT(refused({4, {-1, 3, 4, 5}}, TensorFormat::kLINEAR),
             ContainsSubstring("pane::from_tensorrt: dims.d[0] is -1: it is dynamic"));
  CHECK_THAT(refused({-1, {}}, TensorFormat::kLINEAR), ContainsSubstring("no rank yet"));
  CHECK_THAT(refused({9, {}}, TensorFormat::kLINEAR), ContainsSubstring("the rank is 9"));
  for (TensorFormat const format :
       {TensorFormat::kDHWC8, TensorFormat::kCDHW32, TensorFormat::kDHWC, TensorFormat::kDLA_LINEAR,
        TensorFormat::kDLA_HWC4}) {
    CHECK_THAT(refused(images, format), ContainsSubstring("depth axis and those of DLA"));
  }
  CHECK_THAT(refused({2, {4, 5}}, TensorFormat::kHWC8), ContainsSubstring("dims has 2 axes"));
  CHECK_THAT(refused({5, {1, 1, 3, 4, 5}}, TensorFormat::kCHW4), ContainsSubstring("5 axes"));
  constexpr std::int64_t two_to_62 = std::int64_t{1} << 62;
  CHECK_THAT(refused({2, {two_to_62, 2}}, TensorFormat::kLINEAR), ContainsSubstring("64 bits"));
  CHECK_THAT(refused({3, {1, 1 << 30, 1 << 30}}, TensorFormat::kHWC8),
             ContainsSubstring("64 bits"));
  CHECK_THAT(refused({3, {two_to_62, 1, 1}}, TensorFormat::kHWC16), ContainsSubstring("64 bits"));
  // The padding of the channels alone makes the images too large.
  CHECK_THAT(refused({4, {2, 1, 2, two_to_62 >> 4}}, TensorFormat::kHWC8),
             ContainsSubstring("64 bits"));
  CHECK_THAT(
      refusal([&] { from_tensorrt(nullptr, images, DataType::kHALF, TensorFormat::kHWC, 0); }),
      ContainsSubstring("the address is null"));
  CHECK_THAT(
      refusal([&] {
        from_tensorrt<float, NCHW<3>>(somewhere, images, DataType::kFLOAT, TensorFormat::kHWC);
      }),
      ContainsSubstring("pane::from_tensorrt: ") && ContainsSubstring("stated as NHWC, not NCHW"));
}

TEST_CASE("a tensor is given to an engine only if it is what the engine expects") {
  auto* const p = static_cast<f16*>(somewhere);
  Tensor<f16, NCHW<3>> const planes(p, {2, 3, 4, 5});
  CHECK(to_tensorrt(planes, images, DataType::kHALF, TensorFormat::kLINEAR) == somewhere);
  CHECK_THAT(export_refusal(planes, DataType::kFLOAT, TensorFormat::kLINEAR),
             ContainsSubstring("pane::to_tensorrt: tensor is NCHW f16 [2, 3, 4, 5]") &&
                 ContainsSubstring("the engine expects ? f32 [2, 3, 4, 5]") &&
                 ContainsSubstring("the element type must be f32"));
  CHECK_THAT(export_refusal(planes, DataType::kHALF, TensorFormat::kHWC8),
             ContainsSubstring("expects NHWC f16 [2, 4, 5, 3] strides [320, 80, 16, 2]") &&
                 ContainsSubstring("the layout must be NHWC"));
  CHECK_THAT(export_refusal(planes, DataType::kHALF, TensorFormat::kCHW4),
             ContainsSubstring("the rank must be 5"));
  CHECK_THAT(export_refusal(items(planes, 0, 1), DataType::kHALF, TensorFormat::kLINEAR),
             ContainsSubstring("extent 0 must be 2"));

  Tensor<f16, NHWC<3>> const tight(p, {2, 4, 5, 3});
  CHECK(to_tensorrt(tight, images, DataType::kHALF, TensorFormat::kHWC) == somewhere);
  CHECK_THAT(export_refusal(tight, DataType::kHALF, TensorFormat::kHWC8),
             ContainsSubstring("stride 0 must be 320 bytes"));
  auto const padded = Tensor<f16, NHWC<3>>::strided(p, {2, 4, 5, 3}, {320, 80, 16, 2});
  CHECK(to_tensorrt(padded, images, DataType::kHALF, TensorFormat::kHWC8) == somewhere);
  Tensor<f16, NCHWc<3, 4>> const blocked(p, {2, 1, 4, 5, 4});
  CHECK(to_tensorrt(blocked, images, DataType::kHALF, TensorFormat::kCHW4) == somewhere);

  auto const rows = Tensor<f16, NCHW<3>>::pitched(p, {2, 3, 4, 5}, 64);
  CHECK_THAT(export_refusal(rows, DataType::kHALF, TensorFormat::kLINEAR),
             ContainsSubstring("stride 0 must be 120 bytes"));
  Tensor<f16, NCHW<3>> const off(p + 64, {2, 3, 4, 5});
  CHECK_THAT(export_refusal(off, DataType::kHALF, TensorFormat::kLINEAR),
             ContainsSubstring("multiple of 256"));
  Tensor<f16 const, NCHW<3>> const read(planes);
  CHECK_THAT(export_refusal(read, DataType::kHALF, TensorFormat::kLINEAR),
             ContainsSubstring("ConstMemory::allow"));
  CHECK(to_tensorrt(read, images, DataType::kHALF, TensorFormat::kLINEAR, ConstMemory::allow) ==
        somewhere);
}

TEST_CASE("an image is copied into the order of an engine") {
  std::vector<float> pixels(3 * 4 * 5);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i + 1);
  Tensor<float const, HWC<3>> const image(pixels.data(), {4, 5, 3});
  std::vector<float> memory(4 * 5 * 4, -1.0f);
  //! [readme]
  // address, shape, type and format as the engine states them; kCHW4 is the blocked layout CHWc
  auto const input = from_tensorrt<float, CHWc<3, 4>>(memory.data(), Dims64{3, {3, 4, 5}},
                                                      DataType::kFLOAT, TensorFormat::kCHW4);
  pane::copy(pane::host, image, input);
  //! [readme]
  for (std::size_t y = 0; y < 4; ++y) {
    for (std::size_t x = 0; x < 5; ++x) {
      for (std::size_t c = 0; c < 4; ++c) {
        float const expected = c == 3 ? 0.0f : pixels[(y * 5 + x) * 3 + c];
        CHECK(memory[(y * 5 + x) * 4 + c] == expected);
      }
    }
  }
}
