// SPDX-License-Identifier: MIT
/// \file The folder of a sweep: what run it is of, and the files that are written from its findings.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/io/sweep_report.hpp>

#include "sweep_findings.hpp"
#include "sweep_questions.hpp"

namespace infoflow::analyzers {

/// What a reader of the folder needs beside the journal; kept as run.json.
struct SweepRunFile {
  SweepData data;
  std::string model;
  std::string prompts;  ///< The template of the questions; empty in folders of older versions.
  std::string policy;
  std::string score = "before";
  std::string positions = "keep";
  double margin = 0.01;
  std::string command;
  std::optional<Latency> latency;

  friend void to_json(nlohmann::json& json, const SweepRunFile& file);
};

/// \throws Error if run.json is missing or is none
[[nodiscard]] SweepRunFile read_run_file(const std::filesystem::path& folder);
void write_run_file(const std::filesystem::path& folder, const SweepRunFile& file);

/// Writes curve.csv, controls.csv, floors.json, decision.json, timing.json, table1, figures, the
/// report, and policy.json where there is a cliff. Each file is written whole or not at all.
/// \return lines that say what lies where
[[nodiscard]] std::string write_sweep_folder(const std::filesystem::path& folder,
                                             const SweepRunFile& run, const SweepFindings& findings,
                                             const SweepQuestions& questions,
                                             const std::vector<ItemOutcome>& items);

/// A sweep as a page shows it; views items and questions.
[[nodiscard]] SweepReportTask report_task(const SweepFindings& findings,
                                          const std::vector<ItemOutcome>& items,
                                          const SweepQuestions& questions);

/// The cut of a folder's decision in words and numbers.
[[nodiscard]] nlohmann::json decision_json(const SweepFindings& findings);

}  // namespace infoflow::analyzers
