// SPDX-License-Identifier: MIT
#pragma once

// What an example reads and writes: a picture file, raw NV12 frames, a PNG. Include it in one
// source file of a program.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "picture.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_FAILURE_USERMSG
#include <stb_image.h>
#include <stb_image_write.h>

namespace example {

/// The user can mend it: one line on stderr, exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The standard by which R, G and B became luma and chroma.
enum class Standard { bt601, bt709, bt2020 };

/// One frame as its producer has it, rows without gaps.
struct Frame {
  enum class Format { rgb, nv12 };

  Format format = Format::rgb;
  int width = 0;
  int height = 0;
  /// rgb: `height` rows of R, G, B, ...; nv12: `height` rows of luma, then `height / 2` rows of U,
  /// V, U, V, ...
  std::vector<std::uint8_t> bytes;
  std::string name;

  int rows() const { return format == Format::nv12 ? height / 2 * 3 : height; }
  int row_bytes() const { return format == Format::nv12 ? width : 3 * width; }
};

inline Frame to_frame(Picture const& picture, std::string const& name) {
  std::size_t const bytes = 3 * std::size_t(picture.width()) * std::size_t(picture.height());
  return {Frame::Format::rgb,
          picture.width(),
          picture.height(),
          {picture.bytes(), picture.bytes() + bytes},
          name};
}

inline bool is_raw_file(std::string const& path) {
  return path.ends_with(".nv12") || path.ends_with(".yuv");
}

namespace detail {

inline void require_file(std::string const& path) {
  std::error_code error;
  auto const status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw UsageError("--in " + path + ": there is no such file");
  if (!std::filesystem::is_regular_file(status)) {
    throw UsageError("--in " + path + ": this is no regular file");
  }
}

}  // namespace detail

/// Any picture that stb_image reads, as RGB.
inline Frame read_picture(std::string const& path) {
  detail::require_file(path);
  Frame frame;
  int channels = 0;
  stbi_uc* const pixels = stbi_load(path.c_str(), &frame.width, &frame.height, &channels, 3);
  if (pixels == nullptr) {
    throw UsageError("--in " + path + ": not a picture that can be read (" + stbi_failure_reason() +
                     "); raw NV12 frames have a name that ends in .nv12 or .yuv");
  }
  std::size_t const bytes = 3 * std::size_t(frame.width) * std::size_t(frame.height);
  frame.bytes.assign(pixels, pixels + bytes);
  stbi_image_free(pixels);
  frame.name = path;
  return frame;
}

/// Frame `index` of a file of raw NV12 frames, one behind the other: what `ffmpeg -pix_fmt nv12 -f
/// rawvideo` writes.
inline Frame read_nv12(std::string const& path, int width, int height, std::int64_t index) {
  std::string const size = std::to_string(width) + "x" + std::to_string(height);
  if (height % 2 != 0) throw UsageError("--size " + size + ": the height of NV12 is even");
  if (width % 2 != 0) throw UsageError("--size " + size + ": the width of NV12 is even");
  detail::require_file(path);
  std::int64_t const frame_bytes = std::int64_t{width} * height / 2 * 3;
  auto const file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  if (file_bytes == 0 || file_bytes % frame_bytes != 0) {
    throw UsageError("--in " + path + ": " + std::to_string(file_bytes) +
                     " bytes are no whole number of NV12 frames of " + size + ", which have " +
                     std::to_string(frame_bytes) + " each");
  }
  std::int64_t const frames = file_bytes / frame_bytes;
  if (index >= frames) {
    throw UsageError("--frame " + std::to_string(index) + ": " + path + " has frames 0 to " +
                     std::to_string(frames - 1));
  }
  Frame frame{Frame::Format::nv12, width, height, {}, path};
  frame.bytes.resize(static_cast<std::size_t>(frame_bytes));
  std::ifstream file(path, std::ios::binary);
  file.seekg(index * frame_bytes);
  file.read(reinterpret_cast<char*>(frame.bytes.data()), frame_bytes);
  if (!file) throw UsageError("--in " + path + ": cannot be read: " + std::strerror(errno));
  return frame;
}

/// @throws UsageError  the file cannot be written.
inline void write_png(std::string const& path, Picture const& picture) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  if (file == nullptr)
    throw UsageError("--out " + path + ": cannot be written: " + std::strerror(errno));
  auto const put = [](void* to, void* data, int bytes) {
    std::fwrite(data, 1, static_cast<std::size_t>(bytes), static_cast<std::FILE*>(to));
  };
  int const made = stbi_write_png_to_func(put, file, picture.width(), picture.height(), 3,
                                          picture.bytes(), 3 * picture.width());
  bool const written = std::ferror(file) == 0;
  if (std::fclose(file) != 0 || !written || made == 0) {
    throw UsageError("--out " + path + ": cannot be written: " + std::strerror(errno));
  }
}

}  // namespace example
