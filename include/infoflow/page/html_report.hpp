// SPDX-License-Identifier: MIT
/// \file A report of one prompt as a single page: no server, no network, nothing beside it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/page/page_files.hpp>
#include <infoflow/page/page_frame.hpp>
#include <infoflow/page/page_template.hpp>
#include <infoflow/page/report_heat.hpp>
#include <infoflow/page/report_json.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/script_json.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline std::string report_script() {
  using namespace page_files;
  return std::string(shared_js) + std::string(report_maps_js) + std::string(report_plots_js) +
         std::string(report_js);
}

/// Whether there is something that flows to the answer.
[[nodiscard]] inline bool has_flow(const Trace& trace) {
  return trace.partition.answer_length() > 0 && !trace.attention.empty();
}

/// What the plots show, as numbers, for whoever reads without the script.
[[nodiscard]] inline std::string layer_table(const FlowReport& report,
                                             std::span<const ReportHeat> heats) {
  std::string html =
      "<details><summary>All layers as a table</summary><div class=\"wide-table\" tabindex=\"0\" "
      "role=\"group\" aria-label=\"All layers\"><table class=\"layers\">\n<tr><th>layer</th>"
      "<th>system</th><th>image</th><th>user</th><th>answer</th><th>CAM mass</th>"
      "<th>concentration</th><th>CAM</th></tr>\n";
  std::vector<const SiteHeat*> sites;
  if (!heats.empty()) sites = sites_per_layer(report.trace.heat.front());
  for (std::size_t l = 0; l < report.trace.attention.size(); ++l) {
    html += "<tr><td>" + std::to_string(report.trace.attention[l].layer) + "</td>";
    for (const float share : report.trace.attention[l].mean_shares()) {
      html += "<td>" + percent(share, 2) + "</td>";
    }
    if (!heats.empty()) {
      const ReportHeat& heat = heats.front();
      html += "<td>" + fixed(sites[l]->mass(), 4) + "</td><td>" +
              fixed(concentration(heat.layers[l]), 3) + "</td><td>" +
              std::string(to_string(heat.status[l])) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table></div></details>\n";
}

/// What is shown of an answer; an empty one has nothing that flows to it.
[[nodiscard]] inline std::string report_body(const FlowReport& report,
                                             std::span<const ReportHeat> heats) {
  using namespace page_files;
  if (report.trace.partition.answer_length() == 0) {
    return "<p>The answer has no tokens, so no row predicts one and nothing flows to it.</p>\n";
  }
  if (report.trace.attention.empty()) {
    return "<p>No attention was measured, so there is no flow to draw.</p>\n";
  }
  const auto if_any = [](bool any, std::string_view html) { return std::string(any ? html : ""); };
  return pages::filled(report_html, {{"cam_plot", if_any(!heats.empty(), report_cam_plot_html)},
                                     {"table", layer_table(report, heats)},
                                     {"heads", if_any(heads_of(report) > 0, report_heads_html)},
                                     {"maps", if_any(!report.pictures.empty(), report_maps_html)}});
}

}  // namespace detail

/// The page. Whatever the report's texts hold, it is shown as text: markup is escaped, data stand
/// in a block of JSON that cannot end its script, and the page's policy runs no script but its own.
/// Laws: the page is valid UTF-8 without control characters but line feed and tab; it names no
/// address to load from; it stays below 5 MB for up to three pictures, fitting fewer answer tokens
/// where they are many.
/// \throws Error if there is heat of another number of layers than attention
[[nodiscard]] inline std::string html_report(const FlowReport& report,
                                             const ReportBudget& budget = {}) {
  using namespace detail;
  const std::vector<ReportHeat> heats = report_heats(report.trace);
  if (has_flow(report.trace)) require_same_layers(report.trace, heats);
  const pages::PageParts parts{
      report.question + " - " + report.model,
      report.model,
      report.question,
      "<p class=\"said\"><b>Answer</b> " + escape_markup(report.trace.answer) + "</p>",
      report_body(report, heats) + pages::run_table(report.run, report.notes),
      std::string(page_files::report_css)};
  const std::string data =
      report.trace.attention.empty() ? "" : script_json(report_json(report, heats, budget));
  return pages::page_of(parts, report_script(), data);
}

}  // namespace infoflow
