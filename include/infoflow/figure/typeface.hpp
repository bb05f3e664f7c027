// SPDX-License-Identifier: MIT
/// \file Text as shapes: how wide a line is, and its outlines, in the built-in typeface and, for
/// scripts that it lacks, in the system's fonts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/preprocessing.hpp>
#include <infoflow/figure/font.hpp>
#include <infoflow/figure/system_fonts.hpp>
#include <infoflow/text/answer_text.hpp>

namespace infoflow {

/// The bytes of the typeface that the library brings along: dejavu_sans, dejavu_sans_bold.
namespace typeface_bytes {
#include <infoflow/figure/typeface/dejavu_sans.inc>
}  // namespace typeface_bytes

namespace detail {

template <std::size_t N>
[[nodiscard]] std::optional<Font> built_in_font(const char (&bytes)[N]) {
  return Font::from(std::vector<std::uint8_t>(bytes, bytes + N - 1));
}

/// Characters that stand for nothing to see: joiners, marks of direction, variants of what precedes.
[[nodiscard]] constexpr bool is_invisible(char32_t c) {
  return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

}  // namespace detail

/// One glyph of a line of text, in parts of the size; see Font for the axes.
struct PlacedGlyph {
  double x = 0;  ///< Where its outlines' 0 stands.
  std::vector<Outline> outlines{};
  bool thicken = false;  ///< Bold is wanted, but its font has none: draw its edges, too.
};

/// DejaVu Sans, regular and bold, with what the system's fonts add.
///
/// Text is UTF-8 on one line: blanks of any kind are blanks, bytes that are no UTF-8 and control
/// characters are U+FFFD, and what lies behind the first 2,000 characters is left out. Characters that
/// no font has are boxes that hold their code points. Letters are placed from left to right, one by
/// one: scripts whose letters join or change places (Arabic, Devanagari) are drawn without that.
/// Law: text of the built-in characters (Latin, Greek, Cyrillic, the figures' signs) looks the same
/// on every machine.
class Typeface {
 public:
  /// \param folders  with fonts for what the built-in one lacks
  explicit Typeface(std::vector<std::filesystem::path> folders)
      : system_(std::make_unique<SystemFonts>(std::move(folders))) {}

  /// How far the pen moves: pixels if `size` is the font's size in pixels.
  [[nodiscard]] double width(std::string_view text, double size, bool bold = false) const {
    return size * walk(text, bold, [](double, double, const Sign&) {});
  }

  /// The glyphs from left to right; blanks have none.
  [[nodiscard]] std::vector<PlacedGlyph> glyphs(std::string_view text, bool bold = false) const {
    std::vector<PlacedGlyph> placed;
    walk(text, bold, [&](double x, double, const Sign& sign) {
      std::vector<Outline> outlines =
          sign.font != nullptr ? sign.font->outlines(sign.glyph) : code_box(sign.character);
      if (!outlines.empty()) placed.push_back({x, std::move(outlines), sign.thicken});
    });
    return placed;
  }

  /// How many bytes of the text, whole characters, are at most so many pixels wide.
  [[nodiscard]] std::size_t bytes_within(std::string_view text, double room, double size,
                                         bool bold = false) const {
    std::size_t bytes = 0;
    std::size_t count = 0;
    bool fits = true;
    walk(text, bold, [&](double, double end, const Sign& sign) {
      ++count;
      fits = fits && size * end <= room;
      if (fits) bytes = sign.end;
    });
    return fits && count < longest_text ? text.size() : bytes;
  }

  /// The characters of the text that no font here has, each once.
  [[nodiscard]] std::set<char32_t> missing(std::string_view text) const {
    std::set<char32_t> without;
    walk(text, false, [&](double, double, const Sign& sign) {
      if (sign.font == nullptr) without.insert(sign.character);
    });
    return without;
  }

  static constexpr std::size_t longest_text = 2000;

 private:
  /// A character and what draws it.
  struct Sign {
    char32_t character = 0;
    std::size_t end = 0;         ///< The byte of the text behind it.
    const Font* font = nullptr;  ///< None: a box with its code point.
    std::uint32_t glyph = 0;
    bool thicken = false;
  };

  [[nodiscard]] static const Font& built_in(bool bold) {
    static const std::optional<Font> regular = detail::built_in_font(typeface_bytes::dejavu_sans);
    static const std::optional<Font> strong =
        detail::built_in_font(typeface_bytes::dejavu_sans_bold);
    return bold ? strong.value() : regular.value();
  }

  /// The text's characters, of which nothing is known but where they end.
  [[nodiscard]] static std::vector<Sign> characters_of(std::string_view text) {
    std::vector<Sign> characters;
    for (std::size_t at = 0; at < text.size() && characters.size() < longest_text;) {
      const text::Character c = text::first_character(text.substr(at));
      at += c.length;
      if (detail::is_invisible(c.value)) continue;
      const bool control = c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0);
      characters.push_back({text::is_space(c.value) ? U' ' : control ? U'\uFFFD' : c.value, at});
    }
    return characters;
  }

  /// What draws each of the characters.
  [[nodiscard]] std::vector<Sign> signs(std::string_view text, bool bold) const {
    std::vector<Sign> all = characters_of(text);
    std::set<char32_t> unknown;
    for (Sign& sign : all) {
      for (const bool strong : {bold, false}) {
        const std::uint32_t glyph = built_in(strong).glyph(sign.character);
        if (glyph == 0) continue;
        sign = {sign.character, sign.end, &built_in(strong), glyph, bold && !strong};
        break;
      }
      if (sign.font == nullptr) unknown.insert(sign.character);
    }
    if (unknown.empty()) return all;
    const std::map<char32_t, const Font*> fonts = system_->fonts_for(std::move(unknown));
    for (Sign& sign : all) {
      if (sign.font != nullptr) continue;
      const auto found = fonts.find(sign.character);
      if (found == fonts.end()) continue;
      sign = {sign.character, sign.end, found->second, found->second->glyph(sign.character), bold};
    }
    return all;
  }

  /// Calls `visit(begin, end, sign)` for each, the pen's ways; returns the width.
  template <class Visit>
  double walk(std::string_view text, bool bold, Visit visit) const {
    double x = 0;
    const Sign* before = nullptr;
    const std::vector<Sign> all = signs(text, bold);
    for (const Sign& sign : all) {
      const Font* font = sign.font;
      if (font != nullptr && before != nullptr && before->font == font) {
        x += font->kerning(before->glyph, sign.glyph);
      }
      const double begin = x;
      x += font != nullptr ? font->advance(sign.glyph) : box_width(sign.character);
      visit(begin, x, sign);
      before = &sign;
    }
    return x;
  }

  static constexpr double digit_size = 0.52;    ///< In boxes of code points.
  static constexpr double digit_pitch = 0.345;  ///< From one digit to the next.

  [[nodiscard]] static double box_width(char32_t c) {
    return 0.30 + (c > 0xFFFF ? 3 : 2) * digit_pitch;
  }

  /// A frame with the code point's digits on two lines.
  [[nodiscard]] static std::vector<Outline> code_box(char32_t c) {
    const int columns = c > 0xFFFF ? 3 : 2;
    const double right = box_width(c) - 0.06;
    const auto frame = [&](double in) {
      return Outline{{0.06 + in, -0.90 + in},
                     {right - in, -0.90 + in},
                     {right - in, 0.16 - in},
                     {0.06 + in, 0.16 - in}};
    };
    std::vector<Outline> lines{frame(0), frame(0.05)};
    std::swap(lines[1][1], lines[1][3]);  // The other way round: a hole.
    for (int i = 0; i < 2 * columns; ++i) {
      const auto digit = static_cast<std::size_t>(c >> (4 * (2 * columns - 1 - i)) & 15U);
      const char32_t character = U"0123456789ABCDEF"[digit];
      const Font& font = built_in(false);
      const double x = 0.15 + i % columns * digit_pitch;
      const double y = i < columns ? -0.43 : 0.06;
      for (Outline& line : font.outlines(font.glyph(character))) {
        for (Point& p : line) p = {x + digit_size * p.x, y + digit_size * p.y};
        lines.push_back(std::move(line));
      }
    }
    return lines;
  }

  std::unique_ptr<SystemFonts> system_;
};

/// The typeface of all figures, with the fonts that this process found on the system.
[[nodiscard]] inline const Typeface& typeface() {
  static const Typeface face(system_font_folders());
  return face;
}

}  // namespace infoflow
