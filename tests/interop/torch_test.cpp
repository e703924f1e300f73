// SPDX-License-Identifier: MIT
// NEEDS: torch
#if __has_include(<ATen/core/Tensor.h>)

#include <pane/core/any_tensor.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/torch.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/resize.hpp>

#include <ATen/ATen.h>
#include <c10/core/impl/COW.h>
#undef CHECK  // c10's own; the one below is Catch2's
#include <tests/support/catch.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::AnyTensor;
using pane::CHW;
using pane::ConstMemory;
using pane::DType;
using pane::from_torch;
using pane::HW;
using pane::HWC;
using pane::NCHW;
using pane::NHWC;
using pane::Tensor;
using pane::to_torch;
using pane::TorchAxes;

namespace {

using Integers = std::vector<std::int64_t>;

Integers shape_of(AnyTensor const& t) {
  return Integers(t.shape, t.shape + t.rank);
}
Integers strides_of(AnyTensor const& t) {
  return Integers(t.stride_bytes, t.stride_bytes + t.rank);
}
Integers list(at::IntArrayRef values) {
  return values.vec();
}

/// What `from_torch` says of a tensor that it refuses.
std::string refusal(at::Tensor const& tensor) {
  try {
    from_torch(tensor);
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

template <class T, class L>
std::string refusal_as(at::Tensor const& tensor) {
  try {
    from_torch<T, L>(tensor);
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

std::string export_refusal(AnyTensor const& tensor, pane::TorchExport options = {}) {
  try {
    to_torch(tensor, nullptr, options);
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

/// 0, 1, 2, ... in C order.
at::Tensor counted(at::IntArrayRef sizes) {
  std::int64_t count = 1;
  for (std::int64_t const size : sizes) count *= size;
  return at::arange(count, at::kInt).reshape(sizes);
}

template <class T>
concept Exports = requires(T const& tensor, std::shared_ptr<void const> owner) {
  to_torch(tensor, owner);
};
template <class T>
constexpr bool exports = Exports<T>;

constexpr std::pair<at::ScalarType, DType> types[] = {{at::kByte, DType::u8},
                                                      {at::kChar, DType::s8},
                                                      {at::kUInt16, DType::u16},
                                                      {at::kShort, DType::s16},
                                                      {at::kUInt32, DType::u32},
                                                      {at::kInt, DType::s32},
                                                      {at::kUInt64, DType::u64},
                                                      {at::kLong, DType::s64},
                                                      {at::kHalf, DType::f16},
                                                      {at::kBFloat16, DType::bf16},
                                                      {at::kFloat, DType::f32},
                                                      {at::kDouble, DType::f64},
                                                      {at::kBool, DType::boolean},
                                                      {at::kFloat8_e4m3fn, DType::f8_e4m3},
                                                      {at::kFloat8_e5m2, DType::f8_e5m2}};

}  // namespace

TEST_CASE("every element type crosses both ways with its bits") {
  for (auto const& [torch, dtype] : types) {
    CAPTURE(name(dtype));
    at::Tensor const t = at::ones({2, 3}, torch);
    AnyTensor const seen = from_torch(t);
    CHECK(seen.dtype == dtype);
    CHECK(seen.data == t.data_ptr());
    CHECK(seen.device == AnyTensor::host_device);
    CHECK_FALSE(seen.readonly);
    CHECK(seen.axes[0] == '\0');
    CHECK(shape_of(seen) == Integers{2, 3});
    CHECK(strides_of(seen) == Integers{3 * size_bytes(dtype), size_bytes(dtype)});

    at::Tensor const back = to_torch(seen, nullptr);
    CHECK(back.scalar_type() == torch);
    CHECK(back.data_ptr() == t.data_ptr());
    CHECK(back.is_contiguous());
    CHECK(at::equal(back.view(at::kByte), t.view(at::kByte)));
  }
}

TEST_CASE("the small floats of PyTorch are those of Pane") {
  auto const one = [](at::ScalarType type) { return at::ones({1, 1}, type); };
  at::Tensor const half = one(at::kHalf);
  CHECK((from_torch<pane::f16 const, HW>(half).data()->bits == 0x3c00));
  at::Tensor const brain = one(at::kBFloat16);
  CHECK((from_torch<pane::bf16 const, HW>(brain).data()->bits == 0x3f80));
  at::Tensor const e4m3 = one(at::kFloat8_e4m3fn);
  CHECK((from_torch<pane::f8_e4m3 const, HW>(e4m3).data()->bits == 0x38));
  at::Tensor const e5m2 = one(at::kFloat8_e5m2);
  CHECK((from_torch<pane::f8_e5m2 const, HW>(e5m2).data()->bits == 0x3c));
}

TEST_CASE("strides become bytes, and the offset into the storage is followed") {
  at::Tensor const t = counted({4, 5, 6});
  AnyTensor const cut = from_torch(t.slice(0, 1, 3).slice(2, 2, 6, 2));
  CHECK(cut.data == t.data_ptr<int>() + 30 + 2);
  CHECK(shape_of(cut) == Integers{2, 5, 2});
  CHECK(strides_of(cut) == Integers{120, 24, 8});

  AnyTensor const turned = from_torch(t.permute({2, 0, 1}));
  CHECK(shape_of(turned) == Integers{6, 4, 5});
  CHECK(strides_of(turned) == Integers{4, 120, 24});

  AnyTensor const spread = from_torch(counted({1, 3}).expand({4, 3}));
  CHECK(strides_of(spread) == Integers{0, 4});

  CHECK(from_torch(at::scalar_tensor(7.0)).rank == 0);
  AnyTensor const none = from_torch(at::empty({0, 3}));
  CHECK(none.data == nullptr);
  CHECK(shape_of(none) == Integers{0, 3});
  CHECK_THAT(refusal(at::zeros({1, 1, 1, 1, 1, 1, 1, 1, 1})),
             ContainsSubstring("pane::from_torch: the rank is 9"));
}

TEST_CASE("what a bare pointer cannot carry is refused, with the way out") {
  at::Tensor const t = at::ones({2, 3});
  CHECK_THAT(refusal(at::Tensor()), ContainsSubstring("pane::from_torch: tensor is undefined"));
  CHECK_THAT(refusal(t.clone().requires_grad_()), ContainsSubstring("use detach()"));
  CHECK(refusal(t.clone().requires_grad_().detach()) == "accepted");
  at::Tensor const complex = at::ones({2}, at::kComplexFloat);
  CHECK_THAT(refusal(at::conj(complex)), ContainsSubstring("use resolve_conj()"));
  at::Tensor const negated = at::imag(at::conj(complex));
  REQUIRE(negated.is_neg());
  CHECK_THAT(refusal(negated), ContainsSubstring("use resolve_neg()"));
  CHECK(refusal(negated.resolve_neg()) == "accepted");
  CHECK_THAT(refusal(t.to_sparse()), ContainsSubstring("to_dense()"));
  CHECK_THAT(refusal(at::empty({2}, at::TensorOptions().device(at::kMeta))),
             ContainsSubstring("'meta'"));
  CHECK_THAT(refusal(at::quantize_per_tensor(t, 0.1, 0, at::kQUInt8)),
             ContainsSubstring("int_repr()"));
  CHECK_THAT(refusal(complex), ContainsSubstring("ComplexFloat") && ContainsSubstring("DType"));
  CHECK_THAT(refusal(at::empty({2}, at::kFloat8_e4m3fnuz)), ContainsSubstring("Float8_e4m3fnuz"));
}

TEST_CASE("a tensor of PyTorch through a chain of views into another") {
  at::Tensor const photo = at::full({40, 60, 3}, 7, at::kByte);
  //! [readme]
  at::Tensor const small = at::empty({20, 30, 3}, photo.options());
  pane::copy(pane::host,
             pane::from_torch<std::uint8_t const, HWC<3>>(photo) | pane::views::resize(20, 30),
             pane::from_torch<std::uint8_t, HWC<3>>(small));
  // in a .cu file, on torch's stream: pane::TorchDevice const on(photo); pane::copy(on.stream(), ...)
  //! [readme]
  CHECK(at::equal(small, at::full({20, 30, 3}, 7, at::kByte)));
}

TEST_CASE("a tensor becomes the view that the caller says it is") {
  at::Tensor const t = counted({2, 3, 4, 5});
  Tensor<int, NCHW<3>> const view = from_torch<int, NCHW<3>>(t);
  CHECK(view.data() == t.data_ptr());
  CHECK(*view.address(1, 2, 3, 1) == 60 + 20 + 10 + 3);
  *view.address(1, 2, 3, 1) = -1;
  CHECK(t[1][1][2][3].item<int>() == -1);

  CHECK_THAT((refusal_as<float, NCHW<3>>(t)),
             ContainsSubstring("pane::from_torch: ") && ContainsSubstring("s32 [2, 3, 4, 5]") &&
                 ContainsSubstring("the element type must be f32"));
  CHECK_THAT((refusal_as<int, CHW<3>>(t)), ContainsSubstring("the rank must be 3 for CHW"));
  CHECK_THAT((refusal_as<int, NCHW<4>>(t)), ContainsSubstring("extent 1 must be 4"));
  CHECK_THAT((refusal_as<int, NHWC<3>>(t)), ContainsSubstring("extent 3 must be 3"));
}

TEST_CASE("channels_last memory is the interleaved layout") {
  at::Tensor const nchw = counted({2, 3, 4, 5});
  at::Tensor const last = nchw.contiguous(at::MemoryFormat::ChannelsLast);
  Tensor<int const, NHWC<3>> const view = from_torch<int const, NHWC<3>>(last);
  CHECK(view.batch() == 2);
  CHECK(view.height() == 4);
  CHECK(view.width() == 5);
  CHECK(view.is_contiguous());
  for (int c = 0; c < 3; ++c) {
    CHECK(*view.address(1, 2, 3, c) == nchw[1][c][2][3].item<int>());
  }
  SECTION("as NCHW it keeps its order") {
    Tensor<int const, NCHW<3>> const same = from_torch<int const, NCHW<3>>(last);
    CHECK(same.channel_count() == 3);
    CHECK(*same.address(1, 2, 3, 1) == nchw[1][1][2][3].item<int>());
  }
  SECTION("a crop of it is still recognised, and so is one image") {
    auto const crop = from_torch<int const, NHWC<3>>(last.slice(2, 1, 3).slice(3, 2, 5));
    CHECK(crop.height() == 2);
    CHECK(crop.width() == 3);
    CHECK(*crop.address(1, 0, 1, 2) == nchw[1][2][1][3].item<int>());
    auto const one = from_torch<int const, HWC<>>(last[1]);
    CHECK(one.height() == 4);
    CHECK(one.channel_count() == 3);
  }
  SECTION("channels out of it are, while they stay neighbours") {
    at::Tensor const four = counted({2, 4, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor const three = four.slice(1, 0, 3);
    auto const rgb = from_torch<int const, NHWC<3>>(three);
    CHECK(rgb.stride_bytes(2) == 16);
    CHECK(*rgb.address(1, 2, 3, 2) == four[1][2][2][3].item<int>());
    at::Tensor const every_second = four.slice(1, 0, 4, 2);
    CHECK_THAT((refusal_as<int const, NHWC<2>>(every_second)),
               ContainsSubstring("extent 3 must be 2"));
    auto const said = from_torch<int const, NHWC<2>>(every_second, TorchAxes::nchw);
    CHECK(*said.address(1, 2, 3, 1) == four[1][2][2][3].item<int>());
  }
  SECTION("sizes in the order of the layout are taken as they are") {
    at::Tensor const nhwc = counted({2, 4, 5, 3});
    auto const plain = from_torch<int const, NHWC<>>(nhwc);
    CHECK(plain.height() == 4);
    CHECK(*plain.address(1, 2, 3, 1) == nhwc[1][2][3][1].item<int>());
    // Planar memory with permuted sizes: neither reading is interleaved, the sizes decide.
    auto const planar = from_torch<int const, NHWC<>>(nchw.permute({0, 2, 3, 1}));
    CHECK(planar.width() == 5);
    CHECK(planar.channel_count() == 3);
  }
  SECTION("the caller may say it") {
    auto const said = from_torch<int const, NHWC<3>>(nchw, TorchAxes::nchw);
    CHECK(said.height() == 4);
    CHECK_FALSE(said.is_contiguous());
    CHECK(*said.address(1, 2, 3, 1) == nchw[1][1][2][3].item<int>());
    auto const named = from_torch<int const, NHWC<>>(last, TorchAxes::of_layout);
    CHECK(named.height() == 3);
    CHECK_THROWS_WITH((from_torch<int const, HW>(nchw[0][0], TorchAxes::nchw)),
                      ContainsSubstring("TorchAxes::nchw has no meaning for the layout HW"));
  }
}

TEST_CASE("sizes that fit two readings are refused unless the channels decide") {
  at::Tensor const grey = counted({2, 1, 4, 5});  // channels_last and contiguous at once
  CHECK_THAT((refusal_as<int const, NHWC<>>(grey)),
             ContainsSubstring("[2, 1, 4, 5]") && ContainsSubstring("TorchAxes::nchw"));
  CHECK(from_torch<int const, NHWC<1>>(grey).width() == 5);
  CHECK(from_torch<int const, NHWC<5>>(grey).width() == 4);
  CHECK(from_torch<int const, NHWC<>>(grey, TorchAxes::nchw).width() == 5);
  CHECK_THAT((refusal_as<int const, NHWC<7>>(grey)), ContainsSubstring("extent 3 must be 7"));

  at::Tensor const one = counted({2, 1, 1, 1});
  CHECK(from_torch<int const, NHWC<>>(one).channel_count() == 1);
}

TEST_CASE("looking at const elements leaves lazily copied memory shared") {
  at::Tensor const t = at::ones({2, 3});
  at::Tensor const lazy = at::_lazy_clone(t);
  auto const shared = [&] { return c10::impl::cow::is_cow_data_ptr(lazy.storage().data_ptr()); };
  REQUIRE(shared());
  CHECK((from_torch<float const, HW>(lazy).data() == t.const_data_ptr()));
  CHECK(shared());
  CHECK((from_torch<float, HW>(lazy).data() != t.const_data_ptr()));
  CHECK_FALSE(shared());
}

TEST_CASE("the owner lives until PyTorch lets go of the memory") {
  auto const memory = std::make_shared<std::vector<float>>(6, 2.0f);
  std::weak_ptr<std::vector<float>> const watch = memory;
  at::Tensor slice;
  {
    Tensor<float, HW> const view(memory->data(), {2, 3});
    at::Tensor const t = to_torch(AnyTensor(view), memory);
    CHECK(watch.use_count() == 2);
    slice = t[1];
    t[1][2] = 9;
  }
  CHECK((*memory)[5] == 9.0f);
  CHECK(watch.use_count() == 2);
  slice = at::Tensor();
  CHECK(watch.use_count() == 1);

  int released = 0;
  float pixel = 1;
  std::shared_ptr<void const> const owner(&pixel, [&](void const*) { ++released; });
  at::Tensor none = to_torch(AnyTensor(Tensor<float, HW>(nullptr, {0, 3})), owner);
  CHECK(none.numel() == 0);
  CHECK(owner.use_count() == 2);
  none = at::Tensor();
  CHECK(owner.use_count() == 1);
  CHECK(released == 0);
}

TEST_CASE("interleaved memory becomes a channels_last tensor when asked") {
  std::vector<float> pixels(2 * 4 * 5 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i);
  Tensor<float, NHWC<3>> const view(pixels.data(), {2, 4, 5, 3});
  at::Tensor const plain = to_torch(AnyTensor(view), nullptr);
  CHECK(list(plain.sizes()) == Integers{2, 4, 5, 3});
  at::Tensor const nchw = to_torch(AnyTensor(view), nullptr, {.axes = TorchAxes::nchw});
  CHECK(list(nchw.sizes()) == Integers{2, 3, 4, 5});
  CHECK(nchw.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(nchw.suggest_memory_format() == at::MemoryFormat::ChannelsLast);
  CHECK(nchw[1][2][3][4].item<float>() == *view.address(1, 3, 4, 2));
  CHECK(at::equal(nchw, plain.permute({0, 3, 1, 2})));

  Tensor<float, CHW<3>> const padded = Tensor<float, CHW<3>>::pitched(pixels.data(), {3, 2, 5}, 24);
  at::Tensor const rows = to_torch(AnyTensor(padded), nullptr, {.axes = TorchAxes::nchw});
  CHECK(list(rows.sizes()) == Integers{3, 2, 5});
  CHECK(list(rows.strides()) == Integers{12, 6, 1});

  AnyTensor unstated(view);
  unstated.axes[0] = '\0';
  CHECK_THAT(export_refusal(unstated, {.axes = TorchAxes::nchw}),
             ContainsSubstring("pane::to_torch: tensor is ? f32 [2, 4, 5, 3]") &&
                 ContainsSubstring("needs a stated layout"));
  Tensor<float, pane::NCHWc<3, 4>> const blocked(pixels.data(), {2, 1, 2, 5, 4});
  CHECK_THAT(export_refusal(AnyTensor(blocked), {.axes = TorchAxes::nchw}),
             ContainsSubstring("needs a stated layout"));
}

TEST_CASE("an export that would end the process or lose const is refused") {
  std::vector<float> pixels(6);
  AnyTensor flipped(Tensor<float, HW>::strided(pixels.data() + 2, {2, 3}, {12, -4}));
  CHECK_THAT(export_refusal(flipped), ContainsSubstring("a stride is negative") &&
                                          ContainsSubstring("strides [12, -4] bytes"));
  AnyTensor const one_column(Tensor<float, HW>::strided(pixels.data(), {2, 1}, {12, -4}));
  CHECK(to_torch(one_column, nullptr).is_contiguous() == false);
  CHECK(list(to_torch(one_column, nullptr).strides()) == Integers{3, 1});

  Tensor<float const, HW> const read(pixels.data(), {2, 3});
  CHECK_THAT(export_refusal(AnyTensor(read)),
             ContainsSubstring("(read-only)") && ContainsSubstring("ConstMemory::allow"));
  CHECK(to_torch(AnyTensor(read), nullptr, {.const_memory = ConstMemory::allow}).numel() == 6);

  AnyTensor rank9;
  rank9.rank = 9;
  CHECK_THAT(export_refusal(rank9), ContainsSubstring("pane::to_torch: the rank is 9"));
  AnyTensor nowhere(read);
  nowhere.data = nullptr;
  CHECK_THAT(export_refusal(nowhere), ContainsSubstring("the address is null"));
}

TEST_CASE("the device is the one that is stated, without a call of CUDA") {
  auto* const somewhere = reinterpret_cast<std::uint8_t*>(std::uintptr_t{0x7f0000000000});
  AnyTensor const on_gpu(Tensor<std::uint8_t, HWC<3>>(somewhere, {2, 2, 3}), 1);
  at::Tensor const t = to_torch(on_gpu, nullptr);
  CHECK(t.device() == at::Device(at::kCUDA, 1));
  CHECK(from_torch(t).device == 1);
  CHECK(from_torch(t).data == somewhere);

  // A Tensor has no device, so that memory of a GPU would be labelled as the host's.
  STATIC_REQUIRE(exports<AnyTensor>);
  STATIC_REQUIRE_FALSE(exports<Tensor<float, HW>>);
}

TEST_CASE("a batch goes through Pane and agrees with PyTorch") {
  at::Tensor const bytes =
      at::randint(0, 256, {2, 3, 7, 9}, at::kByte).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor const out = at::empty({2, 3, 7, 9}, at::kFloat);
  pane::copy(pane::host, from_torch<std::uint8_t const, NHWC<3>>(bytes),
             from_torch<float, NCHW<3>>(out));
  CHECK(at::equal(out, bytes.to(at::kFloat)));
}

#else

#include <tests/support/catch.hpp>

TEST_CASE("at::Tensor") {
  PANE_SKIP("needs PyTorch (PANE_TORCH_DIR)");
}

#endif
