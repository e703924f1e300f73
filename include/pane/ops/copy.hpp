// SPDX-License-Identifier: MIT
#pragma once

#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/overlap.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/subview.hpp>
#include <pane/core/tensor.hpp>
#include <pane/kernels/columns.hpp>
#include <pane/kernels/flat.hpp>
#include <pane/kernels/launch_cuda.hpp>
#include <pane/kernels/launch_host.hpp>
#include <pane/kernels/map.hpp>
#include <pane/kernels/planes_map.hpp>
#include <pane/kernels/planes_read.hpp>
#include <pane/kernels/planes_rows.hpp>
#include <pane/kernels/planes_shifted.hpp>
#include <pane/kernels/resample.hpp>
#include <pane/kernels/rows.hpp>
#include <pane/kernels/stencil.hpp>
#include <pane/kernels/stencil_matrix.hpp>
#include <pane/kernels/strips.hpp>

#include <cstdint>
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace detail {

/// Every channel of a tensor as an image of its own, image n * count + c; channels that are not there read as 0. How
/// tensors of many channels change their layout.
template <class T, class L>
struct ChannelImages {
  using pixel = Vec<std::remove_const_t<T>, 1>;

  Tensor<T, L> tensor;
  std::int64_t count;

  PANE_HOST_DEVICE std::int64_t batch() const noexcept { return tensor.batch() * count; }
  PANE_HOST_DEVICE Size size(std::int64_t) const noexcept { return tensor.size(0); }
  PANE_HOST_DEVICE pixel operator()(std::int64_t n, int y, int x) const noexcept {
    auto const c = static_cast<int>(n % count);
    return {{c < tensor.channel_count() ? *tensor.address(n / count, y, x, c)
                                        : std::remove_const_t<T>{}}};
  }
  template <class U>
  PANE_HOST_DEVICE void store(std::int64_t n, int y, int x, Vec<U, 1> const& value) const noexcept {
    *tensor.address(n / count, y, x, static_cast<int>(n % count)) = saturate_cast<T>(value.v[0]);
  }
  template <int P, class U>
  PANE_HOST_DEVICE void store(std::int64_t n,
                              int y,
                              int x,
                              Run<Vec<U, 1>, P> const& values) const noexcept {
    for (int i = 0; i < P; ++i) store(n, y, x + i, values.p[i]);
  }
  template <int P>
  bool packs() const noexcept {
    return false;
  }
  template <class F>
  void visit_memory(F&& f) const {
    f(tensor);
  }
};

/// Pixels that a thread handles at once: enough for 8 to 16 bytes of every plane or row that is written.
template <class Sink>
constexpr int pack_width() {
  return channels_of<Sink> == 1 && sizeof(typename Sink::pixel::value_type) <= 2 ? 8 : 4;
}

template <class Source, class Sink>
[[noreturn]] void copy_error(char const* operation,
                             Source const& src,
                             Sink const& dst,
                             std::string const& rule) {
  throw InvalidArgument(
      concat(operation, ": dst is ", image_text(dst), "; src is ", image_text(src), ": ", rule));
}

/// The rules of every copy: sizes agree, dst has an address for every element, and what is read is not overwritten.
template <class Source, class Sink>
void check_copy(char const* operation, Source const& src, Sink const& dst) {
  if (src.batch() != dst.batch()) {
    copy_error(operation, src, dst,
               concat("the batch must agree: dst has ", dst.batch(), " images, src ", src.batch()));
  }
  if constexpr (is_ragged<Source> || is_ragged<Sink>) {
    bool visible = true;
    if constexpr (requires { src.entries.lent; }) visible = visible && src.entries.lent == nullptr;
    if constexpr (requires { src.boxes.lent; }) visible = visible && src.boxes.lent == nullptr;
    if constexpr (requires { dst.entries.lent; }) visible = visible && dst.entries.lent == nullptr;
    if (!visible && is_ragged<Source>) {
      copy_error(operation, src, dst,
                 "lent entries have sizes that the host cannot compare: resize or letterbox src");
    }
    if constexpr (!is_ragged<Source>) {
      if (!visible && dst.common_size != src.size(0)) {
        copy_error(
            operation, src, dst,
            concat("the sizes must agree: src has ", src.size(0).height, " x ", src.size(0).width,
                   ", and the lent images of dst have not all that size"));
      }
    }
    for (std::int64_t n = 0; visible && n < src.batch(); ++n) {
      if (src.size(n) != dst.size(n)) {
        copy_error(operation, src, dst,
                   concat("the sizes must agree: image ", n, " has ", dst.size(n).height, " x ",
                          dst.size(n).width, " in dst and ", src.size(n).height, " x ",
                          src.size(n).width, " in src; use views::resize or views::letterbox"));
      }
    }
  } else if (src.size(0) != dst.size(0)) {
    copy_error(operation, src, dst,
               concat("the sizes must agree: dst has ", dst.size(0).height, " x ",
                      dst.size(0).width, ", src ", src.size(0).height, " x ", src.size(0).width,
                      "; use views::resize, views::crop or views::pad"));
  }
  if constexpr (is_planes<Sink>) {
    Roi const window = dst.window_roi();
    auto const whole = [](int first, int extent, std::int64_t plane, int log2) {
      int const step = 1 << log2;
      return first % step == 0 && (extent % step == 0 || first + extent == plane);
    };
    if (!whole(window.x, window.width, dst.y().width(), dst.log2_x()) ||
        !whole(window.y, window.height, dst.y().height(), dst.log2_y())) {
      copy_error(
          operation, src, dst,
          concat("a rectangle of planes is written by whole chroma samples: x and width must be "
                 "multiples of ",
                 1 << dst.log2_x(), ", y and height of ", 1 << dst.log2_y()));
    }
  }
  int index = 0;
  visit_memory(dst, [&](auto const& out) {
    using L = typename std::remove_cvref_t<decltype(out)>::layout_type;
    using T = typename std::remove_cvref_t<decltype(out)>::element_type;
    static_assert(!std::is_const_v<T>, "pane::copy: the destination has const elements");
    if (overlaps_itself(out.shape(), out.strides_bytes(), L::rank, sizeof(T))) {
      copy_error(operation, src, dst,
                 "two elements of dst share an address (stride 0 or an overlap of rows)");
    }
    int earlier = 0;  // destinations of a tee or a batch must not overlap each other
    visit_memory(dst, [&](auto const& other) {
      if (earlier++ < index && may_overlap(other, out)) {
        copy_error(operation, src, dst, "two destinations overlap");
      }
    });
    ++index;
    visit_memory(src, [&](auto const& in) {
      bool const in_place = is_pointwise<Source>() && !is_planes<Sink> && same_elements(in, out);
      if (may_overlap(in, out) && !in_place) {
        copy_error(operation, src, dst,
                   "dst overlaps src: only a chain of pointwise views may write to the very "
                   "elements that it reads; use another buffer");
      }
    });
  });
}

/// Throws unless every tensor below an image can be reached from where the call runs.
template <class Where, class Img>
void check_reachable(Where where, char const* operation, char const* argument, Img const& image) {
  visit_memory(image, [&](auto const& t) {
    if (t.empty()) return;
    if constexpr (std::is_same_v<Where, Host>) {
      if (host_accessible != nullptr && !host_accessible(t.data())) {
        throw InvalidArgument(concat(
            operation, ": ", argument, " is ", describe(t),
            ": the CPU cannot reach the memory of a GPU; pass a stream as the first argument"));
      }
    } else {
#if defined(__CUDACC__)
      if (where.pointer_check() == PointerCheck::on)
        require_device_memory(t.data(), operation, argument, [&] { return describe(t); });
#endif
    }
  });
  (void)where;
}

template <class Img>
inline constexpr bool has_dynamic_channels = false;
template <class T, class L>
inline constexpr bool has_dynamic_channels<Tensor<T, L>> = L::channels == dynamic;

/// Channels that a destination takes, or `dynamic`.
template <class Sink>
inline constexpr int sink_channels = has_dynamic_channels<Sink> ? dynamic : channels_of<Sink>;

PANE_HIDDEN_BEGIN

/// Launches the skeleton whose threads own pixels of the destination.
template <class Where, class Source, class Sink>
void launch_pixels(Where where, Source const& src, Sink const& dst) {
  constexpr int P = pack_width<Sink>();
  Runs const to = runs_of<P>(dst);
  if constexpr (has_stencil<Source>) {
    if constexpr (!std::is_same_v<Where, Host> && filters_bytes<Source, Sink>) {
      ByteFilterProgram<Source, Sink> const program{src, dst};
      if (program.fits()) return launch(where, program);
    }
    constexpr bool rows = std::is_same_v<Where, Host> && stencil_tile<Source>().width >= host_run;
    constexpr int pixels = rows ? host_run : P;
    constexpr int pixels_below = rows ? host_run : 4;
    launch(where, StencilProgram<Source, Sink, pixels>{src, dst, staging_runs<pixels_below>(src),
                                                       runs_of<pixels>(dst)});
  } else if constexpr (gathers_tiles<Source>) {
    launch(where, ResampleProgram<Source, Sink>{src, dst, below_maps(src).tile()});
  } else if constexpr (!std::is_same_v<Where, Host> && samples_pairs<Source>() &&
                       has_plain_rows<Sink>) {  // a CPU reads rows
    launch_columns(where, src, dst, packs<P>(src));
  } else if constexpr (std::is_same_v<Where, Host>) {
    launch(where,
           RowProgram<Source, Sink, P>{src, dst, packs<host_run>(src) && packs<host_run>(dst)});
  } else {
    if constexpr (converts_planes<Source>() && channels_of<Sink> != 1) {
      constexpr int wide = 8;
      Runs const from = planes_read_runs<wide>(below_maps(src));
      Runs const into = runs_of<wide>(dst);
      if (from != Runs::none && into == Runs::words)
        return launch(where, PlanesReadProgram<Source, Sink, wide>{src, dst, from});
      if constexpr (stores_bytes<wide, Sink>) {
        if (from != Runs::none && into == Runs::bytes)
          return launch(where, PlanesReadShiftedProgram<Source, Sink, wide>{src, dst, from});
      }
    }
    if constexpr (gains_from_rows<Source, Sink>) {
      if (rows_are_one(src) && rows_are_one(dst)) {
        Source const row = one_row(src);
        Sink const to_row = one_row(dst);
        if (packs<P>(row) && packs<P>(to_row))
          return launch(where, FlatProgram<Source, Sink, P>{row, to_row});
      }
    }
    if constexpr (is_direct<Source>() && has_flat_planes<Sink>) {
      if (to == Runs::none && planes_are_flat(dst) && packs<1>(src))
        return launch(where, StripProgram<Source, Sink>{src, dst});
    }
    launch(where, MapProgram<Source, Sink, P>{src, dst, packs<P>(src) ? to : Runs::none});
  }
}

/// Picks the skeleton and launches it, once the rules of the copy have been checked.
template <class Where, class Source, class Sink>
void launch_copy(char const* operation, Where where, Source const& src, Sink const& dst) {
  check_reachable(where, operation, "dst", dst);
  check_reachable(where, operation, "src", src);
  if constexpr (is_planes<Sink>) {
    using T = typename Sink::element_type;
    constexpr int P = sizeof(T) == 1 ? 8 : 4;
    PlanesProgram<Source, T, P> const program{src, dst, planes_source_runs<P>(src),
                                              planes_runs<P>(dst)};
    if constexpr (std::is_same_v<Where, Host>) {
      if (writes_rows(dst) && packs<host_run>(below_affine(src)))
        return launch(where, PlanesRowProgram<Source, T, P>{program});
    } else if constexpr (sizeof(T) == 1) {
      if (program.from != Runs::none && program.to == Runs::bytes)
        return launch(where, PlanesShiftedProgram<Source, T, P>{program});
    }
    launch(where, program);
  } else if constexpr (is_tensor<Sink> || is_batch<Sink>) {
    launch_pixels(where, for_result<typename Sink::pixel::value_type>(src), dst);
  } else {
    launch_pixels(where, src, dst);
  }
}
/// Checks the rules of a copy and launches it.
template <class Where, class Source, class Sink>
void run_copy(char const* operation, Where where, Source const& src, Sink const& dst) {
  static_assert(Image<Source>,
                "pane::copy: the second argument is no image: it needs pixel, batch(), size(n) and "
                "operator()(n, y, x)");
  static_assert(channels_of<Source> == channels_of<Sink>,
                "pane::copy: the image and the destination differ in their number of channels: use "
                "views::reorder, views::gray, "
                "views::add_alpha or views::drop_alpha");
  check_copy(operation, src, dst);
  launch_copy(operation, where, src, dst);
}

/// Gives tensors with a run-time number of channels, or with many, a form that the kernels know.
template <class Where, class Source, class Sink>
void copy_any(char const* operation, Where where, Source const& src, Sink const& dst) {
  if constexpr (is_tensor<Source> && is_tensor<Sink>) {
    if constexpr (Source::channels == dynamic || Sink::channels == dynamic ||
                  Source::channels > 4) {
      if (src.channel_count() != dst.channel_count())
        copy_error(operation, src, dst, "the number of channels must agree");
      check_copy(operation, src, dst);
      using L = typename Sink::layout_type;
      std::int64_t places = dst.channel_count();
      if constexpr (is_blocked<L>) places = dst.extent(axis_c<L>) * dst.extent(axis_block<L>);
      launch_copy(
          operation, where,
          ChannelImages<typename Source::element_type, typename Source::layout_type>{src, places},
          ChannelImages<typename Sink::element_type, L>{dst, places});
    } else {
      run_copy(operation, where, src, dst);
    }
  } else if constexpr (is_tensor<Sink>) {
    if constexpr (Sink::channels == dynamic) {
      constexpr int C = channels_of<Source>;
      if (dst.channel_count() != C)
        copy_error(operation, src, dst, concat("dst must have ", C, " channels"));
      run_copy(operation, where, src, channels<C>(dst));
    } else {
      run_copy(operation, where, src, dst);
    }
  } else {
    run_copy(operation, where, src, dst);
  }
}

}  // namespace detail

/// Evaluates an image into a destination: the one call that computes. Whatever the chain of views, it is one kernel.
///
/// `copy` between tensors of different layouts is the conversion of layout: any strides, pitched, blocked, any number
/// of channels. Values are converted by `saturate_cast`: rounded to nearest even and clamped, once, here.
///
/// Into `Planes` (NV12, I420, P010, ...) goes an image of (Y, U, V), by `views::to_yuv` for example: a chroma sample is
/// the mean of the pixels that it lies in the middle of, or, for cosited chroma, a triangle (1 2 1) around it; at the
/// edge the last pixel is repeated.
///
/// Shapes    batch, height, width and channels of src and dst agree
/// Elements  every pair that `saturate_cast` knows
/// Memory    src and dst do not overlap, except that a chain of pointwise views may write to the very elements that
///           it reads; nothing is allocated. On a stream all memory is reachable from the current device.
/// Stream    enqueued, not waited for; with `host` the result is there on return
/// @param where  `Stream` (or a `cudaStream_t`) of the current device, or `host`.
/// @param src    A tensor, planes, a batch, or a chain of views over them.
/// @param dst    A tensor, planes, a `Batch` of tensors, or a `tee`.
/// @throws InvalidArgument  a rule above is broken; nothing has been enqueued. The message has both tensors.
/// @throws CudaError        the launch failed.
template <class Source, class Sink>
void copy(Host where, Source const& src, Sink const& dst) {
  detail::copy_any("pane::copy", where, src, dst);
}

#if defined(__CUDACC__)
template <class Source, class Sink>
void copy(Stream where, Source const& src, Sink const& dst) {
  detail::copy_any("pane::copy", where, src, dst);
}
#else
template <class Source, class Sink>
void copy(Stream, Source const&, Sink const&) {
  static_assert(detail::is_tensor<Source> && !detail::is_tensor<Source>,
                "pane: running on a stream needs a CUDA compiler: name this file .cu, or pass "
                "pane::host");
}
#endif

PANE_HIDDEN_END
PANE_NAMESPACE_END
