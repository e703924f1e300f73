// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/error.hpp>
#include <pane/ops/copy.hpp>
#include <tests/support/machine.hpp>

#include <string>

namespace test {

/// The message with which the chosen machine refuses a copy; "" when it does not.
template <class Source, class Sink>
std::string copy_refusal(Source const& src, Sink const& dst) {
  std::string message;
  on_machine([&](auto where) {
    try {
      copy(where, src, dst);
    } catch (pane::InvalidArgument const& error) {
      message = error.what();
    }
  });
  return message;
}

}  // namespace test
