// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_write.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/npy_files.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::DType;
using pane::npy_bytes;
using pane::Tensor;
using pane::write_npy;
using test::Bytes;
using test::npy_case;

namespace {

std::vector<float> counted(int count) {
  std::vector<float> out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), 0.0f);
  return out;
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (pane::Error const& error) {
    return error.what();
  }
  return "written";
}

}  // namespace

TEST_CASE("every file that NumPy wrote and a tensor can hold is written again, byte for byte") {
  int written = 0;
  for (test::NpyCase const& c : test::npy_cases()) {
    bool const tensor = c.kind != 'c' && c.kind != 'M' && c.shape.size() <= 8 &&
                        c.name.find("record") == std::string::npos;
    if (!tensor || c.big_endian) continue;
    CAPTURE(c.name);
    pane::NpyOptions options;
    if (c.kind == 'V') options.opaque_as = DType::bf16;
    auto const file = pane::open_npy(c.path, options);
    CHECK(npy_bytes(file.any_tensor()) == c.bytes);
    test::TemporaryFile const copy;
    write_npy(copy.path(), file.any_tensor());
    CHECK(test::read_file(copy.path()) == c.bytes);
    ++written;
  }
  CHECK(written > 20);
}

TEST_CASE("tensors with gaps, flipped, permuted and repeated are written as NumPy writes them") {
  auto f = counted(24);
  CHECK(npy_bytes(Tensor<float, pane::HW>::strided(f.data(), {4, 3}, {24, 4})) ==
        npy_case("f4_4x3_strided").bytes);
  CHECK(npy_bytes(Tensor<float, pane::HW>::strided(f.data() + 11, {4, 3}, {-12, -4})) ==
        npy_case("f4_4x3_flipped").bytes);
  CHECK(npy_bytes(Tensor<float const, pane::CHW<2>>::strided(f.data(), {2, 3, 4}, {48, 16, 4})) !=
        npy_case("f4_2x3x4_fortran").bytes);
  std::vector<float> fortran(24);
  for (int i = 0; i < 24; ++i)
    fortran[static_cast<std::size_t>(i / 12 + i / 4 % 3 * 2 + i % 4 * 6)] = static_cast<float>(i);
  CHECK(npy_bytes(Tensor<float, pane::CHW<2>>::strided(fortran.data(), {2, 3, 4}, {4, 8, 24})) ==
        npy_case("f4_2x3x4_fortran").bytes);
  std::vector<std::uint8_t> u(60);
  std::iota(u.begin(), u.end(), std::uint8_t{0});
  CHECK(npy_bytes(Tensor<std::uint8_t, pane::HWC<3>>::strided(u.data(), {4, 5, 3}, {5, 1, 20})) ==
        npy_case("u1_4x5x3_transposed").bytes);
  CHECK(npy_bytes(Tensor<std::uint8_t const, pane::HW>::strided(u.data(), {3, 5}, {0, 1})) ==
        npy_case("u1_3x5_broadcast").bytes);
}

TEST_CASE(
    "an array that is contiguous in both orders is written as C order, one without elements too") {
  CHECK(npy_bytes(Tensor<float, pane::HW>(counted(6).data(), {1, 6})) == npy_case("f4_1x6").bytes);
  CHECK(npy_bytes(Tensor<float, pane::HW>(nullptr, {0, 3})) == npy_case("f4_0x3").bytes);
}

TEST_CASE("rank 0, 1 and 8 are written") {
  auto f = counted(6);
  AnyTensor t;
  t.data = f.data();
  t.dtype = DType::f32;
  CHECK(npy_bytes(t) == npy_case("f4_scalar").bytes);
  t.rank = 1;
  t.shape[0] = 6;
  t.stride_bytes[0] = 4;
  CHECK(npy_bytes(t) == npy_case("f4_6").bytes);
  t.rank = 9;
  CHECK_THAT(message_of([&] { npy_bytes(t); }), ContainsSubstring("the rank is 9; it is 0 to 8"));
}

TEST_CASE("what is larger than the buffer is written in pieces, whichever axis is long") {
  std::mt19937 random(1);
  struct Case {
    std::int64_t n, h, w;
  };
  for (Case const c :
       {Case{3, 5, 400001}, Case{700001, 1, 2}, Case{2, 300007, 3}, Case{1, 1, 1300000}}) {
    CAPTURE(c.n, c.h, c.w);
    // Every second column of a buffer that is twice as wide.
    std::vector<std::uint16_t> memory(static_cast<std::size_t>(c.n * c.h * c.w * 2));
    for (auto& v : memory) v = static_cast<std::uint16_t>(random());
    auto const t = Tensor<std::uint16_t, pane::NHW>::strided(memory.data(), {c.n, c.h, c.w},
                                                             {c.h * c.w * 4, c.w * 4, 4});
    Bytes const file = npy_bytes(t);
    REQUIRE(file.size() == 128 + memory.size());
    std::vector<std::uint16_t> packed(memory.size() / 2);
    std::memcpy(packed.data(), file.data() + 128, memory.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < packed.size(); ++i) wrong += packed[i] != memory[2 * i] ? 1 : 0;
    CHECK(wrong == 0);
  }
}

TEST_CASE("any strided array of up to eight axes survives writing and reading") {
  std::mt19937 random(20250101);
  for (int round = 0; round < 300; ++round) {
    AnyTensor t;
    t.dtype = static_cast<DType>(random() % 13);
    std::int64_t const element = size_bytes(t.dtype);
    t.rank = static_cast<int>(random() % 9);
    int order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    std::shuffle(order, order + t.rank, random);
    std::int64_t step = element * static_cast<std::int64_t>(1 + random() % 2);
    std::int64_t low = 0;
    for (int i = 0; i < t.rank; ++i) {
      int const axis = order[i];
      t.shape[axis] = static_cast<std::int64_t>(random() % 16 == 0 ? 0 : 1 + random() % 4);
      t.stride_bytes[axis] = random() % 4 == 0 ? -step : step;
      std::int64_t const extent = std::max<std::int64_t>(t.shape[axis], 1);
      if (t.stride_bytes[axis] < 0) low += (extent - 1) * step;
      step *= extent;
      if (random() % 3 == 0) step += element * static_cast<std::int64_t>(random() % 3);
    }
    Bytes memory(static_cast<std::size_t>(step + element));
    for (std::byte& b : memory) b = static_cast<std::byte>(random());
    t.data = memory.data() + low;

    CAPTURE(t.text());
    Bytes const file = npy_bytes(t);
    Bytes back(memory.size());
    AnyTensor same = t;
    same.data = back.data() + low;
    pane::read_npy_into(
        pane::host, file, same,
        {.opaque_as = t.dtype == DType::bf16 ? std::optional(t.dtype) : std::nullopt});
    CHECK(npy_bytes(same) == file);
    std::int64_t count = 1;
    for (int i = 0; i < t.rank; ++i) count *= t.shape[i];
    for (std::int64_t k = 0; k < count; ++k) {
      std::int64_t rest = k;
      std::int64_t offset = low;
      for (int i = t.rank; i-- > 0;) {
        offset += rest % t.shape[i] * t.stride_bytes[i];
        rest /= t.shape[i];
      }
      auto const at = static_cast<std::size_t>(offset);
      REQUIRE(std::memcmp(&memory[at], &back[at], static_cast<std::size_t>(element)) == 0);
    }
  }
}

TEST_CASE("arrays follow each other in an open file") {
  auto f = counted(12);
  test::TemporaryFile const path;
  std::FILE* const file = std::fopen(path.path().c_str(), "wb");
  REQUIRE(file != nullptr);
  write_npy(file, Tensor<float, pane::HW>(f.data(), {3, 4}));
  write_npy(file, Tensor<float, pane::HW>(f.data(), {1, 6}));
  REQUIRE(std::fclose(file) == 0);
  auto const first = pane::open_npy(path.path());
  CHECK(first.as<float const, pane::HW>().height() == 3);
  auto const second = pane::view_npy(first.rest());
  CHECK(*second.as<float const, pane::HW>().address(0, 0, 5) == 5);
}

TEST_CASE("a write that fails says so, and what is wrong beforehand costs no old file") {
  auto f = counted(300000);
  Tensor<float, pane::HW> const t(f.data(), {300, 1000});
  CHECK_THAT(message_of([&] { write_npy("/tmp/no/such/folder.npy", t); }),
             ContainsSubstring("pane::write_npy: /tmp/no/such/folder.npy: No such file"));
  CHECK_THAT(message_of([&] { write_npy("/dev/full", t); }),
             ContainsSubstring("pane::write_npy: /dev/full: No space left"));
  Tensor<float, pane::HW> const small(f.data(), {3, 4});
  CHECK_THAT(message_of([&] { write_npy("/dev/full", small); }),
             ContainsSubstring("No space left"));
  CHECK_THAT(message_of([&] { write_npy(static_cast<std::FILE*>(nullptr), t); }),
             ContainsSubstring("the file is null"));

  test::TemporaryFile const old;
  test::write_file(old.path(), npy_case("f4_6").bytes);
  AnyTensor null = t;
  null.data = nullptr;
  CHECK_THAT(message_of([&] { write_npy(old.path(), null); }), ContainsSubstring("(null_data)"));
  CHECK(test::read_file(old.path()) == npy_case("f4_6").bytes);
}

TEST_CASE("device memory is refused by name") {
  auto f = counted(12);
  Tensor<float, pane::HW> const t(f.data(), {3, 4});
  auto const before = pane::detail::query_driver;
  pane::detail::query_driver = [](std::uint64_t) {
    pane::MemoryInfo out;
    out.type = pane::MemoryInfo::Type::device;
    out.device = 1;
    return out;
  };
  std::string const writing = message_of([&] { npy_bytes(t); });
  std::string const reading =
      message_of([&] { pane::read_npy_into(pane::host, npy_case("f4_3x4").bytes, t); });
  pane::detail::query_driver = before;
  CHECK_THAT(writing,
             ContainsSubstring("memory of device 1") && ContainsSubstring("(not_host_accessible)"));
  CHECK_THAT(reading,
             ContainsSubstring("memory of device 1") && ContainsSubstring("(not_host_accessible)"));
}

TEST_CASE("8-bit floats go out as opaque bytes and come back as what the caller says they are") {
  std::vector<pane::f8_e4m3> codes(6);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i].bits = static_cast<std::uint8_t>(0x38 + i);
  Bytes const file = npy_bytes(Tensor<pane::f8_e4m3, pane::HW>(codes.data(), {2, 3}));
  auto const plain = pane::view_npy(file);
  CHECK(plain.header().descr == "<V1");  // as NumPy with ml_dtypes 0.6 writes float8_e4m3fn
  CHECK_THROWS_AS(plain.any_tensor(), pane::ImportError);
  auto const said = pane::view_npy(file, {.opaque_as = DType::f8_e4m3});
  CHECK(said.as<pane::f8_e4m3 const, pane::HW>().address(0, 1, 2)->bits == 0x3d);
}
