// SPDX-License-Identifier: MIT
// Real numbers to integers: both roundings, clamping, NaN.

#include <pane/ops/tee.hpp>
#include <pane/views/convert.hpp>
#include <tests/support/golden_picture.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

namespace {

template <class To>
struct Destination {
  test::Buffer<To> memory;
  Tensor<To, HW> tensor;

  explicit Destination(std::size_t count)
      : memory(count), tensor(memory.data(), {1, static_cast<std::int64_t>(count)}) {}
  template <Rounding R>
  auto sink() const {
    return through(views::convert<To, R>(), tensor);
  }
  int check(test::GoldenCase const& c) const {
    if (c.params().at("to") != name(dtype_of<To>)) return 0;
    std::vector<To> const got = memory.download();
    auto const result = c.compare(name(dtype_of<To>), got.data(), got.size());
    INFO(result.message);
    CHECK(result.ok);
    return 1;
  }
};

template <class From, Rounding R>
int run(test::GoldenCase const& c) {
  std::vector<From> const values = c.input().as<From>();
  test::Buffer<From> const src(values);
  std::size_t const n = values.size();
  Destination<std::uint8_t> const u8(n);
  Destination<std::int8_t> const s8(n);
  Destination<std::uint16_t> const u16(n);
  Destination<std::int16_t> const s16(n);
  Destination<std::uint32_t> const u32(n);
  Destination<std::int32_t> const s32(n);
  test::on_machine([&](auto where) {
    copy(where, Tensor<From const, HW>{src.data(), {1, static_cast<std::int64_t>(n)}},
         tee(tee(tee(u8.template sink<R>(), s8.template sink<R>()),
                 tee(u16.template sink<R>(), s16.template sink<R>())),
             tee(u32.template sink<R>(), s32.template sink<R>())));
  });
  return u8.check(c) + s8.check(c) + u16.check(c) + s16.check(c) + u32.check(c) + s32.check(c);
}

template <class From>
int to_integers() {
  test::Golden const golden("convert");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    std::string const to = c.params().at("to");
    if (c.params().at("from") != name(dtype_of<From>) || to[0] == 'f' || to[0] == 'b') continue;
    cases += c.params().at("rounding") == "toward_zero" ? run<From, Rounding::toward_zero>(c)
                                                        : run<From, Rounding::nearest_even>(c);
  }
  return cases;
}

}  // namespace

TEST_CASE("convert: real numbers to integers, both roundings") {
  CHECK(to_integers<f16>() == 12);
  CHECK(to_integers<bf16>() == 12);
  CHECK(to_integers<float>() == 12);
  CHECK(to_integers<double>() == 12);
}

TEST_CASE("convert: by hand") {
  test::Pixels p(1, 1, 8, 1);
  p.v = {0.5, 1.5, 2.5, -0.5, 254.5, 255.5, -3, 1e30};
  test::Picture<float, HW> const src(p);
  CHECK(test::evaluate<std::uint8_t, HW>(src.in()).v ==
        std::vector<double>{0, 2, 2, 0, 254, 255, 0, 255});
  CHECK(test::evaluate<std::uint8_t, HW>(src.in() |
                                         views::convert<std::uint8_t, Rounding::toward_zero>())
            .v == std::vector<double>{0, 1, 2, 0, 254, 255, 0, 255});
  // at its place in the chain: rounded first, then as a real number
  CHECK(test::evaluate<float, HW>(src.in() | views::convert<std::uint8_t>()).v ==
        std::vector<double>{0, 2, 2, 0, 254, 255, 0, 255});
}

TEST_CASE("convert: NaN and the infinities become 0 and the limits") {
  test::Pixels p(1, 1, 3, 1);
  p.v = {std::nan(""), HUGE_VAL, -HUGE_VAL};
  test::Picture<float, HW> const src(p);
  CHECK(test::evaluate<std::int16_t, HW>(src.in()).v == std::vector<double>{0, 32767, -32768});
  CHECK(test::evaluate<std::int32_t, HW>(src.in()).v ==
        std::vector<double>{0, 2147483647.0, -2147483648.0});
}
