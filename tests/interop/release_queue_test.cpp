// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack.hpp>
#include <pane/interop/release_queue.hpp>
#include <tests/support/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using pane::ReleaseQueue;

namespace {

/// A stream whose work is done when the test says so.
struct Tape {
  std::atomic<bool> done{false};
  bool refuses = false;
  std::atomic<int> marks{0};
};

struct OnTape {
  Tape* tape;
};

std::atomic<int> entered{0};

}  // namespace

PANE_NAMESPACE_BEGIN
namespace detail {

template <>
struct MarkOf<OnTape> {
  static void* record(OnTape const& on) {
    if (on.tape->refuses) throw std::runtime_error("no mark");
    ++on.tape->marks;
    return on.tape;
  }
  static bool passed(void* mark) noexcept { return static_cast<Tape*>(mark)->done; }
  static void wait(void* mark) noexcept {
    while (!static_cast<Tape*>(mark)->done) std::this_thread::yield();
  }
  static void destroy(void* mark) noexcept { --static_cast<Tape*>(mark)->marks; }
  static int enter() noexcept {
    ++entered;
    return 7;
  }
  static void leave(int token) noexcept { entered -= token == 7 ? 1 : 100; }
  static constexpr MarkCalls calls{&passed, &wait, &destroy, &enter, &leave};
};

}  // namespace detail
PANE_NAMESPACE_END

TEST_CASE("an owner is kept until its stream has passed") {
  Tape tape;
  auto const memory = std::make_shared<int>(1);
  ReleaseQueue queue;
  queue.add(OnTape{&tape}, std::shared_ptr<int>(memory));
  CHECK(memory.use_count() == 2);
  CHECK(queue.size() == 1);
  CHECK(queue.collect() == 0);
  CHECK(memory.use_count() == 2);
  tape.done = true;
  CHECK(memory.use_count() == 2);
  CHECK(queue.collect() == 1);
  CHECK(memory.use_count() == 1);
  CHECK(queue.size() == 0);
  CHECK(queue.collect() == 0);
  CHECK(tape.marks == 0);
  CHECK(entered == 0);
}

TEST_CASE("streams are told apart") {
  Tape slow;
  Tape fast;
  auto const a = std::make_shared<int>(1);
  auto const b = std::make_shared<int>(2);
  ReleaseQueue queue;
  queue.add(OnTape{&slow}, std::shared_ptr<int>(a));
  queue.add(OnTape{&fast}, std::shared_ptr<int>(b));
  queue.add(OnTape{&slow}, std::shared_ptr<int>(b));
  fast.done = true;
  CHECK(queue.collect() == 1);
  CHECK(a.use_count() == 2);
  CHECK(b.use_count() == 2);
  slow.done = true;
  CHECK(queue.collect() == 2);
  CHECK(b.use_count() == 1);
}

TEST_CASE("on the host an owner is released at once") {
  auto memory = std::make_shared<int>(1);
  auto const watched = memory;
  ReleaseQueue queue;
  queue.add(pane::host, std::move(memory));
  CHECK(watched.use_count() == 1);
  CHECK(memory == nullptr);  // NOLINT: moved from on purpose
  CHECK(queue.size() == 0);
}

TEST_CASE("the destructor and drain wait for the streams") {
  auto const memory = std::make_shared<int>(1);
  Tape tape;
  std::thread stream;
  {
    ReleaseQueue queue;
    queue.add(OnTape{&tape}, std::shared_ptr<int>(memory));
    queue.add(OnTape{&tape}, std::shared_ptr<int>(memory));
    stream = std::thread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      CHECK(memory.use_count() == 3);
      tape.done = true;
    });
  }
  CHECK(tape.done);
  CHECK(memory.use_count() == 1);
  stream.join();

  ReleaseQueue queue;
  queue.add(OnTape{&tape}, std::shared_ptr<int>(memory));
  CHECK(queue.drain() == 1);
  CHECK(memory.use_count() == 1);
  CHECK(queue.drain() == 0);
}

TEST_CASE("a refused mark leaves the owner with the caller") {
  Tape tape;
  tape.refuses = true;
  auto memory = std::make_shared<int>(1);
  ReleaseQueue queue;
  CHECK_THROWS_AS(queue.add(OnTape{&tape}, std::move(memory)), std::runtime_error);
  CHECK(memory != nullptr);  // NOLINT: not moved from, as it threw
  CHECK(memory.use_count() == 1);
  CHECK(queue.size() == 0);
  CHECK(entered == 0);
}

namespace {

/// Its end uses the queue that it is in, and notes what it saw.
struct Nested {
  ReleaseQueue* queue = nullptr;
  std::shared_ptr<int> memory;
  Tape* tape = nullptr;
  std::size_t* seen = nullptr;

  Nested(ReleaseQueue* q, std::shared_ptr<int> m, Tape* t, std::size_t* s)
      : queue(q), memory(std::move(m)), tape(t), seen(s) {}
  Nested(Nested&& other) noexcept
      : queue(std::exchange(other.queue, nullptr)),
        memory(std::move(other.memory)),
        tape(other.tape),
        seen(other.seen) {}
  ~Nested() {
    if (queue == nullptr) return;
    *seen = queue->size() + queue->collect();
    queue->add(OnTape{tape}, std::move(memory));
  }
};

}  // namespace

TEST_CASE("a release may use the queue") {
  Tape tape;
  Tape other;
  auto const memory = std::make_shared<int>(1);
  std::size_t seen = 77;
  ReleaseQueue queue;
  queue.add(OnTape{&tape}, Nested(&queue, memory, &other, &seen));
  tape.done = true;
  CHECK(queue.collect() == 1);
  CHECK(seen == 0);
  CHECK(queue.size() == 1);
  CHECK(memory.use_count() == 2);
  other.done = true;
  CHECK(queue.collect() == 1);
  CHECK(memory.use_count() == 1);
}

TEST_CASE("threads add and collect at once, and every owner is released once") {
  constexpr int threads = 4;
  constexpr int each = 500;
  Tape tapes[threads];
  std::atomic<int> released{0};
  struct Counted {
    std::atomic<int>* count;
    explicit Counted(std::atomic<int>* c) noexcept : count(c) {}
    Counted(Counted&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
    ~Counted() {
      if (count != nullptr) ++*count;
    }
  };
  std::size_t collected = 0;
  {
    ReleaseQueue queue;
    std::mutex sum;
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
      pool.emplace_back([&, t] {
        std::size_t mine = 0;
        for (int i = 0; i < each; ++i) {
          queue.add(OnTape{&tapes[t]}, Counted(&released));
          if (i == each / 2) tapes[t].done = true;
          if (i % 7 == 0) mine += queue.collect();
        }
        std::lock_guard const lock(sum);
        collected += mine;
      });
    }
    for (std::thread& thread : pool) thread.join();
    collected += queue.collect();
    CHECK(queue.size() == 0);
  }
  CHECK(released == threads * each);
  CHECK(collected == static_cast<std::size_t>(threads * each));
}

TEST_CASE("a DLPack owner in the queue is released once") {
  static int calls = 0;
  calls = 0;
  pane::DlpackManagedTensorVersioned managed;
  managed.deleter = [](pane::DlpackManagedTensorVersioned*) { ++calls; };
  Tape tape;
  ReleaseQueue queue;
  queue.add(OnTape{&tape}, pane::DlpackOwner(&managed));
  CHECK(queue.collect() == 0);
  CHECK(calls == 0);
  tape.done = true;
  CHECK(queue.collect() == 1);
  CHECK(calls == 1);
  static_assert(!std::is_copy_constructible_v<ReleaseQueue>);
}
