// SPDX-License-Identifier: MIT
#include <pane/interop/consumer.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>

using pane::AnyTensor;
using pane::check_consumer;
using pane::consumer_named;
using pane::DType;

namespace {

AnyTensor tensor(std::initializer_list<std::int64_t> shape,
                 std::initializer_list<std::int64_t> strides) {
  static std::uint8_t memory[4096];
  AnyTensor out;
  out.data = memory + 2048;
  out.rank = static_cast<int>(shape.size());
  int i = 0;
  for (std::int64_t const s : shape) out.shape[i++] = s;
  i = 0;
  for (std::int64_t const s : strides) out.stride_bytes[i++] = s;
  return out;
}

bool takes(char const* name, AnyTensor const& t) {
  try {
    check_consumer(consumer_named(name), t);
    return true;
  } catch (pane::InvalidArgument const& e) {
    REQUIRE(std::string(e.what()).find(name) != std::string::npos);
    REQUIRE(std::string(e.what()).find(t.text()) != std::string::npos);
    return false;
  }
}

}  // namespace

TEST_CASE("consumers by name") {
  CHECK(consumer_named("cupy").pending == pane::Pending::name_stream);
  CHECK(consumer_named("torch").pending == pane::Pending::wait);
  CHECK(consumer_named("any").negative_strides == pane::NegativeStrides::refuse);
  CHECK(consumer_named("unordered").pending == pane::Pending::ignore);
  CHECK_THROWS_WITH(consumer_named("Torch"),
                    Catch::Matchers::Contains("Torch is no consumer; they are any, torch, cupy"));
}

TEST_CASE("what a consumer is not handed") {
  auto const packed = tensor({4, 6, 3}, {18, 3, 1});
  auto const pitched = tensor({4, 6, 3}, {27, 3, 1});
  auto const permuted = tensor({3, 4, 6}, {1, 18, 3});
  auto const repeated = tensor({4, 6, 3}, {0, 3, 1});
  auto const flipped = tensor({4, 6, 3}, {18, -3, 1});
  auto const one_row = tensor({1, 6, 3}, {7777, 3, 1});
  auto const grey = tensor({4, 6}, {6, 1});
  auto const empty = tensor({0, 6, 3}, {5, 5, 5});
  auto constant = packed;
  constant.readonly = true;

  CHECK(takes("any", flipped));  // the protocols refuse negative strides themselves
  CHECK(takes("any", constant));
  CHECK_FALSE(takes("torch", constant));
  CHECK(takes("torch", repeated));
  CHECK(takes("jax", packed));
  CHECK(takes("jax", permuted));
  CHECK(takes("jax", one_row));
  CHECK(takes("jax", constant));
  CHECK_FALSE(takes("jax", pitched));
  CHECK_FALSE(takes("jax", repeated));
  CHECK_FALSE(takes("jax", flipped));
  CHECK(takes("nvimagecodec", packed));
  CHECK(takes("nvimagecodec", pitched));
  CHECK_FALSE(takes("nvimagecodec", permuted));
  CHECK_FALSE(takes("nvimagecodec", repeated));
  CHECK_FALSE(takes("nvimagecodec", flipped));
  CHECK_FALSE(takes("nvimagecodec", grey));
  CHECK(takes("cvcuda", grey));
  CHECK(takes("pycuda", packed));
  CHECK(takes("pycuda", one_row));
  CHECK_FALSE(takes("pycuda", pitched));
  CHECK(takes("pycuda", empty));
  CHECK_FALSE(takes("rmm", packed));
  CHECK(takes("rmm", tensor({72}, {1})));
}
