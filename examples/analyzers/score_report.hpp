// SPDX-License-Identifier: MIT
/// \file Scores of an answer file as a table, as one JSON object, and item by item.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <infoflow/benchmarks/answer_scores.hpp>
#include <infoflow/benchmarks/items/benchmark.hpp>

namespace infoflow::analyzers {

/// A line per group and one for all, then the notes.
[[nodiscard]] std::string score_table(const Benchmark& data, const AnswerScores& scores);

/// The metric's values, n and what else the benchmark counts, in full precision; with several groups
/// also "groups", the same for each.
[[nodiscard]] nlohmann::ordered_json score_json(const Benchmark& data, const AnswerScores& scores);

/// JSON Lines: id, parsed and score of every item in the order of the data, and what else the
/// benchmark found in the answer. "missing": true where there was none; where the data cover more
/// than evaluations ask, such items are left out.
[[nodiscard]] std::string item_lines(const Benchmark& data, const AnswerScores& scores);

}  // namespace infoflow::analyzers
