// SPDX-License-Identifier: MIT
#pragma once

// A case of the benchmarks: one call of the library on frames of one shape. Each *_bench file defines some and
// registers them; the Google Benchmark programs (support/main.cpp) and the shared libraries for benchmarks/peers
// (support/library.cpp) run what is registered in the files that they are linked from.

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace bench {

inline void check(cudaError_t status, char const* what) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

/// What a case reads and writes for one frame.
struct FrameShape {
  int frames = 1;
  std::size_t in_bytes = 0;   ///< of the memory of one frame
  std::size_t out_count = 0;  ///< elements that one frame becomes
  double bytes = 0.0;  ///< bytes that all frames must move; 0: everything read and written once
};

/// Element types of a result.
enum class Element : int { u8 = 0, f16 = 1, f32 = 2 };

template <class T>
constexpr Element element_of = sizeof(T) == 1   ? Element::u8
                               : sizeof(T) == 2 ? Element::f16
                                                : Element::f32;

constexpr std::size_t size_of(Element e) {
  return e == Element::u8 ? 1 : e == Element::f16 ? 2 : 4;
}

/// One case. `enqueue` puts all frames on a stream; `on_host`, where there is one, does the last frame on the CPU.
struct Case {
  FrameShape shape;
  Element element = Element::u8;
  std::function<void(cudaStream_t, void const* in, void* out)> enqueue;
  std::function<void(void const* in, void* out)> on_host;

  std::size_t in_bytes() const { return shape.in_bytes * static_cast<std::size_t>(shape.frames); }
  std::size_t out_frame_bytes() const { return shape.out_count * size_of(element); }
  std::size_t out_bytes() const {
    return out_frame_bytes() * static_cast<std::size_t>(shape.frames);
  }
  double bytes() const {
    return shape.bytes > 0.0 ? shape.bytes : static_cast<double>(in_bytes() + out_bytes());
  }
};

/// A case by its name. A peer's case has the name of the case that it stands beside, and perhaps `.variant`; `differs`
/// says what a peer computes otherwise than Pane does.
struct Entry {
  std::string name;
  void (*describe)(Case&);
  std::string differs;
};

inline std::vector<Entry>& registry() {
  static std::vector<Entry> entries;
  return entries;
}

inline bool add(char const* name, void (*describe)(Case&), char const* differs = "") {
  registry().push_back({name, describe, differs});
  return true;
}

}  // namespace bench

/// Registers `void name(bench::Case&)`.
#define PANE_CASE(name) \
  [[maybe_unused]] static bool const name##_registered = bench::add(#name, name)
