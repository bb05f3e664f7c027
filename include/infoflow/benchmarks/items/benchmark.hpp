// SPDX-License-Identifier: MIT
/// \file A data set, read: questions about pictures, how an answer to each is scored, and what is the
/// benchmark's own way. Whatever works on benchmarks asks this, never for a benchmark's name.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/items/choices.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

struct AnswerRow;
struct Benchmark;
struct PairedAnswers;

/// Texts under a name: {"objects", {"cat", "cup"}}.
struct NamedTexts {
  std::string name;
  std::vector<std::string> texts;
};

/// What an answer was taken for, and what it earned.
struct ScoredAnswer {
  Statistics statistics;
  std::string parsed;               ///< "yes", "B", a normalised answer; as the rule reads it.
  double score = 0;                 ///< Of this item alone, where the metric has one: 0 … 1.
  std::vector<NamedTexts> found{};  ///< What else was found in the answer, in order.
};

/// One question. Everything is as the benchmark's own evaluation would put it to a model.
struct BenchmarkItem {
  std::string id;         ///< Unique in the data set.
  std::string where;      ///< file:line, for messages.
  std::string image;      ///< As the file names it; empty: a question without a picture.
  std::string question;   ///< Before any model's prompt: "Is there a cup in the image?"
  std::string group;      ///< Split or category that is reported by itself; may be empty.
  std::string reference;  ///< A right answer, for its probability; empty where there is none.
  Choices choices{};      ///< Options without their letters; empty for open questions.
  /// ScienceQA's context, TextVQA's OCR tokens. None: the question is put without; empty: with the
  /// line that would hold them.
  std::optional<std::string> hint{};
  std::function<ScoredAnswer(std::string_view answer)> score;
  /// What a missing answer adds, as the benchmark's own evaluator has it. Empty: nothing, and the item
  /// does not count.
  Statistics if_missing{};
};

/// What the id in a row of answers names.
enum class AnswerId {
  question,  ///< An item's id.
  picture,   ///< The picture, which is the question; by name or by number.
  either,    ///< An item's id, or its picture.
};

/// How rows of answers name the questions of a benchmark, where it has ways of its own.
struct AnswerNaming {
  AnswerId id = AnswerId::question;
  /// What rows may call the groups of items; other words in that field mean other things.
  std::vector<std::string> categories{};
  /// The question inside a prompt that an evaluation wrote beside its answer; empty text: such prompts
  /// say nothing of the question. Not set: all of the prompt is the question.
  std::function<std::string(std::string_view prompt)> question_in{};
  /// One spelling, in lower case, for what versions of the data spell differently. Not set: there is
  /// only one.
  std::string (*one_spelling)(std::string_view question) = nullptr;
  /// Brings answers to items otherwise than `pair_answers` does. Not set: as that does.
  PairedAnswers (*pair)(const Benchmark& data, std::span<const AnswerRow> answers) = nullptr;
};

/// A statistic that is reported as a number of items, beside that of all.
struct CountedStatistic {
  std::string name;       ///< As tables call it: "n_image".
  std::size_t place = 0;  ///< Of the metric's statistics.
};

/// A data set with its metric.
struct Benchmark {
  std::string task;  ///< As `read_benchmark` knows it: "pope".
  std::string rule;  ///< The answer rule in use, by its name.
  MetricSummary metric;
  std::vector<BenchmarkItem> items;    ///< In the order of the data file.
  std::vector<std::string> skipped{};  ///< What was wrong with rows left out (`skip_bad`).
  std::vector<std::string> notes{};    ///< What a reader of the numbers should know.
  std::string title{};                 ///< As figures and tables call it: "ScienceQA (original)".
  AnswerNaming answers{};
  std::vector<CountedStatistic> counts{};
  /// False: the data cover more than evaluations ask, and items without an answer are not listed.
  bool all_are_asked = true;
  /// What in the values of these sums a reader should doubt, in sentences. Not set: nothing.
  std::function<std::vector<std::string>(std::span<const double> sums)> doubts{};
};

/// The question, and its options as lines below it: as it stands where an evaluation has no words of
/// its own.
[[nodiscard]] inline std::string question_with_options(const BenchmarkItem& item) {
  return item.choices.empty() ? item.question : item.question + "\n" + option_lines(item.choices);
}

}  // namespace infoflow
