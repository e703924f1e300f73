// SPDX-License-Identifier: MIT
#pragma once

// H.264 out of a file, as a decoder's parser takes it: NAL units behind start codes (Annex B). Reads elementary streams
// (.h264, .264) as they are, and the video track of an MP4 file. Every number of the file is checked before it is used.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "frame.hpp"

namespace example {

struct H264File {
  std::vector<std::vector<std::uint8_t>> packets;
  /// Whether a packet is exactly one picture.
  bool pictures = false;
};

namespace detail {

/// A part of a file; what is read beyond its end is an error that names the part.
class FilePart {
 public:
  FilePart(std::string const& file, std::string name, std::uint8_t const* data, std::size_t size)
      : file_(&file), name_(std::move(name)), data_(data), size_(size) {}

  std::size_t size() const { return size_; }
  std::uint8_t const* data() const { return data_; }

  /// A big-endian number of 1 to 8 bytes.
  std::uint64_t number(std::size_t at, std::size_t bytes) const {
    need(at, bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | data_[at + i];
    return value;
  }
  std::string_view letters(std::size_t at) const {
    need(at, 4);
    return {reinterpret_cast<char const*>(data_) + at, 4};
  }
  FilePart part(std::size_t at, std::size_t bytes, std::string name) const {
    need(at, bytes);
    return {*file_, std::move(name), data_ + at, bytes};
  }
  FilePart rest(std::size_t at) const {
    need(at, 0);
    return {*file_, name_, data_ + at, size_ - at};
  }

  /// Calls f(type, body) for each box of MP4 that lies here, one behind the other.
  template <class F>
  void for_each_box(F&& f) const {
    std::size_t at = 0;
    while (at < size_) {
      std::uint64_t bytes = number(at, 4);
      std::string const type(letters(at + 4));
      std::size_t head = 8;
      if (bytes == 1) {
        bytes = number(at + 8, 8);
        head = 16;
      } else if (bytes == 0) {
        bytes = size_ - at;  // the last one, to the end
      }
      if (bytes < head || bytes > size_ - at) fail("a box of " + std::to_string(bytes) + " bytes");
      f(type, part(at + head, static_cast<std::size_t>(bytes) - head, type));
      at += static_cast<std::size_t>(bytes);
    }
  }
  /// The first box of a type.
  FilePart box(std::string const& wanted) const {
    FilePart found(*file_, wanted, nullptr, 0);
    bool is_there = false;
    for_each_box([&](std::string const& type, FilePart const& body) {
      if (type != wanted || is_there) return;
      found = body;
      is_there = true;
    });
    if (!is_there) fail("no box " + wanted);
    return found;
  }

  [[noreturn]] void fail(std::string const& what) const {
    std::string printable;  // the name of a box comes from the file
    for (char const c : name_ + ": " + what) printable += c >= ' ' && c <= '~' ? c : '?';
    throw UsageError("--in " + *file_ + ": not a video that can be read (" + printable + ")");
  }

 private:
  void need(std::size_t at, std::size_t bytes) const {
    if (at > size_ || bytes > size_ - at) fail("it ends too early");
  }

  std::string const* file_;
  std::string name_;
  std::uint8_t const* data_;
  std::size_t size_;
};

inline void append_nal(std::vector<std::uint8_t>& to, FilePart const& nal) {
  to.insert(to.end(), {0, 0, 0, 1});
  to.insert(to.end(), nal.data(), nal.data() + nal.size());
}

/// What the sample description of the track says: the parameter sets, and how many bytes count a NAL unit.
struct AvcSetup {
  std::vector<std::uint8_t> parameter_sets;
  std::size_t length_bytes = 4;
};

inline AvcSetup read_setup(FilePart const& stsd) {
  if (stsd.number(4, 4) == 0) stsd.fail("no sample description");
  FilePart const entry = stsd.part(8, static_cast<std::size_t>(stsd.number(8, 4)), "stsd");
  std::string const codec(entry.letters(4));
  if (codec != "avc1" && codec != "avc3")
    entry.fail("the video is '" + codec + "'; this program reads H.264, 'avc1'");
  FilePart const c = entry.rest(86).box("avcC");  // 86 bytes of a visual sample entry
  AvcSetup setup;
  setup.length_bytes = (c.number(4, 1) & 3) + 1;
  std::size_t at = 5;
  for (int kind = 0; kind < 2; ++kind) {  // sequence, then picture parameter sets
    std::uint64_t const count = c.number(at++, 1) & (kind == 0 ? 31 : 255);
    for (std::uint64_t i = 0; i < count; ++i) {
      auto const bytes = static_cast<std::size_t>(c.number(at, 2));
      append_nal(setup.parameter_sets, c.part(at + 2, bytes, "avcC"));
      at += 2 + bytes;
    }
  }
  return setup;
}

/// The samples of a track: stsz says how long they are, stsc how many lie in a chunk, stco or co64 where chunks begin.
inline void read_samples(FilePart const& file, FilePart const& stbl, H264File& out) {
  AvcSetup const setup = read_setup(stbl.box("stsd"));
  FilePart const sizes = stbl.box("stsz");
  FilePart const runs = stbl.box("stsc");
  bool wide = false;
  stbl.for_each_box(
      [&](std::string const& type, FilePart const&) { wide = wide || type == "co64"; });
  FilePart const chunks = stbl.box(wide ? "co64" : "stco");

  std::uint64_t const common = sizes.number(4, 4);
  std::uint64_t const samples = sizes.number(8, 4);
  std::uint64_t const chunk_count = chunks.number(4, 4);
  std::uint64_t const run_count = runs.number(4, 4);
  std::uint64_t run = 0;
  std::uint64_t sample = 0;
  std::uint64_t total = 0;
  for (std::uint64_t chunk = 0; chunk < chunk_count && sample < samples; ++chunk) {
    while (run + 1 < run_count &&
           runs.number(8 + 12 * static_cast<std::size_t>(run + 1), 4) <= chunk + 1)
      ++run;
    std::size_t const width = wide ? 8 : 4;
    std::uint64_t at = chunks.number(8 + width * static_cast<std::size_t>(chunk), width);
    std::uint64_t const in_chunk = runs.number(12 + 12 * static_cast<std::size_t>(run), 4);
    for (std::uint64_t i = 0; i < in_chunk && sample < samples; ++i, ++sample) {
      std::uint64_t const bytes =
          common != 0 ? common : sizes.number(12 + 4 * static_cast<std::size_t>(sample), 4);
      if (at > file.size() || bytes > file.size() - at)
        sizes.fail("a sample beyond the end of the file");
      total += bytes;
      if (bytes == 0 || total > file.size()) sizes.fail("samples that are empty or share bytes");
      FilePart const data =
          file.part(static_cast<std::size_t>(at), static_cast<std::size_t>(bytes), "mdat");
      std::vector<std::uint8_t> packet;
      if (out.packets.empty()) packet = setup.parameter_sets;
      for (std::size_t from = 0; from < data.size();) {
        auto const length = static_cast<std::size_t>(data.number(from, setup.length_bytes));
        from += setup.length_bytes;
        append_nal(packet, data.part(from, length, "mdat"));
        from += length;
      }
      out.packets.push_back(std::move(packet));
      at += bytes;
    }
  }
  if (sample == 0 || sample < samples) sizes.fail("fewer samples than it says");
  out.pictures = true;
}

inline H264File read_mp4(FilePart const& file) {
  H264File out;
  file.box("moov").for_each_box([&](std::string const& type, FilePart const& track) {
    if (type != "trak" || !out.packets.empty()) return;
    FilePart const media = track.box("mdia");
    if (media.box("hdlr").letters(8) != "vide") return;
    FilePart const table = media.box("minf").box("stbl");
    if (table.box("stsz").number(8, 4) == 0)
      table.fail("no samples; a fragmented MP4 is not read: ffmpeg -i IN -c copy OUT.mp4");
    read_samples(file, table, out);
  });
  if (out.packets.empty()) file.fail("no video track");
  return out;
}

}  // namespace detail

/// @throws UsageError  the file cannot be read, or is no MP4 with H.264 and no elementary stream; says where it breaks.
inline H264File read_h264(std::string const& path) {
  detail::require_file(path);
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::uint8_t> const bytes{std::istreambuf_iterator<char>(stream),
                                        std::istreambuf_iterator<char>()};
  if (!stream) throw UsageError("--in " + path + ": cannot be read: " + std::strerror(errno));
  detail::FilePart const file(path, "file", bytes.data(), bytes.size());
  if (bytes.size() >= 8 && file.letters(4) == "ftyp") return detail::read_mp4(file);
  bool const starts = bytes.size() >= 5 && bytes[0] == 0 && bytes[1] == 0 &&
                      (bytes[2] == 1 || (bytes[2] == 0 && bytes[3] == 1));
  if (!starts) file.fail("neither an MP4 file nor an H.264 elementary stream");
  H264File out;
  constexpr std::size_t piece = 1 << 20;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto const from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    out.packets.emplace_back(
        from, from + static_cast<std::ptrdiff_t>(std::min(piece, bytes.size() - at)));
  }
  return out;
}

}  // namespace example
