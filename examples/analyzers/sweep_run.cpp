// SPDX-License-Identifier: MIT
#include "sweep_run.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <new>
#include <set>

#include <fmt/format.h>

#include <infoflow/core/random.hpp>

#include "progress_bar.hpp"
#include "stop_signals.hpp"
#include "sweep_journal.hpp"

namespace infoflow::analyzers {

namespace {

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

/// "data.jsonl:3, picture a.png": the row, and what of it.
std::string joined(const std::string& row, const std::string& where) {
  return where.empty() || where == row ? row : row + ", " + where;
}

/// Items that cannot be asked, by their number, and why.
using BadItems = std::map<std::size_t, std::string>;

/// Those of the shard. \throws Error at the first one whose prompt is bad, unless such are skipped
BadItems bad_items(const Sweeper& sweeper, const SweepQuestions& questions,
                   const SweepRunSettings& settings) {
  BadItems bad = questions.bad_pictures();
  ProgressBar progress("prompts");
  int checked = 0;
  for (const std::size_t i : questions.order()) {
    const BenchmarkItem& item = questions.benchmark().items[i];
    progress(++checked, static_cast<int>(questions.order().size()));
    if (!in_shard(item.image, item.id, settings.header.shard)) continue;
    try {
      sweeper.check(question_for({}, questions, i));
    } catch (const Error& error) {
      if (!settings.skip_bad) {
        throw Error(error.problem(), joined(item.where, error.where()),
                    error.fix() + ", or leave such rows out by --skip-bad");
      }
      bad[i] = error.problem() + " (" + joined(item.where, error.where()) + ")";
    }
  }
  return bad;
}

/// The items that the journal lacks, in order, and before them those of the same picture that it has:
/// a prompt shares what was computed for the one before it, so that a resumed run must ask a picture's
/// questions from the first on to give the same bytes.
std::vector<std::size_t> items_to_ask(const SweepQuestions& questions, const BadItems& bad,
                                      const Shard& shard, const Journal& journal) {
  const auto& items = questions.benchmark().items;
  std::vector<std::size_t> to_ask;
  std::vector<std::size_t> had;  // Of the picture at hand.
  std::string picture;
  for (const std::size_t i : questions.order()) {
    const BenchmarkItem& item = items[i];
    if (bad.contains(i) || !in_shard(item.image, item.id, shard)) continue;
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

JournalPlan journal_plan_of(const SweepPlan& plan, const SweepQuestions& questions) {
  std::vector<RunName> runs;
  for (const PlannedRun& run : plan.runs) runs.push_back({run.policy, run.cut_layer});
  return journal_plan(runs, runs[plan.untouched()], questions);
}

Journal open_journal(const SweepRunSettings& settings, const JournalPlan& plan) {
  Journal journal = Journal::open(settings.journal, settings.header, settings.resume, &plan);
  if (journal.torn_bytes() > 0) {
    fmt::print(stderr,
               "note: the journal's last line was torn ({} bytes); its item is asked again\n",
               journal.torn_bytes());
  }
  return journal;
}

/// One item under a plan's runs, fit to be journalled.
class Asking {
 public:
  Asking(Sweeper& sweeper, const ModelInfo& model, const SweepPlan& plan,
         const SweepQuestions& questions, const JournalPlan& journal_plan)
      : sweeper_(sweeper),
        model_(model),
        plan_(plan),
        without_image_(untouched_alone(plan)),
        questions_(questions),
        journal_plan_(journal_plan) {}

  /// \throws Error if what comes of it is nothing that a run can find: a number that is none
  [[nodiscard]] ItemOutcome operator()(std::size_t number) {
    const BenchmarkItem& item = questions_.benchmark().items[number];
    const SweepPlan& how = item.image.empty() ? without_image_ : plan_;
    const SweepQuestion question = question_for(how, questions_, number);
    ItemOutcome outcome = outcome_of(how, question, sweeper_(question), model_);
    const std::string fault = journal_plan_.fault(with_valid_text(outcome), {});
    if (fault.empty()) return outcome;
    throw Error("the model's numbers cannot be used: " + fault, "",
                "see whether the weights are whole; float16 overflows where float32 and bfloat16 "
                "do not");
  }

 private:
  Sweeper& sweeper_;
  const ModelInfo& model_;
  const SweepPlan& plan_;
  SweepPlan without_image_;
  const SweepQuestions& questions_;
  const JournalPlan& journal_plan_;
};

/// Ends a run whose model, device or disk failed. What is in the journal stays.
[[noreturn]] void fail(const std::string& problem, const std::string& where, const std::string& fix,
                       const Journal& journal) {
  const std::string kept =
      fmt::format("{} finished items are kept, --resume goes on", journal.items().size());
  throw Error(problem, where, fix.empty() ? kept : fix + "; " + kept);
}

void ask_all(const std::vector<std::size_t>& left, Asking& ask, const SweepQuestions& questions,
             RunningMetric& metric, Journal& journal) {
  const StopAfterItem stop;
  ProgressBar progress("sweep");
  int asked = 0;
  for (const std::size_t i : left) {
    const BenchmarkItem& item = questions.benchmark().items[i];
    try {
      const ItemOutcome outcome = ask(i);
      if (!journal.has(item.id)) {
        journal.append(outcome);
        metric.add(outcome);
      }
    } catch (const Error& error) {
      fail(error.problem(), joined(item.where, error.where()), error.fix(), journal);
    } catch (const std::bad_alloc&) {
      fail("out of memory", item.where, "use a smaller model, picture or --dtype", journal);
    } catch (const std::exception& error) {
      const std::string text = error.what();
      fail("the model failed: " + text.substr(0, text.find('\n')), item.where, "", journal);
    }
    progress(++asked, static_cast<int>(left.size()), metric.text());
    if (stop.signal() == 0) continue;
    const std::string line =
        fmt::format("infoflow: {} after the item at hand; {} items are kept, --resume goes on\n",
                    signal_name(stop.signal()), journal.items().size());
    std::fputs(line.c_str(), stderr);  // The terminal of a hang-up is gone: that is no error.
    throw Stopped{stop.signal()};
  }
}

/// Journals the shard's bad items. \throws Error if the journal skips one that can be asked
void skip_bad_items(const BadItems& bad, const SweepQuestions& questions,
                    const SweepRunSettings& settings, Journal& journal) {
  std::set<std::string> ids;
  for (const auto& [i, reason] : bad) {
    const BenchmarkItem& item = questions.benchmark().items[i];
    ids.insert(valid_utf8(item.id));
    const bool ours = in_shard(item.image, item.id, settings.header.shard);
    if (ours && !journal.has(item.id)) journal.skip({item.id, reason});
  }
  for (const SkippedItem& item : journal.skipped()) {
    if (ids.contains(item.id)) continue;
    throw Error("item \"" + item.id + "\" is said to be skipped and can be asked",
                settings.journal.string(), "remove its line, and --resume asks it");
  }
}

}  // namespace

OrderedOutcomes run_sweep(Sweeper& sweeper, const ModelInfo& model, const SweepPlan& plan,
                          const SweepQuestions& questions, const SweepRunSettings& settings) {
  const BadItems bad = bad_items(sweeper, questions, settings);
  const JournalPlan fits = journal_plan_of(plan, questions);
  Journal journal = open_journal(settings, fits);
  skip_bad_items(bad, questions, settings, journal);
  RunningMetric metric(questions.benchmark().metric, plan.runs[plan.untouched()]);
  for (const ItemOutcome& item : journal.items()) metric.add(item);
  Asking ask(sweeper, model, plan, questions, fits);
  ask_all(items_to_ask(questions, bad, settings.header.shard, journal), ask, questions, metric,
          journal);
  return in_data_order(journal.items(), journal.skipped(), questions.ids());
}

Latency measure_latency(Sweeper& sweeper, const SweepQuestions& questions,
                        const std::vector<ItemOutcome>& items, const Truncation& cut) {
  constexpr std::size_t most_items = 20;
  std::set<std::string> asked;
  for (const ItemOutcome& item : items) asked.insert(item.id);
  std::vector<double> untouched;
  std::vector<double> with_cut;
  for (const std::size_t i : questions.order()) {
    const BenchmarkItem& item = questions.benchmark().items[i];
    if (item.image.empty() || !asked.contains(valid_utf8(item.id))) continue;
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
