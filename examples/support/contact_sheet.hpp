// SPDX-License-Identifier: MIT
#pragma once

// Several pictures with captions on one sheet.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "picture.hpp"
#include "text.hpp"

namespace example {

struct Panel {
  Picture picture;
  std::string title;
  std::string detail;
};

/// A line below the title or at the foot of a sheet.
struct Line {
  std::string text;
  Color color{176, 182, 192};
};

namespace detail {

/// The picture as large as it fits into a square cell; small ones are enlarged by whole factors.
inline Picture fitted(Picture const& p, int cell) {
  double scale = std::min(double(cell) / p.width(), double(cell) / p.height());
  if (scale > 1) scale = std::floor(scale);
  auto const length = [&](int pixels) {
    return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, cell);
  };
  return scaled(p, length(p.width()), length(p.height()));
}

/// As much of a line as fits.
inline std::string cut(std::string const& text, int width) {
  auto const fitting = static_cast<std::size_t>(width / text_width("x", 2));
  return text.size() <= fitting ? text : text.substr(0, fitting - 3) + "...";
}

}  // namespace detail

/// Two panels a row, each with its title above and its detail below.
inline Picture contact_sheet(std::string const& title,
                             std::vector<Line> const& head,
                             std::vector<Panel> const& panels,
                             std::vector<Line> const& foot) {
  constexpr int cell = 600;
  constexpr int margin = 28;
  constexpr int caption = 30;
  constexpr int line = 24;
  constexpr int heading = 50;
  constexpr int width = 2 * cell + margin;
  constexpr Color background{22, 24, 29};
  constexpr Color matting{34, 37, 44};
  constexpr Color bright{238, 241, 245};
  constexpr Color dim{150, 157, 168};

  std::vector<Picture> pictures;
  for (Panel const& panel : panels) pictures.push_back(detail::fitted(panel.picture, cell));
  auto const row_height = [&](std::size_t i) {  // that of the higher picture of the two
    int const left = pictures[i].height();
    return i + 1 < pictures.size() ? std::max(left, pictures[i + 1].height()) : left;
  };
  int height =
      2 * margin + heading + line * static_cast<int>(head.size() + foot.size()) + margin / 2;
  for (std::size_t i = 0; i < panels.size(); i += 2) height += row_height(i) + 2 * caption + margin;

  Picture sheet(width + 2 * margin, height, background);
  int y = margin;
  auto const draw_line = [&](Line const& l) {
    draw_text(sheet, margin, y, detail::cut(l.text, width), l.color, 2);
    y += line;
  };
  draw_text(sheet, margin, y, title, bright, 4);
  y += heading;
  for (Line const& l : head) draw_line(l);
  y += margin / 2;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    Picture const& picture = pictures[i];
    int const row = row_height(i - i % 2);
    int const x = margin + static_cast<int>(i % 2) * (cell + margin);
    draw_text(sheet, x, y, detail::cut(panels[i].title, cell), bright, 2);
    sheet.rectangle(x, y + caption, cell, row, matting);
    sheet.paste(picture, x + (cell - picture.width()) / 2,
                y + caption + (row - picture.height()) / 2);
    draw_text(sheet, x, y + caption + row + 8, detail::cut(panels[i].detail, cell), dim, 2);
    if (i % 2 == 1 || i + 1 == panels.size()) y += row + 2 * caption + margin;
  }
  for (Line const& l : foot) draw_line(l);
  return sheet;
}

}  // namespace example
