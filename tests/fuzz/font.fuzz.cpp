// SPDX-License-Identifier: MIT
// Any font file: what it draws lies where numbers of 16 bits can be.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <infoflow/figure/font.hpp>

#include "fuzz.hpp"

INFOFLOW_FUZZ_TARGET(font) {
  const auto face = infoflow::Font::from({input.begin(), input.end()});
  if (!face) return;
  const auto expect = [](bool holds) {
    if (!holds) std::abort();
  };
  std::uint32_t before = 0;
  for (const char32_t c :
       {U'a', U'\u00E9', U'图', U'中', U'有', U'ก', U'二', U'点', U'\U0001F600'}) {
    const std::uint32_t glyph = face->glyph(c);
    expect(std::abs(face->advance(glyph)) <= 65535 / 16.0);
    expect(std::abs(face->kerning(before, glyph)) <= 32768 / 16.0);
    std::size_t points = 0;
    for (const infoflow::Outline& line : face->outlines(glyph)) {
      points += line.size();
      for (const infoflow::Point p : line) {
        expect(std::abs(p.x) <= 5 * 32768 / 16.0 && std::abs(p.y) <= 5 * 32768 / 16.0);
      }
    }
    expect(points <= 3 * 8 * infoflow::Font::most_points);
    before = glyph;
  }
  // Glyphs that no character has can be parts of others.
  for (std::uint32_t glyph = 0; glyph < 8; ++glyph) (void)face->outlines(glyph);
}
