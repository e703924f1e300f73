// SPDX-License-Identifier: MIT
#include <pane/pane.hpp>

int pane_compile_time_case() {
  return 0;
}
