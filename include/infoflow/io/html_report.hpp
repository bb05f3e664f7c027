// SPDX-License-Identifier: MIT
/// \file A report of one prompt as a single page: no server, no network, nothing beside it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/io/base64.hpp>
#include <infoflow/io/escape.hpp>
#include <infoflow/io/figure_parts.hpp>
#include <infoflow/io/flow_report.hpp>
#include <infoflow/io/report_json.hpp>
#include <infoflow/io/report_script.hpp>
#include <infoflow/io/report_style.hpp>
#include <infoflow/io/script_json.hpp>
#include <infoflow/io/sha256.hpp>

namespace infoflow {

namespace detail {

/// Nothing is loaded from anywhere, and no other script than ours runs.
[[nodiscard]] inline std::string report_policy(std::string_view script) {
  const std::array<std::uint8_t, 32> digest = sha256(script);
  return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" +
         base64(digest) + "'; base-uri 'none'; form-action 'none'";
}

inline constexpr std::string_view report_controls = R"html(<div class="bar-controls">
<div class="chips" id="answer-tokens" role="group" aria-label="Answer token"></div>
<div class="settings">
<label class="wide">Layer <input type="range" id="layer" min="0" step="1">
<output id="layer-value"></output></label>
<label>Scale <select id="scale">
<option value="common">common to all layers</option><option value="layer">of each layer</option>
</select></label>
<label>Between patches <select id="between">
<option>bilinear</option><option>nearest</option>
</select></label>
<label>Opacity <input type="range" id="opacity" min="0" max="1" step="0.05"></label>
</div>
</div>
)html";

inline constexpr std::string_view report_plots = R"html(
<h2>Where attention goes, layer by layer</h2>
<p class="explain">What the rows that predict the answer give to each part of the sequence
(mean over heads, eqs. 6&ndash;9). The shares of a layer sum to 100 %. CAM mass is the image
tokens' part of what would move the answer, |gradient &middot; feature|, among the prompt's tokens.
Concentration is 0 for even heat and 1 for all heat on one token. Click into a plot to choose a
layer.</p>
<div class="plots">
<div><h3>Attention share &middot; <span id="shares-of"></span></h3>
<div class="keys" id="shares-key"></div>
<svg id="shares" viewBox="0 0 660 270" role="img" aria-label="Shares by layer"></svg></div>
)html";

inline constexpr std::string_view report_cam_plot = R"html(<div>
<h3>LLaVA-CAM &middot; whole answer &middot; <span id="cam-status"></span></h3>
<div class="keys" id="cam-key"></div>
<svg id="cam-plot" viewBox="0 0 440 270" role="img" aria-label="CAM by layer"></svg></div>
)html";

inline constexpr std::string_view report_maps = R"html(
<h2>What of the picture matters</h2>
<p class="explain">Heat of the chosen layer over the picture. CAM counts everything that later
layers still read from these tokens; attention is this layer's alone.
Hatched: cropped away, the model never saw it.</p>
<div id="maps"></div>
)html";

inline constexpr std::string_view report_tokens = R"html(<h2>Attention to each token</h2>
<p class="explain">Share of attention per token: <span id="tokens-of"></span>. Underlined by role;
hover for values. The first token often takes most: a sink, not a meaning.</p>
<div class="legend"><span class="token system">system</span><span class="token image">image</span>
<span class="token user">user</span><span class="token answer">answer</span>
<span>0.01 %</span><span class="ramp"></span><span>100 % (logarithmic)</span></div>
<div class="tokens" id="tokens"></div>
)html";

/// What the plots show, as numbers, for whoever reads without the script.
[[nodiscard]] inline std::string layer_table(const FlowReport& report) {
  std::string html =
      "<details><summary>All layers as a table</summary><table "
      "class=\"layers\">\n<tr><th>layer</th>"
      "<th>system</th><th>image</th><th>user</th><th>answer</th><th>CAM mass</th>"
      "<th>concentration</th><th>CAM</th></tr>\n";
  for (std::size_t l = 0; l < report.attention.size(); ++l) {
    html += fmt::format("<tr><td>{}</td>", report.attention[l].layer);
    for (const float share : report.attention[l].mean_shares()) {
      html += fmt::format("<td>{:.2f} %</td>", 100 * share);
    }
    if (!report.heat.empty()) {
      const ReportHeat& heat = report.heat.front();
      html += fmt::format("<td>{:.4f}</td><td>{:.3f}</td><td>{}</td>", report.cam_mass[l],
                          concentration(heat.layers[l]), to_string(heat.status[l]));
    }
    html += "</tr>\n";
  }
  return html + "</table></details>\n";
}

/// The roles' colours, the same as in figures.
[[nodiscard]] inline std::string role_style() {
  std::string css = ":root {";
  for (std::size_t r = 0; r < role_count; ++r) {
    css += fmt::format(" --{}: {};", role_names[r], svg_colour(role_colour(static_cast<Role>(r))));
  }
  return css + " }";
}

[[nodiscard]] inline std::string run_table(const FlowReport& report) {
  std::string html = "<h2>What was run</h2>\n<table class=\"run\">\n";
  for (const auto& [name, value] : report.run) {
    html += "<tr><th>" + escape_markup(name) + "</th><td>" + escape_markup(value) + "</td></tr>\n";
  }
  html += "</table>\n";
  if (!report.notes.empty()) {
    html += "<h3>Notes</h3>\n<ul>\n";
    for (const std::string& note : report.notes) html += "<li>" + escape_markup(note) + "</li>\n";
    html += "</ul>\n";
  }
  return html;
}

}  // namespace detail

/// The page. Whatever the report's texts hold, it is shown as text: markup is escaped, data stand
/// in a block of JSON that cannot end its script, and the page's policy runs no script but its own.
/// Laws: the page is valid UTF-8 without control characters but line feed and tab; it names no
/// address to load from; it stays below 5 MB for up to three pictures, fitting fewer answer tokens
/// where they are many.
[[nodiscard]] inline std::string html_report(const FlowReport& report,
                                             const ReportBudget& budget = {}) {
  using namespace detail;
  const std::string script = report_script();
  const bool has_answer = !report.attention.empty();
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
      report_policy(script) +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escape_markup(report.question) + " - " + escape_markup(report.model) + "</title>\n<style>" +
      role_style() + std::string(report_style) + "</style>\n</head>\n<body>\n<header>\n" +
      "<p class=\"brand\">infoflow &middot; " + escape_markup(report.model) + "</p>\n<h1>" +
      escape_markup(report.question) + "</h1>\n<p class=\"said\"><b>Answer</b> " +
      escape_markup(report.answer) + "</p>\n</header>\n<main>\n";
  if (has_answer) {
    html +=
        "<noscript><p>The maps need JavaScript; the numbers are in the table "
        "below.</p></noscript>\n";
    html += report_controls;
    html += report_plots;
    if (!report.heat.empty()) html += report_cam_plot;
    html += "</div>\n" + layer_table(report);
    if (!report.pictures.empty()) html += report_maps;
    html += report_tokens;
  } else {
    html += "<p>The answer has no tokens, so no row predicts one and nothing flows to it.</p>\n";
  }
  html += run_table(report) + "</main>\n";
  if (has_answer) {
    html += "<script type=\"application/json\" id=\"data\">" +
            script_json(report_json(report, budget)) + "</script>\n<script>" + script +
            "</script>\n";
  }
  return html + "</body>\n</html>\n";
}

}  // namespace infoflow
