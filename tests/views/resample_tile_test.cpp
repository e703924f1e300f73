// SPDX-License-Identifier: MIT
#include <pane/core/tensor.hpp>
#include <pane/views/resample_tile.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>

using namespace pane;

namespace {

/// Whether every tile of a picture fits into shared memory, on the CPU and with the weights of the matrix unit.
template <class T, int C>
bool all_fit(Size from, Size to, ResampleFilter filter) {
  using Image = Tensor<T const, HWC<C>>;
  using Part = detail::ResamplePart<Image, false>;
  using real = typename Part::real;
  static T const one[C] = {};  // nothing is read: only shapes count
  auto const image = Image::strided(one, {from.height, from.width, C}, {0, 0, sizeof(T)});
  Part const part{image, 0, detail::RowAccess::elements};
  detail::AxisPair<real> const axis{
      detail::TapAxis<real>(detail::make_axis(from.height, to.height, half_pixel), filter),
      detail::TapAxis<real>(detail::make_axis(from.width, to.width, half_pixel), filter)};
  Size const tile = detail::resample_tile<Part>(from, to, filter);
  CHECK(tile.height * tile.width <= detail::resample_pixels);
  for (int y = 0; y < to.height; y += tile.height) {
    for (int x = 0; x < to.width; x += tile.width) {
      Size const used{detail::smaller(tile.height, to.height - y),
                      detail::smaller(tile.width, to.width - x)};
      detail::ResampleTile<Part> const t(part, axis, y, x, used, 0);
      detail::ResampleTables<Part> const by_matrix(0, axis, t.bottom - t.top + 1, used,
                                                   detail::ResampleTables<Part>::for_matrix);
      if (!t.fits() || by_matrix.end > detail::ResampleShared<real>::weights) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("resample tile: what is chosen fits, wherever the tile lies") {
  for (ResampleFilter const filter :
       {ResampleFilter::box, ResampleFilter::area, ResampleFilter::triangle,
        ResampleFilter::bicubic, ResampleFilter::lanczos}) {
    INFO(static_cast<int>(filter));
    for (auto const& [from, to] :
         {std::pair{Size{2160, 3840}, Size{224, 224}}, std::pair{Size{1080, 1920}, Size{640, 640}},
          std::pair{Size{2159, 3839}, Size{223, 225}}, std::pair{Size{500, 375}, Size{224, 224}},
          std::pair{Size{100, 100}, Size{333, 457}}, std::pair{Size{3000, 4000}, Size{1500, 2000}},
          std::pair{Size{77, 131}, Size{19, 45}}, std::pair{Size{1, 1}, Size{1, 1}}}) {
      INFO(from.height << " x " << from.width << " to " << to.height << " x " << to.width);
      CHECK((all_fit<std::uint8_t, 1>(from, to, filter)));
      CHECK((all_fit<std::uint8_t, 3>(from, to, filter)));
      CHECK((all_fit<float, 3>(from, to, filter)));
      CHECK((all_fit<double, 4>(from, to, filter)));
    }
  }
}

TEST_CASE("resample tile: one that cannot fit is found out") {
  CHECK_FALSE((all_fit<std::uint8_t, 3>({9, 20011}, {3, 2}, ResampleFilter::triangle)));
}
