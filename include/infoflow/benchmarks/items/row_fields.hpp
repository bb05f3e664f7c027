// SPDX-License-Identifier: MIT
/// \file Fields of one row of a data set, with errors that show how a row is written.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <infoflow/benchmarks/items/image_marker.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/files/json_lines.hpp>
#include <infoflow/text/json_fields.hpp>

namespace infoflow {

/// The fields of a row.
class RowFields : public JsonFields {
 public:
  /// \param form  an example of a row, for errors
  /// \throws Error if the row is no JSON object
  RowFields(const JsonRow& row, const std::string& form)
      : JsonFields(value_of(row, form), row.where, form) {}

  /// The text of a question about the row's picture, without a marker that says where that goes.
  /// \throws Error if the field is missing or no text, or has the marker and the row no picture
  [[nodiscard]] std::string question(const std::string& key) const {
    const auto written = get<std::string>(key);
    std::string question = without_image_marker(written);
    if (question != written && !has("image") && !has("image_id")) {
      refuse("the question has <image> and the row names no picture");
    }
    return question;
  }

  /// A text or a whole number, as text; empty if the field is missing.
  /// \throws Error if it is something else
  [[nodiscard]] std::string id_or_none(const std::string& key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return {};
    if (value->is_number_integer()) return value->dump();
    if (!value->is_string()) refuse_value(*value, key, "a text or a whole number");
    return *value;
  }

  /// \throws Error if the field is missing, empty, or neither a text nor a whole number
  [[nodiscard]] std::string id(const std::string& key) const {
    std::string id = id_or_none(key);
    if (id.empty()) refuse("\"" + key + "\" is missing");
    return id;
  }

 private:
  [[nodiscard]] static const nlohmann::json& value_of(const JsonRow& row, const std::string& form) {
    if (!row.is_json()) throw Error(row.fault, row.where, "write " + form);
    return row.value;
  }
};

}  // namespace infoflow
