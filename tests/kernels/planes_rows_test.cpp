// SPDX-License-Identifier: MIT
// RGB to 4:2:0 planes on the CPU: rows in long runs against chroma sample by chroma sample, the same bits.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/host_programs.hpp>
#include <tests/support/noise.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace pane;

using test::noise;

/// Two frames of 4:2:0 in one piece of memory, with holes between rows.
template <class T>
struct Frames {
  int height;
  int width;
  int uv_height = (height + 1) / 2;
  int uv_width = (width + 1) / 2;
  std::int64_t pitch = width + 3;
  std::int64_t uv_pitch = 2 * uv_width + 5;
  std::vector<T> memory = std::vector<T>(
      static_cast<std::size_t>(2 * (height * pitch + 2 * uv_height * uv_pitch)), T{99});

  using Plane = Tensor<T, NHW>;
  T* chroma() { return memory.data() + 2 * height * pitch; }
  Plane luma() { return plane(memory.data(), height, width, pitch, 1); }
  Planes<T> pairs(bool v_first, ChromaSiting siting = ChromaSiting::center) {
    T* const u = chroma() + (v_first ? 1 : 0);
    T* const v = chroma() + (v_first ? 0 : 1);
    return {luma(),
            plane(u, uv_height, uv_width, uv_pitch, 2),
            plane(v, uv_height, uv_width, uv_pitch, 2),
            1,
            1,
            siting};
  }
  Planes<T> apart() {
    T* const v = chroma() + 2 * uv_height * uv_pitch;
    return {luma(), plane(chroma(), uv_height, uv_width, uv_pitch, 1),
            plane(v, uv_height, uv_width, uv_pitch, 1), 1, 1};
  }

 private:
  static Plane plane(T* at, std::int64_t h, std::int64_t w, std::int64_t pitch, std::int64_t step) {
    std::int64_t const element = sizeof(T);
    return Plane::strided(at, {2, h, w}, {h * pitch * element, pitch * element, step * element});
  }
};

/// Evaluates an image chroma sample by chroma sample, by the runs of a GPU, and by `copy`, and compares all of the memory.
template <class Source, class T>
void compare(Source const& src, Planes<T> const& dst, std::vector<T>& memory, bool by_rows) {
  constexpr int P = sizeof(T) == 1 ? 8 : 4;
  using Program = detail::PlanesProgram<Source, T, P>;
  test::SameBytes const same(memory, [&] {
    detail::launch(host, Program{src, dst, detail::Runs::none, detail::Runs::none});
  });
  CHECK(same.written());
  CHECK(same([&] { copy(host, src, dst); }));
  CHECK(same([&] { copy(Host{3}, src, dst); }));
  Program const map{src, dst, detail::planes_source_runs<P>(src), detail::planes_runs<P>(dst)};
  CHECK(same([&] { detail::launch(host, map); }));
  bool const rows =
      detail::writes_rows(dst) && detail::packs<detail::host_run>(detail::below_affine(src));
  CHECK(rows == by_rows);
  if (rows) CHECK(same([&] { test::run_plain(detail::PlanesRowProgram<Source, T, P>{map}); }));
}

constexpr int widths[] = {1, 2, 7, 63, 64, 65, 72, 149, 2048 + 64 + 11};

/// Two pictures of C samples a pixel, in rows that are one sample longer.
template <class T, int C>
auto picture(std::vector<T> const& in, int height, int width) {
  std::int64_t const row = (C * width + 1) * static_cast<std::int64_t>(sizeof(T));
  std::int64_t const element = sizeof(T);
  return Tensor<T const, NHWC<C>>::strided(in.data(), {2, height, width, C},
                                           {height * row, row, C * element, element});
}

struct Swap {
  template <class T>
  PANE_HOST_DEVICE Vec<T, 3> operator()(Vec<T, 3> const& p) const {
    return {{p.v[2], p.v[0], p.v[1]}};
  }
};

template <class T, class F>
void for_pictures(F&& f) {
  for (int height : {1, 2, 5, 17, 34}) {
    for (int width : widths) {
      INFO(height << " x " << width);
      f(noise<T>(2 * height * (4 * width + 1)), Frames<T>{height, width});
    }
  }
}

TEST_CASE("planes rows: bytes") {
  auto const to_yuv = views::to_yuv(bt709, limited_range);
  for_pictures<std::uint8_t>([&](auto const& in, Frames<std::uint8_t> frames) {
    auto const rgb = picture<std::uint8_t, 3>(in, frames.height, frames.width);
    for (bool const v_first : {false, true})
      compare(rgb | to_yuv, frames.pairs(v_first), frames.memory, true);
    compare(rgb | to_yuv, frames.apart(), frames.memory, true);
    compare(
        picture<std::uint8_t, 4>(in, frames.height, frames.width) | views::drop_alpha() | to_yuv,
        frames.pairs(false), frames.memory, true);
  });
}

TEST_CASE("planes rows: 16 bits, by a function that is not affine") {
  for_pictures<std::uint16_t>([&](auto const& in, Frames<std::uint16_t> frames) {
    auto const image =
        picture<std::uint16_t, 3>(in, frames.height, frames.width) | views::map(Swap{});
    compare(image, frames.pairs(false), frames.memory, true);
    compare(image, frames.apart(), frames.memory, true);
  });
}

TEST_CASE("planes rows: windows, and what rows do not do") {
  auto const in = noise<std::uint8_t>(2 * 20 * (3 * 200 + 1));
  auto const rgb = picture<std::uint8_t, 3>(in, 20, 200);
  auto const yuv = rgb | views::to_yuv(bt601, full_range);
  Frames<std::uint8_t> frames{30, 300};
  for (Roi const& roi : {Roi{0, 0, 200, 20}, Roi{34, 8, 200, 20}}) {
    compare(yuv, frames.pairs(false).window(roi), frames.memory, true);
    compare(yuv, frames.apart().window(roi), frames.memory, true);
  }
  Frames<std::uint8_t> whole{20, 200};
  for (ChromaSiting siting : {ChromaSiting::left, ChromaSiting::top_left})
    compare(yuv, whole.pairs(false, siting), whole.memory, false);
  auto const u = whole.apart();
  compare(yuv, Planes<std::uint8_t>(u.y(), whole.pairs(false).u(), u.v(), 1, 1), whole.memory,
          false);
  auto const channels = Tensor<std::uint8_t const, NHWC<3>>::strided(in.data(), {2, 20, 200, 3},
                                                                     {1, 601, 3, 2});  // two apart
  compare(channels | views::to_yuv(bt601, full_range), whole.pairs(false), whole.memory, false);
}

}  // namespace
