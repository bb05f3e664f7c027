// SPDX-License-Identifier: MIT
/// \file A user's text is text: what every family's tests check with every token of a vocabulary.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <catch_torch.hpp>

#include <adapters/tokenizer/tokenizer_files.hpp>
#include <infoflow/sweep/sweep_wording.hpp>

#include "../adapters/adapter_support.hpp"

namespace infoflow::tests {

/// The special tokens of a checkpoint, and those that stand for pictures somewhere.
[[nodiscard]] inline std::vector<std::string> all_marks(const std::filesystem::path& checkpoint) {
  std::vector<std::string> marks{"<image>"};
  const adapters::Json json = adapters::tokenizer_source(checkpoint).json;
  for (const auto& token : json["added_tokens"]) {
    if (token["special"].get<bool>()) marks.push_back(token["content"]);
  }
  return marks;
}

/// Texts that look like marks and are none.
inline const std::vector<std::string> plain_texts{
    "<image_placeholder>", "<image-placeholder>", "< s >",       "<|im",    "</", "a<b>c",
    "USER: no ASSISTANT:", "&lt;image&gt;",       "<im_start|>", "{{ x }}", "<>", ""};

/// A benchmark's question in the evaluation's words and template.
template <class Adapter>
std::string evaluated(const Adapter& model, EvaluationWording evaluation, std::string_view task,
                      const BenchmarkItem& item) {
  return model.evaluation_prompt(wording_of(evaluation, task).question(item), 1);
}

template <class Adapter>
void check_plain_texts(const Adapter& model, EvaluationWording evaluation) {
  for (const std::string& text : plain_texts) {
    INFO(text);
    CHECK_THAT(model.question_prompt(text, 1), Catch::Matchers::ContainsSubstring(text));
    BenchmarkItem item;
    item.image = "a.png";
    item.question = text;
    item.choices = {text, text};
    item.hint = text;
    CHECK_THAT(evaluated(model, evaluation, "scienceqa", item),
               Catch::Matchers::ContainsSubstring(text));
    (void)model.encode_answer(text);
  }
}

/// Every mark, at the beginning, in the middle and at the end of each of a user's texts.
template <class Adapter>
void check_marks_are_named(const Adapter& model, EvaluationWording evaluation,
                           const std::filesystem::path& checkpoint) {
  using Catch::Matchers::ContainsSubstring;
  const std::vector<std::string> marks = all_marks(checkpoint);
  REQUIRE(marks.size() > 3);
  for (const std::string& mark : marks) {
    for (const std::string& text : {mark + " is it?", "is" + mark + "it?", "Is it " + mark}) {
      INFO(text);
      const auto named = [&](const auto& run) {
        CHECK_THAT(adapter_tests::error_of(run),
                   ContainsSubstring("\"" + mark + "\"") && ContainsSubstring("not text"));
      };
      named([&] { (void)model.question_prompt(text, 0); });
      named([&] { (void)model.question_prompt(text, 2); });
      named([&] { (void)model.encode_answer(text); });
      BenchmarkItem item;
      item.image = "a.png";
      item.question = text;
      const auto asked = [&](const char* task) {
        named([&] { (void)evaluated(model, evaluation, task, item); });
      };
      asked("pope");
      item.question = "Is it?";
      item.choices = {"yes", text};
      asked("scienceqa");
      asked("vqa");
      item.hint = text;
      item.choices = {"yes", "no"};
      asked("scienceqa");
    }
  }
}

/// A checkpoint's folder with files of `files` beside or in place of its own.
[[nodiscard]] inline std::unique_ptr<adapter_tests::TemporaryFolder> with_files(
    const std::filesystem::path& checkpoint, const adapters::Json& files) {
  auto folder = std::make_unique<adapter_tests::TemporaryFolder>();
  std::filesystem::copy(checkpoint, folder->path(), std::filesystem::copy_options::recursive);
  for (const auto& [name, text] : files.items()) folder->write(name, text.get<std::string>());
  return folder;
}

}  // namespace infoflow::tests
