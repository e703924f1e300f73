// SPDX-License-Identifier: MIT
// To real numbers and integers to integers; real numbers to integers are in convert_integers_test.cu, scale_offset in
// convert_scale_offset_test.cu. One kernel a source type: several destinations, each behind its own `convert`.

#include <pane/ops/tee.hpp>
#include <pane/views/convert.hpp>
#include <tests/support/golden_picture.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace pane;

namespace {

/// Values of one case in each of the destination types.
template <class To>
struct Destination {
  test::Buffer<To> memory;
  Tensor<To, HW> tensor;

  Destination(std::size_t count, std::size_t offset)
      : memory(count, offset), tensor(memory.data(), {1, static_cast<std::int64_t>(count)}) {}
  auto sink() const { return through(views::convert<To>(), tensor); }
  /// Checks the case when it is this type's.
  int check(test::GoldenCase const& c) const {
    if (c.params().at("to") != name(dtype_of<To>)) return 0;
    std::vector<To> const got = memory.download();
    auto const result = c.compare(name(dtype_of<To>), got.data(), got.size());
    INFO(result.message);
    CHECK(result.ok);
    return 1;
  }
};

/// The cases from one type to four real types, as packs and pixel by pixel; how many there are.
template <class From>
int to_real_types() {
  test::Golden const golden("convert");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    std::string const to = c.params().at("to");
    if (c.params().at("from") != name(dtype_of<From>) || (to[0] != 'f' && to[0] != 'b')) continue;
    std::vector<From> const values = c.input().as<From>();
    test::Buffer<From> const src(values);
    for (std::size_t const offset : {0u, 8u}) {
      Destination<float> const f32(values.size(), offset);
      Destination<double> const f64(values.size(), offset);
      Destination<f16> const half(values.size(), offset);
      Destination<bf16> const brain(values.size(), offset);
      test::on_machine([&](auto where) {
        copy(where,
             Tensor<From const, HW>{src.data(), {1, static_cast<std::int64_t>(values.size())}},
             tee(tee(f32.sink(), f64.sink()), tee(half.sink(), brain.sink())));
      });
      cases += f32.check(c) + f64.check(c) + half.check(c) + brain.check(c);
    }
  }
  return cases / 2;
}

/// The same to the integers.
template <class From>
int to_integers() {
  test::Golden const golden("convert");
  int cases = 0;
  for (auto const& c : golden.cases()) {
    std::string const to = c.params().at("to");
    if (c.params().at("from") != name(dtype_of<From>) || to[0] == 'f' || to[0] == 'b') continue;
    std::vector<From> const values = c.input().as<From>();
    test::Buffer<From> const src(values);
    std::size_t const n = values.size();
    Destination<std::uint8_t> const u8(n, 0);
    Destination<std::int8_t> const s8(n, 0);
    Destination<std::uint16_t> const u16(n, 0);
    Destination<std::int16_t> const s16(n, 0);
    Destination<std::uint32_t> const u32(n, 0);
    Destination<std::int32_t> const s32(n, 0);
    test::on_machine([&](auto where) {
      copy(where, Tensor<From const, HW>{src.data(), {1, static_cast<std::int64_t>(n)}},
           tee(tee(tee(u8.sink(), s8.sink()), tee(u16.sink(), s16.sink())),
               tee(u32.sink(), s32.sink())));
    });
    cases += u8.check(c) + s8.check(c) + u16.check(c) + s16.check(c) + u32.check(c) + s32.check(c);
  }
  return cases;
}

}  // namespace

TEST_CASE("convert: to real numbers, every type, every special value") {
  CHECK(to_real_types<std::uint8_t>() == 4);
  CHECK(to_real_types<std::int8_t>() == 4);
  CHECK(to_real_types<std::uint16_t>() == 4);
  CHECK(to_real_types<std::int16_t>() == 4);
  CHECK(to_real_types<std::uint32_t>() == 4);
  CHECK(to_real_types<std::int32_t>() == 4);
  CHECK(to_real_types<f16>() == 3);
  CHECK(to_real_types<bf16>() == 3);
  CHECK(to_real_types<float>() == 3);
  CHECK(to_real_types<double>() == 4);
}

TEST_CASE("convert: integers to integers are clamped") {
  CHECK(to_integers<std::uint8_t>() == 5);
  CHECK(to_integers<std::int8_t>() == 5);
  CHECK(to_integers<std::uint16_t>() == 5);
  CHECK(to_integers<std::int16_t>() == 5);
  CHECK(to_integers<std::uint32_t>() == 5);
  CHECK(to_integers<std::int32_t>() == 5);
}

TEST_CASE("convert: to a half type there is one rounding") {
  // 2^24 + 2^16 + 1 lies just above the middle of two bf16; the nearest float is that middle, which rounds down.
  test::Pixels p(1, 1, 2, 1);
  p.v = {16842753, -16842753};
  test::Picture<std::int32_t, HW> const src(p);
  CHECK(test::evaluate<bf16, HW>(src.in()).v == std::vector<double>{16908288, -16908288});
}
