// SPDX-License-Identifier: MIT
// The main of every test program: Catch2's own flags, and --machine host|gpu.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using ListenerBase = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
using ListenerBase = Catch::TestEventListenerBase;
#endif

#include <tests/support/machine_choice.hpp>

#if PANE_TEST_WITH_CUDA
#include <cuda_runtime_api.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int exit_skipped = 77;  // SKIP_RETURN_CODE in cmake/PaneTests.cmake
constexpr int exit_usage = 2;

test::Where machine = test::Where::host;
std::string running_case;
bool case_skipped = false;
int cases_skipped = 0;
int cases_run = 0;

struct Counter : ListenerBase {
  using ListenerBase::ListenerBase;
  void testCaseStarting(Catch::TestCaseInfo const& info) override {
    running_case = info.name;
    case_skipped = false;
  }
  void testCaseEnded(Catch::TestCaseStats const&) override {
    ++cases_run;
    cases_skipped += case_skipped ? 1 : 0;
  }
};

/// True when a GPU can be used. Prints why not.
bool gpu_present() {
#if PANE_TEST_WITH_CUDA
  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return true;
  if (status == cudaSuccess || status == cudaErrorNoDevice ||
      status == cudaErrorInsufficientDriver) {
    std::printf("skipped: no CUDA device (%s)\n", cudaGetErrorString(status));
    std::exit(exit_skipped);
  }
  // A GPU that is there and does not answer is a failure, not a reason to skip.
  std::fprintf(stderr, "the CUDA device cannot be used: %s\n", cudaGetErrorString(status));
  return false;
#else
  std::fprintf(stderr, "--machine gpu: this program was built without CUDA\n");
  return false;
#endif
}

}  // namespace

CATCH_REGISTER_LISTENER(Counter)

namespace test {

Where chosen_machine() {
  return machine;
}

char const* data_dir() {
  char const* const moved = std::getenv("PANE_TEST_DATA");
  return moved != nullptr && *moved != '\0' ? moved : PANE_TEST_DATA_DIR;
}

void note_skipped(char const* reason) {
  case_skipped = true;
  std::printf("skipped: %s: %s\n", running_case.c_str(), reason);
}

}  // namespace test

int main(int argc, char** argv) {
  std::vector<char const*> args;
  for (int i = 0; i < argc; ++i) {
    if (std::strcmp(argv[i], "--machine") != 0) {
      args.push_back(argv[i]);
      continue;
    }
    std::string const name = i + 1 < argc ? argv[++i] : "";
    if (name != "host" && name != "gpu") {
      std::fprintf(stderr, "--machine: expected host or gpu, got '%s'\n", name.c_str());
      return exit_usage;
    }
    machine = name == "gpu" ? test::Where::gpu : test::Where::host;
  }

  Catch::Session session;
  int const usage = session.applyCommandLine(static_cast<int>(args.size()), args.data());
  if (usage != 0) return usage;
    // A test case that checks nothing fails, and so does a run that finds no test case (3.x always fails then).
#if defined(CATCH_CONFIG_RUNNER)
  int const warnings = Catch::WarnAbout::NoAssertions | Catch::WarnAbout::NoTests;
#else
  int const warnings = Catch::WarnAbout::NoAssertions;
#endif
  session.configData().warnings = static_cast<Catch::WarnAbout::What>(warnings);
  bool const only_lists = session.configData().showHelp || session.configData().listTests;
  if (machine == test::Where::gpu && !only_lists && !gpu_present()) return 1;

  int const failed = session.run();
  if (failed == 0 && cases_run > 0 && cases_skipped == cases_run) return exit_skipped;
  return failed;
}
