// SPDX-License-Identifier: MIT
// Video frames to a network.
#include <benchmarks/host/pictures.hpp>

namespace {

using namespace pane;
using namespace bench;

// ---- P1, P2: video frames to a network ----

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

}  // namespace
