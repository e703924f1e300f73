// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/interop/dlpack_parse.hpp>
#include <pane/interop/dlpack_types.hpp>

#include <cstddef>
#include <cstring>  // std::memcpy
#include <type_traits>
#include <utility>  // std::exchange

PANE_NAMESPACE_BEGIN

/// Owns a managed tensor of DLPack: calls its deleter once, with the address that the producer handed over.
///
///   pane::DlpackOwner owner(managed);      // DLManagedTensor* or DLManagedTensorVersioned*, ours or dlpack.h's
///   auto frame = pane::from_dlpack<std::uint8_t const, pane::HWC<3>>(owner, stream);
///
/// Memory    keep the owner for as long as work that uses the memory is running; hand it to a `ReleaseQueue` to let
///           it go once a stream has passed the last use
/// Errors    none: the struct is not looked at until it is imported, so an owner can be made of any version. The
///           deleter runs on the thread that destroys the owner; it may be null
///
/// A struct that was handed over under the wrong name, as far as its first bytes show, is let go without a call: the
/// place of its deleter is not known, and a leak is better than a jump to anywhere.
class DlpackOwner {
 public:
  DlpackOwner() noexcept = default;

  /// Takes a managed tensor over. Null is nothing.
  template <DlpackManagedStruct M>
  requires(!std::is_const_v<M>) explicit DlpackOwner(M* managed) noexcept
      : managed_(managed), kind_(dlpack_kind_of<M>), release_([](void* address) {
          auto* const self = static_cast<M*>(address);
          if (self->deleter != nullptr) self->deleter(self);
        }) {}

  /// Takes over what a capsule of this kind holds, see `check_dlpack_capsule`.
  DlpackOwner(void* managed, DlpackKind kind) noexcept {
    *this = kind == DlpackKind::legacy
                ? DlpackOwner(static_cast<DlpackManagedTensor*>(managed))
                : DlpackOwner(static_cast<DlpackManagedTensorVersioned*>(managed));
  }

  DlpackOwner(DlpackOwner&& other) noexcept
      : managed_(std::exchange(other.managed_, nullptr)),
        kind_(other.kind_),
        release_(other.release_) {}
  DlpackOwner& operator=(DlpackOwner&& other) noexcept {
    if (this != &other) {
      reset();
      managed_ = std::exchange(other.managed_, nullptr);
      kind_ = other.kind_;
      release_ = other.release_;
    }
    return *this;
  }
  ~DlpackOwner() { reset(); }

  /// Whether there is something to release.
  explicit operator bool() const noexcept { return managed_ != nullptr; }

  /// The address that was taken over.
  void* get() const noexcept { return managed_; }
  DlpackKind kind() const noexcept { return kind_; }

  /// Calls the deleter now.
  void reset() noexcept {
    void* const managed = std::exchange(managed_, nullptr);
    if (managed == nullptr) return;
    if (detail::begins_as(kind_, managed)) release_(managed);
  }

  /// Gives the struct up without calling the deleter: it is the caller's now.
  [[nodiscard]] void* release() noexcept { return std::exchange(managed_, nullptr); }

 private:
  void* managed_ = nullptr;
  DlpackKind kind_ = DlpackKind::versioned;
  void (*release_)(void*) = nullptr;
};

namespace detail {

inline DlpackArray dlpack_array(DlpackOwner const& owner) {
  return read_dlpack(owner.get(), owner.kind());
}

}  // namespace detail

PANE_NAMESPACE_END
