// SPDX-License-Identifier: MIT
// A Python module over Pane: arrays of any framework in, one kernel on the caller's stream, arrays of any framework out.
#include <pane/interop/infer_layout.hpp>
#include <pane/interop/pybind11.hpp>
#include <pane/version.hpp>

#if PANE_PYTHON_CUDA
#include <pane/interop/pybind11_cuda.hpp>
#endif

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "memory.hpp"
#include "verbs.hpp"

namespace py = pybind11;
using namespace py::literals;
using pane::AnyTensor;
using pane::DType;
using pane::detail::concat;
using pane::python::Array;

namespace {

// ---- arguments ---------------------------------------------------------------------------------------

DType dtype_named(std::string const& text) {
  for (int i = 0; i <= static_cast<int>(DType::f8_e5m2); ++i) {
    if (text == name(static_cast<DType>(i))) return static_cast<DType>(i);
  }
  throw pane::InvalidArgument(
      concat("pane: dtype is ", text,
             ": it is u8, s8, u16, s16, u32, s32, u64, s64, f16, bf16, f32, "
             "f64, bool, f8_e4m3 or f8_e5m2"));
}

pane::ImportOptions import_options(std::string const& ordering, std::string const& producer) {
  pane::ImportOptions out;
  if (ordering == "by_caller") {
    out.ordering = pane::Ordering::by_caller;
  } else if (ordering != "after_producer") {
    throw pane::InvalidArgument(
        concat("pane: ordering is ", ordering, ": it is after_producer or by_caller"));
  }
  if (producer == "pynvvideocodec") {
    out.accept = pane::cai::pynvvideocodec;
  } else if (producer == "cvcuda") {
    out.accept = pane::cai::cvcuda;
  } else if (producer == "cupy") {
    out.accept = pane::cai::cupy;
  } else if (producer != "any") {
    throw pane::InvalidArgument(
        concat("pane: producer is ", producer, ": it is any, cupy, cvcuda or pynvvideocodec"));
  }
  return out;
}

/// The axes of `t`, which are called `from`, in the order `to`.
AnyTensor in_order(AnyTensor const& t, std::string_view from, std::string_view to) {
  pane::detail::require(static_cast<int>(from.size()) == t.rank && to.size() == from.size(),
                        "pane: layout is ", std::string(from), " and to is ", std::string(to),
                        ": both name the axes of ", t.text());
  AnyTensor out = t;
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::size_t const axis = from.find(to[i]);
    pane::detail::require(axis != from.npos && from.rfind(to[i]) == axis && to.rfind(to[i]) == i,
                          "pane: layout is ", std::string(from), " and to is ", std::string(to),
                          ": each axis is named once in both");
    out.shape[i] = t.shape[axis];
    out.stride_bytes[i] = t.stride_bytes[axis];
    out.axes[i] = to[i];
  }
  return out;
}

/// An image or a batch as NHWC. Without a layout, rank 2 is HW, and the strides must leave one answer.
AnyTensor as_nhwc(AnyTensor t, std::string layout) {
  if (layout.empty()) layout = pane::infer_layout(t).axes;
  t.axes[0] = '\0';
  AnyTensor wide = t;
  auto const add = [&](char axis) {
    if (layout.find(axis) != layout.npos) return;
    layout += axis;
    pane::detail::require(wide.rank < 4, "pane: ", t.text(), " has no layout ", layout);
    wide.shape[wide.rank] = 1;
    wide.stride_bytes[wide.rank++] = pane::size_bytes(t.dtype);
  };
  pane::detail::require(static_cast<int>(layout.size()) == t.rank, "pane: layout is ", layout,
                        ": it names the axes of ", t.text());
  add('N');
  add('C');
  return in_order(wide, layout, "NHWC");
}

std::vector<std::int64_t> shape_of(AnyTensor const& t) {
  return {t.shape, t.shape + t.rank};
}

/// The result: what the caller gave, or a fresh Array.
struct Result {
  py::object object;
  AnyTensor tensor;
};

/// Runs `body(call, place_for_result)` on the machine of the arrays: on `stream` for memory of a GPU.
template <class Body>
py::object on_machine_of(py::handle array,
                         py::handle stream,
                         pane::ImportOptions const& options,
                         Body const& body) {
  pane::python::Home const home = pane::python::home_of(array);
  if (!home.on_gpu()) {
    pane::python::HostCall call(pane::host, options);
    return body(call, [&](py::object const& out, auto const& shape, DType dtype) {
      if (!out.is_none()) return Result{out, call.write(out)};
      Array fresh = example::allocate(shape, dtype, AnyTensor::host_device);
      AnyTensor const tensor = fresh.tensor;
      return Result{py::cast(std::move(fresh)), tensor};
    });
  }
#if PANE_PYTHON_CUDA
  pane::python::StreamCall call(stream, array, options);
  return body(call, [&](py::object const& out, auto const& shape, DType dtype) {
    if (!out.is_none()) return Result{out, call.write(out)};
    pane::detail::require(
        !call.captured(),
        "pane: the stream is being captured, when nothing can be allocated: pass out");
    Array fresh = example::allocate(shape, dtype, call.device());
    fresh.stream = call.where();
    fresh.stream_owner = call.stream_owner();
    call.keep_too(fresh.owner);
    AnyTensor const tensor = fresh.tensor;
    return Result{py::cast(std::move(fresh)), tensor};
  });
#else
  (void)stream;
  throw pane::Unsupported("pane: the memory is a GPU's and this module was built without CUDA");
#endif
}

// ---- the functions -----------------------------------------------------------------------------------

py::object asarray(py::object const& object,
                   py::object const& stream,
                   bool writable,
                   std::string const& ordering,
                   std::string const& producer) {
  pane::ImportOptions const options = import_options(ordering, producer);
  auto const access = writable ? pane::Access::write : pane::Access::read;
  pane::python::Home const home = pane::python::home_of(object);
  Array out;
  out.device = home.device;
  if (!home.on_gpu()) {
    pane::python::Offer offer = pane::python::host_offer_of(object, access, options);
    out.tensor = pane::python::import_offer(offer, access, pane::host, options);
    out.owner = offer.owner;
    return py::cast(std::move(out));
  }
#if PANE_PYTHON_CUDA
  pane::python::StreamCall call(stream, object, options);
  out.tensor = writable ? call.write(object) : call.read(object);
  out.owner = call.owner();
  out.device.device_id = call.device();
  out.stream = call.where();
  out.stream_owner = call.stream_owner();
  return py::cast(std::move(out));
#else
  (void)stream;
  throw pane::Unsupported("pane: the memory is a GPU's and this module was built without CUDA");
#endif
}

py::object reformat(py::object const& src,
                    py::object const& out,
                    std::string const& layout,
                    std::string const& to,
                    std::string const& dtype,
                    py::object const& stream,
                    std::string const& ordering,
                    std::string const& producer) {
  return on_machine_of(out.is_none() ? src : out, stream, import_options(ordering, producer),
                       [&](auto& call, auto const& result) -> py::object {
                         AnyTensor in = call.read(src);
                         if (!layout.empty() || !to.empty()) in = in_order(in, layout, to);
                         DType const type = dtype.empty() ? in.dtype : dtype_named(dtype);
                         Result const dst = result(out, shape_of(in), type);
                         {
                           py::gil_scoped_release const unlocked;
                           example::reformat(call.where(), in, dst.tensor);
                         }
                         call.finish();
                         return dst.object;
                       });
}

py::object resize(py::object const& src,
                  std::optional<std::pair<int, int>> size,
                  py::object const& out,
                  std::string const& layout,
                  py::object const& stream,
                  std::string const& ordering,
                  std::string const& producer) {
  pane::detail::require(size || !out.is_none(), "pane.resize: pass size=(height, width) or out");
  return on_machine_of(out.is_none() ? src : out, stream, import_options(ordering, producer),
                       [&](auto& call, auto const& result) -> py::object {
                         AnyTensor const given = call.read(src);
                         std::string axes = layout;
                         if (axes.empty()) axes = pane::infer_layout(given).axes;
                         AnyTensor const in = as_nhwc(given, axes);
                         std::vector<std::int64_t> shape = shape_of(given);
                         for (std::size_t i = 0; size && i < axes.size(); ++i) {
                           if (axes[i] == 'H') shape[i] = size->first;
                           if (axes[i] == 'W') shape[i] = size->second;
                         }
                         Result const dst = result(out, shape, in.dtype);
                         AnyTensor const to = as_nhwc(dst.tensor, axes);
                         {
                           py::gil_scoped_release const unlocked;
                           example::resize(call.where(), in, to);
                         }
                         call.finish();
                         return dst.object;
                       });
}

/// A plane of luma: (H, W), (N, H, W), or PyNvVideoCodec's (H, W, 1).
pane::Tensor<std::uint8_t const, pane::NHW> plane(AnyTensor t) {
  if (t.rank == 3 && t.shape[2] == 1 && t.shape[0] != 1) --t.rank;
  if (t.rank == 2) {
    return pane::Tensor<std::uint8_t const, pane::NHW>::strided(
        t.as<std::uint8_t const, pane::HW>().data(), {1, t.shape[0], t.shape[1]},
        {0, t.stride_bytes[0], t.stride_bytes[1]});
  }
  return t.as<std::uint8_t const, pane::NHW>();
}

/// U or V of interleaved chroma: (H, W, 2) or (N, H, W, 2).
pane::Tensor<std::uint8_t const, pane::NHW> chroma(AnyTensor const& t, int which) {
  pane::detail::require(
      t.rank >= 3 && t.rank <= 4 && t.shape[t.rank - 1] == 2 && t.dtype == DType::u8,
      "pane.preprocess: chroma is ", t.text(), ": it must be u8 (H, W, 2) or (N, H, W, 2)");
  int const h = t.rank - 3;
  auto const* const data = static_cast<std::uint8_t const*>(t.data);
  return pane::Tensor<std::uint8_t const, pane::NHW>::strided(
      data == nullptr ? data : data + which * t.stride_bytes[h + 2],
      {h == 0 ? 1 : t.shape[0], t.shape[h], t.shape[h + 1]},
      {h == 0 ? 0 : t.stride_bytes[0], t.stride_bytes[h], t.stride_bytes[h + 1]});
}

void fill_floats(float (&to)[3], py::object const& from) {
  if (from.is_none()) return;
  auto const values = from.cast<py::sequence>();
  pane::detail::require(values.size() == 3, "pane.preprocess: mean and std have 3 numbers");
  for (std::size_t i = 0; i < 3; ++i) to[i] = py::object(values[i]).cast<float>();
}

py::object preprocess(py::object const& src,
                      std::optional<std::pair<int, int>> size,
                      py::object const& out,
                      std::string const& format,
                      std::string const& dtype,
                      py::object const& mean,
                      py::object const& std,
                      float scale,
                      float fill,
                      std::string const& matrix,
                      std::string const& range,
                      py::object const& stream,
                      std::string const& ordering,
                      std::string const& producer) {
  example::Preprocess how;
  fill_floats(how.mean, mean);
  fill_floats(how.std, std);
  how.scale = scale;
  how.fill = fill;
  pane::detail::require(matrix == "bt601" || matrix == "bt709" || matrix == "bt2020",
                        "pane.preprocess: matrix is ", matrix, ": it is bt601, bt709 or bt2020");
  how.matrix = matrix == "bt601" ? pane::bt601 : matrix == "bt709" ? pane::bt709 : pane::bt2020;
  pane::detail::require(range == "limited" || range == "full", "pane.preprocess: range is ", range,
                        ": it is limited or full");
  how.range = range == "limited" ? pane::limited_range : pane::full_range;
  pane::detail::require(format == "rgb" || format == "nv12", "pane.preprocess: format is ", format,
                        ": it is rgb or nv12");
  bool const planes = py::isinstance<py::tuple>(src) || py::isinstance<py::list>(src);
  pane::detail::require(!planes || (format == "nv12" && py::len(src) == 2),
                        "pane.preprocess: a pair of planes is (luma, chroma) of nv12");
  py::object const first = planes ? py::object(src.cast<py::sequence>()[0]) : src;
  pane::detail::require(size || !out.is_none(),
                        "pane.preprocess: pass size=(height, width) or out");
  return on_machine_of(
      out.is_none() ? first : out, stream, import_options(ordering, producer),
      [&](auto& call, auto const& result) -> py::object {
        std::vector<std::int64_t> shape{0, 3, size ? size->first : 0, size ? size->second : 0};
        auto const compute = [&](auto const& image) {
          shape[0] = image.batch();
          Result const dst = result(out, shape, dtype_named(dtype));
          {
            py::gil_scoped_release const unlocked;
            example::preprocess(call.where(), image, dst.tensor, how);
          }
          call.finish();
          return dst.object;
        };
        AnyTensor const luma = call.read(first);
        if (format == "rgb") {
          bool const batch = luma.rank == 4;
          return compute(as_nhwc(luma, batch ? "NHWC" : "HWC")
                             .template as<std::uint8_t const, pane::NHWC<3>>());
        }
        if (!planes) return compute(pane::nv12_tall(plane(luma)));
        AnyTensor const uv = call.read(src.cast<py::sequence>()[1]);
        return compute(
            pane::Nv12<std::uint8_t const>(plane(luma), chroma(uv, 0), chroma(uv, 1), 1, 1));
      });
}

}  // namespace

PYBIND11_MODULE(pane, module) {
  module.doc() =
      "Zero-copy views of any framework's arrays, and image kernels that fuse into one launch.";
  module.attr("__version__") =
      concat(PANE_VERSION_MAJOR, ".", PANE_VERSION_MINOR, ".", PANE_VERSION_PATCH);
  module.attr("with_cuda") = bool(PANE_PYTHON_CUDA);
  pane::python::bind_errors(module);
  pane::python::bind_array(module);

  module.def("asarray", &asarray, "object"_a, py::kw_only(), "stream"_a = py::none(),
             "writable"_a = false, "ordering"_a = "after_producer", "producer"_a = "any",
             "A view of an array of any framework. Copies nothing; keeps the object alive.");
  module.def(
      "empty",
      [](std::vector<std::int64_t> const& shape, std::string const& dtype, int device) {
        return example::allocate(shape, dtype_named(dtype), device);
      },
      "shape"_a, "dtype"_a, "device"_a = -1,
      "Uninitialised memory of this module: on a CUDA device, or on the host (-1).");
  module.def(
      "reformat", &reformat, "src"_a, "out"_a = py::none(), py::kw_only(), "layout"_a = "",
      "to"_a = "", "dtype"_a = "", "stream"_a = py::none(), "ordering"_a = "after_producer",
      "producer"_a = "any",
      "Copies src to out, with its axes renamed from layout to `to`, in another element type.");
  module.def(
      "resize", &resize, "src"_a, "size"_a = py::none(), "out"_a = py::none(), py::kw_only(),
      "layout"_a = "", "stream"_a = py::none(), "ordering"_a = "after_producer",
      "producer"_a = "any",
      "Resamples an image or a batch, linearly, to size=(height, width), or to the size of out.");
  module.def("preprocess", &preprocess, "src"_a, "size"_a = py::none(), "out"_a = py::none(),
             py::kw_only(), "format"_a = "rgb", "dtype"_a = "f32", "mean"_a = py::none(),
             "std"_a = py::none(), "scale"_a = 1.0f / 255, "fill"_a = 114.0f, "matrix"_a = "bt709",
             "range"_a = "limited", "stream"_a = py::none(), "ordering"_a = "after_producer",
             "producer"_a = "any",
             "Pictures or NV12 frames, letterboxed and normalised, as an NCHW batch. One kernel.");
  module.def(
      "stream_handle",
      [](py::object const& stream) {
        return reinterpret_cast<std::uintptr_t>(pane::python::stream_of(stream).handle());
      },
      "stream"_a, "The handle that a stream argument stands for; 1 is the legacy default stream.");
  module.def(
      "collect",
      [] {
        pane::python::collect_dropped();
#if PANE_PYTHON_CUDA
        pane::python::detail::release_queue().collect();
#endif
      },
      "Lets go of arrays that streams have passed. Every call does it too.");
}
