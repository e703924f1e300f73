// SPDX-License-Identifier: MIT
#pragma once

// Everything that needs no third party. Include pane/core.hpp where only the vocabulary is needed.
// IWYU pragma: begin_exports
#include <pane/core.hpp>
#include <pane/interop.hpp>
#include <pane/ops.hpp>
#include <pane/views.hpp>
// IWYU pragma: end_exports
