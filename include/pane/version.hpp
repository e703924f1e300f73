// SPDX-License-Identifier: MIT
#pragma once

/// The version of Pane: the only place where it is written. The build reads it from here.
#define PANE_VERSION_MAJOR 0
#define PANE_VERSION_MINOR 1
#define PANE_VERSION_PATCH 0
