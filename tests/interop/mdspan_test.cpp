// SPDX-License-Identifier: MIT
// NEEDS: cccl
#include <pane/core/layout.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/mdspan.hpp>
#include <tests/support/catch.hpp>

#include <version>

// Every mdspan that is installed goes through the same cases.
#if __has_include(<cuda/std/mdspan>)
#include <cuda/std/mdspan>
#endif
#if defined(__cpp_lib_mdspan)
#include <mdspan>
#endif
#if __has_include(<mdspan/mdspan.hpp>)
#include <mdspan/mdspan.hpp>
#endif

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::CHW;
using pane::from_mdspan;
using pane::HW;
using pane::HWC;
using pane::NCHW;
using pane::Tensor;
using pane::to_mdspan;

namespace {

template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

/// A layout of the user's own, the same for every library: the last axis runs backwards.
struct Backwards {
  template <class Extents>
  struct mapping {
    using extents_type = Extents;
    using index_type = typename Extents::index_type;
    using size_type = typename Extents::size_type;
    using rank_type = typename Extents::rank_type;
    using layout_type = Backwards;

    mapping() = default;
    explicit mapping(Extents const& extents) : extents_(extents) {}
    Extents const& extents() const noexcept { return extents_; }
    index_type required_span_size() const noexcept {
      return extents_.extent(0) * extents_.extent(1);
    }
    index_type operator()(index_type y, index_type x) const noexcept {
      return y * extents_.extent(1) + extents_.extent(1) - 1 - x;
    }
    index_type stride(rank_type r) const noexcept { return r == 0 ? extents_.extent(1) : -1; }
    static constexpr bool is_always_unique() noexcept { return true; }
    static constexpr bool is_always_exhaustive() noexcept { return true; }
    static constexpr bool is_always_strided() noexcept { return true; }
    static constexpr bool is_unique() noexcept { return true; }
    static constexpr bool is_exhaustive() noexcept { return true; }
    static constexpr bool is_strided() noexcept { return true; }
    friend bool operator==(mapping const& a, mapping const& b) { return a.extents_ == b.extents_; }

   private:
    Extents extents_{};
  };
};

template <class Lib>
void check_in() {
  constexpr std::size_t any = static_cast<std::size_t>(-1);
  std::vector<float> pixels(120);
  float* const p = pixels.data();
  using Extents3 = typename Lib::template extents<int, any, any, any>;

  using Right = typename Lib::template mdspan<float, Extents3, typename Lib::right>;
  Right const right(p, Extents3(3, 4, 5));
  Tensor<float, CHW<3>> const chw = from_mdspan<CHW<3>>(right);
  CHECK(chw.data() == p);
  CHECK(chw.is_contiguous());
  CHECK(chw.width() == 5);
  CHECK(chw.pitch_bytes() == 20);

  using Left = typename Lib::template mdspan<float const, Extents3, typename Lib::left>;
  Left const left(p, Extents3(3, 4, 5));
  Tensor<float const, CHW<3>> const turned = from_mdspan<CHW<3>>(left);
  CHECK(turned.stride_bytes(0) == 4);
  CHECK(turned.stride_bytes(1) == 12);
  CHECK(turned.stride_bytes(2) == 48);

  // A static extent, an unsigned index type and strides of the caller's own.
  using Pixels = typename Lib::template extents<std::size_t, any, any, 3>;
  using Strided = typename Lib::template mdspan<float, Pixels, typename Lib::stride>;
  using Mapping = typename Strided::mapping_type;
  Strided const pitched(
      p, Mapping(Pixels(4, 5), typename Lib::template array<std::size_t, 3>{20, 4, 1}));
  Tensor<float, HWC<3>> const hwc = from_mdspan<HWC<3>>(pitched);
  CHECK(hwc.pitch_bytes() == 80);
  CHECK(hwc.stride_bytes(1) == 16);
  CHECK(hwc.address(0, 3, 4, 2) == p + 60 + 16 + 2);
  CHECK(from_mdspan<HWC<>>(pitched).channel_count() == 3);
  CHECK_THAT(refusal([&] { from_mdspan<HWC<4>>(pitched); }),
             ContainsSubstring("pane::from_mdspan: ") && ContainsSubstring("f32 [4, 5, 3]") &&
                 ContainsSubstring("extent 2 must be 4"));

  using Extents2 = typename Lib::template extents<int, any, any>;
  using Flipped = typename Lib::template mdspan<float, Extents2, Backwards>;
  Flipped const flipped(p, typename Flipped::mapping_type(Extents2(4, 5)));
  Tensor<float, HW> const mirror = from_mdspan<HW>(flipped);
  CHECK(mirror.data() == p + 4);
  CHECK(mirror.stride_bytes(1) == -4);
  CHECK(mirror.address(0, 3, 4) == p + 15);

  using Small = typename Lib::template mdspan<float, Extents2, typename Lib::right>;
  CHECK((from_mdspan<HW>(Small(nullptr, Extents2(0, 5))).empty()));
  CHECK(from_mdspan<HW>(Small(p, Extents2(4, 0))).data() == nullptr);
  CHECK_THAT(refusal([&] { from_mdspan<HW>(Small(nullptr, Extents2(4, 5))); }),
             ContainsSubstring("the address is null"));
}

template <class Lib>
void check_overflow() {
  constexpr std::size_t any = static_cast<std::size_t>(-1);
  std::uint16_t element = 0;
  using Huge = typename Lib::template extents<std::size_t, any, any>;
  using View = typename Lib::template mdspan<std::uint16_t, Huge, typename Lib::stride>;
  using Mapping = typename View::mapping_type;
  using Strides = typename Lib::template array<std::size_t, 2>;
  constexpr std::size_t two_to_62 = std::size_t{1} << 62;
  CHECK_THAT(
      refusal([&] {
        from_mdspan<HW>(View(&element, Mapping(Huge(1, std::size_t{1} << 63), Strides{1, 1})));
      }),
      ContainsSubstring("extent 1 does not fit in 63 bits"));
  CHECK_THAT(refusal([&] {
               from_mdspan<HW>(View(&element, Mapping(Huge(2, 1), Strides{two_to_62, 1})));
             }),
             ContainsSubstring("pane::from_mdspan: stride 0 is 4611686018427387904 elements of 2"));
  CHECK_THAT(
      refusal([&] {
        from_mdspan<HW>(View(&element, Mapping(Huge(2, two_to_62 / 2), Strides{two_to_62 / 2, 1})));
      }),
      ContainsSubstring("the bytes do not fit in 64 bits"));
}

template <class Lib>
void check_out() {
  constexpr std::size_t any = static_cast<std::size_t>(-1);
  std::vector<float> pixels(120);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i);
  float* const p = pixels.data();
  using Extents3 = typename Lib::template extents<int, any, any, any>;
  using Strided = typename Lib::template mdspan<float const, Extents3, typename Lib::stride>;
  using Right = typename Lib::template mdspan<float, Extents3, typename Lib::right>;
  using Left = typename Lib::template mdspan<float, Extents3, typename Lib::left>;

  auto const pitched = Tensor<float, HWC<3>>::pitched(p, {4, 5, 3}, 80);
  auto const out = to_mdspan<Strided>(pitched);
  CHECK(out.extent(1) == 5);
  CHECK(out.stride(0) == 20);
  CHECK(out.stride(1) == 3);
  CHECK(out.stride(2) == 1);
  CHECK(out.data_handle() == p);
  CHECK(*(out.data_handle() + out.mapping()(3, 4, 2)) == *pitched.address(0, 3, 4, 2));
  // There and back.
  auto const back = from_mdspan<HWC<3>>(out);
  CHECK(back.data() == p);
  CHECK(back.pitch_bytes() == 80);

  Tensor<float, HWC<3>> const packed(p, {4, 5, 3});
  CHECK(to_mdspan<Right>(packed).stride(0) == 15);
  CHECK_THAT(
      refusal([&] { to_mdspan<Right>(pitched); }),
      ContainsSubstring("pane::to_mdspan: tensor is HWC f32 [4, 5, 3] strides [80, 12, 4]") &&
          ContainsSubstring("use layout_stride"));
  CHECK_THAT(refusal([&] { to_mdspan<Left>(packed); }), ContainsSubstring("use layout_stride"));
  auto const columns = Tensor<float, HWC<3>>::strided(p, {4, 5, 3}, {4, 16, 80});
  CHECK(to_mdspan<Left>(columns).stride(2) == 20);

  // The stride of an axis that does not step is replaced where it would break a rule of mdspan.
  auto const one = Tensor<float, HWC<3>>::strided(p, {1, 5, 3}, {-8, 12, 4});
  CHECK(to_mdspan<Strided>(one).stride(0) == 15);
  CHECK(to_mdspan<Right>(one).stride(0) == 15);
  auto const none = to_mdspan<Strided>(Tensor<float, HWC<3>>(nullptr, {4, 0, 3}));
  CHECK(none.extent(0) == 4);
  CHECK(none.size() == 0);
  CHECK(none.stride(1) > 0);

  CHECK_THAT(refusal([&] { to_mdspan<Strided>(mirrored(packed)); }),
             ContainsSubstring("stride 1 is negative"));
  CHECK_THAT(refusal([&] {
               to_mdspan<Strided>(Tensor<float, HWC<3>>::strided(p, {4, 5, 3}, {0, 12, 4}));
             }),
             ContainsSubstring("elements share memory"));

  using Fixed = typename Lib::template extents<int, any, any, 4>;
  using FourChannels = typename Lib::template mdspan<float, Fixed, typename Lib::right>;
  CHECK_THAT(refusal([&] { to_mdspan<FourChannels>(packed); }),
             ContainsSubstring("extent 2 must be 4, which the type of the mdspan fixes"));
  CHECK(to_mdspan<FourChannels>(Tensor<float, HWC<4>>(p, {4, 5, 4})).stride(0) == 20);
}

template <class Lib>
void check_small_index() {
  constexpr std::size_t any = static_cast<std::size_t>(-1);
  std::vector<std::uint8_t> bytes(70000);
  using Extents = typename Lib::template extents<short, any, any>;
  using View = typename Lib::template mdspan<std::uint8_t, Extents, typename Lib::stride>;
  std::uint8_t* const p = bytes.data();
  CHECK(to_mdspan<View>(Tensor<std::uint8_t, HW>(p, {100, 300})).stride(0) == 300);
  CHECK_THAT(refusal([&] {
               to_mdspan<View>(Tensor<std::uint8_t, HW>(p, {1, 40000}));
             }),
             ContainsSubstring("extent 1 does not fit in the index type"));
  CHECK_THAT(refusal([&] {
               to_mdspan<View>(Tensor<std::uint8_t, HW>(p, {200, 300}));
             }),
             ContainsSubstring("its elements cannot be counted in the index type"));
  CHECK_THAT(refusal([&] {
               to_mdspan<View>(Tensor<std::uint8_t, HW>::pitched(p, {2, 3}, 40000));
             }),
             ContainsSubstring("stride 0 does not fit in the index type"));
  CHECK_THAT(refusal([&] {
               to_mdspan<View>(Tensor<std::uint8_t, HW>::pitched(p, {3, 3}, 20000));
             }),
             ContainsSubstring("its elements cannot be counted in the index type"));
  // A stride that is not used is 1 when that of C order does not fit.
  auto const row = Tensor<std::uint8_t, HW>::strided(p, {1, 2}, {-1, 30000});
  CHECK(to_mdspan<View>(row).stride(0) == 1);
}

template <class Lib>
void check_all() {
  check_in<Lib>();
  check_overflow<Lib>();
  check_out<Lib>();
  check_small_index<Lib>();
}

}  // namespace

#if __has_include(<cuda/std/mdspan>)
struct CudaStd {
  template <class Index, std::size_t... Values>
  using extents = cuda::std::extents<Index, Values...>;
  template <class T, class Extents, class Layout>
  using mdspan = cuda::std::mdspan<T, Extents, Layout>;
  template <class T, std::size_t Count>
  using array = cuda::std::array<T, Count>;
  using right = cuda::std::layout_right;
  using left = cuda::std::layout_left;
  using stride = cuda::std::layout_stride;
};
TEST_CASE("cuda::std::mdspan both ways") {
  check_all<CudaStd>();
}
#else
TEST_CASE("cuda::std::mdspan both ways") {
  PANE_SKIP("needs CCCL, which comes with the CUDA toolkit");
}
#endif

#if defined(__cpp_lib_mdspan)
struct Std {
  template <class Index, std::size_t... Values>
  using extents = std::extents<Index, Values...>;
  template <class T, class Extents, class Layout>
  using mdspan = std::mdspan<T, Extents, Layout>;
  template <class T, std::size_t Count>
  using array = std::array<T, Count>;
  using right = std::layout_right;
  using left = std::layout_left;
  using stride = std::layout_stride;
};
TEST_CASE("std::mdspan both ways") {
  check_all<Std>();
}
#else
TEST_CASE("std::mdspan both ways") {
  PANE_SKIP("needs a standard library with C++23's mdspan");
}
#endif

#if __has_include(<mdspan/mdspan.hpp>)
struct FromKokkos {
  template <class Index, std::size_t... Values>
  using extents = Kokkos::extents<Index, Values...>;
  template <class T, class Extents, class Layout>
  using mdspan = Kokkos::mdspan<T, Extents, Layout>;
  template <class T, std::size_t Count>
  using array = std::array<T, Count>;
  using right = Kokkos::layout_right;
  using left = Kokkos::layout_left;
  using stride = Kokkos::layout_stride;
};
TEST_CASE("Kokkos::mdspan both ways") {
  check_all<FromKokkos>();
}
#else
TEST_CASE("Kokkos::mdspan both ways") {
  PANE_SKIP("needs the mdspan of Kokkos");
}
#endif
