// SPDX-License-Identifier: MIT
// RUN: {data}/dlpack_corpus.jsonl
// dlpack_corpus FILE.jsonl...
//
// Holds labelled DLPack structs against the importer: verdict, reason and every field of the view of each line, the
// tensor that it becomes, what a named quirk does in strict, tolerant and producer mode, what a caller gets who asks
// for opaque elements, and that the deleter is called once whatever the verdict.
// Prints every mismatch and "N lines, M mismatches"; exits with 1 on a mismatch or a line that cannot be read.
//
// `change` lists what differs from the base: a versioned struct, 1.0, no flags, device (2, 0), float32, shape [2, 3],
// strides [3, 1], byte_offset 0, data {"base": 0}: so many bytes after an aligned address. `capsule` lists names to
// try. `env` is what the driver answers; without it there is one device, which owns the memory.

#include <pane/core/any_tensor.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/python_text.hpp>
#include <tests/support/corpus.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace test;  // need, i64, Unreadable, ...
using Kind = PythonValue::Kind;

constexpr std::uint64_t base = 0x7f0000000000;

std::vector<std::int64_t> integers(PythonValue const& v) {
  if (!v.is(Kind::tuple)) throw Unreadable("no list of integers: " + shown(v));
  std::vector<std::int64_t> out;
  for (PythonValue const& item : v.items) out.push_back(i64(item));
  return out;
}

/// The machine that an import happens on.
struct Machine {
  pane::MemoryInfo memory;
  int devices = 1;

  pane::MemoryInfo query(std::uint64_t) const { return memory; }
  void check(pane::ArrayView const& view, pane::MemoryInfo const& info, int device) const {
    check_memory(view, info, device);
  }
  void wait_for(pane::CaiStream const&, int) const {
    throw Unreadable("the import waits for a stream, and DLPack names none");
  }
  int device_count() const { return devices; }
};

Machine read_machine(PythonValue const* env) {
  Machine out;
  out.memory.type = pane::MemoryInfo::Type::device;
  out.memory.device = 0;
  if (env == nullptr) return out;
  only_keys(*env, {"pointer", "device_count"}, "env");
  PythonValue const& pointer = need(*env, "pointer", Kind::dict);
  only_keys(pointer, {"type", "device"}, "env.pointer");
  std::string const& type = need(pointer, "type", Kind::string).text;
  constexpr std::array<std::string_view, 4> names = {"unregistered", "host", "device", "managed"};
  bool found = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (type != names[i]) continue;
    out.memory.type = static_cast<pane::MemoryInfo::Type>(i);
    found = true;
  }
  if (!found) throw Unreadable("env.pointer.type is " + type);
  out.memory.device = static_cast<int>(i64(need(pointer, "device", Kind::integer)));
  if (auto const* v = env->find("device_count")) out.devices = static_cast<int>(i64(*v));
  return out;
}

/// A producer's struct, legacy or versioned, with everything that it points to.
class Producer {
 public:
  explicit Producer(PythonValue const& change) {
    only_keys(change,
              {"struct", "version", "flags", "device", "dtype", "ndim", "shape", "strides",
               "byte_offset", "data", "deleter", "manager_ctx", "capsule", "pointer"},
              "change");
    pane::DlpackTensor t;
    t.device = {pane::DlpackDeviceType::cuda, 0};
    t.dtype = {2, 32, 1};
    shape_ = {2, 3};
    strides_ = {3, 1};
    bool no_shape = false;
    bool no_strides = false;
    t.data = address(base);
    for (std::size_t i = 0; i < change.keys.size(); ++i) {
      std::string const& key = change.keys[i].text;
      PythonValue const& v = change.items[i];
      if (key == "struct") {
        kind_ = v.text == "legacy" ? pane::DlpackKind::legacy : pane::DlpackKind::versioned;
      } else if (key == "version") {
        auto const version = integers(v);
        versioned_.version = {static_cast<std::uint32_t>(version.at(0)),
                              static_cast<std::uint32_t>(version.at(1))};
        version_given_ = true;
      } else if (key == "flags") {
        versioned_.flags = u64(v);
      } else if (key == "device") {
        auto const device = integers(v);
        t.device.device_type = static_cast<std::int32_t>(device.at(0));
        t.device.device_id = static_cast<std::int32_t>(device.at(1));
      } else if (key == "dtype") {
        auto const dtype = integers(v);
        t.dtype = {static_cast<std::uint8_t>(dtype.at(0)), static_cast<std::uint8_t>(dtype.at(1)),
                   static_cast<std::uint16_t>(dtype.at(2))};
      } else if (key == "shape") {
        no_shape = v.is(Kind::none);
        if (!no_shape) shape_ = integers(v);
      } else if (key == "strides") {
        no_strides = v.is(Kind::none);
        if (!no_strides) strides_ = integers(v);
      } else if (key == "byte_offset") {
        t.byte_offset = u64(v);
      } else if (key == "data") {
        if (v.is(Kind::none)) {
          t.data = nullptr;
        } else if (v.is(Kind::dict)) {
          t.data = address(base + u64(need(v, "base", Kind::integer)));
        } else {
          t.data = address(u64(v));
        }
      } else if (key == "deleter") {
        counts_ = false;
      } else if (key == "manager_ctx") {
        context_ = false;
      } else if (key == "capsule") {
        for (PythonValue const& name : v.items) {
          names_.push_back(name.is(Kind::none) ? std::nullopt
                                               : std::optional<std::string>(name.text));
        }
      } else if (key == "pointer") {
        pointer_ = false;
      }
    }
    t.ndim = static_cast<std::int32_t>(shape_.size());
    if (auto const* v = change.find("ndim")) t.ndim = static_cast<std::int32_t>(i64(*v));
    t.shape = no_shape ? nullptr : shape_.data();
    t.strides = no_strides ? nullptr : strides_.data();
    legacy_.dl_tensor = t;
    versioned_.dl_tensor = t;
    if (!version_given_) versioned_.version = {1, 0};
    legacy_.manager_ctx = context_ ? this : nullptr;
    versioned_.manager_ctx = legacy_.manager_ctx;
    if (counts_) {
      legacy_.deleter = [](pane::DlpackManagedTensor* self) { count(self); };
      versioned_.deleter = [](pane::DlpackManagedTensorVersioned* self) { count(self); };
    }
    if (names_.empty()) names_.push_back(pane::dlpack_capsule_name(kind_));
  }
  Producer(Producer const&) = delete;
  Producer& operator=(Producer const&) = delete;

  std::vector<std::optional<std::string>> const& names() const { return names_; }
  bool deleter_counts() const { return counts_; }
  /// What a capsule holds.
  void* pointer() {
    if (!pointer_) return nullptr;
    return kind_ == pane::DlpackKind::legacy ? static_cast<void*>(&legacy_)
                                             : static_cast<void*>(&versioned_);
  }
  /// Calls of the deleter since the last question, with the address of this producer's struct.
  int calls() {
    int out = 0;
    for (void const* const self : called()) out += self == pointer() ? 1 : 1000;
    called().clear();
    return out;
  }

 private:
  static void* address(std::uint64_t value) {
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));
  }
  static std::vector<void const*>& called() {
    static std::vector<void const*> list;
    return list;
  }
  static void count(void const* self) { called().push_back(self); }

  pane::DlpackKind kind_ = pane::DlpackKind::versioned;
  pane::DlpackManagedTensor legacy_;
  pane::DlpackManagedTensorVersioned versioned_;
  std::vector<std::int64_t> shape_;
  std::vector<std::int64_t> strides_;
  std::vector<std::optional<std::string>> names_;
  bool version_given_ = false;
  bool counts_ = true;
  bool context_ = true;
  bool pointer_ = true;
};

struct Verdict {
  std::optional<pane::ImportReason> reason;  ///< none is accepted
  std::string message;
  pane::ArrayView view;
  pane::AnyTensor tensor;
  bool taken = false;  ///< the capsule was, so the deleter is the consumer's to call
};

/// What a binding does with a capsule: its name, the struct, the place; then it owns it.
Verdict judge(std::optional<std::string> const& name,
              void* pointer,
              Machine const& machine,
              pane::ImportOptions const& options) {
  Verdict out;
  try {
    auto const kind = pane::check_dlpack_capsule(name ? name->c_str() : nullptr, pointer);
    out.taken = true;
    pane::DlpackOwner const owner(pointer, kind);
    out.view = resolve(pane::read_dlpack(pointer, kind),
                       pane::detail::dlpack_options(options, pane::Access::read));
    out.tensor = from_dlpack(owner, machine, options);
  } catch (pane::ImportError const& error) {
    out.reason = error.code();
    out.message = error.what();
  }
  return out;
}

PythonValue fields_of(pane::ArrayView const& v) {
  PythonValue out = PythonValue::of_dict();
  out.add("shape", tuple_of(v.shape));
  out.add("strides", tuple_of(v.stride_bytes));
  out.add("offset", v.size == 0 ? PythonValue()
                                : PythonValue::of_i64(static_cast<std::int64_t>(v.data - base)));
  out.add("itemsize", PythonValue::of_i64(v.type.itemsize));
  out.add("kind", PythonValue::of_string(std::string(1, v.type.kind)));
  out.add("dtype", v.dtype ? PythonValue::of_string(name(*v.dtype)) : PythonValue());
  out.add("readonly", PythonValue::of_bool(v.readonly));
  out.add("nelem", PythonValue::of_i64(v.size));
  out.add("span", tuple_of({v.span_low, v.span_high}));
  out.add("c_contig", PythonValue::of_bool(v.c_contiguous));
  out.add("f_contig", PythonValue::of_bool(v.f_contiguous));
  out.add("overlap", PythonValue::of_bool(v.overlaps));
  return out;
}

class Lines : public test::Corpus {
 private:
  Verdict judge_once(std::optional<std::string> const& name, pane::ImportOptions const& options) {
    Producer& producer = *producer_;
    Verdict verdict = judge(name, producer.pointer(), machine_, options);
    // A struct under the wrong name has no deleter that could be found.
    bool const wrong_name = verdict.reason == pane::ImportReason::not_a_dlpack_capsule;
    int const expected = verdict.taken && producer.deleter_counts() && !wrong_name ? 1 : 0;
    int const calls = producer.calls();
    if (calls != expected) {
      say("the deleter was called " + std::to_string(calls) + " times, expected " +
          std::to_string(expected));
    }
    return verdict;
  }

  void check_reason(Verdict const& verdict, std::string const& reason) {
    auto const code = pane::find_import_reason(reason);
    if (!code) throw Unreadable("reason " + reason + " is unknown");
    if (!verdict.reason) {
      say("accepted, expected " + reason);
    } else if (verdict.reason != code) {
      say("refused as " + std::string(name(*verdict.reason)) + ", expected " + reason + ": " +
          verdict.message);
    }
  }

  void check_view(Verdict const& verdict, PythonValue const& expected) {
    if (verdict.reason) {
      say("refused, expected a view: " + verdict.message);
      return;
    }
    PythonValue const actual = fields_of(verdict.view);
    if (expected.keys.size() != actual.keys.size()) throw Unreadable("the view is not complete");
    for (std::size_t i = 0; i < expected.keys.size(); ++i) {
      std::string const& key = expected.keys[i].text;
      PythonValue const* const value = actual.find(key);
      if (value != nullptr && *value == expected.items[i]) continue;
      say("view." + key + " is " + (value != nullptr ? shown(*value) : "absent") + ", expected " +
          shown(expected.items[i]));
    }
    pane::AnyTensor const& t = verdict.tensor;
    pane::ArrayView const& v = verdict.view;
    bool same = t.dtype == v.dtype && t.readonly == (v.readonly || v.overlaps) &&
                t.rank == static_cast<int>(v.shape.size());
    auto const data = reinterpret_cast<std::uintptr_t>(t.data);
    same = same && (v.size == 0 ? t.data == nullptr : data == v.data);
    for (int i = 0; same && i < t.rank; ++i) {
      auto const axis = static_cast<std::size_t>(i);
      same = t.shape[i] == v.shape[axis] && t.stride_bytes[i] == v.stride_bytes[axis];
    }
    if (!same) say("the tensor is not the view: " + t.text());
  }

  void check_line(PythonValue const& json) override {
    if (!json.is(Kind::dict)) throw Unreadable("not an object");
    name_line(need(json, "id", Kind::string).text);
    only_keys(json,
              {"id", "origin", "change", "env", "expect", "reason", "view", "writable", "quirk",
               "quirk_view", "asked", "twice", "why", "observed"},
              "the line");
    Producer producer(need(json, "change", Kind::dict));
    producer_ = &producer;
    machine_ = read_machine(json.find("env"));
    std::string const& expect = need(json, "expect", Kind::string).text;
    if (expect != "accept" && expect != "reject") throw Unreadable("expect is " + expect);
    for (std::optional<std::string> const& name : producer.names()) {
      Verdict verdict = judge_once(name, {});
      if (json.find("twice") != nullptr) {
        if (verdict.reason) say("the first time: " + verdict.message);
        verdict = judge_once("used_" + name.value_or(""), {});
      }
      if (expect == "reject") {
        check_reason(verdict, need(json, "reason", Kind::string).text);
      } else {
        check_view(verdict, need(json, "view", Kind::dict));
      }
      check_modes(json, name, verdict);
    }
  }

  /// What a mode tolerates is told apart from what every mode accepts, and the name of the tolerance is right.
  void check_modes(PythonValue const& json,
                   std::optional<std::string> const& name,
                   Verdict const& tolerant) {
    if (json.find("twice") == nullptr) {
      Verdict const strict = judge_once(name, {.accept = pane::cai::strict});
      bool const clean = !tolerant.reason && tolerant.view.quirks.empty();
      if (clean == strict.reason.has_value()) say("strict mode: " + strict.message);
    }
    if (json.find("quirk") != nullptr) {
      std::string const& quirk = need(json, "quirk", Kind::string).text;
      Verdict const producer = judge_once(name, {.accept = pane::cai::every_producer});
      PythonValue const* const view = json.find("quirk_view");
      check_view(producer, view != nullptr ? *view : need(json, "view", Kind::dict));
      bool named = false;
      for (int i = 0; i < pane::cai_quirk_count; ++i) {
        auto const known = static_cast<pane::CaiQuirk>(1 << i);
        named = named || (quirk == pane::name(known) && producer.view.quirks.has(known));
      }
      if (!named) say("the view does not say that it tolerated " + quirk);
    }
    if (json.find("writable") != nullptr) {
      Producer& p = *producer_;
      auto const kind = pane::check_dlpack_capsule(name->c_str(), p.pointer());
      auto const array = pane::read_dlpack(p.pointer(), kind);
      auto const t = pane::from_dlpack<float, pane::HW>(array, machine_);
      if (t.data() == nullptr) say("no writable tensor on the caller's word");
    }
    if (json.find("asked") != nullptr) {
      PythonValue const& asked = need(json, "asked", Kind::dict);
      only_keys(asked, {"opaque_as", "itemsize", "kind"}, "asked");
      std::string const& dtype = need(asked, "opaque_as", Kind::string).text;
      pane::ImportOptions options;
      for (pane::DType const d : {pane::DType::u8, pane::DType::u32, pane::DType::u64}) {
        if (dtype == pane::name(d)) options.opaque_as = d;
      }
      if (!options.opaque_as) throw Unreadable("asked.opaque_as is " + dtype);
      Verdict const opaque = judge_once(name, options);
      bool const right =
          !opaque.reason && opaque.tensor.dtype == *options.opaque_as &&
          opaque.view.type.itemsize == i64(need(asked, "itemsize", Kind::integer)) &&
          need(asked, "kind", Kind::string).text == std::string(1, opaque.view.type.kind);
      if (!right) say("asked for as " + dtype + ": " + opaque.message);
    }
  }

  Producer* producer_ = nullptr;
  Machine machine_;
};

}  // namespace

int main(int argc, char** argv) {
  return Lines().run(argc, argv);
}
