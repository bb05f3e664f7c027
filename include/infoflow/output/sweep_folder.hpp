// SPDX-License-Identifier: MIT
/// \file All files of a finished sweep, written in one call.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/cliff/outcome.hpp>
#include <infoflow/cliff/policy_file.hpp>
#include <infoflow/cliff/sweep_tables.hpp>
#include <infoflow/cliff/table1.hpp>
#include <infoflow/cut/setting_names.hpp>
#include <infoflow/figure/curve_figure.hpp>
#include <infoflow/figure/instruments_figure.hpp>
#include <infoflow/figure/kept_tokens_figure.hpp>
#include <infoflow/figure/table1_figure.hpp>
#include <infoflow/figure/text_alone_figure.hpp>
#include <infoflow/figure/write_figure.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/output/decision_json.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/output/sweep_manner.hpp>
#include <infoflow/page/sweep_report.hpp>
#include <infoflow/page/sweep_report_html.hpp>
#include <infoflow/sweep/decide.hpp>
#include <infoflow/sweep/decision_text.hpp>
#include <infoflow/sweep/sweep_questions.hpp>

namespace infoflow {

/// A sweep as a page shows it; views items and questions.
[[nodiscard]] inline SweepReportTask report_task(const Decision& decision,
                                                 const std::vector<ItemOutcome>& items,
                                                 const SweepQuestions& questions) {
  SweepReportTask task{decision.all, decision.metric, decision.instruments, items,
                       questions.benchmark().items};
  task.sweep.cliff.sentence = decision_text(decision);
  return task;
}

namespace detail {

[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> run_lines(
    const Decision& decision, const SweepManner& manner) {
  return {{"model", decision.model},
          {"data", decision.task + ", rule " + decision.rule},
          {"template", manner.prompts.empty() ? "of the family's evaluation" : manner.prompts},
          {"policy", decision.all.policy},
          {"scores", manner.score},
          {"positions", manner.positions},
          {"margin", points_text(decision.cliff.margin)},
          {"command", manner.command}};
}

inline void write_sweep_figures(const std::filesystem::path& folder, const Decision& decision) {
  write_figure(folder / "curve", curve_figure(decision.all));
  write_figure(folder / "instruments", instruments_figure(decision.all, decision.instruments));
  write_figure(folder / "table1", table1_figure(std::vector<Table1Row>{decision.held_out}));
  if (decision.needy) {
    write_figure(folder / "without_text_alone", text_alone_figure(decision.all, *decision.needy));
  }
  std::size_t top_k = 0;
  for (const std::string& policy : policies_of(decision.all)) top_k += policy.starts_with("top-k:");
  if (top_k >= 2) write_figure(folder / "kept_tokens", kept_tokens_figure(decision.all));
}

/// How long the runs took, of every part of a sweep that was interrupted.
[[nodiscard]] inline nlohmann::json timing_json(const Decision& decision,
                                                const std::vector<ItemOutcome>& items) {
  double seconds = 0;
  for (const ItemOutcome& item : items) {
    for (const RunOutcome& r : item.runs) seconds += r.seconds;
  }
  return {{"seconds", seconds},
          {"items", items.size()},
          {"seconds_per_item", seconds / static_cast<double>(items.size())},
          {"latency", latency_json(decision.latency)}};
}

[[nodiscard]] inline SweepReport sweep_report(const Decision& decision,
                                              const SweepQuestions& questions,
                                              const std::vector<ItemOutcome>& items,
                                              const SweepManner& manner) {
  SweepReport report;
  report.model = decision.model;
  report.tasks.push_back(report_task(decision, items, questions));
  report.table1 = {decision.held_out};
  report.picture = [&questions](const std::string& image) {
    return questions.picture(image, "the report");
  };
  report.run = run_lines(decision, manner);
  report.notes = decision.skipped;
  return report;
}

[[nodiscard]] inline PolicyFile policy_file(const Decision& decision, const SweepManner& manner) {
  return {.policy = decision.all.policy,
          .cut_layer = *decision.cliff.cliff_layer,
          .score = parse_score_source(manner.score, "run.json"),
          .positions = parse_position_rule(manner.positions, "run.json"),
          .model = decision.model,
          .note = decision_text(decision)};
}

}  // namespace detail

/// Writes curve.csv, controls.csv, floors.json, decision.json, timing.json, table1, figures,
/// report.html, and policy.json where there is a cliff; each whole or not at all. The page, the policy and
/// run.json of an earlier run go first: a folder with a page is whole. write_run_file(), called last,
/// writes a run.json by which load_sweep() reads the folder again.
/// \param questions  the sweep's, with the pictures that the page shows
/// \param items      what was decided on, as sweep() gave it
/// \throws Error if a file cannot be written
inline void write_sweep_folder(const std::filesystem::path& folder, const Decision& decision,
                               const SweepQuestions& questions,
                               const std::vector<ItemOutcome>& items,
                               const SweepManner& manner = {}) {
  using namespace detail;
  ensure_directory(folder);
  for (const char* last : {"run.json", "report.html", "policy.json"}) {
    std::filesystem::remove(folder / last);
  }
  write_file(folder / "curve.csv", curve_csv(decision.all));
  write_file(folder / "controls.csv", controls_csv(decision.all));
  output::write_json(folder / "floors.json", floors_json(decision));
  output::write_json(folder / "decision.json", decision_json(decision));
  output::write_json(folder / "timing.json", timing_json(decision, items));
  const SweepReport report = sweep_report(decision, questions, items, manner);
  write_file(folder / "table1.md", table1_markdown(report.table1));
  write_file(folder / "table1.csv", table1_csv(report.table1));
  write_sweep_figures(folder, decision);
  write_file(folder / "report.html", sweep_report_html(report));
  if (decision.cliff.cliff_layer && decision.cliff.status == CliffStatus::found) {
    write_policy_file(folder / "policy.json", policy_file(decision, manner));
  }
}

}  // namespace infoflow
