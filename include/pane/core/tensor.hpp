// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/bytes.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/pack.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/vec.hpp>

#include <cstddef>  // std::byte
#include <cstdint>
#include <string>
#include <type_traits>

PANE_NAMESPACE_BEGIN

/// Non-owning view of a dense array in somebody else's memory: a pointer, a shape and strides in bytes.
///
/// Shapes    as many extents as the layout has axes, each 0 or more; strides of any sign, 0 included
/// Elements  `T`, const for read-only memory; see `Element`
/// Memory    nothing is owned, copied or kept alive; the address is a multiple of the element size
/// Errors    every constructor throws `InvalidArgument` when the numbers do not describe memory that can exist
///
/// Trivially copyable: it is passed to kernels by value. A tensor is an image (see core/image.hpp): with a number
/// of channels in its layout, `tensor(n, y, x)` is one pixel.
template <Element T, TensorLayout L>
class Tensor {
 public:
  using element_type = T;
  using value_type = std::remove_const_t<T>;
  using layout_type = L;
  using index_type = std::int64_t;
  static constexpr int rank = L::rank;
  static constexpr int channels = L::channels;

  /// The extents or strides of a tensor, as braces: {16, 3, 640, 640}.
  using Extents = index_type const (&)[rank];

  /// An empty tensor.
  constexpr Tensor() noexcept = default;

  /// Packed in C order: the last axis is contiguous, nothing lies between rows.
  Tensor(T* data, Extents shape) : Tensor(data, shape, index_type{-1}) {}

  /// Rows (the H axis) `pitch_bytes` apart, everything inside a row packed, images and planes directly after each
  /// other. This is what `cudaMallocPitch`, decoders and OpenCV hand out.
  static Tensor pitched(T* data, Extents shape, index_type pitch_bytes) {
    if (pitch_bytes < 0) {
      throw InvalidArgument(detail::concat("pane::Tensor::pitched: pitch_bytes is ", pitch_bytes,
                                           "; it must not be negative"));
    }
    return Tensor(data, shape, pitch_bytes);
  }

  /// Any strides, in bytes, one an axis. Negative ones walk backwards from `data`, 0 repeats an element.
  static Tensor strided(T* data, Extents shape, Extents stride_bytes) {
    Tensor t;
    t.data_ = data;
    for (int i = 0; i < rank; ++i) {
      t.shape_[i] = shape[i];
      t.stride_bytes_[i] = stride_bytes[i];
    }
    t.validate();
    return t;
  }

  /// Writable to read-only, and a fixed number of channels to a run-time one.
  template <class U, class M>
  requires(std::is_convertible_v<U (*)[], T (*)[]>&& L::rank == M::rank &&
           !std::is_same_v<Tensor<U, M>, Tensor> &&
           (std::is_same_v<L, M> || (L::channels == dynamic && detail::same_axes<L, M>)))
      PANE_HOST_DEVICE constexpr Tensor(Tensor<U, M> const& other) noexcept
      : data_(other.data()) {
    for (int i = 0; i < rank; ++i) {
      shape_[i] = other.extent(i);
      stride_bytes_[i] = other.stride_bytes(i);
    }
  }

  PANE_HOST_DEVICE constexpr T* data() const noexcept { return data_; }
  PANE_HOST_DEVICE constexpr index_type const* shape() const noexcept { return shape_; }
  PANE_HOST_DEVICE constexpr index_type extent(int axis) const noexcept { return shape_[axis]; }
  PANE_HOST_DEVICE constexpr index_type const* strides_bytes() const noexcept {
    return stride_bytes_;
  }
  PANE_HOST_DEVICE constexpr index_type stride_bytes(int axis) const noexcept {
    return stride_bytes_[axis];
  }

  /// Extents by name; an axis that the layout lacks has 1.
  PANE_HOST_DEVICE constexpr index_type batch() const noexcept {
    return extent_of(detail::axis_n<L>);
  }
  PANE_HOST_DEVICE constexpr index_type height() const noexcept {
    return extent_of(detail::axis_h<L>);
  }
  PANE_HOST_DEVICE constexpr index_type width() const noexcept {
    return extent_of(detail::axis_w<L>);
  }
  PANE_HOST_DEVICE constexpr index_type channel_count() const noexcept {
    if constexpr (L::channels != dynamic) return L::channels;
    return extent_of(detail::axis_c<L>) * extent_of(detail::axis_block<L>);
  }
  /// Bytes from one row to the next.
  PANE_HOST_DEVICE constexpr index_type pitch_bytes() const noexcept {
    return stride_of(detail::axis_h<L>);
  }

  /// Number of elements.
  PANE_HOST_DEVICE constexpr index_type size() const noexcept {
    index_type count = 1;
    for (int i = 0; i < rank; ++i) count *= shape_[i];
    return count;
  }
  PANE_HOST_DEVICE constexpr bool empty() const noexcept { return size() == 0; }

  /// Whether the elements fill their memory in C order. Axes of extent 1 do not count; an empty tensor is.
  PANE_HOST_DEVICE constexpr bool is_contiguous() const noexcept {
    if (empty()) return true;
    index_type expected = sizeof(T);
    for (int i = rank - 1; i >= 0; --i) {
      if (shape_[i] != 1 && stride_bytes_[i] != expected) return false;
      expected *= shape_[i];
    }
    return true;
  }

  /// Address of channel c of the pixel (n, y, x). The offset is computed in 64 bits.
  PANE_HOST_DEVICE T* address(index_type n, index_type y, index_type x, int c = 0) const noexcept {
    using Byte = std::conditional_t<std::is_const_v<T>, std::byte const, std::byte>;
    index_type offset = y * stride_bytes_[detail::axis_h<L>] + x * stride_bytes_[detail::axis_w<L>];
    if constexpr (detail::axis_n<L> >= 0) offset += n * stride_bytes_[detail::axis_n<L>];
    if constexpr (detail::axis_block<L> >= 0) {
      int block;
      if constexpr (detail::fixed_extent<L>(detail::axis_block<L>) != dynamic) {
        block = detail::fixed_extent<L>(detail::axis_block<L>);
      } else {
        block = static_cast<int>(shape_[detail::axis_block<L>]);
      }
      offset += c / block * stride_bytes_[detail::axis_c<L>] +
                c % block * stride_bytes_[detail::axis_block<L>];
    } else if constexpr (detail::axis_c<L> >= 0) {
      offset += c * stride_bytes_[detail::axis_c<L>];
    }
    return reinterpret_cast<T*>(reinterpret_cast<Byte*>(data_) + offset);
  }

  // ---- the image: see core/image.hpp ----
  using pixel = Vec<value_type, channels == dynamic ? 1 : channels>;

  /// Height and width; the same for every image of the batch.
  PANE_HOST_DEVICE constexpr Size size(index_type) const noexcept {
    return {static_cast<int>(height()), static_cast<int>(width())};
  }

  /// The pixel (n, y, x).
  PANE_HOST_DEVICE pixel operator()(index_type n, int y, int x) const noexcept {
    static_assert(channels != dynamic,
                  "pane: this tensor has a run-time number of channels: wrap the call in "
                  "pane::with_channels(tensor, f)");
    pixel out;
    for (int c = 0; c < pixel::channels; ++c) out.v[c] = *address(n, y, x, c);
    return out;
  }

  /// P neighbouring pixels in whole words, x a multiple of P; only where `packs<P>()` holds.
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE Run<pixel, P> run(index_type n, int y, int x) const noexcept {
    return detail::tensor_load<P>(*this, n, y, x);
  }
  template <int P>
  bool packs() const noexcept {
    return detail::tensor_packs<P>(*this);
  }

  /// Writes one pixel, or P of them in whole words where `packs<P>()` holds, by `saturate_cast`.
  template <class U>
  PANE_HOST_DEVICE PANE_INLINE void store(index_type n,
                                          int y,
                                          int x,
                                          Vec<U, pixel::channels> const& value) const noexcept {
    static_assert(channels != dynamic,
                  "pane: this destination has a run-time number of channels: wrap the call in "
                  "pane::with_channels(tensor, f)");
    detail::tensor_store(*this, n, y, x, saturate_cast<value_type>(value));
  }
  template <int P, class U>
  PANE_HOST_DEVICE PANE_INLINE void store(
      index_type n, int y, int x, Run<Vec<U, pixel::channels>, P> const& values) const noexcept {
    Run<pixel, P> out;
    if constexpr (P == detail::host_run) {  // one loop over all samples, for the vectors of the CPU
      auto const* samples = reinterpret_cast<U const*>(&values);
      auto* results = reinterpret_cast<value_type*>(&out);
      for (int i = 0; i < P * pixel::channels; ++i)
        results[i] = saturate_cast<value_type>(samples[i]);
    } else {
      out = detail::saturated<pixel>(values);
    }
    detail::tensor_store<P>(*this, n, y, x, out);
  }

  /// P columns of planes from x on, into which `column.store(y, run)` writes, where `packs<1>()` holds too.
  template <int P>
  PANE_HOST_DEVICE PANE_INLINE auto column(index_type n, int x) const noexcept {
    return detail::Column<Tensor, P>(*this, n, x);
  }

  /// The same where `packs_bytes<P>()` holds: rows of bytes at any address and any pitch.
  template <int P, class U>
  PANE_HOST_DEVICE PANE_INLINE void store_bytes(
      index_type n, int y, int x, Run<Vec<U, pixel::channels>, P> const& values) const noexcept {
    detail::store_bytes<P>(
        *this, n, y, x,
        detail::bits_to<detail::Words<P, Tensor>>(detail::saturated<pixel>(values)));
  }
  template <int P>
  bool packs_bytes() const noexcept {
    if constexpr (detail::has_bytes<Tensor> && P * channels % 4 == 0) {
      return detail::rows_are_dense(*this);
    } else {
      return false;
    }
  }

 private:
  Tensor(T* data, Extents shape, index_type pitch_bytes) : data_(data) {
    index_type step = sizeof(T);
    bool fits = true;
    bool empty_row = false;
    for (int i = rank - 1; i >= 0; --i) {
      shape_[i] = shape[i];
      if (i == detail::axis_h<L> && pitch_bytes >= 0) {
        if (shape_[i] > 1 && !empty_row && pitch_bytes < step) {
          throw InvalidArgument(detail::concat(
              "pane::Tensor::pitched: ", text_of(shape), ": pitch_bytes is ", pitch_bytes,
              " but a row has ", step, " bytes; the pitch counts bytes and covers a whole row"));
        }
        step = pitch_bytes;
      }
      stride_bytes_[i] = step;
      empty_row = empty_row || shape_[i] == 0;
      fits = fits && !__builtin_mul_overflow(step, shape_[i] == 0 ? 1 : shape_[i], &step);
    }
    if (!fits)
      throw InvalidArgument(
          detail::concat("pane::Tensor: ", text_of(shape), ": the bytes do not fit in 64 bits"));
    validate();
  }

  static std::string text_of(Extents shape) {
    return detail::concat(L::axes, " ", name(dtype_of<T>), " ", detail::list_text(shape, rank));
  }

  void validate() const {
    auto const fail = [&](auto const&... rule) {
      throw InvalidArgument(detail::concat(
          "pane::Tensor: ",
          detail::tensor_text(L::axes, name(dtype_of<T>), shape_, stride_bytes_, rank, data_), ": ",
          rule...));
    };
    bool none = false;
    index_type count = 1;
    bool fits = true;
    for (int i = 0; i < rank; ++i) {
      if (shape_[i] < 0) fail("extent ", i, " is negative");
      int const fixed = detail::fixed_extent<L>(i);
      if (fixed != dynamic && shape_[i] != fixed)
        fail("extent ", i, " must be ", fixed, ": the layout fixes it");
      if (i != detail::axis_n<L> && i != detail::axis_c<L> && shape_[i] > 0x7fffffff) {
        fail("extent ", i, " is above 2147483647, the limit for rows and columns");
      }
      if (shape_[i] == 0) {
        none = true;
      } else {
        fits = fits && !__builtin_mul_overflow(count, shape_[i], &count);
      }
    }
    fits = fits && !__builtin_mul_overflow(count, static_cast<index_type>(sizeof(T)), &count);
    if (!fits) fail("the bytes do not fit in 64 bits");
    if (none) return;
    if (data_ == nullptr) fail("the address is null but there are elements");
    if (reinterpret_cast<std::uintptr_t>(data_) % sizeof(T) != 0)
      fail("the address is no multiple of the element size, ", sizeof(T));
    for (int i = 0; i < rank; ++i) {
      if (shape_[i] > 1 && stride_bytes_[i] % static_cast<index_type>(sizeof(T)) != 0) {
        fail("stride ", i, " is no multiple of the element size, ", sizeof(T),
             "; strides count bytes");
      }
    }
    detail::Span const span = detail::span_of(shape_, stride_bytes_, rank, sizeof(T));
    auto const base = reinterpret_cast<std::uintptr_t>(data_);
    index_type bytes;
    if (!span.ok || __builtin_sub_overflow(span.high, span.low, &bytes) ||
        static_cast<std::uintptr_t>(-span.low) > base ||
        static_cast<std::uintptr_t>(span.high) > UINTPTR_MAX - base) {
      fail("the strides reach beyond 64 bits");
    }
  }

  PANE_HOST_DEVICE constexpr index_type extent_of(int axis) const noexcept {
    return axis < 0 ? 1 : shape_[axis];
  }
  PANE_HOST_DEVICE constexpr index_type stride_of(int axis) const noexcept {
    return axis < 0 ? 0 : stride_bytes_[axis];
  }

  T* data_ = nullptr;
  index_type shape_[rank] = {};
  index_type stride_bytes_[rank] = {};
};

static_assert(std::is_trivially_copyable_v<Tensor<float const, NHWC<3>>>);

namespace detail {
template <class T>
inline constexpr bool is_tensor = false;
template <class T, class L>
inline constexpr bool is_tensor<Tensor<T, L>> = true;
}  // namespace detail

/// "HWC u8 [1080, 1920, 3] strides [5760, 3, 1] bytes at 0x7f00 cuda:0"
template <class T, class L>
std::string describe(Tensor<T, L> const& t) {
  return detail::tensor_text(L::axes, name(dtype_of<T>), t.shape(), t.strides_bytes(), L::rank,
                             t.data());
}

PANE_NAMESPACE_END
