// SPDX-License-Identifier: MIT
// Interleaved bytes to planar numbers: 64 frames of 1080p, HWC u8 -> (x / 255 - mean) / std -> CHW.
#include <pane/pane.hpp>

#include <benchmarks/support/device_case.hpp>

namespace {

using namespace pane;

template <class T>
void normalize_planar(bench::Case& c, int frames, int height, int width, int pitch = 0) {
  auto const rows = static_cast<std::size_t>(height);
  std::int64_t const row_bytes = pitch != 0 ? pitch : width * 3;
  std::size_t const count = rows * static_cast<std::size_t>(width) * 3;
  bench::frames_case<T>(
      c,
      {frames, rows * static_cast<std::size_t>(row_bytes), count,
       static_cast<double>(count) * frames * (1 + sizeof(T))},
      [=](auto where, std::uint8_t const* in, T* out, int n) {
        copy(where,
             Tensor<std::uint8_t const, NHWC<3>>::pitched(in, {n, height, width, 3}, row_bytes) |
                 views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                                  {.scale = 1.0f / 255.0f}),
             Tensor<T, NCHW<3>>(out, {n, 3, height, width}));
      });
}

void p4_f32(bench::Case& c) {
  normalize_planar<float>(c, 64, 1080, 1920);
}
void p4_f16(bench::Case& c) {
  normalize_planar<f16>(c, 64, 1080, 1920);
}
void p4_f32_256x224(bench::Case& c) {
  normalize_planar<float>(c, 256, 224, 224);
}
void p4_f32_1079x1919(bench::Case& c) {
  normalize_planar<float>(c, 64, 1079, 1919);
}
void p4_f16_1079x1919(bench::Case& c) {
  normalize_planar<f16>(c, 64, 1079, 1919);
}
void p4_f32_pitch_5889(bench::Case& c) {
  normalize_planar<float>(c, 64, 1080, 1920, 5889);
}
void p4_u8(bench::Case& c) {
  normalize_planar<std::uint8_t>(c, 64, 1080, 1920);
}
PANE_CASE(p4_f32);
PANE_CASE(p4_f16);
PANE_CASE(p4_f32_256x224);
PANE_CASE(p4_f32_1079x1919);
PANE_CASE(p4_f16_1079x1919);
PANE_CASE(p4_f32_pitch_5889);
PANE_CASE(p4_u8);

}  // namespace
