// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/descr.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/typestr.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

PANE_NAMESPACE_BEGIN

namespace detail {

/// Reads the values of a dictionary one by one, each type-checked before it is looked at.
class CaiParser {
 public:
  CaiParser(PythonValue const& dict, CaiOptions const& options) : dict_(dict), options_(options) {}

  CudaArrayInterface parse() {
    if (!dict_.is(Kind::dict)) {
      fail(ImportReason::not_a_dict, "the value is ", shown(dict_), ": it must be a dict");
    }
    PythonValue const& shape = required("shape");
    PythonValue const& typestr = required("typestr");
    bool const numpy = options_.protocol == ArrayProtocol::array_interface;
    bool const default_version =
        numpy && dict_.find("version") == nullptr && accepts(CaiQuirk::no_version);
    if (!default_version) required("version");
    PythonValue const& data = required("data");
    if (!default_version) read_version(required("version"));
    read_shape(shape);
    read_typestr(typestr);
    read_data(data);
    read_strides();
    read_mask();
    read_stream();
    return out_;
  }

 private:
  using Kind = PythonValue::Kind;

  template <class... Parts>
  [[noreturn]] void fail(ImportReason reason, Parts const&... rule) const {
    refuse(options_.protocol, reason, rule...);
  }

  PythonValue const& required(char const* key) const {
    PythonValue const* const value = dict_.find(key);
    if (value == nullptr) {
      fail(ImportReason::missing_key, "the key ", key,
           " is missing: shape, typestr, version and data are required");
    }
    return *value;
  }

  bool accepts(CaiQuirk quirk) {
    if (!options_.accept.has(quirk)) return false;
    out_.quirks |= quirk;
    return true;
  }

  /// The items of a tuple, or of a list where that is tolerated.
  std::vector<PythonValue> const& sequence(char const* field,
                                           PythonValue const& v,
                                           ImportReason reason) {
    if (!v.is(Kind::tuple) && !(v.is(Kind::list) && accepts(CaiQuirk::sequence_for_tuple))) {
      fail(reason, field, " is ", shown(v), ": it must be a tuple",
           v.is(Kind::list) ? ", not a list" : "");
    }
    return v.items;
  }

  void read_version(PythonValue const& v) {
    if (!v.is(Kind::integer))
      fail(ImportReason::bad_version_type, "version is ", shown(v), ": it must be an int");
    if (!v.integer.fits_i64())
      fail(ImportReason::unsupported_version, "version is ", shown(v),
           ": there is no such version");
    check_version(v.integer.i64(), options_.protocol);
    out_.version = static_cast<int>(v.integer.i64());
  }

  void read_shape(PythonValue const& v) {
    sequence("shape", v, ImportReason::bad_shape_type);
    out_.shape = extents_of(v, options_.protocol);
  }

  void read_typestr(PythonValue const& v) {
    bool const bytes = v.is(Kind::bytes) && accepts(CaiQuirk::bytes_typestr);
    if (!v.is(Kind::string) && !bytes) {
      fail(ImportReason::bad_typestr, "typestr is ", shown(v), ": it must be a str");
    }
    out_.typestr = v.text;
    Typestr const type = parse_typestr(v.text, options_.accept, options_.protocol);
    PythonValue const* const descr = dict_.find("descr");
    if (descr == nullptr) return;
    out_.descr = descr->is(Kind::none) ? CaiField<PythonValue>(Presence::none)
                                       : CaiField<PythonValue>(*descr);
    if (type.kind == 'V' && out_.descr.given()) {
      out_.quirks |= check_descr(*descr, type.itemsize, options_.accept, options_.protocol);
    }
  }

  void read_data(PythonValue const& v) {
    if (options_.protocol == ArrayProtocol::array_interface) check_numpy_data(v);
    auto const& items = sequence("data", v, ImportReason::bad_data);
    if (items.size() != 2) {
      fail(ImportReason::bad_data, "data is ", shown(v),
           ": it must be an (address, read-only) pair");
    }
    PythonValue const& address = items[0];
    if (!address.is(Kind::integer)) {
      fail(ImportReason::bad_data, "data[0] is ", shown(address), ": an address is an int");
    }
    if (!address.integer.fits_u64()) {
      fail(ImportReason::int_out_of_range, "data[0] is ", shown(address),
           ": an address is from 0 to 2^64-1");
    }
    out_.data = address.integer.magnitude;
    PythonValue const& flag = items[1];
    bool const number =
        flag.is(Kind::integer) && flag.integer.fits_u64() && flag.integer.magnitude <= 1;
    if (!flag.is(Kind::boolean) && !(number && accepts(CaiQuirk::integer_flag))) {
      fail(ImportReason::bad_data, "data[1] is ", shown(flag), ": the read-only flag is a bool");
    }
    out_.readonly = number ? flag.integer.magnitude == 1 : flag.truth;
  }

  /// NumPy also knows a buffer with an offset in the place of the address.
  void check_numpy_data(PythonValue const& v) {
    if (v.is(Kind::none) || v.is(Kind::object)) {
      fail(ImportReason::bad_data, "data is ", shown(v),
           ": only Python can ask a buffer for its address; pass numpy.asarray(x)");
    }
    PythonValue const* const offset = dict_.find("offset");
    bool const zero = offset == nullptr || offset->is(Kind::none) ||
                      (offset->is(Kind::integer) && *offset == PythonValue::of_i64(0));
    if (!zero) {
      fail(ImportReason::bad_data, "offset is ", shown(*offset),
           ": it counts from a buffer, and data is an address");
    }
  }

  void read_strides() {
    PythonValue const* const v = dict_.find("strides");
    if (v == nullptr) return;
    out_.strides = Presence::none;
    if (v->is(Kind::none)) return;
    auto const& items = sequence("strides", *v, ImportReason::bad_strides_type);
    out_.strides = std::vector<std::int64_t>();
    for (PythonValue const& s : items) {
      if (!s.is(Kind::integer)) {
        fail(ImportReason::bad_strides_type, "strides is ", shown(*v), ": ", shown(s),
             " is no int");
      }
      if (!s.integer.fits_i64()) {
        fail(ImportReason::int_out_of_range, "strides is ", shown(*v), ": ", shown(s),
             " does not fit in 64 bits");
      }
      out_.strides.value.push_back(s.integer.i64());
    }
    check_strides_rank(items.size(), out_.shape.size(), options_.protocol);
  }

  void read_mask() {
    PythonValue const* const v = dict_.find("mask");
    if (v == nullptr) return;
    out_.mask = Presence::none;
    if (!v->is(Kind::none)) {
      fail(ImportReason::masked, "mask is ", shown(*v),
           ": masked arrays are not supported; None means that all elements are valid");
    }
  }

  void read_stream() {
    PythonValue const* const v = dict_.find("stream");
    if (v == nullptr || options_.protocol == ArrayProtocol::array_interface) return;
    out_.stream = Presence::none;
    if (v->is(Kind::none)) return;
    if (!v->is(Kind::integer)) {
      fail(ImportReason::bad_stream_type, "stream is ", shown(*v), ": it must be None or an int");
    }
    if (v->integer.negative) {
      bool const minus_one = !v->integer.beyond_64_bits && v->integer.magnitude == 1;
      if (minus_one && accepts(CaiQuirk::cvcuda_stream_minus1)) return;
      fail(ImportReason::stream_negative, "stream is ", shown(*v),
           ": -1 is DLPack's word for nothing pending; here that is None");
    }
    if (!v->integer.fits_u64()) {
      fail(ImportReason::int_out_of_range, "stream is ", shown(*v), ": a handle is below 2^64");
    }
    resolve_stream(v->integer.magnitude, options_.accept, out_.quirks, options_.protocol);
    out_.stream = v->integer.magnitude;
  }

  PythonValue const& dict_;
  CaiOptions options_;
  CudaArrayInterface out_;
};

/// JSON has one kind of sequence, which the reader calls a tuple: the lists of a descr become lists again.
inline void descr_from_json(PythonValue& list, int depth) {
  if (!list.is(PythonValue::Kind::tuple) || depth > max_descr_depth) return;
  list.kind = PythonValue::Kind::list;
  for (PythonValue& entry : list.items) {
    if (entry.is(PythonValue::Kind::tuple) && entry.items.size() >= 2)
      descr_from_json(entry.items[1], depth + 1);
  }
}

}  // namespace detail

/// Takes a dictionary apart: types, ranges and grammar of every key, versions 0 to 3. Other keys mean nothing and
/// are ignored. Total: any value yields a struct or an error. `resolve` then checks what the numbers mean together.
///
/// The same for NumPy's `__array_interface__`, as `options.protocol`: see <pane/interop/array_interface.hpp>.
///
/// Order of checks: dict, required keys, version, shape, typestr, descr, data, strides, mask, stream.
///
/// @throws ImportError  with the field, its value, the rule and a code.
inline CudaArrayInterface parse_cuda_array_interface(PythonValue const& dict,
                                                     CaiOptions const& options = {}) {
  return detail::CaiParser(dict, options).parse();
}

/// The dictionary that Python printed: `repr(x.__cuda_array_interface__)`.
///
/// @throws TextError  the text is no Python literal.
/// @throws ImportError   the literal is no array interface.
inline CudaArrayInterface from_python_text(std::string_view text, CaiOptions const& options = {}) {
  return parse_cuda_array_interface(read_python_text(text), options);
}

/// The dictionary as JSON; its arrays stand for tuples, those of `descr` for lists of tuples.
///
/// @throws TextError  the text is no JSON.
/// @throws ImportError   the value is no array interface.
inline CudaArrayInterface from_json_text(std::string_view text, CaiOptions const& options = {}) {
  PythonValue dict = read_json_text(text);
  for (std::size_t i = 0; i < dict.keys.size(); ++i) {
    if (dict.keys[i].is(PythonValue::Kind::string) && dict.keys[i].text == "descr") {
      detail::descr_from_json(dict.items[i], 0);
    }
  }
  return parse_cuda_array_interface(dict, options);
}

PANE_NAMESPACE_END
