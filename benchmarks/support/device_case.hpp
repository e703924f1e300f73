// SPDX-License-Identifier: MIT
#pragma once

// What a *_bench file needs to define cases: one lambda that is both the call on a stream and the call on the CPU.

#include <pane/pane.hpp>

#include <benchmarks/support/case.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// A case that treats frames alike. `f(where, in, out, frames)` enqueues it, or does it when `where` is the host. The
/// case keeps `f`: it captures by value.
template <class Out, class F>
void frames_case(Case& c, FrameShape s, F f) {
  c.shape = s;
  c.element = element_of<Out>;
  c.enqueue = [f, s](cudaStream_t stream, void const* in, void* out) {
    f(pane::Stream{stream}, static_cast<std::uint8_t const*>(in), static_cast<Out*>(out), s.frames);
  };
  c.on_host = [f](void const* in, void* out) {
    f(pane::host, static_cast<std::uint8_t const*>(in), static_cast<Out*>(out), 1);
  };
}

}  // namespace bench
