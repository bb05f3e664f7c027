// SPDX-License-Identifier: MIT
/// \file Questions of one's own as JSON Lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/benchmark_builder.hpp>
#include <infoflow/benchmarks/items/row_fields.hpp>
#include <infoflow/benchmarks/vqa/vqa.hpp>
#include <infoflow/files/json_lines.hpp>

namespace infoflow {

namespace detail {

constexpr const char* vqa_form =
    R"({"image": "a.png", "question": "What is it?", "answers": ["a cup"], "choices": (optional)})";

/// The letter of a lettered question's answer, which may be the letter or the option's text.
[[nodiscard]] inline std::string vqa_letter(const RowFields& fields, const std::string& answer,
                                            const Choices& choices) {
  if (answer.size() == 1 && is_offered(answer[0], choices)) return answer;
  const auto found = std::find(choices.begin(), choices.end(), answer);
  if (found == choices.end())
    fields.refuse("the answer is neither a letter nor one of the choices");
  return std::string(1, letter_of(static_cast<std::size_t>(found - choices.begin())));
}

[[nodiscard]] inline VqaReference vqa_reference(const RowFields& fields) {
  VqaReference reference;
  reference.answers = fields.has("answers")
                          ? fields.get<std::vector<std::string>>("answers")
                          : std::vector<std::string>{fields.get<std::string>("answer")};
  const auto empty = [](const std::string& answer) { return text::strip(answer).empty(); };
  if (reference.answers.empty() ||
      std::all_of(reference.answers.begin(), reference.answers.end(), empty)) {
    fields.refuse("there is no answer");
  }
  if (!fields.has("choices")) return reference;
  reference.choices = fields.get<std::vector<std::string>>("choices");
  if (reference.choices.size() < 2 || reference.choices.size() > 26) {
    fields.refuse(std::to_string(reference.choices.size()) + " choices");
  }
  if (reference.answers.size() != 1) fields.refuse("a question with choices has one answer");
  reference.answers[0] = vqa_letter(fields, reference.answers[0], reference.choices);
  return reference;
}

/// The question without its options as lines "A. x", which stand in `choices` anyway.
[[nodiscard]] inline std::string without_options(const std::string& question,
                                                 const Choices& choices) {
  if (choices.empty()) return question;
  const std::string options = "\n" + option_lines(choices);
  return question.ends_with(options) ? question.substr(0, question.size() - options.size())
                                     : question;
}

[[nodiscard]] inline BenchmarkItem vqa_item(const JsonRow& row, const std::string& place) {
  const RowFields fields(row, vqa_form);
  const VqaReference reference = vqa_reference(fields);
  BenchmarkItem item;
  item.id = fields.id_or_none("id");
  if (item.id.empty()) item.id = place;
  item.where = row.where;
  item.image = fields.get_or<std::string>("image", "");
  item.question = without_options(fields.question("question"), reference.choices);
  const std::string family = fields.get_or<std::string>("family", "");
  const std::string kind = fields.get_or<std::string>("kind", "");
  item.group = family + (family.empty() || kind.empty() ? "" : "/") + kind;
  item.reference = reference.answers.front();
  item.choices = reference.choices;
  item.score = [reference](std::string_view answer) {
    JudgedAnswer judged = Vqa().judge(answer, reference);
    return ScoredAnswer{{judged.score, 1}, std::move(judged.parsed), judged.score};
  };
  item.if_missing = {0, 1};  // Wrong.
  return item;
}

}  // namespace detail

/// Rows of image, question, and answer (one) or answers (a list; ten or more are annotators), with
/// optional choices (the answer is then a letter or a choice) and id (the row's place unless given,
/// counted from 1 over all files). `family` and `kind` make the group. Other fields do not count. A
/// question may end with its options as lines "A. x"; the item's question is then without them.
/// \throws Error naming file:line of a bad row, unless `skip_bad` is set
[[nodiscard]] inline Benchmark read_vqa(const std::vector<std::string>& files,
                                        std::string_view rule = "", bool skip_bad = false) {
  if (!rule.empty() && rule != "plain") {
    throw Error("no rule is called \"" + std::string(rule) + "\" here", "--rule", "use plain");
  }
  const std::string title =
      files.empty() ? "" : std::filesystem::path(files.front()).stem().string();
  BenchmarkBuilder builder("vqa", title, "plain", summary_of(Vqa{}), skip_bad);
  std::size_t place = 0;
  bool binary = true;
  for (const std::string& file : files) {
    for (const JsonRow& row : read_json_rows(file)) {
      ++place;
      builder.add([&] {
        BenchmarkItem item = detail::vqa_item(row, std::to_string(place));
        binary &= !Vqa::has_annotators(detail::vqa_reference(RowFields(row, detail::vqa_form)));
        return item;
      });
    }
  }
  builder.benchmark().metric.per_item_binary = binary;
  return builder.finish(files.empty() ? "--data" : files.front());
}

}  // namespace infoflow
