// SPDX-License-Identifier: MIT
#include <pane/core/image.hpp>
#include <pane/core/subview.hpp>
#include <pane/interop/nvcodec.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/golden_array.hpp>
#include <tests/support/library.hpp>
#include <tests/support/machine.hpp>

#if __has_include(<ffnvcodec/dynlink_nvcuvid.h>)
#if __has_include(<cuda.h>)
#include <cuda.h>
#else
#include <ffnvcodec/dynlink_cuda.h>
#endif
#include <ffnvcodec/dynlink_nvcuvid.h>
#define PANE_TEST_CUVID 1
#endif
#if __has_include(<ffnvcodec/nvEncodeAPI.h>)
#include <ffnvcodec/nvEncodeAPI.h>
#define PANE_TEST_NVENC 1
#endif

#if defined(__CUDACC__)
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/cuda_memory.hpp>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;

/// Bytes of a surface whose every sample says where it is.
struct Surface {
  std::vector<std::uint16_t> storage;  // aligned for both sample types

  explicit Surface(std::size_t bytes) : storage((bytes + 1) / 2) {}
  std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(storage.data()); }
  std::uint64_t address() const { return reinterpret_cast<std::uintptr_t>(storage.data()); }
};

std::string message_of(pane::NvdecSurface const& surface) {
  try {
    pane::nvdec_frame<std::uint8_t>(surface);
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "none";
}

// The fields that are read, under the names of the SDK, as its older and newer structs spell their types.
struct Rectangle {
  short left, top, right, bottom;
};
struct WideRectangle {
  int left, top, right, bottom;
};
struct CreateInfo {
  unsigned long ulWidth, ulHeight;
  int OutputFormat;
  unsigned long ulTargetWidth, ulTargetHeight;
  Rectangle display_area, target_rect;
};
struct VideoFormat {
  WideRectangle display_area;
};

/// A decoder of 1920 x 1080 video, as the SDK's own sample creates it.
CreateInfo full_hd() {
  return {1920, 1088, 0, 1920, 1088, {}, {}};
}

}  // namespace

TEST_CASE("NV12: chroma lies below an even number of luma rows") {
  // 6 x 5 pixels, pitch 16: luma rows 0 to 4, one hidden row, chroma rows from byte 6 * 16 on
  Surface s(9 * 16);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 6; ++x) s.bytes()[y * 16 + x] = static_cast<std::uint8_t>(10 * y + x);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) {
      s.bytes()[(6 + y) * 16 + 2 * x] = static_cast<std::uint8_t>(100 + 10 * y + x);
      s.bytes()[(6 + y) * 16 + 2 * x + 1] = static_cast<std::uint8_t>(200 + 10 * y + x);
    }
  }
  auto const frame = pane::nvdec_frame<std::uint8_t>(
      {.address = s.address(), .pitch_bytes = 16, .height = 5, .width = 6});
  STATIC_REQUIRE(std::is_same_v<decltype(frame), pane::Planes<std::uint8_t const> const>);
  CHECK(frame.size(0) == pane::Size{5, 6});
  CHECK(frame.siting() == pane::ChromaSiting::left);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 6; ++x) {
      auto const p = frame(0, y, x);
      CHECK(int{p[0]} == 10 * y + x);
      CHECK(int{p[1]} == 100 + 10 * (y / 2) + x / 2);
      CHECK(int{p[2]} == 200 + 10 * (y / 2) + x / 2);
    }
  }
  CHECK(frame.packs<1>());  // read like any NV12, chroma in pairs
}

TEST_CASE("P016: 16-bit samples, the pitch in bytes") {
  Surface s(6 * 32);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x)
      s.storage[static_cast<std::size_t>(y * 16 + x)] = static_cast<std::uint16_t>(1000 * y + x);
  s.storage[4 * 16 + 2 * 3] = 51111;
  s.storage[4 * 16 + 2 * 3 + 1] = 52222;
  auto const frame = pane::nvdec_frame<std::uint16_t>({.address = s.address(),
                                                       .pitch_bytes = 32,
                                                       .height = 4,
                                                       .width = 8,
                                                       .format = pane::NvdecFormat::p016});
  auto const p = frame(0, 1, 6);
  CHECK(p[0] == 1006);
  CHECK(p[1] == 51111);
  CHECK(p[2] == 52222);
}

TEST_CASE("4:4:4: three planes below each other") {
  Surface s(18 * 16);
  s.bytes()[2 * 16 + 5] = 11;         // Y of (2, 5)
  s.bytes()[(6 + 2) * 16 + 5] = 22;   // U, below 6 rows though 5 are the height
  s.bytes()[(12 + 2) * 16 + 5] = 33;  // V
  auto const frame = pane::nvdec_frame<std::uint8_t>({.address = s.address(),
                                                      .pitch_bytes = 16,
                                                      .height = 5,
                                                      .width = 7,
                                                      .format = pane::NvdecFormat::yuv444});
  auto const p = frame(0, 2, 5);
  CHECK(int{p[0]} == 11);
  CHECK(int{p[1]} == 22);
  CHECK(int{p[2]} == 33);

  auto const wide = pane::nvdec_frame<std::uint16_t>({.address = s.address(),
                                                      .pitch_bytes = 16,
                                                      .height = 4,
                                                      .width = 7,
                                                      .format = pane::NvdecFormat::yuv444_16bit});
  CHECK(reinterpret_cast<std::uintptr_t>(wide.u().data()) == s.address() + 4 * 16);
  CHECK(reinterpret_cast<std::uintptr_t>(wide.v().data()) == s.address() + 8 * 16);
}

TEST_CASE("4:2:2: chroma in pairs, as many rows as luma") {
  Surface s(12 * 16);
  s.bytes()[3 * 16 + 4] = 11;
  s.bytes()[(6 + 3) * 16 + 4] = 22;
  s.bytes()[(6 + 3) * 16 + 5] = 33;
  auto const frame = pane::nvdec_frame<std::uint8_t>({.address = s.address(),
                                                      .pitch_bytes = 16,
                                                      .height = 6,
                                                      .width = 8,
                                                      .format = pane::NvdecFormat::nv16});
  auto const p = frame(0, 3, 4);
  CHECK(int{p[0]} == 11);
  CHECK(int{p[1]} == 22);
  CHECK(int{p[2]} == 33);
}

TEST_CASE("the displayed part is a window that interpolation does not leave") {
  Surface s(12 * 16);
  for (int i = 0; i < 8 * 16; ++i) s.bytes()[i] = static_cast<std::uint8_t>(i);
  for (int i = 8 * 16; i < 12 * 16; ++i) s.bytes()[i] = 128;
  auto const frame = pane::nvdec_frame<std::uint8_t>({.address = s.address(),
                                                      .pitch_bytes = 16,
                                                      .height = 8,
                                                      .width = 16,
                                                      .display = {3, 1, 9, 5}});
  CHECK(frame.size(0) == pane::Size{5, 9});
  CHECK(int{frame(0, 0, 0)[0]} == 16 + 3);
  CHECK(int{frame(0, 4, 8)[0]} == 5 * 16 + 11);
  std::vector<std::uint8_t> out(5 * 9 * 3);
  pane::copy(pane::host, frame,
             pane::Tensor<std::uint8_t, pane::NHWC<3>>(out.data(), {1, 5, 9, 3}));
  CHECK(int{out[0]} == 19);
  CHECK(int{out[(4 * 9 + 8) * 3]} == 91);
}

TEST_CASE("the display area of a decoder that does not crop is the stream's") {
  VideoFormat const video{{0, 0, 1920, 1080}};
  CHECK(pane::nvdec_display(full_hd(), video) == pane::Roi{0, 0, 1920, 1080});
  CHECK(pane::nvdec_display(full_hd(), VideoFormat{{8, 2, 1912, 1080}}) ==
        pane::Roi{8, 2, 1904, 1078});
  CHECK(pane::nvdec_display(full_hd(), VideoFormat{}) == pane::Roi{0, 0, 1920, 1088});
  Surface s(std::size_t{1088} * 3 / 2 * 2048);
  auto const frame = pane::nvdec_frame<std::uint8_t>(s.address(), 2048, full_hd(), video);
  CHECK(frame.size(0) == pane::Size{1080, 1920});
  CHECK(reinterpret_cast<std::uintptr_t>(frame.u().data()) == s.address() + 1088 * 2048);
}

TEST_CASE("a decoder that crops or scales maps the result") {
  VideoFormat const video{{0, 0, 1920, 1080}};
  CreateInfo info = full_hd();
  info.display_area = {0, 0, 1920, 1080};
  info.ulTargetHeight = 1080;
  CHECK(pane::nvdec_display(info, video) == pane::Roi{0, 0, 1920, 1080});
  info.ulTargetWidth = 640;
  info.ulTargetHeight = 360;
  CHECK(pane::nvdec_display(info, video) == pane::Roi{0, 0, 640, 360});
  info.ulTargetHeight = 640;
  info.target_rect = {0, 140, 640, 500};
  CHECK(pane::nvdec_display(info, video) == pane::Roi{0, 140, 640, 360});
  // cropped by the decoder and scaled back to the coded size: nothing is hidden any more
  info = full_hd();
  info.display_area = {0, 0, 1920, 1080};
  CHECK(pane::nvdec_display(info, video) == pane::Roi{0, 0, 1920, 1088});
  // scaled with the hidden rows
  info = full_hd();
  info.ulTargetWidth = 640;
  info.ulTargetHeight = 360;
  CHECK_THROWS_WITH(pane::nvdec_display(info, video), ContainsSubstring("set display_area"));
  CHECK(pane::nvdec_display(info, VideoFormat{{0, 0, 1920, 1088}}) == pane::Roi{0, 0, 640, 360});
}

TEST_CASE("surfaces that cannot be are refused") {
  Surface s(24 * 16);
  pane::NvdecSurface const good{
      .address = s.address(), .pitch_bytes = 16, .height = 8, .width = 15};
  CHECK(message_of(good) == "none");
  auto const with = [&](auto&& change) {
    pane::NvdecSurface bad = good;
    change(bad);
    return message_of(bad);
  };
  using S = pane::NvdecSurface;
  CHECK_THAT(with([](S& b) { b.pitch_bytes = 15; }), ContainsSubstring("16 bytes at least"));
  CHECK_THAT(with([](S& b) { b.pitch_bytes = -16; }), ContainsSubstring("16 bytes at least"));
  CHECK_THAT(with([](S& b) { b.pitch_bytes = std::int64_t{1} << 40; }), ContainsSubstring("2^31"));
  CHECK_THAT(with([](S& b) { b.height = 0; }), ContainsSubstring("1 to 65535"));
  CHECK_THAT(with([](S& b) { b.width = 65536; }), ContainsSubstring("1 to 65535"));
  CHECK_THAT(with([](S& b) { b.format = pane::NvdecFormat::p016; }), ContainsSubstring("16 bits"));
  CHECK_THAT(with([](S& b) { b.format = static_cast<pane::NvdecFormat>(6); }),
             ContainsSubstring("no such format"));
  CHECK_THAT(with([](S& b) { b.address = 0; }), ContainsSubstring("null"));
  for (pane::Roi const part : {pane::Roi{8, 0, 8, 8}, pane::Roi{0, -1, 4, 4}, pane::Roi{0, 7, 1, 2},
                               pane::Roi{0, 0, 0, 4}, pane::Roi{2147483647, 0, 1, 1}}) {
    CHECK_THAT(with([&](S& b) { b.display = part; }), ContainsSubstring("not inside"));
  }
}

TEST_CASE("the structs of ffnvcodec give the same") {
#if defined(PANE_TEST_CUVID)
  CUVIDDECODECREATEINFO info{};
  info.ulWidth = 864;
  info.ulHeight = 480;
  info.ulTargetWidth = 864;
  info.ulTargetHeight = 480;
  info.OutputFormat = cudaVideoSurfaceFormat_NV12;
  CUVIDEOFORMAT video{};
  video.display_area = {4, 2, 858, 472};
  Surface s(720 * 1024);
  auto const frame = pane::nvdec_frame<std::uint8_t>(s.address(), 1024, info, video);
  CHECK(frame.window_roi() == pane::Roi{4, 2, 854, 470});
  CHECK(reinterpret_cast<std::uintptr_t>(frame.u().data()) == s.address() + 480 * 1024);
  CHECK(static_cast<int>(pane::NvdecFormat::nv12) == cudaVideoSurfaceFormat_NV12);
  CHECK(static_cast<int>(pane::NvdecFormat::p016) == cudaVideoSurfaceFormat_P016);
  CHECK(static_cast<int>(pane::NvdecFormat::yuv444) == cudaVideoSurfaceFormat_YUV444);
  CHECK(static_cast<int>(pane::NvdecFormat::yuv444_16bit) == cudaVideoSurfaceFormat_YUV444_16Bit);
#else
  PANE_SKIP("needs ffnvcodec/dynlink_nvcuvid.h (Debian: libffmpeg-nvenc-dev)");
#endif
}

TEST_CASE("an encoder's input is one NV12 block") {
  alignas(16) static std::uint8_t memory[64 * 12];
  auto const frame = pane::nv12_surface(memory, {.height = 8, .width = 48, .pitch_bytes = 64});
  pane::NvencInput const in = pane::nvenc_input(frame);
  CHECK(in.resource == memory);
  CHECK(in.width == 48);
  CHECK(in.height == 8);
  CHECK(in.pitch == 64);
  pane::Nv12<std::uint8_t const> const read_only = frame;
  CHECK(pane::nvenc_input(read_only).resource == memory);

  auto* const wide = reinterpret_cast<std::uint16_t*>(memory);
  auto const p010 = pane::nv12_surface(wide, {.height = 8, .width = 24, .pitch_bytes = 64});
  CHECK(pane::nvenc_input(p010).pitch == 64);

  auto const bgra = pane::Tensor<std::uint8_t, pane::HWC<4>>::pitched(memory, {8, 10, 4}, 48);
  CHECK(pane::nvenc_input(bgra).pitch == 48);
  CHECK(pane::nvenc_input(bgra).width == 10);
#if defined(PANE_TEST_NVENC)
  NV_ENC_REGISTER_RESOURCE resource{};  // the fields have the types of the header
  resource.resourceToRegister = in.resource;
  resource.width = in.width;
  resource.height = in.height;
  resource.pitch = in.pitch;
  CHECK(resource.resourceToRegister == memory);
  CHECK(resource.pitch == 64);
#endif
}

TEST_CASE("what an encoder would read wrongly is refused") {
  static std::uint8_t memory[64 * 24];
  std::uint8_t* const y = memory;
  auto const refused = [](auto const& image) {
    try {
      pane::nvenc_input(image);
    } catch (pane::InvalidArgument const& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  pane::Nv12Shape const shape{.height = 8, .width = 48, .pitch_bytes = 64};
  CHECK(refused(pane::nv12(y, y + 8 * 64, shape)) == "none");
  CHECK_THAT(refused(pane::nv12(y, y + 9 * 64, shape)), ContainsSubstring("directly below"));
  pane::Nv12Shape other = shape;
  other.uv_pitch_bytes = 128;
  CHECK_THAT(refused(pane::nv12(y, y + 8 * 64, other)), ContainsSubstring("directly below"));
  other = shape;
  other.pitch_bytes = 56;
  CHECK_THAT(refused(pane::nv12(y, y + 8 * 56, other)), ContainsSubstring("multiple of 16"));
  other = shape;
  other.batch = 2;
  CHECK_THAT(refused(pane::nv12(y, y + 8 * 64, other)), ContainsSubstring("one whole image"));
  auto const frame = pane::nv12(y, y + 8 * 64, shape);
  CHECK_THAT(refused(frame.window({0, 0, 46, 8})), ContainsSubstring("one whole image"));
  pane::Planes<std::uint8_t> const nv21(frame.y(), frame.v(), frame.u(), 1, 1);
  CHECK_THAT(refused(nv21), ContainsSubstring("U first"));
  CHECK_THAT(refused(pane::Tensor<std::uint8_t, pane::HWC<4>>::pitched(y, {4, 5, 4}, 20)),
             ContainsSubstring("multiple of 16"));
  CHECK_THAT(refused(pane::Tensor<std::uint8_t, pane::HWC<4>>(y, {0, 4, 4})),
             ContainsSubstring("no pixels"));
}

#if defined(__CUDACC__) && defined(PANE_TEST_CUVID)
namespace {

/// One picture of H.264, 70 x 54 pixels in a coded frame of 80 x 64: steps of luma, two halves of U, two of V. Made by
/// libx264 from FFmpeg 5.1.9, -qp 18; FFmpeg decodes it to NV12 bytes of that CRC-32, and H.264 has one right answer.
constexpr char const* tiny_h264 =
    "00000001674d400ab9022293cd342000000300200000030041e244b08c0000000168e8438232c80000016588"
    "81001d7ffec6abf027c35287f104a08ccc6feffa45188f4da42cfde7868da86fae0ae4e04887afc09cba0aa6"
    "912b681d5ec6727a63d9e9b8b3502a58c9abbb8741d46908da70980902f88d6f9e962d5f190eeac6ba87fffa"
    "105b52fe556679c02b6a5f92db8b05e9e6b5c7a97b065714dcf35d40f054e8d6bad764708ab94b0c717d81f2"
    "265620c9311276d44ba892893079872f25fa8afde1bf05a8db2b25adc34570fedfa58a2d5d6b7428c8d6b196"
    "61e43cb84f88e9";
constexpr std::uint32_t tiny_crc32 = 0x622d83ee;

std::vector<std::uint8_t> tiny_bytes() {
  std::vector<std::uint8_t> out;
  for (char const* c = tiny_h264; *c != '\0'; c += 2) {
    char const digits[] = {c[0], c[1], '\0'};
    out.push_back(static_cast<std::uint8_t>(std::strtoul(digits, nullptr, 16)));
  }
  return out;
}

/// Decodes one picture and calls `on_frame(address, pitch, create_info, format)` while it is mapped.
template <class F>
struct OnePicture {
  test::Library const& library;
  cudaStream_t stream;
  F on_frame;
  CUvideodecoder decoder = nullptr;
  CUVIDDECODECREATEINFO info{};
  CUVIDEOFORMAT format{};
  int shown = 0;

  static int begin(void* self, CUVIDEOFORMAT* found) {
    auto& me = *static_cast<OnePicture*>(self);
    me.format = *found;
    me.info.CodecType = found->codec;
    me.info.ChromaFormat = found->chroma_format;
    me.info.OutputFormat = cudaVideoSurfaceFormat_NV12;
    me.info.ulWidth = me.info.ulTargetWidth = found->coded_width;
    me.info.ulHeight = me.info.ulTargetHeight = found->coded_height;
    me.info.ulNumDecodeSurfaces = found->min_num_decode_surfaces;
    me.info.ulNumOutputSurfaces = 1;
    auto* const create = me.library.template function<tcuvidCreateDecoder>("cuvidCreateDecoder");
    return create(&me.decoder, &me.info) == CUDA_SUCCESS ? found->min_num_decode_surfaces : 0;
  }
  static int decode(void* self, CUVIDPICPARAMS* picture) {
    auto& me = *static_cast<OnePicture*>(self);
    auto* const call = me.library.template function<tcuvidDecodePicture>("cuvidDecodePicture");
    return call(me.decoder, picture) == CUDA_SUCCESS ? 1 : 0;
  }
  static int show(void* self, CUVIDPARSERDISPINFO* picture) {
    auto& me = *static_cast<OnePicture*>(self);
    CUVIDPROCPARAMS how{};
    how.progressive_frame = 1;
    how.output_stream = me.stream;
    unsigned long long address = 0;
    unsigned pitch = 0;
    auto* const map = me.library.template function<tcuvidMapVideoFrame64>("cuvidMapVideoFrame64");
    if (map(me.decoder, picture->picture_index, &address, &pitch, &how) != CUDA_SUCCESS) return 0;
    ++me.shown;
    int result = 1;
    try {  // no exception may pass through the driver
      me.on_frame(address, pitch, me.info, me.format);
    } catch (std::exception const& error) {
      CHECK(std::string(error.what()) == "no exception");
      result = 0;
    }
    (void)cudaStreamSynchronize(me.stream);
    me.library.template function<tcuvidUnmapVideoFrame64>("cuvidUnmapVideoFrame64")(me.decoder,
                                                                                    address);
    return result;
  }

  void run(std::vector<std::uint8_t> const& bytes) {
    CUVIDPARSERPARAMS params{};
    params.CodecType = cudaVideoCodec_H264;
    params.ulMaxNumDecodeSurfaces = 1;
    params.pUserData = this;
    params.pfnSequenceCallback = &begin;
    params.pfnDecodePicture = &decode;
    params.pfnDisplayPicture = &show;
    CUvideoparser parser = nullptr;
    REQUIRE(library.function<tcuvidCreateVideoParser>("cuvidCreateVideoParser")(&parser, &params) ==
            CUDA_SUCCESS);
    CUVIDSOURCEDATAPACKET packet{};
    packet.flags = CUVID_PKT_ENDOFSTREAM;
    packet.payload = bytes.data();
    packet.payload_size = bytes.size();
    CHECK(library.function<tcuvidParseVideoData>("cuvidParseVideoData")(parser, &packet) ==
          CUDA_SUCCESS);
    library.function<tcuvidDestroyVideoParser>("cuvidDestroyVideoParser")(parser);
    if (decoder != nullptr) library.function<tcuvidDestroyDecoder>("cuvidDestroyDecoder")(decoder);
  }
};

}  // namespace
#endif

TEST_CASE("a surface that NVDEC has mapped") {
#if defined(__CUDACC__) && defined(PANE_TEST_CUVID)
  if (test::chosen_machine() == test::Where::host) PANE_SKIP("needs a GPU");
  static test::Library const library{"libnvcuvid.so.1"};
  if (!library) PANE_SKIP("needs libnvcuvid.so.1 of the driver");
  using Plane = pane::Tensor<std::uint8_t, pane::HW>;
  constexpr int h = 54;
  constexpr int w = 70;
  test::Buffer<std::uint8_t> packed(h * w / 2 * 3);
  test::Buffer<std::uint8_t> imported(h * w);
  test::on_machine([&](auto where) {
    if constexpr (std::is_same_v<decltype(where), pane::Stream>) {
      auto const look = [&](unsigned long long address, unsigned pitch,
                            CUVIDDECODECREATEINFO const& info, CUVIDEOFORMAT const& format) {
        //! [readme]
        // between cuvidMapVideoFrame and cuvidUnmapVideoFrame: NV12 of the displayed part, zero-copy
        auto const frame = pane::nvdec_frame<std::uint8_t>(address, pitch, info, format);
        //! [readme]
        CHECK(info.ulWidth == 80);
        CHECK(info.ulHeight == 64);
        CHECK(frame.size(0) == pane::Size{h, w});
        // the three planes into packed NV12; U and V go to every second byte
        std::uint8_t* const to = packed.data();
        pane::Roi const part = frame.window_roi();
        pane::Roi const half{part.x / 2, part.y / 2, w / 2, h / 2};
        auto const y = pane::subview(pane::item(frame.y(), 0), part);
        pane::copy(where, y, Plane(to, {h, w}));
        pane::copy(where, pane::subview(pane::item(frame.u(), 0), half),
                   Plane::strided(to + h * w, {h / 2, w / 2}, {w, 2}));
        pane::copy(where, pane::subview(pane::item(frame.v(), 0), half),
                   Plane::strided(to + h * w + 1, {h / 2, w / 2}, {w, 2}));
        // the surface as a dictionary, as Python decoders hand it out
        auto const again = pane::from_cuda_array_interface<std::uint8_t const, pane::HW>(
            pane::to_cuda_array_interface(y, where), where);
        pane::copy(where, again, Plane(imported.data(), {h, w}));
      };
      OnePicture<decltype(look)> picture{library, where.handle(), look};
      picture.run(tiny_bytes());
      CHECK(picture.shown == 1);
    }
  });
  std::vector<std::uint8_t> const nv12 = packed.download();
  CHECK(test::crc32(nv12.data(), nv12.size()) == tiny_crc32);
  CHECK(int{nv12[0]} == 40);
  CHECK(int{nv12[h * w - 1]} == 92);
  std::vector<std::uint8_t> const luma = imported.download();
  CHECK(std::equal(luma.begin(), luma.end(), nv12.begin()));
#else
  PANE_SKIP("needs a CUDA compiler and ffnvcodec/dynlink_nvcuvid.h");
#endif
}
