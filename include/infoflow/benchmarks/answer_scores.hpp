// SPDX-License-Identifier: MIT
/// \file A model's answers scored: the corpus, its groups, every item, and what should be known.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/answer_file.hpp>
#include <infoflow/benchmarks/items/answer_pairing.hpp>
#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/special_tokens.hpp>

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

inline void note_missing(const Benchmark& data, AnswerScores& scores) {
  std::vector<std::string> wrong;
  std::vector<std::string> uncounted;
  for (std::size_t i = 0; i < data.items.size(); ++i) {
    if (!scores.items[i].missing) continue;
    (data.items[i].if_missing.empty() ? uncounted : wrong).push_back(data.items[i].id);
  }
  if (!wrong.empty()) {
    scores.notes.push_back(counted_names(wrong, "answers are missing and count as wrong"));
  }
  if (!uncounted.empty()) {
    scores.notes.push_back(counted_names(uncounted, "answers are missing and do not count"));
  }
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
  scores.notes.push_back(counted_names(ids, "answers hold special tokens (" + first +
                                                "), which evaluations leave out when they decode"));
}

/// Zero denominators, by the name of the value.
inline void note_undefined(AnswerScores& scores) {
  for (const NamedValue& value : scores.all.values) {
    if (value.defined) continue;
    scores.notes.push_back(value.name + " is 0 because its denominator is 0");
  }
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
    const bool counts = !score.missing || !item.if_missing.empty();
    if (!score.missing) {
      score.scored = item.score(answers[*paired.answer_of[i]].text);
    } else {
      const Statistics nothing(data.metric.statistic_names.size(), 0.0);
      score.scored.statistics = counts ? item.if_missing : nothing;
    }
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
  if (data.doubts) {
    const std::vector<std::string> doubts = data.doubts(scores.all.sums);
    scores.notes.insert(scores.notes.end(), doubts.begin(), doubts.end());
  }
  if (scores.groups.size() == 1) scores.groups.clear();
  return scores;
}

}  // namespace infoflow
