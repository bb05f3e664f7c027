// SPDX-License-Identifier: MIT
/// \file Files of data sets for tests: made up row by row, or published ones.
#pragma once

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <scratch.hpp>

#include <infoflow/benchmarks/answer_scores.hpp>
#include <infoflow/benchmarks/benchmark_files.hpp>

namespace benchmark_test {

using namespace infoflow;
using io_test::Scratch;
using io_test::written;
using Files = std::vector<std::string>;

/// The folder of published data sets, if there is one here.
inline std::optional<std::string> reference_data() {
  const char* folder = std::getenv("INFOFLOW_REFERENCE_DATA");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::string(folder);
}

/// What an error says; "" if nothing is thrown.
template <class F>
std::string refusal(F f) {
  try {
    (void)f();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

inline AnswerScores scored(const Benchmark& data, const std::string& answers) {
  return score_answers(data, read_answers(answers));
}

}  // namespace benchmark_test
