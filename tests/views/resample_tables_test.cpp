// SPDX-License-Identifier: MIT
#include <pane/core/tensor.hpp>
#include <pane/views/resample_part.hpp>
#include <pane/views/resample_tables.hpp>
#include <tests/support/catch.hpp>

#include <cstdint>

using namespace pane;

namespace {

using Bytes = detail::ResamplePart<Tensor<std::uint8_t const, HWC<3>>, false>;
using Floats = detail::ResamplePart<Tensor<float const, HWC<3>>, false>;
using Planes420 = detail::ResamplePart<Planes<std::uint8_t const>, false>;

detail::AxisPair<float> axes(Size from, Size to) {
  return {detail::TapAxis<float>(detail::make_axis(from.height, to.height, half_pixel),
                                 ResampleFilter::triangle),
          detail::TapAxis<float>(detail::make_axis(from.width, to.width, half_pixel),
                                 ResampleFilter::triangle)};
}

}  // namespace

TEST_CASE("resample tables: one after the other, aligned, neighbours in different banks") {
  auto const axis = axes({2160, 3840}, {224, 224});
  detail::ResampleTables<Bytes> const first(0, axis, 87, {8, 28}, true);
  CHECK(first.columns_at == 0);
  CHECK(first.column >= axis.x.most() + 3);  // a group of four may begin three pixels earlier
  CHECK(first.column / 4 % 2 == 1);
  CHECK(first.rows_at >= 28 * first.column);
  CHECK(first.rows_at % 4 == 0);
  CHECK(first.row_quads >= 6 * 4);
  CHECK(first.row_quads / 4 % 2 == 1);
  CHECK(first.end >= first.rows_at + 8 * 4 * first.row_quads);
  detail::ResampleTables<Bytes> const second(first.end, axis, 87, {8, 28}, true);
  CHECK(second.columns_at == first.end);
  CHECK(second.end - second.columns_at == first.end - first.columns_at);
  detail::ResampleTables<Bytes> moved = second;
  moved.move_to_begin();
  CHECK(moved.columns_at == 0);
  CHECK(moved.rows_at == first.rows_at);
  CHECK(moved.end == first.end);

  // pixels that may be infinite are weighted one by one, with no zeros beside them
  detail::ResampleTables<Floats> const single(0, axis, 87, {8, 28}, false);
  CHECK(single.column == (axis.x.most() | 1));
  CHECK(single.end >= 28 * single.column + 8 * axis.y.most());
}

TEST_CASE("resample tables: the end of tables that are too large is not a small number") {
  auto const axis = axes({1 << 28, 1 << 28}, {1, 1});
  detail::ResampleTables<Bytes> const tables(0, axis, 1 << 28, {8, 32}, true);
  CHECK(tables.end > detail::ResampleShared<float>::weights);
}

TEST_CASE("resample tables: the tile is smaller where chroma takes more of the memory") {
  Size const from{2160, 3840};
  Size const to{224, 224};
  auto const of = [&](ResampleFilter filter, Size log2) {
    return detail::resample_tile<Planes420>(from, to, filter, log2);
  };
  CHECK(of(ResampleFilter::triangle, {1, 1}).height == 8);
  CHECK(of(ResampleFilter::triangle, {1, 1}).width == 28);
  // chroma of full size has two samples for each of luma: no row of 28 pixels fits
  Size const full = of(ResampleFilter::triangle, {0, 0});
  CHECK(full.width * full.height < 8 * 28);
  CHECK(full.width * full.height > 1);
  Size const wide = detail::resample_tile<Bytes>({9, 20011}, {3, 2}, ResampleFilter::triangle);
  CHECK(wide.width == 1);
  CHECK(wide.height == 1);
}
