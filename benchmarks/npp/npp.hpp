// SPDX-License-Identifier: MIT
#pragma once

// What the NPP cases share: the stream's context, lists of images in GPU memory, and the way to planar floats.

#include <cuda_runtime.h>

#include <benchmarks/support/case.hpp>
#include <benchmarks/support/device_bytes.hpp>
#include <npp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace npp {

inline void check(NppStatus status, char const* what) {
  if (status != NPP_SUCCESS)
    throw std::runtime_error(std::string(what) + ": NppStatus " + std::to_string(status));
}

/// NPP's description of a stream: the device is asked once.
inline NppStreamContext context(cudaStream_t stream) {
  static NppStreamContext const device = [] {
    NppStreamContext c{};
    bench::check(cudaGetDevice(&c.nCudaDeviceId), "cudaGetDevice");
    auto const get = [&](cudaDeviceAttr attribute) {
      int value = 0;
      bench::check(cudaDeviceGetAttribute(&value, attribute, c.nCudaDeviceId),
                   "cudaDeviceGetAttribute");
      return value;
    };
    c.nMultiProcessorCount = get(cudaDevAttrMultiProcessorCount);
    c.nMaxThreadsPerMultiProcessor = get(cudaDevAttrMaxThreadsPerMultiProcessor);
    c.nMaxThreadsPerBlock = get(cudaDevAttrMaxThreadsPerBlock);
    c.nSharedMemPerBlock = static_cast<std::size_t>(get(cudaDevAttrMaxSharedMemoryPerBlock));
    c.nCudaDevAttrComputeCapabilityMajor = get(cudaDevAttrComputeCapabilityMajor);
    c.nCudaDevAttrComputeCapabilityMinor = get(cudaDevAttrComputeCapabilityMinor);
    c.nStreamFlags = cudaStreamNonBlocking;
    return c;
  }();
  NppStreamContext c = device;
  c.hStream = stream;
  return c;
}

using Buffer = std::shared_ptr<bench::DeviceBytes>;
inline Buffer buffer(std::size_t bytes) {
  return std::make_shared<bench::DeviceBytes>(bytes);
}
inline Npp8u* bytes_of(Buffer const& b) {
  return static_cast<Npp8u*>(b->data());
}

/// Lists of T in GPU memory, one for each pair of buffers that a case has been called with. The first call with a pair
/// uploads its list, outside of any measurement; NPP's batches read it from there.
template <class T>
class Lists {
 public:
  template <class Make>
  T* get(void const* in, void const* out, Make&& make) {
    auto& list = (*lists_)[{in, out}];
    if (!list) {
      std::vector<T> const items = make();
      list = buffer(items.size() * sizeof(T));
      bench::check(cudaMemcpy(list->data(), items.data(), list->bytes(), cudaMemcpyHostToDevice),
                   "cudaMemcpy");
    }
    return static_cast<T*>(list->data());
  }

 private:
  using Map = std::map<std::pair<void const*, void const*>, Buffer>;
  std::shared_ptr<Map> lists_ = std::make_shared<Map>();
};

inline constexpr float mean[3] = {0.485f, 0.456f, 0.406f};
inline constexpr float deviation[3] = {0.229f, 0.224f, 0.225f};

/// Interleaved bytes of `frames` images -> planar floats or halves, (x / 255 - mean) / deviation: one split of all
/// images as one tall picture, then one scaling a channel in which every image is one row. Scratch memory is its own.
class Planar {
 public:
  Planar(int frames, int height, int width, bool half)
      : frames_(frames),
        height_(height),
        width_(width),
        planes_(buffer(count())),
        floats_(half ? buffer(count() * sizeof(float)) : nullptr) {}

  void operator()(NppStreamContext const& c,
                  void const* in,
                  void* out,
                  float const* mu,
                  float const* sigma) const {
    int const pixels = height_ * width_;
    auto const plane = static_cast<std::size_t>(frames_) * static_cast<std::size_t>(pixels);
    Npp8u* split[3];
    for (std::size_t i = 0; i < 3; ++i) split[i] = bytes_of(planes_) + i * plane;
    check(nppiCopy_8u_C3P3R_Ctx(static_cast<Npp8u const*>(in), width_ * 3, split, width_,
                                {width_, frames_ * height_}, c),
          "nppiCopy_8u_C3P3R");
    auto* const to = static_cast<Npp32f*>(floats_ ? floats_->data() : out);
    for (int i = 0; i < 3; ++i) {
      check(nppiScale_8u32f_C1R_Ctx(split[i], pixels, to + std::int64_t{i} * pixels,
                                    3 * pixels * static_cast<int>(sizeof(float)), {pixels, frames_},
                                    -mu[i] / sigma[i], (1.0f - mu[i]) / sigma[i], c),
            "nppiScale_8u32f_C1R");
    }
    if (floats_) {
      check(nppiConvert_32f16f_C1R_Ctx(to, pixels * 4, static_cast<Npp16f*>(out), pixels * 2,
                                       {pixels, 3 * frames_}, NPP_RND_NEAR, c),
            "nppiConvert_32f16f_C1R");
    }
  }

 private:
  std::size_t count() const {
    return static_cast<std::size_t>(frames_) * static_cast<std::size_t>(height_) *
           static_cast<std::size_t>(width_) * 3;
  }
  int frames_;
  int height_;
  int width_;
  Buffer planes_;
  Buffer floats_;
};

/// BT.709 limited range, to RGB and from it. NPP adds the last column to (Y, U, V) before the product on the way to RGB,
/// and to the product on the way back.
struct Twist {
  Npp32f m[3][4];
};
inline Twist to_rgb() {
  constexpr double kr = 0.2126, kb = 0.0722, kg = 1.0 - kr - kb;
  constexpr double y = 255.0 / 219.0, c = 255.0 / 224.0;
  double const v = 2.0 * (1.0 - kr) * c, u = 2.0 * (1.0 - kb) * c;
  double const m[3][3] = {{y, 0.0, v}, {y, -u * kb / kg, -v * kr / kg}, {y, u, 0.0}};
  Twist t{};
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) t.m[i][k] = static_cast<float>(m[i][k]);
    t.m[i][3] = i == 0 ? -16.0f : -128.0f;
  }
  return t;
}
inline Twist to_yuv() {
  constexpr double kr = 0.2126, kb = 0.0722, kg = 1.0 - kr - kb;
  constexpr double y = 219.0 / 255.0, c = 224.0 / 255.0;
  double const u = c / (2.0 * (1.0 - kb)), v = c / (2.0 * (1.0 - kr));
  double const m[3][4] = {{y * kr, y * kg, y * kb, 16.0},
                          {-u * kr, -u * kg, u * (1.0 - kb), 128.0},
                          {v * (1.0 - kr), -v * kg, -v * kb, 128.0}};
  Twist t{};
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 4; ++k) t.m[i][k] = static_cast<float>(m[i][k]);
  return t;
}

/// `frames` NV12 surfaces of packed rows -> RGB, a call a frame.
inline void nv12_to_rgb(
    NppStreamContext const& c, void const* in, void* out, int frames, int height, int width) {
  Twist const twist = to_rgb();
  auto const pixels = std::int64_t{height} * width;
  for (std::int64_t n = 0; n < frames; ++n) {
    Npp8u const* const y = static_cast<Npp8u const*>(in) + n * (pixels * 3 / 2);
    Npp8u const* const planes[2] = {y, y + pixels};
    int steps[2] = {width, width};
    check(nppiNV12ToRGB_8u_ColorTwist32f_P2C3R_Ctx(planes, steps,
                                                   static_cast<Npp8u*>(out) + n * pixels * 3,
                                                   width * 3, {width, height}, twist.m, c),
          "nppiNV12ToRGB_8u_ColorTwist32f_P2C3R");
  }
}

}  // namespace npp

/// Registers a function that describes an NPP case under a name that may have a dot.
#define NPP_CASE(function, name, differs) \
  [[maybe_unused]] static bool const function##_registered = bench::add(name, function, differs)
