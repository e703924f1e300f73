// SPDX-License-Identifier: MIT
#include <tests/support/catch.hpp>
#include <tests/support/library.hpp>
#include <tests/support/machine.hpp>
#include <tests/support/message.hpp>

#if __has_include(<nvimgcodec.h>)
#include <pane/core/subview.hpp>
#include <pane/interop/nvimgcodec.hpp>
#include <pane/ops/copy.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using test::message_of;
using Byte = std::uint8_t;

}  // namespace

TEST_CASE("an interleaved image is one plane") {
  static Byte memory[4096];
  auto const info =
      to_nvimgcodec(pane::Tensor<Byte, pane::HWC<3>>::pitched(memory, {5, 7, 3}, 32), nullptr);
  CHECK(info.struct_type == NVIMGCODEC_STRUCTURE_TYPE_IMAGE_INFO);
  CHECK(info.struct_size == sizeof info);
  CHECK(info.buffer == memory);
  CHECK(info.buffer_kind == NVIMGCODEC_IMAGE_BUFFER_KIND_STRIDED_DEVICE);
  CHECK(info.sample_format == NVIMGCODEC_SAMPLEFORMAT_I_RGB);
  CHECK(info.color_spec == NVIMGCODEC_COLORSPEC_SRGB);
  CHECK(info.num_planes == 1);
  nvimgcodecImagePlaneInfo_t const& plane = info.plane_info[0];
  CHECK(plane.struct_type == NVIMGCODEC_STRUCTURE_TYPE_IMAGE_PLANE_INFO);
  CHECK(plane.width == 7);
  CHECK(plane.height == 5);
  CHECK(plane.row_stride == 32);
  CHECK(plane.num_channels == 3);
  CHECK(plane.sample_type == NVIMGCODEC_SAMPLE_DATA_TYPE_UINT8);
}

TEST_CASE("planar, gray, other types and the host") {
  alignas(8) static Byte memory[4096];
  auto* const stream = reinterpret_cast<CUstream_st*>(memory + 8);
  auto const planar = to_nvimgcodec(
      pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {80, 16, 1}), stream);
  CHECK(planar.num_planes == 3);
  CHECK(planar.plane_info[2].num_channels == 1);
  CHECK(planar.plane_info[2].row_stride == 16);
  CHECK(planar.sample_format == NVIMGCODEC_SAMPLEFORMAT_P_RGB);
  CHECK(planar.cuda_stream == stream);

  auto const gray = to_nvimgcodec(pane::Tensor<Byte, pane::HW>(memory, {5, 7}), pane::host);
  CHECK(gray.sample_format == NVIMGCODEC_SAMPLEFORMAT_I_Y);
  CHECK(gray.color_spec == NVIMGCODEC_COLORSPEC_GRAY);
  CHECK(gray.buffer_kind == NVIMGCODEC_IMAGE_BUFFER_KIND_STRIDED_HOST);

  auto const wide = to_nvimgcodec(pane::Tensor<std::uint16_t, pane::HWC<4>>(
                                      reinterpret_cast<std::uint16_t*>(memory), {3, 2, 4}),
                                  nullptr);
  CHECK(wide.plane_info[0].sample_type == NVIMGCODEC_SAMPLE_DATA_TYPE_UINT16);
  CHECK(wide.plane_info[0].row_stride == 16);
  CHECK(wide.sample_format == NVIMGCODEC_SAMPLEFORMAT_I_UNCHANGED);

  auto const bgr = to_nvimgcodec_source(pane::Tensor<Byte const, pane::HWC<3>>(memory, {5, 7, 3}),
                                        nullptr, NVIMGCODEC_SAMPLEFORMAT_I_BGR);
  CHECK(bgr.sample_format == NVIMGCODEC_SAMPLEFORMAT_I_BGR);
}

TEST_CASE("what the description cannot say is refused") {
  static Byte memory[4096];
  using Rgb = pane::Tensor<Byte, pane::HWC<3>>;
  using Planar = pane::Tensor<Byte, pane::CHW<3>>;
  auto const refused = [](auto const& t, auto... format) {
    return message_of([&] { to_nvimgcodec(t, nullptr, format...); });
  };
  Rgb const good = Rgb::pitched(memory, {5, 7, 3}, 32);
  CHECK(refused(good) == "none");
  CHECK_THAT(refused(pane::upside_down(good)), ContainsSubstring("backwards"));
  CHECK_THAT(refused(pane::mirrored(good)), ContainsSubstring("without a gap"));
  CHECK_THAT(refused(Planar::strided(memory, {3, 5, 7}, {96, 16, 1})),
             ContainsSubstring("one address for all planes"));
  CHECK_THAT(refused(good, NVIMGCODEC_SAMPLEFORMAT_P_RGB), ContainsSubstring("not interleaved"));
  CHECK_THAT(refused(Planar(memory, {3, 5, 7}), NVIMGCODEC_SAMPLEFORMAT_I_BGR),
             ContainsSubstring("not planar"));
  CHECK_THAT(refused(good, NVIMGCODEC_SAMPLEFORMAT_I_Y), ContainsSubstring("has 1 channels"));
  CHECK_THAT(refused(good, NVIMGCODEC_SAMPLEFORMAT_UNKNOWN), ContainsSubstring("sample format 0"));
}

TEST_CASE("the way back states the layout") {
  alignas(8) static Byte memory[4096];
  auto const rgb = pane::Tensor<Byte, pane::HWC<3>>::pitched(memory, {5, 7, 3}, 32);
  nvimgcodecImageInfo_t const info = to_nvimgcodec(rgb, nullptr);
  CHECK(describe(pane::from_nvimgcodec<Byte, pane::HWC<3>>(info)) == describe(rgb));
  auto const chw = pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {80, 16, 1});
  nvimgcodecImageInfo_t planar = to_nvimgcodec(chw, nullptr);
  CHECK(describe(pane::from_nvimgcodec<Byte, pane::CHW<3>>(planar)) == describe(chw));

  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::CHW<3>>(info); }),
             ContainsSubstring("num_planes is 1"));
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::HWC<4>>(info); }),
             ContainsSubstring("num_channels is 3"));
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<std::int8_t, pane::HWC<3>>(info); }),
             ContainsSubstring("it is not s8"));
  planar.plane_info[2].width = 6;
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::CHW<3>>(planar); }),
             ContainsSubstring("planes of one size"));
  nvimgcodecImageInfo_t bad = info;
  bad.struct_type = NVIMGCODEC_STRUCTURE_TYPE_UNKNOWN;
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::HWC<3>>(bad); }),
             ContainsSubstring("struct_type"));
  bad = info;
  bad.plane_info[0].row_stride = 20;
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::HWC<3>>(bad); }),
             ContainsSubstring("a row has 21"));
  bad.plane_info[0].row_stride = ~std::size_t{0};
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::HWC<3>>(bad); }),
             ContainsSubstring("more than memory has"));
  bad = info;
  bad.buffer = nullptr;
  CHECK_THAT(message_of([&] { pane::from_nvimgcodec<Byte, pane::HWC<3>>(bad); }),
             ContainsSubstring("null"));
}

#if NVIMGCODEC_VER >= 900  // the calls have other arguments before
namespace {

/// Struct type and size, as every struct of the library begins.
template <class S>
S fresh(nvimgcodecStructureType_t type) {
  S out{};
  out.struct_type = type;
  out.struct_size = sizeof out;
  return out;
}

class Codec {
 public:
  Codec(test::Library const& library, int device) : library_(library) {
    auto create =
        fresh<nvimgcodecInstanceCreateInfo_t>(NVIMGCODEC_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
    create.load_builtin_modules = 1;
    create.load_extension_modules = 1;
    char const* const folder = std::getenv("PANE_TEST_LIBRARIES");
    std::string const extensions = std::string(folder == nullptr ? "" : folder) + "/extensions";
    if (folder != nullptr) create.extension_modules_path = extensions.c_str();
    call(PANE_TEST_FUNCTION(library_, nvimgcodecInstanceCreate)(&instance_, &create));
    auto run = fresh<nvimgcodecExecutionParams_t>(NVIMGCODEC_STRUCTURE_TYPE_EXECUTION_PARAMS);
    run.device_id = device;
    run.max_num_cpu_threads = 1;
    call(PANE_TEST_FUNCTION(library_, nvimgcodecDecoderCreate)(instance_, &decoder_, &run, ""));
    call(PANE_TEST_FUNCTION(library_, nvimgcodecEncoderCreate)(instance_, &encoder_, &run, ""));
  }
  Codec(Codec const&) = delete;
  Codec& operator=(Codec const&) = delete;
  ~Codec() {
    PANE_TEST_FUNCTION(library_, nvimgcodecEncoderDestroy)(encoder_);
    PANE_TEST_FUNCTION(library_, nvimgcodecDecoderDestroy)(decoder_);
    PANE_TEST_FUNCTION(library_, nvimgcodecInstanceDestroy)(instance_);
  }

  std::vector<Byte> encode(nvimgcodecImageInfo_t const& info, char const* codec) {
    std::vector<Byte> out;
    nvimgcodecImageInfo_t file = info;
    std::copy_n(codec, std::char_traits<char>::length(codec) + 1, file.codec_name);
    file.buffer = nullptr;
    nvimgcodecCodeStream_t stream = nullptr;
    auto const grow = [](void* to, std::size_t bytes) {
      auto& all = *static_cast<std::vector<Byte>*>(to);
      all.resize(bytes);
      return all.data();
    };
    call(PANE_TEST_FUNCTION(library_, nvimgcodecCodeStreamCreateToHostMem)(instance_, &stream, &out,
                                                                           grow, &file));
    nvimgcodecImage_t image = image_of(info);
    auto options = fresh<nvimgcodecEncodeParams_t>(NVIMGCODEC_STRUCTURE_TYPE_ENCODE_PARAMS);
    options.quality_type = NVIMGCODEC_QUALITY_TYPE_QUALITY;
    options.quality_value = 98;
    nvimgcodecFuture_t future = nullptr;
    call(PANE_TEST_FUNCTION(library_, nvimgcodecEncoderEncode)(encoder_, &image, &stream, 1,
                                                               &options, &future));
    wait(future);
    PANE_TEST_FUNCTION(library_, nvimgcodecImageDestroy)(image);
    PANE_TEST_FUNCTION(library_, nvimgcodecCodeStreamDestroy)(stream);
    return out;
  }

  void decode(std::vector<Byte> const& file, nvimgcodecImageInfo_t const& info) {
    nvimgcodecCodeStream_t stream = nullptr;
    call(PANE_TEST_FUNCTION(library_, nvimgcodecCodeStreamCreateFromHostMem)(
        instance_, &stream, file.data(), file.size(), nullptr));
    nvimgcodecImage_t image = image_of(info);
    auto const options = fresh<nvimgcodecDecodeParams_t>(NVIMGCODEC_STRUCTURE_TYPE_DECODE_PARAMS);
    nvimgcodecFuture_t future = nullptr;
    call(PANE_TEST_FUNCTION(library_, nvimgcodecDecoderDecode)(decoder_, &stream, &image, 1,
                                                               &options, &future));
    wait(future);
    PANE_TEST_FUNCTION(library_, nvimgcodecImageDestroy)(image);
    PANE_TEST_FUNCTION(library_, nvimgcodecCodeStreamDestroy)(stream);
  }

 private:
  static void call(nvimgcodecStatus_t status) { REQUIRE(status == NVIMGCODEC_STATUS_SUCCESS); }

  nvimgcodecImage_t image_of(nvimgcodecImageInfo_t const& info) {
    nvimgcodecImage_t image = nullptr;
    call(PANE_TEST_FUNCTION(library_, nvimgcodecImageCreate)(instance_, &image, &info));
    return image;
  }

  void wait(nvimgcodecFuture_t future) {
    call(PANE_TEST_FUNCTION(library_, nvimgcodecFutureWaitForAll)(future));
    nvimgcodecProcessingStatus_t status = 0;
    std::size_t count = 0;
    call(
        PANE_TEST_FUNCTION(library_, nvimgcodecFutureGetProcessingStatus)(future, &status, &count));
    REQUIRE(count == 1);
    REQUIRE(status == NVIMGCODEC_PROCESSING_STATUS_SUCCESS);
    PANE_TEST_FUNCTION(library_, nvimgcodecFutureDestroy)(future);
  }

  test::Library const& library_;
  nvimgcodecInstance_t instance_ = nullptr;
  nvimgcodecDecoder_t decoder_ = nullptr;
  nvimgcodecEncoder_t encoder_ = nullptr;
};

}  // namespace

TEST_CASE("nvImageCodec encodes and decodes tensors") {
  static test::Library const library{"libnvimgcodec.so.0"};
  if (!library) PANE_SKIP("needs libnvimgcodec.so.0");
  auto about = fresh<nvimgcodecProperties_t>(NVIMGCODEC_STRUCTURE_TYPE_PROPERTIES);
  REQUIRE(PANE_TEST_FUNCTION(library, nvimgcodecGetProperties)(&about) ==
          NVIMGCODEC_STATUS_SUCCESS);
  if (about.version != NVIMGCODEC_VER) PANE_SKIP("needs the libnvimgcodec of its header");

  constexpr int h = 45;
  constexpr int w = 67;
  constexpr std::size_t count = 3 * h * w;
  std::vector<Byte> picture(h * 256);
  std::vector<Byte> packed;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      Byte* const p = picture.data() + y * 256 + 3 * x;
      p[0] = static_cast<Byte>(127.5 + 100 * std::sin(0.05 * x + 0.02 * y));
      p[1] = static_cast<Byte>(127.5 + 100 * std::cos(0.04 * y));
      p[2] = static_cast<Byte>(60 + 2 * x);
      packed.insert(packed.end(), p, p + 3);
    }
  }
  test::Buffer<Byte> source(picture);
  auto const rgb = pane::Tensor<Byte const, pane::HWC<3>>::pitched(source.data(), {h, w, 3}, 256);
  test::Buffer<Byte> interleaved(h * 224);
  auto const hwc = pane::Tensor<Byte, pane::HWC<3>>::pitched(interleaved.data(), {h, w, 3}, 224);
  test::Buffer<Byte> planar(3 * h * 80);
  auto const chw =
      pane::Tensor<Byte, pane::CHW<3>>::strided(planar.data(), {3, h, w}, {80 * h, 80, 1});
  test::Buffer<Byte> one(count);
  test::Buffer<Byte> two(count);
  test::on_machine([&](auto where) {
    constexpr bool on_host = std::is_same_v<decltype(where), pane::Host>;
    Codec codec(library, on_host ? NVIMGCODEC_DEVICE_CPU_ONLY : 0);
    nvimgcodecImageInfo_t from = to_nvimgcodec_source(rgb, pane::Stream{});
    if constexpr (on_host) {
      from.buffer_kind = NVIMGCODEC_IMAGE_BUFFER_KIND_STRIDED_HOST;
    } else {
      from.cuda_stream = where.handle();
    }
    std::vector<Byte> const file = codec.encode(from, "jpeg");
    REQUIRE(file.size() > 100);
    //! [readme]
    nvimgcodecImageInfo_t const info = to_nvimgcodec(hwc, where);  // planes, pitches and the stream
    //! [readme]
    codec.decode(file, info);
    codec.decode(file, to_nvimgcodec(chw, where));
    pane::copy(where, hwc, pane::Tensor<Byte, pane::HWC<3>>(one.data(), {h, w, 3}));
    pane::copy(where, chw, pane::Tensor<Byte, pane::HWC<3>>(two.data(), {h, w, 3}));
  });
  auto const a = one.download();
  auto const b = two.download();
  int worst = 0;
  for (std::size_t i = 0; i < count; ++i)
    worst = std::max(worst, std::abs(int{a[i]} - int{packed[i]}));
  CHECK(worst <= 8);  // quality 98: wrong channels differ by 100
  CHECK(a == b);
}
#endif

#else
TEST_CASE("tensors as nvImageCodec takes them") {
  PANE_SKIP("needs nvimgcodec.h (PyPI: nvidia-nvimgcodec-cu13)");
}
#endif
