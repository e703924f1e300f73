// SPDX-License-Identifier: MIT
#include <pane/interop/import_tensor.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>
#include <string>

using pane::ArrayProtocol;
using pane::ArrayView;
using pane::DType;
using pane::ImportReason;

namespace {

alignas(16) std::uint16_t memory[64];

/// What an importer of a protocol that knows bf16 fills in: six elements of `dtype`, 2 x 3.
ArrayView view_of(DType dtype, ArrayProtocol protocol = ArrayProtocol::dlpack) {
  ArrayView v;
  v.protocol = protocol;
  v.type = pane::parse_typestr(typestr_of(dtype));
  v.dtype = dtype;
  v.data = reinterpret_cast<std::uintptr_t>(memory);
  v.shape = {2, 3};
  v.stride_bytes = {3 * size_bytes(dtype), size_bytes(dtype)};
  pane::detail::check_array(v);
  return v;
}

template <class Call>
std::string judged(Call call, ArrayProtocol protocol = ArrayProtocol::dlpack) {
  try {
    call();
  } catch (pane::ImportError const& error) {
    std::string const prefix = "pane: " + std::string(name(protocol)) + ": ";
    CHECK(std::string(error.what()).substr(0, prefix.size()) == prefix);
    return name(error.code());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a protocol that has a code for bf16 needs no word of the caller's") {
  ArrayView const view = view_of(DType::bf16);
  auto const t = pane::detail::import_as<pane::bf16 const, pane::HW>(view, pane::host, {});
  CHECK(t.data() == reinterpret_cast<pane::bf16 const*>(memory));
  CHECK(pane::detail::import_any(view, pane::host, {}).dtype == DType::bf16);

  ArrayView opaque = view;  // as a CUDA Array Interface has it
  opaque.dtype.reset();
  CHECK(judged([&] {
          pane::detail::import_as<pane::bf16 const, pane::HW>(opaque, pane::host, {});
        }) == "dtype_mismatch");
  CHECK(judged([&] { pane::detail::import_any(opaque, pane::host, {}); }) == "dtype_mismatch");
  CHECK(pane::detail::import_any(opaque, pane::host, {.opaque_as = DType::bf16}).dtype ==
        DType::bf16);
}

TEST_CASE("another element type of the same size is another type") {
  CHECK(judged([&] {
          pane::detail::import_as<pane::f16 const, pane::HW>(view_of(DType::bf16), pane::host, {});
        }) == "dtype_mismatch");
  CHECK(judged([&] {
          pane::detail::import_as<pane::bf16 const, pane::HW>(view_of(DType::f16), pane::host, {});
        }) == "dtype_mismatch");
  CHECK(judged([&] {
          pane::detail::import_as<std::uint8_t const, pane::HW>(view_of(DType::boolean), pane::host,
                                                                {});
        }) == "dtype_mismatch");
}

TEST_CASE("messages name the protocol, the tensor and the rule") {
  for (ArrayProtocol const protocol :
       {ArrayProtocol::cuda_array_interface, ArrayProtocol::array_interface, ArrayProtocol::dlpack,
        ArrayProtocol::npy}) {
    CHECK(judged(
              [&] {
                pane::detail::import_as<float const, pane::HWC<3>>(view_of(DType::f32, protocol),
                                                                   pane::host, {});
              },
              protocol) == "rank_mismatch");
  }
  try {
    pane::detail::import_as<float const, pane::HWC<3>>(view_of(DType::f32), pane::host, {});
    FAIL("accepted");
  } catch (pane::ImportError const& error) {
    CHECK(error.what() == std::string("pane: DLPack: shape [2, 3] strides [12, 4] bytes, elements "
                                      "f32: rank 3 was asked for (rank_mismatch)"));
  }
}

TEST_CASE("read-only and overlapping views become const tensors only") {
  ArrayView view = view_of(DType::u16);
  view.readonly = true;
  CHECK(judged([&] { pane::detail::import_as<std::uint16_t, pane::HW>(view, pane::host, {}); }) ==
        "read_only");
  CHECK(pane::detail::import_any(view, pane::host, {}).readonly);
  view = view_of(DType::u16);
  view.stride_bytes = {0, 2};
  pane::detail::check_array(view);
  CHECK(view.overlaps);
  CHECK(judged([&] { pane::detail::import_as<std::uint16_t, pane::HW>(view, pane::host, {}); }) ==
        "overlapping_write");
  CHECK(pane::detail::import_any(view, pane::host, {}).readonly);
}

TEST_CASE("opaque bytes lie anywhere, but not as numbers") {
  ArrayView odd;
  odd.type = pane::parse_typestr("<V2");
  odd.data = reinterpret_cast<std::uintptr_t>(memory) + 1;
  odd.shape = {2, 3};
  odd.stride_bytes = {6, 2};
  CHECK_NOTHROW(pane::detail::check_array(odd));
  auto const import = [&] {
    return judged([&] { pane::detail::import_any(odd, pane::host, {.opaque_as = DType::bf16}); },
                  odd.protocol);
  };
  CHECK(import() == "misaligned_pointer");
  odd.data += 1;
  CHECK(import() == "accepted");
  odd.stride_bytes = {7, 2};
  CHECK(import() == "stride_not_multiple");
}
