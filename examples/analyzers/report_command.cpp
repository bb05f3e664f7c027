// SPDX-License-Identifier: MIT
// infoflow report: finished sweeps again, several of them on one page, and the paper's claims.
#include <memory>

#include <fmt/format.h>

#include <infoflow/claims/claims.hpp>
#include <infoflow/figure/table1_figure.hpp>
#include <infoflow/figure/tasks_figure.hpp>
#include <infoflow/figure/write_figure.hpp>
#include <infoflow/output/loaded_sweep.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/output/sweep_folder.hpp>
#include <infoflow/page/sweep_report_html.hpp>
#include <infoflow/sweep/decision_text.hpp>
#include <infoflow/text/printable.hpp>

#include "options.hpp"

namespace infoflow::analyzers {

namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string output;
};

SweepReport report_of(const std::vector<std::unique_ptr<LoadedSweep>>& sweeps,
                      const std::string& models) {
  SweepReport report;
  report.model = models;
  for (const auto& sweep : sweeps) {
    report.tasks.push_back(report_task(sweep->decision, sweep->items, sweep->input.questions));
    report.table1.push_back(sweep->decision.held_out);
    report.run.emplace_back(sweep->decision.all.task, sweep->run.manner.command);
    for (const std::string& row : sweep->decision.skipped) report.notes.push_back(row);
  }
  report.picture = [&sweeps](const std::string& image) {
    for (const auto& sweep : sweeps) {
      try {
        return sweep->input.questions.picture(image, "the report");
      } catch (const Error&) {
        continue;  // Another task's pictures may lie in another folder.
      }
    }
    throw Error("no such picture", image, "");
  };
  return report;
}

void run(const ReportOptions& options) {
  std::vector<std::unique_ptr<LoadedSweep>> sweeps;
  for (const std::string& folder : options.folders) sweeps.push_back(load_sweep(folder));
  const std::filesystem::path folder(options.output);
  prepare_folder(folder);
  std::filesystem::remove(folder / "report.html");  // Written last: a folder with a page is whole.

  std::vector<JudgedSweep> all;
  for (const auto& sweep : sweeps) all.push_back(sweep->judged());
  const std::string models = models_of(all);
  const bool one_model = models == sweeps.front()->run.model;
  std::vector<SweepView> views;
  for (const auto& sweep : sweeps) {
    std::string& task = sweep->decision.all.task;
    if (!one_model) task = sweep->run.model + ", " + task;
    views.push_back(sweep->decision.all);
    fmt::print("{}\n", printable(decision_text(sweep->decision)));
    for (const std::string& note : sweep->input.picture_notes) {
      fmt::print(stderr, "note: {}\n", printable(note));
    }
    for (const std::string& row : sweep->decision.skipped) {
      fmt::print(stderr, "skipped: {}\n", printable(row));
    }
  }
  const SweepReport report = report_of(sweeps, models);
  write_file(folder / "table1.md", table1_markdown(report.table1));
  write_file(folder / "table1.csv", table1_csv(report.table1));
  write_figure(folder / "table1", table1_figure(report.table1));
  write_file(folder / "claims.md", claims_markdown(all));
  if (one_model) write_figure(folder / "tasks", tasks_figure(views));
  write_file(folder / "report.html", sweep_report_html(report));
  fmt::print("\n{}\n\n{}/report.html  all of it as a page\n", table1_markdown(report.table1),
             folder.string());
  if (one_model) fmt::print("{}/tasks.svg, .png  the curves side by side\n", folder.string());
  fmt::print("{}/claims.md  the paper's claims, each with its verdict\n", folder.string());
}

}  // namespace

void add_report_command(CLI::App& program) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* command = program.add_subcommand(
      "report", "Finished sweeps on one page, with Table 1 and the paper's claims");
  command
      ->add_option("folder", options->folders,
                   "Folders that sweep wrote, from the task that needs most reasoning on")
      ->required();
  command->add_option("--output", options->output, "Folder to write")->required();
  command->callback([options] { run(*options); });
}

}  // namespace infoflow::analyzers
