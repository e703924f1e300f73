// SPDX-License-Identifier: MIT
// A Gaussian of 7 x 7 over 4 frames of 4K RGB, u8 to u8.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

void p8a_u8(benchmark::State& state) {
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
  bench::device_case(state, 2.0 * count, sets, [&](int set, cudaStream_t stream) {
    Tensor<std::uint8_t const, NHWC<3>> const src(
        static_cast<std::uint8_t const*>(in[static_cast<std::size_t>(set)].data()),
        {frames, height, width, 3});
    Tensor<std::uint8_t, NHWC<3>> const dst(
        static_cast<std::uint8_t*>(out[static_cast<std::size_t>(set)].data()),
        {frames, height, width, 3});
    copy(stream, src | views::gaussian({.size = 7, .sigma = 1.5f}), dst);
  });
}
BENCHMARK(p8a_u8)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);

}  // namespace
