// SPDX-License-Identifier: MIT
/// \file JSON that may stand inside a <script> element.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace infoflow {

/// The value as JSON in pure ASCII without < > &, so that nothing in it can end the script, begin a
/// comment or break a line (U+2028); bytes that are not UTF-8 become U+FFFD.
/// Law: parsing the result gives the value back, if it was UTF-8.
[[nodiscard]] inline std::string script_json(const nlohmann::json& value) {
  const std::string plain = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  std::string safe;
  safe.reserve(plain.size());
  for (const char c : plain) {
    switch (c) {  // Outside of strings, JSON holds none of these.
      case '<': safe += "\\u003c"; break;
      case '>': safe += "\\u003e"; break;
      case '&': safe += "\\u0026"; break;
      default: safe += c;
    }
  }
  return safe;
}

}  // namespace infoflow
