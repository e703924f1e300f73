// SPDX-License-Identifier: MIT
// The CPU: Pane's `host` against OpenCV, single pictures, one thread and all cores. Without OpenCV's headers the
// column of OpenCV is missing. With PANE_BENCH_DUMP=<folder> pictures and results are written there for host.py.
#include <pane/pane.hpp>

#include <benchmarks/support/host_case.hpp>

#if __has_include(<opencv2/imgproc.hpp>)
#include <opencv2/imgproc.hpp>
#define PANE_BENCH_OPENCV 1
#endif

#include <array>
#include <cmath>
#include <thread>

namespace {

using namespace pane;
using bench::Contender;

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

constexpr float mean[3] = {0.485f, 0.456f, 0.406f};
constexpr float deviation[3] = {0.229f, 0.224f, 0.225f};

/// A step of u8 after the normalisation.
constexpr double level = 1.0 / 255.0 / 0.224;

std::size_t elements(Size s, int channels = 3) {
  return static_cast<std::size_t>(s.height) * static_cast<std::size_t>(s.width) *
         static_cast<std::size_t>(channels);
}

Tensor<std::uint8_t, HWC<3>> picture(Bytes& bytes, Size s) {
  return {bytes.data(), {s.height, s.width, 3}};
}
Tensor<std::uint8_t const, HWC<3>> picture(Bytes const& bytes, Size s) {
  return {bytes.data(), {s.height, s.width, 3}};
}

/// Random luma, and chroma that changes slowly, so that it matters little whether chroma or colour is interpolated.
Bytes nv12_bytes(Size s) {
  Bytes out = bench::random_bytes(elements(s, 1) * 3 / 2, 80, 180);
  for (int y = 0; y < s.height / 2; ++y) {
    for (int x = 0; x < s.width; ++x) {
      double const wave = std::sin(y * 0.004 + (x % 2)) * std::cos(x / 2 * 0.003);
      out[elements(s, 1) + static_cast<std::size_t>(y) * static_cast<std::size_t>(s.width) +
          static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(128.0 + 12.0 * wave);
    }
  }
  return out;
}

Nv12<std::uint8_t const> nv12_of(Bytes const& bytes, Size s) {
  return nv12_surface(bytes.data(), {.batch = 1, .height = s.height, .width = s.width});
}

#if defined(PANE_BENCH_OPENCV)

cv::Mat mat(Bytes const& bytes, Size s, int type = CV_8UC3) {
  return {s.height, s.width, type, const_cast<std::uint8_t*>(bytes.data())};
}

/// Interleaved bytes -> normalised planar floats: split, then one conversion with factor and offset a plane.
class Planar {
 public:
  void operator()(cv::Mat const& src, float* out, bool normalized) {
    cv::split(src, planes_);
    for (int c = 0; c < 3; ++c) {
      auto const i = static_cast<std::size_t>(c);
      cv::Mat plane(src.rows, src.cols, CV_32F, out + i * src.total());
      double const d = normalized ? static_cast<double>(deviation[c]) : 1.0;
      double const m = normalized ? static_cast<double>(mean[c]) : 0.0;
      planes_[i].convertTo(plane, CV_32F, 1.0 / 255.0 / d, -m / d);
    }
  }

 private:
  std::vector<cv::Mat> planes_;
};

void opencv_threads(benchmark::State const& state) {
  cv::setNumThreads(state.range(0) == 1 ? 1
                                        : static_cast<int>(std::thread::hardware_concurrency()));
}

template <class Out, class F>
Contender<Out> opencv(benchmark::State const& state, std::vector<Out>& result, F f) {
  opencv_threads(state);
  return {f, &result};
}
#define PANE_OPENCV(state, result, ...) opencv(state, result, __VA_ARGS__)
#else
#define PANE_OPENCV(state, result, ...) \
  {}
#endif

Host threads(benchmark::State const& state) {
  return {.threads = static_cast<int>(state.range(0))};
}

// ---- P4: HWC u8 -> normalised CHW f32 ------------------------------------------------------------------------

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

// ---- P6: bilinear resize, u8 RGB -----------------------------------------------------------------------------

void p6(benchmark::State& state, std::string const& name, Size from, Size to) {
  Bytes const in = bench::random_bytes(elements(from));
  Bytes out(elements(to));
  Bytes wanted(elements(to));
  auto const ours = [&] {
    copy(threads(state), picture(in, from) | views::resize(to.height, to.width), picture(out, to));
  };
  bench::host_case<std::uint8_t>(state, {ours, &out}, PANE_OPENCV(state, wanted, [&] {
                                   cv::Mat dst = mat(wanted, to);
                                   cv::resize(mat(in, from), dst, dst.size(), 0, 0,
                                              cv::INTER_LINEAR);
                                 }));
  bench::dump(name + ".in", picture(in, from));
  bench::dump(name + ".out", picture(out, to));
}
void p6_u8(benchmark::State& state) {
  p6(state, "p6_u8", {2160, 3840}, {1080, 1920});
}
void p6_u8_to_1440x2560(benchmark::State& state) {
  p6(state, "p6_u8_to_1440x2560", {2160, 3840}, {1440, 2560});
}
void p6_u8_1079x1919(benchmark::State& state) {
  p6(state, "p6_u8_1079x1919", {2159, 3839}, {1079, 1919});
}
PANE_HOST_BENCHMARK(p6_u8);
PANE_HOST_BENCHMARK(p6_u8_to_1440x2560);
PANE_HOST_BENCHMARK(p6_u8_1079x1919);

// ---- Antialiased resize, u8 RGB: OpenCV INTER_AREA, Pillow BILINEAR ------------------------------------------

void antialiased(benchmark::State& state, std::string const& name, Size to, ResampleFilter filter) {
  Size const from{2160, 3840};
  Bytes const in = bench::random_bytes(elements(from));
  Bytes out(elements(to));
  Bytes wanted(elements(to));
  auto const ours = [&] {
    copy(threads(state), picture(in, from) | views::resize(to.height, to.width, Antialias{filter}),
         picture(out, to));
  };
  Contender<std::uint8_t> theirs;
  if (filter == ResampleFilter::area) {
    theirs = PANE_OPENCV(state, wanted, [&] {
      cv::Mat dst = mat(wanted, to);
      cv::resize(mat(in, from), dst, dst.size(), 0, 0, cv::INTER_AREA);
    });
  }
  bench::host_case<std::uint8_t>(state, {ours, &out}, theirs);
  bench::dump(name + ".in", picture(in, from));
  bench::dump(name + ".out", picture(out, to));
}
void area_u8_224x224(benchmark::State& state) {
  antialiased(state, "area_u8_224x224", {224, 224}, ResampleFilter::area);
}
void antialias_u8_224x224(benchmark::State& state) {
  antialiased(state, "antialias_u8_224x224", {224, 224}, ResampleFilter::triangle);
}
void antialias_u8_1080x1920(benchmark::State& state) {
  antialiased(state, "antialias_u8_1080x1920", {1080, 1920}, ResampleFilter::triangle);
}
PANE_HOST_BENCHMARK(area_u8_224x224);
PANE_HOST_BENCHMARK(antialias_u8_224x224);
PANE_HOST_BENCHMARK(antialias_u8_1080x1920);

// ---- P1, P2: video frames to a network -----------------------------------------------------------------------

void p1_f32(benchmark::State& state) {
  Size const s{1080, 1920};
  Size const to{640, 640};
  Bytes const in = nv12_bytes(s);
  Floats out(elements(to));
  Floats wanted(elements(to));
  auto const ours = [&] {
    copy(threads(state),
         nv12_of(in, s) |
             views::letterbox(640, 640, {.fill = to_yuv({{114, 114, 114}}, bt601, limited_range)}) |
             views::to_rgb(bt601, limited_range) | views::scale_offset(1.0f / 255.0f),
         Tensor<float, NCHW<3>>(out.data(), {1, 3, 640, 640}));
  };
#if defined(PANE_BENCH_OPENCV)
  cv::Mat rgb;
  cv::Mat small;
  cv::Mat box;
  Planar planar;
#endif
  // OpenCV converts the whole frame, repeats chroma where Pane interpolates it, and rounds twice.
  bench::host_case<float>(
      state, {ours, &out},
      PANE_OPENCV(
          state, wanted,
          [&] {
            cv::cvtColor(mat(in, {s.height * 3 / 2, s.width}, CV_8UC1), rgb,
                         cv::COLOR_YUV2RGB_NV12);
            cv::resize(rgb, small, {640, 360}, 0, 0, cv::INTER_LINEAR);
            cv::copyMakeBorder(small, box, 140, 140, 0, 0, cv::BORDER_CONSTANT, {114, 114, 114});
            planar(box, wanted.data(), false);
          }),
      {.allowed = 3.0 / 255.0});
}

void p2(benchmark::State& state, ResampleFilter filter) {
  Size const s{2160, 3840};
  Size const to{224, 224};
  Bytes const in = nv12_bytes(s);
  Floats out(elements(to));
  Floats wanted(elements(to));
  auto const ours = [&] {
    copy(threads(state),
         nv12_of(in, s) | views::resize(224, 224, Antialias{filter}) |
             views::to_rgb(bt601, limited_range) |
             views::normalize(mean, deviation, {.scale = 1.0f / 255.0f}),
         Tensor<float, NCHW<3>>(out.data(), {1, 3, 224, 224}));
  };
#if defined(PANE_BENCH_OPENCV)
  cv::Mat rgb;
  cv::Mat small;
  Planar planar;
#endif
  Contender<float> theirs;
  if (filter == ResampleFilter::area) {
    theirs = PANE_OPENCV(state, wanted, [&] {
      cv::cvtColor(mat(in, {s.height * 3 / 2, s.width}, CV_8UC1), rgb, cv::COLOR_YUV2RGB_NV12);
      cv::resize(rgb, small, {224, 224}, 0, 0, cv::INTER_AREA);
      planar(small, wanted.data(), true);
    });
  }
  bench::host_case<float>(state, {ours, &out}, theirs, {.allowed = 2 * level});
}
void p2_f32_area(benchmark::State& state) {
  p2(state, ResampleFilter::area);
}
void p2_f32(benchmark::State& state) {
  p2(state, ResampleFilter::triangle);
}
PANE_HOST_BENCHMARK(p1_f32);
PANE_HOST_BENCHMARK(p2_f32_area);
PANE_HOST_BENCHMARK(p2_f32);

// ---- P3: crops of one frame ----------------------------------------------------------------------------------

/// Crop widths 40, 46, ... 334, twice as high, spread over the frame.
std::vector<CropBox> detections() {
  std::vector<CropBox> boxes;
  for (int i = 0; i < 50; ++i) {
    int const w = 40 + 6 * i;
    boxes.push_back({{i * 1237 % (3840 - w), i * 733 % (2160 - 2 * w), w, 2 * w}, 0});
  }
  return boxes;
}

void p3_f32(benchmark::State& state) {
  Size const s{2160, 3840};
  Size const to{256, 128};
  auto const boxes = detections();
  Bytes const in = bench::random_bytes(elements(s));
  Floats out(boxes.size() * elements(to));
  Floats wanted(out.size());
  auto const ours = [&] {
    copy(threads(state),
         picture(in, s) | views::crops(boxes) | views::resize(256, 128) |
             views::normalize(mean, deviation, {.scale = 1.0f / 255.0f}),
         Tensor<float, NCHW<3>>(out.data(), {static_cast<int>(boxes.size()), 3, 256, 128}));
  };
#if defined(PANE_BENCH_OPENCV)
  cv::Mat small;
  Planar planar;
#endif
  bench::host_case<float>(state, {ours, &out},
                          PANE_OPENCV(state, wanted,
                                      [&] {
                                        for (std::size_t i = 0; i < boxes.size(); ++i) {
                                          Roi const r = boxes[i].roi;
                                          cv::resize(
                                              mat(in, s)(cv::Rect(r.x, r.y, r.width, r.height)),
                                              small, {128, 256}, 0, 0, cv::INTER_LINEAR);
                                          planar(small, wanted.data() + i * elements(to), true);
                                        }
                                      }),
                          {.allowed = 1.01 * level});
}

/// P12a: one small picture.
void p12a_f32(benchmark::State& state) {
  Size const s{256, 256};
  Size const to{224, 224};
  Bytes const in = bench::random_bytes(elements(s));
  Floats out(elements(to));
  Floats wanted(elements(to));
  auto const ours = [&] {
    copy(threads(state),
         picture(in, s) | views::resize(224, 224) |
             views::normalize(mean, deviation, {.scale = 1.0f / 255.0f}),
         Tensor<float, CHW<3>>(out.data(), {3, 224, 224}));
  };
#if defined(PANE_BENCH_OPENCV)
  cv::Mat small;
  Planar planar;
#endif
  bench::host_case<float>(
      state, {ours, &out},
      PANE_OPENCV(state, wanted,
                  [&] {
                    cv::resize(mat(in, s), small, {224, 224}, 0, 0, cv::INTER_LINEAR);
                    planar(small, wanted.data(), true);
                  }),
      {.allowed = 1.01 * level});
}
PANE_HOST_BENCHMARK(p3_f32);
PANE_HOST_BENCHMARK(p12a_f32);

// ---- P5: NV12 and RGB ----------------------------------------------------------------------------------------

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

// ---- P8a: Gaussian 7 x 7 -------------------------------------------------------------------------------------

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

// ---- P7: affine warp -----------------------------------------------------------------------------------------

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
