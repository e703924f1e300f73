// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack_exchange.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#endif

using namespace pane;

namespace {

alignas(16) float numbers[6];
std::int64_t shape[2] = {2, 3};
std::int64_t strides[2] = {3, 1};

/// What stands for a Python object of a framework, and the framework's state.
struct Object {
  DlpackDevice device{DlpackDeviceType::cuda, 0};
  bool fails = false;
};
int released = 0;
void* work_stream = nullptr;
std::vector<DlpackDevice> asked;

void fill(Object const& object, DlpackTensor& out) {
  out = {numbers, object.device, 2, {2, 32, 1}, shape, strides, 0};
}

int lend(void* object, DlpackTensor* out) {
  auto const& o = *static_cast<Object*>(object);
  if (o.fails) return -1;
  fill(o, *out);
  return 0;
}
int give(void* object, DlpackManagedTensorVersioned** out) {
  auto const& o = *static_cast<Object*>(object);
  if (o.fails) return -1;
  auto* const managed = new DlpackManagedTensorVersioned;
  managed->version = {1, 3};
  managed->deleter = [](DlpackManagedTensorVersioned* self) {
    ++released;
    delete self;
  };
  fill(o, managed->dl_tensor);
  *out = managed;
  return 0;
}
int current(std::int32_t type, std::int32_t id, void** out) {
  asked.push_back({static_cast<DlpackDeviceType>(type), id});
  if (id == 1) return -1;
  *out = work_stream;
  return 0;
}

DlpackExchangeTable framework() {
  DlpackExchangeTable table;
  table.header.version = {1, 3};
  table.managed_tensor_from_py_object_no_sync = give;
  table.dltensor_from_py_object_no_sync = lend;
  table.current_work_stream = current;
  return table;
}

/// Notes what it is told to wait for.
struct Place {
  std::vector<std::string>* waits;
  MemoryInfo memory;

  MemoryInfo query(std::uint64_t) const { return memory; }
  void check(ArrayView const& view, MemoryInfo const& info, int device) const {
    check_memory(view, info, device);
  }
  void wait_for(CaiStream const& stream, int device) const {
    waits->push_back(describe(stream) + " on " + std::to_string(device));
  }
};

struct Setup {
  DlpackExchangeTable table = framework();
  Object object;
  std::vector<std::string> waits;
  Place place{&waits, {}};

  Setup() {
    place.memory.type = MemoryInfo::Type::device;
    place.memory.device = 0;
    asked.clear();
    released = 0;
    work_stream = nullptr;
  }
};

template <class Call>
std::string judged(Call call) {
  try {
    call();
  } catch (ImportError const& error) {
    return name(error.code());
  } catch (Unsupported const& error) {
    return std::string("unsupported: ") + error.what();
  } catch (Error const& error) {
    return error.what();
  }
  return "accepted";
}

using Waits = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("a lent tensor is read-only and waits for the framework's stream") {
  Setup s;
  work_stream = reinterpret_cast<void*>(0x5560);
  DlpackExchange const exchange(&s.table);
  AnyTensor const t = from_dlpack(exchange, &s.object, s.place);
  CHECK(t.data == numbers);
  CHECK(t.device == 0);
  CHECK(t.readonly);
  CHECK(s.waits == Waits{"handle:21856 on 0"});
  CHECK(asked == std::vector<DlpackDevice>{{DlpackDeviceType::cuda, 0}});
  CHECK(from_dlpack<float, HW>(exchange, &s.object, s.place).data() == numbers);
}

TEST_CASE("null and small handles are default streams") {
  Setup s;
  DlpackExchange const exchange(&s.table);
  for (std::uintptr_t const handle : {0u, 1u, 2u}) {
    work_stream = reinterpret_cast<void*>(handle);
    from_dlpack(exchange, &s.object, s.place);
  }
  CHECK(s.waits == Waits{"legacy on 0", "legacy on 0", "per_thread on 0"});
}

TEST_CASE("a tensor that was taken is released by its owner") {
  Setup s;
  DlpackExchange const exchange(&s.table);
  {
    DlpackOwner const owner = exchange.take(&s.object);
    auto const t = from_dlpack<float, HW>(exchange, owner, s.place);
    CHECK(t.data() == numbers);
    CHECK_FALSE(from_dlpack(exchange, owner, s.place).readonly);
    CHECK(s.waits.size() == 2);
    CHECK(released == 0);
  }
  CHECK(released == 1);
}

TEST_CASE("nobody waits when nothing is to be waited for") {
  Setup s;
  DlpackExchange const exchange(&s.table);
  from_dlpack(exchange, &s.object, s.place, {.ordering = Ordering::by_caller});
  CHECK(asked.empty());
  s.object.device = {DlpackDeviceType::cpu};
  from_dlpack(exchange, &s.object, host);
  CHECK(asked.empty());
  s.object.device = {DlpackDeviceType::rocm};
  CHECK(judged([&] { from_dlpack(exchange, &s.object, s.place); }) == "unsupported_device");
  CHECK(asked.empty());
  CHECK(s.waits.empty());
}

TEST_CASE("a refused import has waited for nothing") {
  Setup s;
  DlpackExchange const exchange(&s.table);
  CHECK(judged([&] { from_dlpack<double const, HW>(exchange, &s.object, s.place); }) ==
        "dtype_mismatch");
  s.place.memory.type = MemoryInfo::Type::unregistered;
  CHECK(judged([&] { from_dlpack(exchange, &s.object, s.place); }) == "not_device_accessible");
  CHECK(s.waits.empty());
}

TEST_CASE("the framework's failures are errors") {
  Setup s;
  DlpackExchange const exchange(&s.table);
  s.object.fails = true;
  CHECK_THAT(judged([&] { from_dlpack(exchange, &s.object, s.place); }),
             ContainsSubstring("dltensor_from_py_object_no_sync failed"));
  CHECK_THAT(judged([&] { exchange.take(&s.object); }),
             ContainsSubstring("managed_tensor_from_py_object_no_sync failed"));
  s.object.fails = false;
  s.object.device.device_id = 1;
  CHECK_THAT(judged([&] { from_dlpack(exchange, &s.object, s.place); }),
             ContainsSubstring("current_work_stream failed"));
  s.table.dltensor_from_py_object_no_sync = nullptr;
  CHECK_THAT(judged([&] { from_dlpack(exchange, &s.object, s.place); }),
             ContainsSubstring("unsupported: pane::DlpackExchange::borrow"));
  CHECK(released == 0);
}

TEST_CASE("the newest table that is understood is used") {
  Setup s;
  DlpackExchangeTable newer = framework();
  newer.header.version = {2, 0};
  newer.current_work_stream = nullptr;
  newer.header.prev_api = &s.table.header;
  CHECK(&DlpackExchange(&newer).table() == &s.table);
  newer.header.prev_api = nullptr;
  CHECK(judged([&] { DlpackExchange const e(&newer); }) == "unsupported_version");
  CHECK(judged([&] { DlpackExchange const e(nullptr); }) == "not_a_dlpack_capsule");
  s.table.managed_tensor_from_py_object_no_sync = nullptr;
  CHECK(judged([&] { DlpackExchange const e(&s.table); }) == "not_a_dlpack_capsule");
}

TEST_CASE("the table has the layout of dlpack.h") {
#if defined(DLPACK_MAJOR_VERSION) && (DLPACK_MAJOR_VERSION > 1 || DLPACK_MINOR_VERSION >= 3)
  CHECK(sizeof(::DLPackExchangeAPI) == sizeof(DlpackExchangeTable));
  CHECK(offsetof(::DLPackExchangeAPI, managed_tensor_from_py_object_no_sync) == 24);
  CHECK(offsetof(::DLPackExchangeAPI, dltensor_from_py_object_no_sync) == 40);
  CHECK(offsetof(::DLPackExchangeAPI, current_work_stream) == 48);
#else
  PANE_SKIP("needs dlpack/dlpack.h of version 1.3 or later");
#endif
}
