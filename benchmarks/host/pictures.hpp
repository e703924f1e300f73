// SPDX-License-Identifier: MIT
#pragma once

// What the cases of the CPU share: pictures, OpenCV's views of them, and its form of a normalisation.

#include <pane/pane.hpp>

#include <benchmarks/support/host_case.hpp>
#include <benchmarks/support/scenes.hpp>

#if __has_include(<opencv2/imgproc.hpp>)
#include <opencv2/imgproc.hpp>
#define PANE_BENCH_OPENCV 1
#endif

#include <cmath>
#include <thread>
#include <vector>

namespace bench {

using pane::Host;
using pane::HWC;
using pane::Nv12;
using pane::Size;
using pane::Tensor;

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

/// A step of u8 after the normalisation.
inline constexpr double level = 1.0 / 255.0 / 0.224;

inline std::size_t elements(Size s, int channels = 3) {
  return static_cast<std::size_t>(s.height) * static_cast<std::size_t>(s.width) *
         static_cast<std::size_t>(channels);
}

inline Tensor<std::uint8_t, HWC<3>> picture(Bytes& bytes, Size s) {
  return {bytes.data(), {s.height, s.width, 3}};
}
inline Tensor<std::uint8_t const, HWC<3>> picture(Bytes const& bytes, Size s) {
  return {bytes.data(), {s.height, s.width, 3}};
}

/// Random luma, and chroma that changes slowly, so that it matters little whether chroma or colour is interpolated.
inline Bytes nv12_bytes(Size s) {
  Bytes out = random_bytes(elements(s, 1) * 3 / 2, 80, 180);
  for (int y = 0; y < s.height / 2; ++y) {
    for (int x = 0; x < s.width; ++x) {
      double const wave = std::sin(y * 0.004 + (x % 2)) * std::cos(x / 2 * 0.003);
      out[elements(s, 1) + static_cast<std::size_t>(y) * static_cast<std::size_t>(s.width) +
          static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(128.0 + 12.0 * wave);
    }
  }
  return out;
}

inline Nv12<std::uint8_t const> nv12_of(Bytes const& bytes, Size s) {
  return pane::nv12_surface(bytes.data(), {.batch = 1, .height = s.height, .width = s.width});
}

#if defined(PANE_BENCH_OPENCV)

inline cv::Mat mat(Bytes const& bytes, Size s, int type = CV_8UC3) {
  return {s.height, s.width, type, const_cast<std::uint8_t*>(bytes.data())};
}

/// Interleaved bytes -> normalised planar floats: split, then one conversion with factor and offset a plane.
class Planar {
 public:
  void operator()(cv::Mat const& src, float* out, bool normalized) {
    cv::split(src, planes_);
    for (int c = 0; c < 3; ++c) {
      auto const i = static_cast<std::size_t>(c);
      cv::Mat plane(src.rows, src.cols, CV_32F, out + i * src.total());
      double const d = normalized ? static_cast<double>(deviation[c]) : 1.0;
      double const m = normalized ? static_cast<double>(mean[c]) : 0.0;
      planes_[i].convertTo(plane, CV_32F, 1.0 / 255.0 / d, -m / d);
    }
  }

 private:
  std::vector<cv::Mat> planes_;
};

inline void opencv_threads(benchmark::State const& state) {
  cv::setNumThreads(state.range(0) == 1 ? 1
                                        : static_cast<int>(std::thread::hardware_concurrency()));
}

template <class Out, class F>
Contender<Out> opencv(benchmark::State const& state, std::vector<Out>& result, F f) {
  opencv_threads(state);
  return {f, &result};
}
#define PANE_OPENCV(state, result, ...) opencv(state, result, __VA_ARGS__)
#else
#define PANE_OPENCV(state, result, ...) \
  {}
#endif

inline Host threads(benchmark::State const& state) {
  return {.threads = static_cast<int>(state.range(0))};
}

}  // namespace bench
