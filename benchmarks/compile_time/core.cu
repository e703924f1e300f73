// SPDX-License-Identifier: MIT
#include <pane/core.hpp>

int pane_compile_time_case() {
  return 0;
}
