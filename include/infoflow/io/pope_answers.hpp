// SPDX-License-Identifier: MIT
/// \file POPE's answers: paired by place within a category, as its evaluators do.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <infoflow/io/answer_pairing.hpp>
#include <infoflow/io/pope_data.hpp>

namespace infoflow {

namespace detail {

/// LLaVA's file of questions numbers its categories in steps of ten million.
constexpr std::int64_t llava_category_step = 10'000'000;
inline constexpr std::array<std::string_view, 3> llava_categories{"adversarial", "random",
                                                                  "popular"};

/// The category that an id of LLaVA's file belongs to; none for other ids.
[[nodiscard]] inline std::optional<std::string> llava_category(const std::string& id) {
  std::int64_t number = -1;
  const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (fault != std::errc{} || end != id.data() + id.size() || number < 0) return std::nullopt;
  const auto index = static_cast<std::size_t>(number / llava_category_step);
  if (index >= llava_categories.size()) return std::nullopt;
  return std::string(llava_categories[index]);
}

[[nodiscard]] inline bool is_numbered_by_category(const std::string& id) {
  return llava_category(id).value_or("adversarial") != "adversarial";
}

/// True if ids alone tell which answer belongs to which item. Samples of several categories, whose
/// ids begin anew in each, are no answers to one of them.
[[nodiscard]] inline bool pairs_by_id(const Benchmark& data, std::span<const AnswerRow> answers) {
  std::unordered_set<std::string> ids;
  for (const BenchmarkItem& item : data.items) ids.insert(item.id);
  if (std::any_of(ids.begin(), ids.end(), is_numbered_by_category)) return true;
  std::unordered_set<std::string> answered;
  for (const AnswerRow& answer : answers) answered.insert(answer.id);
  return answered == ids && answers.size() < 2 * ids.size();
}

[[noreturn]] inline void refuse_count(std::size_t answers, std::size_t labels,
                                      const std::string& category, const std::string& where) {
  throw Error(std::to_string(answers) + " answers for " + std::to_string(labels) + " labels" +
                  (category.empty() ? "" : " of category " + category),
              where,
              "give answers and label files of the same version of POPE (random has 2910 labels in "
              "the older one, 3000 in the newer), each question once, in order");
}

/// Answers in order; of those with one id the last, at the place of the first, and the id in `notes`.
[[nodiscard]] inline std::vector<std::size_t> last_of_each_id(std::span<const AnswerRow> answers,
                                                              std::vector<std::string>& notes) {
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::size_t> kept;
  std::vector<std::string> doubled;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto [place, is_new] = places.emplace(answers[i].id, kept.size());
    if (is_new) {
      kept.push_back(i);
    } else {
      kept[place->second] = i;
      doubled.push_back(answers[i].id + " (" + answers[i].where + ")");
    }
  }
  if (!doubled.empty()) notes.push_back(counted(doubled, "answers stand twice, the last counts"));
  return kept;
}

/// By place within the categories that LLaVA's ids name.
[[nodiscard]] inline PairedAnswers pair_by_category(const Benchmark& data,
                                                    std::span<const AnswerRow> answers) {
  PairedAnswers paired;
  std::map<std::string, std::vector<std::size_t>> of_category;
  for (const std::size_t i : last_of_each_id(answers, paired.notes)) {
    const std::optional<std::string> category = llava_category(answers[i].id);
    if (!category) {
      throw Error("the id \"" + answers[i].id + "\" is not one of LLaVA's POPE file",
                  answers[i].where,
                  "ids count from 1, 10000001 and 20000001 for adversarial, random and popular");
    }
    of_category[*category].push_back(i);
  }
  std::map<std::string, std::size_t> labels;
  for (const BenchmarkItem& item : data.items) ++labels[item.group];
  for (const auto& [category, count] : labels) {
    const std::size_t given = of_category[category].size();
    if (given != count) refuse_count(given, count, category, answers.front().where);
  }
  std::map<std::string, std::size_t> next;
  for (const BenchmarkItem& item : data.items) {
    paired.answer_of.emplace_back(of_category[item.group][next[item.group]++]);
  }
  return paired;
}

/// What the answers were asked, where they say so, should be what the labels are for.
inline void note_other_questions(PairedAnswers& paired, const Benchmark& data,
                                 std::span<const AnswerRow> answers) {
  std::vector<std::string> others;
  for (std::size_t item = 0; item < data.items.size(); ++item) {
    if (!paired.answer_of[item]) continue;
    const AnswerRow& answer = answers[*paired.answer_of[item]];
    const std::string asked = text::replaced(text::lower(answer.prompt), "imange", "image");
    if (asked.empty() || text::contains(asked, pope_question(data.items[item].question))) continue;
    others.push_back(answer.where);
  }
  if (others.empty()) return;
  paired.notes.push_back(
      counted(others,
              "answers were given to other questions than the data's (do answers and labels "
              "belong to the same version of POPE?)"));
}

}  // namespace detail

/// Pairs by id where ids tell it all; by place within a category where ids are those of LLaVA's
/// file (other categories' answers do not count); else by place.
/// \param answers  not empty
/// \throws Error if numbers do not fit
[[nodiscard]] inline PairedAnswers pair_pope(const Benchmark& data,
                                             std::span<const AnswerRow> answers) {
  const auto numbered = [](const AnswerRow& answer) {
    return detail::is_numbered_by_category(answer.id);
  };
  PairedAnswers paired;
  if (detail::pairs_by_id(data, answers)) {
    paired = detail::pair_by_id(data, answers);
  } else if (std::any_of(answers.begin(), answers.end(), numbered)) {
    paired = detail::pair_by_category(data, answers);
  } else if (answers.size() == data.items.size()) {
    for (std::size_t i = 0; i < answers.size(); ++i) paired.answer_of.emplace_back(i);
  } else {
    detail::refuse_count(answers.size(), data.items.size(), "", answers.front().where);
  }
  detail::note_other_questions(paired, data, answers);
  return paired;
}

}  // namespace infoflow
