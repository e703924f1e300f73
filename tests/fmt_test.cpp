// SPDX-License-Identifier: MIT
#include <pane/fmt.hpp>
#include <pane/pane.hpp>
#include <tests/support/catch.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <type_traits>

namespace {

template <class T>
std::string shown(T const& value) {
  return fmt::format("{}", value);
}

struct Unknown {};
enum class ForeignEnum { a };

}  // namespace

TEST_CASE("DLPack's terms") {
  CHECK(shown(pane::DlpackDevice{pane::DlpackDeviceType::cuda, 1}) == "cuda:1");
  CHECK(shown(pane::DlpackDataType{4, 16, 1}) == "code 4, bits 16, lanes 1");
  CHECK(shown(pane::DlpackVersion{1, 3}) == "1.3");
  CHECK(shown(pane::DlpackKind::legacy) == "legacy");
  CHECK(shown(pane::ReadOnlyMark::drop) == "drop");
}

TEST_CASE("fmt: element types and enumerations have the names that messages use") {
  CHECK(shown(pane::DType::bf16) == "bf16");
  CHECK(shown(pane::DType::boolean) == "bool");
  CHECK(shown(pane::Rounding::toward_zero) == "toward_zero");
  CHECK(shown(pane::PointerCheck::off) == "off");
  CHECK(shown(pane::ChromaSiting::top_left) == "top_left");
  CHECK(shown(pane::Border::constant) == "constant");
  CHECK(shown(pane::Border::reflect_101) == "reflect_101");
  CHECK(shown(pane::Border::wrap) == "wrap");
  CHECK(shown(pane::CoordinateRule::asymmetric) == "asymmetric");
  CHECK(shown(pane::half_pixel) == "half_pixel");
  CHECK(shown(pane::limited_range) == "limited");
  CHECK(shown(pane::full_range) == "full");
  CHECK(shown(pane::FlipAxis::both) == "both");
  CHECK(shown(pane::Anchor::top_left) == "top_left");
  CHECK(shown(pane::Upscale::never) == "never");
  CHECK(shown(pane::Access::write) == "write");
  CHECK(shown(pane::Opaque::accept) == "accept");
  CHECK(shown(pane::MemoryOrder::row_pitch) == "row_pitch");
  CHECK(shown(pane::NegativeStrides::allow) == "allow");
  CHECK(shown(pane::Ordering::by_caller) == "by_caller");
  CHECK(shown(pane::Presence::given) == "given");
  CHECK(shown(pane::ArrayProtocol::array_interface) == "array interface");
  CHECK(shown(pane::ImportReason::read_only) == "read_only");
  CHECK(shown(pane::CaiQuirk::integer_flag) == "integer_flag");
  CHECK(shown(pane::MemoryInfo::Type::managed) == "managed");
  CHECK(shown(static_cast<pane::Border>(200)) == "?");
}

TEST_CASE("fmt: the format of a pixel is that of its channels") {
  CHECK(shown(pane::Vec<std::uint8_t, 3>{{0, 127, 255}}) == "(0, 127, 255)");
  CHECK(shown(pane::Vec<std::int8_t, 1>{{-128}}) == "(-128)");
  CHECK(fmt::format("{:.2f}", pane::Vec<float, 2>{{0.125f, -3.0f}}) == "(0.12, -3.00)");
  CHECK(fmt::format("{:03}", pane::Vec<std::uint8_t, 2>{{7, 255}}) == "(007, 255)");
  CHECK(shown(pane::Vec<bool, 2>{{true, false}}) == "(true, false)");
  CHECK(shown(pane::Vec<pane::f16, 2>{{pane::f16{0x3c00}, pane::f16{0xc100}}}) == "(1, -2.5)");
  CHECK(fmt::format("{:.1f}", pane::f16{0x3c00}) == "1.0");
  CHECK(shown(pane::bf16{0x4049}) == "3.140625");
  CHECK(shown(pane::f8_e4m3{0x45}) == "3.25");
  CHECK(fmt::format("{:.2f}", pane::f8_e5m2{0xc1}) == "-2.50");
  pane::Vec<float, 1> const pixel{{1.0f}};
  CHECK_THROWS_AS(fmt::format(fmt::runtime("{:q}"), pixel), fmt::format_error);
  CHECK_THROWS_AS(fmt::format(fmt::runtime("{:{}}"), pixel, 3), fmt::format_error);
  CHECK_THROWS_AS(fmt::format(fmt::runtime("{:" + std::string(40, '0') + "}"), pixel),
                  fmt::format_error);
}

TEST_CASE("fmt: layouts are spelled as their types") {
  CHECK(shown(pane::HW{}) == "HW");
  CHECK(shown(pane::NHWC<3>{}) == "NHWC<3>");
  CHECK(shown(pane::HWC<>{}) == "HWC<>");
  CHECK(shown(pane::Layout<'W', 'H'>{}) == "WH");
  CHECK(shown(pane::NCHWc<3, 4>{}) == "NCHWc<3, 4>");
}

TEST_CASE("fmt: tensors and images are shown as messages show them") {
  std::uint8_t pixels[2 * 8 * 3] = {};
  auto const t = pane::Tensor<std::uint8_t, pane::HWC<3>>::pitched(pixels, {2, 4, 3}, 24);
  std::string const text = "HWC u8 [2, 4, 3] strides [24, 3, 1] bytes at " +
                           fmt::format("{}", fmt::ptr(pixels)) + " host";
  CHECK(shown(t) == text);
  CHECK(shown(pane::AnyTensor(pane::Tensor<std::uint8_t const, pane::HWC<3>>(t))) ==
        text + " (read-only)");
  CHECK(shown(t | pane::views::resize(5, 7)) == "image of 1 x 5 x 7 x 3 over " + text);
  auto const frame = pane::nv12<std::uint8_t>(pixels, pixels + 16, {.height = 4, .width = 4});
  CHECK_THAT(shown(frame),
             Catch::Matchers::ContainsSubstring("image of 1 x 4 x 4 x 3 over NHW u8 [1, 4, 4]"));
  pane::Tensor<std::uint8_t, pane::HWC<3>> const two[] = {t, t};
  CHECK_THAT(shown(pane::batch(two, 2)),
             Catch::Matchers::ContainsSubstring("image of 2 x (own sizes) x 3 over " + text));
}

TEST_CASE("fmt: sizes, rectangles, places and colours") {
  CHECK(shown(pane::Size{1080, 1920}) == "1080 x 1920");
  CHECK(shown(pane::Roi{1, 2, 3, 4}) == "x 1 y 2 width 3 height 4");
  CHECK(shown(pane::Point{0.5f, 2.0f}) == "x 0.5 y 2");
  CHECK(shown(pane::Box{1.0f, 2.0f, 3.5f, 4.0f}) == "x0 1 y0 2 x1 3.5 y1 4");
  CHECK(shown(pane::letterbox_geometry({540, 960}, {640, 640})) ==
        "540 x 960 as 360 x 640 at top 140 left 0 of 640 x 640, scale 0.666667");
  CHECK(shown(pane::Fill(114)) == "114");
  CHECK(shown(pane::Fill(0.0f, 128.0f, 128.0f)) == "(0, 128, 128)");
  CHECK(shown(pane::bt709) == "bt709");
  CHECK(shown(pane::ColorMatrix{0.25, 0.125}) == "kr 0.25 kb 0.125");
  CHECK(shown(pane::nearest) == "nearest");
  CHECK(shown(pane::linear) == "linear");
  CHECK(shown(pane::cubic) == "cubic, a -0.75");
  CHECK(shown(pane::gaussian_taps(3)) == "taps 0.25, 0.5, 0.25");
  CHECK(shown(pane::host) == "host, threads 1");
  CHECK(shown(pane::Stream{}) == "stream 0x0");
}

TEST_CASE("fmt: dictionaries are shown as Python shows them") {
  pane::CudaArrayInterface cai;
  cai.shape = {2, 3};
  cai.typestr = "<f4";
  cai.data = 4096;
  cai.strides = pane::Presence::none;
  cai.stream = std::uint64_t{2};
  CHECK(shown(cai) ==
        "{'shape': (2, 3), 'typestr': '<f4', 'data': (4096, False), 'version': 3, 'strides': None, "
        "'stream': 2}");
  auto const view = pane::resolve(cai);
  CHECK(shown(view) ==
        "shape [2, 3] strides [12, 4] bytes, elements f32 at 0x1000, stream per_thread");
  CHECK(shown(view.stream) == "per_thread");
  CHECK(shown(view.type) == "<f4");
  CHECK(shown(pane::parse_typestr("<M8[25s]")) == "<M8[25s]");
  CHECK(shown(pane::PythonValue::of_bool(true)) == "True");
  CHECK(shown(pane::PythonInteger{true, false, 5}) == "-5");
  CHECK(shown(pane::cai::strict) == "strict");
  CHECK(shown(pane::CaiQuirk::integer_flag | pane::CaiQuirk::no_byte_order) ==
        "no_byte_order | integer_flag");
  pane::MemoryInfo memory;
  memory.type = pane::MemoryInfo::Type::device;
  memory.device = 1;
  memory.accessible = false;
  CHECK(shown(memory) == "device memory of cuda:1, not accessible");
}

TEST_CASE("fmt: fill, alignment and width are those of a string") {
  CHECK(fmt::format("[{:>6}]", pane::DType::u8) == "[    u8]");
  CHECK(fmt::format("[{:6}]", pane::DType::u8) == "[u8    ]");
  CHECK(fmt::format("[{:*^6}]", pane::DType::u8) == "[**u8**]");
  CHECK(fmt::format("[{:<2}]", pane::Size{10, 20}) == "[10 x 20]");
  CHECK_THROWS_AS(fmt::format(fmt::runtime("{:.3}"), pane::DType::u8), fmt::format_error);
}

TEST_CASE("fmt: only the types of the library are taken") {
  STATIC_REQUIRE(fmt::is_formattable<pane::DType>::value);
  STATIC_REQUIRE_FALSE(fmt::is_formattable<Unknown>::value);
  STATIC_REQUIRE_FALSE(fmt::is_formattable<ForeignEnum>::value);
  CHECK(shown(114) == "114");  // a number converts to Fill, and stays a number
  CHECK(fmt::format("{:>5.2f}", 1.0f) == " 1.00");
}
