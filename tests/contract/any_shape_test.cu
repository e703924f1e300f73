// SPDX-License-Identifier: MIT
// Contract line 3: any base address, any pitch, any width. The sweep: width 0 to 70, offset 0 to 31 bytes, several
// pitches, 1 to 4 channels; what lies between the rows stays as it was.
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace pane;

std::uint8_t noise(std::size_t i) {
  return static_cast<std::uint8_t>((i * 2654435761u) >> 11);
}

/// Copies a picture of u8 pixels at (offset_in, pitch_in) to one at (offset_out, pitch_out) and looks at every byte.
template <int C>
void sweep(int width, int height) {
  int const row = width * C;
  static test::Buffer<std::uint8_t> in(16384);
  static test::Buffer<std::uint8_t> out(16384);
  static std::vector<std::uint8_t> const content = [] {
    std::vector<std::uint8_t> v(16384);
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = noise(i);
    return v;
  }();
  for (int extra : {0, 1, 3, 4, 13, 32}) {
    int const pitch = row + extra;
    // Each offset is a picture of its own further down the same buffers, so that one transfer serves all of them.
    int const picture = (pitch * height + 64 + 31) / 32 * 32;
    int const offsets = 32;
    if (picture * offsets > 16384) continue;
    in.upload(content);
    out.upload(std::vector<std::uint8_t>(16384, 0x5A));
    test::on_machine([&](auto where) {
      for (int offset = 0; offset < offsets; ++offset) {
        int const in_at = offset * picture + (31 - offset);
        int const out_at = offset * picture + offset;
        auto const src = Tensor<std::uint8_t const, HWC<C>>::pitched(in.data() + in_at,
                                                                     {height, width, C}, pitch);
        auto const dst =
            Tensor<std::uint8_t, HWC<C>>::pitched(out.data() + out_at, {height, width, C}, pitch);
        copy(where, src | views::scale_offset(-1.0f, 255.0f), dst);
      }
    });
    auto const got = out.download();
    std::vector<std::uint8_t> want(16384, 0x5A);
    for (int offset = 0; offset < offsets; ++offset) {
      for (int y = 0; y < height; ++y) {
        for (int i = 0; i < row; ++i) {
          want[static_cast<std::size_t>(offset * picture + offset + y * pitch + i)] =
              static_cast<std::uint8_t>(255 - content[static_cast<std::size_t>(
                                                  offset * picture + 31 - offset + y * pitch + i)]);
        }
      }
    }
    INFO("width " << width << " channels " << C << " pitch " << pitch);
    REQUIRE(got == want);
  }
}

TEST_CASE("contract 3: every width, offset and pitch of interleaved bytes", "[contract]") {
  for (int width = 0; width <= 70; ++width) {
    sweep<1>(width, 2);
    sweep<2>(width, 2);
    sweep<3>(width, 1);
    sweep<4>(width, 1);
  }
}

/// The same for what packs differently: interleaved bytes to planes of T.
template <class T, int C>
void sweep_planar(int width) {
  constexpr int height = 3;
  for (int offset : {0, 1, 2, 3, 5, 7}) {
    for (int extra : {0, 1, 3}) {
      std::size_t const pitch_in = static_cast<std::size_t>(width * C + extra);
      std::size_t const pitch_out = static_cast<std::size_t>(width + extra);  // elements
      std::vector<std::uint8_t> content(pitch_in * height + static_cast<std::size_t>(offset));
      for (std::size_t i = 0; i < content.size(); ++i) content[i] = noise(i);
      test::Buffer<std::uint8_t> const in(content);
      test::Buffer<T> out(std::vector<T>(pitch_out * height * C, T{77}),
                          static_cast<std::size_t>(offset) * sizeof(T));
      test::on_machine([&](auto where) {
        auto const src = Tensor<std::uint8_t const, HWC<C>>::pitched(
            in.data() + offset, {height, width, C}, static_cast<std::int64_t>(pitch_in));
        auto const dst = Tensor<T, CHW<C>>::pitched(
            out.data(), {C, height, width}, static_cast<std::int64_t>(pitch_out * sizeof(T)));
        copy(where, src, dst);
      });
      auto const got = out.download();
      std::vector<T> want(got.size(), T{77});
      for (std::size_t c = 0; c < C; ++c) {
        for (std::size_t y = 0; y < height; ++y) {
          for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) {
            want[(c * height + y) * pitch_out + x] = static_cast<T>(
                content[static_cast<std::size_t>(offset) + y * pitch_in + x * C + c]);
          }
        }
      }
      INFO("width " << width << " offset " << offset << " extra " << extra << " channels " << C);
      REQUIRE(got == want);
    }
  }
}

TEST_CASE("contract 3: every width, offset and pitch of bytes to planes", "[contract]") {
  for (int width :
       {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 70, 127, 128, 129, 131}) {
    sweep_planar<float, 3>(width);
    sweep_planar<std::uint16_t, 4>(width);
  }
}

TEST_CASE("contract 3: negative and zero strides of the source", "[contract]") {
  std::vector<std::uint8_t> const content = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  test::Buffer<std::uint8_t> const in(content);
  test::Buffer<std::uint8_t> out(12);
  test::on_machine([&](auto where) {
    auto const backwards =
        Tensor<std::uint8_t const, HW>::strided(in.data() + 11, {3, 4}, {-4, -1});
    copy(where, backwards, Tensor<std::uint8_t, HW>(out.data(), {3, 4}));
  });
  CHECK(out.download() == std::vector<std::uint8_t>{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
  test::on_machine([&](auto where) {
    auto const repeated = Tensor<std::uint8_t const, HW>::strided(in.data() + 2, {3, 4}, {0, 1});
    copy(where, repeated, Tensor<std::uint8_t, HW>(out.data(), {3, 4}));
  });
  CHECK(out.download() == std::vector<std::uint8_t>{3, 4, 5, 6, 3, 4, 5, 6, 3, 4, 5, 6});
  test::on_machine([&](auto where) {
    auto const upside_down_out = Tensor<std::uint8_t, HW>::strided(out.data() + 8, {3, 4}, {-4, 1});
    copy(where, Tensor<std::uint8_t const, HW>(in.data(), {3, 4}), upside_down_out);
  });
  CHECK(out.download() == std::vector<std::uint8_t>{9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4});
}

}  // namespace
