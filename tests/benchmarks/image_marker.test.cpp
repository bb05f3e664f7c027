// SPDX-License-Identifier: MIT
#include <fstream>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/benchmark_files.hpp>
#include <infoflow/benchmarks/items/image_marker.hpp>

#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::Scratch;

TEST_CASE("a marker at the beginning or the end of a question is its picture's place",
          "[benchmarks][marker]") {
  // LLaVA's own reader takes the marker out, strips, and puts "<image>\n" in front.
  for (const char* written :
       {"<image>\nWhat is it?", "What is it?\n<image>", "<image> What is it?", "<image>What is it?",
        "  <image>\r\n What is it?", "What is it? <image> ", "What is it?<image>\n"}) {
    CHECK(without_image_marker(written) == "What is it?");
  }
  CHECK(without_image_marker("<image>") == "");
  CHECK(without_image_marker("<image>\n  a\n  b ") == "a\n  b ");
}

TEST_CASE("any other marker stays in the question", "[benchmarks][marker]") {
  for (const char* written :
       {"What is it?", "", "Is \"<image>\" written here?", "<image>\nIs \"<image>\" here?",
        "<image>\n<image>\nWhat differs?", "<image\n>What?", "<IMAGE>\nWhat?", "image>\nWhat?"}) {
    CHECK(without_image_marker(written) == written);
  }
}

namespace {

/// The question of the only item of a task's data.
std::string question_of(const std::string& task, const std::string& name, const std::string& text) {
  const Scratch scratch;
  std::ofstream(scratch / name) << text;
  return read_benchmark(task, {(scratch / name).string()}).items.at(0).question;
}

}  // namespace

TEST_CASE("every task's reader takes the picture's marker off", "[benchmarks][marker]") {
  for (const std::string q : {"<image>\\nIs it red?", "Is it red?\\n<image>", "Is it red?"}) {
    CAPTURE(q);
    CHECK(question_of("vqa", "a.jsonl",
                      R"({"image": "a.png", "question": ")" + q + R"(", "answer": "Yes"})") ==
          "Is it red?");
    CHECK(question_of("vqa", "a.jsonl",
                      R"({"image": "a.png", "question": ")" + q +
                          R"(", "choices": ["yes", "no"], "answer": "A"})") == "Is it red?");
    CHECK(question_of("pope", "coco_pope_random.json",
                      R"({"question_id": 1, "image": "a.png", "text": ")" + q +
                          R"(", "label": "yes"})") == "Is it red?");
    CHECK(question_of("textvqa", "t.json",
                      R"({"data": [{"question_id": 1, "image_id": "a", "question": ")" + q +
                          R"(", "answers": ["1","2","3","4","5","6","7","8","9","10"]}]})") ==
          "Is it red?");
  }
  for (const std::string turn :
       {"<image>\\nIs it red?\\nA. yes\\nB. no", "Is it red?\\nA. yes\\nB. no\\n<image>"}) {
    CHECK(question_of("scienceqa", "llava_test_CQM-A.json",
                      R"([{"id": "1", "image": "a.png", "conversations": [{"value": ")" + turn +
                          R"("}, {"value": "A"}]}])") == "Is it red?");
  }
  // The options that a question repeats are taken off behind the marker, too.
  CHECK(question_of("vqa", "a.jsonl",
                    R"({"image": "a.png", "question": "<image>\nIs it?\nA. yes\nB. no",)"
                    R"( "choices": ["yes", "no"], "answer": "A"})") == "Is it?");
}

TEST_CASE("a marker in a row that names no picture is an error", "[benchmarks][marker]") {
  CHECK_THROWS_WITH(
      question_of("vqa", "a.jsonl", R"({"question": "<image>\nIs it red?", "answer": "Yes"})"),
      ContainsSubstring("the row names no picture") && ContainsSubstring("a.jsonl:1"));
}
