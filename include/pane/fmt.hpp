// SPDX-License-Identifier: MIT
#pragma once

// Formatters of the public types for fmt 9 and later: fmt::print("{}\n", tensor). The only header
// that includes fmt.
//
// Everything is formatted as messages show it and takes fill, alignment and width: "{:>40}". Pixels
// (`Vec`), the halves and the 8-bit floats take the format of a number instead, once for each channel: "{:.2f}".

#include <pane/core/any_tensor.hpp>
#include <pane/core/batch.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/image.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/numeric.hpp>
#include <pane/core/planes.hpp>
#include <pane/core/shape.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/core/vec.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/dlpack_export.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/typestr.hpp>
#include <pane/views/border.hpp>
#include <pane/views/color.hpp>
#include <pane/views/flip.hpp>
#include <pane/views/interpolation.hpp>
#include <pane/views/letterbox.hpp>
#include <pane/views/pad.hpp>
#include <pane/views/resample_taps.hpp>
#include <pane/views/separable.hpp>

#include <fmt/format.h>

#include <concepts>  // std::same_as
#include <cstddef>
#include <string>
#include <type_traits>

PANE_NAMESPACE_BEGIN
namespace detail {

/// The text of a type: `static std::string of(T const&)`. A specialisation, never an overload: no
/// value that merely converts to one of our types is taken.
template <class T>
struct Text;
template <class T>
concept HasText = requires(T const& value) {
  { Text<T>::of(value) } -> std::same_as<std::string>;
};

/// The names of an enumeration in the order of its values.
template <class E>
struct Names;

#define PANE_NAMES(type, ...)                            \
  template <>                                            \
  struct Names<type> {                                   \
    static constexpr char const* list[] = {__VA_ARGS__}; \
  };
PANE_NAMES(Access, "read", "write")
PANE_NAMES(Anchor, "center", "top_left")
PANE_NAMES(Border, "constant", "replicate", "reflect", "reflect_101", "wrap")
PANE_NAMES(ChromaSiting, "center", "left", "top_left")
PANE_NAMES(ColorRange, "limited", "full")
PANE_NAMES(CoordinateRule, "half_pixel", "align_corners", "asymmetric")
PANE_NAMES(DlpackKind, "legacy", "versioned")
PANE_NAMES(FlipAxis, "horizontal", "vertical", "both")
PANE_NAMES(MemoryOrder, "any", "c_contiguous", "f_contiguous", "row_pitch")
PANE_NAMES(NegativeStrides, "refuse", "allow")
PANE_NAMES(Opaque, "refuse", "accept")
PANE_NAMES(Ordering, "after_producer", "by_caller")
PANE_NAMES(PointerCheck, "on", "off")
PANE_NAMES(Presence, "absent", "none", "given")
PANE_NAMES(ReadOnlyMark, "keep", "drop")
PANE_NAMES(ResampleFilter, "box", "area", "triangle", "hamming", "bicubic", "lanczos")
PANE_NAMES(Rounding, "nearest_even", "toward_zero")
PANE_NAMES(Upscale, "allowed", "never")
#undef PANE_NAMES

template <class E>
requires requires {
  Names<E>::list;
}
struct Text<E> {
  static std::string of(E value) {
    auto const i = static_cast<std::size_t>(value);
    return i < std::size(Names<E>::list) ? Names<E>::list[i] : "?";
  }
};

template <class E>
requires(std::same_as<E, ArrayProtocol> || std::same_as<E, DType> ||
         std::same_as<E, ImportReason> || std::same_as<E, CaiQuirk> ||
         std::same_as<E, MemoryInfo::Type>) struct Text<E> {
  static std::string of(E value) { return name(value); }
};

/// "HW", "NHWC<3>", "HWC<>", "NCHWc<3, 4>"
template <TensorLayout L>
struct Text<L> {
  static std::string of(L const&) {
    std::string out = L::axes;
    if constexpr (axis_c<L> >= 0) {
      out += "<" + (L::channels == dynamic ? std::string() : std::to_string(L::channels));
      if constexpr (requires { L::block; }) out += ", " + std::to_string(L::block);
      out += ">";
    }
    return out;
  }
};

template <class T, class L>
struct Text<Tensor<T, L>> {
  static std::string of(Tensor<T, L> const& t) { return describe(t); }
};
/// Planes, ragged batches and lazy views: "image of 1 x 224 x 224 x 3 over HWC u8 ..."
template <class View>
requires(Image<View> && !is_tensor<View>) struct Text<View> {
  static std::string of(View const& image) { return image_text(image); }
};

#define PANE_TEXT(type, ...)                                     \
  template <>                                                    \
  struct Text<type> {                                            \
    static std::string of(type const& v) { return __VA_ARGS__; } \
  };
PANE_TEXT(AnyTensor, describe(v))
PANE_TEXT(Size, concat(v.height, " x ", v.width))
PANE_TEXT(Roi, concat("x ", v.x, " y ", v.y, " width ", v.width, " height ", v.height))
PANE_TEXT(Stream, concat("stream ", static_cast<void const*>(v.handle())))
PANE_TEXT(Host, concat("host, threads ", v.threads))

PANE_TEXT(CaiStream, describe(v))
PANE_TEXT(CudaArrayInterface, to_python_text(v))
PANE_TEXT(PythonValue, to_python_text(v))
PANE_TEXT(PythonInteger, to_python_text(PythonValue::of_integer(v)))
PANE_TEXT(ArrayView,
          concat(view_text(v),
                 " at ",
                 reinterpret_cast<void const*>(v.data),
                 v.readonly ? " (read-only)" : "",
                 ", stream ",
                 describe(v.stream)))
PANE_TEXT(DlpackDevice, describe(v))
PANE_TEXT(DlpackDataType, describe(v))
PANE_TEXT(DlpackVersion, concat(v.major, ".", v.minor))
PANE_TEXT(MemoryInfo,
          concat(name(v.type),
                 v.device >= 0 ? concat(" memory of cuda:", v.device) : std::string(" memory"),
                 v.accessible ? "" : ", not accessible"))

PANE_TEXT(Nearest, (static_cast<void>(v), "nearest"))
PANE_TEXT(Linear, (static_cast<void>(v), "linear"))
PANE_TEXT(Cubic, concat("cubic, a ", static_cast<double>(v.a)))
PANE_TEXT(Point, concat("x ", static_cast<double>(v.x), " y ", static_cast<double>(v.y)))
PANE_TEXT(Box,
          concat("x0 ",
                 static_cast<double>(v.x0),
                 " y0 ",
                 static_cast<double>(v.y0),
                 " x1 ",
                 static_cast<double>(v.x1),
                 " y1 ",
                 static_cast<double>(v.y1)))
PANE_TEXT(LetterboxGeometry,
          concat(v.from.height,
                 " x ",
                 v.from.width,
                 " as ",
                 v.height,
                 " x ",
                 v.width,
                 " at top ",
                 v.top,
                 " left ",
                 v.left,
                 " of ",
                 v.to.height,
                 " x ",
                 v.to.width,
                 ", scale ",
                 v.scale))
#undef PANE_TEXT

/// `<f4`, `<M8[ns]`
template <>
struct Text<Typestr> {
  static std::string of(Typestr const& v) {
    std::string out = v.order == '\0' ? "" : std::string(1, v.order);
    out += v.kind + std::to_string(v.size);
    return v.unit.empty() ? out : out + "[" + v.unit + "]";
  }
};

/// "integer_flag | bytes_typestr", or "strict"
template <>
struct Text<CaiQuirks> {
  static std::string of(CaiQuirks const& v) {
    std::string out;
    for (int i = 0; i < cai_quirk_count; ++i) {
      auto const quirk = static_cast<CaiQuirk>(1 << i);
      if (v.has(quirk)) out += (out.empty() ? "" : " | ") + std::string(name(quirk));
    }
    return out.empty() ? "strict" : out;
  }
};

/// The standard where it is one of ours.
template <>
struct Text<ColorMatrix> {
  static std::string of(ColorMatrix const& v) {
    auto const is = [&](ColorMatrix const& k) {
      return !(v.kr < k.kr) && !(k.kr < v.kr) && !(v.kb < k.kb) && !(k.kb < v.kb);
    };
    if (is(bt601)) return "bt601";
    if (is(bt709)) return "bt709";
    if (is(bt2020)) return "bt2020";
    return concat("kr ", v.kr, " kb ", v.kb);
  }
};

/// "114", "(0, 128, 128)"
template <>
struct Text<Fill> {
  static std::string of(Fill const& v) {
    std::string out;
    for (int i = 0; i < v.count; ++i)
      out += (i == 0 ? "" : ", ") + concat(static_cast<double>(v.v[i]));
    return v.count == 1 ? out : "(" + out + ")";
  }
};

/// "taps 0.25, 0.5, 0.25"
template <>
struct Text<FilterTaps> {
  static std::string of(FilterTaps const& v) {
    std::string out = "taps";
    for (int i = 0; i < v.size; ++i)
      out += (i == 0 ? " " : ", ") + concat(static_cast<double>(v.weight[i]));
    return out;
  }
};

// The parsers are ours: g++ 12 at -O3 warns of fmt 9's own as soon as a formatter inherits it.

/// [[fill]align][width] of a format.
struct TextSpec {
  char fill = ' ';
  char align = '<';
  std::size_t width = 0;

  static constexpr bool is_align(char c) noexcept { return c == '<' || c == '^' || c == '>'; }

  /// Returns where the format ends, or what follows it.
  template <class Iterator>
  constexpr Iterator parse(Iterator at, Iterator end) {
    if (end - at >= 2 && is_align(at[1])) {
      fill = at[0];
      align = at[1];
      at += 2;
    } else if (at != end && is_align(*at)) {
      align = *at++;
    }
    for (; at != end && *at >= '0' && *at <= '9' && width < 100000; ++at) {
      width = 10 * width + static_cast<std::size_t>(*at - '0');
    }
    return at;
  }

  std::string padded(std::string text) const {
    if (text.size() >= width) return text;
    std::size_t const rest = width - text.size();
    std::size_t const left = align == '<' ? 0 : align == '>' ? rest : rest / 2;
    return std::string(left, fill) + text + std::string(rest - left, fill);
  }
};

/// The format of a number, kept as it was written: "{:.2f}".
struct NumberSpec {
  static constexpr std::size_t capacity = 32;
  char format[capacity] = {'{', ':', '}'};
  std::size_t size = 3;

  /// Returns where the format ends. False in `fits` when it is longer than any sensible one, or nested.
  template <class Iterator>
  constexpr Iterator parse(Iterator at, Iterator end, bool& fits) {
    size = 2;
    for (; at != end && *at != '}'; ++at) {
      fits = *at != '{' && size + 1 < capacity;
      if (!fits) return at;
      format[size++] = *at;
    }
    format[size++] = '}';
    return at;
  }

  template <Element T>
  std::string of(T value) const {
    using Number = std::conditional_t<is_half<T> || is_f8<T>, float, T>;
    Number const number = saturate_cast<Number>(value);
    return fmt::vformat(fmt::string_view(format, size), fmt::make_format_args(number));
  }
};

/// What the formatters of numbers share.
struct NumberFormatter {
  NumberSpec spec;

  template <class Context>
  constexpr auto parse(Context& context) {
    bool fits = true;
    auto const at = spec.parse(context.begin(), context.end(), fits);
    if (!fits) throw fmt::format_error("pane: the format of a number is too long or nested");
    return at;
  }
  template <class Context>
  static auto write(std::string const& text, Context& context) {
    auto out = context.out();
    for (char const c : text) *out++ = c;
    return out;
  }
};

}  // namespace detail
PANE_NAMESPACE_END

// In the namespace, not qualified by it: nvcc 13.0 loses fmt's inline namespace otherwise.
namespace fmt {

template <pane::detail::HasText T>
struct formatter<T, char> {
  pane::detail::TextSpec spec;

  template <class Context>
  constexpr auto parse(Context& context) {
    auto const at = spec.parse(context.begin(), context.end());
    if (at != context.end() && *at != '}')
      throw format_error("pane: the format is [[fill]align][width]");
    return at;
  }
  template <class Context>
  auto format(T const& value, Context& context) const {
    auto out = context.out();
    for (char const c : spec.padded(pane::detail::Text<T>::of(value))) *out++ = c;
    return out;
  }
};

template <class T>
requires(std::same_as<T, pane::f16> || std::same_as<T, pane::bf16> ||
         std::same_as<T, pane::f8_e4m3> ||
         std::same_as<T, pane::f8_e5m2>) struct formatter<T, char> : pane::detail::NumberFormatter {
  template <class Context>
  auto format(T value, Context& context) const {
    return write(spec.of(value), context);
  }
};

/// "(0, 127, 255)"
template <class T, int C>
struct formatter<pane::Vec<T, C>, char> : pane::detail::NumberFormatter {
  template <class Context>
  auto format(pane::Vec<T, C> const& pixel, Context& context) const {
    std::string text;
    for (int c = 0; c < C; ++c) text += (c == 0 ? "(" : ", ") + spec.of(pixel.v[c]);
    return write(text + ")", context);
  }
};

}  // namespace fmt
