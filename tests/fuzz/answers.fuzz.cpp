// SPDX-License-Identifier: MIT
// Answers to good data: the task's name, a rule, then the file of answers.
#include <infoflow/benchmarks/answer_scores.hpp>
#include <infoflow/benchmarks/benchmark_files.hpp>

#include "fuzz.hpp"

namespace {

/// Two questions of each task.
std::vector<std::string> data_of(std::string_view task) {
  const auto file = [](const char* name, std::string_view text) {
    return fuzz::folder().file(name, text);
  };
  if (task == "pope") {
    return {file(
        "coco_pope_random.json",
        R"({"question_id": 1, "image": "a.jpg", "text": "Is there a cup in the image?", "label": "yes"}
{"question_id": 2, "image": "b.jpg", "text": "Is there a cat in the image?", "label": "no"})")};
  }
  if (task == "scienceqa") {
    return {file(
        "problems.json",
        R"({"1": {"question": "Q?", "choices": ["x", "y"], "answer": 1, "hint": "", "image": "image.png", "split": "test"},
"2": {"question": "R?", "choices": ["p", "q"], "answer": 0, "hint": "h", "image": null, "split": "test"}})")};
  }
  if (task == "textvqa") {
    return {file("textvqa.json", R"({"data": [
{"question_id": 1, "image_id": "a", "question": "What?", "answers": ["x", "x", "x", "x", "x", "x", "x", "x", "y", "y"]},
{"question_id": 2, "image_id": "b", "question": "Where?", "answers": ["2", "2", "2", "2", "2", "2", "2", "2", "2", "2"]}]})")};
  }
  if (task == "chair") {
    return {file("objects.jsonl", R"({"categories": ["cat", "cup", "dog"]}
[7, 0, 1]
[8, 2])")};
  }
  return {file("own.jsonl", R"({"id": 1, "image": "a.png", "question": "?", "answers": ["x", "two"]}
{"id": 2, "question": "?", "choices": ["left", "right"], "answer": "A"})")};
}

}  // namespace

INFOFLOW_FUZZ_TARGET(answers) {
  using namespace infoflow;
  const auto parts = fuzz::parts(input, 3);
  const Benchmark data = read_benchmark(parts[0], data_of(parts[0]), parts[1]);
  (void)score_answers(data, read_answers(fuzz::folder().file("answers.jsonl", parts[2])));
}
