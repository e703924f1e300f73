// SPDX-License-Identifier: MIT
// NEEDS: rmm
#include <pane/core/layout.hpp>
#include <pane/core/stream.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/rmm.hpp>
#include <tests/support/catch.hpp>

#if __has_include(<rmm/device_buffer.hpp>)
#include <cuda_runtime_api.h>

#include <rmm/device_buffer.hpp>
#include <rmm/device_uvector.hpp>
#endif

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using pane::CHW;
using pane::f16;
using pane::from_rmm;
using pane::HW;
using pane::HWC;
using pane::rmm_stream;
using pane::Tensor;

namespace {

auto* const handle = reinterpret_cast<CUstream_st*>(std::uintptr_t{0x5000});

struct StreamView {  // as rmm::cuda_stream_view
  CUstream_st* value() const { return handle; }
};
struct StreamRef {  // as cuda::stream_ref
  CUstream_st* get() const { return handle; }
};

/// The members of rmm::device_buffer, in host memory.
template <class S>
class Bytes {
 public:
  explicit Bytes(std::size_t size) : bytes_(size) {}
  void* data() { return bytes_.data(); }
  void const* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  S stream() const { return {}; }

 private:
  std::vector<std::byte> bytes_;
};

/// The members of rmm::device_uvector.
template <class T>
class Elements {
 public:
  using value_type = T;
  explicit Elements(std::size_t size) : elements_(size) {}
  T* data() { return elements_.data(); }
  T const* data() const { return elements_.data(); }
  std::size_t size() const { return elements_.size(); }
  StreamRef stream() const { return {}; }

 private:
  std::vector<T> elements_;
};

template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (pane::InvalidArgument const& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a buffer of bytes is looked at as any element type that fits") {
  Bytes<StreamView> buffer(480);
  Tensor<float, CHW<3>> const t = from_rmm<float, CHW<3>>(buffer, {3, 4, 10});
  CHECK(t.data() == buffer.data());
  CHECK(t.is_contiguous());
  CHECK(from_rmm<f16, CHW<3>>(buffer, {3, 8, 10}).size() == 240);
  auto const rows = from_rmm<std::uint8_t, HWC<3>>(buffer, {5, 30, 3}, 96);
  CHECK(rows.pitch_bytes() == 96);

  Bytes<StreamView> const& read = buffer;
  CHECK((from_rmm<float const, CHW<3>>(read, {3, 4, 10}).data() == buffer.data()));
  CHECK(from_rmm<float, HW>(buffer, {0, 10}).empty());
}

TEST_CASE("a tensor that leaves the buffer is refused") {
  Bytes<StreamView> buffer(480);
  CHECK_THAT(refusal([&] {
               from_rmm<float, CHW<3>>(buffer, {3, 4, 11});
             }),
             ContainsSubstring("pane::from_rmm: tensor is CHW f32 [3, 4, 11]") &&
                 ContainsSubstring("it ends at byte 528 and the buffer has 480"));
  // The last row is not padded.
  CHECK(refusal([&] { from_rmm<std::uint8_t, HW>(buffer, {5, 80}, 100); }) == "accepted");
  CHECK_THAT(refusal([&] {
               from_rmm<std::uint8_t, HW>(buffer, {5, 81}, 100);
             }),
             ContainsSubstring("ends at byte 481"));
  CHECK_THAT(refusal([&] {
               from_rmm<std::uint8_t, HW>(buffer, {-1, 80});
             }),
             ContainsSubstring("extent 0 is negative"));

  Elements<float> floats(12);
  CHECK((from_rmm<float, HW>(floats, {3, 4}).data() == floats.data()));
  CHECK_THAT(refusal([&] {
               from_rmm<float, HW>(floats, {3, 5});
             }),
             ContainsSubstring("it ends at byte 60 and the buffer has 48"));
  Elements<float> const& read = floats;
  CHECK((from_rmm<float const, HW>(read, {3, 4}).data() == floats.data()));
}

TEST_CASE("the stream of a buffer, as older and newer releases give it") {
  CHECK(rmm_stream(Bytes<StreamView>(1)).handle() == handle);
  CHECK(rmm_stream(Bytes<StreamRef>(1)).handle() == handle);
  CHECK(rmm_stream(Elements<float>(1)).handle() == handle);
}

#if __has_include(<rmm/device_buffer.hpp>)

TEST_CASE("the buffers of RMM itself") {
  STATIC_REQUIRE(pane::RmmBuffer<rmm::device_buffer>);
  STATIC_REQUIRE(pane::RmmBuffer<rmm::device_buffer const>);
  STATIC_REQUIRE(pane::RmmBuffer<rmm::device_uvector<float>>);
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) PANE_SKIP("needs a CUDA device");
  cudaStream_t stream = nullptr;
  REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  {
    //! [readme]
    rmm::device_buffer buffer(480, stream);
    auto const t = from_rmm<float, CHW<3>>(buffer, {3, 4, 10});  // refused if it leaves the buffer
    pane::Stream const on = rmm_stream(buffer);                  // for pane::copy(on, ..., t)
    //! [readme]
    CHECK(on.handle() == stream);
    CHECK(t.data() == buffer.data());
    CHECK_THROWS_AS((from_rmm<float, CHW<3>>(buffer, {3, 4, 11})), pane::InvalidArgument);

    rmm::device_uvector<float> floats(120, stream);
    auto const copied = from_rmm<float, CHW<3>>(floats, {3, 4, 10});
    std::vector<float> sent(120);
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<float>(i);
    std::vector<float> seen(120);
    auto const s = rmm_stream(floats).handle();
    CHECK(cudaMemcpyAsync(t.data(), sent.data(), 480, cudaMemcpyHostToDevice, s) == cudaSuccess);
    CHECK(cudaMemcpyAsync(copied.data(), t.data(), 480, cudaMemcpyDeviceToDevice, s) ==
          cudaSuccess);
    CHECK(cudaMemcpyAsync(seen.data(), floats.data(), 480, cudaMemcpyDeviceToHost, s) ==
          cudaSuccess);
    CHECK(cudaStreamSynchronize(s) == cudaSuccess);
    CHECK(seen == sent);
  }
  CHECK(cudaStreamDestroy(stream) == cudaSuccess);
}

#else

TEST_CASE("the buffers of RMM itself") {
  PANE_SKIP("needs RMM (PANE_RMM_DIR) and the CUDA toolkit");
}

#endif
