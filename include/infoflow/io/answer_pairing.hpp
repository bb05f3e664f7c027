// SPDX-License-Identifier: MIT
/// \file Answers brought to questions by key or by place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <infoflow/io/answer_file.hpp>
#include <infoflow/io/benchmark.hpp>

namespace infoflow {

/// Per item the answer that belongs to it, and what a reader should know about the others.
struct PairedAnswers {
  std::vector<std::optional<std::size_t>> answer_of;  ///< Per item, an index into the answers.
  std::vector<std::string> notes;
};

namespace detail {

/// "3 answers are missing: a, b, c"; five names at most.
[[nodiscard]] inline std::string counted(const std::vector<std::string>& names,
                                         const std::string& what) {
  std::string line = std::to_string(names.size()) + " " + what + ": ";
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    line += (i > 0 ? ", " : "") + names[i];
  }
  return line + (names.size() > most ? ", …" : "");
}

/// Pairs equal keys. A key that several answers have goes to the last of them.
/// \param item_keys    one or several per item; the first that an answer has decides
/// \param answer_keys  one per answer
/// \throws Error if nothing matches at all
[[nodiscard]] inline PairedAnswers pair_by_key(
    const Benchmark& data, std::span<const AnswerRow> answers,
    const std::vector<std::vector<std::string>>& item_keys,
    const std::vector<std::string>& answer_keys) {
  PairedAnswers paired;
  std::unordered_map<std::string, std::size_t> last;
  std::vector<std::string> doubled;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!last.insert_or_assign(answer_keys[i], i).second) {
      doubled.push_back(answers[i].id + " (" + answers[i].where + ")");
    }
  }
  std::unordered_set<std::size_t> used;
  for (std::size_t item = 0; item < data.items.size(); ++item) {
    std::optional<std::size_t> answer;
    for (const std::string& key : item_keys[item]) {
      const auto found = last.find(key);
      if (answer || found == last.end()) continue;
      answer = found->second;
    }
    if (answer) used.insert(*answer);
    paired.answer_of.push_back(answer);
  }
  if (used.empty()) {
    throw Error("no answer belongs to a question of the data", answers.front().where,
                "its id \"" + answers.front().id + "\" should be one like \"" +
                    data.items.front().id + "\"");
  }
  if (!doubled.empty()) {
    paired.notes.push_back(counted(doubled, "answers stand twice, the last counts"));
  }
  const std::size_t foreign = last.size() - used.size();
  if (foreign > 0) {
    paired.notes.push_back(std::to_string(foreign) + " answers belong to no question of the data");
  }
  return paired;
}

/// Pairs items and answers with the same id.
[[nodiscard]] inline PairedAnswers pair_by_id(const Benchmark& data,
                                              std::span<const AnswerRow> answers) {
  std::vector<std::vector<std::string>> item_keys;
  for (const BenchmarkItem& item : data.items) item_keys.push_back({item.id});
  std::vector<std::string> answer_keys;
  for (const AnswerRow& answer : answers) answer_keys.push_back(answer.id);
  return pair_by_key(data, answers, item_keys, answer_keys);
}

/// Pairs by place, either all items or those with a picture (lmms-eval's ScienceQA-IMG).
/// \throws Error if neither number fits
[[nodiscard]] inline PairedAnswers pair_by_place(const Benchmark& data,
                                                 std::span<const AnswerRow> answers) {
  PairedAnswers paired;
  const auto pictures = static_cast<std::size_t>(
      std::count_if(data.items.begin(), data.items.end(),
                    [](const BenchmarkItem& item) { return !item.image.empty(); }));
  const bool all = answers.size() == data.items.size();
  if (!all && answers.size() != pictures) {
    throw Error(std::to_string(answers.size()) + " answers without ids for " +
                    std::to_string(data.items.size()) + " questions",
                answers.front().where, "give one answer for each question, in the data's order");
  }
  std::size_t next = 0;
  for (const BenchmarkItem& item : data.items) {
    const bool has = all || !item.image.empty();
    paired.answer_of.push_back(has ? std::optional(next++) : std::nullopt);
  }
  if (!all) {
    paired.notes.push_back("the answers are as many as the questions with a picture (" +
                           std::to_string(pictures) + "): the others have none");
  }
  return paired;
}

}  // namespace detail

}  // namespace infoflow
