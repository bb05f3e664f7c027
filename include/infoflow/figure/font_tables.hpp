// SPDX-License-Identifier: MIT
/// \file Where the tables of a font file lie (TrueType, or the first of a collection), and which
/// glyph is a character's. Nothing here reads outside the bytes, whatever they hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace infoflow {

/// Big-endian numbers; what lies outside the bytes is 0.
struct FontBytes {
  std::span<const std::uint8_t> bytes;

  [[nodiscard]] std::uint32_t u8(std::size_t at) const { return at < bytes.size() ? bytes[at] : 0; }
  [[nodiscard]] std::uint32_t u16(std::size_t at) const { return u8(at) << 8U | u8(at + 1); }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const { return u16(at) << 16U | u16(at + 2); }
};

struct FontTable {
  std::size_t offset = 0;  ///< From the begin of the file.
  std::size_t length = 0;
};

/// The tables by their tags: "cmap", "glyf" …
struct FontTables {
  std::size_t directory = 0;  ///< Where the face begins.
  std::map<std::string, FontTable, std::less<>> tables{};

  [[nodiscard]] bool has(std::string_view tag) const { return tables.contains(tag); }
  [[nodiscard]] FontTable at(std::string_view tag) const {
    const auto found = tables.find(tag);
    return found == tables.end() ? FontTable{} : found->second;
  }
};

/// \param head  of the file: as many bytes as its directory takes, at most 64 KB
/// \param size  of the whole file
/// \return nothing unless all tables that drawing needs are there and every table lies in the file
[[nodiscard]] inline std::optional<FontTables> font_tables(std::span<const std::uint8_t> head,
                                                           std::uintmax_t size) {
  const FontBytes file{head};
  constexpr std::uint32_t collection = 0x74746366;  // "ttcf"
  FontTables found;
  if (file.u32(0) == collection) found.directory = file.u32(12);
  const std::uint32_t kind = file.u32(found.directory);
  constexpr std::uint32_t truetype = 0x00010000;
  constexpr std::uint32_t apple = 0x74727565;                  // "true"
  if (kind != truetype && kind != apple) return std::nullopt;  // "OTTO": PostScript outlines
  const std::size_t count = file.u16(found.directory + 4);
  if (found.directory + 12 + 16 * count > head.size()) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = found.directory + 12 + 16 * i;
    const FontTable table{file.u32(entry + 8), file.u32(entry + 12)};
    if (table.offset > size || table.length > size - table.offset) return std::nullopt;
    std::string tag;
    for (std::size_t c = 0; c < 4; ++c) tag += static_cast<char>(file.u8(entry + c));
    found.tables.emplace(tag, table);
  }
  for (const char* needed : {"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"}) {
    if (!found.has(needed)) return std::nullopt;
  }
  return found;
}

/// Which glyph shows a character, from the bytes of a "cmap" table: its Unicode parts of format 4
/// (16 bits) or 12 (32 bits), which all fonts of today have.
class CharacterMap {
 public:
  explicit CharacterMap(std::span<const std::uint8_t> table) : table_{table} {
    const std::size_t count = table_.u16(2);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t platform = table_.u16(4 + 8 * i);
      const std::uint32_t encoding = table_.u16(6 + 8 * i);
      const std::size_t at = table_.u32(8 + 8 * i);
      const bool unicode = platform == 0 || (platform == 3 && (encoding == 1 || encoding == 10));
      const std::uint32_t format = table_.u16(at);
      if (!unicode || (format != 4 && format != 12) || format <= format_) continue;
      format_ = format;
      begin_ = at;
    }
  }

  /// \return 0 if the font lacks the character
  [[nodiscard]] std::uint32_t glyph(char32_t c) const {
    return format_ == 12 ? from_groups(c) : format_ == 4 && c < 0xFFFF ? from_segments(c) : 0;
  }

 private:
  /// The first of `count` ascending entries whose last character is not before `c`.
  template <class LastOf>
  [[nodiscard]] static std::size_t first_not_before(std::size_t count, char32_t c, LastOf last_of) {
    std::size_t low = 0;
    while (low < count) {
      const std::size_t middle = low + (count - low) / 2;
      if (last_of(middle) < c) {
        low = middle + 1;
      } else {
        count = middle;
      }
    }
    return low;
  }

  [[nodiscard]] std::uint32_t from_groups(char32_t c) const {
    const std::size_t count = std::min<std::size_t>(table_.u32(begin_ + 12), table_.bytes.size());
    const std::size_t at = begin_ + 16 + 12 * first_not_before(count, c, [&](std::size_t i) {
                                           return table_.u32(begin_ + 16 + 12 * i + 4);
                                         });
    const std::uint32_t first = table_.u32(at);
    return c < first || c > table_.u32(at + 4) ? 0 : table_.u32(at + 8) + (c - first);
  }

  [[nodiscard]] std::uint32_t from_segments(char32_t c) const {
    const std::size_t twice = table_.u16(begin_ + 6) & ~1U;
    const std::size_t last = begin_ + 14;
    const std::size_t first = last + twice + 2;
    const std::size_t i =
        2 * first_not_before(twice / 2, c, [&](std::size_t k) { return table_.u16(last + 2 * k); });
    if (i >= twice || c < table_.u16(first + i)) return 0;
    const std::uint32_t shift = table_.u16(first + twice + i);
    const std::size_t range_at = first + 2 * twice + i;
    const std::uint32_t range = table_.u16(range_at);
    if (range == 0) return (c + shift) & 0xFFFFU;
    const std::uint32_t glyph = table_.u16(range_at + range + 2 * (c - table_.u16(first + i)));
    return glyph == 0 ? 0 : (glyph + shift) & 0xFFFFU;
  }

  FontBytes table_;
  std::uint32_t format_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace infoflow
