// SPDX-License-Identifier: MIT
#include <tests/support/catch.hpp>
#include <tests/support/library.hpp>
#include <tests/support/machine.hpp>
#include <tests/support/message.hpp>

#if __has_include(<nppdefs.h>)
#include <pane/core/subview.hpp>
#include <pane/interop/npp.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/color.hpp>
#include <pane/views/flip.hpp>

#include <nppi_color_conversion.h>
#include <nppi_data_exchange_and_initialization.h>
#include <nppi_geometry_transforms.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using test::message_of;
using Byte = std::uint8_t;

std::vector<Byte> noise(std::size_t count) {
  std::vector<Byte> out(count);
  std::uint32_t x = 12345;
  for (Byte& b : out) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<Byte>(x >> 24);
  }
  return out;
}

}  // namespace

TEST_CASE("packed images") {
  alignas(8) static Byte memory[4096];
  auto const rgb = npp_image(pane::Tensor<Byte, pane::HWC<3>>::pitched(memory, {5, 7, 3}, 32));
  STATIC_REQUIRE(std::is_same_v<decltype(rgb.data), Npp8u*>);
  CHECK(rgb.data == memory);
  CHECK(rgb.step == 32);
  CHECK(rgb.size.width == 7);
  CHECK(rgb.size.height == 5);
  CHECK(rgb.rect().width == 7);

  auto const gray = npp_image(pane::Tensor<Byte const, pane::HW>(memory, {5, 7}));
  STATIC_REQUIRE(std::is_same_v<decltype(gray.data), Npp8u const*>);
  CHECK(gray.step == 7);

  auto const half = npp_image(
      pane::Tensor<pane::f16, pane::HWC<4>>(reinterpret_cast<pane::f16*>(memory), {2, 3, 4}));
  STATIC_REQUIRE(std::is_same_v<decltype(half.data), Npp16f*>);
  CHECK(half.step == 24);

  // the stride of the only row says nothing
  auto const row =
      npp_image(pane::Tensor<Byte, pane::HWC<3>>::strided(memory, {1, 7, 3}, {0, 3, 1}));
  CHECK(row.step == 21);
}

TEST_CASE("planar images have an array of pointers") {
  static Byte memory[4096];
  auto const chw = pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {200, 16, 1});
  auto const p3 = npp_image(chw);
  CHECK(p3.data[0] == memory);
  CHECK(p3.data[1] == memory + 200);
  CHECK(p3.data[2] == memory + 400);
  CHECK(p3.step == 16);
  CHECK(p3.steps[2] == 16);
  CHECK(p3.size.width == 7);
  Npp8u const* const* const source = p3.data;  // as NPP's P3 functions take it
  CHECK(source[1] == memory + 200);
}

TEST_CASE("planes of video") {
  static Byte memory[4096];
  auto const frame = pane::nv12_surface(memory, {.height = 4, .width = 6, .pitch_bytes = 16});
  auto const p2 = npp_nv12(frame);
  CHECK(p2.data[1] == memory + 64);
  CHECK(p2.step == 16);
  CHECK(p2.size.height == 4);
  CHECK_THAT(message_of([&] { npp_planes(frame); }), ContainsSubstring("without a gap"));

  using Plane = pane::Tensor<Byte, pane::NHW>;
  pane::Planes<Byte> const i420(Plane(memory, {1, 4, 6}), Plane(memory + 24, {1, 2, 3}),
                                Plane(memory + 30, {1, 2, 3}), 1, 1);
  auto const p3 = npp_planes(i420);
  CHECK(p3.data[2] == memory + 30);
  CHECK(p3.step == 0);  // there is no one step
  CHECK(p3.steps[0] == 6);
  CHECK(p3.steps[1] == 3);
  CHECK_THAT(message_of([&] { npp_nv12(i420); }), ContainsSubstring("npp_planes"));
  CHECK_THAT(message_of([&] {
               npp_nv12(frame.window({2, 0, 4, 4}));
             }),
             ContainsSubstring("one whole image"));
}

TEST_CASE("what NPP cannot name is refused") {
  static Byte memory[4096];
  using Rgb = pane::Tensor<Byte, pane::HWC<3>>;
  auto const refused = [](auto const& t) { return message_of([&] { npp_image(t); }); };
  Rgb const good = Rgb::pitched(memory, {5, 7, 3}, 32);
  CHECK(refused(good) == "none");
  CHECK_THAT(refused(pane::upside_down(good)), ContainsSubstring("backwards"));
  CHECK_THAT(refused(pane::mirrored(good)), ContainsSubstring("without a gap"));
  CHECK_THAT(refused(Rgb::strided(memory, {5, 7, 3}, {64, 4, 1})),
             ContainsSubstring("the pixels of a row"));
  CHECK_THAT(refused(Rgb::strided(memory, {5, 7, 3}, {64, 6, 2})),
             ContainsSubstring("the channels of a pixel"));
  CHECK_THAT(refused(Rgb::strided(memory, {5, 7, 3}, {20, 3, 1})), ContainsSubstring("overlap"));
  CHECK_THAT(refused(Rgb::strided(memory, {2, 7, 3}, {std::int64_t{1} << 31, 3, 1})),
             ContainsSubstring("above 2147483647"));
  CHECK_THAT(refused(pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {200, -16, 1})),
             ContainsSubstring("backwards"));
}

TEST_CASE("the way back") {
  static Byte memory[4096];
  auto const rgb = pane::Tensor<Byte, pane::HWC<3>>::pitched(memory, {5, 7, 3}, 32);
  auto const out = npp_image(rgb);
  auto const in = pane::from_npp<Byte, pane::HWC<3>>(out.data, out.step, out.size);
  CHECK(describe(in) == describe(rgb));
  auto const read = pane::from_npp<Byte const, pane::HW>(memory, 16, {7, 5});
  CHECK(read.pitch_bytes() == 16);

  auto const chw = pane::Tensor<Byte, pane::CHW<3>>::strided(memory, {3, 5, 7}, {200, 16, 1});
  auto const planar = npp_image(chw);
  CHECK(describe(pane::from_npp<Byte, pane::CHW<3>>(planar.data, planar.step, planar.size)) ==
        describe(chw));
  Npp8u* const uneven[] = {memory, memory + 200, memory + 500};
  CHECK_THAT(message_of([&] {
               pane::from_npp<Byte, pane::CHW<3>>(uneven, 16, {7, 5});
             }),
             ContainsSubstring("equally far apart"));
  CHECK_THAT(message_of([&] {
               pane::from_npp<Byte, pane::HWC<3>>(memory, 20, {7, 5});
             }),
             ContainsSubstring("a row has 21"));
  CHECK_THAT(message_of([&] {
               pane::from_npp<Byte, pane::HW>(memory, 20, {-7, 5});
             }),
             ContainsSubstring("out of range"));
  CHECK(pane::from_npp(pane::to_npp(pane::Roi{1, 2, 3, 4})) == pane::Roi{1, 2, 3, 4});
}

TEST_CASE("NPP computes on tensors, on a stream of ours") {
#if defined(__CUDACC__)
  if (test::chosen_machine() == test::Where::host) PANE_SKIP("needs a GPU");
  test::Library const exchange{"libnppidei.so.13", "libnppidei.so.12"};
  test::Library const geometry{"libnppig.so.13", "libnppig.so.12"};
  test::Library const colour{"libnppicc.so.13", "libnppicc.so.12"};
  if (!exchange || !geometry || !colour) PANE_SKIP("needs libnppidei, libnppig and libnppicc");

  constexpr int height = 37;
  constexpr int width = 53;
  std::vector<Byte> const pixels = noise(height * 192);
  test::Buffer<Byte> source(pixels);
  auto const rgb =
      pane::Tensor<Byte const, pane::HWC<3>>::pitched(source.data(), {height, width, 3}, 192);

  SECTION("C3 to P3, as copy does it") {
    test::Buffer<Byte> ours(3 * height * width);
    test::Buffer<Byte> theirs(3 * height * width);
    pane::Tensor<Byte, pane::CHW<3>> const mine(ours.data(), {3, height, width});
    pane::Tensor<Byte, pane::CHW<3>> const his(theirs.data(), {3, height, width});
    test::on_machine([&](auto where) {
      if constexpr (std::is_same_v<decltype(where), pane::Stream>) {
        auto const from = npp_image(rgb);
        auto const to = npp_image(his);
        auto const copy = PANE_TEST_FUNCTION(exchange, nppiCopy_8u_C3P3R_Ctx);
        REQUIRE(copy(from.data, from.step, to.data, to.step, to.size,
                     pane::npp_stream_context(where)) == NPP_SUCCESS);
        pane::copy(where, rgb, mine);
      }
    });
    CHECK(ours.download() == theirs.download());
  }

  SECTION("a mirror, as views::flip") {
    test::Buffer<Byte> ours(height * 256);
    test::Buffer<Byte> theirs(height * 256);
    auto const mine =
        pane::Tensor<Byte, pane::HWC<3>>::pitched(ours.data(), {height, width, 3}, 256);
    auto const his =
        pane::Tensor<Byte, pane::HWC<3>>::pitched(theirs.data(), {height, width, 3}, 256);
    test::on_machine([&](auto where) {
      if constexpr (std::is_same_v<decltype(where), pane::Stream>) {
        auto const nppiMirror = PANE_TEST_FUNCTION(geometry, nppiMirror_8u_C3R_Ctx);
        //! [readme]
        auto const from = npp_image(rgb);  // pointer, step, size; refused where NPP cannot name it
        auto const to = npp_image(his);
        NppStatus const status = nppiMirror(from.data, from.step, to.data, to.step, to.size,
                                            NPP_VERTICAL_AXIS, pane::npp_stream_context(where));
        //! [readme]
        REQUIRE(status == NPP_SUCCESS);
        pane::copy(where, rgb | pane::views::flip(pane::FlipAxis::horizontal), mine);
      }
    });
    CHECK(ours.download() == theirs.download());
  }

  SECTION("NV12 of one colour becomes that colour") {
    constexpr int even_height = 36;
    constexpr int even_width = 52;
    std::vector<Byte> codes(64 * even_height / 2 * 3);
    std::fill(codes.begin(), codes.begin() + 64 * even_height, Byte{63});
    for (std::size_t i = 64 * even_height; i < codes.size(); i += 2) {
      codes[i] = 102;
      codes[i + 1] = 240;  // BT.709 limited range: red
    }
    test::Buffer<Byte> surface(codes);
    auto const frame =
        pane::nv12_surface(static_cast<Byte const*>(surface.data()),
                           {.height = even_height, .width = even_width, .pitch_bytes = 64});
    std::size_t const bytes = 3 * even_height * even_width;
    test::Buffer<Byte> ours(bytes);
    test::Buffer<Byte> theirs(bytes);
    pane::Tensor<Byte, pane::HWC<3>> const his(theirs.data(), {even_height, even_width, 3});
    pane::Tensor<Byte, pane::HWC<3>> const mine(ours.data(), {even_height, even_width, 3});
    test::on_machine([&](auto where) {
      if constexpr (std::is_same_v<decltype(where), pane::Stream>) {
        auto const from = npp_nv12(frame);
        auto const to = npp_image(his);
        auto const convert = PANE_TEST_FUNCTION(colour, nppiNV12ToRGB_709CSC_8u_P2C3R_Ctx);
        REQUIRE(convert(from.data, from.step, to.data, to.step, to.size,
                        pane::npp_stream_context(where)) == NPP_SUCCESS);
        pane::copy(where, frame | pane::views::to_rgb(pane::bt709, pane::limited_range), mine);
      }
    });
    auto const a = ours.download();
    auto const b = theirs.download();
    int worst = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      worst = std::max(worst, std::abs(int{a[i]} - int{b[i]}));
    CHECK(worst <= 2);
    CHECK(int{a[0]} >= 250);
    CHECK(int{a[1]} <= 4);
  }
#else
  PANE_SKIP("needs a CUDA compiler");
#endif
}

TEST_CASE("a stream context has the numbers of the device") {
#if defined(__CUDACC__)
  if (test::chosen_machine() == test::Where::host) PANE_SKIP("needs a GPU");
  cudaStream_t stream = nullptr;
  test::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  NppStreamContext const c = pane::npp_stream_context(stream);
  cudaDeviceProp device{};
  test::check(cudaGetDeviceProperties(&device, 0), "cudaGetDeviceProperties");
  CHECK(c.hStream == stream);
  CHECK(c.nCudaDeviceId == 0);
  CHECK(c.nMultiProcessorCount == device.multiProcessorCount);
  CHECK(c.nMaxThreadsPerMultiProcessor == device.maxThreadsPerMultiProcessor);
  CHECK(c.nMaxThreadsPerBlock == device.maxThreadsPerBlock);
  CHECK(c.nSharedMemPerBlock == device.sharedMemPerBlock);
  CHECK(c.nCudaDevAttrComputeCapabilityMajor == device.major);
  CHECK(c.nCudaDevAttrComputeCapabilityMinor == device.minor);
  CHECK(c.nStreamFlags == cudaStreamNonBlocking);
  CHECK(pane::npp_stream_context(nullptr).nStreamFlags == cudaStreamDefault);
  test::check(cudaStreamDestroy(stream), "cudaStreamDestroy");
#else
  PANE_SKIP("needs a CUDA compiler");
#endif
}

#else
TEST_CASE("tensors as NPP takes them") {
  PANE_SKIP("needs nppdefs.h, NPP's header of the CUDA toolkit");
}
#endif
