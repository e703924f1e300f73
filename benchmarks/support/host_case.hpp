// SPDX-License-Identifier: MIT
#pragma once

// How a case is timed on the CPU: Pane and OpenCV in turns, the shortest of many rounds of each. One thread is timed
// by its own CPU time, so that whoever else uses the machine counts little; all cores by the clock on the wall.
//
// Before it is timed, what both made of the same picture is compared.

#include <pane/interop/npy_write.hpp>
#include <pane/pane.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace bench {

/// Random bytes from `low` to `high`.
inline std::vector<std::uint8_t> random_bytes(std::size_t count,
                                              unsigned low = 0,
                                              unsigned high = 255) {
  std::mt19937 engine(1);
  std::vector<std::uint8_t> out(count);
  for (auto& b : out) b = static_cast<std::uint8_t>(low + engine() % (high - low + 1));
  return out;
}

inline double seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// How a result may differ from OpenCV's.
struct Agreement {
  double allowed = 1.0;  ///< the largest difference of two elements
  std::size_t first =
      0;  ///< the elements that are compared; none: nothing is, the two mean different things
  std::size_t count = SIZE_MAX;
};

/// What does a case, and where the result is.
template <class Out>
struct Contender {
  std::function<void()> run;  ///< empty: not here
  std::vector<Out>* result = nullptr;
};

/// Writes a picture to the folder that PANE_BENCH_DUMP names, for programs in other languages.
template <class T, class L>
void dump(std::string const& name, pane::Tensor<T, L> const& picture) {
  if (char const* folder = std::getenv("PANE_BENCH_DUMP"))
    pane::write_npy(std::string(folder) + "/" + name + ".npy", pane::AnyTensor(picture));
}

/// Checks and times one case. `state.range(0)` is the number of threads; 0: one for each core.
template <class Out>
void host_case(benchmark::State& state,
               Contender<Out> const& ours,
               Contender<Out> const& theirs,
               Agreement agreement = {}) {
  ours.run();
  if (theirs.run) {
    theirs.run();
    double worst = 0.0;
    std::size_t const end =
        agreement.first + std::min(agreement.count, ours.result->size() - agreement.first);
    for (std::size_t i = agreement.first; i < end; ++i) {
      double const off = std::fabs(static_cast<double>((*ours.result)[i]) -
                                   static_cast<double>((*theirs.result)[i]));
      worst = off > worst || off != off ? off : worst;
    }
    if (!(worst <= agreement.allowed)) {
      state.SkipWithError(("wrong result: off by " + std::to_string(worst)).c_str());
      return;
    }
    state.counters["worst"] = worst;
  }
  clockid_t const clock = state.range(0) == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  double best[2] = {1e30, 1e30};
  std::function<void()> const* const run[2] = {&ours.run, &theirs.run};
  for (auto _ : state) {
    double const end = seconds(CLOCK_MONOTONIC) + 1.5;
    for (int round = 0; round < 10 || (round < 200 && seconds(CLOCK_MONOTONIC) < end); ++round) {
      for (int i = 0; i < 2; ++i) {
        if (!*run[i]) continue;
        double const begin = seconds(clock);
        (*run[i])();
        best[i] = std::min(best[i], seconds(clock) - begin);
      }
    }
    state.SetIterationTime(best[0]);
  }
  state.counters["ms"] = best[0] * 1e3;
  if (theirs.run) {
    state.counters["opencv_ms"] = best[1] * 1e3;
    state.counters["ratio"] = best[0] / best[1];
  }
}

}  // namespace bench

/// Registers `void name(benchmark::State&)` for one thread and for all cores.
#define PANE_HOST_BENCHMARK(name)                                                            \
  BENCHMARK(name)->Arg(1)->Arg(0)->ArgName("threads")->UseManualTime()->Iterations(1)->Unit( \
      benchmark::kMillisecond)
