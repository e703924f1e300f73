// SPDX-License-Identifier: MIT
// Every pixel by itself or with its neighbours: planes of floats, NV12 and RGB, a Gaussian, rotations.
#include <benchmarks/host/pictures.hpp>

namespace {

using namespace pane;
using namespace bench;

// ---- P4: HWC u8 -> normalised CHW f32 ----

void p4(benchmark::State& state, Size s) {
  Bytes const in = bench::random_bytes(elements(s));
  Floats out(elements(s));
  Floats wanted(elements(s));
  auto const ours = [&] {
    copy(threads(state),
         picture(in, s) | views::normalize(mean, deviation, {.scale = 1.0f / 255.0f}),
         Tensor<float, CHW<3>>(out.data(), {3, s.height, s.width}));
  };
#if defined(PANE_BENCH_OPENCV)
  Planar planar;
#endif
  bench::host_case<float>(
      state, {ours, &out},
      PANE_OPENCV(state, wanted, [&] { planar(mat(in, s), wanted.data(), true); }),
      {.allowed = 4e-6});
}
void p4_f32(benchmark::State& state) {
  p4(state, {1080, 1920});
}
void p4_f32_1079x1919(benchmark::State& state) {
  p4(state, {1079, 1919});
}
PANE_HOST_BENCHMARK(p4_f32);
PANE_HOST_BENCHMARK(p4_f32_1079x1919);

// ---- P5: NV12 and RGB ----

void p5_u8(benchmark::State& state) {
  Size const s{2160, 3840};
  Bytes const in = nv12_bytes(s);
  Bytes out(elements(s));
  Bytes wanted(elements(s));
  auto const ours = [&] {
    copy(threads(state), nv12_of(in, s) | views::to_rgb(bt601, limited_range),
         Tensor<std::uint8_t, NHWC<3>>(out.data(), {1, s.height, s.width, 3}));
  };
  bench::host_case<std::uint8_t>(
      state, {ours, &out}, PANE_OPENCV(state, wanted, [&] {
        cv::Mat dst = mat(wanted, s);
        cv::cvtColor(mat(in, {s.height * 3 / 2, s.width}, CV_8UC1), dst, cv::COLOR_YUV2RGB_NV12);
      }));
}

/// OpenCV takes the chroma of one pixel of four, so only luma is compared; it writes I420, not NV12.
void p5_rgb_to_i420(benchmark::State& state) {
  Size const s{2160, 3840};
  Bytes const in = bench::random_bytes(elements(s));
  Bytes out(elements(s, 1) * 3 / 2);
  Bytes wanted(out.size());
  using Plane = Tensor<std::uint8_t, NHW>;
  std::uint8_t* const u = out.data() + elements(s, 1);
  Planes<std::uint8_t> const planes(
      Plane(out.data(), {1, s.height, s.width}), Plane(u, {1, s.height / 2, s.width / 2}),
      Plane(u + elements(s, 1) / 4, {1, s.height / 2, s.width / 2}), 1, 1);
  auto const ours = [&] {
    copy(threads(state),
         Tensor<std::uint8_t const, NHWC<3>>(in.data(), {1, s.height, s.width, 3}) |
             views::to_yuv(bt601, limited_range),
         planes);
  };
  bench::host_case<std::uint8_t>(
      state, {ours, &out},
      PANE_OPENCV(state, wanted,
                  [&] {
                    cv::Mat dst = mat(wanted, {s.height * 3 / 2, s.width}, CV_8UC1);
                    cv::cvtColor(mat(in, s), dst, cv::COLOR_RGB2YUV_I420);
                  }),
      {.count = elements(s, 1)});
}

void p5_rgb_to_nv12(benchmark::State& state) {
  Size const s{2160, 3840};
  Bytes const in = bench::random_bytes(elements(s));
  Bytes out(elements(s, 1) * 3 / 2);
  auto const ours = [&] {
    copy(threads(state),
         Tensor<std::uint8_t const, NHWC<3>>(in.data(), {1, s.height, s.width, 3}) |
             views::to_yuv(bt601, limited_range),
         nv12_surface(out.data(), {.batch = 1, .height = s.height, .width = s.width}));
  };
  bench::host_case<std::uint8_t>(state, {ours, &out}, {});
}
PANE_HOST_BENCHMARK(p5_u8);
PANE_HOST_BENCHMARK(p5_rgb_to_i420);
PANE_HOST_BENCHMARK(p5_rgb_to_nv12);

// ---- P8a: Gaussian 7 x 7 ----

/// OpenCV's weights of 8 bits have 8 fractional bits, which is worth up to two levels.
void p8a_u8(benchmark::State& state) {
  Size const s{2160, 3840};
  Bytes const in = bench::random_bytes(elements(s));
  Bytes out(elements(s));
  Bytes wanted(elements(s));
  auto const ours = [&] {
    copy(threads(state), picture(in, s) | views::gaussian({.size = 7, .sigma = 1.5f}),
         picture(out, s));
  };
  bench::host_case<std::uint8_t>(
      state, {ours, &out},
      PANE_OPENCV(state, wanted,
                  [&] {
                    cv::Mat dst = mat(wanted, s);
                    cv::GaussianBlur(mat(in, s), dst, {7, 7}, 1.5, 1.5, cv::BORDER_REFLECT_101);
                  }),
      {.allowed = 2.0});
  bench::dump("p8a_u8.in", picture(in, s));
  bench::dump("p8a_u8.out", picture(out, s));
}
PANE_HOST_BENCHMARK(p8a_u8);

// ---- P7: affine warp ----

/// OpenCV 4 has coordinates of 1/32 pixel: 255 / 64 levels along each axis, and one for the rounding.
void rotate(benchmark::State& state, std::string const& name, double degrees) {
  Size const s{2160, 3840};
  auto const c = static_cast<float>(std::cos(degrees * 3.14159265358979 / 180));
  auto const sine = static_cast<float>(std::sin(degrees * 3.14159265358979 / 180));
  AffineMap const map{
      {{c, sine, 1920 - c * 1920 - sine * 1080}, {-sine, c, 1080 + sine * 1920 - c * 1080}}};
  Bytes const in = bench::random_bytes(elements(s));
  Bytes out(elements(s));
  Bytes wanted(elements(s));
  auto const ours = [&] {
    copy(threads(state), picture(in, s) | views::warp_affine(s.height, s.width, map),
         picture(out, s));
  };
#if defined(PANE_BENCH_OPENCV)
  cv::Mat const matrix(2, 3, CV_32F, const_cast<float*>(map.m[0]));
#endif
  bench::host_case<std::uint8_t>(
      state, {ours, &out},
      PANE_OPENCV(state, wanted,
                  [&] {
                    cv::Mat dst = mat(wanted, s);
                    cv::warpAffine(mat(in, s), dst, matrix, dst.size(),
                                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
                  }),
      {.allowed = 9.0});
  bench::dump(name + ".in", picture(in, s));
  bench::dump(name + ".out", picture(out, s));
}
void warp_affine_u8_30_degrees(benchmark::State& state) {
  rotate(state, "warp_affine_u8_30_degrees", 30.0);
}
void warp_affine_u8_2_degrees(benchmark::State& state) {
  rotate(state, "warp_affine_u8_2_degrees", 2.0);
}
PANE_HOST_BENCHMARK(warp_affine_u8_30_degrees);
PANE_HOST_BENCHMARK(warp_affine_u8_2_degrees);

}  // namespace
