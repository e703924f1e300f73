// SPDX-License-Identifier: MIT
// Pictures of other sizes, smoothed and not, and crops.
#include <benchmarks/host/pictures.hpp>

namespace {

using namespace pane;
using namespace bench;

// ---- P6: bilinear resize, u8 RGB ----

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

// ---- Antialiased resize, u8 RGB: OpenCV INTER_AREA, Pillow BILINEAR ----

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

// ---- P3: crops of one frame ----

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

}  // namespace
