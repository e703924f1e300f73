// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>

#include <cstddef>
#include <initializer_list>
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

/// A part of a message. One type for all parts, and conversions without templates, because messages are many and what
/// each of them instantiates is paid for by every file that includes Pane.
class MessagePart {
 public:
  MessagePart(char const* text) noexcept : text_(text) {}
  MessagePart(std::string const& text) noexcept : text_(text.data()), size_(text.size()) {}
  MessagePart(char value) noexcept { print("%c", value); }
  MessagePart(int value) noexcept { print("%d", value); }
  MessagePart(long value) noexcept { print("%ld", value); }
  MessagePart(long long value) noexcept { print("%lld", value); }
  MessagePart(unsigned value) noexcept { print("%u", value); }
  MessagePart(unsigned long value) noexcept { print("%lu", value); }
  MessagePart(unsigned long long value) noexcept { print("%llu", value); }
  /// As a person writes a number: at most six significant digits, no trailing zeros.
  MessagePart(double value) noexcept { print("%g", value); }
  /// An address in hexadecimal.
  MessagePart(void const* address) noexcept {
    print("0x%llx", reinterpret_cast<unsigned long long>(address));
  }

  void append_to(std::string& out) const {
    if (text_ == nullptr) {
      out += digits_;
    } else if (size_ == std::string::npos) {
      out += text_;
    } else {
      out.append(text_, size_);
    }
  }

 private:
  template <class T>
  void print(char const* format, T value) noexcept {
    (void)__builtin_snprintf(digits_, sizeof digits_, format, value);
  }

  char const* text_ = nullptr;  // or null: digits_
  std::size_t size_ = std::string::npos;
  char digits_[24] = {};
};

inline std::string join(std::initializer_list<MessagePart> parts) {
  std::string out;
  for (MessagePart const& part : parts) part.append_to(out);
  return out;
}

/// Joins the parts of a message.
template <class... Parts>
std::string concat(Parts const&... parts) {
  return join({parts...});
}

/// Throws `InvalidArgument` unless the rule holds. The message is built only when it does not.
template <class... Parts>
void require(bool rule, Parts const&... message) {
  if (!rule) throw InvalidArgument(concat(message...));
}

}  // namespace detail

PANE_NAMESPACE_END
