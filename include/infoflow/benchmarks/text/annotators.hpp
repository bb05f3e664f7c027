// SPDX-License-Identifier: MIT
/// \file Answers held against those of ten annotators: an answer is as right as many of them gave it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/text/answer_processor.hpp>

namespace infoflow {

/// As many as VQA's data sets ask.
inline constexpr std::size_t annotator_count = 10;

/// How much annotators agree with an answer: for each of them, a third of the *others* who gave it,
/// at most 1; the mean of these. Of ten, 0 to 4 who gave it are worth 0, 0.3, 0.6, 0.9, 1.
/// \return 0 if there are no annotators
[[nodiscard]] inline double annotator_agreement(std::string_view answer,
                                                std::span<const std::string> annotators) {
  if (annotators.empty()) return 0;
  const auto given = std::count(annotators.begin(), annotators.end(), answer);
  double sum = 0;
  for (const std::string& annotator : annotators) {
    const auto others = static_cast<double>(given - (annotator == answer ? 1 : 0));
    sum += std::min(1.0, others / 3);
  }
  return sum / static_cast<double>(annotators.size());
}

/// An answer as a rule compares it, and what it earned.
struct JudgedAnswer {
  std::string parsed;
  double score = 0;
};

/// Each of the answers, normalised.
template <class Normalise>
[[nodiscard]] std::vector<std::string> normalised(const std::vector<std::string>& answers,
                                                  Normalise normalise) {
  std::vector<std::string> result;
  for (const std::string& answer : answers) result.push_back(normalise(answer));
  return result;
}

/// The rule m4c: all answers through EvalAI's processor.
[[nodiscard]] inline JudgedAnswer judge_as_m4c(std::string_view answer,
                                               const std::vector<std::string>& annotators) {
  std::string parsed = evalai_answer(answer);
  return {parsed, annotator_agreement(parsed, normalised(annotators, evalai_answer))};
}

}  // namespace infoflow
