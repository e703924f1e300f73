// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/config.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>

#include <cstdint>
#include <string>
#include <utility>  // std::move
#include <vector>

PANE_NAMESPACE_BEGIN

/// Whether an optional key was there, and whether it was None.
enum class Presence : std::uint8_t { absent, none, given };

/// The value of an optional key. Absent and None are different things and stay so.
template <class T>
struct CaiField {
  Presence presence = Presence::absent;
  T value{};

  CaiField() = default;
  CaiField(Presence is) : presence(is) {}  // NOLINT: absent or none
  CaiField(T given)
      : presence(Presence::given), value(std::move(given)) {}  // NOLINT: a value is a field

  bool given() const noexcept { return presence == Presence::given; }

  friend bool operator==(CaiField const&, CaiField const&) = default;
};

/// A `__cuda_array_interface__` dictionary as a plain struct, versions 0 to 3.
///
/// It describes memory of somebody else and neither owns it nor keeps it alive: hold the object that it came
/// from. Any values are allowed here; `resolve` judges them.
/// Source: the CUDA Array Interface of the Numba documentation, version 3.
struct CudaArrayInterface {
  std::vector<std::int64_t> shape;  ///< extents; empty for a single element
  std::string typestr = "|u1";      ///< type of one element, see `Typestr`
  std::uint64_t data = 0;  ///< address of element (0, ..., 0); 0 when there are no elements
  bool readonly = false;   ///< the memory must not be written
  int version = 3;         ///< of the protocol
  CaiField<std::vector<std::int64_t>> strides;  ///< in bytes, any sign; absent or None is C order
  CaiField<std::uint64_t> stream;  ///< 1 legacy default, 2 per-thread default, else a handle
  CaiField<PythonValue> descr;     ///< fields of a V type; otherwise without meaning
  CaiField<PythonValue> mask;      ///< anything but None is refused
  CaiQuirks quirks;                ///< what the parser tolerated; no part of the protocol

  friend bool operator==(CudaArrayInterface const&, CudaArrayInterface const&) = default;
};

/// The dictionary as a value: keys that are absent stay absent.
inline PythonValue to_python_value(CudaArrayInterface const& cai) {
  auto const integers = [](std::vector<std::int64_t> const& values) {
    std::vector<PythonValue> out;
    for (std::int64_t const v : values) out.push_back(PythonValue::of_i64(v));
    return PythonValue::of_tuple(std::move(out));
  };
  PythonValue dict = PythonValue::of_dict();
  dict.add("shape", integers(cai.shape));
  dict.add("typestr", PythonValue::of_string(cai.typestr));
  dict.add("data", PythonValue::of_tuple(
                       {PythonValue::of_u64(cai.data), PythonValue::of_bool(cai.readonly)}));
  dict.add("version", PythonValue::of_i64(cai.version));
  if (cai.strides.presence != Presence::absent) {
    dict.add("strides", cai.strides.given() ? integers(cai.strides.value) : PythonValue());
  }
  if (cai.stream.presence != Presence::absent) {
    dict.add("stream", cai.stream.given() ? PythonValue::of_u64(cai.stream.value) : PythonValue());
  }
  if (cai.descr.presence != Presence::absent) dict.add("descr", cai.descr.value);
  if (cai.mask.presence != Presence::absent) dict.add("mask", cai.mask.value);
  return dict;
}

/// "{'shape': (2, 3), 'typestr': '<f4', 'data': (139637976727552, False), 'version': 3, 'strides': None}"
inline std::string to_python_text(CudaArrayInterface const& cai) {
  return to_python_text(to_python_value(cai));
}

/// "{"shape": [2, 3], "typestr": "<f4", "data": [139637976727552, false], "version": 3, "strides": null}"
///
/// For tests, logs and other languages of the same process. An address means nothing in another process.
inline std::string to_json_text(CudaArrayInterface const& cai) {
  return to_json_text(to_python_value(cai));
}

PANE_NAMESPACE_END
