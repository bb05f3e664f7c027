// SPDX-License-Identifier: MIT
/// \file Texts cut, or broken into lines, for the room in pixels that a figure has.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/figure/typeface.hpp>

namespace infoflow {

namespace detail {

/// Line breaks and tabs as blanks.
[[nodiscard]] inline std::string on_one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return line;
}

}  // namespace detail

/// The text, or its begin and "…" if it is wider than `room` pixels in the typeface.
[[nodiscard]] inline std::string cut_to(double room, std::string_view text, double size,
                                        bool bold = false, const Typeface& face = typeface()) {
  if (face.bytes_within(text, room, size, bold) == text.size()) return detail::on_one_line(text);
  const double rest = room - face.width("…", size, bold);
  return detail::on_one_line(text.substr(0, face.bytes_within(text, rest, size, bold))) + "…";
}

/// The texts on lines of at most `room` pixels, broken at blanks, or within a word that fills a line
/// (Chinese has no blanks). Of more than `most` lines the rest is left out, and the last ends in "…":
/// a question may be as long as a book.
[[nodiscard]] inline std::vector<std::string> lines_within(double room,
                                                           std::span<const std::string> texts,
                                                           double size, std::size_t most = 9,
                                                           const Typeface& face = typeface()) {
  constexpr std::string_view blanks = " \n\r\t";
  std::vector<std::string> lines;
  for (const std::string& text : texts) {
    std::string_view rest = text;
    do {
      if (lines.size() == most) {
        lines.back() = cut_to(room - face.width("…", size), lines.back(), size, false, face);
        if (!lines.back().ends_with("…")) lines.back() += "…";
        return lines;
      }
      std::size_t end = face.bytes_within(rest, room, size);
      std::size_t next = end;
      if (end < rest.size()) {
        const std::size_t blank = rest.find_last_of(blanks, end);
        if (blank != std::string_view::npos && blank > 0) {
          end = blank;
          next = blank + 1;
        } else if (end == 0) {
          end = next = text::first_character(rest).length;
        }
      }
      lines.push_back(detail::on_one_line(rest.substr(0, end)));
      rest.remove_prefix(next);
    } while (!rest.empty());
  }
  return lines;
}

/// What a picture says about characters that it shows as code points, on one line; empty if it shows
/// all: "no font here has U+4E2D, U+56FE, U+6709 and 3 more: shown as code points".
template <class Texts>
[[nodiscard]] std::string missing_note(const Texts& texts, const Typeface& face = typeface()) {
  std::set<char32_t> missing;
  for (const std::string_view text : texts) missing.merge(face.missing(text));
  if (missing.empty()) return {};
  constexpr std::size_t most_named = 3;
  std::string note = "no font here has ";
  std::size_t named = 0;
  for (const char32_t c : missing) {
    if (named == most_named) break;
    if (named++ > 0) note += ", ";
    note += "U+";
    for (int shift = c > 0xFFFFF ? 20 : c > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4) {
      note += "0123456789ABCDEF"[c >> static_cast<unsigned>(shift) & 15U];
    }
  }
  if (missing.size() > named) note += " and " + std::to_string(missing.size() - named) + " more";
  return note + ": shown as code points";
}

}  // namespace infoflow
