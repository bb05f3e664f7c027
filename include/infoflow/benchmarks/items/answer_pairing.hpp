// SPDX-License-Identifier: MIT
/// \file Answers brought to questions by id, by picture or by place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <infoflow/benchmarks/items/answer_file.hpp>
#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/item_index.hpp>

namespace infoflow {

/// Per item the answer that belongs to it, and what a reader should know about the others.
struct PairedAnswers {
  std::vector<std::optional<std::size_t>> answer_of;  ///< Per item, an index into the answers.
  std::vector<std::string> notes;
};

/// "3 answers are missing: a, b, c"; five names at most.
[[nodiscard]] inline std::string counted_names(const std::vector<std::string>& names,
                                               const std::string& what) {
  std::string line = std::to_string(names.size()) + " " + what + ": ";
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    line += (i > 0 ? ", " : "") + names[i];
  }
  return line + (names.size() > most ? ", …" : "");
}

namespace detail {

[[nodiscard]] inline std::string left_out(std::size_t foreign) {
  return std::to_string(foreign) + " answers belong to no question of the data and are left out";
}

}  // namespace detail

/// Per answer the one item that it names by id, or else by its picture; none for other answers.
/// \param all_clear  false afterwards if an answer names no picture, or names several items alike
[[nodiscard]] inline std::vector<std::optional<std::size_t>> named_items(
    const ItemIndex& index, std::span<const AnswerRow> answers, bool& all_clear) {
  std::vector<std::optional<std::size_t>> named;
  all_clear = true;
  for (const AnswerRow& answer : answers) {
    named.push_back(index.by_id(answer));
    if (named.back()) continue;
    const std::vector<std::size_t> items = index.by_picture(answer);
    if (items.size() == 1) named.back() = items.front();
    if (items.size() > 1 || !index.names_picture(answer)) all_clear = false;
  }
  return named;
}

/// Pairs each item with the last of the answers that name it, of those that agree with it.
/// \param named  as named_items() returns it
/// \throws Error if all answers to an item contradict it, or no answer names an item
[[nodiscard]] inline PairedAnswers pair_by_name(
    const Benchmark& data, const ItemIndex& index, std::span<const AnswerRow> answers,
    const std::vector<std::optional<std::size_t>>& named) {
  PairedAnswers paired;
  paired.answer_of.resize(data.items.size());
  std::vector<std::optional<std::size_t>> contradicts(data.items.size());
  std::vector<std::string> doubled;
  std::size_t foreign = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!named[i]) {
      ++foreign;
    } else if (index.contradiction(answers[i], *named[i])) {
      if (!contradicts[*named[i]]) contradicts[*named[i]] = i;
      ++foreign;  // Sets may share their ids, as POPE's do: this one is of another set.
    } else {
      if (paired.answer_of[*named[i]]) {
        const std::string& id = data.items[*named[i]].id;
        doubled.push_back(id + " (" + answers[i].where + ")");
      }
      paired.answer_of[*named[i]] = i;
    }
  }
  if (foreign == answers.size() &&
      std::none_of(contradicts.begin(), contradicts.end(), [](auto i) { return i.has_value(); })) {
    const AnswerRow& first = answers.front();
    const bool by_id = !first.id.empty() || !index.names_picture(first);
    throw Error(
        "no answer belongs to a question of the data", first.where,
        by_id ? "its id \"" + first.id + "\" should be one like \"" + data.items.front().id + "\""
              : "its picture should be one like \"" + data.items.front().image + "\"");
  }
  for (std::size_t item = 0; item < data.items.size(); ++item) {
    if (paired.answer_of[item] || !contradicts[item]) continue;
    check_pair(index, answers[*contradicts[item]], data.items[item], item);
  }
  if (!doubled.empty()) {
    paired.notes.push_back(counted_names(doubled, "answers stand twice, the last counts"));
  }
  if (foreign > 0) {
    paired.notes.push_back(detail::left_out(foreign));
  }
  return paired;
}

/// Pairs by place, either all items or those with a picture (lmms-eval's ScienceQA-IMG).
/// \throws Error if neither number fits, or an answer contradicts the question at its place
[[nodiscard]] inline PairedAnswers pair_by_place(const Benchmark& data, const ItemIndex& index,
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
  for (std::size_t i = 0; i < data.items.size(); ++i) {
    const bool has = all || !data.items[i].image.empty();
    if (has) check_pair(index, answers[next], data.items[i], i);
    paired.answer_of.push_back(has ? std::optional(next++) : std::nullopt);
  }
  if (!all) {
    paired.notes.push_back("the answers are as many as the questions with a picture (" +
                           std::to_string(pictures) + "): the others have none");
  }
  return paired;
}

/// Finds each question's answer: by id, or else by picture and question where these tell all apart;
/// answers without ids by place; or as the benchmark does itself (Benchmark::answers). Of answers to
/// one question the last counts. Doubled and foreign answers are counted in the notes.
/// \param answers  not empty
/// Law: what a row says about its question (id, picture, question, category) is true of the item
/// that it is paired with.
/// \throws Error if numbers do not fit where places count, no answer fits any question, or an
///         answer contradicts its question: both lines are named
[[nodiscard]] inline PairedAnswers pair_answers(const Benchmark& data,
                                                std::span<const AnswerRow> answers) {
  if (data.answers.pair != nullptr) return data.answers.pair(data, answers);
  const ItemIndex index(data);
  bool all_clear = false;
  const auto named = named_items(index, answers, all_clear);
  const bool with_ids = std::any_of(answers.begin(), answers.end(),
                                    [&](const AnswerRow& answer) { return !answer.id.empty(); });
  const bool found = std::any_of(named.begin(), named.end(), [](auto i) { return i.has_value(); });
  if (with_ids || (all_clear && found)) return pair_by_name(data, index, answers, named);
  return pair_by_place(data, index, answers);
}

}  // namespace infoflow
