// SPDX-License-Identifier: MIT
/// \file The folder of a sweep: what run it is of, and the files that are written from its findings.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sweep_findings.hpp"
#include "sweep_questions.hpp"

namespace infoflow::analyzers {

/// What a reader of the folder needs beside the journal; kept as run.json.
struct SweepRunFile {
  SweepData data;
  std::string model;
  std::string policy;
  std::string score = "before";
  std::string positions = "keep";
  double margin = 0.01;
  std::string command;
  std::optional<Latency> latency;
  double seconds = 0;         ///< Wall time of the last run; of merged shards, of all of theirs.
  std::size_t asked = 0;      ///< Items asked in that time; fewer than there are after --resume.

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

/// The cut of a folder's decision in words and numbers.
[[nodiscard]] nlohmann::json decision_json(const SweepFindings& findings);

}  // namespace infoflow::analyzers
