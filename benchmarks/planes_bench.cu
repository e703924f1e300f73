// SPDX-License-Identifier: MIT
// Colour to video planes: 8 frames of 4K, HWC u8 RGB -> BT.709 limited NV12; also with a pitch and odd sizes.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void rgb_to_nv12(benchmark::State& state, int frames, int height, int width, int pitch_bytes) {
  if (!bench::has_gpu()) return state.SkipWithError("no CUDA device");
  auto const pixels = static_cast<std::size_t>(frames) * height * width;
  int const chroma_rows = (height + 1) / 2;
  auto const surface = static_cast<std::size_t>(height + chroma_rows) * pitch_bytes;
  int const sets = bench::rotation(pixels * 3 + frames * surface);
  std::vector<bench::DeviceBytes> in;
  std::vector<bench::DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(pixels * 3, static_cast<unsigned>(i + 1));
    out.emplace_back(frames * surface);
  }
  bench::device_case(
      state, static_cast<double>(pixels) * 4.5, sets, [&](int set, cudaStream_t stream) {
        Tensor<std::uint8_t const, NHWC<3>> const src(
            static_cast<std::uint8_t const*>(in[static_cast<std::size_t>(set)].data()),
            {frames, height, width, 3});
        auto* const y = static_cast<std::uint8_t*>(out[static_cast<std::size_t>(set)].data());
        auto const batch_bytes = static_cast<std::int64_t>(surface);
        auto const chroma = [&](int first) {
          return Tensor<std::uint8_t, NHW>::strided(y + std::int64_t{height} * pitch_bytes + first,
                                                    {frames, chroma_rows, (width + 1) / 2},
                                                    {batch_bytes, pitch_bytes, 2});
        };
        Planes<std::uint8_t> const dst(
            Tensor<std::uint8_t, NHW>::strided(y, {frames, height, width},
                                               {batch_bytes, pitch_bytes, 1}),
            chroma(0), chroma(1), 1, 1);
        copy(stream, src | views::to_yuv(bt709, limited_range), dst);
      });
}

void p5_rgb_to_nv12(benchmark::State& state) {
  rgb_to_nv12(state, 8, 2160, 3840, 3840);
}
void p5_rgb_to_nv12_pitch_4096(benchmark::State& state) {
  rgb_to_nv12(state, 8, 2160, 3840, 4096);
}
void p5_rgb_to_nv12_2159x3839(benchmark::State& state) {
  rgb_to_nv12(state, 8, 2159, 3839, 3840);
}
BENCHMARK(p5_rgb_to_nv12)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p5_rgb_to_nv12_pitch_4096)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p5_rgb_to_nv12_2159x3839)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);

}  // namespace
