// SPDX-License-Identifier: MIT
// NEEDS: opencv cccl
// The examples of README.md that need no GPU, between marks: cmake/readme.py copies them from here.

#include <pane/interop.hpp>
#include <pane/ops/copy.hpp>
#include <pane/views/resize.hpp>
#if __has_include(<opencv2/core.hpp>)
#define PANE_TEST_OPENCV 1
#include <pane/interop/opencv.hpp>

#include <opencv2/core.hpp>
#endif
#if __has_include(<cuda/std/mdspan>) && __has_include(<cuda_runtime_api.h>)
#define PANE_TEST_MDSPAN 1
#include <cuda/std/mdspan>
#endif

#include <tests/support/catch.hpp>
#include <tests/support/npy_files.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace pane;

TEST_CASE("readme: .npy") {
  test::TemporaryFile const photo;
  test::TemporaryFile const small;
  std::string const in = photo.path();
  std::string const out = small.path();
  std::vector<std::uint8_t> const pixels(40 * 60 * 3, 7);
  write_npy(in, Tensor<std::uint8_t const, HWC<3>>(pixels.data(), {40, 60, 3}));
  std::vector<std::uint8_t> memory(20 * 30 * 3);
  //! [npy]
  Npy const file = open_npy(in);  // mapped, checked, nothing executed
  Tensor<std::uint8_t, HWC<3>> const thumbnail(memory.data(), {20, 30, 3});
  copy(host, file.as<std::uint8_t const, HWC<3>>() | views::resize(20, 30), thumbnail);
  write_npy(out, thumbnail);  // byte for byte what numpy.save writes
  //! [npy]
  Npy const again = open_npy(out);
  CHECK(*again.as<std::uint8_t const, HWC<3>>().address(0, 19, 29, 2) == 7);
}

TEST_CASE("readme: NumPy's interface as text") {
  std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  std::string const text =
      to_python_text(to_array_interface(Tensor<float, HW>(numbers.data(), {2, 3})));
  //! [array_interface]
  // text: what Python prints for a.__array_interface__; the object stays alive over there
  ArrayInterface const array = array_interface_from_python_text(text);
  Tensor<float, HW> const image = from_array_interface<float, HW>(array, host);
  //! [array_interface]
  CHECK(*image.address(0, 1, 2) == 6);
}

TEST_CASE("readme: DLPack") {
  auto const numbers = std::make_shared<std::vector<float>>(6, 5.0f);
  Tensor<float, HW> const tensor(numbers->data(), {2, 3});
  std::weak_ptr<std::vector<float>> const alive = numbers;
  Host const stream{};
  {
    ReleaseQueue queue;
    std::shared_ptr<void> memory = numbers;
    //! [dlpack]
    DlpackManagedTensorVersioned* const sent = to_dlpack(tensor, std::move(memory));  // 1.1, owned
    DlpackOwner owner(sent);  // the deleter runs once, whatever happens
    auto const image = from_dlpack<float const, HW>(owner, stream);  // checked, zero-copy
    // ... launch what reads image on the stream, then:
    queue.add(stream, std::move(owner));  // the deleter runs after the stream has passed
    //! [dlpack]
    CHECK(image.data() == tensor.data());
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("readme: OpenCV") {
#if PANE_TEST_OPENCV
  cv::Mat const photo(40, 60, CV_8UC3, cv::Scalar(1, 2, 3));
  //! [opencv]
  cv::Mat small(20, 30, CV_8UC3);
  copy(host, from_mat<std::uint8_t const, HWC<3>>(photo) | views::resize(20, 30),
       from_mat<std::uint8_t, HWC<3>>(small));  // from_gpu_mat and a stream on the GPU
  //! [opencv]
  CHECK(small.at<cv::Vec3b>(19, 29) == cv::Vec3b(1, 2, 3));
#else
  PANE_SKIP("needs OpenCV");
#endif
}

TEST_CASE("readme: mdspan") {
#if PANE_TEST_MDSPAN
  std::vector<float> memory(3 * 4 * 5, 2.0f);
  namespace std_ = cuda::std;
  std_::mdspan<float, std_::dextents<int, 3>> const planes(memory.data(), 3, 4, 5);
  using Strided = std_::mdspan<float, std_::dextents<int, 3>, std_::layout_stride>;
  //! [mdspan]
  auto const chw = from_mdspan<CHW<3>>(planes);  // std::, cuda::std:: or Kokkos' mdspan
  auto const again = to_mdspan<Strided>(chw);    // any pitch
  //! [mdspan]
  CHECK(chw.data() == memory.data());
  CHECK(again.extent(2) == 5);
#else
  PANE_SKIP("needs cuda::std::mdspan");
#endif
}
