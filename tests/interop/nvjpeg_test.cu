// SPDX-License-Identifier: MIT
#include <tests/support/catch.hpp>
#include <tests/support/library.hpp>
#include <tests/support/machine.hpp>
#include <tests/support/message.hpp>

#if __has_include(<nvjpeg.h>)
#include <pane/core/subview.hpp>
#include <pane/interop/nvjpeg.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using test::message_of;
using Byte = std::uint8_t;

}  // namespace

TEST_CASE("interleaved, planar and gray destinations") {
  static Byte memory[4096];
  auto const rgbi = to_nvjpeg(pane::Tensor<Byte, pane::HWC<3>>::pitched(memory, {5, 7, 3}, 32));
  CHECK(rgbi.channel[0] == memory);
  CHECK(rgbi.pitch[0] == 32);
  CHECK(rgbi.channel[1] == nullptr);
  CHECK(rgbi.pitch[1] == 0);

  auto const rgb =
      to_nvjpeg(pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {200, 16, 1}));
  CHECK(rgb.channel[1] == memory + 200);
  CHECK(rgb.channel[2] == memory + 400);
  CHECK(rgb.pitch[2] == 16);
  CHECK(rgb.channel[3] == nullptr);

  auto const gray = to_nvjpeg(pane::Tensor<Byte, pane::HW>(memory, {5, 7}));
  CHECK(gray.pitch[0] == 7);
  CHECK(gray.channel[1] == nullptr);

  auto const source = to_nvjpeg_source(pane::Tensor<Byte const, pane::HWC<3>>(memory, {5, 7, 3}));
  CHECK(source.channel[0] == memory);
  CHECK(source.pitch[0] == 21);
}

TEST_CASE("planes: three, or NV12 in two") {
  static Byte memory[4096];
  using Plane = pane::Tensor<Byte, pane::NHW>;
  auto const yuv =
      to_nvjpeg(pane::Planes<Byte>(Plane(memory, {1, 5, 7}), Plane(memory + 40, {1, 3, 4}),
                                   Plane(memory + 60, {1, 3, 4}), 1, 1));
  CHECK(yuv.channel[1] == memory + 40);
  CHECK(yuv.pitch[1] == 4);
  CHECK(yuv.channel[2] == memory + 60);

  auto const nv12 =
      to_nvjpeg(pane::nv12_surface(memory, {.height = 4, .width = 6, .pitch_bytes = 16}));
  CHECK(nv12.channel[1] == memory + 64);
  CHECK(nv12.pitch[1] == 16);
  CHECK(nv12.channel[2] == nullptr);
}

TEST_CASE("what nvJPEG's image cannot name is refused") {
  static Byte memory[4096];
  using Rgb = pane::Tensor<Byte, pane::HWC<3>>;
  Rgb const good = Rgb::pitched(memory, {5, 7, 3}, 32);
  auto const refused = [](auto const& t) { return message_of([&] { to_nvjpeg(t); }); };
  CHECK(refused(good) == "none");
  CHECK_THAT(refused(pane::upside_down(good)), ContainsSubstring("backwards"));
  CHECK_THAT(refused(pane::channels<3>(pane::Tensor<Byte, pane::HWC<4>>(memory, {5, 7, 4}))),
             ContainsSubstring("the pixels of a row"));
  CHECK_THAT(refused(Rgb::strided(memory, {5, 7, 3}, {0, 3, 1})), ContainsSubstring("overlap"));
  auto const two = pane::nv12_surface(memory, {.batch = 2, .height = 4, .width = 6});
  CHECK_THAT(refused(two), ContainsSubstring("one whole image"));
}

TEST_CASE("the way back") {
  static Byte memory[4096];
  auto const rgb = pane::Tensor<Byte, pane::HWC<3>>::pitched(memory, {5, 7, 3}, 32);
  CHECK(describe(pane::from_nvjpeg<pane::HWC<3>>(to_nvjpeg(rgb), 5, 7)) == describe(rgb));
  auto const chw = pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {200, 16, 1});
  nvjpegImage_t image = to_nvjpeg(chw);
  CHECK(describe(pane::from_nvjpeg<pane::CHW<3>>(image, 5, 7)) == describe(chw));
  image.pitch[1] = 32;
  CHECK_THAT(message_of([&] { pane::from_nvjpeg<pane::CHW<3>>(image, 5, 7); }),
             ContainsSubstring("one for all planes"));
  image.pitch[1] = 16;
  image.channel[2] += 1;
  CHECK_THAT(message_of([&] { pane::from_nvjpeg<pane::CHW<3>>(image, 5, 7); }),
             ContainsSubstring("equally far apart"));
  CHECK_THAT(message_of([&] { pane::from_nvjpeg<pane::HW>(image, 5, 17); }),
             ContainsSubstring("a row has 17"));
  image.pitch[0] = ~std::size_t{0};
  CHECK_THAT(message_of([&] { pane::from_nvjpeg<pane::HW>(image, 5, 7); }),
             ContainsSubstring("more than memory has"));
}

TEST_CASE("chroma by subsampling, odd sizes rounded up") {
  static Byte memory[4096];
  nvjpegImage_t image{};
  for (int c = 0; c < 3; ++c) {
    image.channel[c] = memory + 1000 * c;
    image.pitch[c] = 16;
  }
  struct Case {
    nvjpegChromaSubsampling_t css;
    std::int64_t height, width;
  };
  for (Case const& c :
       {Case{NVJPEG_CSS_444, 7, 9}, Case{NVJPEG_CSS_422, 7, 5}, Case{NVJPEG_CSS_420, 4, 5},
        Case{NVJPEG_CSS_440, 4, 9}, Case{NVJPEG_CSS_411, 7, 3}, Case{NVJPEG_CSS_410, 4, 3}}) {
    INFO(static_cast<int>(c.css));
    auto const planes = pane::from_nvjpeg_yuv(image, c.css, 7, 9);
    CHECK(planes.size(0) == pane::Size{7, 9});
    CHECK(planes.u().height() == c.height);
    CHECK(planes.u().width() == c.width);
    CHECK(planes.v().data() == memory + 2000);
    CHECK(planes.siting() == pane::ChromaSiting::center);
  }
  CHECK_THAT(message_of([&] { pane::from_nvjpeg_yuv(image, NVJPEG_CSS_GRAY, 7, 9); }),
             ContainsSubstring("NVJPEG_OUTPUT_Y"));
  CHECK_THAT(message_of([&] { pane::from_nvjpeg_yuv(image, NVJPEG_CSS_UNKNOWN, 7, 9); }),
             ContainsSubstring("none of 444"));
  CHECK_THAT(message_of([&] { pane::from_nvjpeg_yuv(image, NVJPEG_CSS_444, 7, 17); }),
             ContainsSubstring("a row has 17"));
  CHECK_THAT(message_of([&] { pane::from_nvjpeg_yuv(image, NVJPEG_CSS_444, -7, 9); }),
             ContainsSubstring("out of range"));
}

#if defined(__CUDACC__)
namespace {

/// nvJPEG on a stream: encodes what a tensor shows, decodes into what another one shows.
struct Codec {
  test::Library const& library;
  cudaStream_t stream;
  nvjpegHandle_t handle = nullptr;
  nvjpegJpegState_t state = nullptr;

  Codec(test::Library const& l, cudaStream_t s) : library(l), stream(s) {
    REQUIRE(PANE_TEST_FUNCTION(library, nvjpegCreateSimple)(&handle) == NVJPEG_STATUS_SUCCESS);
    REQUIRE(PANE_TEST_FUNCTION(library, nvjpegJpegStateCreate)(handle, &state) ==
            NVJPEG_STATUS_SUCCESS);
  }
  Codec(Codec const&) = delete;
  Codec& operator=(Codec const&) = delete;
  ~Codec() {
    PANE_TEST_FUNCTION(library, nvjpegJpegStateDestroy)(state);
    PANE_TEST_FUNCTION(library, nvjpegDestroy)(handle);
  }

  std::vector<Byte> encode(nvjpegImage_t const& image,
                           int height,
                           int width,
                           nvjpegChromaSubsampling_t css) {
    nvjpegEncoderState_t encoder = nullptr;
    nvjpegEncoderParams_t options = nullptr;
    auto const call = [](nvjpegStatus_t status) { REQUIRE(status == NVJPEG_STATUS_SUCCESS); };
    call(PANE_TEST_FUNCTION(library, nvjpegEncoderStateCreate)(handle, &encoder, stream));
    call(PANE_TEST_FUNCTION(library, nvjpegEncoderParamsCreate)(handle, &options, stream));
    call(PANE_TEST_FUNCTION(library, nvjpegEncoderParamsSetQuality)(options, 98, stream));
    call(PANE_TEST_FUNCTION(library, nvjpegEncoderParamsSetSamplingFactors)(options, css, stream));
    call(PANE_TEST_FUNCTION(library, nvjpegEncodeImage)(handle, encoder, options, &image,
                                                        NVJPEG_INPUT_RGBI, width, height, stream));
    std::size_t length = 0;
    auto const retrieve = PANE_TEST_FUNCTION(library, nvjpegEncodeRetrieveBitstream);
    call(retrieve(handle, encoder, nullptr, &length, stream));
    std::vector<Byte> out(length);
    call(retrieve(handle, encoder, out.data(), &length, stream));
    test::check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    PANE_TEST_FUNCTION(library, nvjpegEncoderParamsDestroy)(options);
    PANE_TEST_FUNCTION(library, nvjpegEncoderStateDestroy)(encoder);
    return out;
  }

  void decode(std::vector<Byte> const& jpeg, nvjpegOutputFormat_t format, nvjpegImage_t image) {
    REQUIRE(PANE_TEST_FUNCTION(library, nvjpegDecode)(handle, state, jpeg.data(), jpeg.size(),
                                                      format, &image,
                                                      stream) == NVJPEG_STATUS_SUCCESS);
    test::check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }
};

int worst_of(std::vector<Byte> const& a, std::vector<Byte> const& b) {
  REQUIRE(a.size() == b.size());
  int worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(int{a[i]} - int{b[i]}));
  return worst;
}

}  // namespace
#endif

TEST_CASE("nvJPEG encodes and decodes tensors") {
#if defined(__CUDACC__)
  if (test::chosen_machine() == test::Where::host) PANE_SKIP("needs a GPU");
  static test::Library const library{"libnvjpeg.so.13", "libnvjpeg.so.12"};
  if (!library) PANE_SKIP("needs libnvjpeg");
  constexpr int h = 45;
  constexpr int w = 67;
  constexpr std::size_t count = 3 * h * w;
  std::vector<Byte> picture(h * 256);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      Byte* const p = picture.data() + y * 256 + 3 * x;
      p[0] = static_cast<Byte>(127.5 + 100 * std::sin(0.05 * x + 0.02 * y));
      p[1] = static_cast<Byte>(127.5 + 100 * std::cos(0.04 * y));
      p[2] = static_cast<Byte>(60 + 2 * x);
    }
  }
  test::Buffer<Byte> source(picture);
  auto const rgb = pane::Tensor<Byte const, pane::HWC<3>>::pitched(source.data(), {h, w, 3}, 256);
  std::vector<Byte> packed(count);
  for (int y = 0; y < h; ++y)
    std::copy_n(picture.begin() + y * 256, 3 * w, packed.begin() + y * 3 * w);

  test::on_machine([&](auto where) {
    if constexpr (std::is_same_v<decltype(where), pane::Stream>) {
      Codec codec(library, where.handle());
      std::vector<Byte> const jpeg = codec.encode(to_nvjpeg_source(rgb), h, w, NVJPEG_CSS_444);

      test::Buffer<Byte> interleaved(h * 224);  // a pitch with a gap behind each row
      //! [readme]
      auto const rgbi =
          pane::Tensor<Byte, pane::HWC<3>>::pitched(interleaved.data(), {h, w, 3}, 224);
      nvjpegImage_t const image = to_nvjpeg(rgbi);  // what nvjpegDecode writes into
      //! [readme]
      codec.decode(jpeg, NVJPEG_OUTPUT_RGBI, image);
      test::Buffer<Byte> one(count);
      pane::copy(where, rgbi, pane::Tensor<Byte, pane::HWC<3>>(one.data(), {h, w, 3}));
      test::check(cudaStreamSynchronize(where.handle()), "cudaStreamSynchronize");
      std::vector<Byte> const pixels = one.download();
      CHECK(worst_of(pixels, packed) <= 8);  // quality 98: wrong channels differ by 100

      test::Buffer<Byte> planar(3 * h * 80);
      auto const chw =
          pane::Tensor<Byte, pane::CHW<3>>::strided(planar.data(), {3, h, w}, {80 * h, 80, 1});
      codec.decode(jpeg, NVJPEG_OUTPUT_RGB, to_nvjpeg(chw));
      test::Buffer<Byte> two(count);
      pane::copy(where, chw, pane::Tensor<Byte, pane::HWC<3>>(two.data(), {h, w, 3}));
      test::check(cudaStreamSynchronize(where.handle()), "cudaStreamSynchronize");
      CHECK(two.download() == pixels);

      // YUV, and the library's own way to RGB
      for (auto const css : {NVJPEG_CSS_444, NVJPEG_CSS_420}) {
        INFO(static_cast<int>(css));
        std::vector<Byte> const file = codec.encode(to_nvjpeg_source(rgb), h, w, css);
        int components = 0;
        nvjpegChromaSubsampling_t found = NVJPEG_CSS_UNKNOWN;
        int widths[NVJPEG_MAX_COMPONENT] = {};
        int heights[NVJPEG_MAX_COMPONENT] = {};
        REQUIRE(PANE_TEST_FUNCTION(library, nvjpegGetImageInfo)(
                    codec.handle, file.data(), file.size(), &components, &found, widths, heights) ==
                NVJPEG_STATUS_SUCCESS);
        REQUIRE(found == css);
        test::Buffer<Byte> memory(3 * h * 80);
        nvjpegImage_t image{};
        for (int c = 0; c < 3; ++c) {
          image.channel[c] = memory.data() + c * h * 80;
          image.pitch[c] = 80;
        }
        auto const planes = pane::from_nvjpeg_yuv(image, found, heights[0], widths[0]);
        CHECK(planes.u().width() == widths[1]);
        CHECK(planes.u().height() == heights[1]);
        nvjpegImage_t const again = pane::to_nvjpeg(planes);
        CHECK(again.channel[2] == image.channel[2]);
        codec.decode(file, NVJPEG_OUTPUT_YUV, again);
        test::Buffer<Byte> three(count);
        pane::copy(where, planes | pane::views::to_rgb(pane::bt601, pane::full_range),
                   pane::Tensor<Byte, pane::HWC<3>>(three.data(), {h, w, 3}));
        test::Buffer<Byte> four(count);
        codec.decode(file, NVJPEG_OUTPUT_RGBI,
                     to_nvjpeg(pane::Tensor<Byte, pane::HWC<3>>(four.data(), {h, w, 3})));
        CHECK(worst_of(three.download(), four.download()) <= 2);

        test::Buffer<Byte> gray(h * w);
        codec.decode(file, NVJPEG_OUTPUT_Y,
                     to_nvjpeg(pane::Tensor<Byte, pane::HW>(gray.data(), {h, w})));
        test::Buffer<Byte> luma(h * w);
        pane::copy(where, pane::item(planes.y(), 0),
                   pane::Tensor<Byte, pane::HW>(luma.data(), {h, w}));
        test::check(cudaStreamSynchronize(where.handle()), "cudaStreamSynchronize");
        CHECK(gray.download() == luma.download());
      }
    }
  });
#else
  PANE_SKIP("needs a CUDA compiler");
#endif
}

#else
TEST_CASE("tensors as nvJPEG takes them") {
  PANE_SKIP("needs nvjpeg.h of the CUDA toolkit");
}
#endif
