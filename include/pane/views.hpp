// SPDX-License-Identifier: MIT
#pragma once

// The lazy views: each takes an image and is an image; `copy` evaluates them.
// IWYU pragma: begin_exports
#include <pane/views/bilinear.hpp>
#include <pane/views/border.hpp>
#include <pane/views/channels.hpp>
#include <pane/views/color.hpp>
#include <pane/views/convert.hpp>
#include <pane/views/coordinates.hpp>
#include <pane/views/crop.hpp>
#include <pane/views/crops.hpp>
#include <pane/views/flip.hpp>
#include <pane/views/gaussian.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/letterbox.hpp>
#include <pane/views/map.hpp>
#include <pane/views/normalize.hpp>
#include <pane/views/pad.hpp>
#include <pane/views/resample.hpp>
#include <pane/views/resample_taps.hpp>
#include <pane/views/resize.hpp>
#include <pane/views/rot90.hpp>
#include <pane/views/separable.hpp>
#include <pane/views/warp_affine.hpp>
// IWYU pragma: end_exports
