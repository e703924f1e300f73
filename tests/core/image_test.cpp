// SPDX-License-Identifier: MIT

#include <pane/core/image.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;
using u8 = std::uint8_t;

namespace {

/// The four members that an image must have.
struct Ramp {
  using pixel = Vec<int, 1>;
  std::int64_t batch() const { return 2; }
  Size size(std::int64_t) const { return {3, 8}; }
  pixel operator()(std::int64_t n, int y, int x) const {
    return {{static_cast<int>(n) * 100 + y * 10 + x}};
  }
};

struct NoSize {
  using pixel = Vec<int, 1>;
  std::int64_t batch() const { return 1; }
  pixel operator()(std::int64_t, int, int) const { return {}; }
};

struct NotCopyable : Ramp {
  std::vector<int> values;
};

struct ScalarPixel : Ramp {
  using pixel = int;
  int operator()(std::int64_t, int, int) const { return 0; }
};

/// An image that knows how to give runs, and says when.
struct Packed : Ramp {
  template <int P>
  Run<pixel, P> run(std::int64_t, int, int) const {
    return {{{{-7}}}};
  }
  template <int P>
  bool packs() const {
    return P <= 4;
  }
};

/// A view that gathers from its source through an access.
template <class Source>
struct Shifted {
  Source source;
  using pixel = typename Source::pixel;
  std::int64_t batch() const { return source.batch(); }
  Size size(std::int64_t n) const { return source.size(n); }
  template <class Access>
  pixel at(Access const& from, std::int64_t n, int y, int x) const {
    return from(n, y, x + 1);
  }
  pixel operator()(std::int64_t n, int y, int x) const {
    return at(detail::AnyAccess<Source>{source}, n, y, x);
  }
  template <class F>
  void visit_memory(F&& f) const {
    detail::visit_memory(source, f);
  }
};

struct Ragged : Ramp {
  static constexpr bool ragged = true;
};

}  // namespace

TEST_CASE("image: what is one") {
  CHECK(Image<Ramp>);
  CHECK(Image<Tensor<u8 const, NHWC<3>>>);
  CHECK(Image<Shifted<Ramp>>);
  CHECK_FALSE(Image<NoSize>);
  CHECK_FALSE(Image<NotCopyable>);
  CHECK_FALSE(Image<ScalarPixel>);
  CHECK_FALSE(Image<int>);
  CHECK(detail::channels_of<Tensor<u8, CHW<4>>> == 4);
  CHECK(detail::is_ragged<Ragged>);
  CHECK_FALSE(detail::is_ragged<Ramp>);
}

TEST_CASE("image: runs come pixel by pixel unless the image knows better") {
  auto const run = detail::run<4>(Ramp{}, 1, 2, 4);
  CHECK(run[0][0] == 124);
  CHECK(run[3][0] == 127);
  CHECK(detail::packs<8>(Ramp{}));
  CHECK(detail::run<4>(Packed{}, 1, 2, 4)[0][0] == -7);
  CHECK(detail::packs<4>(Packed{}));
  CHECK_FALSE(detail::packs<8>(Packed{}));
}

TEST_CASE("image: a gathering view reads densely when its source allows it") {
  CHECK(detail::Gathers<Shifted<Ramp>>);
  CHECK_FALSE(detail::Gathers<Ramp>);
  Shifted<Ramp> const ramp{};
  CHECK(ramp(1, 2, 3)[0] == 124);
  CHECK(detail::run<2>(ramp, 1, 2, 4)[1][0] == 126);
  // through run<1> of the source, once packs<1> has vouched for it
  CHECK(detail::run<2>(Shifted<Packed>{}, 1, 2, 4)[1][0] == -7);
  CHECK(detail::packs<8>(Shifted<Packed>{}));
  u8 memory[16] = {};
  using Row = Tensor<u8, HW>;
  CHECK(detail::packs<4>(Shifted<Row>{Row(memory, {2, 8})}));
  CHECK_FALSE(detail::packs<4>(Shifted<Row>{Row::strided(memory, {2, 4}, {8, 2})}));
}

TEST_CASE("image: the memory below an image, and what messages say of it") {
  auto* const address = reinterpret_cast<u8*>(std::uintptr_t{0x1000});
  Tensor<u8, HWC<3>> const t(address, {5, 7, 3});
  int seen = 0;
  auto const count = [&](auto const& memory) { seen += memory.data() == address ? 1 : 100; };
  detail::visit_memory(t, count);
  CHECK(seen == 1);
  detail::visit_memory(Shifted<Tensor<u8, HWC<3>>>{t}, count);
  CHECK(seen == 2);
  detail::visit_memory(Ramp{}, count);
  CHECK(seen == 2);
  CHECK(detail::image_text(t) == "HWC u8 [5, 7, 3] strides [21, 3, 1] bytes at 0x1000 host");
  CHECK(detail::image_text(Shifted<Tensor<u8, HWC<3>>>{t}) ==
        "image of 1 x 5 x 7 x 3 over HWC u8 [5, 7, 3] strides [21, 3, 1] bytes at 0x1000 host");
  CHECK(detail::image_text(Ramp{}) == "image of 2 x 3 x 8 x 1");
  CHECK(detail::image_text(Ragged{}) == "image of 2 x (own sizes) x 1");
}
