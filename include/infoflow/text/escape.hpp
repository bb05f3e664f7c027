// SPDX-License-Identifier: MIT
/// \file Text from outside (questions, file names, decoded tokens) inside HTML, SVG and CSV.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/text/utf8.hpp>

namespace infoflow {

/// Text for an element or a quoted attribute of HTML, XML or SVG. Control characters, which XML
/// forbids even when escaped, become U+FFFD; tab and line feed stay.
/// Law: the result holds none of < > " ' and no & but those of its own entities.
[[nodiscard]] inline std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7F;
        if (control) {
          escaped += "\xEF\xBF\xBD";
        } else {
          escaped += c;
        }
      }
    }
  }
  return escaped;
}

/// One field of a CSV file (RFC 4180): quoted where it holds a comma, a quote or a line break.
[[nodiscard]] inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace infoflow
