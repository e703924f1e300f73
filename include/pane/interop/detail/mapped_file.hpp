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
#include <span>
#include <string>
#include <utility>  // std::swap

PANE_NAMESPACE_BEGIN

namespace detail {

[[noreturn]] inline void fail_on_file(char const* call, std::string const& path, int error) {
  throw Error(concat("pane::", call, ": ", path, ": ", std::strerror(error)));
}

/// Memory of a mapped file or of the heap, given back the way it was got. Not a unique_ptr, whose header would be the
/// dearest of a file that includes Pane.
class OwnedMemory {
 public:
  enum class From : unsigned char { nobody, heap, map };

  OwnedMemory() = default;
  OwnedMemory(From from, void* address, std::size_t bytes) noexcept
      : from_(from), address_(static_cast<std::byte*>(address)), bytes_(bytes) {}
  OwnedMemory(OwnedMemory&& other) noexcept
      : from_(other.from_), address_(other.address_), bytes_(other.bytes_) {
    other.from_ = From::nobody;
  }
  OwnedMemory& operator=(OwnedMemory&& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~OwnedMemory() {
    if (from_ == From::heap) delete[] address_;
    if (from_ == From::map) ::munmap(address_, bytes_);
  }

  bool mapped() const noexcept { return from_ == From::map; }
  std::byte* get() const noexcept { return address_; }
  std::span<std::byte const> bytes() const noexcept { return {address_, bytes_}; }

 private:
  From from_ = From::nobody;
  std::byte* address_ = nullptr;
  std::size_t bytes_ = 0;
};

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
  return {OwnedMemory::From::map, address, bytes};
}

/// Memory for `bytes` bytes whose values nobody has set.
inline OwnedMemory allocate_memory(std::size_t bytes) {
  return {OwnedMemory::From::heap, new std::byte[bytes], bytes};
}

}  // namespace detail

PANE_NAMESPACE_END
