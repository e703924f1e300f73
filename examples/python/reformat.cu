// SPDX-License-Identifier: MIT
#include <pane/ops/eager.hpp>

#include "verbs.hpp"

namespace example {
namespace {

using pane::AnyTensor;
using pane::DType;

/// The same elements with axes of extent 1 in front, until there are `rank`.
template <int Rank>
void widen(AnyTensor const& t, std::int64_t (&shape)[Rank], std::int64_t (&strides)[Rank]) {
  int const missing = Rank - t.rank;
  for (int i = 0; i < Rank; ++i) {
    shape[i] = i < missing ? 1 : t.shape[i - missing];
    strides[i] = i < missing ? 0 : t.stride_bytes[i - missing];
  }
}

template <class T, class L>
pane::Tensor<T, L> view_as(AnyTensor const& t) {
  std::int64_t shape[L::rank];
  std::int64_t strides[L::rank];
  widen(t, shape, strides);
  return pane::Tensor<T, L>::strided(static_cast<T*>(t.data), shape, strides);
}

template <class From, class To>
void convert(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  run(where, [&](auto place) {
    if constexpr (std::is_same_v<From, To>) {
      if (src.rank <= 3) {  // planes, which are read and written in words
        pane::reformat(place, view_as<From const, pane::NHW>(src), view_as<To, pane::NHW>(dst));
        return;
      }
    }
    pane::reformat(place, view_as<From const, pane::NCHW<>>(src), view_as<To, pane::NCHW<>>(dst));
  });
}

template <class From>
bool convert_to_any(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  switch (dst.dtype) {
    case DType::u8:
      return convert<From, std::uint8_t>(where, src, dst), true;
    case DType::f16:
      return convert<From, pane::f16>(where, src, dst), true;
    case DType::bf16:
      return convert<From, pane::bf16>(where, src, dst), true;
    case DType::f32:
      return convert<From, float>(where, src, dst), true;
    default:
      return false;
  }
}

bool convert_any(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  switch (src.dtype) {
    case DType::u8:
      return convert_to_any<std::uint8_t>(where, src, dst);
    case DType::f16:
      return convert_to_any<pane::f16>(where, src, dst);
    case DType::bf16:
      return convert_to_any<pane::bf16>(where, src, dst);
    case DType::f32:
      return convert_to_any<float>(where, src, dst);
    default:
      return false;
  }
}

/// Bytes are bytes: one kernel for all types of a size.
void copy_same(Where const& where, AnyTensor const& src, AnyTensor const& dst) {
  switch (pane::size_bytes(src.dtype)) {
    case 1:
      return convert<std::uint8_t, std::uint8_t>(where, src, dst);
    case 2:
      return convert<std::uint16_t, std::uint16_t>(where, src, dst);
    case 4:
      return convert<std::uint32_t, std::uint32_t>(where, src, dst);
    default:
      return convert<std::uint64_t, std::uint64_t>(where, src, dst);
  }
}

}  // namespace

void reformat(Where const& where, AnyTensor src, AnyTensor dst) {
  using pane::detail::concat;
  bool same = src.rank == dst.rank;
  for (int i = 0; same && i < src.rank; ++i) same = src.shape[i] == dst.shape[i];
  if (!same) {
    throw pane::InvalidArgument(concat("pane.reformat: src is ", src.text(), ", dst is ",
                                       dst.text(), ": the shapes must agree"));
  }
  if (src.rank > 4) {
    throw pane::Unsupported(
        concat("pane.reformat: src is ", src.text(), ": at most 4 axes are compiled in"));
  }
  if (src.dtype == dst.dtype) return copy_same(where, src, dst);
  if (!convert_any(where, src, dst)) {
    throw pane::Unsupported(concat("pane.reformat: src is ", src.text(), ", dst is ", dst.text(),
                                   ": between types, u8, f16, bf16 and f32 are compiled in"));
  }
}

}  // namespace example
