// SPDX-License-Identifier: MIT
/// \file A model's answers scored: the corpus, its groups, every item, and what should be known.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/io/answer_file.hpp>
#include <infoflow/io/answer_pairing.hpp>
#include <infoflow/io/benchmark.hpp>
#include <infoflow/io/benchmark_answers.hpp>
#include <infoflow/io/short_text.hpp>
#include <infoflow/io/special_tokens.hpp>
#include <infoflow/metrics/f1_range.hpp>
#include <infoflow/metrics/pope.hpp>

namespace infoflow {

/// One item of the data.
struct ItemScore {
  std::string id;
  bool missing = false;  ///< There was no answer; `scored` then holds what that is worth.
  ScoredAnswer scored;
};

/// All items, or those of one group.
struct GroupScore {
  std::string name;
  std::size_t n = 0;  ///< Items that count.
  Statistics sums;
  std::vector<NamedValue> values;
};

struct AnswerScores {
  GroupScore all;
  std::vector<GroupScore> groups;  ///< In order of appearance; empty if there is only one.
  std::vector<ItemScore> items;    ///< In the order of the data.
  std::vector<std::string> notes;
};

namespace detail {

/// What a missing answer adds, as the benchmark's own evaluator has it: in ScienceQA it is wrong,
/// but LLaVA's rule counts as questions with a picture only those whose answers say so; in own data
/// it is wrong; elsewhere it adds nothing.
[[nodiscard]] inline Statistics missing_answer(const Benchmark& data, const BenchmarkItem& item) {
  if (data.task == "scienceqa") {
    const double image = data.rule == "llava" || item.image.empty() ? 0 : 1;
    return {0, 1, 0, image};
  }
  if (data.task == "vqa") return {0, 1};
  return Statistics(data.metric.statistic_names.size(), 0.0);
}

[[nodiscard]] inline bool counts_missing(const Benchmark& data) {
  return data.task == "scienceqa" || data.task == "vqa";
}

inline void note_missing(const Benchmark& data, AnswerScores& scores) {
  std::vector<std::string> missing;
  for (const ItemScore& item : scores.items) {
    if (item.missing) missing.push_back(item.id);
  }
  if (missing.empty()) return;
  scores.notes.push_back(counted(missing, counts_missing(data)
                                              ? "answers are missing and count as wrong"
                                              : "answers are missing and do not count"));
}

/// Answers are scored as they stand. Evaluations decode them without special tokens.
inline void note_special_tokens(const Benchmark& data, const PairedAnswers& paired,
                                std::span<const AnswerRow> answers, AnswerScores& scores) {
  std::vector<std::string> ids;
  std::string first;
  for (std::size_t i = 0; i < data.items.size(); ++i) {
    if (!paired.answer_of[i]) continue;
    const std::string_view token = special_token_in(answers[*paired.answer_of[i]].text);
    if (token.empty()) continue;
    if (ids.empty()) first = token;
    ids.push_back(data.items[i].id);
  }
  if (ids.empty()) return;
  scores.notes.push_back(counted(ids, "answers hold special tokens (" + first +
                                          "), which evaluations leave out when they decode"));
}

/// Zero denominators, by the name of the value.
inline void note_undefined(AnswerScores& scores) {
  for (const NamedValue& value : scores.all.values) {
    if (value.defined) continue;
    scores.notes.push_back(value.name + " is 0 because its denominator is 0");
  }
}

/// A rule that reads some answers as neither yes nor no may report an F1 that its accuracy forbids.
inline void note_contradiction(const GroupScore& group, std::vector<std::string>& notes) {
  const auto value = [&](std::string_view name) {
    return std::find_if(group.values.begin(), group.values.end(),
                        [&](const NamedValue& v) { return v.name == name; })
        ->value;
  };
  if (group.n == 0) return;
  const double labels_yes =
      group.sums[Pope::true_yes] + group.sums[Pope::false_no] + group.sums[Pope::unread_yes];
  const Interval range = f1_range(value("accuracy"), labels_yes / static_cast<double>(group.n));
  constexpr double rounding = 1e-9;
  if (value("f1") >= range.low - rounding && value("f1") <= range.high + rounding) return;
  notes.push_back("accuracy " + short_number(value("accuracy")) + " and F1 " +
                  short_number(value("f1")) +
                  " contradict each other: with this share of yes in the labels F1 lies in [" +
                  short_number(range.low) + ", " + short_number(range.high) +
                  "] if every answer is yes or no; " +
                  short_number(group.sums[Pope::unread_yes] + group.sums[Pope::unread_no]) +
                  " answers are neither under this rule");
}

}  // namespace detail

/// Scores answers against the data set.
/// \param answers  not empty
/// Law: values are those of the sum of the items' statistics.
/// \throws Error as pair_answers()
[[nodiscard]] inline AnswerScores score_answers(const Benchmark& data,
                                                std::span<const AnswerRow> answers) {
  const PairedAnswers paired = pair_answers(data, answers);
  AnswerScores scores;
  scores.notes = data.notes;
  scores.notes.insert(scores.notes.end(), paired.notes.begin(), paired.notes.end());
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < data.items.size(); ++i) {
    const BenchmarkItem& item = data.items[i];
    ItemScore score{item.id, !paired.answer_of[i].has_value(), {}};
    if (score.missing) {
      score.scored.statistics = detail::missing_answer(data, item);
    } else {
      score.scored = item.score(answers[*paired.answer_of[i]].text);
    }
    const bool counts = !score.missing || detail::counts_missing(data);
    const auto [place, is_new] = places.emplace(item.group, scores.groups.size());
    if (is_new) scores.groups.push_back({item.group, 0, {}, {}});
    for (GroupScore* group : {&scores.all, &scores.groups[place->second]}) {
      add_to(group->sums, score.scored.statistics);
      group->n += counts ? 1 : 0;
    }
    scores.items.push_back(std::move(score));
  }
  scores.all.values = data.metric.values(scores.all.sums);
  for (GroupScore& group : scores.groups) group.values = data.metric.values(group.sums);
  detail::note_missing(data, scores);
  detail::note_special_tokens(data, paired, answers, scores);
  detail::note_undefined(scores);
  if (data.task == "pope") detail::note_contradiction(scores.all, scores.notes);
  if (scores.groups.size() == 1) scores.groups.clear();
  return scores;
}

}  // namespace infoflow
