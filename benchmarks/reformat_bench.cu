// SPDX-License-Identifier: MIT
// Interleaved bytes to planar numbers: 64 frames of 1080p, HWC u8 -> (x / 255 - mean) / std -> CHW.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

template <class T>
void normalize_planar(benchmark::State& state, int frames, int height, int width) {
  if (!bench::has_gpu()) return state.SkipWithError("no CUDA device");
  std::size_t const count = static_cast<std::size_t>(frames) * 3 * height * width;
  int const sets = bench::rotation(count * (1 + sizeof(T)));
  std::vector<bench::DeviceBytes> in;
  std::vector<bench::DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(count, static_cast<unsigned>(i + 1));
    out.emplace_back(count * sizeof(T));
  }
  bench::device_case(
      state, static_cast<double>(count * (1 + sizeof(T))), sets, [&](int set, cudaStream_t stream) {
        Tensor<std::uint8_t const, NHWC<3>> const src(
            static_cast<std::uint8_t const*>(in[static_cast<std::size_t>(set)].data()),
            {frames, height, width, 3});
        Tensor<T, NCHW<3>> const dst(static_cast<T*>(out[static_cast<std::size_t>(set)].data()),
                                     {frames, 3, height, width});
        copy(stream,
             src | views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                                    {.scale = 1.0f / 255.0f}),
             dst);
      });
}

void p4_f32(benchmark::State& state) {
  normalize_planar<float>(state, 64, 1080, 1920);
}
void p4_f16(benchmark::State& state) {
  normalize_planar<f16>(state, 64, 1080, 1920);
}
void p4_f32_256x224(benchmark::State& state) {
  normalize_planar<float>(state, 256, 224, 224);
}
void p4_f32_1079x1919(benchmark::State& state) {
  normalize_planar<float>(state, 64, 1079, 1919);
}
void p4_u8(benchmark::State& state) {
  normalize_planar<std::uint8_t>(state, 64, 1080, 1920);
}
BENCHMARK(p4_f32)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p4_f16)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p4_f32_256x224)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p4_f32_1079x1919)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p4_u8)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);

}  // namespace
