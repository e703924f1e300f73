// SPDX-License-Identifier: MIT
#pragma once

// Images for the tests of views: their pixels as doubles on the host, and the same pixels in the memory of the chosen
// machine in any layout, with an offset and gaps between the rows.
//
//   test::Pixels const p = test::noise(1, 7, 5, 3);
//   test::Picture<std::uint8_t, HWC<3>> const src(p, {.offset_bytes = 1, .gap = 2});
//   CHECK(test::difference(test::evaluate<std::uint8_t, CHW<3>>(src.in() | views::flip(...)), expected) == "");

#include <pane/core/error.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/tensor.hpp>
#include <pane/ops/copy.hpp>
#include <tests/support/golden_array.hpp>
#include <tests/support/machine.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

/// The numbers of a batch of images in the order N, H, W, C.
struct Pixels {
  std::int64_t batch;
  int height;
  int width;
  int channels;
  std::vector<double> v;

  Pixels(std::int64_t n, int h, int w, int c)
      : batch(n), height(h), width(w), channels(c), v(static_cast<std::size_t>(n * h * w * c)) {}

  std::size_t index(std::int64_t n, int y, int x, int c) const {
    return static_cast<std::size_t>(((n * height + y) * width + x) * channels + c);
  }
  double& at(std::int64_t n, int y, int x, int c) { return v.at(index(n, y, x, c)); }
  double at(std::int64_t n, int y, int x, int c) const { return v.at(index(n, y, x, c)); }
};

/// Calls f(n, y, x, c) for every number.
template <class F>
void for_each(Pixels const& p, F&& f) {
  for (std::int64_t n = 0; n < p.batch; ++n) {
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        for (int c = 0; c < p.channels; ++c) f(n, y, x, c);
      }
    }
  }
}

/// Whole numbers from `low` to `high`, by a hash of their place.
inline Pixels noise(
    std::int64_t n, int h, int w, int c, int low = 0, int high = 255, std::uint32_t seed = 1) {
  Pixels p(n, h, w, c);
  auto const count = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low + 1);
  for (std::size_t i = 0; i < p.v.size(); ++i) {
    p.v[i] =
        low + static_cast<double>(
                  (std::uint64_t{hash_u32(seed, static_cast<std::uint32_t>(i))} * count) >> 32);
  }
  return p;
}

/// "" when the numbers agree within `bound` (NaN matches NaN), else the worst place and both numbers.
inline std::string difference(Pixels const& got, Pixels const& want, double bound = 0.0) {
  std::ostringstream text;
  text.precision(9);
  if (got.batch != want.batch || got.height != want.height || got.width != want.width ||
      got.channels != want.channels) {
    text << "got " << got.batch << " x " << got.height << " x " << got.width << " x "
         << got.channels << ", want " << want.batch << " x " << want.height << " x " << want.width
         << " x " << want.channels;
    return text.str();
  }
  double worst = bound;
  for_each(got, [&](std::int64_t n, int y, int x, int c) {
    double const g = got.at(n, y, x, c);
    double const w = want.at(n, y, x, c);
    if (g == w || (std::isnan(g) && std::isnan(w))) return;
    double const d = std::isfinite(g) && std::isfinite(w) ? std::abs(g - w) : HUGE_VAL;
    if (!(d > worst)) return;
    worst = d;
    text.str("");
    text << "at n " << n << " y " << y << " x " << x << " c " << c << ": got " << g << ", want "
         << w;
  });
  return text.str();
}

/// Where an image lies: bytes past a multiple of 256, and elements that follow every row but the last.
struct Place {
  std::size_t offset_bytes = 0;
  int gap = 0;
};

/// Places that whole words fit and do not fit: aligned and packed, one element off, and a pitch of an odd length.
template <class T>
std::vector<Place> places() {
  return {{}, {sizeof(T), 0}, {0, 1}, {3 * sizeof(T), 5}};
}

/// A batch of images in the memory of the chosen machine.
template <class T, class L>
class Picture {
 public:
  /// To be written: every byte is 0xCD.
  Picture(std::int64_t n, int h, int w, int c, Place place = {})
      : pixels_(n, h, w, c), gap_(place.gap), buffer_(arrange(), place.offset_bytes) {}
  /// To be read: the pixels, by `saturate_cast`.
  explicit Picture(Pixels const& p, Place place = {})
      : pixels_(p), gap_(place.gap), buffer_(packed(), place.offset_bytes) {}

  pane::Tensor<T const, L> in() const { return tensor<T const>(); }
  pane::Tensor<T, L> out() const { return tensor<T>(); }

  /// What the memory holds now. Throws when a byte between the rows, or around the image, has changed.
  Pixels pixels() const {
    std::vector<T> const all = buffer_.download();
    std::vector<double> const values =
        to_doubles(pane::name(pane::dtype_of<T>), all.data(), all.size());
    std::vector<bool> used(all.size());
    Pixels out = pixels_;
    for_each(out, [&](std::int64_t n, int y, int x, int c) {
      out.at(n, y, x, c) = values.at(offset(n, y, x, c));
      used.at(offset(n, y, x, c)) = true;
    });
    unsigned char gap[sizeof(T)];
    std::memset(gap, 0xCD, sizeof gap);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!used[i] && std::memcmp(&all[i], gap, sizeof gap) != 0)
        throw std::runtime_error("the gap between two rows was overwritten");
    }
    return out;
  }

 private:
  std::int64_t extent(char axis) const {
    return axis == 'N'   ? pixels_.batch
           : axis == 'H' ? pixels_.height
           : axis == 'W' ? pixels_.width
                         : pixels_.channels;
  }

  /// Works out the strides, in elements; the number of elements from the first to the last.
  std::size_t arrange() {
    std::int64_t step = 1;
    std::int64_t last = 0;
    bool empty = false;
    for (int i = L::rank - 1; i >= 0; --i) {
      std::int64_t const count = extent(L::axes[i]);
      if (L::axes[i] == 'H') step += gap_;
      stride_[i] = step;
      last += (count - 1) * step;
      empty = empty || count == 0;
      step *= count;
    }
    return empty ? 0 : static_cast<std::size_t>(last + 1);
  }

  std::size_t offset(std::int64_t n, int y, int x, int c) const {
    std::int64_t sum = 0;
    for (int i = 0; i < L::rank; ++i)
      sum += stride_[i] * (L::axes[i] == 'N'   ? n
                           : L::axes[i] == 'H' ? y
                           : L::axes[i] == 'W' ? x
                                               : c);
    return static_cast<std::size_t>(sum);
  }

  std::vector<T> packed() {
    std::vector<T> all(arrange());
    if (!all.empty()) std::memset(static_cast<void*>(all.data()), 0xCD, all.size() * sizeof(T));
    for_each(pixels_, [&](std::int64_t n, int y, int x, int c) {
      all.at(offset(n, y, x, c)) = pane::saturate_cast<T>(pixels_.at(n, y, x, c));
    });
    return all;
  }

  template <class U>
  pane::Tensor<U, L> tensor() const {
    std::int64_t shape[L::rank];
    std::int64_t stride_bytes[L::rank];
    for (int i = 0; i < L::rank; ++i) {
      shape[i] = extent(L::axes[i]);
      stride_bytes[i] = stride_[i] * static_cast<std::int64_t>(sizeof(T));
    }
    return pane::Tensor<U, L>::strided(buffer_.data(), shape, stride_bytes);
  }

  Pixels pixels_;
  int gap_;
  std::int64_t stride_[L::rank] = {};
  Buffer<T> buffer_;
};

/// The pixels that copy(where, image, dst) writes on the chosen machine into a dst of that type and layout.
template <class T, class L, class I>
Pixels evaluate(I const& image, Place place = {}) {
  pane::Size const size = image.size(0);
  Picture<T, L> const dst(image.batch(), size.height, size.width, I::pixel::channels, place);
  on_machine([&](auto where) { pane::copy(where, image, dst.out()); });
  return dst.pixels();
}

/// The message of the `InvalidArgument` that f() throws; "" when it throws none.
template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "";
}

}  // namespace test
