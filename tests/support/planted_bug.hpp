// SPDX-License-Identifier: MIT
#pragma once

// clang++ -include tests/support/planted_bug.hpp tests/fuzz/x_fuzz.cpp: the target with two bugs on top, which the
// search has to find and a sanitizer has to report. The environment's PANE_PLANTED_BUG picks one: address, undefined.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

extern "C" int pane_fuzz_target(std::uint8_t const* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static char const* const bug = std::getenv("PANE_PLANTED_BUG");
  if (bug != nullptr && size > 4 && data[0] == 'P') {  // no seed begins like that
    int const past = static_cast<int>(size);
    std::vector<std::uint8_t> const copy(data, data + size);
    int volatile sink = std::strcmp(bug, "address") == 0
                            ? copy.data()[past]
                            : std::numeric_limits<int>::max() - 4 + past;
    static_cast<void>(sink);
  }
  return pane_fuzz_target(data, size);
}

#define LLVMFuzzerTestOneInput pane_fuzz_target
