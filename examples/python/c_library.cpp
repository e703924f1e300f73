// SPDX-License-Identifier: MIT
// A C interface for languages without C++ bindings. An array is its CUDA Array Interface dictionary, or NumPy's, as JSON:
// {"shape": [1080, 1920, 3], "typestr": "|u1", "data": [139637976727552, false], "version": 3, "strides": null}
#include <pane/interop/cuda_array_interface.hpp>

#if PANE_PYTHON_CUDA
#include <pane/interop/cuda_memory.hpp>
#endif

#include <cstdint>
#include <cstdio>
#include <exception>

#include "verbs.hpp"

#define PANE_C_API extern "C" __attribute__((visibility("default")))

namespace {

pane::AnyTensor import_json(char const* json, example::Where const& where) {
  pane::detail::require(json != nullptr, "pane_resize: an array is null");
  auto const cai = pane::from_json_text(json);
  if (auto const* const stream = std::get_if<pane::Stream>(&where)) {
#if PANE_PYTHON_CUDA
    return pane::from_cuda_array_interface(cai, *stream);
#else
    (void)stream;
#endif
  }
  return pane::from_cuda_array_interface(cai, pane::host);
}

/// (H, W, C) as (1, H, W, C).
pane::AnyTensor as_batch(pane::AnyTensor t) {
  pane::detail::require(t.rank == 3, "pane_resize: the array is ", t.text(),
                        ": it has the axes height, width and channel");
  for (int i = 3; i > 0; --i) {
    t.shape[i] = t.shape[i - 1];
    t.stride_bytes[i] = t.stride_bytes[i - 1];
  }
  t.shape[0] = 1;
  t.rank = 4;
  return t;
}

int resize(char const* src, char const* dst, example::Where const& where, char* error, int size) {
  auto const report = [&](char const* text) {
    if (error != nullptr && size > 0)
      (void)std::snprintf(error, static_cast<std::size_t>(size), "%s", text);
    return 1;
  };
  try {
    pane::AnyTensor const in = as_batch(import_json(src, where));
    pane::AnyTensor const out = as_batch(import_json(dst, where));
    example::resize(where, in, out);
    return 0;
  } catch (std::exception const& e) {
    return report(e.what());
  } catch (...) {
    return report("unknown exception");
  }
}

}  // namespace

/// Resamples src (H, W, C) to the size of dst, on a stream: 1 is the legacy default stream. The arrays must live until the
/// stream has passed. Returns 0; or 1 with the message in `error`, when nothing was enqueued.
PANE_C_API int pane_resize(char const* src_json,
                           char const* dst_json,
                           std::uintptr_t stream,
                           char* error,
                           int error_bytes) {
  return resize(src_json, dst_json, pane::Stream(reinterpret_cast<CUstream_st*>(stream)), error,
                error_bytes);
}

/// The same for arrays of the host.
PANE_C_API int pane_resize_host(char const* src_json,
                                char const* dst_json,
                                char* error,
                                int error_bytes) {
  return resize(src_json, dst_json, pane::host, error, error_bytes);
}
