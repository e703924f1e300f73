// SPDX-License-Identifier: MIT
#pragma once

// The vocabulary: tensors, layouts, images. Costs little; see also pane.hpp.
// IWYU pragma: begin_exports
#include <pane/core/any_tensor.hpp>
#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/list.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/overlap.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>
#include <pane/version.hpp>
// IWYU pragma: end_exports
