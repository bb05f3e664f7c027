// SPDX-License-Identifier: MIT
/// \file A data set, read: questions about pictures, and how an answer to each is scored.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/metrics/metric.hpp>

namespace infoflow {

/// What an answer was taken for, and what it earned.
struct ScoredAnswer {
  Statistics statistics;
  std::string parsed;                  ///< "yes", "B", a normalised answer; as the rule reads it.
  double score = 0;                    ///< Of this item alone, where the metric has one: 0 … 1.
  std::vector<std::string> objects{};  ///< CHAIR: objects mentioned, in order.
  std::vector<std::string> hallucinated{};  ///< CHAIR: those that are not in the picture.
};

/// One question. Everything is as the benchmark's own evaluation would put it to a model.
struct BenchmarkItem {
  std::string id;         ///< Unique in the data set.
  std::string where;      ///< file:line, for messages.
  std::string image;      ///< As the file names it; empty: a question without a picture.
  std::string question;   ///< Before any model's prompt: "Is there a cup in the image?"
  std::string group;      ///< Split or category that is reported by itself; may be empty.
  std::string reference;  ///< A right answer, for its probability; empty where there is none.
  std::vector<std::string> choices{};  ///< Options without their letters; empty for open questions.
  /// ScienceQA's context, TextVQA's OCR tokens. None: the question is put without; empty: with the
  /// line that would hold them.
  std::optional<std::string> hint{};
  std::function<ScoredAnswer(std::string_view answer)> score;
};

/// A data set with its metric.
struct Benchmark {
  std::string task;  ///< pope, scienceqa, textvqa, chair, vqa
  std::string rule;  ///< The answer rule in use, by its name.
  MetricSummary metric;
  std::vector<BenchmarkItem> items;    ///< In the order of the data file.
  std::vector<std::string> skipped{};  ///< What was wrong with rows left out (`skip_bad`).
  std::vector<std::string> notes{};    ///< What a reader of the numbers should know.
};

}  // namespace infoflow
