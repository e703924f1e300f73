// SPDX-License-Identifier: MIT
#include <pane/core/any_tensor.hpp>
#include <pane/interop/infer_layout.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace {

std::string inferred(std::initializer_list<std::int64_t> shape,
                     std::initializer_list<std::int64_t> strides = {}) {
  pane::AnyTensor t;
  t.rank = static_cast<int>(shape.size());
  int i = 0;
  for (std::int64_t const n : shape) t.shape[i++] = n;
  if (strides.size() == 0) {
    std::int64_t step = 1;
    for (i = t.rank; i-- > 0;) {
      t.stride_bytes[i] = step;
      step *= t.shape[i];
    }
  }
  i = 0;
  for (std::int64_t const s : strides) t.stride_bytes[i++] = s;
  try {
    return infer_layout(t).axes;
  } catch (pane::InvalidArgument const& error) {
    std::string const what = error.what();
    return what.find("fit both") != std::string::npos  ? "both"
           : what.find("neither") != std::string::npos ? "neither"
                                                       : "rank";
  }
}

}  // namespace

TEST_CASE("shapes and strides that leave one answer are stated") {
  CHECK(inferred({480, 640}) == "HW");
  CHECK(inferred({480, 640, 3}) == "HWC");
  CHECK(inferred({480, 640, 1}) == "HWC");
  CHECK(inferred({480, 640, 3}, {2048, 3, 1}) == "HWC");
  CHECK(inferred({480, 640, 3}, {2560, 4, 1}) == "HWC");
  CHECK(inferred({3, 480, 640}) == "CHW");
  CHECK(inferred({3, 480, 640}, {480 * 1024, 1024, 1}) == "CHW");
  CHECK(inferred({8, 480, 640, 3}) == "NHWC");
  CHECK(inferred({8, 3, 480, 640}) == "NCHW");
}

TEST_CASE("what fits two layouts is refused") {
  CHECK(inferred({3, 640, 3}) == "both");
  CHECK(inferred({3, 640, 3}, {2048, 4, 1}) == "both");
  CHECK(inferred({8, 1, 640, 3}) == "both");
  CHECK(inferred({4, 4, 4}) == "both");
}

TEST_CASE("what fits no layout is refused") {
  CHECK(inferred({16, 480, 640}) == "neither");
  CHECK(inferred({480, 640, 3}, {640, 1, 307200}) == "neither");
  CHECK(inferred({480, 640, 3}, {-1920, 3, 1}) == "neither");
  CHECK(inferred({2, 3, 480, 640}, {921600, 1, 1920, 3}) == "neither");
  CHECK(inferred({480}) == "rank");
  CHECK(inferred({1, 2, 3, 4, 5}) == "rank");
}

TEST_CASE("a stated layout stays") {
  std::uint8_t pixels[36] = {};
  pane::Tensor<std::uint8_t, pane::NHW> const t(pixels, {3, 4, 3});
  CHECK(std::string(infer_layout(pane::AnyTensor(t)).axes) == "NHW");
}
