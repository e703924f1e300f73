// SPDX-License-Identifier: MIT
#pragma once

// The command line of `preprocess`.

#include <pane/core/dtype.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/shape.hpp>
#include <pane/views/color.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frame.hpp"

namespace example {

enum class Mode { letterbox, resize, crop };

struct Options {
  std::string in;
  std::optional<pane::Size> size;
  std::int64_t frame = 0;
  pane::Size out_size{640, 640};
  pane::DType dtype = pane::DType::f32;
  std::string axes = "NCHW";
  Mode mode = Mode::letterbox;
  Standard standard = Standard::bt709;
  pane::ColorRange range = pane::limited_range;
  pane::ChromaSiting siting = pane::ChromaSiting::center;
  float mean[3] = {0.485f, 0.456f, 0.406f};
  float std[3] = {0.229f, 0.224f, 0.225f};
  std::int64_t batch = 1;
  std::int64_t slot = 0;
  std::string where = "auto";
  std::string out = "preprocess.png";
  std::optional<double> bound;
  bool json = false;
};

namespace detail {

/// The number of insertions, deletions and replacements that lead from one word to another.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

template <class T>
T parse_number(std::string const& flag, std::string const& text, T low, T high) {
  T value{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(value >= low && value <= high)) {
    std::string range = "a number above 0";
    if constexpr (std::is_integral_v<T>)
      range = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
    throw UsageError(flag + " is " + text + ": it must be " + range);
  }
  return value;
}

/// "848x464"
inline pane::Size parse_size(std::string const& flag, std::string const& text) {
  constexpr int largest = 16384;
  pane::Size size;
  char const* const end = text.data() + text.size();
  auto const [cross, bad_width] = std::from_chars(text.data(), end, size.width);
  bool good = bad_width == std::errc{} && cross != end && *cross == 'x';
  if (good) {
    auto const [rest, bad_height] = std::from_chars(cross + 1, end, size.height);
    good = bad_height == std::errc{} && rest == end;
  }
  good = good && size.width >= 1 && size.width <= largest && size.height >= 1 &&
         size.height <= largest;
  if (!good) {
    throw UsageError(flag + " is " + text + ": it must be WIDTHxHEIGHT, both 1 to " +
                     std::to_string(largest));
  }
  return size;
}

template <class T>
T parse_choice(std::string const& flag,
               std::string const& text,
               std::initializer_list<std::pair<char const*, T>> choices) {
  std::string list;
  for (auto const& [name, value] : choices) {
    if (text == name) return value;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  throw UsageError(flag + " is " + text + ": it must be one of " + list);
}

/// "0.485,0.456,0.406", or one number for all three.
inline void parse_channels(std::string const& flag, std::string const& text, float (&out)[3]) {
  std::size_t at = 0;
  std::vector<float> values;
  while (at <= text.size()) {
    std::size_t const comma = std::min(text.find(',', at), text.size());
    std::string const part = text.substr(at, comma - at);
    float value = 0;
    auto const [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    bool const good =
        error == std::errc{} && end == part.data() + part.size() && std::isfinite(value);
    if (!good) throw UsageError(flag + " is " + text + ": it must be three numbers, R,G,B, or one");
    values.push_back(value);
    at = comma + 1;
  }
  if (values.size() == 1) values.resize(3, values[0]);
  if (values.size() != 3)
    throw UsageError(flag + " is " + text + ": it must be three numbers, R,G,B, or one");
  std::copy(values.begin(), values.end(), out);
}

/// "unknown flag --sise; did you mean --size?"
inline std::string unknown_flag(CLI::App const& app) {
  std::string const given = app.remaining().front().substr(0, app.remaining().front().find('='));
  std::string nearest;
  std::size_t distance = 0;
  for (CLI::Option const* const option : app.get_options()) {
    for (std::string const& name : option->get_lnames()) {
      std::size_t const d = edit_distance(given, "--" + name);
      if (nearest.empty() || d < distance) {
        nearest = "--" + name;
        distance = d;
      }
    }
  }
  return (given.starts_with("-") ? "unknown flag " : "unexpected argument ") + given +
         (given.starts_with("-") ? "; did you mean " + nearest + "?"
                                 : "; pictures are given by --in");
}

}  // namespace detail

/// Reads the flags of a program; false when they ask for help, which has been printed then.
/// @throws UsageError  a flag is unknown, or has no value; names the nearest flag that there is.
inline bool read_command_line(CLI::App& app, int argc, char const* const* argv) {
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const& help) {
    app.exit(help);
    return false;
  } catch (CLI::ParseError const& error) {
    throw UsageError(error.what());
  }
  if (!app.remaining().empty()) throw UsageError(detail::unknown_flag(app));
  return true;
}

/// Empty when --help was asked for and printed.
/// @throws UsageError  a flag is unknown, or its value is not allowed.
inline std::optional<Options> parse_options(int argc, char const* const* argv) {
  CLI::App app(
      "Letterbox, colour, normalise and planar layout in one kernel: a frame in, a slot of a batch "
      "out.\n"
      "Writes a contact sheet with the difference to a float64 reference; exits with 1 when it is "
      "too large.");
  Options o;
  std::string size, out_size = "640x640", frame = "0", dtype = "f32", layout = "nchw",
                    mode = "letterbox";
  std::string matrix = "bt709", range = "limited", siting = "center";
  std::string mean = "0.485,0.456,0.406", std = "0.229,0.224,0.225", batch = "1", slot = "0", bound;
  auto const add = [&](char const* flag, std::string& value, char const* type, char const* text) {
    auto* const option = app.add_option(flag, value, text)->type_name(type);
    if (!value.empty()) option->capture_default_str();
  };
  add("--in", o.in, "FILE",
      "JPEG or PNG, or raw NV12 frames (.nv12, .yuv); without it a test picture is drawn");
  add("--size", size, "WxH", "Of the raw NV12 frames, or of the drawn picture");
  add("--frame", frame, "N", "Which of the raw frames");
  add("--out-size", out_size, "WxH", "Of the result");
  add("--dtype", dtype, "f16|f32", "Elements of the result");
  add("--layout", layout, "nchw|nhwc", "Layout of the result");
  add("--mode", mode, "letterbox|resize|crop",
      "The whole frame with a gray border, the whole frame stretched, or its middle with the "
      "proportions of the result");
  add("--matrix", matrix, "bt601|bt709|bt2020", "Colour of NV12");
  add("--range", range, "limited|full",
      "Codes of black and white in NV12: 16 and 235, or 0 and 255");
  add("--siting", siting, "center|left|top-left",
      "Where chroma sits in NV12; left for H.264 and HEVC");
  add("--mean", mean, "R,G,B", "Subtracted after scaling to 0..1; one number stands for three");
  add("--std", std, "R,G,B", "Divided by");
  add("--batch", batch, "N", "Images in the result");
  add("--slot", slot, "N", "Which of them is written");
  add("--where", o.where, "auto|gpu|host", "auto: a GPU when there is one");
  add("--out", o.out, "FILE.png", "The contact sheet");
  add("--bound", bound, "X",
      "Fail above this difference instead of the bound that follows from the arithmetic");
  app.add_flag("--json", o.json, "Print one JSON object instead of text");
  if (!read_command_line(app, argc, argv)) return std::nullopt;

  using namespace detail;
  if (!size.empty()) o.size = parse_size("--size", size);
  o.frame = parse_number<std::int64_t>("--frame", frame, 0, 1'000'000'000);
  o.out_size = parse_size("--out-size", out_size);
  o.dtype = parse_choice<pane::DType>("--dtype", dtype,
                                      {{"f16", pane::DType::f16}, {"f32", pane::DType::f32}});
  o.axes = parse_choice<char const*>("--layout", layout, {{"nchw", "NCHW"}, {"nhwc", "NHWC"}});
  o.mode = parse_choice<Mode>(
      "--mode", mode,
      {{"letterbox", Mode::letterbox}, {"resize", Mode::resize}, {"crop", Mode::crop}});
  o.standard = parse_choice<Standard>(
      "--matrix", matrix,
      {{"bt601", Standard::bt601}, {"bt709", Standard::bt709}, {"bt2020", Standard::bt2020}});
  o.range = parse_choice<pane::ColorRange>(
      "--range", range, {{"limited", pane::limited_range}, {"full", pane::full_range}});
  o.siting = parse_choice<pane::ChromaSiting>("--siting", siting,
                                              {{"center", pane::ChromaSiting::center},
                                               {"left", pane::ChromaSiting::left},
                                               {"top-left", pane::ChromaSiting::top_left}});
  parse_channels("--mean", mean, o.mean);
  parse_channels("--std", std, o.std);
  for (int c = 0; c < 3; ++c) {
    if (!(o.std[c] >= 1e-6f && o.std[c] <= 1e6f))
      throw UsageError("--std is " + std + ": each value must be 1e-6 to 1e6");
    if (!(std::abs(o.mean[c]) <= 1e6f))
      throw UsageError("--mean is " + mean + ": each value must be -1e6 to 1e6");
  }
  o.batch = parse_number<std::int64_t>("--batch", batch, 1, 1'000'000);
  o.slot = parse_number<std::int64_t>("--slot", slot, 0, o.batch - 1);
  o.where = parse_choice<char const*>("--where", o.where,
                                      {{"auto", "auto"}, {"gpu", "gpu"}, {"host", "host"}});
  if (!bound.empty()) o.bound = parse_number<double>("--bound", bound, 0, 1e300);
  if (!o.out.ends_with(".png"))
    throw UsageError("--out is " + o.out + ": the sheet is a PNG, its name must end in .png");
  if (o.in.empty() && frame != "0") throw UsageError("--frame: there is no --in");
  return o;
}

}  // namespace example
