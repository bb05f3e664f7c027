// SPDX-License-Identifier: MIT
// infoflow score: anyone's answers to a benchmark, scored as its own evaluator does. Needs no
// model.
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <infoflow/benchmarks/answer_scores.hpp>
#include <infoflow/benchmarks/benchmark_files.hpp>
#include <infoflow/benchmarks/items/answer_file.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/text/printable.hpp>

#include "options.hpp"
#include "score_report.hpp"

namespace infoflow::analyzers {

namespace {

struct ScoreOptions {
  std::string task;
  std::vector<std::string> data;
  std::string answers;
  std::string rule;
  std::string items;
  bool json = false;
};

void run(const ScoreOptions& options) {
  const Benchmark data = read_benchmark(options.task, options.data, options.rule);
  const AnswerScores scores = score_answers(data, read_answers(options.answers));
  if (!options.items.empty()) write_file(options.items, item_lines(data, scores));
  if (!options.json) {
    fmt::print("{}", score_table(data, scores));
    return;
  }
  for (const std::string& note : scores.notes) fmt::print(stderr, "note: {}\n", printable(note));
  fmt::print("{}\n", score_json(data, scores).dump());
}

}  // namespace

void add_score_command(CLI::App& program) {
  const auto options = std::make_shared<ScoreOptions>();
  CLI::App* command = program.add_subcommand(
      "score", "Score a file of answers as the benchmark's own evaluator does; needs no model");
  std::vector<std::string> tasks;
  for (const BenchmarkTask& task : benchmark_tasks) tasks.emplace_back(task.name);
  command->add_option("--task", options->task, "Which benchmark")
      ->required()
      ->check(CLI::IsMember(tasks));
  command->add_option("--data", options->data, "The benchmark's files")->required();
  command->add_option("--answers", options->answers, "The answers, as evaluations write them")
      ->required();
  command->add_option("--rule", options->rule,
                      "How answers are read (the benchmark's own way unless given)");
  command->add_flag("--json", options->json, "Print one JSON object in full precision");
  command->add_option("--items", options->items, "File for id, parsed and score of every item");
  command->callback([options] { run(*options); });
}

}  // namespace infoflow::analyzers
