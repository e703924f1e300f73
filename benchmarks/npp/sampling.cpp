// SPDX-License-Identifier: MIT
// NPP beside the cases that resample or filter: P1, P2, P3, P6, P8a, P9, P12a.
#include <benchmarks/npp/npp.hpp>

#include <algorithm>
#include <cmath>

namespace {

using bench::Case;

/// One size in, one size out: a batch of resizes whose list lies in GPU memory. `pitch_bytes` is that of the result's
/// memory, in which image n begins at `offset_bytes` + n * `stride_bytes`.
struct Resize {
  int frames;
  NppiSize from;
  NppiSize to;
  int interpolation;
  int pitch_bytes;
  std::int64_t stride_bytes;
  std::int64_t offset_bytes = 0;
  mutable npp::Lists<NppiResizeBatchCXR> lists{};

  void operator()(NppStreamContext const& c, void const* in, void* out) const {
    auto* const list = lists.get(in, out, [&] {
      std::vector<NppiResizeBatchCXR> items;
      for (std::int64_t n = 0; n < frames; ++n) {
        items.push_back(
            {static_cast<Npp8u const*>(in) + n * from.width * std::int64_t{from.height} * 3,
             from.width * 3, static_cast<Npp8u*>(out) + offset_bytes + n * stride_bytes,
             pitch_bytes});
      }
      return items;
    });
    npp::check(nppiResizeBatch_8u_C3R_Ctx(from, {0, 0, from.width, from.height}, to,
                                          {0, 0, to.width, to.height}, interpolation, list,
                                          static_cast<unsigned>(frames), c),
               "nppiResizeBatch_8u_C3R");
  }
};

Resize packed_resize(int frames, NppiSize from, NppiSize to, int interpolation) {
  return {frames, from, to, interpolation, to.width * 3, std::int64_t{to.width} * to.height * 3};
}

void p6(Case& c, NppiSize from, NppiSize to) {
  auto const bytes = [](NppiSize s) {
    return static_cast<std::size_t>(s.width) * static_cast<std::size_t>(s.height) * 3;
  };
  c.shape = {8, bytes(from), bytes(to)};
  Resize const resize = packed_resize(8, from, to, NPPI_INTER_LINEAR);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    resize(npp::context(stream), in, out);
  };
}
void p6_u8(Case& c) {
  p6(c, {3840, 2160}, {1920, 1080});
}
void p6_u8_to_1440x2560(Case& c) {
  p6(c, {3840, 2160}, {2560, 1440});
}
void p6_u8_1079x1919(Case& c) {
  p6(c, {3839, 2159}, {1919, 1079});
}
NPP_CASE(p6_u8, "p6_u8", "");
NPP_CASE(p6_u8_to_1440x2560, "p6_u8_to_1440x2560", "");
NPP_CASE(p6_u8_1079x1919, "p6_u8_1079x1919", "");

/// A call for each image instead of a batch.
void p6_u8_each(Case& c) {
  constexpr std::size_t in_bytes = std::size_t{2160} * 3840 * 3;
  c.shape = {8, in_bytes, in_bytes / 4};
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    for (std::size_t n = 0; n < 8; ++n) {
      npp::check(nppiResize_8u_C3R_Ctx(
                     static_cast<Npp8u const*>(in) + n * in_bytes, 3840 * 3, {3840, 2160},
                     {0, 0, 3840, 2160}, static_cast<Npp8u*>(out) + n * in_bytes / 4, 1920 * 3,
                     {1920, 1080}, {0, 0, 1920, 1080}, NPPI_INTER_LINEAR, context),
                 "nppiResize_8u_C3R");
    }
  };
}
NPP_CASE(p6_u8_each, "p6_u8.each", "");

/// NV12 -> RGB -> the middle of a filled canvas -> planar halves.
void p1_f16(Case& c) {
  constexpr int frames = 16, height = 1080, width = 1920, side = 640, top = 140;
  c.shape = {frames, std::size_t{height} * width * 3 / 2, std::size_t{3} * side * side};
  c.element = bench::Element::f16;
  npp::Buffer const rgb = npp::buffer(std::size_t{frames} * height * width * 3);
  npp::Buffer const canvas = npp::buffer(std::size_t{frames} * side * side * 3);
  bench::check(cudaMemset(canvas->data(), 114, canvas->bytes()), "cudaMemset");
  Resize const resize{frames,
                      {width, height},
                      {side, side - 2 * top},
                      NPPI_INTER_LINEAR,
                      side * 3,
                      std::int64_t{side} * side * 3,
                      std::int64_t{top} * side * 3};
  npp::Planar const planar(frames, side, side, true);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    constexpr float zero[3] = {0.0f, 0.0f, 0.0f};
    constexpr float one[3] = {1.0f, 1.0f, 1.0f};
    NppStreamContext const context = npp::context(stream);
    npp::nv12_to_rgb(context, in, rgb->data(), frames, height, width);
    resize(context, rgb->data(), canvas->data());
    planar(context, canvas->data(), out, zero, one);
  };
}
NPP_CASE(p1_f16, "p1_f16", "colour before resizing, bytes between the stages");

void p2_f32(Case& c) {
  constexpr int frames = 8, height = 2160, width = 3840, side = 224;
  c.shape = {frames, std::size_t{height} * width * 3 / 2, std::size_t{3} * side * side};
  c.element = bench::Element::f32;
  npp::Buffer const rgb = npp::buffer(std::size_t{frames} * height * width * 3);
  npp::Buffer const small = npp::buffer(std::size_t{frames} * side * side * 3);
  Resize const resize = packed_resize(frames, {width, height}, {side, side}, NPPI_INTER_SUPER);
  npp::Planar const planar(frames, side, side, false);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    npp::nv12_to_rgb(context, in, rgb->data(), frames, height, width);
    resize(context, rgb->data(), small->data());
    planar(context, small->data(), out, npp::mean, npp::deviation);
  };
}
NPP_CASE(p2_f32,
         "p2_f32",
         "area average instead of a triangle, colour before resizing, bytes between the stages");

void p12a_f32(Case& c) {
  c.shape = {1, 256 * 256 * 3, 224 * 224 * 3};
  c.element = bench::Element::f32;
  npp::Buffer const small = npp::buffer(224 * 224 * 3);
  npp::Planar const planar(1, 224, 224, false);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    npp::check(nppiResize_8u_C3R_Ctx(static_cast<Npp8u const*>(in), 256 * 3, {256, 256},
                                     {0, 0, 256, 256}, npp::bytes_of(small), 224 * 3, {224, 224},
                                     {0, 0, 224, 224}, NPPI_INTER_LINEAR, context),
               "nppiResize_8u_C3R");
    planar(context, small->data(), out, npp::mean, npp::deviation);
  };
}
NPP_CASE(p12a_f32, "p12a_f32", "bytes after resizing");

/// Rectangles of different sizes, each of one image of `in`, -> one size.
struct Crops {
  std::vector<NppiRect> boxes;
  NppiSize image;
  bool one_image;
  NppiSize to;
  mutable npp::Lists<NppiImageDescriptor> sources{};
  mutable npp::Lists<NppiImageDescriptor> results{};
  mutable npp::Lists<NppiResizeBatchROI_Advanced> rois{};

  void operator()(NppStreamContext const& c, void const* in, void* out) const {
    auto const list = [&](void const* first, NppiSize size, bool same) {
      std::vector<NppiImageDescriptor> items;
      for (std::size_t n = 0; n < boxes.size(); ++n) {
        auto const bytes =
            static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
        auto* const data = static_cast<Npp8u*>(const_cast<void*>(first));
        items.push_back({data + (same ? 0 : n * bytes), size.width * 3, size});
      }
      return items;
    };
    auto* const from = sources.get(in, out, [&] { return list(in, image, one_image); });
    auto* const into = results.get(in, out, [&] { return list(out, to, false); });
    auto* const roi = rois.get(in, out, [&] {
      std::vector<NppiResizeBatchROI_Advanced> items;
      for (NppiRect const& box : boxes) items.push_back({box, {0, 0, to.width, to.height}});
      return items;
    });
    npp::check(nppiResizeBatch_8u_C3R_Advanced_Ctx(to.width, to.height, from, into, roi,
                                                   static_cast<unsigned>(boxes.size()),
                                                   NPPI_INTER_LINEAR, c),
               "nppiResizeBatch_8u_C3R_Advanced");
  }
};

void p3(Case& c, int height, int width) {
  std::vector<NppiRect> boxes;
  for (int i = 0; i < 50; ++i) {
    int const w = 40 + 6 * i;
    boxes.push_back({i * 1237 % (3840 - w), i * 733 % (2160 - 2 * w), w, 2 * w});
  }
  std::size_t const count = std::size_t{50} * 3 * static_cast<std::size_t>(height * width);
  c.shape = {1, std::size_t{2160} * 3840 * 3, count};
  c.element = bench::Element::f32;
  npp::Buffer const small = npp::buffer(count);
  Crops const crops{boxes, {3840, 2160}, true, {width, height}};
  npp::Planar const planar(50, height, width, false);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    crops(context, in, small->data());
    planar(context, small->data(), out, npp::mean, npp::deviation);
  };
}
void p3_f32(Case& c) {
  p3(c, 256, 128);
}
NPP_CASE(p3_f32, "p3_f32", "bytes after resizing");

void p9_f16_without_matrix(Case& c) {
  constexpr int images = 256;
  std::vector<NppiRect> boxes;
  for (int i = 0; i < images; ++i) {
    int const w = 224 + i * 37 % 251;
    int const h = 168 + i * 53 % 188;
    boxes.push_back({i * 101 % (501 - w), i * 67 % (376 - h), w, h});
  }
  constexpr std::size_t count = std::size_t{3} * 224 * 224;
  c.shape = {images, std::size_t{375} * 500 * 3, count};
  c.element = bench::Element::f16;
  npp::Buffer const small = npp::buffer(images * count);
  npp::Buffer const flipped = npp::buffer(images * count);
  Crops const crops{boxes, {500, 375}, false, {224, 224}};
  npp::Planar const planar(images, 224, 224, true);
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    crops(context, in, small->data());
    npp::check(nppiMirror_8u_C3R_Ctx(npp::bytes_of(small), 224 * 3, npp::bytes_of(flipped), 224 * 3,
                                     {224, 224 * images}, NPP_VERTICAL_AXIS, context),
               "nppiMirror_8u_C3R");
    planar(context, flipped->data(), out, npp::mean, npp::deviation);
  };
}
NPP_CASE(p9_f16_without_matrix, "p9_f16_without_matrix", "bytes after resizing");

void p8a(Case& c, int height, int width) {
  auto const count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
  c.shape = {4, count, count};
  float taps[7];
  float sum = 0.0f;
  for (int i = 0; i < 7; ++i)
    sum += taps[i] = std::exp(-static_cast<float>((i - 3) * (i - 3)) / (2 * 1.5f * 1.5f));
  for (float& t : taps) t /= sum;
  npp::Buffer const kernel = npp::buffer(sizeof(taps));
  bench::check(cudaMemcpy(kernel->data(), taps, sizeof(taps), cudaMemcpyHostToDevice),
               "cudaMemcpy");
  c.enqueue = [=](cudaStream_t stream, void const* in, void* out) {
    NppStreamContext const context = npp::context(stream);
    for (std::size_t n = 0; n < 4; ++n) {
      npp::check(nppiFilterGaussAdvancedBorder_8u_C3R_Ctx(
                     static_cast<Npp8u const*>(in) + n * count, width * 3, {width, height}, {0, 0},
                     static_cast<Npp8u*>(out) + n * count, width * 3, {width, height}, 7,
                     static_cast<Npp32f const*>(kernel->data()), NPP_BORDER_REPLICATE, context),
                 "nppiFilterGaussAdvancedBorder_8u_C3R");
    }
  };
}
void p8a_u8(Case& c) {
  p8a(c, 2160, 3840);
}
void p8a_u8_2159x3839(Case& c) {
  p8a(c, 2159, 3839);
}
NPP_CASE(p8a_u8, "p8a_u8", "its border replicates");
NPP_CASE(p8a_u8_2159x3839, "p8a_u8_2159x3839", "its border replicates");

}  // namespace
