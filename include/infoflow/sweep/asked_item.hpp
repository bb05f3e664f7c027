// SPDX-License-Identifier: MIT
/// \file From an item of the data to the question that a sweeper is asked, and from what it says to the
/// outcome that a journal holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/core/random.hpp>
#include <infoflow/run/cost.hpp>
#include <infoflow/sweep/sweep_plan.hpp>
#include <infoflow/sweep/sweep_questions.hpp>
#include <infoflow/sweep/sweeper.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow {

/// The item under all runs of the plan, with its picture and another one as a control.
[[nodiscard]] inline SweepQuestion question_for(const SweepPlan& plan,
                                                const SweepQuestions& questions,
                                                std::size_t number) {
  SweepQuestion question;
  question.item = questions.benchmark().items[number];
  const BenchmarkItem& item = question.item;
  if (!item.image.empty()) {
    question.image = questions.picture(item.image, item.where);
    const std::string& other = questions.other_image(number);
    if (!other.empty()) question.other_image = questions.picture(other, item.where);
  }
  for (const PlannedRun& run : plan.runs) {
    question.truncations.push_back(run.truncation);
    question.truncations.back().item_key = key_of(item.id);
  }
  return question;
}

namespace detail {

[[nodiscard]] inline RunOutcome outcome_of(const PlannedRun& run, const ComparedAnswer& answer,
                                           const std::string& text, const BenchmarkItem& item,
                                           const DecoderShape& shape) {
  RunOutcome outcome;
  outcome.policy = run.policy;
  outcome.cut_layer = run.cut_layer;
  outcome.answer = valid_utf8(text);  // As the journal holds it, so that both are scored alike.
  outcome.statistics = item.score(outcome.answer).statistics;
  outcome.agrees = answer.agrees;
  outcome.kl = answer.kl;
  outcome.kl_first = answer.kl_first;
  outcome.reference_probability = answer.reference_probability;
  outcome.image_tokens = static_cast<double>(answer.image_tokens);
  outcome.prefill_flops = prefill_flops(shape, answer.prompt_rows);
  outcome.flops =
      outcome.prefill_flops +
      decode_flops(shape, answer.prompt_rows, static_cast<Index>(answer.answer.ids.size()));
  outcome.kv_bytes = cache_bytes(shape, answer.prompt_rows);
  outcome.seconds = answer.seconds;
  return outcome;
}

}  // namespace detail

/// What one item came to under the plan's runs and the controls, scored, with its costs.
[[nodiscard]] inline ItemOutcome outcome_of(const SweepPlan& plan, const SweepQuestion& question,
                                            const SweptQuestion& swept, int layers,
                                            const DecoderShape& shape) {
  const BenchmarkItem& item = question.item;
  ItemOutcome outcome;
  outcome.id = item.id;
  outcome.image = item.image;
  outcome.group = item.group;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    outcome.runs.push_back(
        detail::outcome_of(plan.runs[i], swept.item.runs[i], swept.answers[i], item, shape));
  }
  const auto add_control = [&](const char* name, const std::optional<ComparedAnswer>& answer,
                               const std::string& text) {
    if (!answer) return;
    outcome.runs.push_back(detail::outcome_of({name, layers, {}}, *answer, text, item, shape));
  };
  add_control("no-image", swept.without_image, swept.answer_without_image);
  add_control("other-image", swept.with_other_image, swept.answer_with_other_image);
  outcome.image_share = swept.image_share;
  outcome.cam_mass = swept.cam_mass;
  if (question.image && !swept.item.runs.empty()) {
    const ComparedAnswer& untouched = swept.item.runs[plan.untouched()];
    outcome.image_fraction = static_cast<double>(untouched.image_tokens) /
                             static_cast<double>(untouched.prompt_rows.front());
  }
  return outcome;
}

/// Items without a picture have nothing to cut: the untouched model answers them alone.
[[nodiscard]] inline SweepPlan untouched_alone(const SweepPlan& plan) {
  SweepPlan alone = plan;
  alone.runs = {plan.runs[plan.untouched()]};
  return alone;
}

}  // namespace infoflow
