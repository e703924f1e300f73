// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>

#include <fcntl.h>     // open
#include <sys/mman.h>  // mmap
#include <sys/stat.h>  // fstat
#include <unistd.h>    // close

#include <cerrno>
#include <cstddef>
#include <cstring>  // std::strerror
#include <memory>
#include <span>
#include <string>

PANE_NAMESPACE_BEGIN

namespace detail {

[[noreturn]] inline void fail_on_file(char const* call, std::string const& path, int error) {
  throw Error(concat("pane::", call, ": ", path, ": ", std::strerror(error)));
}

/// Gives memory back, however it was got.
struct ReleaseMemory {
  enum class From : unsigned char { nobody, heap, map };
  From from = From::nobody;
  std::size_t bytes = 0;

  void operator()(std::byte* memory) const noexcept {
    if (from == From::heap) delete[] memory;
    if (from == From::map) ::munmap(memory, bytes);
  }
};

using OwnedMemory = std::unique_ptr<std::byte, ReleaseMemory>;

/// The whole of a regular file, read-only; no memory for a file without bytes.
inline OwnedMemory map_file(char const* call, std::string const& path) {
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };
  Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) fail_on_file(call, path, errno);
  struct ::stat about;
  if (::fstat(file.number, &about) != 0) fail_on_file(call, path, errno);
  if (!S_ISREG(about.st_mode)) {
    throw Error(concat("pane::", call, ": ", path,
                       ": it is no regular file; read its bytes into memory and pass those"));
  }
  auto const bytes = static_cast<std::size_t>(about.st_size);
  if (bytes == 0) return {};
  void* const address = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) fail_on_file(call, path, errno);
  return {static_cast<std::byte*>(address), {ReleaseMemory::From::map, bytes}};
}

/// Memory for `bytes` bytes whose values nobody has set.
inline OwnedMemory allocate_memory(std::size_t bytes) {
  return {new std::byte[bytes], {ReleaseMemory::From::heap, bytes}};
}

inline std::span<std::byte const> bytes_of(OwnedMemory const& memory) noexcept {
  return {memory.get(), memory.get_deleter().bytes};
}

}  // namespace detail

PANE_NAMESPACE_END
