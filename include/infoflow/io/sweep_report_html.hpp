// SPDX-License-Identifier: MIT
/// \file A report of a sweep as a single page: no server, no network, nothing beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <infoflow/io/curve_figure.hpp>
#include <infoflow/io/html_report.hpp>
#include <infoflow/io/instruments_figure.hpp>
#include <infoflow/io/report_style.hpp>
#include <infoflow/io/script_json.hpp>
#include <infoflow/io/sweep_report.hpp>
#include <infoflow/io/sweep_report_json.hpp>
#include <infoflow/io/sweep_report_script.hpp>
#include <infoflow/io/table1.hpp>
#include <infoflow/io/tasks_figure.hpp>

namespace infoflow {

namespace detail {

inline constexpr std::size_t most_page_bytes = 5'000'000;
inline constexpr std::size_t most_notes = 100;  // A note for each bad row would fill the page.

[[nodiscard]] inline std::string table_row(const std::vector<std::string>& cells,
                                           const std::string& element = "td") {
  std::string html = "<tr>";
  for (const std::string& cell : cells) {
    html += "<" + element + ">" + escape_markup(cell) + "</" + element + ">";
  }
  return html + "</tr>\n";
}

/// Every point of the given policies as numbers, for whoever reads without pointing.
[[nodiscard]] inline std::string points_table(const SweepView& sweep,
                                              const std::vector<std::string>& policies,
                                              const std::string& summary) {
  const Unit unit = unit_of(sweep);
  std::string rows;
  for (const std::string& policy : policies) {
    for (const CurvePoint& p : curve_of(sweep, policy)) {
      if (rows.empty()) {
        rows =
            table_row({"policy", "cut", "n", p.values[0].name + " [95 %]", "agreement", "KL, nats",
                       "KL, first token", "image tokens", "GFLOPs", "KV cache, MB", "seconds"},
                      "th");
      }
      rows += table_row({p.policy, std::to_string(p.cut_layer), grouped(p.n), value_text(p, unit),
                         percent(p.agreement), short_number(p.kl), short_number(p.kl_first),
                         short_number(p.image_tokens), short_number(p.flops / 1e9),
                         short_number(p.kv_bytes / 1e6), short_number(p.seconds)});
    }
  }
  if (rows.empty()) return "";
  return "<details><summary>" + summary +
         "</summary><div class=\"wide-table\"><table class=\"layers\">\n" + rows +
         "</table></div></details>\n";
}

[[nodiscard]] inline std::string task_section(const SweepReportTask& task, std::size_t index) {
  const SweepView& sweep = task.sweep;
  const std::string id = std::to_string(index);
  std::vector<std::string> controls = policies_of(sweep);
  std::erase(controls, sweep.policy);
  const std::string decision =
      sweep.cliff.sentence.empty() ? cliff_text(sweep.cliff) : sweep.cliff.sentence;
  return "<h2>" + escape_markup(sweep.task) + "</h2>\n<p class=\"said\"><b>Decision</b> " +
         escape_markup(decision) + "</p>\n<div class=\"figure curve\" id=\"curve-" + id + "\">" +
         svg_of(curve_figure(sweep)).str() + "</div>\n" +
         "<p class=\"explain\">Point at a dot for its values; click to choose the cut whose items "
         "are shown below.</p>\n" +
         points_table(sweep, {sweep.policy}, "All cuts as a table") +
         points_table(sweep, controls, "Controls as a table") +
         "<h3>Items that a cut changed</h3>\n<div class=\"settings\"><label class=\"wide\">Cut at "
         "layer <input type=\"range\" id=\"cut-" +
         id + "\" min=\"0\" step=\"1\"><output id=\"cut-name-" + id +
         "\"></output></label></div>\n<div class=\"flips\" id=\"flips-" + id +
         "\"></div>\n<h3>Instruments</h3>\n<div class=\"figure\">" +
         svg_of(instruments_figure(sweep, task.instruments)).str() + "</div>\n";
}

[[nodiscard]] inline std::string table1_html(const std::vector<Table1Row>& rows) {
  if (rows.empty()) return "";
  std::string html =
      "<h2>Untouched, and cut at the cliff</h2>\n<p class=\"explain\">The cut was chosen on one "
      "half of the pictures; n and values are of the other half.</p>\n<table>\n" +
      table_row({"model", "data set", "metric", "n", "margin", "cut", "untouched", "at the cliff",
                 "gain, points"},
                "th");
  for (const Table1Row& row : rows) {
    const bool cut = row.cut.has_value();
    html += table_row(
        {row.model, row.data, row.metric, count_text(row.n, row.images), points_text(row.margin),
         row.cut_text(), with_interval(row.baseline.value, row.baseline.interval),
         cut ? with_interval(row.at_cliff.value, row.at_cliff.interval) : "–",
         cut ? signed_points(row.gain) : "–"});
  }
  return html + "</table>\n";
}

/// The tasks over one axis, where there are several that fit on one.
[[nodiscard]] inline std::string overview(const SweepReport& report) {
  std::vector<SweepView> sweeps;
  for (const SweepReportTask& task : report.tasks) sweeps.push_back(task.sweep);
  const bool fit = std::all_of(sweeps.begin(), sweeps.end(), [&](const SweepView& sweep) {
    return sweep.layers == sweeps.front().layers && sweep.model == sweeps.front().model;
  });
  if (sweeps.size() < 2 || !fit) return "";
  return "<div class=\"figure\">" + svg_of(tasks_figure(sweeps)).str() + "</div>\n";
}

[[nodiscard]] inline std::string run_and_notes(const SweepReport& report) {
  FlowReport same;
  same.run = report.run;
  same.notes = report.notes;
  if (same.notes.size() > most_notes) {
    const std::size_t more = same.notes.size() - most_notes;
    same.notes.resize(most_notes);
    same.notes.push_back("and " + grouped(static_cast<Index>(more)) + " more");
  }
  return run_table(same);
}

}  // namespace detail

/// The page. Whatever the report's texts hold is shown as text; the page runs no script but its own
/// and loads nothing. Law: it stays below 5 MB; what has no room (items, then pictures) is left
/// out, and the page says how much of it. \throws Error as the figures, for a task without points
[[nodiscard]] inline std::string sweep_report_html(const SweepReport& report) {
  using namespace detail;
  const std::string title = "Where the image can be cut";
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
      report_policy(sweep_report_script) +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      title + " - " + escape_markup(report.model) + "</title>\n<style>" + role_style() +
      std::string(report_style) + std::string(sweep_report_style) +
      "</style>\n</head>\n<body>\n<header>\n<p class=\"brand\">infoflow &middot; " +
      escape_markup(report.model) + "</p>\n<h1>" + title + "</h1>\n</header>\n<main>\n" +
      "<noscript><p>The items behind the points need JavaScript; figures and tables do "
      "not.</p></noscript>\n" +
      overview(report) + table1_html(report.table1);
  for (std::size_t i = 0; i < report.tasks.size(); ++i) html += task_section(report.tasks[i], i);
  html += run_and_notes(report) + "</main>\n<script type=\"application/json\" id=\"data\">";

  // What figures and tables leave is for items and pictures.
  const std::size_t fixed = html.size() + sweep_report_script.size() + 100'000;
  const std::size_t room = most_page_bytes - std::min(fixed, most_page_bytes);
  const SweepReportBudget budget{4 * room / 10, 6 * room / 10};
  return html + script_json(sweep_report_json(report, budget)) + "</script>\n<script>" +
         std::string(sweep_report_script) + "</script>\n</body>\n</html>\n";
}

}  // namespace infoflow
