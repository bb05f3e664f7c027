// SPDX-License-Identifier: MIT
/// \file All claims of the paper held against finished sweeps, with one error rate for the page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <infoflow/claims/claim.hpp>
#include <infoflow/claims/paper_claims.hpp>
#include <infoflow/cliff/table1.hpp>
#include <infoflow/statistics/holm.hpp>

namespace infoflow {

/// The models of the sweeps, each once: "a, b".
[[nodiscard]] inline std::string models_of(std::span<const JudgedSweep> sweeps) {
  std::vector<std::string> models;
  std::string text;
  for (const JudgedSweep& sweep : sweeps) {
    const std::string& model = sweep.decision.model;
    if (std::find(models.begin(), models.end(), model) != models.end()) continue;
    models.push_back(model);
    text += (text.empty() ? "" : ", ") + model;
  }
  return text;
}

namespace claims {

inline constexpr double family_rate = 0.05;  ///< By which any verdict of a page may be wrong.

[[nodiscard]] inline std::vector<MeasuredClaim> measured_claims(
    std::span<const JudgedSweep> sweeps) {
  std::vector<MeasuredClaim> measured;
  const auto each = [&](auto claim) {
    for (const JudgedSweep& sweep : sweeps) measured.push_back(claim(sweep));
  };
  each(attention_claim);
  each(cliff_claim);
  for (std::size_t i = 1; i < sweeps.size(); ++i) {
    if (comparable(sweeps[i - 1], sweeps[i])) {
      measured.push_back(order_claim(sweeps[i - 1], sweeps[i]));
    }
  }
  each(keeps_claim);
  each(agreement_claim);
  each(looks_back_claim);
  measured.push_back(not_testable(
      "The last layer looks back at the image (CAM).", "gradient after the last layer's attention",
      "exactly zero at image rows by construction: nothing reads them any more"));
  const std::size_t others = measured.size();
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    for (std::size_t j = i + 1; j < sweeps.size(); ++j) {
      if (asked_alike(sweeps[i], sweeps[j])) {
        measured.push_back(projector_claim(sweeps[i], sweeps[j]));
      }
    }
  }
  if (measured.size() == others) {
    measured.push_back(not_testable(
        projector, "needs models with different projectors on the same questions",
        models_of(sweeps).find(", ") == std::string::npos ? "one model" : "no two of these"));
  }
  return measured;
}

}  // namespace claims

/// In the order of the sweeps, which should be from the task that needs most reasoning to the one that
/// needs least: the paper says that their cliffs come in this order. Only neighbours of one model and
/// policy are compared for that; two models are compared where they were asked the same questions. That
/// they differ in their projectors alone, and learnt from the same data, is for the caller to see to.
///
/// A verdict alone is wrong with a probability of at most 2.5 %; `together` is what is left of it if
/// any of them is to be wrong with at most 5 % (Holm).
/// Law: `together` is the verdict or a weaker one.
[[nodiscard]] inline std::vector<Claim> claims_of(std::span<const JudgedSweep> sweeps) {
  using namespace claims;
  const std::vector<MeasuredClaim> measured = measured_claims(sweeps);
  std::vector<std::size_t> tested;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (measured[i].verdict) tested.push_back(i);
  }
  std::vector<std::string> verdicts(tested.size());
  const std::vector<bool> stands =
      holm(tested.size(), family_rate, [&](std::size_t t, double tail) {
        verdicts[t] = measured[tested[t]].verdict(tail);
        return verdicts[t] != undecided;
      });
  std::vector<Claim> claims;
  for (const MeasuredClaim& one : measured) claims.push_back(one.claim);
  for (std::size_t t = 0; t < tested.size(); ++t) {
    claims[tested[t]].verdict = measured[tested[t]].verdict(single_tail);
    claims[tested[t]].together = stands[t] ? verdicts[t] : undecided;
  }
  for (Claim& claim : claims) {
    if (claim.together.empty()) claim.together = claim.verdict;
  }
  return claims;
}

/// The claims as a Markdown table under a heading that names the models.
[[nodiscard]] inline std::string claims_markdown(std::span<const JudgedSweep> sweeps) {
  std::string text =
      "| claim | how measured | result | verdict | with all others |\n|---|---|---|---|---|\n";
  Index tested = 0;
  for (const Claim& claim : claims_of(sweeps)) {
    tested += claim.verdict == claims::untestable ? 0 : 1;
    text += "| " + claim.claim + " | " + markdown_cell(claim.measured) + " | " +
            markdown_cell(claim.result) + " | **" + claim.verdict + "** | " + claim.together +
            " |\n";
  }
  return "Model: " + markdown_cell(models_of(sweeps)) +
         ". Brackets are 95 % intervals, pictures being the units; behind a cliff they are its "
         "bounds. Layers count from 0. A verdict is about this model and these items only, and is "
         "wrong with a probability of at most 2.5 % if looked at alone. With all others: what is "
         "left if the chance that any of the " +
         std::to_string(tested) + " is wrong is to be at most " +
         fixed(100 * claims::family_rate, 0) + " % (Holm).\n\n" + text;
}

}  // namespace infoflow
