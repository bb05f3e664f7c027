// SPDX-License-Identifier: MIT
/// \file Rows of a JSON Lines file, or of one JSON document, each with its place for messages.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/text/strict_json.hpp>

namespace infoflow {

/// A value of a file. `where` is "file:17" for a line, "file, entry 3" for an entry of a list.
struct JsonRow {
  nlohmann::json value;
  std::string where;
  std::string fault{};  ///< Why the line is none.

  /// False if the line is no JSON; it is kept so that a reader can name it.
  [[nodiscard]] bool is_json() const { return !value.is_discarded(); }
};

/// ScienceQA's problems.json has 30 MB, samples of a large run some hundred.
inline constexpr std::uintmax_t largest_data_file = 1U << 30U;

namespace detail {

/// The text as a row, whose value is discarded if it is no strict JSON.
[[nodiscard]] inline JsonRow parsed_row(std::string_view text, std::string where) {
  JsonRow row{nlohmann::json::value_t::discarded, std::move(where)};
  try {
    row.value = strict_json(text, row.where);
  } catch (const Error& error) {
    row.fault = error.problem();
  }
  return row;
}

[[nodiscard]] inline bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Every line that is not blank.
[[nodiscard]] inline std::vector<JsonRow> json_lines(std::string_view text,
                                                     const std::string& file) {
  std::vector<JsonRow> rows;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (is_blank(line)) continue;
    rows.push_back(parsed_row(line, file + ":" + std::to_string(number)));
  }
  return rows;
}

/// True if the line after the first one is a row by itself: then the file is JSON Lines whose first
/// line is spoilt, and no document.
[[nodiscard]] inline bool has_second_row(std::string_view text) {
  text.remove_prefix(std::min(text.find('\n'), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const JsonRow second = parsed_row(text.substr(0, text.find('\n')), "");
  return second.is_json() && second.value.is_structured();
}

}  // namespace detail

/// The rows of a file, whichever form it has: JSON Lines, one list (each entry is a row), or one
/// other value (the only row). Benchmarks name JSON Lines .json as well, so the content decides.
/// Lines that are no JSON are rows that say so.
/// \return at least one row
/// \throws Error if the file cannot be read, is empty, larger than 1 GiB, or a document over
///         several lines that is no JSON
[[nodiscard]] inline std::vector<JsonRow> read_json_rows(const std::string& file) {
  const std::vector<std::uint8_t> bytes =
      read_file(file, "a JSON or JSON Lines file", largest_data_file);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) throw Error("the file is empty", file, "give its data");

  // A document that runs over several lines begins with one that is no JSON by itself.
  const std::string_view opening = text.substr(begin, text.find('\n', begin) - begin);
  const bool is_list = opening.front() == '[';
  const bool is_row = detail::parsed_row(opening, file).is_json();
  if (is_row && !is_list) return detail::json_lines(text, file);
  JsonRow document = detail::parsed_row(text, file);
  if (!document.is_json()) {
    const bool is_document = !is_row && opening.find_first_of("[{") == 0 &&
                             !detail::is_blank(text.substr(begin + opening.size())) &&
                             !detail::has_second_row(text.substr(begin));
    if (is_document) {
      throw Error(document.fault, file, "correct it, or fetch the file anew");
    }
    return detail::json_lines(text, file);
  }
  std::vector<JsonRow> rows;
  if (!is_list) {
    rows.push_back(std::move(document));
    return rows;
  }
  for (nlohmann::json& entry : document.value) {
    const std::string number = std::to_string(rows.size() + 1);
    rows.push_back({std::move(entry), file + ", entry " + number});
  }
  if (rows.empty()) throw Error("the list is empty", file, "give its data");
  return rows;
}

}  // namespace infoflow
