// SPDX-License-Identifier: MIT
// How Qwen-VL is asked: the two templates, and where tokens come to stand.
#include <cstdlib>

#include <catch_torch.hpp>

#include <adapters/evaluation/qwen_vl_wording.hpp>

#include "../parity/marks.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;

namespace {

/// The tiny chat with as many queries as the published one, behind the published vocabulary.
QwenVl with_vocabulary(const fs::path& vocabulary, bool chats) {
  const fs::path chat = golden_directory("qwen_vl") / "chat";
  QwenVlConfig config = QwenVlConfig::from_directory(chat);
  CheckpointTensors tensors(CheckpointFiles::from_directory(chat), qwen_vl_tensors(config),
                            qwen_vl_tensor_name, at::kCPU);
  QwenVlWeights weights = read_qwen_vl_weights(config, tensors, at::kFloat);
  weights.resampler.query = at::zeros({256, weights.resampler.query.size(1)});
  weights.resampler.pos_embed = at::zeros_like(weights.resampler.query);
  config.vision.image_start_id = 151857;
  config.chats = chats;
  return {config, Tokenizer::from_directory(vocabulary), std::move(weights)};
}

}  // namespace

TEST_CASE("a question stands in the template that generation_config.json names", "[qwen_vl]") {
  const QwenVl& chat = qwen_vl_model("chat");
  CHECK(chat.question_prompt("Is it?", 1) ==
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        "Picture 1: <image>\nIs it?<|im_end|>\n<|im_start|>assistant\n");
  CHECK(
      chat.question_prompt("Is it?", 2).find("user\nPicture 1: <image>\nPicture 2: <image>\nIs") !=
      std::string::npos);
  CHECK(chat.question_prompt("Is it?", 0).find("user\nIs it?<|im_end|>") != std::string::npos);
  const QwenVl& raw = qwen_vl_model("raw");
  CHECK(raw.question_prompt("Is it?", 1) == "<image>Is it? Answer:");
  CHECK(raw.question_prompt("Is it?", 2) == "<image><image>Is it? Answer:");
  CHECK(raw.question_prompt("Describe the image in English:", 1) ==
        "<image>Describe the image in English:");
}

TEST_CASE("a chat ends at the end of its turn, a raw text at the end of text alone", "[qwen_vl]") {
  // Ranks 0 … 283 are pieces; <|endoftext|>, <|im_start|> and <|im_end|> come next.
  CHECK(qwen_vl_model("chat").stop_ids() == std::vector<TokenId>{284, 286, 285});
  CHECK(qwen_vl_model("raw").stop_ids() == std::vector<TokenId>{284});
}

TEST_CASE("an answer has a blank in front behind a raw prompt alone, and is read without",
          "[qwen_vl]") {
  const QwenVl& raw = qwen_vl_model("raw");
  CHECK(raw.encode_answer("dog") == raw.encode_answer(" dog"));
  CHECK(raw.encode_answer("").empty());
  CHECK(raw.decode(raw.encode_answer("dog")) == "dog");
  const QwenVl& chat = qwen_vl_model("chat");
  CHECK(chat.encode_answer("dog") != chat.encode_answer(" dog"));
  CHECK(chat.decode(chat.encode_answer(" dog")) == " dog");
}

TEST_CASE("with the published vocabulary pictures stand where the published prompts have them",
          "[qwen_vl]") {
  const char* folder = std::getenv("INFOFLOW_VOCABULARIES");
  const fs::path file = fs::path(folder == nullptr ? "" : folder) / "qwen.tiktoken";
  if (folder == nullptr || !fs::exists(file)) {
    INFOFLOW_NOT_RUN("INFOFLOW_VOCABULARIES names no folder with the published qwen.tiktoken");
  }
  const std::vector<RgbImage> picture{RgbImage(30, 20)};
  const std::string question = "Is there a dog in the image?";
  const auto prompt_of = [&](bool chats) {
    const QwenVl model = with_vocabulary(folder, chats);
    return model.prepare(picture, model.question_prompt(question, 1));
  };
  const Prompt chat = prompt_of(true);
  CHECK(chat.partition.images().front() == Span{20, 276});
  CHECK(chat.partition.size() == 291);
  CHECK(std::vector(chat.ids.begin() + 11, chat.ids.begin() + 21) ==
        std::vector<TokenId>{151644, 872, 198, 24669, 220, 16, 25, 220, 151857, 151859});
  CHECK(chat.ids[276] == 151858);
  const Prompt raw = prompt_of(false);
  CHECK(raw.partition.images().front() == Span{1, 257});
  CHECK(raw.ids[0] == 151857);
  CHECK(raw.ids[257] == 151858);
}

TEST_CASE("Qwen-VL's special tokens in a user's texts are named, other texts are text",
          "[qwen_vl][prompt]") {
  for (const char* name : {"chat", "raw"}) {
    INFO(name);
    const EvaluationWording evaluation =
        qwen_vl_model(name).config().chats ? qwen_vl_chat_evaluation : qwen_vl_raw_evaluation;
    check_marks_are_named(qwen_vl_model(name), evaluation, golden_directory("qwen_vl") / name);
    check_plain_texts(qwen_vl_model(name), evaluation);
  }
}

TEST_CASE("an accent that would take a token from the template is refused", "[qwen_vl][prompt]") {
  // Behind "</img>" normal form C makes "≯" of ">" and U+0338: the token would be lost.
  const std::string fault = adapter_tests::error_of(
      [] { (void)qwen_vl_model("raw").question_prompt("\u0338 is it?", 1); });
  CHECK_THAT(fault, Catch::Matchers::ContainsSubstring("\"</img>\" is no token any more"));
  CHECK(adapter_tests::error_of([] {
          (void)qwen_vl_model("raw").question_prompt("is it\u0338?", 1);
        }).empty());
}

TEST_CASE("a chat template in the folder is asked through, pictures announced as Qwen does",
          "[qwen_vl][chat]") {
  std::string chatml;
  for (const auto& row : adapter_tests::golden("../chat_templates/templates.json")) {
    if (row["name"] == "ChatML") chatml = row["text"].get<std::string>();
  }
  const auto folder =
      with_files(golden_directory("qwen_vl") / "chat",
                 {{"tokenizer_config.json", Json{{"chat_template", chatml}}.dump()}});
  const QwenVl model = QwenVl::from_directory(folder->path());
  CHECK(model.question_template() == "ChatML, from tokenizer_config.json");
  CHECK(model.question_prompt("Is it?", 2) ==
        "<|im_start|>user\nPicture 1: <image>\nPicture 2: <image>\nIs it?<|im_end|>\n"
        "<|im_start|>assistant\n");
  CHECK(model.evaluation_prompt("Is it?", 1) == qwen_vl_model("chat").question_prompt("Is it?", 1));
  CHECK(qwen_vl_model("chat").question_template() == "Qwen-VL-Chat's");
}

TEST_CASE("a scored answer has neither special tokens nor blanks at its ends", "[qwen_vl]") {
  for (const char* name : {"chat", "raw"}) {
    const QwenVl& model = qwen_vl_model(name);
    const auto ids = model.prepare({}, " <ref>dog</ref><box>(1,2)</box> <|im_end|>").ids;
    CHECK(model.answer_text(ids) == "dog(1,2)");
    CHECK(model.decode(ids).find("<ref>") != std::string::npos);
  }
}
