// SPDX-License-Identifier: MIT
/// \file A drawing as the two files of a figure.
#pragma once

#include <filesystem>
#include <string>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/fitted_text.hpp>
#include <infoflow/figure/raster.hpp>
#include <infoflow/picture/write_png.hpp>

namespace infoflow {

/// The drawing with a line at its foot about characters that no font here has; without such
/// characters, as it is.
[[nodiscard]] inline Drawing with_missing_note(Drawing drawing, const Typeface& face = typeface()) {
  const std::string note = missing_note(words_of(drawing), face);
  if (note.empty()) return drawing;
  drawing.height += 24;
  drawing.add(shapes::Words{{20, drawing.height - 9},
                            cut_to(drawing.width - 40, note, 12, false, face),
                            12,
                            {85, 85, 85}});
  return drawing;
}

/// Writes `stem`.svg and `stem`.png, the latter with two pixels for each of the drawing's units. What
/// no font here has is noted in the latter; who opens the former may have fonts for it.
/// \throws Error if a file cannot be written
inline void write_figure(const std::filesystem::path& stem, const Drawing& drawing) {
  std::filesystem::path file = stem;
  svg_of(drawing).write(file += ".svg");
  file = stem;
  write_png(file += ".png", raster_of(with_missing_note(drawing)));
}

}  // namespace infoflow
