// SPDX-License-Identifier: MIT
/// \file What the lines of a run's journal can say: its items, their runs, and values that can be.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/cliff/outcome.hpp>
#include <infoflow/journal/data_shard.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow {

/// What names a run of an item.
struct RunName {
  std::string policy;
  int cut_layer = 0;

  friend bool operator==(const RunName&, const RunName&) = default;
};

/// `"drop-all" with a cut at 3`
[[nodiscard]] inline std::string to_string(const RunName& run) {
  return "\"" + run.policy + "\" with a cut at " + std::to_string(run.cut_layer);
}

namespace detail {

/// A share may lie above 1 by what float and bfloat16 sums of probabilities are off.
inline constexpr double most_share = 1.01;

/// "" if the number lies in [low, high]; a NaN or an infinity does not.
[[nodiscard]] inline std::string range_fault(const std::string& name, double x, double low,
                                             double high) {
  if (std::isfinite(x) && x >= low && x <= high) return "";
  const auto text = [](double value) { return nlohmann::json(value).dump(); };
  const std::string found = std::isnan(x) ? "no number" : std::isinf(x) ? "infinite" : text(x);
  return "\"" + name + "\" is " + found + " and must be " +
         (high < std::numeric_limits<double>::max() ? "in " + text(low) + " … " + text(high)
                                                    : "finite and not under " + text(low));
}

}  // namespace detail

/// A run's items and what was asked of each. Whatever a line says that this run cannot have found is a
/// fault: another picture, a run that is missing, doubled or foreign, statistics that its answer does
/// not have, a number that is none or out of its range.
///
/// Laws: what a run finds has no fault; what differs from it in one of these has.
class JournalPlan {
 public:
  /// \param runs       of every item with a picture, in the order of an outcome's runs
  /// \param untouched  the one that is the untouched model, at L: all that items without one have
  JournalPlan(std::vector<RunName> runs, RunName untouched)
      : runs_(std::move(runs)), untouched_(std::move(untouched)) {}

  /// Adds an item, which must outlive the plan. \param other_image  another picture is its control
  void add(const BenchmarkItem& item, bool other_image) {
    items_[valid_utf8(item.id)] = {&item, other_image};
  }

  /// What is wrong with an outcome that stands in the shard's journal; empty if nothing is.
  [[nodiscard]] std::string fault(const ItemOutcome& outcome, const Shard& shard) const {
    if (std::string fault = id_fault(outcome.id, shard); !fault.empty()) return fault;
    const auto& [item, other_image] = items_.at(outcome.id);
    if (outcome.image != valid_utf8(item->image)) {
      return "the picture is \"" + outcome.image + "\", in the data \"" + item->image + "\"";
    }
    if (outcome.group != valid_utf8(item->group)) {
      return "the group is \"" + outcome.group + "\", in the data \"" + item->group + "\"";
    }
    const std::vector<RunName> wanted = runs_of(*item, other_image);
    std::map<std::string, Statistics> known;  // Most runs of an item say the same.
    for (std::size_t i = 0; i < outcome.runs.size(); ++i) {
      std::string fault = i < wanted.size() ? run_fault(outcome.runs[i], wanted[i])
                                            : "there are more runs than the plan has";
      if (fault.empty()) fault = statistics_fault(outcome.runs[i], *item, known);
      if (fault.empty()) fault = reference_fault(outcome.runs[i], outcome.runs.front(), *item);
      if (!fault.empty()) return "run " + std::to_string(i + 1) + ": " + fault;
    }
    if (outcome.runs.size() < wanted.size()) {
      return "there is no run of " + to_string(wanted[outcome.runs.size()]);
    }
    return flow_fault(outcome, !item->image.empty());
  }

  /// The same of an item that is said to be skipped.
  [[nodiscard]] std::string fault(const SkippedItem& skipped, const Shard& shard) const {
    if (std::string fault = id_fault(skipped.id, shard); !fault.empty()) return fault;
    return skipped.reason.empty() ? "no reason is given" : "";
  }

 private:
  struct PlannedItem {
    const BenchmarkItem* item = nullptr;
    bool other_image = false;
  };

  [[nodiscard]] std::string id_fault(const std::string& id, const Shard& shard) const {
    const auto found = items_.find(id);
    if (found == items_.end()) return "the data have no item \"" + id + "\"";
    if (in_shard(found->second.item->image, found->second.item->id, shard)) return "";
    return "item \"" + id + "\" is not in shard " + to_string(shard);
  }

  [[nodiscard]] std::vector<RunName> runs_of(const BenchmarkItem& item, bool other_image) const {
    if (item.image.empty()) return {untouched_};
    std::vector<RunName> runs = runs_;
    runs.push_back({"no-image", untouched_.cut_layer});
    if (other_image) runs.push_back({"other-image", untouched_.cut_layer});
    return runs;
  }

  [[nodiscard]] std::string run_fault(const RunOutcome& run, const RunName& wanted) const {
    const RunName found{run.policy, run.cut_layer};
    if (found != wanted) return to_string(found) + " where the plan has " + to_string(wanted);
    if (found == untouched_ && !run.agrees) return "the untouched model differs from itself";
    if (run.image_tokens != std::floor(run.image_tokens))
      return "\"image_tokens\" is no whole number";
    constexpr double most = std::numeric_limits<double>::max();
    for (const MeasuredNumber& number : measured_numbers) {
      if (number.may_be_unknown) continue;  // reference_fault() knows when it may be.
      std::string fault =
          detail::range_fault(std::string(number.name), run.*number.member, 0, most);
      if (!fault.empty()) return fault;
    }
    return detail::range_fault("flops", run.flops, run.prefill_flops, most);
  }

  /// Statistics follow from the answer, so that one look tells whether both were written by a run.
  [[nodiscard]] static std::string statistics_fault(const RunOutcome& run,
                                                    const BenchmarkItem& item,
                                                    std::map<std::string, Statistics>& known) {
    const auto [found, is_new] = known.try_emplace(run.answer);
    if (is_new) found->second = item.score(run.answer).statistics;
    if (run.statistics == found->second) return "";
    return "\"statistics\" are not those of its answer";
  }

  /// A reference may have no tokens; then no run has its probability.
  [[nodiscard]] static std::string reference_fault(const RunOutcome& run, const RunOutcome& first,
                                                   const BenchmarkItem& item) {
    const double p = run.reference_probability;
    if (std::isnan(p) != std::isnan(first.reference_probability)) {
      return "\"reference_probability\" is given for some runs only";
    }
    if (std::isnan(p)) return "";
    if (item.reference.empty()) return "\"reference_probability\" of an item that has none";
    return detail::range_fault("reference_probability", p, 0, 1 + 1e-9);
  }

  /// The instruments have a number per layer where there is a picture and an answer.
  [[nodiscard]] std::string flow_fault(const ItemOutcome& outcome, bool has_image) const {
    const RunOutcome& whole = *outcome.run(untouched_.policy, untouched_.cut_layer);
    const auto layers = static_cast<std::size_t>(untouched_.cut_layer);
    const bool measured = has_image && !(whole.answer.empty() && outcome.image_share.empty());
    for (const auto& [name, list] :
         {std::pair<const char*, const std::vector<double>*>{"image_share", &outcome.image_share},
          {"cam_mass", &outcome.cam_mass}}) {
      if (list->size() != (measured ? layers : 0)) {
        return "\"" + std::string(name) + "\" has " + std::to_string(list->size()) +
               " numbers for " + std::to_string(measured ? layers : 0) + " layers";
      }
      for (const double x : *list) {
        std::string fault = detail::range_fault(name, x, 0, detail::most_share);
        if (!fault.empty()) return fault;
      }
    }
    if (!has_image) {
      return std::isnan(outcome.image_fraction) ? "" : "\"image_fraction\" without a picture";
    }
    std::string fault = detail::range_fault("image_fraction", outcome.image_fraction, 0, 1);
    return fault.empty() ? image_tokens_fault(outcome, whole) : fault;
  }

  /// A cut only takes tokens away; another picture may have more of them, text alone has none.
  [[nodiscard]] static std::string image_tokens_fault(const ItemOutcome& outcome,
                                                      const RunOutcome& whole) {
    for (const RunOutcome& run : outcome.runs) {
      if (run.policy == "other-image") continue;
      const double most = run.policy == "no-image" ? 0 : whole.image_tokens;
      std::string fault = detail::range_fault("image_tokens", run.image_tokens, 0, most);
      if (!fault.empty()) return to_string(RunName{run.policy, run.cut_layer}) + ": " + fault;
    }
    return "";
  }

  std::vector<RunName> runs_;
  RunName untouched_;
  std::unordered_map<std::string, PlannedItem> items_;
};

}  // namespace infoflow
