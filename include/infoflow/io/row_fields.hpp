// SPDX-License-Identifier: MIT
/// \file Fields of one row of a data set, with errors that show how a row is written.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/io/image_marker.hpp>
#include <infoflow/io/json_lines.hpp>

namespace infoflow {

/// Typed access to a row. A null counts as absent.
class RowFields {
 public:
  /// \param form  an example of a row, for errors; must outlive this
  /// \throws Error if the row is no JSON object
  RowFields(const JsonRow& row, const char* form) : row_(row), form_(form) {
    if (!row.is_json()) refuse("the row is not JSON" + (row.fault.empty() ? "" : ": " + row.fault));
    if (!row.value.is_object()) refuse("the row is not a JSON object");
  }

  [[nodiscard]] const std::string& where() const { return row_.where; }

  [[nodiscard]] bool has(const char* key) const { return find(key) != nullptr; }

  /// The value, or null if there is none.
  [[nodiscard]] const nlohmann::json* find(const char* key) const {
    const auto found = row_.value.find(key);
    return found == row_.value.end() || found->is_null() ? nullptr : &*found;
  }

  /// \throws Error if the field is missing or no text
  [[nodiscard]] std::string text(const char* key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr || !value->is_string()) refuse(named(key, "is missing or not a text"));
    return *value;
  }

  /// The text of a question about the row's picture, without a marker that says where that goes.
  /// \throws Error if the field is missing or no text, or has the marker and the row no picture
  [[nodiscard]] std::string question(const char* key) const {
    const std::string written = text(key);
    std::string question = without_image_marker(written);
    if (question != written && !has("image") && !has("image_id")) {
      refuse("the question has <image> and the row names no picture");
    }
    return question;
  }

  /// An empty text if the field is missing. \throws Error if it is no text
  [[nodiscard]] std::string text_if_there(const char* key) const {
    return has(key) ? text(key) : std::string();
  }

  /// A text or a whole number, as text; empty if the field is missing.
  /// \throws Error if it is something else
  [[nodiscard]] std::string id_if_there(const char* key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return {};
    if (value->is_number_integer()) return value->dump();
    if (!value->is_string()) refuse(named(key, "is neither a text nor a whole number"));
    return *value;
  }

  /// \throws Error if the field is missing or no list of texts
  [[nodiscard]] std::vector<std::string> texts(const char* key) const {
    const nlohmann::json* value = find(key);
    const bool list = value != nullptr && value->is_array() &&
                      std::all_of(value->begin(), value->end(),
                                  [](const nlohmann::json& entry) { return entry.is_string(); });
    if (!list) refuse(named(key, "is missing or not a list of texts"));
    return value->get<std::vector<std::string>>();
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(what, row_.where, std::string("write ") + form_);
  }

 private:
  static std::string named(const char* key, const char* fault) {
    return "\"" + std::string(key) + "\" " + fault;
  }

  const JsonRow& row_;
  const char* form_;
};

}  // namespace infoflow
