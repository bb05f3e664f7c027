// SPDX-License-Identifier: MIT
/// \file A report of a sweep as a single page: no server, no network, nothing beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/cliff/table1.hpp>
#include <infoflow/figure/curve_figure.hpp>
#include <infoflow/figure/instruments_figure.hpp>
#include <infoflow/figure/tasks_figure.hpp>
#include <infoflow/page/page_files.hpp>
#include <infoflow/page/page_frame.hpp>
#include <infoflow/page/page_template.hpp>
#include <infoflow/page/sweep_report.hpp>
#include <infoflow/page/sweep_report_json.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/script_json.hpp>
#include <infoflow/text/short_text.hpp>

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
  const AxisUnit unit = unit_of(sweep);
  std::string rows;
  for (const std::string& policy : policies) {
    for (const CurvePoint& p : curve_of(sweep, policy)) {
      std::vector<std::string> head{"policy", "cut", "n", p.values[0].name + " [95 %]",
                                    "agreement"};
      std::vector<std::string> cells{p.policy, std::to_string(p.cut_layer), grouped(p.n),
                                     value_text(p, unit), percent(p.agreement)};
      for (const MeasuredNumber& number : measured_numbers) {
        if (number.title.empty()) continue;
        head.emplace_back(number.title);
        cells.push_back(short_number(p.*number.member / number.unit));
      }
      if (rows.empty()) rows = table_row(head, "th");
      rows += table_row(cells);
    }
  }
  if (rows.empty()) return "";
  return "<details><summary>" + summary +
         "</summary><div class=\"wide-table\" tabindex=\"0\" role=\"group\" aria-label=\"" +
         summary + "\"><table class=\"layers\">\n" + rows + "</table></div></details>\n";
}

[[nodiscard]] inline std::string task_section(const SweepReportTask& task, std::size_t index) {
  const SweepView& sweep = task.sweep;
  std::vector<std::string> controls = policies_of(sweep);
  std::erase(controls, sweep.policy);
  const std::string decision =
      sweep.cliff.sentence.empty() ? cliff_text(sweep.cliff) : sweep.cliff.sentence;
  return pages::filled(
      page_files::sweep_task_html,
      {{"id", std::to_string(index)},
       {"task", escape_markup(sweep.task)},
       {"decision", escape_markup(decision)},
       {"curve", svg_of(curve_figure(sweep)).str()},
       {"tables", points_table(sweep, {sweep.policy}, "All cuts as a table") +
                      points_table(sweep, controls, "Controls as a table")},
       {"instruments", svg_of(instruments_figure(sweep, task.instruments)).str()}});
}

[[nodiscard]] inline std::string table1_html(const std::vector<Table1Row>& rows) {
  if (rows.empty()) return "";
  std::string html =
      "<h2>Untouched, and cut at the cliff</h2>\n<p class=\"explain\">The cut was chosen on one "
      "half of the pictures; n and values are of the other half.</p>\n<div class=\"wide-table\" "
      "tabindex=\"0\" role=\"group\" aria-label=\"Table 1\"><table>\n" +
      table_row({"model", "data set", "metric", "n", "margin", "cut", "untouched", "at the cliff",
                 "gain, points"},
                "th");
  for (const Table1Row& row : rows) {
    const bool cut = row.cut.has_value();
    html += table_row({row.model, row.data, row.metric, count_text(row.n, row.images),
                       points_text(row.margin), row.cut_text(),
                       with_interval(row.baseline.value, row.baseline.interval),
                       cut ? with_interval(row.at_cliff.value, row.at_cliff.interval) : "–",
                       cut ? signed_points(row.gain) : "–"});
  }
  return html + "</table></div>\n";
}

/// The tasks over one axis, where there are several that fit on one.
[[nodiscard]] inline std::string overview(const SweepReport& report) {
  std::vector<SweepView> sweeps;
  for (const SweepReportTask& task : report.tasks) sweeps.push_back(task.sweep);
  const bool fit = std::all_of(sweeps.begin(), sweeps.end(), [&](const SweepView& sweep) {
    return sweep.layers == sweeps.front().layers && sweep.model == sweeps.front().model;
  });
  if (sweeps.size() < 2 || !fit) return "";
  return "<div class=\"figure\" tabindex=\"0\" role=\"group\" aria-label=\"All tasks\">" +
         svg_of(tasks_figure(sweeps)).str() + "</div>\n";
}

[[nodiscard]] inline std::string run_and_notes(const SweepReport& report) {
  std::vector<std::string> notes = report.notes;
  if (notes.size() > most_notes) {
    const std::size_t more = notes.size() - most_notes;
    notes.resize(most_notes);
    notes.push_back("and " + grouped(static_cast<Index>(more)) + " more");
  }
  return pages::run_table(report.run, notes);
}

[[nodiscard]] inline std::string sweep_report_script() {
  using namespace page_files;
  return std::string(shared_js) + std::string(sweep_report_js);
}

[[nodiscard]] inline std::string sweep_report_body(const SweepReport& report) {
  std::string html =
      std::string(page_files::sweep_report_html) + overview(report) + table1_html(report.table1);
  for (std::size_t i = 0; i < report.tasks.size(); ++i) html += task_section(report.tasks[i], i);
  return html + run_and_notes(report);
}

/// What figures, tables and numbers leave of a page is for items and pictures.
[[nodiscard]] inline SweepReportBudget budget_beside(std::size_t bytes) {
  const std::size_t room = most_page_bytes - std::min(bytes + 100'000, most_page_bytes);
  return {4 * room / 10, 6 * room / 10};
}

}  // namespace detail

/// The page. Whatever the report's texts hold is shown as text; the page runs no script but its own
/// and loads nothing. Law: it stays below 5 MB; what has no room (items, then pictures) is left
/// out, and the page says how much of it. \throws Error as the figures, for a task without points
[[nodiscard]] inline std::string sweep_report_html(const SweepReport& report) {
  using namespace detail;
  const std::string title = "Where the image can be cut";
  const pages::PageParts parts{
      title + " - " + report.model,
      report.model,
      title,
      "",
      sweep_report_body(report),
      std::string(page_files::report_css) + std::string(page_files::sweep_report_css)};
  const std::string script = sweep_report_script();
  const std::size_t numbers = script_json(sweep_numbers_json(report)).size();
  const SweepReportBudget budget =
      budget_beside(parts.body.size() + parts.style.size() + script.size() + numbers);
  return pages::page_of(parts, script, script_json(sweep_report_json(report, budget)));
}

}  // namespace infoflow
