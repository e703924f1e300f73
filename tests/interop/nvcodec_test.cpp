// SPDX-License-Identifier: MIT
#include <pane/core/image.hpp>
#include <pane/interop/nvcodec.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/crop.hpp>
#include <tests/support/catch.hpp>

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

#include <cstdint>
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
  STATIC_REQUIRE(std::is_same_v<decltype(resource.pitch), decltype(in.pitch)> ||
                 sizeof(resource.pitch) == sizeof(in.pitch));
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
