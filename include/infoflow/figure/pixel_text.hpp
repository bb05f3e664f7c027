// SPDX-License-Identifier: MIT
/// \file Text on pixels, with smooth edges.
#pragma once

#include <cmath>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/figure/coverage.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/typeface.hpp>

namespace infoflow {

/// Draws the words, whose coordinates and size are `scale` pixels a unit; what lies outside the
/// picture is left out.
/// \throws Error if a coordinate is not a number
inline void draw_words(RgbImage& picture, const shapes::Words& words, double scale = 1,
                       const Typeface& face = typeface()) {
  const double size = words.size * scale;
  const double length =
      words.anchor == shapes::Anchor::start ? 0 : face.width(words.text, size, words.bold);
  const double begin = words.anchor == shapes::Anchor::middle ? -length / 2 : -length;
  const double angle = words.turn * std::acos(-1.0) / 180;
  const double across = std::cos(angle);
  const double down = std::sin(angle);
  // Baselines of upright text on whole pixels: letters then stand on a sharp line.
  const Point at{words.at.x * scale,
                 words.turn == 0 ? std::round(words.at.y * scale) : words.at.y * scale};
  for (PlacedGlyph& glyph : face.glyphs(words.text, words.bold)) {
    for (Outline& line : glyph.outlines) {
      for (Point& p : line) {
        const double x = begin + size * (glyph.x + p.x);
        const double y = size * p.y;
        p = {at.x + x * across - y * down, at.y + x * down + y * across};
      }
    }
    const double edge = glyph.thicken ? 0.05 * size : 0;
    Coverage coverage(picture, reach_of(glyph.outlines, 1 + edge));
    coverage.fill(glyph.outlines);
    for (const Outline& line : glyph.outlines) {
      for (std::size_t i = 0; edge > 0 && i < line.size(); ++i) {
        coverage.segment(line[i], line[(i + 1) % line.size()], edge);
      }
    }
    coverage.paint(picture, words.colour, 1);
  }
}

}  // namespace infoflow
