// SPDX-License-Identifier: MIT
// The main job: a frame in somebody's memory, described by a CUDA Array Interface dictionary,
// becomes one slot of a network's input batch: letterbox, colour, normalise, planar half or float,
// in one kernel. On the GPU when there is one, else by the same call on the CPU. The result is
// compared with a float64 reference on a contact sheet.
#include <pane/fmt.hpp>
#include <pane/pane.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <type_traits>

#include "support/contact_sheet.hpp"
#include "support/difference.hpp"
#include "support/frame.hpp"
#include "support/machine.hpp"
#include "support/options.hpp"
#include "support/reference.hpp"
#include "support/report.hpp"
#include "support/test_picture.hpp"

namespace {

using namespace example;

// ---- what a user of the library writes -----------------------------------------------------------

/// Letterbox (or resize of `part`), then the pointwise rest, into a batch of one: one kernel.
template <class Where, class Image, class PerPixel, class Batch>
void preprocess(Where where,
                Image const& frame,
                PerPixel const& colour_and_normalise,
                pane::Fill fill,
                pane::Roi part,
                Options const& o,
                Batch const& slot) {
  namespace views = pane::views;
  auto const [height, width] = o.out_size;
  if (o.mode == Mode::letterbox) {
    pane::copy(where,
               frame | views::letterbox(height, width, {.fill = fill}) | colour_and_normalise,
               slot);
  } else {
    pane::copy(where,
               frame | views::crop(part) | views::resize(height, width) | colour_and_normalise,
               slot);
  }
}

constexpr pane::ColorMatrix matrix_of(Standard standard) {
  constexpr pane::ColorMatrix matrices[] = {pane::bt601, pane::bt709, pane::bt2020};
  return matrices[static_cast<int>(standard)];
}

/// From a dictionary to a slot of the batch.
template <class Where, class Batch>
void preprocess(Where where,
                pane::CudaArrayInterface const& input,
                Frame::Format format,
                pane::Roi part,
                Options const& o,
                Batch const& slot) {
  namespace views = pane::views;
  using Byte = std::uint8_t const;
  auto const normalise = views::normalize(o.mean, o.std, {.scale = 1.0f / 255});
  if (format == Frame::Format::nv12) {
    auto const tall = pane::from_cuda_array_interface<Byte, pane::HW>(input, where);
    pane::ColorMatrix const matrix = matrix_of(o.standard);
    auto const to_rgb = views::to_rgb(matrix, o.range);
    auto const gray = pane::to_yuv(pane::Vec<float, 3>::filled(114), matrix, o.range);
    preprocess(where, pane::nv12_tall(tall, o.siting), to_rgb | normalise, gray, part, o, slot);
  } else {
    auto const rgb = pane::from_cuda_array_interface<Byte, pane::HWC<3>>(input, where);
    preprocess(where, rgb, normalise, 114, part, o, slot);
  }
}

// ---- what stands around it -----------------------------------------------------------------------

Frame read_frame(Options const& o) {
  if (o.in.empty()) {
    pane::Size const size = o.size.value_or(pane::Size{540, 960});
    return to_frame(test_picture(size.width, size.height), "drawn by this program");
  }
  if (is_raw_file(o.in)) {
    if (!o.size)
      throw UsageError("--in " + o.in + ": raw frames do not say their size: add --size WxH");
    return read_nv12(o.in, o.size->width, o.size->height, o.frame);
  }
  if (o.size)
    throw UsageError("--size: " + o.in +
                     " has a size of its own; --out-size is that of the result");
  return read_picture(o.in);
}

/// The whole frame, or for `crop` its largest middle part with the proportions of the result.
pane::Roi part_of(Frame const& frame, Options const& o) {
  pane::Roi roi{0, 0, frame.width, frame.height};
  if (o.mode != Mode::crop) return roi;
  double const width = double(frame.height) * o.out_size.width / o.out_size.height;
  double const height = double(frame.width) * o.out_size.height / o.out_size.width;
  if (width < frame.width) roi.width = std::max(1, static_cast<int>(width + 0.5));
  if (height < frame.height) roi.height = std::max(1, static_cast<int>(height + 0.5));
  roi.x = (frame.width - roi.width) / 2;
  roi.y = (frame.height - roi.height) / 2;
  return roi;
}

Recipe recipe_of(Options const& o, pane::Roi part) {
  Recipe r;
  r.mode = o.mode == Mode::letterbox ? Recipe::Mode::letterbox : Recipe::Mode::resize;
  r.x = part.x;
  r.y = part.y;
  r.width = part.width;
  r.height = part.height;
  r.out_width = o.out_size.width;
  r.out_height = o.out_size.height;
  set_standard(r, o.standard);
  r.limited = o.range == pane::limited_range;
  r.chroma_left = o.siting == pane::ChromaSiting::center ? 0 : 0.5;
  r.chroma_up = o.siting == pane::ChromaSiting::top_left ? 0.5 : 0;
  for (std::size_t c = 0; c < 3; ++c) {
    r.mean[c] = o.mean[c];
    r.std[c] = o.std[c];
  }
  return r;
}

/// What a decoder does: a frame in pitched memory, still being written by `producer`, and the
/// dictionary of it.
template <class Where>
pane::CudaArrayInterface produce(Where producer,
                                 Frame const& frame,
                                 Memory& memory,
                                 std::int64_t pitch_bytes) {
  memory.upload(producer, frame.bytes.data(), std::size_t(frame.row_bytes()),
                std::size_t(frame.rows()), std::size_t(pitch_bytes));
  auto* const data = static_cast<std::uint8_t const*>(memory.data());
  if (frame.format == Frame::Format::nv12) {
    return pane::to_cuda_array_interface(pane::Tensor<std::uint8_t const, pane::HW>::pitched(
                                             data, {frame.rows(), frame.width}, pitch_bytes),
                                         producer);
  }
  return pane::to_cuda_array_interface(pane::Tensor<std::uint8_t const, pane::HWC<3>>::pitched(
                                           data, {frame.height, frame.width, 3}, pitch_bytes),
                                       producer);
}

/// The batch of the result, whose element type and layout the command line chooses.
pane::AnyTensor batch_of(Options const& o, void* data) {
  pane::AnyTensor batch;
  batch.data = data;
  batch.dtype = o.dtype;
  batch.rank = 4;
  std::int64_t stride = pane::size_bytes(o.dtype);
  for (int i = 3; i >= 0; --i) {
    char const axis = o.axes[std::size_t(i)];
    batch.axes[i] = axis;
    batch.shape[i] = axis == 'N'   ? o.batch
                     : axis == 'C' ? 3
                     : axis == 'H' ? o.out_size.height
                                   : o.out_size.width;
    batch.stride_bytes[i] = stride;
    stride *= batch.shape[i];
  }
  return batch;
}
using ResultElements = pane::Elements<pane::f16, float>;
using ResultLayouts = pane::Layouts<pane::NCHW<3>, pane::NHWC<3>>;

/// Whether all bytes but those of the slot are as they were.
bool others_untouched(std::vector<std::uint8_t> const& bytes,
                      std::uint8_t before,
                      Options const& o) {
  std::size_t const slot_bytes = bytes.size() / std::size_t(o.batch);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i / slot_bytes != std::size_t(o.slot) && bytes[i] != before) return false;
  }
  return true;
}

int run(Options const& o) {
  Report report;
  Machine const machine = choose_machine(o.where);
  Frame const frame = read_frame(o);
  pane::Roi const part = part_of(frame, o);
  Recipe const recipe = recipe_of(o, part);
  Reference const reference(frame, recipe);
  bool const half = o.dtype == pane::DType::f16;
  Bound const bound = o.bound ? Bound{*o.bound, 0} : difference_bound(frame.format, recipe, half);
  if (half && largest_value(frame.format, recipe) > 65504) {
    throw UsageError(
        "--dtype f16: with this mean and std the result exceeds 65504, the largest f16; use "
        "--dtype f32");
  }

  std::int64_t const pitch_bytes = (frame.row_bytes() + 255) / 256 * 256;
  Memory source(machine, std::size_t(frame.rows() * pitch_bytes));
  constexpr std::uint8_t untouched = 0xA5;
  Memory result(machine, std::size_t(o.batch * 3 * o.out_size.height * o.out_size.width *
                                     pane::size_bytes(o.dtype)));
  result.fill(untouched);

  on_machine(machine, [&](auto producer, auto consumer) {
    report.input = produce(producer, frame, source, pitch_bytes);
    pane::visit(
        batch_of(o, result.data()), ResultElements{}, ResultLayouts{}, [&](auto const& batch) {
          preprocess(consumer, report.input, frame.format, part, o, pane::items(batch, o.slot, 1));
        });
    report.result = pane::to_cuda_array_interface(batch_of(o, result.data()), consumer);
  });

  std::vector<std::uint8_t> bytes = result.download();
  report.others_untouched = others_untouched(bytes, untouched, o);
  pane::visit(batch_of(o, bytes.data()), ResultElements{}, ResultLayouts{}, [&](auto const& batch) {
    report.difference = compare(pane::items(batch, o.slot, 1), reference, recipe, bound);
  });
  report.bound = bound;
  report.machine = machine.name;
  write_png(o.out, sheet_of(report, frame, o, recipe));
  print(report, frame, o);
  return report.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto const options = parse_options(argc, argv);
    return options ? run(*options) : 0;
  } catch (std::bad_alloc const&) {
    fmt::print(stderr, "preprocess: not enough memory for this --out-size and --batch\n");
  } catch (std::exception const& error) {
    fmt::print(stderr, "preprocess: {}\n", error.what());
  }
  return 2;
}
