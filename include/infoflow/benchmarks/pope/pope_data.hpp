// SPDX-License-Identifier: MIT
/// \file POPE's label files, alone or joined to LLaVA's question file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/benchmark_builder.hpp>
#include <infoflow/benchmarks/items/picture_name.hpp>
#include <infoflow/benchmarks/items/row_fields.hpp>
#include <infoflow/benchmarks/pope/pope.hpp>
#include <infoflow/benchmarks/pope/pope_answers.hpp>
#include <infoflow/benchmarks/pope/pope_doubts.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/files/json_lines.hpp>

namespace infoflow {

namespace detail {

constexpr const char* pope_label_form =
    R"({"question_id": 1, "image": "a.jpg", "text": "Is there a cup?", "label": "yes"})";
constexpr const char* pope_question_form =
    R"({"question_id": 1, "image": "a.jpg", "text": "Is there a cup?", "category": "random"})";

/// "random" of coco_pope_random.json; the whole name where it has no category.
[[nodiscard]] inline std::string pope_category(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t at = stem.find("pope_");
  return at == std::string::npos ? stem : stem.substr(at + 5);
}

/// Files as they are; a folder stands for its coco_pope_*.json and their kin, in order of name.
[[nodiscard]] inline std::vector<std::string> pope_files(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const std::string& path : given) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      const std::string name = entry.path().filename().string();
      if (name.find("pope_") != std::string::npos && name.ends_with(".json")) {
        found.push_back(entry.path().string());
      }
    }
    if (found.empty()) {
      throw Error("the folder has no label files", path, "give the folder of coco_pope_*.json");
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

[[nodiscard]] inline YesNo pope_label(const RowFields& fields) {
  const std::string label = text::lower(text::strip(fields.get<std::string>("label")));
  if (label != "yes" && label != "no") fields.refuse("the label is \"" + label + "\"");
  return label == "yes" ? YesNo::yes : YesNo::no;
}

[[nodiscard]] inline BenchmarkItem pope_item(const JsonRow& row, const std::string& category,
                                             const Pope& metric) {
  const RowFields fields(row, pope_label_form);
  const YesNo label = pope_label(fields);
  BenchmarkItem item;
  item.id = fields.id("question_id");
  item.where = row.where;
  item.image = fields.get<std::string>("image");
  item.question = fields.question("text");
  item.group = category;
  item.reference = label == YesNo::yes ? "Yes" : "No";
  item.score = [metric, label](std::string_view answer) {
    const YesNo read = metric.read(answer, label);
    return ScoredAnswer{metric.statistics(answer, label), std::string(name_of(read)),
                        read == label ? 1.0 : 0.0};
  };
  return item;
}

/// "imange" is a misprint of the data's older version.
[[nodiscard]] inline std::string pope_spelling(std::string_view question) {
  return text::replaced(question, "imange", "image");
}

/// A question as both versions of the data write it.
[[nodiscard]] inline std::string pope_question(std::string_view text) {
  return pope_spelling(text::lower(text.substr(0, text.find('\n'))));
}

/// LLaVA's question: the label of the same place in its category, under the id of the question.
[[nodiscard]] inline BenchmarkItem joined_question(const JsonRow& question,
                                                   const JsonRow& label_row,
                                                   const std::string& category,
                                                   const Pope& metric) {
  const RowFields fields(question, pope_question_form);
  BenchmarkItem item = pope_item(label_row, category, metric);
  if (pope_question(fields.question("text")) != pope_question(item.question)) {
    throw Error("the question is not the one of its label at " + label_row.where, question.where,
                "give questions and labels of the same version of POPE");
  }
  item.id = fields.id("question_id");
  item.where = question.where;
  return item;
}

using RowsByCategory = std::map<std::string, std::vector<JsonRow>>;
using LabelOf = std::map<const JsonRow*, const JsonRow*>;

/// The label of each question of a category: that of the same place; where labels are fewer (for a
/// part of the questions), that of the same picture and question, if there is one.
inline void find_labels(const std::vector<const JsonRow*>& questions,
                        const std::vector<JsonRow>& labels, LabelOf& label_of) {
  if (questions.size() == labels.size()) {
    for (std::size_t i = 0; i < labels.size(); ++i) label_of[questions[i]] = &labels[i];
    return;
  }
  const auto key = [](const JsonRow& row, const char* form) {
    const RowFields fields(row, form);
    return picture_key(fields.get<std::string>("image")) + '\n' +
           pope_question(fields.get<std::string>("text"));
  };
  std::map<std::string, const JsonRow*> known;
  for (const JsonRow& label : labels) known.emplace(key(label, pope_label_form), &label);
  for (const JsonRow* question : questions) {
    const auto found = known.find(key(*question, pope_question_form));
    if (found != known.end()) label_of[question] = found->second;
  }
}

/// LLaVA's evaluator leaves out categories without a label file, and so does this.
inline void add_joined(BenchmarkBuilder& builder, const std::vector<JsonRow>& questions,
                       const RowsByCategory& labels, const Pope& metric) {
  const auto category_of = [](const JsonRow& row) {
    return RowFields(row, pope_question_form).get<std::string>("category");
  };
  std::map<std::string, std::vector<const JsonRow*>> by_category;
  for (const JsonRow& row : questions) by_category[category_of(row)].push_back(&row);
  LabelOf label_of;
  for (const auto& [category, rows] : labels) {
    const std::vector<const JsonRow*>& asked = by_category[category];
    if (asked.size() < rows.size()) {
      throw Error("category " + category + " has " + std::to_string(asked.size()) +
                      " questions and " + std::to_string(rows.size()) + " labels",
                  questions.front().where, "give questions and labels of the same version of POPE");
    }
    const std::size_t before = label_of.size();
    find_labels(asked, rows, label_of);
    const std::size_t found = label_of.size() - before;
    if (found == asked.size()) continue;
    builder.benchmark().notes.push_back(
        "category " + category + ": " + std::to_string(asked.size() - found) +
        " questions have no label and are left out; " + std::to_string(rows.size() - found) +
        " labels have no question");
  }
  for (const JsonRow& row : questions) {
    const auto label = label_of.find(&row);
    if (label == label_of.end()) continue;
    builder.add([&] { return joined_question(row, *label->second, category_of(row), metric); });
  }
}

[[nodiscard]] inline AnswerNaming pope_answers() {
  return {.categories = {pope_categories.begin(), pope_categories.end()},
          .one_spelling = pope_spelling,
          .pair = pair_pope};
}

}  // namespace detail

/// POPE as a benchmark: label files of one or several categories (or their folder), in the order
/// given; ids are "17", and "random/17" where several categories are given, since ids restart in
/// each file. With LLaVA's question file among them the items are its questions, in its order under
/// its ids, each with the label of the same place in its category; where labels are fewer, as in
/// RePOPE, with the label of the same picture and question, and questions without one are left out.
/// \param rule  a name of `pope_rules`; empty: the benchmark's own
/// \throws Error naming file and line of a bad row, unless `skip_bad` is set; if labels are missing,
///         or questions and labels do not belong together
/// Unlike the benchmark's own evaluator, which takes everything but "no" for a yes, labels must be
/// yes or no.
[[nodiscard]] inline Benchmark read_pope(const std::vector<std::string>& given,
                                         std::string_view rule = "", bool skip_bad = false) {
  const std::vector<std::string> files = detail::pope_files(given);
  const Pope metric(rule_named(pope_rules, rule));
  detail::RowsByCategory labels;
  std::vector<std::string> order;
  std::vector<JsonRow> questions;
  for (const std::string& file : files) {
    std::vector<JsonRow> rows = read_json_rows(file);
    const nlohmann::json& first = rows.front().value;
    if (first.is_object() && first.contains("category") && !first.contains("label")) {
      std::move(rows.begin(), rows.end(), std::back_inserter(questions));
      continue;
    }
    const std::string category = detail::pope_category(file);
    if (!labels.emplace(category, std::move(rows)).second) {
      throw Error("category " + category + " is given twice", file, "give each label file once");
    }
    order.push_back(category);
  }
  if (labels.empty()) {
    throw Error("the questions have no labels", files.empty() ? "--data" : files.front(),
                "give POPE's coco_pope_<category>.json, too");
  }
  const std::string rule_name(metric.rule().name);
  BenchmarkBuilder builder("pope", title_under(rule_name, pope_rules, "POPE"), rule_name,
                           summary_of(metric), skip_bad);
  builder.benchmark().answers = detail::pope_answers();
  builder.benchmark().doubts = [metric](std::span<const double> sums) {
    return pope_doubts(metric, sums);
  };
  if (!questions.empty()) {
    detail::add_joined(builder, questions, labels, metric);
    return builder.finish(files.front());
  }
  for (const std::string& category : order) {
    for (const JsonRow& row : labels.at(category)) {
      builder.add([&] {
        BenchmarkItem item = detail::pope_item(row, category, metric);
        if (order.size() > 1) item.id = category + "/" + item.id;
        return item;
      });
    }
  }
  return builder.finish(files.front());
}

}  // namespace infoflow
