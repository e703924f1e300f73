// SPDX-License-Identifier: MIT
// A separable filter on the CPU: the tile by rows against the GPU's tile, which runs on the CPU too, and against itself
// without the instructions of newer processors: the same bits.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/host_programs.hpp>
#include <tests/support/noise.hpp>

#include <cstdint>
#include <limits>
#include <vector>

namespace {

using namespace pane;

using test::noise;

/// Evaluates an image with a stencil by the runs of a GPU, by those of a CPU, and by `copy`, and compares all bytes.
template <class Image, class Sink, class Memory>
void compare(Image const& image, Sink const& dst, Memory& out) {
  auto const src = detail::for_result<typename Sink::pixel::value_type>(image);  // as copy does
  using Source = std::remove_const_t<decltype(src)>;
  static_assert(detail::has_stencil<Source>);
  static_assert(detail::stencil_tile<Source>().width >= detail::host_run);
  constexpr int P = detail::pack_width<Sink>();
  constexpr int wide = detail::host_run;
  test::SameBytes const same(out, [&] {
    detail::launch(host, detail::StencilProgram<Source, Sink, P>{
                             src, dst, detail::staging_runs<4>(src), detail::runs_of<P>(dst)});
  });
  CHECK(same.written());
  CHECK(same([&] { copy(host, image, dst); }));
  CHECK(same([&] { copy(Host{3}, image, dst); }));
  for (detail::Runs const below : {detail::staging_runs<wide>(src), detail::Runs::none}) {
    CHECK(same([&] {
      test::run_plain(
          detail::StencilProgram<Source, Sink, wide>{src, dst, below, detail::runs_of<wide>(dst)});
    }));
  }
}

constexpr FilterTaps uneven{5, {0.5f, -0.25f, 0.125f, 1.0f, 0.0625f}};

/// Pictures of C samples of type T into the same, or into planes of floats.
template <class T, int C, bool Planar, class Chain>
void compare_pictures(Chain const& chain) {
  for (int height : {1, 5, 16, 35}) {
    for (int width : {1, 3, 63, 64, 68, 127, 261}) {
      for (int gap : {0, 1}) {
        INFO(height << " x " << width << ", " << C << " channels, rows " << gap << " longer");
        std::int64_t const row = C * width + gap;
        std::int64_t const pitch = row * static_cast<std::int64_t>(sizeof(T));
        auto const in = noise<T>(height * row);
        auto const src = Tensor<T const, HWC<C>>::pitched(in.data(), {height, width, C}, pitch);
        if constexpr (Planar) {
          std::vector<float> out(static_cast<std::size_t>(C * height * width), -1.0f);
          compare(src | chain | views::scale_offset(0.5f, 1.0f),
                  Tensor<float, CHW<C>>(out.data(), {C, height, width}), out);
        } else {
          std::vector<T> out(static_cast<std::size_t>(height * row), T{77});
          compare(src | chain, Tensor<T, HWC<C>>::pitched(out.data(), {height, width, C}, pitch),
                  out);
        }
      }
    }
  }
}

TEST_CASE("separable rows: bytes, halves and planes of floats") {
  auto const chain = views::separable(uneven, gaussian_taps(7, 1.5f), {.border = Border::reflect});
  compare_pictures<std::uint8_t, 3, false>(chain);
  compare_pictures<std::uint8_t, 1, true>(chain);
  compare_pictures<f16, 2, true>(chain);
}

TEST_CASE("separable rows: every border") {
  auto const in = noise<std::uint8_t>(19 * 137 * 3);
  Tensor<std::uint8_t const, HWC<3>> const src(in.data(), {19, 137, 3});
  std::vector<std::uint8_t> out(in.size(), 7);
  Tensor<std::uint8_t, HWC<3>> const dst(out.data(), {19, 137, 3});
  for (Border border :
       {Border::constant, Border::replicate, Border::reflect, Border::reflect_101, Border::wrap}) {
    compare(src | views::gaussian({.size = 5, .border = border, .fill = 77}), dst, out);
  }
}

TEST_CASE("separable rows: filters that follow each other, with pointwise views around them") {
  for (int width : {2, 61, 200}) {
    auto const in = noise<std::uint8_t>(37 * width);
    Tensor<std::uint8_t const, HW> const src(in.data(), {37, width});
    std::vector<std::uint8_t> out(in.size(), 7);
    Tensor<std::uint8_t, HW> const dst(out.data(), {37, width});
    for (Border border : {Border::constant, Border::wrap}) {
      compare(src | views::scale_offset(0.9f, 3.0f) |
                  views::gaussian({.size = 3, .border = border}) |
                  views::scale_offset(1.1f, -2.0f) |
                  views::separable(uneven, uneven, {.border = border}),
              dst, out);
    }
  }
}

TEST_CASE("separable rows: windows of planes and crops below, a ragged batch above") {
  auto const in = noise<std::uint8_t>(40 * 3 / 2 * 300 * 2);
  auto const frame = nv12_surface(in.data(), {.batch = 2, .height = 40, .width = 300});
  std::vector<std::uint8_t> rgb(std::size_t{2 * 40 * 300 * 3}, 77);
  for (Roi const& roi : {Roi{0, 0, 300, 40}, Roi{6, 2, 151, 33}, Roi{7, 3, 201, 20}}) {
    compare(frame.window(roi) | views::to_rgb(bt709, limited_range) | views::gaussian({.size = 5}),
            Tensor<std::uint8_t, NHWC<3>>(rgb.data(), {2, roi.height, roi.width, 3}), rgb);
  }
  Tensor<std::uint8_t const, HWC<3>> const picture(in.data(), {40, 150, 3});
  CropBox const boxes[] = {{{3, 2, 70, 30}, 0}, {{111, 7, 1, 9}, 0}, {{0, 0, 150, 40}, 0}};
  std::vector<std::uint8_t> ragged(std::size_t{3 * (30 * 70 + 9 * 1 + 40 * 150)}, 77);
  std::uint8_t* at = ragged.data();
  std::vector<Tensor<std::uint8_t, HWC<3>>> images;
  for (CropBox const& b : boxes) {
    images.push_back({at, {b.roi.height, b.roi.width, 3}});
    at += 3 * b.roi.height * b.roi.width;
  }
  compare(picture | views::crops(boxes, 3) | views::gaussian({.size = 7}), batch(images), ragged);
}

TEST_CASE("separable rows: what a filter without a tap there must not touch") {
  float const inf = std::numeric_limits<float>::infinity();
  std::vector<float> in(std::size_t{20 * 150}, 1.0f);
  in[10 * 150 + 80] = inf;
  in[3 * 150 + 5] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> out(in.size(), -1.0f);
  compare(Tensor<float const, HW>(in.data(), {20, 150}) | views::gaussian({.size = 3}),
          Tensor<float, HW>(out.data(), {20, 150}), out);
}

}  // namespace
