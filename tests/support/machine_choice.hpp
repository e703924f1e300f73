// SPDX-License-Identifier: MIT
#pragma once

namespace test {

/// The machines that a test body can run on.
enum class Where { host, gpu };

/// What `--machine host|gpu` asked of this program; host without the flag. Set by main before any test starts.
Where chosen_machine();

/// Folder of the test data: the environment's PANE_TEST_DATA, else tests/data of the source tree.
char const* data_dir();

/// Remembers that the running test case was left early. A program whose every test case was skipped ends with
/// exit code 77, which CTest shows as Skipped. Use it through PANE_SKIP.
void note_skipped(char const* reason);

}  // namespace test
