// SPDX-License-Identifier: MIT
#pragma once

// Arrays of known numbers in any layout, and the conversion of layout as a loop over indices, for the tests of copy.

#include <pane/core/numeric.hpp>
#include <pane/core/tensor.hpp>
#include <pane/ops/copy.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/machine.hpp>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace test {

struct Extents {
  std::int64_t n = 1;
  int h = 0;
  int w = 0;
  int c = 1;
};

/// Where the elements of an array are: strides in elements, `gap` elements after every row.
struct Arrangement {
  std::string axes;
  int block = 1;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> stride;
  std::size_t count = 0;
  int places = 0;  ///< channels, and the padding of the last block

  Arrangement(std::string const& names, int inner, Extents e, int gap)
      : axes(names), block(inner), shape(names.size()), stride(names.size()) {
    bool const blocked = axes.find('c') != std::string::npos;
    int const blocks = (e.c + block - 1) / block;
    places = blocked ? blocks * block : e.c;
    std::int64_t step = 1;
    for (std::size_t i = axes.size(); i-- > 0;) {
      char const a = axes[i];
      shape[i] = a == 'N'   ? e.n
                 : a == 'H' ? e.h
                 : a == 'W' ? e.w
                 : a == 'c' ? block
                 : blocked  ? blocks
                            : e.c;
      if (a == 'H') step += gap;
      stride[i] = step;
      step *= shape[i];
    }
    count = static_cast<std::size_t>(step);
  }

  std::size_t offset(std::int64_t n, int y, int x, int c) const {
    bool const blocked = axes.find('c') != std::string::npos;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      char const a = axes[i];
      sum += stride[i] * (a == 'N'   ? n
                          : a == 'H' ? y
                          : a == 'W' ? x
                          : a == 'c' ? c % block
                          : blocked  ? c / block
                                     : c);
    }
    return static_cast<std::size_t>(sum);
  }
};

template <class L>
Arrangement arrange(Extents e, int gap) {
  int block = 1;
  if constexpr (requires { L::block; }) block = L::block;
  return Arrangement(L::axes, block, e, gap);
}

template <class L, class T>
pane::Tensor<T, L> tensor_at(T* data, Arrangement const& a) {
  std::int64_t shape[L::rank];
  std::int64_t stride[L::rank];
  for (std::size_t i = 0; i < L::rank; ++i) {
    shape[i] = a.shape[i];
    stride[i] = a.stride[i] * static_cast<std::int64_t>(sizeof(T));
  }
  return pane::Tensor<T, L>::strided(data, shape, stride);
}

/// Element i of every source array.
template <class T>
std::vector<T> known_numbers(std::size_t count) {
  std::vector<T> v(count);
  for (std::size_t i = 0; i < count; ++i)
    v[i] = pane::saturate_cast<T>(static_cast<double>(i * 2654435761u % 1021) / 2 - 120);
  return v;
}

/// What dst must hold after the copy, everything that is no element of it being 0xCD.
template <class T, class U>
std::vector<U> converted(std::vector<T> const& from,
                         Arrangement const& src,
                         Arrangement const& dst,
                         Extents e) {
  std::vector<U> out(dst.count);
  if (!out.empty()) std::memset(static_cast<void*>(out.data()), 0xCD, out.size() * sizeof(U));
  for (std::int64_t n = 0; n < e.n; ++n) {
    for (int y = 0; y < e.h; ++y) {
      for (int x = 0; x < e.w; ++x) {
        for (int c = 0; c < dst.places; ++c) {
          out[dst.offset(n, y, x, c)] =
              c < e.c ? pane::saturate_cast<U>(from[src.offset(n, y, x, c)]) : U{};
        }
      }
    }
  }
  return out;
}

/// How an array differs from what it must hold: "" or the first place.
template <class T>
std::string first_difference(std::vector<T> const& got, std::vector<T> const& want) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (std::memcmp(&got[i], &want[i], sizeof(T)) != 0)
      return "element " + std::to_string(i) + " of " + std::to_string(want.size());
  }
  return got.size() == want.size() ? "" : "sizes";
}

/// Where the two arrays of a copy are.
struct Places {
  std::size_t src_offset = 0;  ///< elements past a multiple of 256 bytes
  std::size_t dst_offset = 0;
  int src_gap = 0;
  int dst_gap = 0;
};

/// One side of a copy, as messages name it.
struct Side {
  char const* axes;
  int channels;
  pane::DType type;
};

inline void report_copy(Side src, Side dst, Extents e, Places p, std::string const& difference) {
  INFO(src.axes << ' ' << src.channels << ' ' << pane::name(src.type) << " -> " << dst.axes << ' '
                << dst.channels << ' ' << pane::name(dst.type) << ", " << e.n << " x " << e.h
                << " x " << e.w << " x " << e.c << ", gaps " << p.src_gap << ' ' << p.dst_gap);
  CHECK(difference == "");
}

/// Copies from a tensor of layout S to one of layout D on the chosen machine, and checks that it did what the loop does.
template <class T, class S, class U, class D>
void check_copy(Extents e, Places p = {}) {
  Arrangement const src = arrange<S>(e, p.src_gap);
  Arrangement const dst = arrange<D>(e, p.dst_gap);
  auto const from = known_numbers<T>(src.count);
  Buffer<T> const in(from, p.src_offset * sizeof(T));
  Buffer<U> const out(dst.count, p.dst_offset * sizeof(U));
  on_machine([&](auto where) {
    pane::copy(where, tensor_at<S, T const>(in.data(), src), tensor_at<D>(out.data(), dst));
  });
  report_copy({S::axes, S::channels, pane::dtype_of<T>}, {D::axes, D::channels, pane::dtype_of<U>},
              e, p, first_difference(out.download(), converted<T, U>(from, src, dst, e)));
}

}  // namespace test
