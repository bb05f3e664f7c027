// SPDX-License-Identifier: MIT
/// \file What stands above a drawn figure: what is shown, and whose numbers it shows.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/fitted_text.hpp>

namespace infoflow {

/// What stands above a figure. Every figure says whose numbers it shows.
struct FigureCaption {
  std::string title;  ///< What is shown; a default if empty.
  std::string model;
  std::string question;  ///< Or what else the numbers were computed from: "100 items of POPE".
};

inline constexpr double figure_caption_height = 66;

inline void draw_caption(Drawing& drawing, const FigureCaption& caption,
                         std::string_view default_title) {
  const double room = drawing.width - 40;
  const std::string_view title = caption.title.empty() ? default_title : caption.title;
  drawing.add(shapes::Words{
      {20, 26}, cut_to(room, title, 17, true), 17, ink::text, shapes::Anchor::start, true});
  std::string second = caption.model;
  if (!second.empty() && !caption.question.empty()) second += " · ";
  second += caption.question;
  drawing.add(shapes::Words{{20, 47}, cut_to(room, second, 13), 13, {85, 85, 85}});
}

}  // namespace infoflow
