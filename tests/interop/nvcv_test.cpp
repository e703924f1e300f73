// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/nvcv.hpp>
#include <tests/support/catch.hpp>

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::CHW;
using pane::ConstMemory;
using pane::DType;
using pane::from_nvcv;
using pane::from_nvcv_plane;
using pane::HW;
using pane::HWC;
using pane::NCHW;
using pane::NHWC;
using pane::Tensor;
using pane::to_nvcv;

namespace {

// The structs of CV-CUDA's C interface, member for member; the last test case compares them with its library.
struct Byte {
  std::uint8_t value;
};
struct TensorLayout {
  char data[16];
  std::int32_t rank;
};
struct TensorBufferStrided {
  std::int64_t strides[15];
  Byte* basePtr;
};
enum TensorBufferType { TENSOR_BUFFER_NONE = 0, TENSOR_BUFFER_STRIDED_CUDA };
struct TensorData {
  std::uint64_t dtype;
  TensorLayout layout;
  std::int32_t rank;
  std::int64_t shape[15];
  TensorBufferType bufferType;
  union {
    TensorBufferStrided strided;
  } buffer;
};
struct ImagePlaneStrided {
  std::int32_t width;
  std::int32_t height;
  std::int32_t rowStride;
  Byte* basePtr;
};
enum ImageBufferType {
  IMAGE_BUFFER_NONE = 0,
  IMAGE_BUFFER_STRIDED_CUDA,
  IMAGE_BUFFER_STRIDED_HOST,
  IMAGE_BUFFER_CUDA_ARRAY
};
struct ImageData {
  std::uint64_t format;
  ImageBufferType bufferType;
  union {
    struct {
      std::int32_t numPlanes;
      ImagePlaneStrided planes[6];
    } strided;
  } buffer;
};

// Printed by nvcvMakeDataType and nvcvDataTypeGetName of libnvcv_types 0.19.0, nvcvImageFormatGetName for formats.
struct Known {
  std::uint64_t code;
  DType dtype;
  int channels;
};
constexpr Known types[] = {
    {0x27ffff0081, DType::u8, 1},        {0x147ffff0082, DType::u8, 2},
    {0x287ffff0083, DType::u8, 3},       {0x3c7ffff0084, DType::u8, 4},
    {0x20000027ffff0081, DType::s8, 1},  {0x200003c7ffff0084, DType::s8, 4},
    {0x107ffff0081, DType::u16, 1},      {0x487ffff0083, DType::u16, 3},
    {0x5c7ffff0084, DType::u16, 4},      {0x20000107ffff0081, DType::s16, 1},
    {0x307ffff0081, DType::u32, 1},      {0x7c7ffff0084, DType::u32, 4},
    {0x20000307ffff0081, DType::s32, 1}, {0x20000687ffff0083, DType::s32, 3},
    {0x507ffff0081, DType::u64, 1},      {0x887ffff0083, DType::u64, 3},
    {0x20000747ffff0082, DType::s64, 2}, {0x40000107ffff0081, DType::f16, 1},
    {0x40000347ffff0082, DType::f16, 2}, {0x40000307ffff0081, DType::f32, 1},
    {0x40000687ffff0083, DType::f32, 3}, {0x40000507ffff0081, DType::f64, 1},
    {0x400009c7ffff0084, DType::f64, 4},
};
constexpr std::uint64_t u8 = 0x27ffff0081;
constexpr std::uint64_t three_u8 = 0x287ffff0083;
constexpr std::uint64_t rgb8 = 0x2800011008b;
constexpr std::uint64_t rgba8 = 0x3c000110084;
constexpr std::uint64_t y8 = 0x254a100081;
constexpr std::uint64_t nv12 = 0x180254a1a0083;
constexpr std::uint64_t rgbaf32p = 0x4d83030000110084;
constexpr std::uint64_t rgba8p = 0x1c20402000110084;

Byte* const somewhere = reinterpret_cast<Byte*>(std::uintptr_t{0x7f0000000000});

TensorData tensor_data(std::string const& layout,
                       std::vector<std::int64_t> const& shape,
                       std::vector<std::int64_t> const& strides,
                       std::uint64_t dtype = u8) {
  TensorData d{};
  d.dtype = dtype;
  d.layout.rank = static_cast<std::int32_t>(layout.size());
  layout.copy(d.layout.data, 15);
  d.rank = static_cast<std::int32_t>(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    d.shape[i] = shape[i];
    d.buffer.strided.strides[i] = strides[i];
  }
  d.bufferType = TENSOR_BUFFER_STRIDED_CUDA;
  d.buffer.strided.basePtr = somewhere;
  return d;
}

ImageData image_data(std::uint64_t format, std::vector<ImagePlaneStrided> const& planes) {
  ImageData d{};
  d.format = format;
  d.bufferType = IMAGE_BUFFER_STRIDED_CUDA;
  d.buffer.strided.numPlanes = static_cast<std::int32_t>(planes.size());
  for (std::size_t i = 0; i < planes.size(); ++i) d.buffer.strided.planes[i] = planes[i];
  return d;
}

using Integers = std::vector<std::int64_t>;
Integers shape_of(AnyTensor const& t) {
  return Integers(t.shape, t.shape + t.rank);
}
Integers strides_of(AnyTensor const& t) {
  return Integers(t.stride_bytes, t.stride_bytes + t.rank);
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

std::string export_refusal(AnyTensor const& t) {
  return refusal([&] { to_nvcv<TensorData>(t); });
}

template <class T, class L>
Tensor<T, L> at_somewhere(typename Tensor<T, L>::Extents shape) {
  return Tensor<T, L>(reinterpret_cast<T*>(somewhere), shape);
}

}  // namespace

TEST_CASE("the codes of element types are those of CV-CUDA") {
  for (Known const& known : types) {
    CAPTURE(name(known.dtype), known.channels);
    CHECK(pane::detail::nvcv_type(known.dtype, known.channels) == known.code);
    pane::detail::NvcvType const found = pane::detail::find_nvcv_type(known.code);
    CHECK(found.dtype == known.dtype);
    CHECK(found.channels == known.channels);
  }
  CHECK(pane::detail::find_nvcv_type(0).channels == 0);
  CHECK(pane::detail::find_nvcv_type(0x60000507ffff0081).channels == 0);  // C64
}

TEST_CASE("a tensor of CV-CUDA becomes a view") {
  AnyTensor const t = from_nvcv(tensor_data("NHWC", {2, 4, 5, 3}, {256, 64, 3, 1}), 1);
  CHECK(t.data == somewhere);
  CHECK(t.dtype == DType::u8);
  CHECK(t.device == 1);
  CHECK(std::string(t.axes) == "NHWC");
  CHECK(shape_of(t) == Integers{2, 4, 5, 3});
  CHECK(strides_of(t) == Integers{256, 64, 3, 1});
  CHECK_FALSE(t.readonly);

  auto const data = tensor_data("NHWC", {2, 4, 5, 3}, {256, 64, 3, 1});
  //! [readme]
  // data: the NVCVTensorData of tensor.exportData<nvcv::TensorDataStridedCuda>()->cdata()
  auto const view = from_nvcv<std::uint8_t const, NHWC<3>>(data);
  auto const out = to_nvcv<TensorData>(view, pane::ConstMemory::allow);
  //! [readme]
  CHECK(view.pitch_bytes() == 64);
  CHECK(out.buffer.strided.basePtr == somewhere);

  AnyTensor const pixels = from_nvcv(tensor_data("HW", {4, 5}, {64, 3}, three_u8), 0);
  CHECK(std::string(pixels.axes) == "HWC");
  CHECK(shape_of(pixels) == Integers{4, 5, 3});
  CHECK(strides_of(pixels) == Integers{64, 3, 1});

  CHECK(from_nvcv(tensor_data("", {4, 5}, {64, 1}), 0).axes[0] == '\0');
  CHECK(from_nvcv(tensor_data("FHWC", {2, 4, 5, 3}, {256, 64, 3, 1}), 0).axes[0] == '\0');
}

TEST_CASE("a tensor of CV-CUDA that is no memory with strides is refused") {
  TensorData d = tensor_data("NHWC", {2, 4, 5, 3}, {256, 64, 3, 1});
  d.bufferType = TENSOR_BUFFER_NONE;
  CHECK_THAT(refusal([&] { from_nvcv(d, 0); }),
             ContainsSubstring("pane::from_nvcv: data has bufferType 0"));
  CHECK_THAT(refusal([&] { from_nvcv(tensor_data("W", {4}, {8}, 0x60000507ffff0081), 0); }),
             ContainsSubstring("data has the type or format 0x60000507ffff0081"));
  CHECK_THAT(refusal([&] {
               from_nvcv(tensor_data("HWC", {4, 5, 2}, {64, 6, 3}, three_u8), 0);
             }),
             ContainsSubstring("layout HWC and pixels of 3 channels besides"));
  d = tensor_data("HW", {4, 5}, {64, 1});
  d.rank = 9;
  CHECK_THAT(refusal([&] { from_nvcv(d, 0); }), ContainsSubstring("the rank is 9"));
  d.rank = -1;
  CHECK_THAT(refusal([&] { from_nvcv(d, 0); }), ContainsSubstring("the rank is -1"));
  CHECK_THAT(refusal([&] {
               from_nvcv(tensor_data("HW", {4, -5}, {64, 1}), 0);
             }),
             ContainsSubstring("extent 1 is negative"));
  CHECK_THAT(
      refusal([&] {
        from_nvcv<std::uint8_t, NCHW<3>>(tensor_data("NHWC", {2, 4, 5, 3}, {256, 64, 3, 1}));
      }),
      ContainsSubstring("pane::from_nvcv: ") && ContainsSubstring("stated as NHWC, not NCHW"));
}

TEST_CASE("the planes of an image") {
  ImageData const rgb = image_data(rgb8, {{5, 4, 64, somewhere}});
  AnyTensor const t = from_nvcv_plane(rgb, 0, 1);
  CHECK(std::string(t.axes) == "HWC");
  CHECK(shape_of(t) == Integers{4, 5, 3});
  CHECK(strides_of(t) == Integers{64, 3, 1});
  CHECK(t.device == 1);
  CHECK((from_nvcv_plane<std::uint8_t const, HWC<3>>(rgb, 0).pitch_bytes() == 64));
  CHECK(from_nvcv_plane(image_data(rgba8, {{5, 4, 64, somewhere}}), 0, 0).shape[2] == 4);
  CHECK(from_nvcv_plane(image_data(y8, {{5, 4, 64, somewhere}}), 0, 0).rank == 2);

  ImageData const two = image_data(nv12, {{6, 4, 64, somewhere}, {3, 2, 64, somewhere + 256}});
  CHECK((from_nvcv_plane<std::uint8_t const, HW>(two, 0).width() == 6));
  auto const uv = from_nvcv_plane<std::uint8_t const, HWC<2>>(two, 1);
  CHECK(uv.width() == 3);
  CHECK(uv.stride_bytes(1) == 2);

  ImageData host = image_data(rgbaf32p, {4, {5, 4, 64, somewhere}});
  host.bufferType = IMAGE_BUFFER_STRIDED_HOST;
  for (int plane = 0; plane < 4; ++plane) {
    AnyTensor const p = from_nvcv_plane(host, plane, 1);
    CHECK(p.dtype == DType::f32);
    CHECK(p.rank == 2);
    CHECK(p.device == AnyTensor::host_device);
    CHECK(from_nvcv_plane(image_data(rgba8p, {4, {5, 4, 64, somewhere}}), plane, 1).dtype ==
          DType::u8);
  }

  CHECK_THAT(refusal([&] { from_nvcv_plane(rgb, 1, 0); }),
             ContainsSubstring("pane::from_nvcv_plane: plane is 1 and the image has 1"));
  CHECK_THAT(refusal([&] { from_nvcv_plane(rgb, -1, 0); }), ContainsSubstring("plane is -1"));
  host.bufferType = IMAGE_BUFFER_CUDA_ARRAY;
  CHECK_THAT(refusal([&] { from_nvcv_plane(host, 0, 0); }), ContainsSubstring("bufferType 3"));
  std::uint64_t const block_linear = rgb8 | 2u << 12;
  CHECK_THAT(refusal([&] {
               from_nvcv_plane(image_data(block_linear, {{5, 4, 64, somewhere}}), 0, 0);
             }),
             ContainsSubstring("type or format 0x2800011208b"));
  std::uint64_t const rgb565 = 0x1000011008b | std::uint64_t{2} << 38;
  CHECK_THAT(refusal([&] {
               from_nvcv_plane(image_data(rgb565, {{5, 4, 64, somewhere}}), 0, 0);
             }),
             ContainsSubstring("whole elements"));
}

TEST_CASE("a tensor is described for CV-CUDA") {
  auto const view =
      Tensor<float, NHWC<3>>::pitched(reinterpret_cast<float*>(somewhere), {2, 4, 5, 3}, 256);
  auto const d = to_nvcv<TensorData>(view);
  CHECK(d.dtype == 0x40000307ffff0081);
  CHECK(std::string(d.layout.data) == "NHWC");
  CHECK(d.layout.rank == 4);
  CHECK(d.rank == 4);
  CHECK(Integers(d.shape, d.shape + 4) == Integers{2, 4, 5, 3});
  CHECK(Integers(d.buffer.strided.strides, d.buffer.strided.strides + 4) ==
        Integers{1024, 256, 12, 4});
  CHECK(d.bufferType == TENSOR_BUFFER_STRIDED_CUDA);
  CHECK(d.buffer.strided.basePtr == somewhere);
  // The stride of an axis that does not step is written as if it were packed.
  auto const one = Tensor<std::uint8_t, HWC<1>>::strided(&somewhere->value, {4, 5, 1}, {64, 1, 9});
  CHECK(to_nvcv<TensorData>(one).buffer.strided.strides[2] == 1);
}

TEST_CASE("what CV-CUDA would not take is refused") {
  auto const packed = at_somewhere<std::uint8_t, NHWC<3>>({2, 4, 5, 3});
  CHECK_THAT(export_refusal(mirrored(packed)),
             ContainsSubstring("pane::to_nvcv: tensor is NHWC u8 [2, 4, 5, 3]") &&
                 ContainsSubstring("stride 2 must be 3 for CV-CUDA"));
  CHECK_THAT(export_refusal(upside_down(packed)),
             ContainsSubstring("stride 1 must be at least 15"));
  CHECK_THAT(export_refusal(
                 Tensor<std::uint8_t, HWC<3>>::strided(&somewhere->value, {4, 5, 3}, {64, 4, 1})),
             ContainsSubstring("stride 1 must be 3"));
  CHECK_THAT(export_refusal(
                 Tensor<std::uint8_t, HWC<3>>::strided(&somewhere->value, {4, 5, 3}, {14, 3, 1})),
             ContainsSubstring("stride 0 must be at least 15"));
  CHECK_THAT(export_refusal(Tensor<std::uint8_t, NHWC<3>>()),
             ContainsSubstring("without elements"));
  CHECK_THAT(export_refusal(at_somewhere<bool, HW>({2, 2})), ContainsSubstring("type bool"));
  CHECK_THAT(export_refusal(at_somewhere<pane::bf16, HW>({2, 2})), ContainsSubstring("type bf16"));
  AnyTensor unstated(packed);
  unstated.axes[0] = '\0';
  CHECK_THAT(export_refusal(unstated), ContainsSubstring("state its layout"));
  auto const read = at_somewhere<std::uint8_t const, HW>({2, 2});
  CHECK_THAT(export_refusal(read), ContainsSubstring("ConstMemory::allow"));
  CHECK(to_nvcv<TensorData>(read, ConstMemory::allow).rank == 2);
}

TEST_CASE("the library of CV-CUDA takes and gives the same structs") {
  char const* const path = std::getenv("PANE_NVCV_LIBRARY");
  if (path == nullptr) PANE_SKIP("needs PANE_NVCV_LIBRARY, the path of libnvcv_types.so");
  void* const library = dlopen(path, RTLD_NOW);
  REQUIRE(library != nullptr);
  auto const find = [&](char const* name) {
    void* const symbol = dlsym(library, name);
    REQUIRE(symbol != nullptr);
    return symbol;
  };
  using Wrap = int (*)(TensorData const*, void*, void*, void**);
  using Export = int (*)(void*, TensorData*);
  using Release = int (*)(void*, int*);
  using PlaneType = int (*)(std::uint64_t, int, std::uint64_t*);
  auto const wrap = reinterpret_cast<Wrap>(find("nvcvTensorWrapDataConstruct"));
  auto const export_data = reinterpret_cast<Export>(find("nvcvTensorExportData"));
  auto const release = reinterpret_cast<Release>(find("nvcvTensorDecRef"));
  auto const plane_type = reinterpret_cast<PlaneType>(find("nvcvImageFormatGetPlaneDataType"));

  auto* const p = &somewhere->value;
  AnyTensor const taken[] = {
      Tensor<std::uint8_t, NHWC<3>>(p, {2, 4, 5, 3}),
      Tensor<std::uint8_t, HWC<3>>::pitched(p, {4, 5, 3}, 64),
      Tensor<std::uint8_t, HWC<1>>::strided(p, {4, 5, 1}, {64, 1, 9}),
      at_somewhere<float, NCHW<3>>({2, 3, 4, 5}),
      at_somewhere<pane::f16, pane::NCHWc<3, 4>>({2, 1, 4, 5, 4}),
      at_somewhere<double, HW>({4, 5}),
  };
  for (AnyTensor const& t : taken) {
    CAPTURE(t.text());
    auto const sent = to_nvcv<TensorData>(t);
    void* handle = nullptr;
    REQUIRE(wrap(&sent, nullptr, nullptr, &handle) == 0);
    TensorData seen{};
    CHECK(export_data(handle, &seen) == 0);
    AnyTensor const back = from_nvcv(seen, 0);
    CHECK(back.data == t.data);
    CHECK(back.dtype == t.dtype);
    CHECK(shape_of(back) == shape_of(t));
    CHECK(Integers(seen.buffer.strided.strides, seen.buffer.strided.strides + t.rank) ==
          Integers(sent.buffer.strided.strides, sent.buffer.strided.strides + t.rank));
    CHECK(release(handle, nullptr) == 0);
  }
  // And what `to_nvcv` refuses, it refuses too.
  TensorData wrong = tensor_data("HWC", {4, 5, 3}, {64, 4, 1});
  void* handle = nullptr;
  CHECK(wrap(&wrong, nullptr, nullptr, &handle) != 0);
  wrong = tensor_data("HWC", {4, 5, 3}, {14, 3, 1});
  CHECK(wrap(&wrong, nullptr, nullptr, &handle) != 0);

  for (std::uint64_t const format : {rgb8, rgba8, y8, nv12, rgbaf32p, rgba8p}) {
    CAPTURE(format);
    int const planes = format == nv12 ? 2 : format == rgbaf32p || format == rgba8p ? 4 : 1;
    for (int plane = 0; plane < planes; ++plane) {
      std::uint64_t type = 0;
      CHECK(plane_type(format, plane, &type) == 0);
      CHECK(pane::detail::nvcv_plane_type(format, plane) == type);
    }
  }
}
