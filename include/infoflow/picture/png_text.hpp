// SPDX-License-Identifier: MIT
/// \file Which way is up, as PNG chunks of text say it: XMP, and EXIF as ImageMagick writes it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <infoflow/picture/exif.hpp>

namespace infoflow::picture_files {

/// What `packed` unpacks to, at most a megabyte: Pillow's limit for text. None if it is damaged, or
/// if no more texts of the file may be unpacked.
[[nodiscard]] inline std::optional<std::string> unpacked_png_text(std::string_view packed,
                                                                  int& texts_left) {
  if (texts_left <= 0) return std::nullopt;
  --texts_left;
  std::string text(std::size_t{1} << 20U, '\0');
  auto size = static_cast<uLongf>(text.size());
  const auto* from = reinterpret_cast<const Bytef*>(packed.data());
  if (uncompress(reinterpret_cast<Bytef*>(text.data()), &size, from,
                 static_cast<uLong>(packed.size())) != Z_OK) {
    return std::nullopt;
  }
  text.resize(size);
  return text;
}

/// The bytes of a "Raw profile type exif": three lines, then hexadecimal digits on lines.
[[nodiscard]] inline std::vector<std::uint8_t> raw_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::vector<std::uint8_t> bytes;
  std::optional<int> high;
  for (const char c : text) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::size_t digit = digits.find(static_cast<char>(c | 0x20));
    if (c == '\n' || c == ' ') continue;
    if (digit == std::string_view::npos) return {};
    if (high) bytes.push_back(static_cast<std::uint8_t>(*high * 16 + static_cast<int>(digit)));
    high = high ? std::nullopt : std::optional(static_cast<int>(digit));
  }
  return bytes;
}

/// Cuts off and returns what stands before the next zero byte; none if there is no zero byte.
[[nodiscard]] inline std::optional<std::string_view> before_zero(std::string_view& text) {
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, end);
  text.remove_prefix(end + 1);
  return before;
}

/// Takes what a chunk of the kind eXIf, iTXt, tEXt or zTXt says into `marks`; damaged text says
/// nothing.
/// \param texts_left  packed texts that may still be unpacked; a file can hold thousands
inline void take_png_marks(std::string_view kind, std::span<const std::uint8_t> data,
                           OrientationMarks& marks, int& texts_left) {
  if (kind == "eXIf") {
    marks.exif.assign(data.begin(), data.end());
    return;
  }
  std::string_view rest(reinterpret_cast<const char*>(data.data()), data.size());
  const std::optional<std::string_view> keyword = before_zero(rest);
  if (!keyword) return;
  const bool raw_exif = *keyword == "Raw profile type exif" && marks.exif.empty();
  if (kind == "tEXt" && raw_exif) marks.exif = raw_profile(rest);
  if (kind == "zTXt" && raw_exif && rest.starts_with('\0')) {
    marks.exif = raw_profile(unpacked_png_text(rest.substr(1), texts_left).value_or(""));
  }
  if (kind == "iTXt" && *keyword == "XML:com.adobe.xmp" && rest.size() >= 2) {
    const bool packed = rest[0] != 0;
    if (packed && rest[1] != 0) return;
    rest.remove_prefix(2);
    if (!before_zero(rest) || !before_zero(rest)) return;  // Language, translated keyword.
    marks.xmp = packed ? unpacked_png_text(rest, texts_left).value_or("") : std::string(rest);
  }
}

}  // namespace infoflow::picture_files
