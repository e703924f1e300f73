// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/error.hpp>

#include <string>

namespace test {

/// What a call says when it refuses; "none" when it does not.
template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (pane::Error const& error) {
    return error.what();
  }
  return "none";
}

}  // namespace test
