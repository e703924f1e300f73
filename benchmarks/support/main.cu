// SPDX-License-Identifier: MIT
// main of the *_bench programs: Google Benchmark over the cases that the program is linked from. Before it is timed, a
// case is run once and its last frame compared with what the same call makes of that frame on the CPU, which the tests
// compare with float64 and with other libraries.
#include <pane/core.hpp>

#include <benchmark/benchmark.h>
#include <benchmarks/support/case.hpp>
#include <benchmarks/support/device_bytes.hpp>
#include <benchmarks/support/timing.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace bench;

/// The largest difference of two results in units of what is allowed: one level for integers, a step of the type
/// for halves, a few for floats.
template <class Out>
double worst_difference(Out const* got, Out const* want, std::size_t count) {
  double worst = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    auto const a = static_cast<double>(pane::detail::to_number(got[i]));
    auto const b = static_cast<double>(pane::detail::to_number(want[i]));
    double allowed = 1.0;
    if constexpr (!std::is_integral_v<Out>)
      allowed = (sizeof(Out) == 2 ? 0x1p-10 : 0x1p-17) * std::max(1.0, std::fabs(b));
    double const off = std::fabs(a - b) / allowed;
    worst = off > worst || off != off ? off : worst;
  }
  return worst;
}

double worst_difference(Case const& c, void const* got, void const* want) {
  auto const as = [&]<class T>(T) {
    return worst_difference(static_cast<T const*>(got), static_cast<T const*>(want),
                            c.shape.out_count);
  };
  if (c.element == Element::u8) return as(std::uint8_t{});
  return c.element == Element::f16 ? as(pane::f16{}) : as(float{});
}

void run(benchmark::State& state, void (*describe)(Case&)) {
  if (!has_gpu()) {
    state.SkipWithError("no CUDA device");
    return;
  }
  Case c;
  describe(c);
  int const sets = rotation(c.in_bytes() + c.out_bytes());
  std::vector<DeviceBytes> in;
  std::vector<DeviceBytes> out;
  for (int i = 0; i < sets; ++i) {
    in.emplace_back(c.in_bytes(), static_cast<unsigned>(i + 1));
    out.emplace_back(c.out_bytes());
  }
  auto const enqueue = [&](int launch, cudaStream_t stream) {
    auto const i = static_cast<std::size_t>(launch % sets);
    c.enqueue(stream, in[i].data(), out[i].data());
  };

  enqueue(0, nullptr);
  check(cudaDeviceSynchronize(), "the first run");
  auto const last = static_cast<std::size_t>(c.shape.frames - 1);
  auto const frame = in[0].download(last * c.shape.in_bytes, c.shape.in_bytes);
  auto const got = out[0].download(last * c.out_frame_bytes(), c.out_frame_bytes());
  std::vector<unsigned char> want(c.out_frame_bytes());
  c.on_host(frame.data(), want.data());
  double const worst = worst_difference(c, got.data(), want.data());
  if (!(worst <= 1.0)) {
    std::string const message =
        "wrong result: " + std::to_string(worst) + " times the allowed difference";
    state.SkipWithError(message.c_str());
    return;
  }

  int const launches = std::max(sets, 24 / sets * sets);
  double us = 0;
  for (auto _ : state) {
    us = graph_microseconds(launches, 15, enqueue);
    state.SetIterationTime(us * 1e-6);
  }
  double const floor_us = c.bytes() / copy_rate() * 1e6;
  state.counters["us"] = us;
  state.counters["floor_us"] = floor_us;
  state.counters["of_copy"] = floor_us / us;
  state.counters["of_copy_and_launch"] = (floor_us + empty_launch()) / us;
  state.counters["empty_us"] = empty_launch();
  state.counters["copy_GBps"] = copy_rate() * 1e-9;
  state.counters["worst"] = worst;
}

}  // namespace

int main(int argc, char** argv) {
  for (auto const& entry : registry()) {
    benchmark::RegisterBenchmark(entry.name.c_str(), run, entry.describe)
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
