// SPDX-License-Identifier: MIT
// Data sets: the task's name, then its first and second file. What is read is scored, too. CHAIR's
// two forms of data go by the names of files: "chair" has COCO's, "chair-list" a list and synonyms.
#include <infoflow/benchmarks/benchmark_files.hpp>

#include "fuzz.hpp"

INFOFLOW_FUZZ_TARGET(benchmark_data) {
  using namespace infoflow;
  const auto parts = fuzz::parts(input, 3);
  const bool list = parts[0] == "chair-list";
  const std::string_view task = list ? "chair" : parts[0];
  const char* more = list ? "more.txt" : "more.json";
  std::vector<std::string> files{fuzz::folder().file(list ? "data.jsonl" : "data.json", parts[1])};
  if (!parts[2].empty()) files.push_back(fuzz::folder().file(more, parts[2]));
  for (const bool skip_bad : {true, false}) {
    const Benchmark data = read_benchmark(task, files, "", skip_bad);
    for (const BenchmarkItem& item : data.items) {
      for (const char* answer : {"", "Yes, two cats and a cup.", "The answer is A."}) {
        (void)item.score(answer);
      }
    }
  }
}
