// SPDX-License-Identifier: MIT
#include <pane/kernels/launch_host.hpp>
#include <tests/support/catch.hpp>

#include <sys/resource.h>  // the limit of a process

#include <vector>

namespace {

using namespace pane;

/// Sums 1 to 64 in three steps: shared memory, a carried register, and the order of the steps.
struct Sum {
  static constexpr int threads = 64;
  static constexpr int blocks_per_sm = 1;
  struct Shared {
    int value[64];
  };
  int* out;
  detail::Grid size;
  detail::Grid grid() const { return size; }
  template <class Block>
  void operator()(Block& block) const {
    auto& shared = block.shared();
    auto carried = block.template per_thread<int>();
    block.for_each_thread([&](int t) { shared.value[t] = t + 1; });
    block.for_each_thread([&](int t) { carried[t] = shared.value[63 - t]; });
    block.for_each_thread_unordered([&](int t) {
      if (t != 0) return;
      int total = 0;
      for (int i = 0; i < 64; ++i) total += carried[i];
      out[(block.z * size.y + block.y) * size.x + block.x] += total;
    });
  }
};

TEST_CASE("every block of a grid runs once, whatever the number of threads") {
  for (int threads : {0, 1, 2, 3, 7, 300}) {
    std::vector<int> out(5 * 3 * 2, 0);
    detail::launch(Host{threads}, Sum{out.data(), {5, 3, 2}});
    CHECK(out == std::vector<int>(out.size(), 64 * 65 / 2));
  }
}

#if !defined(__SANITIZE_ADDRESS__)  // which has reserved more addresses than the limit
TEST_CASE("blocks whose thread cannot be started are run by the caller") {
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_AS, &old) == 0);
  rlimit const none{256 << 20, old.rlim_max};  // no room for the stacks of so many threads
  std::vector<int> out(300, 0);
  REQUIRE(::setrlimit(RLIMIT_AS, &none) == 0);
  detail::launch(Host{256}, Sum{out.data(), {300, 1, 1}});
  REQUIRE(::setrlimit(RLIMIT_AS, &old) == 0);
  CHECK(out == std::vector<int>(out.size(), 64 * 65 / 2));
}
#endif

TEST_CASE("an empty grid runs nothing") {
  int out = 0;
  detail::launch(host, Sum{&out, {0, 3, 2}});
  detail::launch(host, Sum{&out, {1, 3, 0}});
  CHECK(out == 0);
}

}  // namespace
