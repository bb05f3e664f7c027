// SPDX-License-Identifier: MIT
/// \file A drawing as the two files of a figure.
#pragma once

#include <filesystem>

#include <infoflow/io/drawing.hpp>
#include <infoflow/io/raster.hpp>
#include <infoflow/io/write_png.hpp>

namespace infoflow {

/// Writes `stem`.svg and `stem`.png, the latter with two pixels for each of the drawing's units.
/// \throws Error if a file cannot be written
inline void write_figure(const std::filesystem::path& stem, const Drawing& drawing) {
  std::filesystem::path file = stem;
  svg_of(drawing).write(file += ".svg");
  file = stem;
  write_png(file += ".png", raster_of(drawing));
}

}  // namespace infoflow
