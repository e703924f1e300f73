// SPDX-License-Identifier: MIT
#pragma once

// mdspan both ways: std::mdspan (C++23), cuda::std::mdspan, Kokkos::mdspan. They share one interface, so this header
// includes none of them; include your own.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/detail/foreign.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>  // std::in_range, std::index_sequence

PANE_NAMESPACE_BEGIN

/// Whatever has the interface of std::mdspan.
template <class M>
concept Mdspan = requires(M const& m, typename M::rank_type r) {
  typename M::element_type;
  typename M::extents_type;
  typename M::mapping_type;
  typename M::data_handle_type;
  typename M::reference;
  { M::rank() } -> std::convertible_to<std::size_t>;
  { M::static_extent(r) } -> std::convertible_to<std::size_t>;
  { M::is_always_strided() } -> std::convertible_to<bool>;
  { m.extent(r) } -> std::convertible_to<typename M::index_type>;
  m.data_handle();
  m.mapping();
};

namespace detail {

/// Whether the elements are plain memory: no accessor that scales, converts or guards them.
template <class M>
inline constexpr bool mdspan_is_plain =
    std::is_same_v<typename M::data_handle_type, typename M::element_type*>&&
        std::is_same_v<typename M::reference, typename M::element_type&>;

/// The type of a mapping's strides, an array of its own library; void for layouts that compute theirs.
template <class Mapping, class Extents>
struct MdspanStrides {
  using type = void;
};
template <class Mapping, class Extents>
requires requires(Mapping const& m) {
  m.strides();
  requires std::constructible_from<Mapping, Extents const&, decltype(m.strides()) const&>;
}
struct MdspanStrides<Mapping, Extents> {
  using type = std::remove_cvref_t<decltype(std::declval<Mapping const&>().strides())>;
};

/// A stride for an axis that does not step: that of C order, for those who compare it, or 1.
template <class Index>
std::int64_t unused_stride(std::int64_t inner_stride, std::int64_t inner_extent) noexcept {
  std::int64_t packed = 0;
  bool const fits = !__builtin_mul_overflow(inner_stride, inner_extent, &packed);
  return fits && packed > 0 && std::in_range<Index>(packed) ? packed : 1;
}

}  // namespace detail

/// Looks at an mdspan as a tensor of the layout that the caller states. Extents keep their order.
///
///   std::mdspan<float, std::dextents<int, 3>> planes(pixels, 3, height, width);
///   auto chw = pane::from_mdspan<pane::CHW<3>>(planes);
///
/// Shapes    the rank of the layout; layout_right, layout_left, layout_stride and every mapping that is always strided,
///           of any index type. Element (0, ..., 0) is where the mapping says
/// Elements  every element type of a tensor, const or not, through the default accessor
/// Memory    nothing is owned; `operator()` and `data_handle()` are not called on the elements
/// Stream    an mdspan has none
///
/// @throws InvalidArgument  an extent that the layout fixes differs, or the numbers describe no memory that can exist.
template <TensorLayout L, Mdspan M>
Tensor<typename M::element_type, L> from_mdspan(M const& view) {
  using T = typename M::element_type;
  static_assert(M::is_always_strided(),
                "pane::from_mdspan: this layout has no strides; a tensor is strided memory");
  static_assert(
      detail::mdspan_is_plain<M>,
      "pane::from_mdspan: this accessor is not plain memory; a tensor reads through a pointer");
  static_assert(M::rank() == static_cast<std::size_t>(L::rank),
                "pane::from_mdspan: the mdspan has not as many extents as the layout has axes");
  static constexpr char const* operation = "pane::from_mdspan";
  AnyTensor t;
  t.dtype = dtype_of<T>;
  t.readonly = std::is_const_v<T>;
  t.rank = L::rank;
  bool none = false;
  for (int i = 0; i < L::rank; ++i) {
    auto const axis = static_cast<typename M::rank_type>(i);
    auto const extent = view.extent(axis);
    detail::require(std::in_range<std::int64_t>(extent), operation, ": extent ", i,
                    " does not fit in 63 bits");
    t.shape[i] = static_cast<std::int64_t>(extent);
    none = none || extent == 0;
  }
  for (int i = 0; i < L::rank; ++i) {
    auto const stride = view.mapping().stride(static_cast<typename M::rank_type>(i));
    detail::require(std::in_range<std::int64_t>(stride) || none, operation, ": stride ", i,
                    " does not fit in 63 bits");
    t.stride_bytes[i] = detail::stride_in_bytes(none ? 0 : static_cast<std::int64_t>(stride), i,
                                                sizeof(T), operation);
  }
  T* first = view.data_handle();
  if (!none && first != nullptr) {
    first += [&]<std::size_t... Axis>(std::index_sequence<Axis...>) {
      return view.mapping()(static_cast<typename M::index_type>(Axis * 0)...);
    }
    (std::make_index_sequence<M::rank()>{});
  }
  t.data = const_cast<std::remove_const_t<T>*>(first);
  return detail::typed_foreign<T, L>(detail::checked_foreign(t, operation), operation);
}

/// Makes an mdspan of a tensor: of layout_stride, or of layout_right or layout_left where the elements lie that way.
///
///   using View = std::mdspan<float, std::dextents<int, 3>, std::layout_stride>;
///   auto rows = pane::to_mdspan<View>(tensor);                                // any pitch
///
/// Shapes    the rank of the tensor, extents in the order of its layout; static extents must agree. Strides above 0
/// Elements  those of the tensor; `M` may add const
/// Memory    nothing is owned: the tensor's memory must outlive the mdspan
///
/// @throws InvalidArgument  a static extent differs; a number does not fit in the index type; a stride is negative or
///                          elements share memory, which mdspan does not allow; or the layout of `M` is contiguous and
///                          the tensor is not.
template <Mdspan M, class T, class L>
M to_mdspan(Tensor<T, L> const& tensor) {
  using Index = typename M::index_type;
  using Extents = typename M::extents_type;
  using Mapping = typename M::mapping_type;
  using Strides = typename detail::MdspanStrides<Mapping, Extents>::type;
  static_assert(
      std::is_convertible_v<T(*)[], typename M::element_type(*)[]>,
      "pane::to_mdspan: the elements of the mdspan are not those of the tensor, or lose const");
  static_assert(detail::mdspan_is_plain<M>,
                "pane::to_mdspan: this accessor is not plain memory; use the default accessor");
  static_assert(M::rank() == static_cast<std::size_t>(L::rank),
                "pane::to_mdspan: the mdspan has not as many extents as the tensor has axes");
  static_assert(!std::is_void_v<Strides> ||
                    (M::is_always_strided() && std::is_constructible_v<Mapping, Extents const&>),
                "pane::to_mdspan: use layout_stride, layout_right or layout_left");
  auto const check = [&](bool rule, auto const&... text) {
    if (!rule) {
      throw InvalidArgument(
          detail::concat("pane::to_mdspan: tensor is ", describe(tensor), ": ", text...));
    }
  };
  constexpr auto any = static_cast<std::size_t>(-1);  // std::dynamic_extent
  std::int64_t strides[L::rank];
  bool const none = tensor.empty();
  std::int64_t inner_stride = 1;
  std::int64_t inner_extent = 1;
  for (int i = L::rank - 1; i >= 0; --i) {
    std::int64_t const extent = tensor.extent(i);
    std::size_t const fixed = M::static_extent(static_cast<typename M::rank_type>(i));
    check(fixed == any || fixed == static_cast<std::size_t>(extent), "extent ", i, " must be ",
          static_cast<unsigned long long>(fixed), ", which the type of the mdspan fixes");
    check(std::in_range<Index>(extent), "extent ", i, " does not fit in the index type");
    bool const unused = none || extent == 1;
    strides[i] = unused ? detail::unused_stride<Index>(inner_stride, inner_extent)
                        : tensor.stride_bytes(i) / static_cast<std::int64_t>(sizeof(T));
    check(strides[i] >= 0, "stride ", i, " is negative, which mdspan does not allow; copy it");
    check(std::in_range<Index>(strides[i]), "stride ", i, " does not fit in the index type");
    inner_stride = strides[i];
    inner_extent = extent == 0 ? 1 : extent;
  }
  detail::Span const span =
      detail::span_of(tensor.shape(), tensor.strides_bytes(), L::rank, sizeof(T));
  check(none || std::in_range<Index>(span.high / static_cast<std::int64_t>(sizeof(T))),
        "its elements cannot be counted in the index type");
  check(!detail::overlaps_itself(tensor.shape(), tensor.strides_bytes(), L::rank, sizeof(T)),
        "elements share memory, which mdspan does not allow; copy it");
  return [&]<std::size_t... Axis>(std::index_sequence<Axis...>) {
    Extents const extents(static_cast<Index>(tensor.extent(static_cast<int>(Axis)))...);
    if constexpr (!std::is_void_v<Strides>) {
      return M(tensor.data(), Mapping(extents, Strides{static_cast<Index>(strides[Axis])...}));
    } else {
      Mapping const mapping(extents);
      check(none || ((tensor.extent(static_cast<int>(Axis)) == 1 ||
                      std::cmp_equal(mapping.stride(Axis), strides[Axis])) &&
                     ...),
            "its elements do not lie in the order of the mdspan's layout; use layout_stride");
      return M(tensor.data(), mapping);
    }
  }
  (std::make_index_sequence<M::rank()>{});
}

PANE_NAMESPACE_END
