// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <stdexcept>  // std::runtime_error
#include <string>

PANE_NAMESPACE_BEGIN

/// Base of everything that Pane throws. Nothing was enqueued and nothing was written when it is thrown.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument breaks a rule of the call: shape, stride, size, value, device, overlap.
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// A data type or layout that arrived at run time and that the call has no kernel for.
class Unsupported : public Error {
 public:
  using Error::Error;
};

/// A call of the CUDA runtime failed.
class CudaError : public Error {
 public:
  CudaError(int code, std::string const& what) : Error(what), code_(code) {}

  /// The `cudaError_t` as an integer.
  int code() const noexcept { return code_; }

 private:
  int code_;
};

namespace detail {

inline std::string text(std::string value) {
  return value;
}
inline std::string text(char const* value) {
  return value;
}
inline std::string text(char value) {
  return std::string(1, value);
}
inline std::string text(int value) {
  return std::to_string(value);
}
inline std::string text(long value) {
  return std::to_string(value);
}
inline std::string text(long long value) {
  return std::to_string(value);
}
inline std::string text(unsigned value) {
  return std::to_string(value);
}
inline std::string text(unsigned long value) {
  return std::to_string(value);
}
inline std::string text(unsigned long long value) {
  return std::to_string(value);
}

/// A number as a person writes it: at most six significant digits, no trailing zeros.
inline std::string text(double value) {
  char buffer[32];
  int const length = __builtin_snprintf(buffer, sizeof buffer, "%g", value);
  return std::string(buffer, static_cast<std::size_t>(length));
}

/// An address in hexadecimal.
inline std::string text(void const* address) {
  char buffer[32];
  auto const value = reinterpret_cast<unsigned long long>(address);
  int const length = __builtin_snprintf(buffer, sizeof buffer, "0x%llx", value);
  return std::string(buffer, static_cast<std::size_t>(length));
}

/// Joins the parts of a message.
template <class... Parts>
std::string concat(Parts const&... parts) {
  std::string out;
  ((out += text(parts)), ...);
  return out;
}

/// Throws `InvalidArgument` unless the rule holds. The message is built only when it does not.
template <class... Parts>
void require(bool rule, Parts const&... message) {
  if (!rule) throw InvalidArgument(concat(message...));
}

}  // namespace detail

PANE_NAMESPACE_END
