// SPDX-License-Identifier: MIT
#include "sweep_run.hpp"

#include <algorithm>
#include <csignal>
#include <optional>

#include <fmt/format.h>

#include <infoflow/core/random.hpp>

#include "progress_bar.hpp"

namespace infoflow::analyzers {

namespace {

volatile std::sig_atomic_t interrupted = 0;

/// The metric so far, of the untouched model.
class RunningMetric {
 public:
  RunningMetric(const MetricSummary& metric, const PlannedRun& untouched)
      : metric_(metric), untouched_(untouched) {}

  void add(const ItemOutcome& item) {
    const RunOutcome* run = item.run(untouched_.policy, untouched_.cut_layer);
    if (run != nullptr) add_to(sums_, run->statistics);
  }

  [[nodiscard]] std::string text() const {
    if (sums_.empty()) return "";
    return fmt::format(", untouched {} {:.1f} %", metric_.name, 100 * metric_.value(sums_));
  }

 private:
  const MetricSummary& metric_;
  const PlannedRun& untouched_;
  Statistics sums_;
};

SweepQuestion question_for(const SweepPlan& plan, const SweepQuestions& questions,
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

RunOutcome outcome_of(const PlannedRun& run, const ComparedAnswer& answer, const std::string& text,
                      const BenchmarkItem& item, const DecoderShape& shape) {
  RunOutcome outcome;
  outcome.policy = run.policy;
  outcome.cut_layer = run.cut_layer;
  outcome.answer = text;
  outcome.statistics = item.score(text).statistics;
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

ItemOutcome outcome_of(const SweepPlan& plan, const SweepQuestion& question,
                       const SweptQuestion& swept, const ModelInfo& model) {
  const BenchmarkItem& item = question.item;
  ItemOutcome outcome;
  outcome.id = item.id;
  outcome.image = item.image;
  outcome.group = item.group;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    outcome.runs.push_back(
        outcome_of(plan.runs[i], swept.item.runs[i], swept.answers[i], item, model.shape));
  }
  const auto add_control = [&](const char* name, const std::optional<ComparedAnswer>& answer,
                               const std::string& text) {
    if (!answer) return;
    outcome.runs.push_back(outcome_of({name, model.layers, {}}, *answer, text, item, model.shape));
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
SweepPlan untouched_alone(const SweepPlan& plan) {
  SweepPlan alone = plan;
  alone.runs = {plan.runs[plan.untouched()]};
  return alone;
}

/// The items that the journal lacks, in order, and before them those of the same picture that it has:
/// a prompt shares what was computed for the one before it, so that a resumed run must ask a picture's
/// questions from the first on to give the same bytes.
std::vector<std::size_t> items_to_ask(const SweepQuestions& questions, const Shard& shard,
                                      const Journal& journal) {
  const auto& items = questions.benchmark().items;
  std::vector<std::size_t> to_ask;
  std::vector<std::size_t> had;  // Of the picture at hand.
  std::string picture;
  for (const std::size_t i : questions.order()) {
    const BenchmarkItem& item = items[i];
    if (!in_shard(item.image, item.id, shard)) continue;
    if (item.image.empty() || item.image != picture) had.clear();
    picture = item.image;
    if (journal.has(item.id)) {
      had.push_back(i);
      continue;
    }
    to_ask.insert(to_ask.end(), had.begin(), had.end());
    had.clear();
    to_ask.push_back(i);
  }
  return to_ask;
}

}  // namespace

SweepRun run_sweep(Sweeper& sweeper, const ModelInfo& model, const SweepPlan& plan,
                   const SweepQuestions& questions, const SweepRunSettings& settings) {
  Journal journal = Journal::open(settings.journal, settings.header, settings.resume);
  if (journal.torn_bytes() > 0) {
    fmt::print(stderr,
               "note: the journal's last line was torn ({} bytes); its item is asked again\n",
               journal.torn_bytes());
  }
  const std::vector<std::size_t> left = items_to_ask(questions, settings.header.shard, journal);
  RunningMetric metric(questions.benchmark().metric, plan.runs[plan.untouched()]);
  for (const ItemOutcome& item : journal.items()) metric.add(item);

  // Ctrl-C ends the loop after the item at hand; what is in the journal stays.
  const auto at_interrupt = std::signal(SIGINT, [](int) { interrupted = 1; });
  const SweepPlan plan_without_image = untouched_alone(plan);
  SweepRun run;
  ProgressBar progress("sweep");
  int asked = 0;
  for (const std::size_t i : left) {
    if (interrupted != 0) break;
    const BenchmarkItem& item = questions.benchmark().items[i];
    const SweepPlan& how = item.image.empty() ? plan_without_image : plan;
    std::optional<ItemOutcome> outcome;
    try {
      const SweepQuestion question = question_for(how, questions, i);
      outcome = outcome_of(how, question, sweeper(question), model);
    } catch (const Error& error) {
      if (!settings.skip_bad) throw Error(error.problem(), item.where, error.fix());
      run.skipped.push_back(item.where + ": " + error.what());
    }
    if (outcome && !journal.has(item.id)) {
      journal.append(*outcome);  // A full disk is no bad item: it ends the run.
      metric.add(*outcome);
    }
    progress(++asked, static_cast<int>(left.size()), metric.text());
  }
  std::signal(SIGINT, at_interrupt);
  run.interrupted = interrupted != 0 && asked < static_cast<int>(left.size());
  run.items = journal.items();
  return run;
}

Latency measure_latency(Sweeper& sweeper, const SweepQuestions& questions, const Truncation& cut) {
  constexpr std::size_t most_items = 20;
  std::vector<double> untouched;
  std::vector<double> with_cut;
  for (const std::size_t i : questions.order()) {
    const BenchmarkItem& item = questions.benchmark().items[i];
    if (item.image.empty()) continue;
    SweepQuestion question;
    question.item = item;
    question.image = questions.picture(item.image, item.where);
    if (untouched.empty()) (void)sweeper.seconds_to_answer(question, {});  // Once to warm up.
    untouched.push_back(sweeper.seconds_to_answer(question, {}));
    with_cut.push_back(sweeper.seconds_to_answer(question, cut));
    if (untouched.size() == most_items) break;
  }
  const auto median = [](std::vector<double>& values) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  return {static_cast<Index>(untouched.size()), median(untouched), median(with_cut)};
}

}  // namespace infoflow::analyzers
