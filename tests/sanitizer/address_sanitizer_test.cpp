// SPDX-License-Identifier: MIT
// Contract line 10, the CPU's half: in a build with AddressSanitizer and UBSan a bug in a kernel's body ends the program.
#include <pane/kernels/launch_host.hpp>
#include <tests/support/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
namespace {

/// Writes one element past the end, or adds beyond the range of int.
struct Planted {
  static constexpr int threads = 32;
  static constexpr int blocks_per_sm = 1;
  struct Shared {};
  int* data;  // 32 elements
  int past_the_end;
  int addend;
  pane::detail::Grid grid() const { return {1, 1, 1}; }
  template <class Block>
  void operator()(Block& block) const {
    block.for_each_thread([&](int t) { data[t + past_the_end] = t + addend; });
  }
};

/// The exit status of a child process that runs the program.
int status_of(int past_the_end, int addend) {
  std::fflush(nullptr);
  pid_t const child = fork();
  if (child == 0) {
    (void)std::freopen("/dev/null", "w", stderr);
    std::vector<int> data(32);
    pane::detail::launch(pane::host, Planted{data.data(), past_the_end, addend});
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace
#endif

TEST_CASE("contract 10: the sanitizers of this build find a planted bug") {
#if defined(__SANITIZE_ADDRESS__)
  CHECK(status_of(0, 0) == 0);
  CHECK(status_of(1, 0) != 0);
  CHECK(status_of(0, 0x7fffffff) != 0);
#else
  PANE_SKIP("not a build with AddressSanitizer");
#endif
}
