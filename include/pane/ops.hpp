// SPDX-License-Identifier: MIT
#pragma once

// What computes: `copy`, the eager verbs, and destinations that are more than a tensor.
// IWYU pragma: begin_exports
#include <pane/kernels/lend.hpp>
#include <pane/ops/copy.hpp>
#include <pane/ops/eager.hpp>
#include <pane/ops/tee.hpp>
// IWYU pragma: end_exports
