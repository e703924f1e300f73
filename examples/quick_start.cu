// SPDX-License-Identifier: MIT
// The chain of the README, on frames that it makes itself.
#include <pane/pane.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

//! [chain]
/// 16 NV12 frames of any pitch -> letterboxed, RGB, normalised, planar half batch. One kernel on a GPU.
template <class Where>
void preprocess(Where where, std::uint8_t const* y, std::uint8_t const* uv, pane::f16* blob) {
  using namespace pane;
  auto const frames =
      nv12(y, uv, {.batch = 16, .height = 1080, .width = 1920, .pitch_bytes = 2048});
  Tensor<f16, NCHW<3>> const batch{blob, {16, 3, 640, 640}};

  copy(where,
       frames | views::letterbox(640, 640, {.fill = 114}) | views::to_rgb(bt709, limited_range) |
           views::normalize({0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f},
                            {.scale = 1 / 255.0f}),
       batch);
}
//! [chain]

}  // namespace

int main() {
  // A gray ramp of video levels with neutral chroma: 16 is black, 235 white.
  std::vector<std::uint8_t> y(std::size_t{16} * 1080 * 2048);
  std::vector<std::uint8_t> const uv(std::size_t{16} * 540 * 2048, 128);
  for (std::size_t i = 0; i < y.size(); ++i)
    y[i] = static_cast<std::uint8_t>(16 + i % 2048 * 219 / 1919);
  std::vector<pane::f16> blob(std::size_t{16} * 3 * 640 * 640);
  preprocess(pane::Host{.threads = 0}, y.data(), uv.data(), blob.data());

  // Row 320 of the red plane of frame 0 runs from black, (0 - 0.485) / 0.229, to nearly white, (0.995 - 0.485) / 0.229.
  auto const red = [&](std::size_t x) {
    return pane::saturate_cast<float>(blob[std::size_t{320} * 640 + x]);
  };
  std::printf("left %.3f, middle %.3f, right %.3f; expected about -2.12, 0.06, 2.23\n", red(0),
              red(320), red(639));
  bool const good = red(0) > -2.13f && red(0) < -2.09f && red(320) > 0.03f && red(320) < 0.10f &&
                    red(639) > 2.22f && red(639) < 2.26f;
  return good ? 0 : 1;
}
