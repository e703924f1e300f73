// SPDX-License-Identifier: MIT
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_parse.hpp>
#include <tests/support/catch.hpp>

#include <string>

using pane::CudaArrayInterface;
using pane::Presence;

TEST_CASE("the dictionary is printed as Python and as JSON") {
  CudaArrayInterface cai;
  cai.shape = {2, 3};
  cai.typestr = "<f4";
  cai.data = 0xffff800000000000;
  cai.strides = Presence::none;
  cai.stream = 1;
  CHECK(to_python_text(cai) ==
        "{'shape': (2, 3), 'typestr': '<f4', 'data': (18446603336221196288, False), 'version': 3, "
        "'strides': None, "
        "'stream': 1}");
  CHECK(to_json_text(cai) ==
        "{\"shape\": [2, 3], \"typestr\": \"<f4\", \"data\": [18446603336221196288, false], "
        "\"version\": 3, "
        "\"strides\": null, \"stream\": 1}");
  cai.shape = {7};
  CHECK(to_python_text(cai).substr(0, 15) == "{'shape': (7,),");
}

TEST_CASE("absent, None and a value stay what they are through both kinds of text") {
  for (Presence const strides : {Presence::absent, Presence::none, Presence::given}) {
    for (Presence const stream : {Presence::absent, Presence::none, Presence::given}) {
      for (Presence const rest : {Presence::absent, Presence::none}) {
        CudaArrayInterface cai;
        cai.shape = {4, 5};
        cai.typestr = "<f4";
        cai.data = 4096;
        cai.readonly = true;
        cai.version = 2;
        cai.strides.presence = strides;
        if (strides == Presence::given) cai.strides.value = {-32, 4};
        cai.stream.presence = stream;
        if (stream == Presence::given) cai.stream.value = 94265387014832;
        cai.mask = rest;
        cai.descr = rest;
        CHECK(pane::from_python_text(to_python_text(cai)) == cai);
        CHECK(pane::from_json_text(to_json_text(cai)) == cai);
      }
    }
  }
}

TEST_CASE("the field list of a record survives both kinds of text") {
  CudaArrayInterface const cai = pane::from_python_text(
      "{'shape': (3,), 'typestr': '|V8', 'data': (4096, False), 'version': 3, "
      "'descr': [('a', '<i4'), ('b', [('c', '<u2'), ('', '|V2')])]}");
  REQUIRE(cai.descr.given());
  CHECK(pane::from_python_text(to_python_text(cai)) == cai);
  CHECK(pane::from_json_text(to_json_text(cai)) == cai);
}
