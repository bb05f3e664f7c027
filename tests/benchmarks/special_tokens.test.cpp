// SPDX-License-Identifier: MIT
#include <map>

#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The note on special tokens, when each task's only item is answered so; "" without one.
std::string note_of(const std::string& task, const std::string& answer) {
  static const std::map<std::string, std::string> rows{
      {"pope",
       R"({"question_id": 1, "image": "a.jpg", "text": "Is there a cup?", "label": "yes"})"},
      {"vqa", R"({"id": "1", "question": "?", "answer": "yes"})"}};
  const Scratch folder;
  const Benchmark data = read_benchmark(task, {written(folder, "data.jsonl", {rows.at(task)})});
  const nlohmann::json row{{"question_id", 1}, {"id", "1"}, {"text", answer}};
  for (const std::string& note : scored(data, written(folder, "a.jsonl", {row.dump()})).notes) {
    if (note.find("special") != std::string::npos) return note;
  }
  return "";
}

}  // namespace

TEST_CASE("special tokens of any family are found in an answer, other marks are not",
          "[benchmarks]") {
  CHECK(special_token_in("Yes</s>") == "</s>");
  CHECK(special_token_in("Yes<|im_end|>") == "<|im_end|>");
  CHECK(special_token_in("a < b <|endoftext|></s>") == "<|endoftext|>");
  CHECK(special_token_in("[ [UNUSED_TOKEN_145]") == "[UNUSED_TOKEN_145]");
  CHECK(special_token_in("<ref>dog</ref>") == "<ref>");
  CHECK(special_token_in("<<s>") == "<s>");
  for (const char* text : {"", "yes", "a<b>c", "x < s > y", "<|", "<||>", "<|a b|>",
                           "[UNUSED_TOKEN_]", "[UNUSED]", "</", "<S>", "it's <b>bold</b>"}) {
    CAPTURE(text);
    CHECK(special_token_in(text).empty());
  }
  CHECK(special_token_in("<|" + std::string(100, 'a') + "|>").empty());
}

TEST_CASE("scoring says which answers hold special tokens, in every task's form", "[benchmarks]") {
  for (const char* task : {"pope", "vqa"}) {
    CAPTURE(task);
    CHECK_THAT(
        note_of(task, "Yes</s>"),
        ContainsSubstring("1 answers hold special tokens (</s>)") && ContainsSubstring(": 1"));
    CHECK(note_of(task, "Yes").empty());
  }
}
