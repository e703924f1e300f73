// SPDX-License-Identifier: MIT
#pragma once

// What `preprocess` has to say: on the terminal, as JSON, and on the contact sheet.

#include <pane/fmt.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/python_text.hpp>

#include <fmt/core.h>

#include <cmath>
#include <string>
#include <vector>

#include "contact_sheet.hpp"
#include "difference.hpp"
#include "frame.hpp"
#include "options.hpp"
#include "reference.hpp"

namespace example {

struct Report {
  std::string machine;
  pane::CudaArrayInterface input;
  pane::CudaArrayInterface result;
  Difference difference;
  Bound bound;
  bool others_untouched = false;

  bool good() const { return difference.worst <= 1 && others_untouched; }
};

/// "letterbox 640x640 -> to_rgb bt709 limited -> normalize -> f16 NCHW"
inline std::string chain_text(Frame const& frame, Options const& o) {
  char const* const modes[] = {"letterbox", "resize", "crop and resize"};
  char const* const standards[] = {"bt601", "bt709", "bt2020"};
  std::string const colour =
      frame.format == Frame::Format::rgb
          ? ""
          : fmt::format("to_rgb {} {} -> ", standards[int(o.standard)], o.range);
  return fmt::format("{} {}x{} -> {}normalize -> {} {}", modes[int(o.mode)], o.out_size.width,
                     o.out_size.height, colour, o.dtype, o.axes);
}

inline std::string frame_text(Frame const& frame) {
  return fmt::format("{} {}x{}, {}", frame.format == Frame::Format::nv12 ? "NV12" : "RGB",
                     frame.width, frame.height, frame.name);
}

inline std::string bound_text(Bound const& bound) {
  if (bound.relative == 0) return fmt::format("{:.3g}", bound.absolute);
  return fmt::format("{:.3g} + |value| / {:.0f}", bound.absolute, 1 / bound.relative);
}

inline std::string verdict_text(Report const& r) {
  if (!r.others_untouched) return "FAILED: other slots of the batch were written";
  return fmt::format("{}: the largest difference is {:.2f} of the bound",
                     r.good() ? "passed" : "FAILED", r.difference.worst);
}

inline void print(Report const& r, Frame const& frame, Options const& o) {
  if (!o.json) {
    fmt::print("on          {}\n", r.machine);
    fmt::print("input       {}\n", frame_text(frame));
    fmt::print("            {}\n", r.input);
    fmt::print("one kernel  {} -> slot {} of {}\n", chain_text(frame, o), o.slot, o.batch);
    fmt::print("result      {}\n", r.result);
    fmt::print(
        "difference  to float64: max {:.3g}, mean {:.3g} (of 255 levels: max {:.3g}, mean "
        "{:.3g})\n",
        r.difference.max, r.difference.mean, r.difference.max_levels, r.difference.mean_levels);
    fmt::print("bound       {}; {}\n", bound_text(r.bound), verdict_text(r));
    fmt::print("sheet       {}\n", o.out);
    return;
  }
  using Value = pane::PythonValue;
  Value difference = Value::of_dict();
  difference.add("max", Value::of_real(r.difference.max));
  difference.add("mean", Value::of_real(r.difference.mean));
  difference.add("max_levels", Value::of_real(r.difference.max_levels));
  difference.add("mean_levels", Value::of_real(r.difference.mean_levels));
  difference.add("bound_absolute", Value::of_real(r.bound.absolute));
  difference.add("bound_relative", Value::of_real(r.bound.relative));
  difference.add("share_of_bound", Value::of_real(r.difference.worst));
  Value all = Value::of_dict();
  all.add("machine", Value::of_string(r.machine));
  all.add("input", Value::of_string(frame_text(frame)));
  all.add("input_interface", pane::to_python_value(r.input));
  all.add("chain", Value::of_string(chain_text(frame, o)));
  all.add("slot", Value::of_i64(o.slot));
  all.add("result_interface", pane::to_python_value(r.result));
  all.add("difference", difference);
  all.add("other_slots_untouched", Value::of_bool(r.others_untouched));
  all.add("passed", Value::of_bool(r.good()));
  all.add("sheet", Value::of_string(o.out));
  fmt::print("{}\n", pane::to_json_text(all));
}

/// The input as a person sees it.
inline Picture input_picture(Frame const& frame, Recipe recipe) {
  recipe.mode = Recipe::Mode::resize;
  recipe.x = recipe.y = 0;
  recipe.width = recipe.out_width = frame.width;
  recipe.height = recipe.out_height = frame.height;
  recipe.mean = {0, 0, 0};
  recipe.std = {1, 1, 1};
  Reference const pixels(frame, recipe);
  Picture out(frame.width, frame.height);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      auto const rgb = pixels(y, x);
      out.at(x, y) = {to_level(255 * rgb[0]), to_level(255 * rgb[1]), to_level(255 * rgb[2])};
    }
  }
  return out;
}

inline Picture sheet_of(Report const& r,
                        Frame const& frame,
                        Options const& o,
                        Recipe const& recipe) {
  Difference const& d = r.difference;
  constexpr Color green{120, 214, 140};
  constexpr Color red{255, 110, 100};
  std::string const result_size = fmt::format("{}x{}", o.out_size.width, o.out_size.height);
  return contact_sheet(
      "pane preprocess",
      {{chain_text(frame, o)}, {fmt::format("slot {} of {}, on {}", o.slot, o.batch, r.machine)}},
      {{input_picture(frame, recipe), "input", frame_text(frame)},
       {d.result, "result, de-normalised", result_size},
       {d.times8, "difference to float64, x 8",
        fmt::format("max {:.2g}, mean {:.2g} of 255 levels", d.max_levels, d.mean_levels)},
       {d.share, "the same, enlarged to its maximum",
        fmt::format("white: {:.2f} of the bound", d.worst)}},
      {{fmt::format("max {:.3g}, mean {:.3g}, bound {}", d.max, d.mean, bound_text(r.bound))},
       {verdict_text(r), r.good() ? green : red}});
}

}  // namespace example
