// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_owner.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

using namespace pane;

namespace {

struct Calls {
  int count = 0;
  void* address = nullptr;
};

/// A managed tensor of six bytes whose deleter notes its calls.
template <class M>
struct Producer {
  std::uint8_t bytes[6] = {};
  std::int64_t shape[2] = {2, 3};
  std::int64_t strides[2] = {3, 1};
  Calls calls;
  M managed{};

  Producer() {
    managed.dl_tensor.data = bytes;
    managed.dl_tensor.ndim = 2;
    managed.dl_tensor.dtype = {1, 8, 1};
    managed.dl_tensor.shape = shape;
    managed.dl_tensor.strides = strides;
    managed.manager_ctx = &calls;
    managed.deleter = [](M* self) {
      auto* const noted = static_cast<Calls*>(self->manager_ctx);
      ++noted->count;
      noted->address = self;
    };
  }
};

}  // namespace

TEMPLATE_TEST_CASE("the deleter is called once, with the producer's address",
                   "",
                   DlpackManagedTensor,
                   DlpackManagedTensorVersioned) {
  Producer<TestType> p;
  {
    DlpackOwner const owner(&p.managed);
    CHECK(owner);
    CHECK(owner.get() == &p.managed);
    CHECK(owner.kind() == dlpack_kind_of<TestType>);
    CHECK(p.calls.count == 0);
  }
  CHECK(p.calls.count == 1);
  CHECK(p.calls.address == &p.managed);
}

TEMPLATE_TEST_CASE("an owner moves and never copies",
                   "",
                   DlpackManagedTensor,
                   DlpackManagedTensorVersioned) {
  static_assert(!std::is_copy_constructible_v<DlpackOwner>);
  static_assert(!std::is_copy_assignable_v<DlpackOwner>);
  static_assert(std::is_nothrow_move_constructible_v<DlpackOwner>);
  static_assert(std::is_nothrow_move_assignable_v<DlpackOwner>);
  Producer<TestType> p;
  Producer<TestType> q;
  {
    DlpackOwner a(&p.managed);
    DlpackOwner b(std::move(a));
    CHECK_FALSE(a);  // NOLINT: moved from on purpose
    CHECK(b);
    DlpackOwner c(&q.managed);
    c = std::move(b);
    CHECK(q.calls.count == 1);
    CHECK(p.calls.count == 0);
    DlpackOwner& same = c;
    c = std::move(same);
    CHECK(c);
    CHECK(p.calls.count == 0);
    c.reset();
    CHECK(p.calls.count == 1);
    c.reset();
  }
  CHECK(p.calls.count == 1);
  CHECK(q.calls.count == 1);
}

TEST_CASE("what is given up is not released") {
  Producer<DlpackManagedTensorVersioned> p;
  {
    DlpackOwner owner(&p.managed);
    CHECK(owner.release() == &p.managed);
    CHECK_FALSE(owner);
  }
  CHECK(p.calls.count == 0);
}

TEST_CASE("nothing and a null deleter are released without a call") {
  DlpackOwner const empty;
  CHECK_FALSE(empty);
  DlpackOwner const null(static_cast<DlpackManagedTensor*>(nullptr));
  CHECK_FALSE(null);
  Producer<DlpackManagedTensorVersioned> p;
  p.managed.deleter = nullptr;
  { DlpackOwner const owner(&p.managed); }
  CHECK(p.calls.count == 0);
}

TEMPLATE_TEST_CASE("a refused import and an exception release once",
                   "",
                   DlpackManagedTensor,
                   DlpackManagedTensorVersioned) {
  Producer<TestType> p;
  try {
    DlpackOwner const owner(&p.managed);
    from_dlpack<float const, HW>(owner, host);
    FAIL("accepted");
  } catch (ImportError const& error) {
    CHECK(error.code() == ImportReason::dtype_mismatch);
    CHECK(p.calls.count == 1);
  }
  try {
    DlpackOwner owner(&p.managed);
    auto const t = from_dlpack<std::uint8_t const, HW>(owner, host);
    CHECK(t.data() == p.bytes);
    throw std::runtime_error("a kernel failed");
  } catch (std::runtime_error const&) {
    CHECK(p.calls.count == 2);
  }
}

TEST_CASE("of an unknown version only the deleter is touched") {
  // Where a later major version would have its fields there is nothing: a read past the frozen three would be seen
  // by the sanitizer.
  struct Frozen {
    DlpackVersion version{2, 0};
    void* manager_ctx = nullptr;
    void (*deleter)(DlpackManagedTensorVersioned*) = nullptr;
  };
  Calls calls;
  auto* const frozen = new Frozen;
  frozen->manager_ctx = &calls;
  frozen->deleter = [](DlpackManagedTensorVersioned* self) {
    void* noted = nullptr;
    std::memcpy(&noted, reinterpret_cast<char*>(self) + 8, sizeof noted);
    ++static_cast<Calls*>(noted)->count;
  };
  {
    DlpackOwner const owner(static_cast<void*>(frozen), DlpackKind::versioned);
    try {
      from_dlpack(owner, host);
      FAIL("accepted");
    } catch (ImportError const& error) {
      CHECK(error.code() == ImportReason::unsupported_version);
    }
    CHECK(calls.count == 0);
  }
  CHECK(calls.count == 1);
  delete frozen;
}

TEST_CASE("a versioned struct under the legacy name is refused and let go without a call") {
  Producer<DlpackManagedTensorVersioned> p;
  p.managed.version = {1, 3};
  {
    DlpackOwner const owner(static_cast<void*>(&p.managed), DlpackKind::legacy);
    try {
      from_dlpack(owner, host);
      FAIL("accepted");
    } catch (ImportError const& error) {
      CHECK(error.code() == ImportReason::not_a_dlpack_capsule);
    }
  }
  CHECK(p.calls.count == 0);
}

TEST_CASE("a legacy struct under the versioned name is refused and let go without a call") {
  for (bool const null : {false, true}) {
    Producer<DlpackManagedTensor> p;
    if (null) p.managed.dl_tensor.data = nullptr;
    {
      DlpackOwner const owner(static_cast<void*>(&p.managed), DlpackKind::versioned);
      try {
        from_dlpack(owner, host);
        FAIL("accepted");
      } catch (ImportError const& error) {
        CHECK(error.code() == ImportReason::not_a_dlpack_capsule);
      }
    }
    CHECK(p.calls.count == 0);
  }
}

TEST_CASE("an owner that holds nothing cannot be imported") {
  DlpackOwner const owner;
  try {
    from_dlpack(owner, host);
    FAIL("accepted");
  } catch (ImportError const& error) {
    CHECK(error.code() == ImportReason::not_a_dlpack_capsule);
  }
}
