// SPDX-License-Identifier: MIT
/// \file An analysis: a study together with what a reader must know about how it was made.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/io/flow_report.hpp>

#include "study.hpp"

namespace infoflow::analyzers {

struct Analysis {
  ModelInfo model;
  Study study;
  StudyRequest request;  ///< With the pictures as they were read.
  std::vector<std::string> picture_files;
  std::vector<MeasuredRate> rates;
  std::string command;
  std::vector<std::string> notes;
  std::string policy;        ///< The cut that was tried, "drop-all from layer 5"; empty: none.
  bool as_in_paper = false;  ///< Jet at 0.4 above half of the maximum.
  Interpolation between = Interpolation::bilinear;

  /// The paper's heat, per layer: eq. 3 of the sum, weighting mean. None if the answer is empty.
  [[nodiscard]] std::span<const SiteHeat> sites() const {
    return study.heat.empty() ? std::span<const SiteHeat>{} : study.heat.front().sites;
  }
};

/// "qwen (llava, float32 on cpu, 24 layers)"
[[nodiscard]] std::string spell(const ModelInfo& model);

/// "8 noisy copies, standard deviation 0.1 in [0,1] pixels before mean and std, seed 0"
[[nodiscard]] std::string spell_smoothing(const StudyRequest& request);

/// "drop-all from layer 5: red, the same tokens, KL 0.0012 nats, 0 image tokens left"
[[nodiscard]] std::string spell_cut(const Analysis& analysis);

/// "3, 7": the layers at which the first target's heat is of this status; empty if none is.
[[nodiscard]] std::string layers_with(const Analysis& analysis, HeatStatus status);

/// What was run, by name; the same words in the page and in flow.json.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> facts(const Analysis& analysis);

/// The notes, and what the results themselves ask to be said.
[[nodiscard]] std::vector<std::string> all_notes(const Analysis& analysis);

/// As the page shows it.
[[nodiscard]] FlowReport report_of(const Analysis& analysis);

}  // namespace infoflow::analyzers
