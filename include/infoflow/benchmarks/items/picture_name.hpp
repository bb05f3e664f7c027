// SPDX-License-Identifier: MIT
/// \file When two names mean one picture: with or without folder and ending, COCO's numbers padded.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/core/split_text.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow {

[[nodiscard]] inline bool is_whole_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), text::is_digit);
}

namespace detail {

/// The parts of a path, the last one without a picture's ending.
[[nodiscard]] inline std::vector<std::string> picture_parts(std::string_view name) {
  constexpr std::array<std::string_view, 8> endings{".jpg", ".jpeg", ".png", ".webp",
                                                    ".bmp", ".gif",  ".tif", ".tiff"};
  std::string path(name);
  std::replace(path.begin(), path.end(), '\\', '/');
  std::vector<std::string> parts;
  for (const std::string_view part : split_text(path, '/')) {
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  if (parts.empty()) return parts;
  std::string& last = parts.back();
  for (const std::string_view ending : endings) {
    if (last.size() > ending.size() && text::lower(last).ends_with(ending)) {
      last.resize(last.size() - ending.size());
      break;
    }
  }
  return parts;
}

}  // namespace detail

/// A whole number without zeros in front; any other text as it is.
[[nodiscard]] inline std::string unpadded(std::string_view text) {
  if (!is_whole_number(text)) return std::string(text);
  const std::size_t begin = std::min(text.find_first_not_of('0'), text.size() - 1);
  return std::string(text.substr(begin));
}

/// What a picture is known by: its name without folder and ending; of COCO's names the number.
/// Examples: "val2014/COCO_val2014_000000000042.jpg", "000000000042.jpg" and "42" are all "42".
[[nodiscard]] inline std::string picture_key(std::string_view name) {
  const std::vector<std::string> parts = detail::picture_parts(name);
  if (parts.empty()) return {};
  const std::string& last = parts.back();
  const std::vector<std::string_view> words = split_text(last, '_');
  const bool coco = words.size() == 3 && words[0] == "COCO" && is_whole_number(words[2]);
  return unpadded(coco ? words[2] : std::string_view(last));
}

/// True if one path ends with the other, part by part: "a/1.png" is "x/a/1.png", not "b/1.png".
[[nodiscard]] inline bool same_path(std::string_view a, std::string_view b) {
  const std::vector<std::string> parts = detail::picture_parts(a);
  const std::vector<std::string> others = detail::picture_parts(b);
  const std::size_t common = std::min(parts.size(), others.size());
  return std::equal(parts.rbegin(), parts.rbegin() + static_cast<std::ptrdiff_t>(common),
                    others.rbegin());
}

}  // namespace infoflow
