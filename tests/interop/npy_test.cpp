// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/npy.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/npy_files.hpp>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <complex>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using pane::AnyTensor;
using pane::DType;
using pane::host;
using pane::Npy;
using pane::open_npy;
using pane::read_npy;
using pane::read_npy_into;
using pane::Tensor;
using pane::view_npy;
using test::Bytes;
using test::npy_case;

namespace {

template <class Call>
std::string judged(Call call) {
  try {
    call();
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

template <class T>
double number(std::byte const* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

/// One element in native byte order as a number.
double element(DType dtype, std::byte const* at) {
  switch (dtype) {
    case DType::u8:
      return number<std::uint8_t>(at);
    case DType::s8:
      return number<std::int8_t>(at);
    case DType::u16:
      return number<std::uint16_t>(at);
    case DType::s16:
      return number<std::int16_t>(at);
    case DType::u32:
      return number<std::uint32_t>(at);
    case DType::s32:
      return number<std::int32_t>(at);
    case DType::u64:
      return number<std::uint64_t>(at);
    case DType::s64:
      return number<std::int64_t>(at);
    case DType::f32:
      return number<float>(at);
    case DType::f64:
      return number<double>(at);
    case DType::boolean:
      return number<bool>(at);
    case DType::f8_e4m3:
    case DType::f8_e5m2: {
      auto const bits = static_cast<std::uint8_t>(*at);
      return dtype == DType::f8_e4m3
                 ? static_cast<double>(pane::saturate_cast<float>(pane::f8_e4m3{bits}))
                 : static_cast<double>(pane::saturate_cast<float>(pane::f8_e5m2{bits}));
    }
    case DType::f16:
    case DType::bf16: {
      std::uint16_t bits;
      std::memcpy(&bits, at, sizeof bits);
      return dtype == DType::f16
                 ? static_cast<double>(pane::saturate_cast<float>(pane::f16{bits}))
                 : static_cast<double>(pane::saturate_cast<float>(pane::bf16{bits}));
    }
  }
  return -1;
}

/// The elements of a tensor of any rank, counted in C order.
std::vector<double> elements(AnyTensor const& t) {
  std::vector<double> out;
  std::int64_t count = 1;
  for (int i = 0; i < t.rank; ++i) count *= t.shape[i];
  for (std::int64_t k = 0; k < count; ++k) {
    std::int64_t rest = k;
    std::int64_t offset = 0;
    for (int i = t.rank; i-- > 0;) {
      offset += rest % t.shape[i] * t.stride_bytes[i];
      rest /= t.shape[i];
    }
    out.push_back(element(t.dtype, static_cast<std::byte const*>(t.data) + offset));
  }
  return out;
}

/// What element i of a file has: i, or what make_npy_files.py says.
std::vector<double> expected(test::NpyCase const& c) {
  std::vector<double> out;
  std::int64_t count = 1;
  for (std::int64_t const n : c.shape) count *= n;
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(static_cast<double>(c.kind == 'b' ? i % 2 : i));
  if (c.name == "f4_4x3_strided.npy") {
    for (std::int64_t i = 0; i < count; ++i)
      out[static_cast<std::size_t>(i)] = static_cast<double>(i / 3 * 6 + i % 3);
  }
  if (c.name == "f4_4x3_flipped.npy") {
    for (std::int64_t i = 0; i < count; ++i)
      out[static_cast<std::size_t>(i)] = static_cast<double>(11 - i);
  }
  if (c.name == "u1_4x5x3_transposed.npy") {
    for (std::int64_t i = 0; i < count; ++i)
      out[static_cast<std::size_t>(i)] = static_cast<double>(i % 3 * 20 + i / 3);
  }
  if (c.name == "u1_3x5_broadcast.npy") {
    for (std::int64_t i = 0; i < count; ++i)
      out[static_cast<std::size_t>(i)] = static_cast<double>(i % 5);
  }
  return out;
}

/// Whether a tensor can hold the file, given `opaque_as`.
bool is_tensor(test::NpyCase const& c) {
  return c.kind != 'c' && c.shape.size() <= 8 && c.name.find("record") == std::string::npos;
}

pane::NpyOptions options_for(test::NpyCase const& c) {
  pane::NpyOptions options{.max_header_bytes = 100000};
  if (c.kind == 'V') options.opaque_as = DType::bf16;
  if (c.kind == 'M') options.opaque_as = DType::s64;
  return options;
}

/// A file around a header text, its elements 0, 1, 2, ... as bytes.
Bytes file_of(std::string const& text, std::size_t data_bytes) {
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(text.size());
  out += '\0';
  out += text;
  for (std::size_t i = 0; i < data_bytes; ++i) out += static_cast<char>(i);
  return test::bytes_of(out);
}

}  // namespace

TEST_CASE("every file that NumPy wrote is read with its shape, type, order and values") {
  int tensors = 0;
  for (test::NpyCase const& c : test::npy_cases()) {
    CAPTURE(c.name);
    Npy const array = read_npy(c.path, options_for(c));
    CHECK(array.view().shape == c.shape);
    CHECK(array.view().type.itemsize == c.itemsize);
    CHECK_FALSE(array.view().readonly);
    CHECK((c.fortran ? array.view().f_contiguous : array.view().c_contiguous));
    if (!is_tensor(c)) {
      CHECK_THROWS_AS(array.any_tensor(), pane::ImportError);
      continue;
    }
    ++tensors;
    AnyTensor const t = array.any_tensor();
    CHECK(elements(t) == expected(c));
    Npy const from_memory = read_npy(c.bytes, options_for(c));
    CHECK(elements(from_memory.any_tensor()) == expected(c));
  }
  CHECK(tensors > 20);
}

TEST_CASE("a mapped file shows the same values, read-only; foreign byte order is refused by name") {
  for (test::NpyCase const& c : test::npy_cases()) {
    CAPTURE(c.name);
    if (c.big_endian) {
      CHECK(judged([&] { open_npy(c.path); }) == "foreign_byte_order");
      continue;
    }
    Npy const file = open_npy(c.path, options_for(c));
    CHECK(file.view().readonly);
    CHECK(file.rest().empty());
    if (!is_tensor(c)) continue;
    CHECK(file.any_tensor().readonly);
    CHECK(elements(file.any_tensor()) == expected(c));
  }
}

TEST_CASE("a file becomes the tensor that the caller says it is") {
  auto const file = open_npy(npy_case("f4_2x3x4_fortran").path);
  auto const image = file.as<float const, pane::CHW<2>>();
  CHECK(image.height() == 3);
  CHECK(image.width() == 4);
  CHECK(image.stride_bytes(0) == 4);
  CHECK(image.stride_bytes(1) == 8);
  CHECK(image.stride_bytes(2) == 24);
  CHECK(*image.address(0, 2, 3, 1) == 23);
  CHECK(judged([&] { file.as<float, pane::CHW<2>>(); }) == "read_only");
  CHECK(judged([&] { file.as<float const, pane::CHW<3>>(); }) == "layout_mismatch");
  CHECK(judged([&] { file.as<float const, pane::HW>(); }) == "rank_mismatch");
  CHECK(judged([&] { file.as<double const, pane::CHW<2>>(); }) == "dtype_mismatch");
  auto const owned = read_npy(npy_case("f4_2x3x4_fortran").path);
  *owned.as<float, pane::CHW<2>>().address(0, 2, 3, 1) = 7;
  CHECK(*owned.as<float const, pane::CHW<2>>().address(0, 2, 3, 1) == 7);
}

TEST_CASE("bf16 and times are what the caller says, and only then") {
  std::string const bf16 = npy_case("bf16_3x4").path;
  auto const plain = open_npy(bf16);
  CHECK(judged([&] { plain.as<pane::bf16 const, pane::HW>(); }) == "dtype_mismatch");
  CHECK(judged([&] { plain.any_tensor(); }) == "dtype_mismatch");
  auto const said = open_npy(bf16, {.opaque_as = DType::bf16});
  CHECK(pane::saturate_cast<float>(*said.as<pane::bf16 const, pane::HW>().address(0, 2, 3)) == 11);
  auto const times = read_npy(npy_case("datetime_5").path);
  CHECK(times.view().type.unit == "ns");
  CHECK(judged([&] { times.any_tensor(); }) == "dtype_mismatch");
}

TEST_CASE("complex numbers and records have a view and no tensor") {
  for (char const* which : {"c8_3x4", "c8_3x4_big"}) {
    CAPTURE(which);
    auto const array = read_npy(npy_case(which).path);
    REQUIRE(array.view().type.kind == 'c');
    auto const* const values = reinterpret_cast<std::complex<float> const*>(array.view().data);
    for (int i = 0; i < 12; ++i)
      CHECK(values[i] == std::complex<float>(static_cast<float>(i), static_cast<float>(i) + 0.5f));
  }
  auto const records = open_npy(npy_case("record_4").path);
  CHECK(records.view().type.itemsize == 12);
  CHECK(records.header().fields.items.size() == 2);
  auto const* const bytes = reinterpret_cast<std::byte const*>(records.view().data);
  for (int i = 0; i < 4; ++i) CHECK(number<std::int32_t>(bytes + 12 * i) == i);
}

TEST_CASE("a file is read into any tensor of its shape and type") {
  for (test::NpyCase const& c : test::npy_cases()) {
    if (!is_tensor(c) || c.shape.size() > 4) continue;
    CAPTURE(c.name);
    Npy const reference = read_npy(c.path, options_for(c));
    AnyTensor const like = reference.any_tensor();
    // C order, Fortran order, with gaps, and backwards.
    for (int form = 0; form < 4; ++form) {
      CAPTURE(form);
      Bytes memory(8192, std::byte{0xcd});
      AnyTensor out = like;
      std::int64_t step = c.itemsize * (form == 2 ? 3 : 1);
      std::int64_t low = 0;
      for (int k = 0; k < out.rank; ++k) {
        int const axis = form == 1 ? k : out.rank - 1 - k;
        out.stride_bytes[axis] = form == 3 ? -step : step;
        if (form == 3 && out.shape[axis] > 0) low += (out.shape[axis] - 1) * step;
        step *= std::max<std::int64_t>(out.shape[axis], 1) + (form == 2 ? 1 : 0);
      }
      out.data = memory.data() + low;
      read_npy_into(host, c.path, out, options_for(c));
      CHECK(elements(out) == expected(c));
      std::int64_t touched = 0;
      for (std::byte const b : memory) touched += b != std::byte{0xcd} ? 1 : 0;
      CHECK(touched <= c.itemsize * static_cast<std::int64_t>(expected(c).size()));
      read_npy_into(host, c.bytes, out, options_for(c));
      CHECK(elements(out) == expected(c));
    }
  }
}

TEST_CASE("what does not fit a destination is refused, and nothing is written") {
  std::vector<float> memory(64, -1);
  auto const into = [&](auto const& out, std::string const& which = "f4_4x3_flipped") {
    std::string const verdict = judged([&] { read_npy_into(host, npy_case(which).path, out); });
    for (float const v : memory) CHECK(v == -1);
    return verdict;
  };
  float* const p = memory.data();
  CHECK(into(Tensor<float, pane::HW>(p, {3, 4})) == "layout_mismatch");
  CHECK(into(Tensor<float, pane::HWC<1>>(p, {4, 3, 1})) == "rank_mismatch");
  CHECK(into(Tensor<std::int32_t, pane::HW>(reinterpret_cast<std::int32_t*>(p), {4, 3})) ==
        "dtype_mismatch");
  CHECK(into(Tensor<float const, pane::HW>(p, {4, 3})) == "read_only");
  CHECK(into(Tensor<float, pane::HW>::strided(p, {4, 3}, {0, 4})) == "overlapping_write");
  CHECK(into(Tensor<pane::bf16, pane::HW>(reinterpret_cast<pane::bf16*>(p), {3, 4}), "bf16_3x4") ==
        "dtype_mismatch");
  Tensor<float, pane::HW> const right(p, {4, 3});
  Bytes cut = npy_case("f4_4x3_flipped").bytes;
  cut.pop_back();
  CHECK(judged([&] { read_npy_into(host, cut, right); }) == "truncated");
  for (float const v : memory) CHECK(v == -1);
  try {
    read_npy_into(host, npy_case("f4_4x3_flipped").path, Tensor<float, pane::HW>(p, {3, 4}));
    FAIL("read");
  } catch (pane::ImportError const& error) {
    CHECK_THAT(std::string(error.what()),
               Catch::Matchers::ContainsSubstring("pane: .npy: shape [4, 3]") &&
                   Catch::Matchers::ContainsSubstring("the destination is HW f32 [3, 4]"));
  }
}

TEST_CASE("elements that lie unaligned are copied, not viewed") {
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  while ((10 + text.size()) % 4 != 1) text += ' ';
  test::TemporaryFile const file;
  Bytes const bytes = file_of(text, 24);
  test::write_file(file.path(), bytes);
  CHECK(judged([&] { open_npy(file.path()); }) == "misaligned_pointer");
  CHECK(judged([&] { view_npy(bytes); }) == "misaligned_pointer");
  auto const array = read_npy(file.path());
  CHECK(std::memcmp(array.as<float, pane::HW>().data(), bytes.data() + 10 + text.size(), 24) == 0);
  std::vector<float> memory(6);
  Tensor<float, pane::HW> const out(memory.data(), {2, 3});
  read_npy_into(host, bytes, out);
  CHECK(std::memcmp(memory.data(), bytes.data() + 10 + text.size(), 24) == 0);
}

TEST_CASE("several arrays follow each other in one file") {
  Bytes all;
  for (char const* which : {"f4_4x3_flipped", "u1_3x4", "f8_3x4_big"}) {
    Bytes const one = npy_case(which).bytes;
    all.insert(all.end(), one.begin(), one.end());
  }
  test::TemporaryFile const file;
  test::write_file(file.path(), all);
  auto const first = open_npy(file.path());
  CHECK(elements(first.any_tensor()) == expected(npy_case("f4_4x3_flipped")));
  auto const second = read_npy(first.rest());
  CHECK(elements(second.any_tensor()) == expected(npy_case("u1_3x4")));
  auto const after = static_cast<std::size_t>(second.header().file_bytes());
  auto const third = read_npy(first.rest().subspan(after));
  CHECK(elements(third.any_tensor()) == expected(npy_case("f8_3x4_big")));
  CHECK(first.rest().size() == after + npy_case("f8_3x4_big").bytes.size());
  auto const borrowed = view_npy(all);
  CHECK(borrowed.any_tensor().data == all.data() + borrowed.header().data_offset);
  CHECK(borrowed.rest().empty());
}

TEST_CASE("a header that lies about the data gets no memory for it") {
  Bytes const lie =
      file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }", 8);
  CHECK(judged([&] { read_npy(lie); }) == "truncated");
  CHECK(judged([&] { view_npy(lie); }) == "truncated");
  test::TemporaryFile const file;
  test::write_file(file.path(), lie);
  CHECK(judged([&] { open_npy(file.path()); }) == "truncated");
  CHECK(judged([&] { read_npy(file.path()); }) == "truncated");
}

TEST_CASE("arrays without elements need no data and have no address") {
  for (char const* which : {"f4_0x3", "f4_3x0_fortran"}) {
    CAPTURE(which);
    auto const file = open_npy(npy_case(which).path);
    CHECK(file.view().size == 0);
    CHECK(file.as<float const, pane::HW>().data() == nullptr);
    read_npy_into(host, npy_case(which).path,
                  file.view().shape[0] == 0 ? Tensor<float, pane::HW>(nullptr, {0, 3})
                                            : Tensor<float, pane::HW>(nullptr, {3, 0}));
  }
  Bytes const foreign = file_of("{'descr': '>f4', 'fortran_order': False, 'shape': (0,), }", 0);
  Npy const none = view_npy(foreign);
  CHECK(none.view().size == 0);
}

TEST_CASE("what cannot be opened or is no regular file is an error that says why") {
  auto const message = [](char const* path) {
    try {
      open_npy(path);
    } catch (pane::Error const& error) {
      return std::string(error.what());
    }
    return std::string("opened");
  };
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(message("/tmp/no/such.npy"),
             ContainsSubstring("pane::open_npy: /tmp/no/such.npy: No such file"));
  CHECK_THAT(message("/tmp"), ContainsSubstring("no regular file"));
  CHECK_THAT(message("/dev/null"), ContainsSubstring("no regular file"));
  test::TemporaryFile const empty;
  CHECK(judged([&] { open_npy(empty.path()); }) == "truncated");
}

TEST_CASE("an array is moved with its tensors, never copied") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Npy>);
  Npy file = open_npy(npy_case("f4_6").path);
  void const* const data = file.any_tensor().data;
  Npy const moved = std::move(file);
  CHECK(moved.any_tensor().data == data);
  CHECK(elements(moved.any_tensor()) == std::vector<double>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("offsets beyond 4 GiB are right: a sparse file of 5 GiB") {
  test::TemporaryFile const file;
  Bytes const header =
      file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (5, 1073741824), }", 0);
  test::write_file(file.path(), header);
  ::off_t const bytes = static_cast<::off_t>(header.size()) + ::off_t{5} * 1073741824;
  if (::truncate(file.path().c_str(), bytes) != 0)
    PANE_SKIP("needs a file system with sparse files");
  int const raw = ::open(file.path().c_str(), O_WRONLY);
  REQUIRE(raw >= 0);
  char const mark = 77;
  REQUIRE(::pwrite(raw, &mark, 1, bytes - 1) == 1);
  ::close(raw);
  auto const mapped = open_npy(file.path());
  auto const t = mapped.as<std::uint8_t const, pane::HW>();
  CHECK(*t.address(0, 4, 1073741823) == 77);
  CHECK(*t.address(0, 4, 1073741822) == 0);
  CHECK(mapped.view().span_high == std::int64_t{5} * 1073741824);
}
