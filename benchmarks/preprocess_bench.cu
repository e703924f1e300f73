// SPDX-License-Identifier: MIT
// Video to detector: 16 NV12 frames of 1080p -> letterbox 640 x 640 -> RGB -> 1/255 -> planar half or float.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

constexpr int frames = 16;

/// Bytes of the rows that linear sampling touches in one plane: all 32-byte sectors of them.
double touched_rows(int in, int out) {
  detail::Axis const axis = detail::make_axis(in, out, half_pixel);
  std::vector<bool> row(static_cast<std::size_t>(in), false);
  for (int y = 0; y < out; ++y) {
    int const i = detail::whole(axis.at(y));
    row[static_cast<std::size_t>(std::clamp(i, 0, in - 1))] = true;
    if (detail::fraction<double>(axis.at(y)) > 1e-6)
      row[static_cast<std::size_t>(std::clamp(i + 1, 0, in - 1))] = true;
  }
  return static_cast<double>(std::count(row.begin(), row.end(), true));
}

template <class T>
void letterbox_nv12(benchmark::State& state, int height, int width, int pitch) {
  if (!bench::has_gpu()) return state.SkipWithError("no CUDA device");
  std::size_t const in_bytes = static_cast<std::size_t>(frames) * height * 3 / 2 * pitch;
  std::size_t const out_count = static_cast<std::size_t>(frames) * 3 * 640 * 640;
  int const sets = bench::rotation(in_bytes + out_count * sizeof(T));
  std::vector<bench::DeviceBytes> in;
  std::vector<bench::DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(in_bytes, static_cast<unsigned>(i + 1));
    out.emplace_back(out_count * sizeof(T));
  }
  LetterboxGeometry const g = letterbox_geometry({height, width}, {640, 640});
  // The floor: the luma rows that have a weight, all chroma rows, and the whole output.
  double const luma = touched_rows(height, g.height) * width;
  double const chroma = height / 2.0 * width;
  double const bytes = frames * (luma + chroma) + static_cast<double>(out_count * sizeof(T));
  bench::device_case(state, bytes, sets, [&](int set, cudaStream_t stream) {
    auto const src =
        nv12_surface(static_cast<std::uint8_t const*>(in[static_cast<std::size_t>(set)].data()),
                     {.batch = frames, .height = height, .width = width, .pitch_bytes = pitch});
    Tensor<T, NCHW<3>> const dst(static_cast<T*>(out[static_cast<std::size_t>(set)].data()),
                                 {frames, 3, 640, 640});
    copy(stream,
         src | views::letterbox(640, 640, {.fill = 114}) | views::to_rgb(bt709, limited_range) |
             views::scale_offset(1.0f / 255.0f),
         dst);
  });
}

void p1_f16(benchmark::State& state) {
  letterbox_nv12<f16>(state, 1080, 1920, 1920);
}
void p1_f32(benchmark::State& state) {
  letterbox_nv12<float>(state, 1080, 1920, 1920);
}
void p1_f16_pitch_2048(benchmark::State& state) {
  letterbox_nv12<f16>(state, 1080, 1920, 2048);
}
void p1_f16_1078x1918(benchmark::State& state) {
  letterbox_nv12<f16>(state, 1078, 1918, 1918);
}
BENCHMARK(p1_f16)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p1_f32)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p1_f16_pitch_2048)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
BENCHMARK(p1_f16_1078x1918)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);

}  // namespace
