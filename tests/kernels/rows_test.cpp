// SPDX-License-Identifier: MIT
// The CPU's row program against the GPU's programs, which run on the CPU too, and against itself without the
// instructions of newer processors: the same bits.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/host_programs.hpp>
#include <tests/support/noise.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace pane;

using test::noise;

/// Evaluates an image by both programs and by the row program without vectors of its own, and compares all bytes.
template <class Image, class Sink, class Memory>
void compare(Image const& image, Sink const& dst, Memory& out, bool runs) {
  auto const src = detail::for_result<typename Sink::pixel::value_type>(image);  // as copy does
  using Source = std::remove_const_t<decltype(src)>;
  constexpr int P = detail::pack_width<Sink>();
  bool const long_runs =
      detail::packs<detail::host_run>(src) && detail::packs<detail::host_run>(dst);
  CHECK(long_runs == runs);
  test::SameBytes const same(out, [&] {
    detail::launch(host, detail::MapProgram<Source, Sink, P>{src, dst, detail::Runs::none});
  });
  CHECK(same.written());
  if constexpr (detail::has_flat_planes<Sink>) {
    if (detail::planes_are_flat(dst) && detail::packs<1>(src))
      CHECK(same([&] { detail::launch(host, detail::StripProgram<Source, Sink>{src, dst}); }));
  }
  CHECK(same([&] { copy(host, src, dst); }));
  CHECK(same([&] { copy(Host{3}, src, dst); }));
  CHECK(same([&] { test::run_plain(detail::RowProgram<Source, Sink, P>{src, dst, long_runs}); }));
  if (detail::packs<P>(src) && detail::packs<P>(dst)) {
    CHECK(same([&] {
      detail::launch(host, detail::MapProgram<Source, Sink, P>{src, dst, detail::Runs::words});
    }));
  }
  if constexpr (detail::converts_planes<Source>()) {
    auto const from = detail::planes_read_runs<8>(detail::below_maps(src));
    auto const to = detail::runs_of<8>(dst);
    if (from != detail::Runs::none && to == detail::Runs::words) {
      CHECK(same([&] {
        detail::launch(host, detail::PlanesReadProgram<Source, Sink, 8>{src, dst, from});
      }));
    }
    if constexpr (detail::stores_bytes<8, Sink>) {
      if (from != detail::Runs::none && to == detail::Runs::bytes) {
        CHECK(same([&] {
          detail::launch(host, detail::PlanesReadShiftedProgram<Source, Sink, 8>{src, dst, from});
        }));
      }
    }
  }
}

constexpr int widths[] = {1, 3, 63, 64, 65, 71, 133, 2048 + 64 + 7};

/// A picture of 9 rows whose pixels are `hole` elements more than three apart, in rows that are `more` longer.
template <class F>
void for_pictures(F&& f) {
  for (int width : widths) {
    for (int hole : {0, 1}) {
      for (int more : {0, 1}) {
        std::int64_t const pixel = 3 + hole;
        std::int64_t const row = pixel * width + more;
        auto const in = noise(static_cast<std::size_t>(9 * row));
        f(Tensor<std::uint8_t const, HWC<3>>::strided(in.data(), {9, width, 3}, {row, pixel, 1}),
          hole == 0 || width == 1);
      }
    }
  }
}

TEST_CASE("rows: pointwise chains, planar floats and interleaved bytes") {
  for_pictures([](auto const& src, bool runs) {
    auto const width = static_cast<int>(src.width());
    std::vector<float> planar(static_cast<std::size_t>(3 * 9 * width), -1.0f);
    compare(src | views::normalize({0.4f, 0.5f, 0.6f}, {0.2f, 0.3f, 0.1f}, {.scale = 1.0f / 255}),
            Tensor<float, CHW<3>>(planar.data(), {3, 9, width}), planar, runs);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(3 * 9 * width) + 9, 77);
    compare(src | views::scale_offset(3.1f, -90.0f),
            Tensor<std::uint8_t, HWC<3>>::pitched(bytes.data(), {9, width, 3}, 3 * width + 1),
            bytes, runs);
    std::vector<std::int8_t> signed_bytes(static_cast<std::size_t>(3 * 9 * width), 77);
    compare(src | views::scale_offset(1.7f, -160.5f),
            Tensor<std::int8_t, HWC<3>>(signed_bytes.data(), {9, width, 3}), signed_bytes, runs);
  });
}

TEST_CASE("rows: gathers") {
  for_pictures([](auto const& src, bool) {
    for (int width : widths) {
      if (width > 200 && src.width() > 200) continue;
      std::vector<std::uint8_t> bytes(static_cast<std::size_t>(3 * 13 * width), 77);
      Tensor<std::uint8_t, HWC<3>> const dst(bytes.data(), {13, width, 3});
      auto const runs = [&](auto const& image) { return detail::packs<detail::host_run>(image); };
      auto const linear = src | views::resize(13, width);
      compare(linear, dst, bytes, runs(linear));
      auto const by_cubic = src | views::resize(13, width, cubic);
      compare(by_cubic, dst, bytes, runs(by_cubic));
      auto const boxed = src | views::letterbox(13, width, {.fill = 9});
      compare(boxed, dst, bytes, runs(boxed));
      auto const turned =
          src |
          views::warp_affine(13, width, {{{0.9f, 0.1f, -1.5f}, {-0.1f, 0.8f, 2.25f}}}, {.fill = 5});
      compare(turned, dst, bytes, runs(turned));
      auto const mirrored = src | views::resize(13, width) | views::flip(FlipAxis::horizontal);
      compare(mirrored, dst, bytes, runs(mirrored));
      auto const upside_down = linear | views::rot90(2);
      compare(upside_down, dst, bytes, runs(upside_down));
      auto const quarter = src | views::resize(width, 13) | views::rot90();
      compare(quarter, dst, bytes, runs(quarter));
    }
  });
}

TEST_CASE("rows: crops into a batch of one size, and a ragged destination") {
  auto const in = noise(std::size_t{40 * 300 * 3});
  Tensor<std::uint8_t const, HWC<3>> const src(in.data(), {40, 300, 3});
  CropBox const boxes[] = {{{3, 2, 70, 30}, 0}, {{211, 7, 1, 9}, 0}, {{0, 0, 300, 40}, 0}};
  std::vector<float> out(std::size_t{3 * 3 * 20 * 150}, -1.0f);
  compare(src | views::crops(boxes, 3) | views::resize(20, 150),
          Tensor<float, NCHW<3>>(out.data(), {3, 3, 20, 150}), out, true);

  std::vector<std::uint8_t> ragged(std::size_t{3 * (30 * 70 + 9 * 1 + 40 * 300)}, 77);
  std::uint8_t* at = ragged.data();
  std::vector<Tensor<std::uint8_t, HWC<3>>> images;
  for (CropBox const& b : boxes) {
    images.push_back({at, {b.roi.height, b.roi.width, 3}});
    at += 3 * b.roi.height * b.roi.width;
  }
  compare(src | views::crops(boxes, 3) | views::scale_offset(0.5f, 1.0f), batch(images), ragged,
          true);
}

TEST_CASE("rows: NV12, whole and from an even and an odd column") {
  auto const in = noise(std::size_t{12 * 3 / 2 * 200});
  auto const frame = nv12_surface(in.data(), {.batch = 1, .height = 12, .width = 200});
  for (Roi const& roi :
       {Roi{0, 0, 200, 12}, Roi{6, 1, 150, 9}, Roi{6, 2, 150, 9}, Roi{7, 2, 151, 10}}) {
    auto const width = static_cast<int>(roi.width);
    auto const height = static_cast<int>(roi.height);
    std::vector<std::uint8_t> out(static_cast<std::size_t>(3 * height * width), 77);
    compare(frame.window(roi) | views::to_rgb(bt709, limited_range),
            Tensor<std::uint8_t, NHWC<3>>(out.data(), {1, height, width, 3}), out, roi.x % 2 == 0);
    std::vector<float> planar(std::size_t{3 * 20 * 150}, -1.0f);
    compare(frame.window(roi) | views::letterbox(20, 150) | views::to_rgb(bt601, full_range),
            Tensor<float, NCHW<3>>(planar.data(), {1, 3, 20, 150}), planar, true);
  }
}

TEST_CASE("rows: in place") {
  auto const in = noise(std::size_t{9 * 133 * 3});
  auto bytes = in;
  Tensor<std::uint8_t, HWC<3>> const image(bytes.data(), {9, 133, 3});
  copy(host, image | views::scale_offset(-1.0f, 255.0f), image);
  bool inverted = true;
  for (std::size_t i = 0; i < in.size(); ++i) inverted = inverted && bytes[i] == 255 - in[i];
  CHECK(inverted);
}

}  // namespace
