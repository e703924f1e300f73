// SPDX-License-Identifier: MIT
// A rotation by 30 degrees of 4 frames of 4K RGB, bilinear, u8 to u8.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void warp_affine_u8_30_degrees(benchmark::State& state) {
  if (!bench::has_gpu()) return state.SkipWithError("no CUDA device");
  constexpr int frames = 4;
  constexpr int height = 2160;
  constexpr int width = 3840;
  constexpr std::size_t count = std::size_t{frames} * height * width * 3;
  int const sets = bench::rotation(2 * count);
  std::vector<bench::DeviceBytes> in;
  std::vector<bench::DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(count, static_cast<unsigned>(i + 1));
    out.emplace_back(count);
  }
  float const c = 0.8660254f;
  float const s = 0.5f;
  AffineMap const map{{{c, s, 1920 - c * 1920 - s * 1080}, {-s, c, 1080 + s * 1920 - c * 1080}}};
  // The upper bound of what is read: the whole source, corners that the rotation leaves out included.
  bench::device_case(state, 2.0 * count, sets, [&](int set, cudaStream_t stream) {
    auto const i = static_cast<std::size_t>(set);
    Tensor<std::uint8_t const, NHWC<3>> const src(static_cast<std::uint8_t const*>(in[i].data()),
                                                  {frames, height, width, 3});
    Tensor<std::uint8_t, NHWC<3>> const dst(static_cast<std::uint8_t*>(out[i].data()),
                                            {frames, height, width, 3});
    copy(stream, src | views::warp_affine(height, width, map), dst);
  });
}
BENCHMARK(warp_affine_u8_30_degrees)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);

}  // namespace
