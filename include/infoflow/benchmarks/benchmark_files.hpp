// SPDX-License-Identifier: MIT
/// \file Any of the benchmarks by the name of its task: the one place that knows them all.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/chair/chair_data.hpp>
#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/pope/pope_data.hpp>
#include <infoflow/benchmarks/science_qa/science_qa_data.hpp>
#include <infoflow/benchmarks/text_vqa/text_vqa_data.hpp>
#include <infoflow/benchmarks/vqa/vqa_data.hpp>

namespace infoflow {

/// A task that can be read: its name, and the reader of its files.
struct BenchmarkTask {
  std::string_view name;
  Benchmark (*read)(const std::vector<std::string>& files, std::string_view rule, bool skip_bad);
};

inline constexpr std::array<BenchmarkTask, 5> benchmark_tasks{{
    {"pope", read_pope},
    {"scienceqa", read_science_qa},
    {"textvqa", read_text_vqa},
    {"chair", read_chair},
    {"vqa", read_vqa},
}};

/// "pope, scienceqa, …": as errors and help texts list them.
[[nodiscard]] inline std::string benchmark_names() {
  std::string names;
  for (const BenchmarkTask& known : benchmark_tasks) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return names;
}

/// The data set of a task.
/// \param files  as the task's reader takes them
/// \param rule   how answers are read, by name; empty: the benchmark's own
/// \param skip_bad  true: rows that cannot be used are left out and named in Benchmark::skipped
/// \throws Error if the task or the rule is not known, or as the task's reader
[[nodiscard]] inline Benchmark read_benchmark(std::string_view task,
                                              const std::vector<std::string>& files,
                                              std::string_view rule = "", bool skip_bad = false) {
  for (const BenchmarkTask& known : benchmark_tasks) {
    if (known.name == task) return known.read(files, rule, skip_bad);
  }
  throw Error("no task is called \"" + std::string(task) + "\"", "--task",
              "use " + benchmark_names());
}

}  // namespace infoflow
