// SPDX-License-Identifier: MIT
// RUN: {data}/cai_corpus.jsonl
// clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I include tests/fuzz/cai_text_fuzz.cpp
//
// Any bytes, as Python text and as JSON: they are refused by an exception of Pane's, or become a dictionary that
// survives printing and reading, and whose view keeps its promises.

#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/python_text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

void expect(bool rule) {
  if (!rule) __builtin_trap();
}

/// What the producer's driver would answer; also stands in for a stream.
struct Place {
  pane::MemoryInfo memory;

  pane::MemoryInfo query(std::uint64_t) const { return memory; }
  void check(pane::ArrayView const& view, pane::MemoryInfo const& info, int device) const {
    check_memory(view, info, device);
  }
  void wait_for(pane::CaiStream const&, int) const {}
};

void use(pane::CudaArrayInterface const& cai, pane::CaiOptions const& options) {
  std::string const python = to_python_text(cai);
  pane::CudaArrayInterface again = pane::from_python_text(python, options);
  again.quirks = cai.quirks;
  expect(again == cai);
  pane::from_json_text(to_json_text(cai), options);

  pane::ArrayView const view = resolve(cai, options);
  expect(view.shape.size() == view.stride_bytes.size());
  expect(view.span_low <= 0 && view.span_high >= 0);
  expect(view.size == 0 || view.data % static_cast<std::uint64_t>(view.type.alignment()) == 0);
  expect(!(view.c_contiguous && view.overlaps));

  Place place;
  place.memory.type = pane::MemoryInfo::Type::device;
  place.memory.device = 0;
  place.memory.allocation =
      pane::MemoryInfo::Allocation{view.data & ~std::uint64_t{0xfff}, 1 << 20};
  pane::AnyTensor const tensor = pane::from_cuda_array_interface(
      cai, place, {.accept = options.accept, .opaque_as = pane::DType::bf16});
  for (int i = 0; i < tensor.rank; ++i) expect(tensor.shape[i] >= 0);
  pane::CudaArrayInterface const out = to_cuda_array_interface(
      tensor, pane::nothing_pending, {.negative_strides = pane::NegativeStrides::allow});
  expect(resolve(out).size == view.size);
}

void feed(std::string_view text, bool json, pane::CaiQuirks accept) {
  pane::CaiOptions const options{.accept = accept};
  try {
    use(json ? pane::from_json_text(text, options) : pane::from_python_text(text, options),
        options);
  } catch (pane::ImportError const&) {
  } catch (pane::TextError const&) {
  }
}

/// Reading what was written gives the same text again.
void round_trip(std::string_view text) {
  std::optional<pane::PythonValue> value;
  try {
    value = pane::read_python_text(text);
  } catch (pane::TextError const&) {
    return;
  }
  std::string const written = to_python_text(*value);
  expect(to_python_text(pane::read_python_text(written)) == written);
  pane::read_json_text(to_json_text(*value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  round_trip(text);
  for (pane::CaiQuirks const accept :
       {pane::cai::strict, pane::cai::tolerant, pane::cai::every_producer}) {
    feed(text, false, accept);
    feed(text, true, accept);
  }
  return 0;
}
