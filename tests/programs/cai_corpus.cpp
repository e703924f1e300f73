// SPDX-License-Identifier: MIT
// RUN: {data}/cai_corpus.jsonl
// cai_corpus FILE.jsonl...
//
// Holds labelled array interface dictionaries against the parser: verdict, reason and every field of the view of
// each line, its environment and its request, and what a named quirk does in strict, tolerant and producer mode.
// Prints every mismatch and "N lines, M mismatches"; exits with 1 on a mismatch or a line that cannot be read.

#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/python_text.hpp>
#include <tests/support/corpus.hpp>

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

std::string bytes_of_hex(std::string const& hex) {
  std::string out;
  if (hex.size() % 2 != 0) throw Unreadable("$bytes has an odd number of digits");
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int const high = pane::detail::hex_digit(hex[i]);
    int const low = pane::detail::hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) throw Unreadable("$bytes is not hexadecimal");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

/// The Python value that the JSON of the corpus stands for.
PythonValue decode(PythonValue const& v) {
  if (v.is(Kind::tuple)) {
    std::vector<PythonValue> items;
    for (PythonValue const& item : v.items) items.push_back(decode(item));
    return PythonValue::of_tuple(std::move(items));
  }
  if (!v.is(Kind::dict)) return v;
  if (v.keys.size() == 1 && v.keys[0].text.starts_with('$')) {
    std::string const& tag = v.keys[0].text;
    PythonValue const& inner = v.items[0];
    if (tag == "$list" && inner.is(Kind::tuple)) {
      PythonValue list = decode(inner);
      list.kind = Kind::list;
      return list;
    }
    if (tag == "$bytes" && inner.is(Kind::string))
      return PythonValue::of_bytes(bytes_of_hex(inner.text));
    if (tag == "$object" && inner.is(Kind::string)) return PythonValue::of_object(inner.text);
    if (tag == "$float" && inner.is(Kind::real)) return inner;
    if (tag == "$float" && (inner.is(Kind::integer) || inner.is(Kind::string)))
      return PythonValue::of_real(0);
    throw Unreadable("cannot decode " + shown(v));
  }
  PythonValue out = PythonValue::of_dict();
  for (std::size_t i = 0; i < v.keys.size(); ++i) out.add(v.keys[i].text, decode(v.items[i]));
  return out;
}

/// What the injected pointer query answers.
struct Environment {
  pane::MemoryInfo memory;
  int require_device = pane::any_device;

  pane::MemoryInfo query(std::uint64_t) const { return memory; }
};

std::optional<Environment> read_environment(PythonValue const& line) {
  PythonValue const* const env = line.find("env");
  if (env == nullptr) return std::nullopt;
  only_keys(*env, {"pointer", "require_device"}, "env");
  PythonValue const& pointer = need(*env, "pointer", Kind::dict);
  only_keys(pointer, {"type", "device", "alloc_base", "alloc_size", "accessible"}, "env.pointer");
  Environment out;
  std::string const& type = need(pointer, "type", Kind::string).text;
  using Type = pane::MemoryInfo::Type;
  if (type == "unregistered") {
    out.memory.type = Type::unregistered;
  } else if (type == "host") {
    out.memory.type = Type::pinned;
  } else if (type == "device") {
    out.memory.type = Type::device;
  } else if (type == "managed") {
    out.memory.type = Type::managed;
  } else {
    throw Unreadable("env.pointer.type is " + type);
  }
  if (auto const* v = pointer.find("device")) out.memory.device = static_cast<int>(i64(*v));
  if (pointer.find("accessible") != nullptr)
    out.memory.accessible = need(pointer, "accessible", Kind::boolean).truth;
  if (pointer.find("alloc_base") != nullptr || pointer.find("alloc_size") != nullptr) {
    out.memory.allocation =
        pane::MemoryInfo::Allocation{u64(need(pointer, "alloc_base", Kind::integer)),
                                     u64(need(pointer, "alloc_size", Kind::integer))};
  }
  if (auto const* v = env->find("require_device")) out.require_device = static_cast<int>(i64(*v));
  return out;
}

std::optional<pane::ArrayRequest> read_request(PythonValue const& line) {
  PythonValue const* const request = line.find("request");
  if (request == nullptr) return std::nullopt;
  only_keys(*request, {"mutable", "dtype", "rank", "layout", "opaque"}, "request");
  pane::ArrayRequest out;
  if (request->find("mutable") != nullptr && need(*request, "mutable", Kind::boolean).truth) {
    out.access = pane::Access::write;
  }
  if (request->find("opaque") != nullptr && need(*request, "opaque", Kind::boolean).truth) {
    out.opaque = pane::Opaque::accept;
  }
  if (request->find("dtype") != nullptr) {
    pane::Typestr const type = pane::parse_typestr(need(*request, "dtype", Kind::string).text);
    out.kind = type.kind;
    out.itemsize = type.itemsize;
  }
  if (auto const* v = request->find("rank")) out.rank = static_cast<int>(i64(*v));
  if (request->find("layout") != nullptr) {
    std::string const& layout = need(*request, "layout", Kind::string).text;
    if (layout == "C") {
      out.order = pane::MemoryOrder::c_contiguous;
    } else if (layout == "F") {
      out.order = pane::MemoryOrder::f_contiguous;
    } else if (layout == "row_pitch") {
      out.order = pane::MemoryOrder::row_pitch;
    } else {
      throw Unreadable("request.layout is " + layout);
    }
  }
  return out;
}

struct Verdict {
  std::optional<pane::ImportReason> reason;  ///< none is accepted
  std::string message;
  pane::ArrayView view;
  std::optional<pane::MemoryInfo> memory;
};

struct Line {
  PythonValue interface;
  pane::ArrayProtocol protocol = pane::ArrayProtocol::cuda_array_interface;
  std::optional<Environment> env;
  std::optional<pane::ArrayRequest> request;
};

Verdict judge(Line const& line, pane::CaiQuirks accept) {
  Verdict out;
  try {
    pane::CaiOptions const options{accept, line.protocol};
    out.view = pane::resolve(pane::parse_cuda_array_interface(line.interface, options), options);
    bool const on_device = line.protocol == pane::ArrayProtocol::cuda_array_interface;
    if (line.env && on_device)
      out.memory = pane::locate(out.view, *line.env, line.env->require_device);
    if (line.request) pane::check_request(out.view, *line.request);
  } catch (pane::ImportError const& error) {
    out.reason = error.code();
    out.message = error.what();
  }
  return out;
}

PythonValue fields_of(Verdict const& verdict) {
  pane::ArrayView const& v = verdict.view;
  PythonValue out = PythonValue::of_dict();
  out.add("shape", tuple_of(v.shape));
  out.add("strides", tuple_of(v.stride_bytes));
  out.add("itemsize", PythonValue::of_i64(v.type.itemsize));
  out.add("kind", PythonValue::of_string(std::string(1, v.type.kind)));
  out.add("readonly", PythonValue::of_bool(v.readonly));
  out.add("nelem", PythonValue::of_i64(v.size));
  out.add("span", tuple_of({v.span_low, v.span_high}));
  out.add("c_contig", PythonValue::of_bool(v.c_contiguous));
  out.add("f_contig", PythonValue::of_bool(v.f_contiguous));
  out.add("overlap", PythonValue::of_bool(v.overlaps));
  out.add("stream", PythonValue::of_string(describe(v.stream)));
  if (!v.type.unit.empty()) out.add("unit", PythonValue::of_string(v.type.unit));
  if (verdict.memory) {
    bool const pinned = verdict.memory->type == pane::MemoryInfo::Type::pinned;
    out.add("memory", PythonValue::of_string(pinned ? "host" : name(verdict.memory->type)));
    out.add("device", PythonValue::of_i64(verdict.memory->device));
  }
  return out;
}

/// Strides that nobody stated, of an array without elements: an extent of 0 may count as 0 or as 1.
bool same_empty_strides(Line const& line,
                        pane::ArrayView const& view,
                        PythonValue const& expected) {
  PythonValue const* const given = line.interface.find("strides");
  if (view.size != 0 || (given != nullptr && !given->is(Kind::none))) return false;
  std::vector<std::int64_t> strides(view.shape.size());
  std::int64_t step = view.type.itemsize;
  for (std::size_t i = strides.size(); i-- > 0;) {
    strides[i] = step;
    step *= view.shape[i];
  }
  return expected == tuple_of(strides);
}

class Lines : public test::Corpus {
 private:
  void check_line(PythonValue const& json) override {
    if (!json.is(Kind::dict)) throw Unreadable("not an object");
    name_line(need(json, "id", Kind::string).text);
    only_keys(json,
              {"id", "origin", "interface", "expect", "reason", "view", "why", "protocol",
               "request", "env", "quirk", "observed"},
              "the line");
    PythonValue const* const interface = json.find("interface");
    if (interface == nullptr) throw Unreadable("key interface is missing");
    Line line;
    line.interface = decode(*interface);
    if (json.find("protocol") != nullptr) {
      std::string const& protocol = need(json, "protocol", Kind::string).text;
      if (protocol == "array_interface") {
        line.protocol = pane::ArrayProtocol::array_interface;
      } else if (protocol != "cuda_array_interface") {
        throw Unreadable("protocol is " + protocol);
      }
    }
    line.env = read_environment(json);
    line.request = read_request(json);

    Verdict const verdict = judge(line, pane::cai::tolerant);
    std::string const& expect = need(json, "expect", Kind::string).text;
    if (expect == "reject") {
      std::string const& reason = need(json, "reason", Kind::string).text;
      auto const code = pane::find_import_reason(reason);
      if (!code) throw Unreadable("reason " + reason + " is unknown");
      if (!verdict.reason) {
        say("accepted, expected " + reason);
      } else if (verdict.reason != code) {
        say("refused as " + std::string(name(*verdict.reason)) + ", expected " + reason + ": " +
            verdict.message);
      }
    } else if (expect == "accept") {
      PythonValue const& view = need(json, "view", Kind::dict);
      if (verdict.reason) {
        say("refused, expected a view: " + verdict.message);
      } else {
        check_view(line, verdict, view);
      }
    } else {
      throw Unreadable("expect is " + expect);
    }
    check_modes(line, verdict, json.find("quirk"));
  }

  void check_view(Line const& line, Verdict const& verdict, PythonValue const& expected) {
    PythonValue const actual = fields_of(verdict);
    for (char const* key : {"shape", "strides", "itemsize", "kind", "readonly", "nelem", "span",
                            "c_contig", "f_contig", "overlap", "stream"}) {
      if (expected.find(key) == nullptr)
        throw Unreadable(std::string("view.") + key + " is missing");
    }
    only_keys(expected,
              {"shape", "strides", "itemsize", "kind", "readonly", "nelem", "span", "c_contig",
               "f_contig", "overlap", "stream", "unit", "memory", "device"},
              "view");
    for (std::size_t i = 0; i < expected.keys.size(); ++i) {
      std::string const& key = expected.keys[i].text;
      PythonValue const* const value = actual.find(key);
      if (value != nullptr && *value == expected.items[i]) continue;
      if (key == "strides" && same_empty_strides(line, verdict.view, expected.items[i])) continue;
      say("view." + key + " is " + (value != nullptr ? shown(*value) : "absent") + ", expected " +
          shown(expected.items[i]));
    }
  }

  /// What a mode tolerates is told apart from what every mode accepts, and the name of the tolerance is right.
  void check_modes(Line const& line, Verdict const& tolerant, PythonValue const* quirk) {
    Verdict const strict = judge(line, pane::cai::strict);
    if (tolerant.reason && !strict.reason) say("strict mode accepts what tolerant mode refuses");
    if (!tolerant.reason) {
      bool const clean = tolerant.view.quirks.empty();
      if (clean && strict.reason)
        say("strict mode refuses what needs no tolerance: " + strict.message);
      if (clean && !strict.reason && !(fields_of(strict) == fields_of(tolerant)))
        say("strict mode sees another view");
      if (!clean && !strict.reason) say("strict mode accepts what needs tolerance");
    }
    if (quirk == nullptr) return;
    if (!quirk->is(Kind::string)) throw Unreadable("quirk is " + shown(*quirk));
    if (!strict.reason) say("strict mode does not turn off " + quirk->text);
    Verdict const producer = judge(line, pane::cai::every_producer);
    if (producer.reason) {
      say("no producer preset recovers " + quirk->text + ": " + producer.message);
      return;
    }
    for (int i = 0; i < pane::cai_quirk_count; ++i) {
      auto const known = static_cast<pane::CaiQuirk>(1 << i);
      if (quirk->text == name(known) && !producer.view.quirks.has(known)) {
        say("the view does not say that it tolerated " + quirk->text);
      }
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  return Lines().run(argc, argv);
}
