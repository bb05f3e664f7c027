// SPDX-License-Identifier: MIT
/// \file POPE's answers: by id, by picture, or by place, as its evaluators do.
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
#include <unordered_set>
#include <vector>

#include <infoflow/benchmarks/items/answer_pairing.hpp>

namespace infoflow {

/// POPE's categories, in LLaVA's order.
inline constexpr std::array<std::string_view, 3> pope_categories{"adversarial", "random",
                                                                 "popular"};

namespace detail {

/// LLaVA's file of questions numbers its categories in steps of ten million.
constexpr std::int64_t llava_category_step = 10'000'000;

/// A question's place in POPE's own files.
struct PopePlace {
  std::string category;
  std::string id;
};

/// What an id of LLaVA's file means: 10000017 is question 17 of random. None for other ids.
[[nodiscard]] inline std::optional<PopePlace> llava_place(const std::string& id) {
  std::int64_t number = -1;
  const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (fault != std::errc{} || end != id.data() + id.size() || number < 0) return std::nullopt;
  const auto index = static_cast<std::size_t>(number / llava_category_step);
  if (index >= pope_categories.size()) return std::nullopt;
  return PopePlace{std::string(pope_categories[index]),
                   std::to_string(number % llava_category_step)};
}

/// True of ids that only LLaVA's file has.
[[nodiscard]] inline bool is_numbered_by_category(const std::string& id) {
  const std::optional<PopePlace> place = llava_place(id);
  return place && place->category != "adversarial";
}

/// LLaVA's answers under the categories and ids of POPE's own files; others as they are.
[[nodiscard]] inline std::vector<AnswerRow> under_own_ids(std::span<const AnswerRow> answers) {
  std::vector<AnswerRow> rows(answers.begin(), answers.end());
  for (AnswerRow& row : rows) {
    const std::optional<PopePlace> place = llava_place(row.id);
    if (!place) {
      throw Error("the id \"" + row.id + "\" is not one of LLaVA's POPE file", row.where,
                  "ids count from 1, 10000001 and 20000001 for adversarial, random and popular");
    }
    row.id = place->id;
    row.category = place->category;
  }
  return rows;
}

/// True if every item has an answer under its id: labels may be fewer than answers. Samples of
/// several categories, whose ids begin anew in each, tell nothing unless they name their category.
[[nodiscard]] inline bool pairs_by_id(const Benchmark& data, const ItemIndex& index,
                                      std::span<const AnswerRow> answers) {
  std::unordered_set<std::string> ids;
  std::unordered_set<std::size_t> found;
  for (const AnswerRow& answer : answers) {
    ids.insert(answer.category + "/" + answer.id);
    if (const auto item = index.by_id(answer)) found.insert(*item);
  }
  return found.size() == data.items.size() && answers.size() < 2 * ids.size();
}

[[noreturn]] inline void refuse_count(std::size_t answers, std::size_t labels,
                                      const std::string& category, const std::string& where) {
  throw Error(std::to_string(answers) + " answers for " + std::to_string(labels) + " labels" +
                  (category.empty() ? "" : " of category " + category),
              where,
              "give answers and label files of the same version of POPE (random has 2910 labels in "
              "the older one, 3000 in the newer), each question once, in order; with LLaVA's "
              "answers, give its llava_pope_test.jsonl as data, too");
}

/// \throws Error naming the first category that has fewer answers than labels
inline void check_categories(const Benchmark& data, std::span<const AnswerRow> answers) {
  std::map<std::string, std::size_t> labels;
  std::map<std::string, std::size_t> given;
  for (const BenchmarkItem& item : data.items) ++labels[item.group];
  for (const AnswerRow& answer : answers) ++given[answer.category];
  for (const auto& [category, count] : labels) {
    if (given[category] >= count) continue;
    refuse_count(given[category], count, category, answers.front().where);
  }
}

}  // namespace detail

/// Pairs by id where every label has an answer under it, labels for a part of the questions
/// included (ids of LLaVA's file count within their category); by picture and question where these
/// tell all apart; else by place, as POPE's own evaluator has it.
/// \param answers  not empty
/// \throws Error if numbers do not fit, or an answer contradicts its question
[[nodiscard]] inline PairedAnswers pair_pope(const Benchmark& data,
                                             std::span<const AnswerRow> answers) {
  const bool own_ids = std::none_of(
      data.items.begin(), data.items.end(),
      [](const BenchmarkItem& item) { return detail::is_numbered_by_category(item.id); });
  const bool numbered = own_ids && std::any_of(answers.begin(), answers.end(), [](const auto& row) {
                          return detail::is_numbered_by_category(row.id);
                        });
  if (numbered) {
    const std::vector<AnswerRow> rows = detail::under_own_ids(answers);
    detail::check_categories(data, rows);
    return pair_pope(data, rows);
  }
  const ItemIndex index(data);
  bool all_clear = false;
  const auto named = named_items(index, answers, all_clear);
  const bool pictures = std::all_of(answers.begin(), answers.end(), [&](const AnswerRow& answer) {
    return index.names_picture(answer);
  });
  const bool found = std::any_of(named.begin(), named.end(), [](auto i) { return i.has_value(); });
  if (!own_ids || detail::pairs_by_id(data, index, answers) || (pictures && all_clear && found)) {
    return pair_by_name(data, index, answers, named);
  }
  if (answers.size() != data.items.size()) {
    detail::refuse_count(answers.size(), data.items.size(), "", answers.front().where);
  }
  return pair_by_place(data, index, answers);
}

}  // namespace infoflow
