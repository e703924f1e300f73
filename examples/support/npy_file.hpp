// SPDX-License-Identifier: MIT
#pragma once

// The result as a file that numpy.load reads.

#include <pane/core/any_tensor.hpp>
#include <pane/core/dtype.hpp>
#include <pane/interop/typestr.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>

#include "frame.hpp"

namespace example {

/// Writes a packed tensor in memory of the CPU: the header of version 1.0, then the elements.
/// @throws UsageError  the file cannot be written.
inline void write_npy(std::string const& path, pane::AnyTensor const& tensor) {
  std::string header = std::string("{'descr': '") + pane::typestr_of(tensor.dtype) +
                       "', 'fortran_order': False, 'shape': (";
  std::int64_t bytes = pane::size_bytes(tensor.dtype);
  for (int i = 0; i < tensor.rank; ++i) {
    header += std::to_string(tensor.shape[i]) + (i + 1 < tensor.rank ? ", " : "), }");
    bytes *= tensor.shape[i];
  }
  constexpr std::size_t before = 10;  // magic, version, length
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';
  std::string start("\x93NUMPY\x01\x00", 8);
  start += static_cast<char>(header.size() & 255);
  start += static_cast<char>(header.size() >> 8);
  std::ofstream file(path, std::ios::binary);
  file << start << header;
  file.write(static_cast<char const*>(tensor.data), bytes);
  file.close();
  if (!file) throw UsageError(path + ": cannot be written: " + std::strerror(errno));
}

}  // namespace example
