// SPDX-License-Identifier: MIT
// NPP beside the pointwise cases: P4 and P5.
#include <benchmarks/npp/npp.hpp>

namespace {

using bench::Case;

void p4(Case& c, int frames, int height, int width, bool half) {
  auto const count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
  c.shape = {frames, count, count};
  c.element = half ? bench::Element::f16 : bench::Element::f32;
  npp::Planar const planar(frames, height, width, half);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    planar(npp::context(stream), in, out, npp::mean, npp::deviation);
  };
}
void p4_f32(Case& c) {
  p4(c, 64, 1080, 1920, false);
}
void p4_f16(Case& c) {
  p4(c, 64, 1080, 1920, true);
}
void p4_f32_256x224(Case& c) {
  p4(c, 256, 224, 224, false);
}
void p4_f32_1079x1919(Case& c) {
  p4(c, 64, 1079, 1919, false);
}
NPP_CASE(p4_f32, "p4_f32", "");
NPP_CASE(p4_f16, "p4_f16", "");
NPP_CASE(p4_f32_256x224, "p4_f32_256x224", "");
NPP_CASE(p4_f32_1079x1919, "p4_f32_1079x1919", "");

void p5(Case& c, int frames, int height, int width) {
  auto const pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  c.shape = {frames, pixels * 3 / 2, pixels * 3};
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    npp::nv12_to_rgb(npp::context(stream), in, out, frames, height, width);
  };
}
void p5_u8(Case& c) {
  p5(c, 8, 2160, 3840);
}
void p5_u8_single(Case& c) {
  p5(c, 1, 2160, 3840);
}
void p5_u8_2158x3838(Case& c) {
  p5(c, 8, 2158, 3838);
}
NPP_CASE(p5_u8, "p5_u8.twist", "");
NPP_CASE(p5_u8_single, "p5_u8_single.twist", "");
NPP_CASE(p5_u8_2158x3838, "p5_u8_2158x3838.twist", "");

/// Its conversions with a built-in matrix.
template <auto Function>
void p5_built_in(Case& c) {
  constexpr int frames = 8, height = 2160, width = 3840;
  constexpr std::size_t pixels = std::size_t{height} * width;
  c.shape = {frames, pixels * 3 / 2, pixels * 3};
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    for (std::size_t n = 0; n < frames; ++n) {
      Npp8u const* const y = static_cast<Npp8u const*>(in) + n * pixels * 3 / 2;
      Npp8u const* const planes[2] = {y, y + pixels};
      npp::check(Function(planes, width, static_cast<Npp8u*>(out) + n * pixels * 3, width * 3,
                          {width, height}, context),
                 "nppiNV12ToRGB");
    }
  };
}
constexpr auto p5_hdtv = p5_built_in<nppiNV12ToRGB_709HDTV_8u_P2C3R_Ctx>;
constexpr auto p5_csc = p5_built_in<nppiNV12ToRGB_709CSC_8u_P2C3R_Ctx>;
NPP_CASE(p5_hdtv, "p5_u8.709HDTV", "");
NPP_CASE(p5_csc, "p5_u8.709CSC", "");

void p5_rgb_to_nv12(Case& c) {
  constexpr int frames = 8, height = 2160, width = 3840;
  constexpr std::size_t pixels = std::size_t{height} * width;
  c.shape = {frames, pixels * 3, pixels * 3 / 2};
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    npp::Twist const twist = npp::to_yuv();
    for (std::size_t n = 0; n < frames; ++n) {
      Npp8u* const y = static_cast<Npp8u*>(out) + n * pixels * 3 / 2;
      Npp8u* planes[2] = {y, y + pixels};
      int steps[2] = {width, width};
      npp::check(nppiRGBToNV12_8u_ColorTwist32f_C3P2R_Ctx(
                     static_cast<Npp8u const*>(in) + n * pixels * 3, width * 3, planes, steps,
                     {width, height}, twist.m, context),
                 "nppiRGBToNV12_8u_ColorTwist32f_C3P2R");
    }
  };
}
NPP_CASE(p5_rgb_to_nv12, "p5_rgb_to_nv12", "");

}  // namespace
