// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/core/stream.hpp>

#include <pthread.h>  // a mutex

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>  // std::forward, std::move, std::swap
#include <vector>

PANE_NAMESPACE_BEGIN

namespace detail {

/// What a queue asks of a mark in a stream. Pointers, so that a queue is the same with and without CUDA.
struct MarkCalls {
  bool (*passed)(void* mark) noexcept;  ///< whether the stream has passed it
  void (*wait)(void* mark) noexcept;    ///< blocks until it has
  void (*destroy)(void* mark) noexcept;
  int (*enter)() noexcept;  ///< on this thread, before marks are asked or an owner is released
  void (*leave)(int entered) noexcept;
};

/// How a mark is put into a stream: `static void* record(Where const&)`, which may throw, and
/// `static constexpr MarkCalls calls`. That of a `Stream` is in <pane/interop/cuda_event.hpp>.
template <class Where>
struct MarkOf;

/// An owner of any type, or the room for one.
struct KeptObject {
  KeptObject() = default;
  KeptObject(KeptObject const&) = delete;
  KeptObject& operator=(KeptObject const&) = delete;
  virtual ~KeptObject() = default;
};
template <class Owner>
struct KeptOwner final : KeptObject {
  std::optional<Owner> owner;
};

/// An owner, and the mark that its stream has to pass.
class MarkedOwner {
 public:
  MarkedOwner() = default;
  MarkedOwner(MarkedOwner&& other) noexcept { *this = std::move(other); }
  MarkedOwner& operator=(MarkedOwner&& other) noexcept {
    std::swap(kept_, other.kept_);
    std::swap(mark_, other.mark_);
    std::swap(calls_, other.calls_);
    return *this;
  }
  ~MarkedOwner() {
    int const entered = calls_ == nullptr ? 0 : calls_->enter();
    delete kept_;
    if (calls_ == nullptr) return;
    calls_->destroy(mark_);
    calls_->leave(entered);
  }

  template <class Owner>
  KeptOwner<Owner>& make_room() {
    auto* const room = new KeptOwner<Owner>;
    kept_ = room;
    return *room;
  }
  void set_mark(void* mark, MarkCalls const& calls) noexcept {
    mark_ = mark;
    calls_ = &calls;
  }

  bool passed() const noexcept {
    int const entered = calls_->enter();
    bool const out = calls_->passed(mark_);
    calls_->leave(entered);
    return out;
  }
  void wait() const noexcept {
    int const entered = calls_->enter();
    calls_->wait(mark_);
    calls_->leave(entered);
  }

 private:
  KeptObject* kept_ = nullptr;
  void* mark_ = nullptr;
  MarkCalls const* calls_ = nullptr;
};

}  // namespace detail

/// Keeps owners until a stream has passed the last use of what they own, then lets go of them.
///
///   pane::ReleaseQueue queue;
///   pane::copy(stream, from_dlpack<std::uint8_t const, pane::HWC<3>>(owner, stream), dst);
///   queue.add(stream, std::move(owner));  // returns at once, releases nothing
///   queue.collect();                      // now and then: releases what the streams have passed
///
/// Owners    any object whose move and destructor do not throw: a `DlpackOwner`, a shared_ptr, a Python reference
/// Stream    `add` records an event on the stream; `collect` asks the events and never blocks on one. Only `drain`
///           and the destructor wait
/// Threads   every member may be called from any thread. An owner is released on the thread that calls `collect`,
///           `drain` or the destructor, and outside of the queue's lock: a release may call CUDA, add to the queue and
///           take locks of its own. No stream callback is used, as CUDA must not be called in one and the deleters of
///           frameworks do call it
/// Captures  a stream that is being captured is refused: the events of a capture never pass. Keep what a graph uses
///           for as long as the graph is launched
class ReleaseQueue {
 public:
  ReleaseQueue() = default;
  ReleaseQueue(ReleaseQueue const&) = delete;
  ReleaseQueue& operator=(ReleaseQueue const&) = delete;
  /// Waits for the streams and releases the rest.
  ~ReleaseQueue() { drain(); }

  /// Releases `owner`, some time later, once everything that has been enqueued on `where` so far is done. On `host`
  /// that is at once: a call on the host has returned.
  ///
  /// @param where  a `Stream` or a raw handle (with <pane/interop/cuda_event.hpp>), or `host`
  /// @param owner  taken over; when the call throws, it has not been moved from
  /// @throws InvalidArgument  the stream is being captured.
  /// @throws CudaError        the driver refused the event.
  template <class Where, class Owner>
  void add(Where const& where, Owner&& owner) {
    static_assert(!std::is_reference_v<Owner> && !std::is_const_v<Owner>,
                  "pane::ReleaseQueue::add: the queue takes the owner over: pass std::move(owner)");
    static_assert(
        std::is_nothrow_move_constructible_v<Owner> && std::is_nothrow_destructible_v<Owner>,
        "pane::ReleaseQueue::add: an owner must move and end without exceptions");
    if constexpr (std::is_same_v<Where, Host>) {
      Owner const ended(std::forward<Owner>(owner));
    } else if constexpr (std::is_convertible_v<Where const&, Stream>) {
      add_marked<Stream>(where, std::forward<Owner>(owner));
    } else {
      add_marked<Where>(where, std::forward<Owner>(owner));
    }
  }

  /// Releases the owners whose streams have passed their marks; returns how many that were. Never waits for a stream.
  std::size_t collect() {
    List passed;
    {
      Lock const lock(mutex_);
      passed.reserve(owners_.size());
      auto keep = owners_.begin();
      for (detail::MarkedOwner& owner : owners_) {
        if (owner.passed()) {
          passed.push_back(std::move(owner));
        } else {
          *keep++ = std::move(owner);
        }
      }
      owners_.erase(keep, owners_.end());
    }
    return passed.size();
  }

  /// Waits until the streams have passed the marks of all owners, and releases them; returns how many that were.
  std::size_t drain() {
    List all;
    {
      Lock const lock(mutex_);
      all.swap(owners_);
    }
    for (detail::MarkedOwner const& owner : all) owner.wait();
    return all.size();
  }

  /// Owners that nobody has released or begun to release.
  std::size_t size() const {
    Lock const lock(mutex_);
    return owners_.size();
  }

 private:
  using List = std::vector<detail::MarkedOwner>;

  /// The POSIX mutex, as <mutex> and its clocks cost every file that includes Pane more than the queue itself.
  struct Mutex {
    pthread_mutex_t handle = PTHREAD_MUTEX_INITIALIZER;
    Mutex() = default;
    Mutex(Mutex const&) = delete;
    Mutex& operator=(Mutex const&) = delete;
    ~Mutex() { ::pthread_mutex_destroy(&handle); }
  };
  struct Lock {
    Mutex& mutex;
    explicit Lock(Mutex& m) noexcept : mutex(m) { ::pthread_mutex_lock(&mutex.handle); }
    Lock(Lock const&) = delete;
    Lock& operator=(Lock const&) = delete;
    ~Lock() { ::pthread_mutex_unlock(&mutex.handle); }
  };

  template <class Place, class Owner>
  void add_marked(Place const& place, Owner&& owner) {
    using Marks = detail::MarkOf<std::conditional_t<(sizeof(Owner) > 0), Place, Owner>>;
    constexpr bool compiled_in = requires {
      sizeof(Marks);
    };
    static_assert(compiled_in,
                  "pane::ReleaseQueue::add: a stream needs #include <pane/interop/cuda_event.hpp> "
                  "and the CUDA runtime; on the CPU pass pane::host");
    if constexpr (compiled_in) {
      detail::MarkedOwner one;
      auto& room = one.template make_room<Owner>();
      one.set_mark(Marks::record(place), Marks::calls);
      Lock const lock(mutex_);
      owners_.push_back(std::move(one));
      room.owner.emplace(std::forward<Owner>(owner));  // from here on nothing throws
    }
  }

  mutable Mutex mutex_;
  List owners_;
};

PANE_NAMESPACE_END
