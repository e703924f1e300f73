// SPDX-License-Identifier: MIT
#pragma once

// JPEG files and their pixels: by nvJPEG into memory of the GPU, by stb_image on the CPU.

#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "frame.hpp"
#include "library.hpp"
#include "machine.hpp"
#include "picture.hpp"

#if defined(__CUDACC__) && __has_include(<nvjpeg.h>)
#include <pane/interop/nvjpeg.hpp>
#define PANE_EXAMPLE_NVJPEG 1
#endif

namespace example {

struct JpegFile {
  std::string name;
  std::vector<std::uint8_t> bytes;
};

inline JpegFile read_jpeg(std::string const& path) {
  detail::require_file(path);
  std::ifstream file(path, std::ios::binary);
  JpegFile jpeg{path, {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}};
  if (!file) throw UsageError("--in " + path + ": cannot be read: " + std::strerror(errno));
  if (jpeg.bytes.size() < 4 || jpeg.bytes[0] != 0xFF || jpeg.bytes[1] != 0xD8)
    throw UsageError("--in " + path + ": this is no JPEG file");
  return jpeg;
}

/// stb_image_write halves chroma up to a quality of 90.
inline JpegFile encode_jpeg(Picture const& picture, std::string const& name, int quality) {
  JpegFile jpeg{name, {}};
  auto const put = [](void* to, void* data, int bytes) {
    auto const* const from = static_cast<std::uint8_t const*>(data);
    auto& all = *static_cast<std::vector<std::uint8_t>*>(to);
    all.insert(all.end(), from, from + bytes);
  };
  if (stbi_write_jpg_to_func(put, &jpeg.bytes, picture.width(), picture.height(), 3,
                             picture.bytes(), quality) == 0)
    throw std::runtime_error(name + ": could not be encoded");
  return jpeg;
}

/// Decoded on the CPU.
inline Frame decode_on_cpu(JpegFile const& jpeg) {
  Frame frame;
  int channels = 0;
  stbi_uc* const pixels =
      stbi_load_from_memory(jpeg.bytes.data(), static_cast<int>(jpeg.bytes.size()), &frame.width,
                            &frame.height, &channels, 3);
  if (pixels == nullptr)
    throw UsageError("--in " + jpeg.name + ": cannot be decoded (" + stbi_failure_reason() + ")");
  std::size_t const bytes = 3 * std::size_t(frame.width) * std::size_t(frame.height);
  frame.bytes.assign(pixels, pixels + bytes);
  stbi_image_free(pixels);
  frame.name = jpeg.name;
  return frame;
}

using Rgb = pane::Tensor<std::uint8_t, pane::HWC<3>>;

/// Decoded pictures where they are to be used, and their memory.
struct Decoded {
  std::vector<std::unique_ptr<Memory>> memory;
  std::vector<Rgb> pictures;

  /// Room for one more picture, rows at a multiple of 256 bytes.
  Rgb add(Machine const& machine, int height, int width) {
    std::int64_t const pitch = (3 * std::int64_t{width} + 255) / 256 * 256;
    memory.push_back(std::make_unique<Memory>(machine, std::size_t(pitch * height)));
    pictures.push_back(
        Rgb::pitched(static_cast<std::uint8_t*>(memory.back()->data()), {height, width, 3}, pitch));
    return pictures.back();
  }
};

/// Pixels of the CPU's decoder, brought to where they are to be used.
template <class Where>
Decoded upload(Where where, Machine const& machine, std::vector<Frame> const& frames) {
  Decoded out;
  for (Frame const& frame : frames) {
    Rgb const to = out.add(machine, frame.height, frame.width);
    out.memory.back()->upload(where, frame.bytes.data(), std::size_t(frame.row_bytes()),
                              std::size_t(frame.height), std::size_t(to.pitch_bytes()));
  }
  return out;
}

#if defined(PANE_EXAMPLE_NVJPEG)

/// nvJPEG, if its library is there.
class NvJpeg {
 public:
  NvJpeg()
      : library_({soname(), "/usr/local/cuda/lib64/" + soname()}), problem_(library_.problem()) {
    if (!library_) return;
    unsigned const flags = NVJPEG_FLAGS_UPSAMPLING_WITH_INTERPOLATION;
    auto const create = library_.function<decltype(nvjpegCreateEx)>("nvjpegCreateEx");
    nvjpegStatus_t const status = create(NVJPEG_BACKEND_DEFAULT, nullptr, nullptr, flags, &handle_);
    if (status != NVJPEG_STATUS_SUCCESS) {
      problem_ = "nvjpegCreateEx: status " + std::to_string(status);
      return;
    }
    check(library_.function<decltype(nvjpegJpegStateCreate)>("nvjpegJpegStateCreate")(handle_,
                                                                                      &state_),
          "nvjpegJpegStateCreate");
  }
  NvJpeg(NvJpeg const&) = delete;
  NvJpeg& operator=(NvJpeg const&) = delete;
  ~NvJpeg() {
    if (state_ != nullptr)
      library_.function<decltype(nvjpegJpegStateDestroy)>("nvjpegJpegStateDestroy")(state_);
    if (handle_ != nullptr) library_.function<decltype(nvjpegDestroy)>("nvjpegDestroy")(handle_);
  }

  bool there() const { return state_ != nullptr; }
  std::string const& problem() const { return problem_; }

  /// All files in one call, enqueued on the stream. The files must stay until the stream has passed.
  Decoded decode(pane::Stream stream, Machine const& machine, std::vector<JpegFile> const& files) {
    Decoded out;
    std::vector<unsigned char const*> data;
    std::vector<std::size_t> lengths;
    // No vector: nvcc 13.0 breaks off over a vector of a C struct without a name of its own.
    auto const to = std::make_unique<nvjpegImage_t[]>(files.size());
    for (JpegFile const& file : files) {
      int components = 0;
      nvjpegChromaSubsampling_t subsampling{};
      int widths[NVJPEG_MAX_COMPONENT] = {};
      int heights[NVJPEG_MAX_COMPONENT] = {};
      nvjpegStatus_t const status = library_.function<decltype(nvjpegGetImageInfo)>(
          "nvjpegGetImageInfo")(handle_, file.bytes.data(), file.bytes.size(), &components,
                                &subsampling, widths, heights);
      if (status != NVJPEG_STATUS_SUCCESS || (components != 1 && components != 3)) {
        throw UsageError("--in " + file.name + ": nvJPEG does not decode it (status " +
                         std::to_string(status) + ", components: " + std::to_string(components) +
                         ")");
      }
      to[data.size()] = pane::to_nvjpeg(out.add(machine, heights[0], widths[0]));
      data.push_back(file.bytes.data());
      lengths.push_back(file.bytes.size());
    }
    int const count = static_cast<int>(files.size());
    check(library_.function<decltype(nvjpegDecodeBatchedInitialize)>(
              "nvjpegDecodeBatchedInitialize")(handle_, state_, count, 1, NVJPEG_OUTPUT_RGBI),
          "nvjpegDecodeBatchedInitialize");
    check(library_.function<decltype(nvjpegDecodeBatched)>("nvjpegDecodeBatched")(
              handle_, state_, data.data(), lengths.data(), to.get(), stream.handle()),
          "nvjpegDecodeBatched");
    return out;
  }

 private:
  static std::string soname() { return "libnvjpeg.so." + std::to_string(NVJPEG_VER_MAJOR); }
  static void check(nvjpegStatus_t status, char const* call) {
    if (status != NVJPEG_STATUS_SUCCESS)
      throw UsageError(std::string("--in: ") + call + ": status " + std::to_string(status) +
                       "; --decoder stb decodes on the CPU");
  }

  Library library_;
  std::string problem_;
  nvjpegHandle_t handle_ = nullptr;
  nvjpegJpegState_t state_ = nullptr;
};

#endif

}  // namespace example
