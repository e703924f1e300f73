// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

PANE_NAMESPACE_BEGIN

namespace detail {

/// Records inside records that a descr may have.
inline constexpr int max_descr_depth = 32;

/// Adds up the fields of a `descr`, in bytes, and refuses what is no list of fields.
class DescrReader {
 public:
  DescrReader(CaiQuirks accept, ArrayProtocol protocol) : accept_(accept), protocol_(protocol) {}

  CaiQuirks quirks() const noexcept { return quirks_; }

  std::int64_t bytes_of_list(PythonValue const& list, int depth) {
    if (depth > max_descr_depth) fail("records are nested more than 32 deep", list);
    if (!list.is(Kind::list))
      fail("it is a list of (name, type) or (name, type, repeat) tuples", list);
    std::int64_t sum = 0;
    std::vector<std::string> names;
    for (PythonValue const& entry : list.items) {
      std::string const name = name_of(entry);
      for (std::string const& other : names) {
        if (!name.empty() && name == other) fail("two fields have the same name", entry);
      }
      names.push_back(name);
      std::int64_t bytes = type_bytes(entry, depth);
      if (entry.items.size() == 3) bytes = repeated(bytes, entry);
      if (__builtin_add_overflow(sum, bytes, &sum)) fail("the fields do not fit in 64 bits", entry);
    }
    return sum;
  }

 private:
  using Kind = PythonValue::Kind;

  [[noreturn]] void fail(char const* rule, PythonValue const& value) const {
    refuse(protocol_, ImportReason::bad_descr, "descr: ", shown(value), ": ", rule);
  }

  std::string name_of(PythonValue const& entry) {
    bool const list = entry.is(Kind::list);
    if (!entry.is(Kind::tuple) && !(list && accept_.has(CaiQuirk::sequence_for_tuple))) {
      fail("a field is a tuple", entry);
    }
    if (list) quirks_ |= CaiQuirk::sequence_for_tuple;
    if (entry.items.size() < 2 || entry.items.size() > 3)
      fail("a field has a name, a type and perhaps a repeat", entry);
    PythonValue const& name = entry.items[0];
    if (name.is(Kind::string)) return name.text;
    bool const titled = name.is(Kind::tuple) && name.items.size() == 2 &&
                        name.items[0].is(Kind::string) && name.items[1].is(Kind::string);
    if (!titled) fail("a name is a string or a (title, name) pair", entry);
    return name.items[1].text;
  }

  std::int64_t type_bytes(PythonValue const& entry, int depth) {
    PythonValue const& type = entry.items[1];
    if (type.is(Kind::list)) return bytes_of_list(type, depth + 1);
    Typestr field;
    if (!type.is(Kind::string) || !scan_typestr(type.text, field)) {
      fail("a type is a typestr or a list of fields", entry);
    }
    if (field.kind == 'O' || field.kind == 't') {
      refuse(protocol_, ImportReason::unsupported_kind, "descr: ", shown(entry),
             ": a field of kind ", field.kind, " cannot be used on a device");
    }
    return field.itemsize;
  }

  std::int64_t repeated(std::int64_t bytes, PythonValue const& entry) const {
    PythonValue const& repeat = entry.items[2];
    bool const one = repeat.is(Kind::integer);
    if (!one && !repeat.is(Kind::tuple)) fail("a repeat is a tuple of integers", entry);
    std::size_t const count = one ? 1 : repeat.items.size();
    for (std::size_t i = 0; i < count; ++i) {
      PythonValue const& n = one ? repeat : repeat.items[i];
      if (!n.is(Kind::integer) || n.integer.negative || !n.integer.fits_i64()) {
        fail("a repeat is a tuple of integers from 0 to 2^63-1", entry);
      }
      if (__builtin_mul_overflow(bytes, n.integer.i64(), &bytes))
        fail("the field does not fit in 64 bits", entry);
    }
    return bytes;
  }

  CaiQuirks accept_;
  ArrayProtocol protocol_;
  CaiQuirks quirks_;
};

}  // namespace detail

/// Checks the field list of a V type: tuples of a name (or a title and a name), a typestr or a nested list, and
/// perhaps a repeat, whose bytes add up to the element. Unnamed fields are padding. The fields themselves may have
/// any byte order: the element stays opaque.
///
/// Returns what had to be tolerated.
///
/// @throws ImportError  bad_descr, descr_mismatch or unsupported_kind.
inline CaiQuirks check_descr(PythonValue const& descr,
                             std::int64_t itemsize,
                             CaiQuirks accept = cai::tolerant,
                             ArrayProtocol protocol = ArrayProtocol::cuda_array_interface) {
  detail::DescrReader reader(accept, protocol);
  std::int64_t const bytes = reader.bytes_of_list(descr, 0);
  if (bytes != itemsize) {
    detail::refuse(protocol, ImportReason::descr_mismatch, "descr: ", detail::shown(descr),
                   ": the fields have ", bytes, " bytes, an element has ", itemsize);
  }
  return reader.quirks();
}

PANE_NAMESPACE_END
