// SPDX-License-Identifier: MIT
// The input of an image classifier from JPEG files of any size: decoded by nvJPEG into memory of the GPU where there is
// one, else by stb_image on the CPU; then one kernel for all of them: short side to 256, the middle 224 x 224,
// normalised, planar. The result is compared with a float64 reference and written as .npy and as a contact sheet.
#include <pane/fmt.hpp>
#include <pane/pane.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "support/contact_sheet.hpp"
#include "support/difference.hpp"
#include "support/frame.hpp"
#include "support/grid.hpp"
#include "support/jpeg.hpp"
#include "support/machine.hpp"
#include "support/options.hpp"
#include "support/reference.hpp"
#include "support/test_picture.hpp"

namespace {

using namespace example;

struct ClassifyOptions {
  std::vector<std::string> in;
  int short_side = 256;
  int crop = 224;
  pane::DType dtype = pane::DType::f32;
  float mean[3] = {0.485f, 0.456f, 0.406f};
  float std[3] = {0.229f, 0.224f, 0.225f};
  std::string decoder = "auto";
  std::string where = "auto";
  std::string out = "jpeg_classify_input.png";
  std::string batch_out = "jpeg_classify_input.npy";
};

// ---- what a user of the library writes -----------------------------------------------------------

/// The size whose shorter side has `side` pixels.
pane::Size with_short_side(pane::Size s, std::int64_t side) {
  std::int64_t const shorter = std::min(s.height, s.width);
  return {static_cast<int>(side * s.height / shorter), static_cast<int>(side * s.width / shorter)};
}

/// One picture as the network wants it, not computed yet.
auto classifier_view(Rgb const& picture, ClassifyOptions const& o) {
  namespace views = pane::views;
  auto const [height, width] = with_short_side(picture.size(0), o.short_side);
  return picture | views::resize(height, width) | views::center_crop(o.crop, o.crop);
}
using ClassifierView = decltype(classifier_view(Rgb(), ClassifyOptions()));

/// Pictures of different sizes into one batch: one kernel, whatever their number.
template <class Where, class Batch>
void classifier_input(Where where,
                      std::vector<Rgb> const& pictures,
                      ClassifyOptions const& o,
                      Memory const& scratch,
                      Batch const& batch) {
  std::vector<ClassifierView> views;
  for (Rgb const& picture : pictures) views.push_back(classifier_view(picture, o));
  auto const ragged = pane::lend_batch(where, views.data(), static_cast<std::int64_t>(views.size()),
                                       scratch.data(), scratch.bytes());
  pane::copy(where, ragged | pane::views::normalize(o.mean, o.std, {.scale = 1.0f / 255}), batch);
}

// ---- what stands around it -----------------------------------------------------------------------

std::optional<ClassifyOptions> parse(int argc, char const* const* argv) {
  CLI::App app(
      "JPEG files of any size -> one batch for an image classifier: the shorter side resized "
      "(linear, no antialiasing), "
      "the middle cut out, normalised, NCHW.\nWrites the batch as .npy and a contact sheet with "
      "the difference to a "
      "float64 reference; exits with 1 when it is too large.");
  ClassifyOptions o;
  std::string side = "256", crop = "224", dtype = "f32", mean = "0.485,0.456,0.406",
              std = "0.229,0.224,0.225";
  auto const add = [&](char const* flag, std::string& value, char const* type, char const* text) {
    app.add_option(flag, value, text)->type_name(type)->capture_default_str();
  };
  app.add_option("--in", o.in,
                 "JPEG files; without them pictures of several sizes are drawn and encoded")
      ->type_name("FILE...");
  add("--short-side", side, "N", "Pixels of the shorter side after resizing");
  add("--crop", crop, "N", "Pixels of the square that is cut out of its middle");
  add("--dtype", dtype, "f16|f32", "Elements of the result");
  add("--mean", mean, "R,G,B", "Subtracted after scaling to 0..1; one number stands for three");
  add("--std", std, "R,G,B", "Divided by");
  add("--decoder", o.decoder, "auto|nvjpeg|stb", "auto: nvJPEG when it can be used");
  add("--where", o.where, "auto|gpu|host", "auto: a GPU when there is one");
  add("--out", o.out, "FILE.png", "The contact sheet");
  add("--batch-out", o.batch_out, "FILE.npy", "The batch");
  if (!read_command_line(app, argc, argv)) return std::nullopt;
  using namespace example::detail;
  o.short_side = parse_number<int>("--short-side", side, 1, 16384);
  o.crop = parse_number<int>("--crop", crop, 1, o.short_side);
  o.dtype = parse_choice<pane::DType>("--dtype", dtype,
                                      {{"f16", pane::DType::f16}, {"f32", pane::DType::f32}});
  parse_channels("--mean", mean, o.mean);
  parse_channels("--std", std, o.std);
  for (int c = 0; c < 3; ++c) {
    if (!(o.std[c] >= 1e-3f && o.std[c] <= 1e3f))
      throw UsageError("--std is " + std + ": each value must be 0.001 to 1000");
    if (!(std::abs(o.mean[c]) <= 10))
      throw UsageError("--mean is " + mean + ": each value must be -10 to 10");
  }
  o.decoder = parse_choice<char const*>("--decoder", o.decoder,
                                        {{"auto", "auto"}, {"nvjpeg", "nvjpeg"}, {"stb", "stb"}});
  o.where = parse_choice<char const*>("--where", o.where,
                                      {{"auto", "auto"}, {"gpu", "gpu"}, {"host", "host"}});
  if (!o.out.ends_with(".png"))
    throw UsageError("--out is " + o.out + ": the sheet is a PNG, its name must end in .png");
  if (!o.batch_out.ends_with(".npy"))
    throw UsageError("--batch-out is " + o.batch_out + ": its name must end in .npy");
  return o;
}

/// The user's files, or files that are made here: wide, tall, large, small, odd, with full and with halved chroma.
std::vector<JpegFile> files_of(ClassifyOptions const& o) {
  std::vector<JpegFile> files;
  for (std::string const& path : o.in) files.push_back(read_jpeg(path));
  if (!files.empty()) return files;
  constexpr pane::Size sizes[] = {{480, 640}, {640, 426}, {1080, 1920},
                                  {97, 131},  {513, 513}, {300, 901}};
  for (pane::Size const s : sizes) {
    int const quality = files.size() % 2 == 0 ? 90 : 95;
    files.push_back(encode_jpeg(test_picture(s.width, s.height),
                                fmt::format("drawn {}x{}, quality {}", s.width, s.height, quality),
                                quality));
  }
  return files;
}

struct Decoder {
  std::string name;
  Decoded decoded;
  bool on_gpu = false;
};

/// The pictures where they are used, by nvJPEG when that is possible and wanted.
template <class Where>
Decoder decode(Where where,
               Machine const& machine,
               [[maybe_unused]] std::vector<JpegFile> const& files,
               std::vector<Frame> const& on_cpu,
               ClassifyOptions const& o) {
  std::string why;
  if (o.decoder == "stb") {
    why = "as asked";
  } else if (!machine.gpu) {
    why = "there is no GPU to decode on";
  } else {
#if defined(PANE_EXAMPLE_NVJPEG)
    static NvJpeg codec;
    if (codec.there()) {
      if constexpr (std::is_same_v<Where, pane::Stream>)
        return {"nvJPEG, on the GPU", codec.decode(where, machine, files), true};
    }
    why = codec.problem();
#else
    why = "this program was built without nvjpeg.h";
#endif
  }
  if (o.decoder == "nvjpeg") throw UsageError("--decoder nvjpeg: nvJPEG cannot be used: " + why);
  return {"stb_image, on the CPU (" + why + ")", upload(where, machine, on_cpu)};
}

/// Pixels as they are in the machine's memory.
Frame download(Memory const& memory, Rgb const& picture, std::string const& name) {
  std::vector<std::uint8_t> const bytes = memory.download();
  Frame frame{Frame::Format::rgb,
              static_cast<int>(picture.width()),
              static_cast<int>(picture.height()),
              {},
              name};
  for (int y = 0; y < frame.height; ++y) {
    auto const row = bytes.begin() + y * picture.pitch_bytes();
    frame.bytes.insert(frame.bytes.end(), row, row + frame.row_bytes());
  }
  return frame;
}

Picture picture_of(Frame const& frame) {
  Picture out(frame.width, frame.height);
  for (int i = 0; i < frame.width * frame.height; ++i) {
    auto const* const p = frame.bytes.data() + 3 * std::size_t(i);
    out.at(i % frame.width, i / frame.width) = {p[0], p[1], p[2]};
  }
  return out;
}

/// Largest and mean difference of two decoders, in levels.
struct Levels {
  int max = 0;
  double mean = 0;
};
Levels levels_between(std::vector<Frame> const& a, std::vector<Frame> const& b) {
  Levels out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].bytes.size() != b[i].bytes.size())
      throw std::runtime_error(a[i].name + ": two decoders found two sizes");
    for (std::size_t k = 0; k < a[i].bytes.size(); ++k) {
      int const d = std::abs(int{a[i].bytes[k]} - int{b[i].bytes[k]});
      out.max = std::max(out.max, d);
      out.mean += d;
    }
    count += a[i].bytes.size();
  }
  out.mean /= double(std::max<std::size_t>(count, 1));
  return out;
}

int run(ClassifyOptions const& o) {
  std::vector<JpegFile> const files = files_of(o);
  Machine const machine = choose_machine(o.where);
  std::vector<Frame> on_cpu;
  for (JpegFile const& file : files) on_cpu.push_back(decode_on_cpu(file));

  auto const count = static_cast<std::int64_t>(files.size());
  pane::AnyTensor batch;
  batch.dtype = o.dtype;
  batch.rank = 4;
  std::int64_t const shape[] = {count, 3, o.crop, o.crop};
  std::int64_t bytes = pane::size_bytes(o.dtype);
  for (int i = 3; i >= 0; --i) {
    batch.axes[i] = "NCHW"[i];
    batch.shape[i] = shape[i];
    batch.stride_bytes[i] = bytes;
    bytes *= shape[i];
  }
  Memory result(machine, std::size_t(bytes));
  Memory scratch(machine, pane::batch_scratch_bytes<ClassifierView>(count));
  result.fill(0xA5);
  batch.data = result.data();
  using ResultElements = pane::Elements<pane::f16, float>;
  using ResultLayouts = pane::Layouts<pane::NCHW<3>>;

  Decoder decoder;
  on_machine(machine, [&](auto where, auto) {
    decoder = decode(where, machine, files, on_cpu, o);
    pane::visit(batch, ResultElements{}, ResultLayouts{}, [&](auto const& tensor) {
      classifier_input(where, decoder.decoded.pictures, o, scratch, tensor);
    });
  });

  std::vector<std::uint8_t> values = result.download();
  batch.data = values.data();
  pane::write_npy(o.batch_out, batch);

  std::vector<Frame> decoded;
  for (std::size_t i = 0; i < files.size(); ++i)
    decoded.push_back(
        download(*decoder.decoded.memory[i], decoder.decoded.pictures[i], files[i].name));
  Levels const between = levels_between(decoded, on_cpu);
  // Decoders round differently and some do not interpolate chroma; exchanged channels differ by 20 and more.
  bool const same_picture = between.mean <= 5;

  double worst = 0, max = 0, mean = 0, max_levels = 0;
  std::vector<Picture> inputs, results, times8, shares;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Recipe recipe;
    recipe.mode = Recipe::Mode::short_side;
    recipe.width = decoded[i].width;
    recipe.height = decoded[i].height;
    recipe.short_side = o.short_side;
    recipe.out_width = recipe.out_height = o.crop;
    for (std::size_t c = 0; c < 3; ++c) {
      recipe.mean[c] = o.mean[c];
      recipe.std[c] = o.std[c];
    }
    Reference const reference(decoded[i], recipe);
    Recipe scaled = recipe;  // coordinates are counted over the whole resized picture
    scaled.out_width = reference.scaled_width();
    scaled.out_height = reference.scaled_height();
    Bound const bound = difference_bound(Frame::Format::rgb, scaled, o.dtype == pane::DType::f16);
    pane::visit(batch, ResultElements{}, ResultLayouts{}, [&](auto const& tensor) {
      Difference d =
          compare(pane::items(tensor, static_cast<std::int64_t>(i), 1), reference, recipe, bound);
      worst = std::max(worst, d.worst);
      max = std::max(max, d.max);
      max_levels = std::max(max_levels, d.max_levels);
      mean += d.mean / double(files.size());
      inputs.push_back(picture_of(decoded[i]));
      results.push_back(std::move(d.result));
      times8.push_back(std::move(d.times8));
      shares.push_back(std::move(d.share));
    });
  }
  bool const good = worst <= 1 && same_picture;

  std::string const chain =
      fmt::format("resize short side {} -> center_crop {} -> normalize -> {} NCHW", o.short_side,
                  o.crop, o.dtype);
  std::string const verdict = fmt::format("{}: the largest difference is {:.2f} of the bound",
                                          good ? "passed" : "FAILED", worst);
  std::string const between_text =
      decoder.on_gpu
          ? fmt::format("to stb_image: max {}, mean {:.3g} levels", between.max, between.mean)
          : "by stb_image";
  write_png(o.out,
            contact_sheet("pane jpeg_classify_input",
                          {{chain},
                           {fmt::format("{} pictures in one kernel, on {}", count, machine.name)},
                           {"decoded by " + decoder.name}},
                          {{grid(inputs), "decoded", between_text},
                           {grid(results), "result, de-normalised", fmt::format("{0}x{0}", o.crop)},
                           {grid(times8), "difference to float64, x 8",
                            fmt::format("max {:.2g} of 255 levels", max_levels)},
                           {grid(shares), "the same, enlarged to its maximum",
                            fmt::format("white: {:.2f} of the bound", worst)}},
                          {{verdict, good ? Color{120, 214, 140} : Color{255, 110, 100}}}));

  fmt::print("on          {}\n", machine.name);
  fmt::print("decoded by  {}\n", decoder.name);
  for (Frame const& frame : decoded)
    fmt::print("            {}x{}, {}\n", frame.width, frame.height, frame.name);
  if (decoder.on_gpu) fmt::print("            {}\n", between_text);
  fmt::print("one kernel  {} pictures: {}\n", count, chain);
  fmt::print("difference  to float64: max {:.3g}, mean {:.3g} (of 255 levels: max {:.3g})\n", max,
             mean, max_levels);
  fmt::print("bound       {}{}\n", verdict,
             same_picture ? "" : "; the decoders do not show the same pictures");
  fmt::print("batch       {}\n", o.batch_out);
  fmt::print("sheet       {}\n", o.out);
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto const options = parse(argc, argv);
    return options ? run(*options) : 0;
  } catch (std::bad_alloc const&) {
    fmt::print(stderr, "jpeg_classify_input: not enough memory for these pictures\n");
  } catch (std::exception const& error) {
    fmt::print(stderr, "jpeg_classify_input: {}\n", error.what());
  }
  return 2;
}
