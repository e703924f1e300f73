// SPDX-License-Identifier: MIT
#include <pane/core/planes.hpp>
#include <pane/kernels/launch_cuda.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/views/resample_part.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/picture.hpp>

#include <cstdint>
#include <vector>

namespace resample_part_test {

using namespace pane;

/// Every element of every word of every row, as `load` gives it; a block takes a row.
template <class Img, bool Chroma>
struct ReadAll {
  static constexpr int threads = 32;
  static constexpr int blocks_per_sm = 1;
  struct Shared {};
  using Part = detail::ResamplePart<Img, Chroma>;
  Img image;
  detail::RowAccess access;
  int height;
  int words;
  float* out;
  detail::Grid grid() const { return {1, height, 1}; }
  template <class Block>
  PANE_HOST_DEVICE void operator()(Block& block) const {
    block.for_each_thread([&](int t) {
      Part const part{image, 0, access};
      for (int w = t; w < words; w += threads) {
        typename Part::Word in[1];
        part.load(part.rows(w * Part::lanes), {block.y}, in);
        for (int i = 0; i < Part::lanes; ++i)
          out[(block.y * words + w) * Part::lanes + i] =
              static_cast<float>(Part::element(in[0], i));
      }
    });
  }
};

/// The elements of a plane by `load`, without those that the last word has beyond the row.
template <bool Chroma, class Img>
std::vector<float> read_all(Img const& image, detail::RowAccess access, int height, int elements) {
  using Program = ReadAll<Img, Chroma>;
  constexpr int lanes = Program::Part::lanes;
  int const words = (elements + lanes - 1) / lanes;
  test::Buffer<float> out(
      std::vector<float>(static_cast<std::size_t>(height) * words * lanes, -1.0f));
  test::on_machine([&](auto where) {
    detail::launch(where, Program{image, access, height, words, out.data()});
  });
  auto const all = out.download();
  std::vector<float> kept;
  for (int y = 0; y < height; ++y) {
    auto const row = all.begin() + std::ptrdiff_t{y} * words * lanes;
    kept.insert(kept.end(), row, row + elements);
  }
  return kept;
}

template <class T>
void check_pixels(int width, test::Place place, detail::RowAccess want_access) {
  test::Pixels const pixels = test::noise(1, 7, width, 3);
  test::Picture<T, HWC<3>> const src(pixels, place);
  INFO("width " << width << ", offset " << place.offset_bytes << ", gap " << place.gap);
  CHECK(static_cast<int>(detail::row_access(src.in())) == static_cast<int>(want_access));
  std::vector<float> want;
  test::for_each(pixels, [&](std::int64_t n, int y, int x, int c) {
    want.push_back(static_cast<float>(pixels.at(n, y, x, c)));
  });
  CHECK(read_all<false>(src.in(), detail::row_access(src.in()), 7, 3 * width) == want);
  CHECK(read_all<false>(src.in(), detail::RowAccess::elements, 7, 3 * width) == want);
}

}  // namespace resample_part_test

using namespace pane;
using namespace resample_part_test;

TEST_CASE("resample rows: whole words, words from any address and elements read the same numbers") {
  using detail::RowAccess;
  check_pixels<std::uint8_t>(24, {}, RowAccess::words);
  check_pixels<std::uint8_t>(23, {.gap = 3}, RowAccess::bytes);  // the last word is not whole
  check_pixels<std::uint8_t>(24, {.offset_bytes = 1}, RowAccess::bytes);
  check_pixels<std::uint8_t>(37, {.offset_bytes = 3, .gap = 5}, RowAccess::bytes);
  check_pixels<std::uint8_t>(4, {.gap = 1}, RowAccess::elements);  // 13 bytes a row: too short
  check_pixels<float>(24, {}, RowAccess::words);
  check_pixels<float>(24, {.offset_bytes = 4}, RowAccess::elements);
  check_pixels<std::uint16_t>(24, {}, RowAccess::words);
}

TEST_CASE("resample rows: chroma of NV12 is read as the pairs that it lies in") {
  test::Pixels const tall = test::noise(1, 18, 32, 1);
  for (test::Place const place : {test::Place{}, test::Place{.offset_bytes = 1, .gap = 3}}) {
    test::Picture<std::uint8_t, HW> const src(tall, place);
    auto const frame = nv12_tall(src.in());
    auto const access = detail::row_access(frame);
    CHECK((access == detail::RowAccess::words) == (place.gap == 0));
    std::vector<float> want;
    for (int y = 0; y < 6; ++y) {
      for (int x = 0; x < 32; ++x) want.push_back(static_cast<float>(tall.at(0, 12 + y, x, 0)));
    }
    CHECK(read_all<true>(frame, access, 6, 32) == want);
    CHECK(read_all<true>(frame, detail::RowAccess::elements, 6, 32) == want);
  }
}
