// SPDX-License-Identifier: MIT
// MACHINES: gpu
// Contract line 1, where launches overlap: a launch may begin before what its stream was given before is done, and still
// reads and writes after it. In front of each chain runs a kernel that lets the next one begin at once, waits, then looks
// at what the chain will overwrite and writes what it will read; behind it a second copy reads its result.
#include <pane/pane.hpp>
#include <tests/support/busy_stream.hpp>
#include <tests/support/catch.hpp>
#include <tests/support/noise.hpp>

#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace stream_order_test {  // named: nvcc 13.0 confuses it with the unnamed namespaces of Catch2's macros

using u8 = std::uint8_t;

/// Bytes that both sides of a copy have.
struct Bytes {
  u8* to;
  u8 const* from;
  std::size_t count;
};

/// The next launch may begin; two milliseconds later bytes are copied, one job after the other.
__global__ void late_copies(Bytes seen, Bytes picture, Bytes list) {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
  test::spin_for(2'000'000);
  for (Bytes const& job : {seen, picture, list}) {
    for (std::size_t i = threadIdx.x; i < job.count; i += blockDim.x) job.to[i] = job.from[i];
  }
}

}  // namespace stream_order_test

namespace {

using namespace pane;
using stream_order_test::Bytes;
using stream_order_test::late_copies;
using test::ok;
using u8 = std::uint8_t;

constexpr std::size_t most_bytes = 1 << 19;

class DeviceBytes {
 public:
  explicit DeviceBytes(int value) {
    ok(cudaMalloc(reinterpret_cast<void**>(&data_), most_bytes));
    fill(value);
  }
  ~DeviceBytes() { cudaFree(data_); }
  DeviceBytes(DeviceBytes const&) = delete;
  DeviceBytes& operator=(DeviceBytes const&) = delete;

  void fill(int value) const {
    ok(cudaMemset(data_, value, most_bytes));
    ok(cudaDeviceSynchronize());
  }
  void upload(void const* from, std::size_t bytes) const {
    ok(cudaMemcpy(data_, from, bytes, cudaMemcpyHostToDevice));
    ok(cudaDeviceSynchronize());
  }
  std::vector<u8> download() const {
    std::vector<u8> bytes(most_bytes);
    ok(cudaMemcpy(bytes.data(), data_, most_bytes, cudaMemcpyDeviceToHost));
    return bytes;
  }
  u8* data() const { return data_; }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  u8* data_ = nullptr;
};

class OwnStream {
 public:
  OwnStream() { ok(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking)); }
  ~OwnStream() { cudaStreamDestroy(handle_); }
  OwnStream(OwnStream const&) = delete;
  OwnStream& operator=(OwnStream const&) = delete;
  operator cudaStream_t() const { return handle_; }

 private:
  cudaStream_t handle_ = nullptr;
};

/// `chain(stream, in, list, out)` enqueues from bytes, and a list where it needs one, into bytes.
template <class Chain>
void check_order(char const* name, std::vector<u8> const& entries, Chain const& chain) {
  INFO(name);
  std::vector<u8> const bytes = test::noise(most_bytes);
  DeviceBytes const source(0), in(0), source_of_list(0), list(0), seen(0), out(0x11), second(0);
  source.upload(bytes.data(), bytes.size());
  if (!entries.empty()) source_of_list.upload(entries.data(), entries.size());
  OwnStream const stream;

  // Nothing is late: what is expected. It also loads the kernels.
  in.upload(bytes.data(), bytes.size());
  if (!entries.empty()) list.upload(entries.data(), entries.size());
  Bytes const nothing{nullptr, nullptr, 0};
  late_copies<<<1, 1024, 0, stream>>>(nothing, nothing, nothing);
  ok(cudaGetLastError());
  chain(stream, in, list, out);
  ok(cudaStreamSynchronize(stream));
  std::vector<u8> const expected = out.download();

  auto const enqueue = [&] {
    late_copies<<<1, 1024, 0, stream>>>({seen.data(), out.data(), most_bytes},
                                        {in.data(), source.data(), most_bytes},
                                        {list.data(), source_of_list.data(), entries.size()});
    ok(cudaGetLastError());
    chain(stream, in, list, out);
    int const count = most_bytes;
    copy(Stream{stream}, Tensor<u8 const, HW>(out.data(), {1, count}),
         Tensor<u8, HW>(second.data(), {1, count}));
  };
  auto const reset = [&] {
    for (DeviceBytes const* stale : {&in, &list, &seen, &second}) stale->fill(0);
    out.fill(0x11);
  };
  std::vector<u8> const untouched(most_bytes, 0x11);

  SECTION("on a stream") {
    reset();
    enqueue();
    ok(cudaStreamSynchronize(stream));
    CHECK((seen.download() == untouched));
    CHECK((out.download() == expected));
    CHECK((second.download() == expected));
  }
  SECTION("in a graph") {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    ok(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    enqueue();
    ok(cudaStreamEndCapture(stream, &graph));
    ok(cudaGraphInstantiate(&executable, graph, 0));
    for (int replay = 0; replay < 2; ++replay) {
      reset();
      ok(cudaGraphLaunch(executable, stream));
      ok(cudaStreamSynchronize(stream));
      CHECK((seen.download() == untouched));
      CHECK((out.download() == expected));
      CHECK((second.download() == expected));
    }
    ok(cudaGraphExecDestroy(executable));
    ok(cudaGraphDestroy(graph));
  }
}

template <class Chain>
void check_order(char const* name, Chain const& chain) {
  check_order(name, {},
              [&](cudaStream_t stream, DeviceBytes const& in, DeviceBytes const&,
                  DeviceBytes const& out) { chain(Stream{stream}, in, out); });
}

Tensor<u8 const, NHWC<3>> pictures(DeviceBytes const& in, int height, int width) {
  return {in.data(), {2, height, width, 3}};
}
Tensor<float, NCHW<3>> planes(DeviceBytes const& out, int height, int width) {
  return {out.as<float>(), {2, 3, height, width}};
}
Tensor<u8, NHWC<3>> packed(DeviceBytes const& out, int height, int width) {
  return {out.data(), {2, height, width, 3}};
}
Nv12<u8 const> frames(DeviceBytes const& in, int height, int width) {
  return nv12_surface<u8 const>(in.data(), {.batch = 2, .height = height, .width = width});
}

TEST_CASE("pointwise chains keep the order of the stream", "[contract]") {
  check_order("rows without gaps", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 32, 64) | views::scale_offset(0.5f), planes(out, 32, 64));
  });
}
TEST_CASE("tiles keep the order of the stream", "[contract]") {
  check_order("interleaved", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 33, 64) | views::flip(FlipAxis::vertical), packed(out, 33, 64));
  });
}
TEST_CASE("strips keep the order of the stream", "[contract]") {
  check_order("rows that are no words", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 19, 131) | views::scale_offset(0.5f), planes(out, 19, 131));
  });
}
TEST_CASE("gathers keep the order of the stream", "[contract]") {
  check_order("letterbox of frames", [](Stream where, auto const& in, auto const& out) {
    copy(where,
         frames(in, 90, 160) | views::letterbox(64, 64) | views::to_rgb(bt709, limited_range),
         planes(out, 64, 64));
  });
}
TEST_CASE("columns keep the order of the stream", "[contract]") {
  check_order("a resized batch, one pixel a thread",
              [](Stream where, auto const& in, auto const& out) {
                copy(where, pictures(in, 90, 160) | views::resize(40, 56), planes(out, 40, 56));
              });
}
TEST_CASE("columns of many pixels keep the order of the stream", "[contract]") {
  check_order("two columns a thread", [](Stream where, auto const& in, auto const& out) {
    copy(where, Tensor<u8 const, HWC<3>>(in.data(), {90, 160, 3}) | views::resize(340, 512),
         Tensor<u8, CHW<3>>(out.data(), {3, 340, 512}));
  });
}

std::vector<u8> bytes_of_boxes() {
  std::vector<CropBox> boxes;
  for (int i = 0; i < 4; ++i) boxes.push_back({{3 + i, 5, 20 + i, 30}, i % 2});
  std::vector<u8> bytes(boxes.size() * sizeof(CropBox));
  std::memcpy(bytes.data(), boxes.data(), bytes.size());
  return bytes;
}

TEST_CASE("boxes that a kernel writes are read after it", "[contract]") {
  check_order("boxes of the GPU", bytes_of_boxes(),
              [](cudaStream_t stream, auto const& in, auto const& list, auto const& out) {
                List<CropBox> const boxes{4, list.template as<CropBox const>(), {}};
                copy(Stream{stream},
                     pictures(in, 60, 80) | views::crops(boxes) | views::resize(32, 32),
                     Tensor<float, NCHW<3>>(out.template as<float>(), {4, 3, 32, 32}));
              });
}
TEST_CASE("lists that are lent on the stream are read after that", "[contract]") {
  check_order("boxes lent in front of the copy", bytes_of_boxes(),
              [](cudaStream_t stream, auto const& in, auto const& list, auto const& out) {
                std::vector<CropBox> boxes(100, CropBox{{3, 5, 20, 30}, 1});
                auto const lent = lend(Stream{stream}, boxes.data(), 100, list.data(), most_bytes);
                copy(Stream{stream},
                     pictures(in, 60, 80) | views::crops(lent) | views::resize(8, 8),
                     Tensor<float, NCHW<3>>(out.template as<float>(), {100, 3, 8, 8}));
              });
}
TEST_CASE("stencils keep the order of the stream", "[contract]") {
  check_order("a filter of bytes", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 90, 100) | views::gaussian({.size = 5}), packed(out, 90, 100));
  });
}
TEST_CASE("stencils into floats keep the order of the stream", "[contract]") {
  check_order("a filter into floats", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 60, 80) | views::gaussian({.size = 5}), planes(out, 60, 80));
  });
}
TEST_CASE("antialiasing keeps the order of the stream", "[contract]") {
  check_order("bytes", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 90, 160) | views::resize(33, 50, antialias), planes(out, 33, 50));
  });
}
TEST_CASE("NV12 to RGB keeps the order of the stream", "[contract]") {
  check_order("whole words", [](Stream where, auto const& in, auto const& out) {
    copy(where, frames(in, 64, 128) | views::to_rgb(bt709, limited_range), packed(out, 64, 128));
  });
}
TEST_CASE("NV12 to RGB in odd rows keeps the order of the stream", "[contract]") {
  check_order("shifted rows", [](Stream where, auto const& in, auto const& out) {
    copy(where, frames(in, 62, 126) | views::to_rgb(bt709, limited_range), packed(out, 62, 126));
  });
}
TEST_CASE("RGB to NV12 keeps the order of the stream", "[contract]") {
  check_order("whole words", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 64, 128) | views::to_yuv(bt709, limited_range),
         nv12_surface(out.data(), {.batch = 2, .height = 64, .width = 128}));
  });
}
TEST_CASE("two destinations keep the order of the stream", "[contract]") {
  check_order("tee", [](Stream where, auto const& in, auto const& out) {
    copy(where, pictures(in, 30, 40),
         tee(packed(out, 30, 40),
             through(views::scale_offset(0.5f),
                     Tensor<float, NCHW<3>>(out.template as<float>() + 8192, {2, 3, 30, 40}))));
  });
}

TEST_CASE("what an event of another stream orders is read after it", "[contract]") {
  std::vector<u8> const bytes = test::noise(most_bytes);
  DeviceBytes const source(0), in(0), out(0), seen(0);
  source.upload(bytes.data(), bytes.size());
  OwnStream const other, stream;
  cudaEvent_t written = nullptr;
  ok(cudaEventCreateWithFlags(&written, cudaEventDisableTiming));
  auto const enqueue = [&] {
    late_copies<<<1, 1024, 0, other>>>({in.data(), source.data(), most_bytes},
                                       {nullptr, nullptr, 0}, {nullptr, nullptr, 0});
    ok(cudaGetLastError());
    ok(cudaEventRecord(written, other));
    Tensor<u8, HW> const first(seen.data(), {1, 100});
    copy(Stream{stream}, Tensor<u8 const, HW>(source.data(), {1, 100}), first);
    ok(cudaStreamWaitEvent(stream, written));
    copy(Stream{stream}, Tensor<u8 const, HW>(in.data(), {512, most_bytes / 512}),
         Tensor<u8, HW>(out.data(), {512, most_bytes / 512}));
  };
  enqueue();  // loads the kernels
  ok(cudaStreamSynchronize(stream));
  for (DeviceBytes const* stale : {&in, &out}) stale->fill(0);
  SECTION("on streams") {
    enqueue();
    ok(cudaStreamSynchronize(stream));
    CHECK((out.download() == bytes));
  }
  SECTION("in a graph") {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    cudaEvent_t forked = nullptr;
    ok(cudaEventCreateWithFlags(&forked, cudaEventDisableTiming));
    ok(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    ok(cudaEventRecord(forked, stream));
    ok(cudaStreamWaitEvent(other, forked));
    enqueue();
    ok(cudaStreamEndCapture(stream, &graph));
    ok(cudaGraphInstantiate(&executable, graph, 0));
    ok(cudaGraphLaunch(executable, stream));
    ok(cudaStreamSynchronize(stream));
    CHECK((out.download() == bytes));
    ok(cudaGraphExecDestroy(executable));
    ok(cudaGraphDestroy(graph));
    ok(cudaEventDestroy(forked));
  }
  ok(cudaEventDestroy(written));
}

}  // namespace
