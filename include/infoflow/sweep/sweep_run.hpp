// SPDX-License-Identifier: MIT
/// \file SweepRun: every item under every cut of a plan, each written down as it is finished.
#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/journal/journal.hpp>
#include <infoflow/journal/merge_journals.hpp>
#include <infoflow/run/progress.hpp>
#include <infoflow/sweep/asked_item.hpp>
#include <infoflow/sweep/finished_sweep.hpp>
#include <infoflow/sweep/sweep_plan.hpp>
#include <infoflow/sweep/sweep_questions.hpp>
#include <infoflow/sweep/sweeper.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// The file that finished items are written to, and the run that it is of.
struct SweepJournal {
  std::filesystem::path path;
  JournalHeader header{};
  bool resume = false;    ///< Go on with the journal that is there.
  bool skip_bad = false;  ///< Journal items that cannot be asked instead of ending.
};

/// What a header says of a plan and its questions; the caller adds what else results depend on.
/// \param model  its name, a blank, and what tells its weights from others
[[nodiscard]] inline JournalHeader sweep_header(const std::string& model, const SweepPlan& plan,
                                                const SweepQuestions& questions) {
  JournalHeader header;
  header.model = model;
  header.data = questions.name();
  header.policy = plan.policy;
  header.items = questions.benchmark().items.size();
  header.settings = {{"runs", plan.spelled()}};
  return header;
}

/// Told after each item how many of all are asked, and the metric so far, as ", untouched accuracy
/// 87.5 %".
using SweepProgress = std::function<void(int asked, int all, const std::string& so_far)>;

/// Asks the items of the header's shard that a journal does not have.
///
/// An item whose picture or prompt is bad is known before the first one is asked: it ends the run
/// there, or, if bad ones are skipped, is journalled with the reason. What fails later is the model or
/// the machine, and ends the run whatever may be skipped.
class SweepRun {
 public:
  /// Looks at every prompt of the shard and opens the journal. Everything given must outlive the run.
  /// \throws Error if an item cannot be asked, or as Journal
  SweepRun(Sweeper& sweeper, const SweepPlan& plan, const SweepQuestions& questions,
           const SweepJournal& journal, const Progress& checked = {})
      : sweeper_(sweeper),
        plan_(plan),
        without_image_(untouched_alone(plan)),
        questions_(questions),
        shard_(journal.header.shard),
        bad_(bad_items(sweeper, questions, journal, checked)),
        fits_(journal_plan_of(plan, questions)),
        journal_(Journal::open(journal.path, journal.header, journal.resume, &fits_)) {
    journal_bad_items(journal.path.string());
    for (const ItemOutcome& item : journal_.items()) add_to_metric(item);
  }

  /// Bytes of a torn last line in the journal, whose item is asked again; 0 if there was none.
  [[nodiscard]] std::uintmax_t torn_bytes() const { return journal_.torn_bytes(); }
  [[nodiscard]] std::size_t finished_items() const { return journal_.items().size(); }

  /// Asks what is left. \param stop  asked after each item; true ends the run there
  /// \return whether the run has come to its end
  /// \throws Error if the model or the machine fails; what is finished stays in the journal
  [[nodiscard]] bool ask(const SweepProgress& progress = {},
                         const std::function<bool()>& stop = {}) {
    const std::vector<std::size_t> left = items_to_ask();
    int asked = 0;
    for (const std::size_t i : left) {
      const BenchmarkItem& item = questions_.benchmark().items[i];
      try {
        const ItemOutcome outcome = ask_one(i);
        if (!journal_.has(item.id)) {
          journal_.append(outcome);
          add_to_metric(outcome);
        }
      } catch (const Error& error) {
        fail(error.problem(), joined(item.where, error.where()), error.fix());
      } catch (const std::bad_alloc&) {
        fail("out of memory", item.where, "use a smaller model, picture or --dtype");
      } catch (const std::exception& error) {
        const std::string text = error.what();
        fail("the model failed: " + text.substr(0, text.find('\n')), item.where, "");
      }
      if (progress) progress(++asked, static_cast<int>(left.size()), metric_so_far());
      if (stop && stop()) return false;
    }
    return true;
  }

  /// The whole journal in the order of the data, earlier runs' items included.
  [[nodiscard]] OrderedOutcomes outcomes() const {
    return in_data_order(journal_.items(), journal_.skipped(), questions_.ids());
  }

 private:
  /// "data.jsonl:3, picture a.png": the row, and what of it.
  [[nodiscard]] static std::string joined(const std::string& row, const std::string& where) {
    return where.empty() || where == row ? row : row + ", " + where;
  }

  /// Those of the shard. \throws Error at the first one whose prompt is bad, unless such are skipped
  [[nodiscard]] static BadItems bad_items(const Sweeper& sweeper, const SweepQuestions& questions,
                                          const SweepJournal& journal, const Progress& progress) {
    BadItems bad = questions.bad_pictures();
    int checked = 0;
    for (const std::size_t i : questions.order()) {
      const BenchmarkItem& item = questions.benchmark().items[i];
      if (progress) progress(++checked, static_cast<int>(questions.order().size()));
      if (!in_shard(item.image, item.id, journal.header.shard)) continue;
      try {
        sweeper.check(question_for({}, questions, i));
      } catch (const Error& error) {
        if (!journal.skip_bad) {
          throw Error(error.problem(), joined(item.where, error.where()),
                      error.fix() + ", or leave such rows out by --skip-bad");
        }
        bad[i] = error.problem() + " (" + joined(item.where, error.where()) + ")";
      }
    }
    return bad;
  }

  [[nodiscard]] static JournalPlan journal_plan_of(const SweepPlan& plan,
                                                   const SweepQuestions& questions) {
    std::vector<RunName> runs;
    for (const PlannedRun& run : plan.runs) runs.push_back({run.policy, run.cut_layer});
    RunName untouched = runs[plan.untouched()];
    return journal_plan(std::move(runs), std::move(untouched), questions);
  }

  /// \throws Error if the journal skips an item that can be asked
  void journal_bad_items(const std::string& where) {
    std::set<std::string> ids;
    for (const auto& [i, reason] : bad_) {
      const BenchmarkItem& item = questions_.benchmark().items[i];
      ids.insert(valid_utf8(item.id));
      const bool ours = in_shard(item.image, item.id, shard_);
      if (ours && !journal_.has(item.id)) journal_.skip({item.id, reason});
    }
    for (const SkippedItem& item : journal_.skipped()) {
      if (ids.contains(item.id)) continue;
      throw Error("item \"" + item.id + "\" is said to be skipped and can be asked", where,
                  "remove its line, and --resume asks it");
    }
  }

  /// The items that the journal lacks, in order, and before them those of the same picture that it
  /// has: a prompt shares what was computed for the one before it, so that a resumed run must ask a
  /// picture's questions from the first on to give the same bytes.
  [[nodiscard]] std::vector<std::size_t> items_to_ask() const {
    const auto& items = questions_.benchmark().items;
    std::vector<std::size_t> to_ask;
    std::vector<std::size_t> had;  // Of the picture at hand.
    std::string picture;
    for (const std::size_t i : questions_.order()) {
      const BenchmarkItem& item = items[i];
      if (bad_.contains(i) || !in_shard(item.image, item.id, shard_)) continue;
      if (item.image.empty() || item.image != picture) had.clear();
      picture = item.image;
      if (journal_.has(item.id)) {
        had.push_back(i);
        continue;
      }
      to_ask.insert(to_ask.end(), had.begin(), had.end());
      had.clear();
      to_ask.push_back(i);
    }
    return to_ask;
  }

  /// \throws Error if what comes of it is nothing that a run can find: a number that is none
  [[nodiscard]] ItemOutcome ask_one(std::size_t number) {
    const BenchmarkItem& item = questions_.benchmark().items[number];
    const SweepPlan& how = item.image.empty() ? without_image_ : plan_;
    const SweepQuestion question = question_for(how, questions_, number);
    ItemOutcome outcome =
        outcome_of(how, question, sweeper_(question), sweeper_.layers(), sweeper_.shape());
    const std::string fault = fits_.fault(with_valid_text(outcome), {});
    if (fault.empty()) return outcome;
    throw Error("the model's numbers cannot be used: " + fault, "",
                "see whether the weights are whole; float16 overflows where float32 and bfloat16 "
                "do not");
  }

  /// Ends a run whose model, device or disk failed. What is in the journal stays.
  [[noreturn]] void fail(const std::string& problem, const std::string& where,
                         const std::string& fix) const {
    const std::string kept =
        std::to_string(journal_.items().size()) + " finished items are kept, --resume goes on";
    throw Error(problem, where, fix.empty() ? kept : fix + "; " + kept);
  }

  void add_to_metric(const ItemOutcome& item) {
    const PlannedRun& untouched = plan_.runs[plan_.untouched()];
    const RunOutcome* run = item.run(untouched.policy, untouched.cut_layer);
    if (run != nullptr) add_to(untouched_sums_, run->statistics);
  }

  [[nodiscard]] std::string metric_so_far() const {
    const MetricSummary& metric = questions_.benchmark().metric;
    if (untouched_sums_.empty()) return "";
    return ", untouched " + metric.name + " " + percent(metric.value(untouched_sums_));
  }

  Sweeper& sweeper_;
  const SweepPlan& plan_;
  SweepPlan without_image_;
  const SweepQuestions& questions_;
  Shard shard_;
  BadItems bad_;
  JournalPlan fits_;
  Journal journal_;
  Statistics untouched_sums_;
};

}  // namespace infoflow
