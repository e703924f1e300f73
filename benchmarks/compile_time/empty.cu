// SPDX-License-Identifier: MIT
// What every file costs without Pane.
int pane_compile_time_case() {
  return 0;
}
