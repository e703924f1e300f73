// SPDX-License-Identifier: MIT
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_export.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace pane;

namespace {

alignas(16) float numbers[64];

AnyTensor any(std::vector<std::int64_t> const& shape,
              std::vector<std::int64_t> const& stride_bytes,
              DType dtype = DType::f32) {
  AnyTensor t;
  t.data = numbers;
  t.dtype = dtype;
  t.rank = static_cast<int>(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    t.shape[i] = shape[i];
    t.stride_bytes[i] = stride_bytes[i];
  }
  return t;
}

/// Exports, copies what the struct says, releases.
struct Seen {
  DlpackManagedTensorVersioned managed;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;

  explicit Seen(AnyTensor const& t, DlpackExportOptions const& options = {}) {
    auto* const out = to_dlpack(t, caller_keeps, options);
    managed = *out;
    auto const rank = static_cast<std::size_t>(out->dl_tensor.ndim);
    shape.assign(out->dl_tensor.shape, out->dl_tensor.shape + rank);
    strides.assign(out->dl_tensor.strides, out->dl_tensor.strides + rank);
    out->deleter(out);
  }
};

template <class Call>
std::string thrown(Call call) {
  try {
    call();
  } catch (Error const& error) {
    return error.what();
  }
  return "nothing";
}

using Strides = std::vector<std::int64_t>;
using Catch::Matchers::ContainsSubstring;

/// What the driver would answer, for as long as this lives.
class Driver {
 public:
  explicit Driver(MemoryInfo::Type type, int device = -1) {
    answer.type = type;
    answer.device = device;
    detail::query_driver = [](std::uint64_t) { return answer; };
  }
  ~Driver() { detail::query_driver = before_; }
  Driver(Driver const&) = delete;
  Driver& operator=(Driver const&) = delete;

 private:
  static inline MemoryInfo answer;
  MemoryInfo (*before_)(std::uint64_t) = detail::query_driver;
};

}  // namespace

TEST_CASE("a tensor goes out as DLPack 1.1") {
  Seen const s(any({2, 3}, {12, 4}));
  CHECK(s.managed.version == DlpackVersion{1, 1});
  CHECK(s.managed.flags == 0);
  CHECK(s.managed.dl_tensor.data == numbers);
  CHECK(s.managed.dl_tensor.byte_offset == 0);
  CHECK(s.managed.dl_tensor.device == DlpackDevice{DlpackDeviceType::cpu});
  CHECK(s.managed.dl_tensor.dtype == DlpackDataType{2, 32, 1});
  CHECK(s.shape == Strides{2, 3});
  CHECK(s.strides == Strides{3, 1});
}

TEST_CASE("strides are elements and always written") {
  CHECK(Seen(any({2, 3}, {32, 4})).strides == Strides{8, 1});
  CHECK(Seen(any({2, 3}, {4, 8})).strides == Strides{1, 2});
  CHECK(Seen(any({3, 4}, {0, 4})).strides == Strides{0, 1});
  CHECK(Seen(any({}, {})).strides.empty());
  CHECK(Seen(any({2, 3}, {8, 1}, DType::u8)).strides == Strides{8, 1});
}

TEST_CASE("the stride of an axis of extent 1 is the one of C order") {
  CHECK(Seen(any({1, 3}, {308, 4})).strides == Strides{3, 1});
  CHECK(Seen(any({3, 1}, {4, 400})).strides == Strides{1, 1});
  CHECK(Seen(any({1, 1}, {-4, 4})).strides == Strides{1, 1});
  CHECK(Seen(any({2, 1, 3}, {32, 4, 4})).strides == Strides{8, 3, 1});
}

TEST_CASE("without elements the address is null") {
  Seen const s(any({0, 3}, {-7, 5}));
  CHECK(s.managed.dl_tensor.data == nullptr);
  CHECK(s.shape == Strides{0, 3});
  CHECK(s.strides == Strides{3, 1});
}

TEST_CASE("read-only tensors say so") {
  AnyTensor t = any({2, 3}, {12, 4});
  t.readonly = true;
  CHECK(Seen(t).managed.flags == dlpack_flag::read_only);

  CHECK_THAT(thrown([&] { (void)to_dlpack<DlpackManagedTensor>(t, caller_keeps); }),
             ContainsSubstring("a legacy struct cannot say read-only"));
  auto* const out =
      to_dlpack<DlpackManagedTensor>(t, caller_keeps, {.read_only_mark = ReadOnlyMark::drop});
  CHECK(out->dl_tensor.data == numbers);
  CHECK(out->dl_tensor.strides[0] == 3);
  out->deleter(out);
}

TEST_CASE("negative strides are refused unless they are asked for") {
  AnyTensor t = any({2, 3}, {12, -4});
  t.data = numbers + 2;
  CHECK_THAT(thrown([&] { (void)to_dlpack(t, caller_keeps); }),
             ContainsSubstring("stride 1 is negative"));
  CHECK(Seen(t, {.negative_strides = NegativeStrides::allow}).strides == Strides{3, -1});
}

TEST_CASE("what describes no memory is refused") {
  AnyTensor t = any({2, 3}, {12, 4});
  t.data = nullptr;
  CHECK_THAT(thrown([&] { (void)to_dlpack(t, caller_keeps); }), ContainsSubstring("null_data"));
  t.data = reinterpret_cast<char*>(numbers) + 2;
  CHECK_THAT(thrown([&] { (void)to_dlpack(t, caller_keeps); }),
             ContainsSubstring("misaligned_pointer"));
  for (DType const dtype : {DType::f32, DType::bf16}) {
    CHECK_THAT(thrown([&] {
                 (void)to_dlpack(any({2, 3}, {13, 4}, dtype), caller_keeps);
               }),
               ContainsSubstring("stride_not_multiple"));
  }
  t.rank = 9;
  CHECK_THAT(thrown([&] { (void)to_dlpack(t, caller_keeps); }), ContainsSubstring("the rank is 9"));
}

TEST_CASE("the device is that of the memory") {
  using Type = MemoryInfo::Type;
  AnyTensor t = any({2, 3}, {12, 4});
  t.device = 5;  // no driver: the tensor's word
  CHECK(Seen(t).managed.dl_tensor.device == DlpackDevice{DlpackDeviceType::cuda, 5});
  auto const device = [&](Type type, int id) {
    Driver const driver(type, id);
    return Seen(t).managed.dl_tensor.device;
  };
  CHECK(device(Type::device, 1) == DlpackDevice{DlpackDeviceType::cuda, 1});
  CHECK(device(Type::pinned, 1) == DlpackDevice{DlpackDeviceType::cuda_host});
  CHECK(device(Type::managed, 1) == DlpackDevice{DlpackDeviceType::cuda_managed});
  CHECK(device(Type::unregistered, -1) == DlpackDevice{DlpackDeviceType::cpu});
}

TEST_CASE("another name of the device is written where it is true") {
  using Type = MemoryInfo::Type;
  AnyTensor const t = any({2, 3}, {12, 4});
  auto const named = [&](Type type, DlpackDevice const& device) {
    Driver const driver(type, type == Type::unregistered ? -1 : 1);
    DlpackDevice written;
    std::string const what =
        thrown([&] { written = Seen(t, {.device = device}).managed.dl_tensor.device; });
    if (what != "nothing") CHECK_THAT(what, ContainsSubstring("cannot be called"));
    return what == "nothing" && written == device;
  };
  DlpackDevice const cpu{DlpackDeviceType::cpu};
  DlpackDevice const cuda0{DlpackDeviceType::cuda, 0};
  DlpackDevice const cuda1{DlpackDeviceType::cuda, 1};
  DlpackDevice const pinned{DlpackDeviceType::cuda_host};
  DlpackDevice const managed{DlpackDeviceType::cuda_managed};
  CHECK(named(Type::pinned, cpu));
  CHECK(named(Type::pinned, cuda0));
  CHECK(named(Type::managed, cuda1));
  CHECK(named(Type::managed, cpu));
  CHECK(named(Type::device, cuda1));
  CHECK_FALSE(named(Type::device, cuda0));
  CHECK_FALSE(named(Type::device, cpu));
  CHECK_FALSE(named(Type::device, managed));
  CHECK_FALSE(named(Type::unregistered, cuda0));
  CHECK_FALSE(named(Type::unregistered, pinned));
  CHECK_FALSE(named(Type::pinned, managed));
}

TEST_CASE("the deleter ends what keeps the memory alive, on any thread") {
  auto const owner = std::make_shared<int>(7);
  auto* const out = to_dlpack(any({2, 3}, {12, 4}), owner);
  CHECK(owner.use_count() == 2);
  std::thread([&] { out->deleter(out); }).join();
  CHECK(owner.use_count() == 1);
}

TEST_CASE("a refused export lets go of what would have kept the memory alive") {
  auto const owner = std::make_shared<int>(7);
  CHECK_THROWS_AS(to_dlpack(any({2, 3}, {12, -4}), owner), InvalidArgument);
  CHECK(owner.use_count() == 1);
}

TEST_CASE("an import can be exported with its owner") {
  auto const owner = std::make_shared<int>(7);
  DlpackOwner first(to_dlpack(any({2, 3}, {12, 4}), owner));
  AnyTensor const t = from_dlpack(first, host);
  DlpackOwner second(to_dlpack(t, std::move(first)));
  CHECK(owner.use_count() == 2);
  second.reset();
  CHECK(owner.use_count() == 1);
}

namespace {

/// The versioned struct of a user's own header.
struct UserVersion {
  std::uint32_t major;
  std::uint32_t minor;
};
struct UserManaged {
  UserVersion version;
  void* manager_ctx;
  void (*deleter)(UserManaged* self);
  std::uint64_t flags;
  DlpackTensor dl_tensor;
};

}  // namespace

TEST_CASE("an export has the struct type of the user's header") {
  auto const owner = std::make_shared<int>(7);
  auto* const out = to_dlpack<UserManaged>(any({2, 3}, {12, 4}), owner);
  static_assert(std::is_same_v<decltype(out), UserManaged* const>);
  CHECK(out->version.major == 1);
  CHECK(out->version.minor == 1);
  CHECK(from_dlpack(out, host).rank == 2);
  CHECK(from_dlpack(&out->dl_tensor, host).rank == 2);
  DlpackOwner(out).reset();
  CHECK(owner.use_count() == 1);
}
