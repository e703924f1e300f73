// SPDX-License-Identifier: MIT
// Images of different sizes in one launch: by the kernel's parameters, and by lent memory.

#include <pane/kernels/lend.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/resize.hpp>
#include <tests/ops/copy_refusal.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace pane;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using u8 = std::uint8_t;
using Bytes = Tensor<u8 const, HWC<3>>;
using Floats = Tensor<float, CHW<3>>;

namespace {

/// Images of given sizes, one after the other in one buffer, with known bytes.
struct Images {
  std::vector<Size> sizes;
  std::vector<std::size_t> first;  // of each image, in pixels
  std::size_t pixels = 0;
  std::vector<u8> bytes;
  std::unique_ptr<test::Buffer<u8>> in;
  std::unique_ptr<test::Buffer<float>> out;

  explicit Images(std::vector<Size> const& s) : sizes(s) {
    for (Size const size : sizes) {
      first.push_back(pixels);
      pixels += static_cast<std::size_t>(size.height) * static_cast<std::size_t>(size.width);
    }
    for (std::size_t i = 0; i < 3 * pixels; ++i) bytes.push_back(static_cast<u8>(i * 7 + i / 251));
    in = std::make_unique<test::Buffer<u8>>(bytes);
    out = std::make_unique<test::Buffer<float>>(3 * pixels);
  }
  std::vector<Bytes> sources() const {
    std::vector<Bytes> all;
    for (std::size_t n = 0; n < sizes.size(); ++n)
      all.push_back(Bytes(in->data() + 3 * first[n], {sizes[n].height, sizes[n].width, 3}));
    return all;
  }
  std::vector<Floats> sinks() const {
    std::vector<Floats> all;
    for (std::size_t n = 0; n < sizes.size(); ++n)
      all.push_back(Floats(out->data() + 3 * first[n], {3, sizes[n].height, sizes[n].width}));
    return all;
  }
  /// Elements of the result that are not 2 * the element of the source.
  int wrong() const {
    auto const got = out->download();
    int count = 0;
    for (std::size_t n = 0; n < sizes.size(); ++n) {
      auto const area =
          static_cast<std::size_t>(sizes[n].height) * static_cast<std::size_t>(sizes[n].width);
      for (std::size_t i = 0; i < 3 * area; ++i) {
        count += got[3 * first[n] + i % 3 * area + i / 3] != 2.0f * bytes[3 * first[n] + i];
      }
    }
    return count;
  }
};

}  // namespace

TEST_CASE("copy: images of different sizes in the kernel's parameters") {
  Images const images({{1, 1}, {0, 9}, {33, 130}, {5, 0}, {16, 128}, {1, 300}, {70, 3}, {0, 0}});
  auto const src = batch(images.sources()) | views::scale_offset(2.0f);
  test::on_machine([&](auto where) { copy(where, src, batch(images.sinks())); });
  CHECK(images.wrong() == 0);
  Images const aligned({{4, 128}, {2, 4}, {20, 256}});  // whole words everywhere
  REQUIRE(batch(aligned.sinks()).packs<4>());
  auto const words = batch(aligned.sources()) | views::scale_offset(2.0f);
  test::on_machine([&](auto where) { copy(where, words, batch(aligned.sinks())); });
  CHECK(aligned.wrong() == 0);
}

TEST_CASE("copy: as many images as the parameters hold, or none") {
  std::vector<Size> const sizes(static_cast<std::size_t>(List<detail::BatchEntry<Bytes>>::capacity),
                                Size{3, 5});
  Images const images(sizes);
  auto const src = batch(images.sources()) | views::scale_offset(2.0f);
  test::on_machine([&](auto where) { copy(where, src, batch(images.sinks())); });
  CHECK(images.wrong() == 0);
  CHECK(test::copy_refusal(batch(images.sources().data(), 0) | views::scale_offset(2.0f),
                           batch(images.sinks().data(), 0)) == "");
}

TEST_CASE("copy: more images than the parameters hold, in lent memory") {
  std::vector<Size> sizes;
  for (int n = 0; n < 200; ++n) sizes.push_back({1 + n % 37, 1 + n % 11});
  Images const images(sizes);
  auto const bytes = batch_scratch_bytes<Bytes>(200);
  REQUIRE(bytes == 200 * 64);
  test::Buffer<std::uint64_t> const scratch(bytes / 8);
  test::Buffer<u8> const out(200 * 3);
  auto const sources = images.sources();
  test::on_machine([&](auto where) {
    auto const src = lend_batch(where, sources.data(), 200, scratch.data(), bytes);
    // the pixel in the middle of every image
    copy(where, src | views::resize(1, 1, nearest),
         Tensor<u8, NHWC<3>>(out.data(), {200, 1, 1, 3}));
  });
  auto const got = out.download();
  int wrong = 0;
  for (std::size_t n = 0; n < 200; ++n) {
    auto const w = static_cast<std::size_t>(sizes[n].width);
    std::size_t const middle =
        images.first[n] + static_cast<std::size_t>(sizes[n].height / 2) * w + w / 2;
    for (std::size_t c = 0; c < 3; ++c) wrong += got[3 * n + c] != images.bytes[3 * middle + c];
  }
  CHECK(wrong == 0);
}

TEST_CASE("copy: a batch of equal images into scattered ones in lent memory") {
  std::vector<Size> const sizes(100, Size{7, 5});
  Images const images(sizes);
  auto const bytes = batch_scratch_bytes<Floats>(100);
  test::Buffer<std::uint64_t> const scratch(bytes / 8);
  auto const sinks = images.sinks();
  Tensor<u8 const, NHWC<3>> const src(images.in->data(), {100, 7, 5, 3});
  test::on_machine([&](auto where) {
    auto const dst = lend_batch(where, sinks.data(), 100, scratch.data(), bytes);
    copy(where, src | views::scale_offset(2.0f), dst);
  });
  CHECK(images.wrong() == 0);
}

TEST_CASE("copy: sizes of ragged batches must agree") {
  Images const images({{2, 3}, {4, 5}});
  Images const others({{2, 3}, {4, 6}});
  CHECK_THAT(test::copy_refusal(batch(images.sources()), batch(others.sinks())),
             EndsWith("the sizes must agree: image 1 has 4 x 6 in dst and 4 x 5 in src; use "
                      "views::resize or views::letterbox"));
  CHECK_THAT(test::copy_refusal(batch(images.sources().data(), 1), batch(others.sinks())),
             ContainsSubstring("the batch must agree: dst has 2 images, src 1"));
}

TEST_CASE("copy: what the host cannot compare is refused") {
  std::vector<Size> sizes(100, Size{7, 5});
  sizes[99] = {8, 5};
  Images const images(sizes);
  auto const bytes = batch_scratch_bytes<Floats>(100);
  test::Buffer<std::uint64_t> const first(bytes / 8);
  test::Buffer<std::uint64_t> const second(bytes / 8);
  auto const sources = images.sources();
  auto const sinks = images.sinks();
  test::on_machine([&](auto where) {
    auto const src = lend_batch(where, sources.data(), 100, first.data(), bytes);
    auto const dst = lend_batch(where, sinks.data(), 100, second.data(), bytes);
    CHECK_THROWS_WITH(copy(where, src, dst),
                      ContainsSubstring("lent entries have sizes that the host cannot compare"));
    // one image of dst is larger than those of src: the kernel would read past them
    Tensor<u8 const, NHWC<3>> const equal(images.in->data(), {100, 7, 5, 3});
    CHECK_THROWS_WITH(copy(where, equal, dst),
                      ContainsSubstring("the lent images of dst have not all that size"));
  });
}

TEST_CASE("copy: two images of a batch may not be the same memory") {
  Images const images({{4, 5}, {4, 5}});
  auto sinks = images.sinks();
  sinks[1] = sinks[0];
  CHECK_THAT(test::copy_refusal(batch(images.sources()), batch(sinks)),
             EndsWith("two destinations overlap"));
}

TEST_CASE("copy: lent memory must be large enough and aligned") {
  std::vector<Size> const sizes(100, Size{1, 1});
  Images const images(sizes);
  auto const sources = images.sources();
  auto const bytes = batch_scratch_bytes<Bytes>(100);
  test::Buffer<std::uint64_t> const scratch(bytes / 8 + 1);
  test::on_machine([&](auto where) {
    CHECK_THROWS_WITH(lend_batch(where, sources.data(), 100, scratch.data(), bytes - 1),
                      ContainsSubstring("pane::lend_batch: 100 entries need 6400 bytes at a "
                                        "multiple of 8; scratch is 6399 bytes at 0x"));
    CHECK_THROWS_AS(lend_batch(where, sources.data(), 100, nullptr, bytes), InvalidArgument);
    CHECK_THROWS_AS(
        lend_batch(where, sources.data(), 100, reinterpret_cast<u8*>(scratch.data()) + 4, bytes),
        InvalidArgument);
    CHECK_THROWS_AS(lend_batch(where, sources.data(), -1, scratch.data(), bytes), InvalidArgument);
    CHECK_NOTHROW(
        lend_batch(where, sources.data(), 24, nullptr, 0));  // these ride in the parameters
  });
}
