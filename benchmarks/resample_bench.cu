// SPDX-License-Identifier: MIT
// Antialiased shrinking: 8 NV12 frames of 4K -> 224 x 224 -> RGB -> normalised planar float; and plain RGB.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

constexpr int frames = 8;
constexpr int side = 224;

void nv12_antialias(
    benchmark::State& state, int height, int width, int pitch_bytes, ResampleFilter filter) {
  if (!bench::has_gpu()) return state.SkipWithError("no CUDA device");
  std::size_t const in_bytes = static_cast<std::size_t>(frames) * height * 3 / 2 * pitch_bytes;
  std::size_t const out_bytes = static_cast<std::size_t>(frames) * 3 * side * side * sizeof(float);
  int const sets = bench::rotation(in_bytes + out_bytes);
  std::vector<bench::DeviceBytes> in;
  std::vector<bench::DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(in_bytes, static_cast<unsigned>(i + 1));
    out.emplace_back(out_bytes);
  }
  double const bytes = frames * height * 1.5 * width + static_cast<double>(out_bytes);
  bench::device_case(state, bytes, sets, [&](int set, cudaStream_t stream) {
    auto const src = nv12_surface(
        static_cast<std::uint8_t const*>(in[static_cast<std::size_t>(set)].data()),
        {.batch = frames, .height = height, .width = width, .pitch_bytes = pitch_bytes});
    Tensor<float, NCHW<3>> const dst(static_cast<float*>(out[static_cast<std::size_t>(set)].data()),
                                     {frames, 3, side, side});
    copy(stream,
         src | views::resize(side, side, Antialias{filter}) | views::to_rgb(bt709, limited_range) |
             views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                              {.scale = 1.0f / 255.0f}),
         dst);
  });
}

void p2_f32(benchmark::State& state) {
  nv12_antialias(state, 2160, 3840, 3840, ResampleFilter::triangle);
}
void p2_f32_pitch_4096(benchmark::State& state) {
  nv12_antialias(state, 2160, 3840, 4096, ResampleFilter::triangle);
}
void p2_f32_2158x3838(benchmark::State& state) {
  nv12_antialias(state, 2158, 3838, 3838, ResampleFilter::triangle);
}
void p2_f32_lanczos(benchmark::State& state) {
  nv12_antialias(state, 2160, 3840, 3840, ResampleFilter::lanczos);
}
BENCHMARK(p2_f32)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p2_f32_pitch_4096)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p2_f32_2158x3838)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p2_f32_lanczos)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);

}  // namespace
