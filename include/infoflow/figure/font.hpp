// SPDX-License-Identifier: MIT
/// \file One font: which characters it has, how wide they are, and their outlines.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/core/preprocessing.hpp>
#include <infoflow/figure/font_tables.hpp>
#include <infoflow/figure/stb_truetype.hpp>

namespace infoflow {

/// A closed line; its last point is joined to its first.
using Outline = std::vector<Point>;

/// The first face of a TrueType file. All lengths are parts of the font's size (an em), y downwards,
/// the baseline at 0.
///
/// stb_truetype reads glyphs without looking where their file ends. So a font is taken only if its
/// tables lie in its file and are as long as its numbers of glyphs ask for, and is kept with zeros
/// behind it that are longer than any glyph can reach. It is given single glyphs only: those made of
/// others are put together here, where their number, their points and their places have bounds.
/// PostScript outlines (CFF) are refused: they are programs, whose steps stb_truetype does not count.
class Font {
 public:
  /// \return nothing if the bytes are no font, or one that cannot be read safely
  [[nodiscard]] static std::optional<Font> from(std::vector<std::uint8_t> bytes) {
    const std::size_t size = bytes.size();
    auto tables = font_tables(std::span(bytes).first(std::min(size, head_size)), size);
    if (!tables || size > largest_file) return std::nullopt;
    bytes.resize(size + longest_glyph);
    Font font(std::move(bytes), std::move(*tables));
    if (!font.open()) return std::nullopt;
    return font;
  }

  /// \return 0 if the font lacks the character, or its glyph cannot be drawn
  [[nodiscard]] std::uint32_t glyph(char32_t character) const {
    const std::uint32_t found = map_.glyph(character);
    return found != 0 && parts(found) ? found : 0;
  }

  [[nodiscard]] double advance(std::uint32_t glyph) const {
    int width = 0;
    stb::own_GetGlyphHMetrics(&info_, static_cast<int>(glyph), &width, nullptr);
    return width / units_;
  }

  /// What is added to the advance of `left` before `right`.
  [[nodiscard]] double kerning(std::uint32_t left, std::uint32_t right) const {
    return stb::own_GetGlyphKernAdvance(&info_, static_cast<int>(left), static_cast<int>(right)) /
           units_;
  }

  /// The glyph's outlines with curves as short lines; empty for a blank, or a damaged glyph.
  [[nodiscard]] std::vector<Outline> outlines(std::uint32_t glyph) const {
    std::vector<Outline> lines;
    const auto pieces = parts(glyph);
    if (!pieces) return lines;
    for (const Part& part : *pieces) {
      stb::stbtt_vertex* found = nullptr;
      const int count = stb::own_GetGlyphShape(&info_, static_cast<int>(part.glyph), &found);
      const std::unique_ptr<stb::stbtt_vertex, void (*)(void*)> owner(found, std::free);
      for (int i = 0; i < count; ++i) append(lines, part, found[i]);
    }
    return lines;
  }

  Font(Font&&) = default;  // A copy would still point into the bytes of the first.
  Font& operator=(Font&&) = default;

  static constexpr std::size_t head_size = 1U << 16U;
  static constexpr std::size_t largest_file = 1U << 28U;
  static constexpr std::size_t most_parts = 64;     ///< Of a glyph; those that hold others, too.
  static constexpr std::size_t most_points = 4096;  ///< Of a glyph with all of its parts.

 private:
  /// stb_truetype reads a single glyph of at most `most_points` points of 6 bytes with flags, as many
  /// ends of lines of 2 bytes, and 65,535 bytes of instructions; or a kerning table's 65,535 pairs of
  /// 6 bytes, which is the most.
  static constexpr std::size_t longest_glyph = 1U << 20U;

  /// A single glyph at its place: its points become (xx x + xy y + dx, yx x + yy y + dy).
  struct Part {
    std::uint32_t glyph = 0;
    double xx = 1;
    double xy = 0;
    double yx = 0;
    double yy = 1;
    double dx = 0;
    double dy = 0;
  };

  struct Pieces {
    std::vector<Part> parts{};
    std::size_t seen = 0;  ///< Glyphs, with those that hold others.
    std::size_t points = 0;
  };

  Font(std::vector<std::uint8_t> bytes, FontTables tables)
      : bytes_(std::move(bytes)),
        tables_(std::move(tables)),
        map_(std::span(bytes_).subspan(tables_.at("cmap").offset, tables_.at("cmap").length)) {}

  /// What stbtt_InitFont does, for TrueType outlines.
  [[nodiscard]] bool open() {
    const FontBytes file{bytes_};
    const FontTable head = tables_.at("head");
    const FontTable hhea = tables_.at("hhea");
    const FontTable maxp = tables_.at("maxp");
    if (head.length < 54 || hhea.length < 36 || maxp.length < 6) return false;
    units_ = file.u16(head.offset + 18);
    glyphs_ = file.u16(maxp.offset + 4);
    wide_ = file.u16(head.offset + 50) != 0;
    const std::size_t widths = file.u16(hhea.offset + 34);
    if (units_ < 16 || widths == 0 || 4 * widths > tables_.at("hmtx").length) return false;

    const auto offset = [&](const char* tag) { return static_cast<int>(tables_.at(tag).offset); };
    info_.data = bytes_.data();
    info_.numGlyphs = static_cast<int>(glyphs_);
    info_.head = offset("head");
    info_.hhea = offset("hhea");
    info_.hmtx = offset("hmtx");
    info_.glyf = offset("glyf");
    info_.loca = offset("loca");
    info_.kern = offset("kern");
    info_.indexToLocFormat = wide_ ? 1 : 0;
    return (glyphs_ + 1) * (wide_ ? 4U : 2U) <= tables_.at("loca").length;
  }

  /// The single glyphs that a glyph is made of; nothing if it cannot be drawn.
  [[nodiscard]] std::optional<std::vector<Part>> parts(std::uint32_t glyph) const {
    Pieces pieces;
    if (!add_parts({glyph}, pieces)) return std::nullopt;
    return std::move(pieces.parts);
  }

  /// \return false if a part lies outside its table, has its points out of order or is placed by
  /// them, is placed where no single glyph could reach, or there are too many: a glyph that contains
  /// itself would never end
  [[nodiscard]] bool add_parts(const Part& whole, Pieces& pieces) const {
    if (whole.glyph >= glyphs_ || ++pieces.seen > most_parts) return false;
    const FontBytes file{bytes_};
    const FontTable loca = tables_.at("loca");
    const FontTable glyf = tables_.at("glyf");
    const auto place = [&](std::size_t i) {
      return wide_ ? file.u32(loca.offset + 4 * i) : 2 * file.u16(loca.offset + 2 * i);
    };
    const std::size_t begin = place(whole.glyph);
    const std::size_t end = place(std::size_t{whole.glyph} + 1);
    if (begin > end || end > glyf.length) return false;
    if (begin == end) return true;
    const std::uint32_t lines = file.u16(glyf.offset + begin);
    std::size_t at = glyf.offset + begin + 10;
    if (lines < 0x8000) {  // Each line's last point: stb_truetype counts on their order.
      for (std::size_t i = 1; i < lines; ++i) {
        if (file.u16(at + 2 * i) <= file.u16(at + 2 * i - 2)) return false;
      }
      if (lines > 0) pieces.points += file.u16(at + 2 * std::size_t{lines} - 2) + 1;
      pieces.parts.push_back(whole);
      return pieces.points <= most_points;
    }
    for (bool more = true; more;) {
      if (at >= glyf.offset + end) return false;
      const std::uint32_t flags = file.u16(at);
      const std::optional<Part> part = part_at(at, whole);
      if (!part || !add_parts(*part, pieces)) return false;
      more = (flags & 0x20U) != 0;
    }
    return true;
  }

  /// The part that is described at `at`, placed in `whole`; `at` moves behind it.
  /// \return nothing if it is placed by a point, or too far
  [[nodiscard]] std::optional<Part> part_at(std::size_t& at, const Part& whole) const {
    const FontBytes file{bytes_};
    const auto word = [&] {
      at += 2;
      return static_cast<std::int16_t>(file.u16(at - 2));
    };
    const auto byte = [&] { return static_cast<std::int8_t>(file.u8(at++)); };
    const auto scale = [&] { return word() / 16384.0; };
    const auto flags = static_cast<std::uint16_t>(word());
    Part part{static_cast<std::uint16_t>(word())};
    const bool words = (flags & 0x1U) != 0;
    if ((flags & 0x2U) == 0) return std::nullopt;
    part.dx = words ? word() : byte();
    part.dy = words ? word() : byte();
    if ((flags & 0x8U) != 0) {
      part.xx = part.yy = scale();
    } else if ((flags & 0x40U) != 0) {
      part.xx = scale();
      part.yy = scale();
    } else if ((flags & 0x80U) != 0) {
      part.xx = scale();
      part.yx = scale();
      part.xy = scale();
      part.yy = scale();
    }
    if ((flags & 0x800U) != 0) {  // Its place is scaled as well.
      part.dx *= std::hypot(part.xx, part.xy);
      part.dy *= std::hypot(part.yx, part.yy);
    }
    const Part placed{part.glyph,
                      whole.xx * part.xx + whole.xy * part.yx,
                      whole.xx * part.xy + whole.xy * part.yy,
                      whole.yx * part.xx + whole.yy * part.yx,
                      whole.yx * part.xy + whole.yy * part.yy,
                      whole.xx * part.dx + whole.xy * part.dy + whole.dx,
                      whole.yx * part.dx + whole.yy * part.dy + whole.dy};
    const bool near = std::max({std::abs(placed.xx), std::abs(placed.xy), std::abs(placed.yx),
                                std::abs(placed.yy)}) <= 2 &&
                      std::max(std::abs(placed.dx), std::abs(placed.dy)) <= 32768;
    return near ? std::optional(placed) : std::nullopt;
  }

  void append(std::vector<Outline>& lines, const Part& part, const stb::stbtt_vertex& v) const {
    const auto em = [&](double x, double y) {
      return Point{(part.xx * x + part.xy * y + part.dx) / units_,
                   -(part.yx * x + part.yy * y + part.dy) / units_};
    };
    const Point to = em(v.x, v.y);
    if (v.type == stb::STBTT_vmove || lines.empty()) {
      lines.push_back({to});
      return;
    }
    Outline& line = lines.back();
    const Point from = line.back();
    const Point middle = em(v.cx, v.cy);
    constexpr int steps = 8;  // At 48 pixels a quarter of a circle is then right to 0.1 of one.
    for (int i = 1; i < steps && v.type != stb::STBTT_vline; ++i) {
      const double t = static_cast<double>(i) / steps;
      const double s = 1 - t;
      const auto curve = [&](double p, double c, double q) {
        return s * s * p + 2 * s * t * c + t * t * q;
      };
      line.push_back({curve(from.x, middle.x, to.x), curve(from.y, middle.y, to.y)});
    }
    line.push_back(to);
  }

  std::vector<std::uint8_t> bytes_;
  FontTables tables_;
  CharacterMap map_;
  stb::own_fontinfo info_{};
  double units_ = 1;
  std::size_t glyphs_ = 0;
  bool wide_ = false;
};

}  // namespace infoflow
