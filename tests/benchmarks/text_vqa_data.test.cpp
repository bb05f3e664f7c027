// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

namespace {

nlohmann::json annotation(int id, const std::string& image, const std::string& question,
                          const std::string& answer, int count = 10) {
  std::vector<std::string> answers(static_cast<std::size_t>(count), "other");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i] = i < 7 ? answer : "other" + std::to_string(i);
  }
  return {{"question_id", id}, {"image_id", image}, {"question", question}, {"answers", answers}};
}

std::string row(const std::string& image, const std::string& text, const char* key = "text",
                const std::string& answer = "") {
  nlohmann::json json{{"question_id", image}, {"image", image + ".jpg"}, {key, text}};
  if (!answer.empty()) json["text"] = answer;
  return json.dump();
}

/// Two questions about one picture, one about another.
struct Data {
  Scratch folder;
  std::string annotations =
      written(folder, "TextVQA_0.5.1_val.json",
              {nlohmann::json{{"dataset_type", "val"},
                              {"data",
                               {annotation(34602, "003a", "what is the brand?", "dakota"),
                                annotation(34603, "003a", "which year?", "2010"),
                                annotation(34604, "b9", "what does it say?", "stop")}}}
                   .dump(1)});
  std::string ocr = written(
      folder, "llava_textvqa_val_v051_ocr.jsonl",
      {row("b9", "What does it say?\nReference OCR token: \nAnswer in a word."),
       row("003a", "What is the brand?\nReference OCR token: DAKOTA, X, Y\nAnswer in a word.")});
};

}  // namespace

TEST_CASE("annotations become items in their order", "[benchmarks][textvqa]") {
  const Data files;
  const Benchmark data = read_text_vqa({files.annotations});
  REQUIRE(data.items.size() == 3);
  CHECK(data.items[0].id == "34602");
  CHECK(data.items[0].image == "003a.jpg");
  CHECK(data.items[0].reference == "dakota");
  CHECK_FALSE(data.items[0].hint);
  CHECK(data.items[0].score("Dakota!").score == 1);
  CHECK(data.items[0].score("Dakota!").parsed == "dakota");
  CHECK_FALSE(data.metric.per_item_binary);
}

TEST_CASE("LLaVA's question file gives order, spelling and OCR tokens", "[benchmarks][textvqa]") {
  const Data files;
  const Benchmark data = read_text_vqa({files.ocr, files.annotations});
  REQUIRE(data.items.size() == 2);
  CHECK(data.items[0].id == "34604");
  CHECK(data.items[0].hint == "");  // The line is there and holds nothing.
  CHECK(data.items[1].question == "What is the brand?");
  CHECK(data.items[1].hint == "DAKOTA, X, Y");

  const std::string plain =
      written(files.folder, "plain.jsonl", {row("003a", "Which year?\nAnswer in a word.")});
  CHECK(read_text_vqa({plain, files.annotations}).items.at(0).id == "34603");
  CHECK_THAT(refusal([&] { return read_text_vqa({files.ocr}); }), ContainsSubstring("annotations"));
  const std::string other =
      written(files.folder, "other.jsonl", {row("003a", "Who?\nAnswer in a word.")});
  CHECK_THAT(refusal([&] { return read_text_vqa({other, files.annotations}); }),
             ContainsSubstring("other.jsonl:1"));
}

TEST_CASE("the question is found in every prompt that evaluations write", "[benchmarks][textvqa]") {
  using detail::text_vqa_question;
  CHECK(text_vqa_question("Q?\nReference OCR token: a\nAnswer.") == "Q?");
  CHECK(text_vqa_question("Reference OCR token: a\nQ?\nAnswer.") == "Q?");
  CHECK(text_vqa_question("Q?\nAnswer.") == "Q?");
  CHECK(text_vqa_question("OCR tokens: a, b. Question: Q\n? Short answer:") == "Q\n?");
  CHECK_FALSE(text_vqa_question("Q?"));
  CHECK_FALSE(text_vqa_question("a\nb\nc"));
  CHECK_FALSE(text_vqa_question("OCR tokens: a Short answer: Question: Q"));
}

TEST_CASE("answers are found by picture and question, or by question id", "[benchmarks][textvqa]") {
  const Data files;
  const Benchmark data = read_text_vqa({files.annotations});
  const std::string llava =
      written(files.folder, "llava.jsonl",
              {row("003a", "WHICH year?\nReference OCR token: \nAnswer.", "prompt", "2010."),
               row("b9", "What does it say?\nReference OCR token: \nAnswer.", "prompt", "Go")});
  const AnswerScores scores = scored(data, llava);
  CHECK(scores.all.n == 2);  // Answers that are not there do not count, as in LLaVA's evaluator.
  CHECK(scores.all.sums == Statistics{1, 2});
  CHECK(scores.items[0].missing);
  REQUIRE(scores.notes.size() == 1);
  CHECK_THAT(scores.notes[0], ContainsSubstring("34602"));

  const std::string by_id = written(files.folder, "ids.json",
                                    {R"([{"question_id": 34603, "answer": "2010"},)",
                                     R"({"question_id": 34602, "answer": "x"}])"});
  CHECK(scored(data, by_id).all.sums == Statistics{1, 2});

  const std::string samples = written(
      files.folder, "samples.jsonl",
      {R"({"doc_id": 0, "filtered_resps": ["stop"], "input": "What does it say?\nAnswer.", "submission": {"question_id": 34604, "answer": "stop"}})"});
  CHECK(scored(data, samples).all.sums == Statistics{1, 1});

  const std::string strange =
      written(files.folder, "strange.jsonl", {row("zz", "Who?\nAnswer.", "prompt", "x")});
  CHECK_THAT(refusal([&] { return scored(data, strange); }),
             ContainsSubstring("no answer belongs"));
}

TEST_CASE("malformed annotations are named", "[benchmarks][textvqa]") {
  const Scratch folder;
  const auto said = [&](const nlohmann::json& data) {
    const std::string file = written(folder, "t.json", {nlohmann::json{{"data", data}}.dump()});
    return refusal([&] { return read_text_vqa({file}); });
  };
  const auto list = [](nlohmann::json::initializer_list_t rows) {
    return nlohmann::json::array(rows);
  };
  CHECK_THAT(said(nlohmann::json::array()), ContainsSubstring("no questions"));
  CHECK_THAT(said("x"), ContainsSubstring("no questions"));
  CHECK_THAT(said(list({annotation(1, "a", "q", "x", 9)})), ContainsSubstring("9 answers"));
  CHECK_THAT(said(list({annotation(1, "a", "q", "x"), 7})), ContainsSubstring("entry 2 of data"));
  CHECK_THAT(said(list({annotation(1, "a", "q", "x"), annotation(1, "a", "r", "x")})),
             ContainsSubstring("stands twice"));
}

TEST_CASE("published TextVQA rows and answers are read and scored", "[benchmarks][textvqa]") {
  const auto folder = reference_data();
  if (!folder) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA names no folder");
  const std::string files = *folder + "/textvqa/";
  const std::string annotations = files + "TextVQA_0.5.1_val_mini24.json";
  const std::string answers = files + "mini24_answers_llava-v1.5-13b.jsonl";
  const AnswerScores plain = scored(read_text_vqa({annotations}), answers);
  CHECK(plain.all.n == 24);
  CHECK(plain.notes.empty());
  const Benchmark ocr =
      read_text_vqa({annotations, files + "mini24_llava_textvqa_val_v051_ocr.jsonl"});
  CHECK(ocr.items.size() == 24);
  CHECK(scored(ocr, answers).all.sums == plain.all.sums);
  // As the processor and the leave-one-out mean, written anew in Python with its regular
  // expressions, compute it.
  CHECK(plain.all.values[0].value == Approx(14.2 / 24));
}
