// SPDX-License-Identifier: MIT
/// \file The lines above pictures, and the labels on them, in units of the pictures' pixels.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/fitted_text.hpp>

namespace infoflow {

/// The size whose letters are whole pixels high: capitals 12, small letters 9.
inline constexpr double picture_text = 16.46;
inline constexpr double picture_line = 22;  ///< From one line to the next.

/// The texts on lines of at most `room` pixels, and, if they hold characters that no font here has, one
/// more that says so.
[[nodiscard]] inline std::vector<std::string> caption_lines(std::span<const std::string> texts,
                                                            double room,
                                                            const Typeface& face = typeface()) {
  std::vector<std::string> lines = lines_within(room, texts, picture_text, 9, face);
  if (const std::string note = missing_note(lines, face); !note.empty()) {
    lines.push_back(cut_to(room, note, picture_text, false, face));
  }
  return lines;
}

/// \param corner  the upper left one
inline void draw_picture_line(Drawing& drawing, Point corner, std::string_view line) {
  drawing.add(shapes::Words{{corner.x, corner.y + 16}, std::string(line), picture_text});
}

inline void draw_picture_lines(Drawing& drawing, Point corner, std::span<const std::string> lines) {
  for (const std::string& line : lines) {
    draw_picture_line(drawing, corner, line);
    corner.y += picture_line;
  }
}

/// A word on white in the lower left corner of a picture.
inline void draw_picture_label(Drawing& drawing, const Rect& picture, std::string_view word,
                               const Typeface& face = typeface()) {
  const double width = face.width(word, picture_text) + 8;
  drawing.add(shapes::Area{
      corners_of({picture.x0, picture.y1 - 20, picture.x0 + width, picture.y1}), {255, 255, 255}});
  drawing.add(shapes::Words{{picture.x0 + 4, picture.y1 - 5}, std::string(word), picture_text});
}

}  // namespace infoflow
