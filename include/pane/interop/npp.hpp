// SPDX-License-Identifier: MIT
#pragma once

// Tensors as NPP's functions take images, and back. Needs NPP's nppdefs.h and the CUDA runtime, not NPP itself.

#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/detail/rows.hpp>

#include <nppdefs.h>  // NppiSize, NppiRect, NppStreamContext; includes <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN

namespace detail {
/// The name that NPP has for an element: its own struct for f16, the C type else.
template <class T>
struct npp_element {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>,
                "pane::npp_image: NPP knows integers, f16, float and double");
  using type = T;
};
template <class T>
struct npp_element<T const> {
  using type = typename npp_element<T>::type const;
};
template <>
struct npp_element<f16> {
  using type = Npp16f;
};
template <>
struct npp_element<std::int64_t> {
  using type = Npp64s;
};
template <>
struct npp_element<std::uint64_t> {
  using type = Npp64u;
};
}  // namespace detail

/// The element type of NPP's functions for elements `T`: Npp8u for std::uint8_t, Npp16f for f16.
template <class T>
using NppElement = typename detail::npp_element<T>::type;

/// What NPP's functions take for one packed image: `nppi..._8u_C3R_Ctx(image.data, image.step, ..., image.size, ...)`.
template <class T>
struct NppImage {
  NppElement<T>* data = nullptr;
  int step = 0;  ///< bytes from one row to the next
  NppiSize size{};

  /// The whole image, for the functions that take a rectangle beside the size.
  NppiRect rect() const noexcept { return {0, 0, size.width, size.height}; }
};

/// The same for an image of `P` planes: functions with P2, P3 or P4 in their name. `step` is that of all planes where
/// they have one, as most of those functions ask, else 0; `steps` has one for each plane.
template <class T, int P>
struct NppPlanar {
  NppElement<T>* data[P] = {};
  int step = 0;
  int steps[P] = {};
  NppiSize size{};

  NppiRect rect() const noexcept { return {0, 0, size.width, size.height}; }
};

namespace detail {
inline constexpr std::int64_t int_max = 0x7fffffff;

template <class T, class L>
NppiSize npp_size(Tensor<T, L> const& t) noexcept {
  return {static_cast<int>(t.width()), static_cast<int>(t.height())};
}
}  // namespace detail

/// A tensor as NPP takes it.
///
/// Shapes    HW (C1), HWC<1> to HWC<4> (C1 to C4): an `NppImage`; CHW<2> to CHW<4> (P2 to P4): an `NppPlanar`
/// Elements  integers, f16, float, double; const stays const
/// Memory    nothing is copied; the memory is on the device when NPP's function runs
/// Source    nppdefs.h of CUDA 13.0: sizes and steps are `int`, steps count bytes
///
/// @throws InvalidArgument  pixels with gaps, rows that run backwards or overlap, a pitch above 2^31 - 1.
template <class T, class L>
auto npp_image(Tensor<T, L> const& t) {
  static_assert(L::index_of('N') < 0 && L::index_of('c') < 0,
                "pane::npp_image: NPP takes one image of layout HW, HWC<C> or CHW<C>; use "
                "pane::item(batch, n)");
  static_assert(L::rank == 2 || (L::channels >= 1 && L::channels <= 4),
                "pane::npp_image: NPP takes images of 1 to 4 channels, stated in the layout; use "
                "pane::with_channels(tensor, f)");
  auto const step = static_cast<int>(detail::packed_pitch("pane::npp_image", t, detail::int_max));
  if constexpr (L::rank == 2 || L::axes[L::rank - 1] == 'C') {
    NppImage<T> out;
    out.data = reinterpret_cast<NppElement<T>*>(t.data());
    out.step = step;
    out.size = detail::npp_size(t);
    return out;
  } else {
    static_assert(L::axes[0] == 'C', "pane::npp_image: planar images have the layout CHW<C>");
    NppPlanar<T, L::channels> out;
    for (int c = 0; c < L::channels; ++c) {
      out.data[c] = reinterpret_cast<NppElement<T>*>(
          t.empty() ? t.data() : detail::bytes_after(t.data(), c * t.stride_bytes(0)));
      out.steps[c] = step;
    }
    out.step = step;
    out.size = detail::npp_size(t);
    return out;
  }
}

/// NV12 as NPP's P2 functions take it (nppiNV12ToRGB_..._P2C3R): luma, then U and V in pairs.
///
/// @throws InvalidArgument  U and V are not interleaved in this order, more than one image, a window, or as above.
template <class T>
NppPlanar<T, 2> npp_nv12(Nv12<T> const& frame) {
  constexpr auto function = "pane::npp_nv12";
  detail::require_one(function, frame);
  detail::require(detail::interleaved(frame) && frame.log2_x() == 1 && frame.log2_y() == 1,
                  function, ": the planes are ", detail::image_text(frame),
                  ": U and V must be interleaved, U first, at half resolution; three planes go to "
                  "pane::npp_planes");
  NppPlanar<T, 2> out;
  out.data[0] = reinterpret_cast<NppElement<T>*>(frame.y().data());
  out.data[1] = reinterpret_cast<NppElement<T>*>(frame.u().data());
  out.steps[0] = static_cast<int>(detail::packed_pitch(function, frame.y(), detail::int_max));
  out.steps[1] = static_cast<int>(
      detail::packed_pitch(function, detail::chroma_pairs(frame), detail::int_max));
  out.step = out.steps[0] == out.steps[1] ? out.steps[0] : 0;
  out.size = detail::npp_size(frame.y());
  return out;
}

/// Three planes as NPP's YUV420, YUV422 and YUV444 functions take them, which have `int rSrcStep[3]`.
///
/// @throws InvalidArgument  U and V are interleaved, more than one image, a window, or as above.
template <class T>
NppPlanar<T, 3> npp_planes(Planes<T> const& frame) {
  constexpr auto function = "pane::npp_planes";
  detail::require_one(function, frame);
  NppPlanar<T, 3> out;
  Tensor<T, NHW> const planes[] = {frame.y(), frame.u(), frame.v()};
  for (int i = 0; i < 3; ++i) {
    out.data[i] = reinterpret_cast<NppElement<T>*>(planes[i].data());
    out.steps[i] = static_cast<int>(detail::packed_pitch(function, planes[i], detail::int_max));
  }
  bool const one = out.steps[0] == out.steps[1] && out.steps[0] == out.steps[2];
  out.step = one ? out.steps[0] : 0;
  out.size = detail::npp_size(frame.y());
  return out;
}

/// NPP's rectangle, and back.
inline NppiRect to_npp(Roi roi) noexcept {
  return {roi.x, roi.y, roi.width, roi.height};
}
inline Roi from_npp(NppiRect rect) noexcept {
  return {rect.x, rect.y, rect.width, rect.height};
}

/// The image that NPP's arguments describe: `from_npp<std::uint8_t, HWC<3>>(data, step, size)`, or for CHW<3> an array
/// of three pointers, which are equally far apart. Anything that NPP wrote is there once its stream has passed it.
///
/// @throws InvalidArgument  a negative size, a step below a row, planes at uneven distances.
template <Element T, TensorLayout L>
Tensor<T, L> from_npp(NppElement<T>* data, int step, NppiSize size) {
  static_assert(L::rank == 2 || L::axes[L::rank - 1] == 'C',
                "pane::from_npp: a planar image has an array of pointers");
  return detail::from_rows<L, T>("pane::from_npp", &data, size.height, size.width, step);
}
template <Element T, TensorLayout L>
Tensor<T, L> from_npp(NppElement<T>* const* data, int step, NppiSize size) {
  static_assert(L::rank == 3 && L::axes[0] == 'C',
                "pane::from_npp: an array of pointers is a planar image, CHW<C>");
  return detail::from_rows<L, T>("pane::from_npp", data, size.height, size.width, step);
}

/// The context of NPP's `_Ctx` functions for a stream of the current device. Asks the driver each time, which takes
/// microseconds: keep it as long as the stream.
///
/// Stream    only looked at; nothing is enqueued or synchronised
/// Source    nppdefs.h of CUDA 13.0, which says where each field comes from; the reserved one stays 0
///
/// @throws CudaError  the driver refused a query.
inline NppStreamContext npp_stream_context(Stream stream) {
  auto const check = [](cudaError_t status, char const* call) {
    if (status == cudaSuccess) return;
    (void)cudaGetLastError();
    throw CudaError(static_cast<int>(status),
                    detail::concat("pane::npp_stream_context: ", call, ": ",
                                   cudaGetErrorName(status), ": ", cudaGetErrorString(status)));
  };
  NppStreamContext out{};
  out.hStream = stream.handle();
  check(cudaGetDevice(&out.nCudaDeviceId), "cudaGetDevice");
  auto const attribute = [&](cudaDeviceAttr what) {
    int value = 0;
    check(cudaDeviceGetAttribute(&value, what, out.nCudaDeviceId), "cudaDeviceGetAttribute");
    return value;
  };
  out.nMultiProcessorCount = attribute(cudaDevAttrMultiProcessorCount);
  out.nMaxThreadsPerMultiProcessor = attribute(cudaDevAttrMaxThreadsPerMultiProcessor);
  out.nMaxThreadsPerBlock = attribute(cudaDevAttrMaxThreadsPerBlock);
  out.nSharedMemPerBlock = static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlock));
  out.nCudaDevAttrComputeCapabilityMajor = attribute(cudaDevAttrComputeCapabilityMajor);
  out.nCudaDevAttrComputeCapabilityMinor = attribute(cudaDevAttrComputeCapabilityMinor);
  check(cudaStreamGetFlags(stream.handle(), &out.nStreamFlags), "cudaStreamGetFlags");
  return out;
}

PANE_NAMESPACE_END
