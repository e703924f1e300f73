// SPDX-License-Identifier: MIT

#include <pane/views/border.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>

using namespace pane;

namespace {

/// The row "abcd" (or its first letters) from column -9 to 12; "." is the constant.
std::string row(int size, Border border) {
  std::string out;
  for (int i = -9; i < 13; ++i) {
    int const at = detail::border_index(i, size, border);
    out += at < 0 ? '.' : static_cast<char>('a' + at);
  }
  return out;
}

}  // namespace

TEST_CASE("border: what lies beyond the edges of abcd") {
  CHECK(row(4, Border::constant) == ".........abcd.........");
  CHECK(row(4, Border::replicate) == "aaaaaaaaaabcdddddddddd");
  CHECK(row(4, Border::reflect) == "aabcddcbaabcddcbaabcdd");
  CHECK(row(4, Border::reflect_101) == "dcbabcdcbabcdcbabcdcba");
  CHECK(row(4, Border::wrap) == "dabcdabcdabcdabcdabcda");
}

TEST_CASE("border: of one and two pixels") {
  CHECK(row(1, Border::replicate) == std::string(22, 'a'));
  CHECK(row(1, Border::reflect) == std::string(22, 'a'));
  CHECK(row(1, Border::reflect_101) == std::string(22, 'a'));
  CHECK(row(1, Border::wrap) == std::string(22, 'a'));
  CHECK(row(2, Border::reflect_101) == "bababababababababababa");
  CHECK(row(2, Border::reflect) == "aabbaabbaabbaabbaabbaa");
}

TEST_CASE("border: any index of 32 bits is inside, for any size") {
  int const big = 2147483647;
  for (Border const border :
       {Border::replicate, Border::reflect, Border::reflect_101, Border::wrap}) {
    for (int const size : {1, 2, 3, 46341, 1073741824, big - 1, big}) {
      for (int const i : {-big - 1, -big, -size, -1, 0, size - 1, big - 1, big}) {
        int const at = detail::border_index(i, size, border);
        INFO("index " << i << " size " << size << " border " << static_cast<int>(border)
                      << " gives " << at);
        CHECK((at >= 0 && at < size));
        CHECK(detail::seldom_border_index(i, size, border) == at);
      }
    }
  }
  CHECK(detail::border_index(-big - 1, 3, Border::wrap) == 1);        // -2^31 = -715827883 * 3 + 1
  CHECK(detail::border_index(big, big, Border::reflect) == big - 1);  // one beyond the edge
  CHECK(detail::border_index(big, big, Border::reflect_101) == big - 2);
  CHECK(detail::border_index(-1, big, Border::wrap) == big - 1);
}
