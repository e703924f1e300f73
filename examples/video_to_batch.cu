// SPDX-License-Identifier: MIT
// Frames of a video into the batch of a detector: NVDEC decodes H.264, and each wanted frame is letterboxed, converted
// to RGB and written as planar half into its slot by one kernel that reads the decoder's own surface. A surface goes back
// to the decoder when the stream has passed that kernel. Without a video the program draws frames; without a GPU it runs
// on the CPU. The batch is compared with a float64 reference on a contact sheet.
#include <pane/fmt.hpp>
#include <pane/pane.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "support/contact_sheet.hpp"
#include "support/difference.hpp"
#include "support/drawn_video.hpp"
#include "support/frame.hpp"
#include "support/grid.hpp"
#include "support/h264_file.hpp"
#include "support/machine.hpp"
#include "support/nvdec.hpp"
#include "support/options.hpp"
#include "support/reference.hpp"

namespace {

using namespace example;

struct VideoOptions {
  std::string in;
  std::optional<pane::Size> size;
  std::int64_t frames = 8;
  std::int64_t every = 12;
  pane::Size out_size{640, 640};
  pane::DType dtype = pane::DType::f16;
  std::string where = "auto";
  std::string out = "video_to_batch.png";
  std::string save_frames;
};

/// How luma and chroma codes are to be understood.
struct Coding {
  Standard standard = Standard::bt709;
  pane::ColorRange range = pane::limited_range;
};

// ---- what a user of the library writes -----------------------------------------------------------

/// One frame into one slot of the batch: one kernel.
template <class Where, class Image, class Slot>
void frame_to_slot(Where where,
                   Image const& frame,
                   pane::ColorMatrix matrix,
                   pane::ColorRange range,
                   pane::Size size,
                   Slot const& slot) {
  namespace views = pane::views;
  auto const gray = pane::to_yuv(pane::Vec<float, 3>::filled(114), matrix, range);
  pane::copy(where,
             frame | views::letterbox(size.height, size.width, {.fill = gray}) |
                 views::to_rgb(matrix, range) | views::scale_offset(1.0f / 255, 0.0f),
             slot);
}

// ---- what stands around it -----------------------------------------------------------------------

constexpr pane::ColorMatrix matrix_of(Standard standard) {
  constexpr pane::ColorMatrix matrices[] = {pane::bt601, pane::bt709, pane::bt2020};
  return matrices[static_cast<int>(standard)];
}

std::optional<VideoOptions> parse(int argc, char const* const* argv) {
  CLI::App app(
      "Frames of an H.264 video -> letterbox, RGB, 0 to 1, planar: one kernel a frame, which reads "
      "the surface of the "
      "hardware decoder; one slot of the batch a frame.\nWrites a contact sheet with the "
      "difference to a float64 "
      "reference; exits with 1 when it is too large.");
  VideoOptions o;
  std::string size, frames = "8", every = "12", out_size = "640x640", dtype = "f16";
  auto const add = [&](char const* flag, std::string& value, char const* type, char const* text) {
    auto* const option = app.add_option(flag, value, text)->type_name(type);
    if (!value.empty()) option->capture_default_str();
  };
  add("--in", o.in, "FILE",
      "H.264 as .mp4, .h264 or .264, decoded on the GPU, or raw NV12 frames (.nv12, .yuv); without "
      "it frames are drawn");
  add("--size", size, "WxH", "Of the raw NV12 frames");
  add("--frames", frames, "N", "Slots of the batch");
  add("--every", every, "K", "Takes each K-th frame of the video");
  add("--out-size", out_size, "WxH", "Of the result");
  add("--dtype", dtype, "f16|f32", "Elements of the result");
  add("--where", o.where, "auto|gpu|host", "auto: a GPU when there is one");
  add("--out", o.out, "FILE.png", "The contact sheet");
  add("--save-frames", o.save_frames, "FILE.nv12", "The frames that were taken, before any change");
  if (!read_command_line(app, argc, argv)) return std::nullopt;
  using namespace example::detail;
  if (!size.empty()) o.size = parse_size("--size", size);
  o.frames = parse_number<std::int64_t>("--frames", frames, 1, 1000);
  o.every = parse_number<std::int64_t>("--every", every, 1, 1'000'000);
  o.out_size = parse_size("--out-size", out_size);
  o.dtype = parse_choice<pane::DType>("--dtype", dtype,
                                      {{"f16", pane::DType::f16}, {"f32", pane::DType::f32}});
  o.where = parse_choice<char const*>("--where", o.where,
                                      {{"auto", "auto"}, {"gpu", "gpu"}, {"host", "host"}});
  if (!o.out.ends_with(".png"))
    throw UsageError("--out is " + o.out + ": the sheet is a PNG, its name must end in .png");
  if (is_raw_file(o.in) && !o.size)
    throw UsageError("--in " + o.in + ": raw frames do not say their size: add --size WxH");
  if (o.size && !is_raw_file(o.in)) throw UsageError("--size: only raw frames need it");
  return o;
}

/// The batch and what is known of it.
struct Batch {
  Batch(Machine const& m, VideoOptions const& options)
      : machine(m),
        o(options),
        memory(m,
               std::size_t(o.frames * 3 * o.out_size.height * o.out_size.width *
                           pane::size_bytes(o.dtype))) {
    memory.fill(0xA5);
  }

  pane::AnyTensor tensor(void* data) const {
    pane::AnyTensor t;
    t.data = data;
    t.dtype = o.dtype;
    t.rank = 4;
    std::int64_t const shape[] = {o.frames, 3, o.out_size.height, o.out_size.width};
    std::int64_t stride = pane::size_bytes(o.dtype);
    for (int i = 3; i >= 0; --i) {
      t.axes[i] = "NCHW"[i];
      t.shape[i] = shape[i];
      t.stride_bytes[i] = stride;
      stride *= shape[i];
    }
    return t;
  }

  /// Enqueues the kernel of one frame, and a copy of the frame for the comparison.
  template <class Where>
  void add(Where where,
           pane::Planes<std::uint8_t const> const& frame,
           std::int64_t index,
           Coding const& how) {
    std::int64_t const slot = static_cast<std::int64_t>(taken.size());
    pane::visit(tensor(memory.data()), pane::Elements<pane::f16, float>{},
                pane::Layouts<pane::NCHW<3>>{}, [&](auto const& batch) {
                  frame_to_slot(where, frame, matrix_of(how.standard), how.range, o.out_size,
                                pane::items(batch, slot, 1));
                });
    taken.push_back(index);
    coding = how;
    keep(where, frame);
  }

  /// Planes without gaps in memory of the same machine; the surface is not needed after this on the stream.
  template <class Where>
  void keep(Where where, pane::Planes<std::uint8_t const> const& frame) {
    pane::Roi const part = frame.window_roi();
    std::int64_t const bytes = std::int64_t{part.width} * part.height / 2 * 3;
    kept.push_back(std::make_unique<Memory>(machine, std::size_t(bytes)));
    size = {part.height, part.width};
    auto* const to = static_cast<std::uint8_t*>(kept.back()->data());
    pane::copy(where, pane::subview(pane::item(frame.y(), 0), part),
               pane::Tensor<std::uint8_t, pane::HW>(to, {part.height, part.width}));
    std::uint8_t* const uv = to + std::int64_t{part.width} * part.height;
    pane::Roi const half{part.x / 2, part.y / 2, part.width / 2, part.height / 2};
    for (int c = 0; c < 2; ++c) {
      auto const plane = pane::item(c == 0 ? frame.u() : frame.v(), 0);
      pane::copy(where, pane::subview(plane, half),
                 pane::Tensor<std::uint8_t, pane::HW>::strided(uv + c, {half.height, half.width},
                                                               {part.width, 2}));
    }
  }

  Machine const& machine;
  VideoOptions const& o;
  Memory memory;
  std::vector<std::unique_ptr<Memory>> kept;
  std::vector<std::int64_t> taken;  ///< the number of the frame in each slot
  pane::Size size;
  Coding coding;
  std::string source;
};

/// Frames from the CPU as a decoder would leave them: rows at a pitch, luma rows a multiple of 16.
template <class Where>
void take_frame(
    Where where, Batch& batch, Memory& surface, Frame const& frame, std::int64_t index) {
  std::int64_t const pitch = (frame.width + 255) / 256 * 256;
  std::int64_t const rows = (frame.height + 15) / 16 * 16;
  std::vector<std::uint8_t> all(std::size_t(pitch * rows / 2 * 3), std::uint8_t{0x55});
  for (int y = 0; y < frame.rows(); ++y) {
    std::int64_t const to = (y < frame.height ? y : y - frame.height + rows) * pitch;
    std::copy_n(frame.bytes.begin() + std::ptrdiff_t{y} * frame.width, frame.width,
                all.begin() + to);
  }
  surface.upload(where, all.data(), all.size(), 1, all.size());
  pane::Planes<std::uint8_t const> const planes =
      pane::nvdec_frame<std::uint8_t>({.address = reinterpret_cast<std::uintptr_t>(surface.data()),
                                       .pitch_bytes = pitch,
                                       .height = rows,
                                       .width = frame.width,
                                       .display = {0, 0, frame.width, frame.height}});
  batch.add(where, planes, index, Coding{});
}

/// The frames that are drawn or read raw.
void from_cpu(Batch& batch) {
  VideoOptions const& o = batch.o;
  std::vector<Frame> frames;
  std::int64_t count = o.frames;
  for (std::int64_t i = 0; i < count; ++i) {
    if (o.in.empty()) {
      frames.push_back(drawn_frame(static_cast<int>(i)));
      continue;
    }
    frames.push_back(read_nv12(o.in, o.size->width, o.size->height, i * o.every));
    auto const there =
        static_cast<std::int64_t>(std::filesystem::file_size(o.in) / frames[0].bytes.size());
    count = std::min(count, (there + o.every - 1) / o.every);
  }
  std::vector<std::unique_ptr<Memory>> surfaces;
  for (Frame const& frame : frames) {
    std::int64_t const pitch = (frame.width + 255) / 256 * 256;
    surfaces.push_back(std::make_unique<Memory>(
        batch.machine, std::size_t(pitch * ((frame.height + 15) / 16 * 16) / 2 * 3)));
  }
  on_machine(batch.machine, [&](auto where, auto) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      std::int64_t const index =
          o.in.empty() ? static_cast<std::int64_t>(i) : static_cast<std::int64_t>(i) * o.every;
      take_frame(where, batch, *surfaces[i], frames[i], index);
    }
  });
  batch.source =
      o.in.empty() ? "frames drawn by this program; no decoder" : "raw frames; no decoder";
}

/// The frames that NVDEC decodes.
void from_decoder(Batch& batch, [[maybe_unused]] H264File const& file) {
  VideoOptions const& o = batch.o;
  std::string const raw =
      "; another program can decode it: ffmpeg -i FILE -pix_fmt nv12 -f rawvideo OUT.nv12";
  if (!batch.machine.gpu)
    throw UsageError(
        "--in " + o.in +
        ": there is no decoder: NVDEC is a part of NVIDIA GPUs, and the program runs on the CPU" +
        raw);
#if defined(PANE_EXAMPLE_NVDEC)
  on_machine(batch.machine, [&](auto where, auto) {
    if constexpr (std::is_same_v<decltype(where), pane::Stream>) {
      Nvdec decoder(where);
      decoder.decode(
          file, [&](std::int64_t index) { return index % o.every == 0; },
          [&](std::int64_t index, Nvdec::Planes const& frame, VideoColor const& color) {
            Coding coding;  // BT.709 unless the video says otherwise
            coding.range = color.range;
            if (color.matrix == 5 || color.matrix == 6) coding.standard = Standard::bt601;
            if (color.matrix == 9) coding.standard = Standard::bt2020;
            batch.add(where, frame, index, coding);
            return static_cast<std::int64_t>(batch.taken.size()) < o.frames;
          });
      batch.source = fmt::format("decoded by NVDEC; surfaces waited for: {}", decoder.waits());
    }
  });
  if (batch.taken.empty()) throw UsageError("--in " + o.in + ": the decoder found no frame");
#else
  throw UsageError(
      "--in " + o.in +
      ": there is no decoder: this program was built without CUDA or without the header "
      "ffnvcodec/dynlink_nvcuvid.h (Debian: libffmpeg-nvenc-dev)" +
      raw);
#endif
}

int run(VideoOptions const& o) {
  bool const decode = !o.in.empty() && !is_raw_file(o.in);
  H264File const file = decode ? read_h264(o.in) : H264File{};
  Machine const machine = choose_machine(o.where);
  Batch batch(machine, o);
  if (decode) {
    from_decoder(batch, file);
  } else {
    from_cpu(batch);
  }

  std::vector<std::uint8_t> bytes = batch.memory.download();
  std::ofstream save;
  if (!o.save_frames.empty()) save.open(o.save_frames, std::ios::binary);
  Recipe recipe;
  recipe.width = batch.size.width;
  recipe.height = batch.size.height;
  recipe.out_width = o.out_size.width;
  recipe.out_height = o.out_size.height;
  set_standard(recipe, batch.coding.standard);
  recipe.limited = batch.coding.range == pane::limited_range;
  recipe.chroma_left = 0.5;
  Bound const bound = difference_bound(Frame::Format::nv12, recipe, o.dtype == pane::DType::f16);
  double worst = 0, max = 0, mean = 0, max_levels = 0;
  std::vector<Picture> results, times8, shares;
  for (std::size_t i = 0; i < batch.taken.size(); ++i) {
    Frame const frame{Frame::Format::nv12, batch.size.width, batch.size.height,
                      batch.kept[i]->download(), ""};
    if (save)
      save.write(reinterpret_cast<char const*>(frame.bytes.data()),
                 static_cast<std::streamsize>(frame.bytes.size()));
    Reference const reference(frame, recipe);
    pane::visit(batch.tensor(bytes.data()), pane::Elements<pane::f16, float>{},
                pane::Layouts<pane::NCHW<3>>{}, [&](auto const& all) {
                  Difference d = compare(pane::items(all, static_cast<std::int64_t>(i), 1),
                                         reference, recipe, bound);
                  worst = std::max(worst, d.worst);
                  max = std::max(max, d.max);
                  max_levels = std::max(max_levels, d.max_levels);
                  mean += d.mean / double(batch.taken.size());
                  results.push_back(std::move(d.result));
                  times8.push_back(std::move(d.times8));
                  shares.push_back(std::move(d.share));
                });
  }
  if (!o.save_frames.empty()) {
    save.close();
    if (!save)
      throw UsageError("--save-frames " + o.save_frames +
                       ": cannot be written: " + std::strerror(errno));
  }
  bool const good = worst <= 1;

  char const* const standards[] = {"bt601", "bt709", "bt2020"};
  std::string const chain = fmt::format(
      "letterbox {}x{} -> to_rgb {} {} -> scale_offset 1/255 -> {} NCHW", o.out_size.width,
      o.out_size.height, standards[int(batch.coding.standard)], batch.coding.range, o.dtype);
  std::string order;
  for (std::int64_t const index : batch.taken)
    order += fmt::format("{}{}", order.empty() ? "" : " ", index);
  std::string const input = fmt::format("NV12 {}x{}, {}", batch.size.width, batch.size.height,
                                        o.in.empty() ? "drawn" : o.in);
  std::string const verdict = fmt::format("{}: the largest difference is {:.2f} of the bound",
                                          good ? "passed" : "FAILED", worst);
  write_png(o.out, contact_sheet(
                       "pane video_to_batch",
                       {{chain}, {input}, {fmt::format("{}, on {}", batch.source, machine.name)}},
                       {{grid(results), "result", "frames " + order},
                        {grid(times8), "difference to float64, x 8",
                         fmt::format("max {:.2g} of 255 levels", max_levels)},
                        {grid(shares), "the same, enlarged to its maximum",
                         fmt::format("white: {:.2f} of the bound", worst)}},
                       {{verdict, good ? Color{120, 214, 140} : Color{255, 110, 100}}}));
  fmt::print("on          {}\n", machine.name);
  fmt::print("input       {}\n", input);
  fmt::print("            {}\n", batch.source);
  fmt::print("slots       {} of {}, frames {}\n", batch.taken.size(), o.frames, order);
  fmt::print("one kernel  a frame: {}\n", chain);
  fmt::print("difference  to float64: max {:.3g}, mean {:.3g} (of 255 levels: max {:.3g})\n", max,
             mean, max_levels);
  fmt::print("bound       {}\n", verdict);
  fmt::print("sheet       {}\n", o.out);
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto const options = parse(argc, argv);
    return options ? run(*options) : 0;
  } catch (std::bad_alloc const&) {
    fmt::print(stderr, "video_to_batch: not enough memory for this --out-size and --frames\n");
  } catch (std::exception const& error) {
    fmt::print(stderr, "video_to_batch: {}\n", error.what());
  }
  return 2;
}
