// SPDX-License-Identifier: MIT
/// \file What every page has: its policy, its head, the roles' colours, its script and its data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/token_partition.hpp>
#include <infoflow/figure/role_colour.hpp>
#include <infoflow/figure/svg.hpp>
#include <infoflow/files/base64.hpp>
#include <infoflow/files/sha256.hpp>
#include <infoflow/page/page_files.hpp>
#include <infoflow/page/page_template.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow::pages {

/// Nothing is loaded from anywhere, and no other script than ours runs.
[[nodiscard]] inline std::string page_policy(std::string_view script) {
  const std::array<std::uint8_t, 32> digest = sha256(script);
  return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" +
         base64(digest) + "'; base-uri 'none'; form-action 'none'";
}

/// The roles' colours, the same as in figures.
[[nodiscard]] inline std::string role_style() {
  std::string css = ":root {";
  for (std::size_t r = 0; r < role_count; ++r) {
    css += " --" + std::string(role_names[r]) + ": " +
           svg_colour(role_colour(static_cast<Role>(r))) + ";";
  }
  return css + " }\n";
}

/// A page's parts. Texts are plain; `said` and `body` are markup.
struct PageParts {
  std::string title;
  std::string model;
  std::string heading;
  std::string said;
  std::string body;
  std::string style;
};

/// \param script  one text, so that the policy names it by one digest
/// \param data  JSON as `script_json` writes it; empty: the page has no script
[[nodiscard]] inline std::string page_of(const PageParts& parts, std::string_view script,
                                         const std::string& data) {
  const std::string scripts = data.empty()
                                  ? ""
                                  : "<script type=\"application/json\" id=\"data\">" + data +
                                        "</script>\n<script>" + std::string(script) + "</script>";
  return filled(page_files::page_html, {{"policy", page_policy(script)},
                                        {"title", escape_markup(parts.title)},
                                        {"style", role_style() + parts.style},
                                        {"model", escape_markup(parts.model)},
                                        {"heading", escape_markup(parts.heading)},
                                        {"said", parts.said},
                                        {"main", parts.body},
                                        {"scripts", scripts}});
}

/// What was run, and what is to be known about it.
[[nodiscard]] inline std::string run_table(
    const std::vector<std::pair<std::string, std::string>>& run,
    const std::vector<std::string>& notes) {
  std::string html = "<h2>What was run</h2>\n<table class=\"run\">\n";
  for (const auto& [name, value] : run) {
    html += "<tr><th scope=\"row\">" + escape_markup(name) + "</th><td>" + escape_markup(value) +
            "</td></tr>\n";
  }
  html += "</table>\n";
  if (!notes.empty()) {
    html += "<h3>Notes</h3>\n<ul>\n";
    for (const std::string& note : notes) html += "<li>" + escape_markup(note) + "</li>\n";
    html += "</ul>\n";
  }
  return html;
}

}  // namespace infoflow::pages
