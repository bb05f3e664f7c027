// SPDX-License-Identifier: MIT
// How a LLaVA-1.6 is asked: a template for each kind of language model, and texts that are text.
#include <catch_torch.hpp>

#include <adapters/evaluation/llava_next_wording.hpp>
#include <adapters/llava_next.hpp>

#include "../parity/golden.hpp"
#include "../parity/marks.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const LlavaNext& model(const std::string& name) {
  return model_of<LlavaNext>(golden_directory("llava_next") / name);
}

}  // namespace

TEST_CASE("a language model's type and tokens tell the evaluation's template", "[llava_next]") {
  const std::string picture = "<image>\n";
  CHECK(model("vicuna").evaluation_template() == "vicuna_v1");
  CHECK(
      model("vicuna").chat_prompt("Is it?", 1) ==
      "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
      "helpful, detailed, and polite answers to the user's questions. USER: <image>\nIs it? "
      "ASSISTANT:");
  CHECK(model("mistral").evaluation_template() == "mistral_instruct");
  CHECK(model("mistral").chat_prompt("Is it?", 2) == "[INST] <image>\n<image>\nIs it? [/INST]");
  CHECK(model("hermes").evaluation_template() == "chatml_direct");
  CHECK(model("hermes").chat_prompt("Is it?", 0) ==
        "<|im_start|>system\nAnswer the questions.<|im_end|><|im_start|>user\nIs it?<|im_end|>"
        "<|im_start|>assistant\n");
  CHECK(model("qwen").evaluation_template() == "qwen_1_5");
  CHECK(model("qwen").chat_prompt("Is it?", 1) ==
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<image>\n"
        "Is it?<|im_end|>\n<|im_start|>assistant\n");
  CHECK(model("qwen").question_template() == "qwen_1_5");  // There is no template in the folder.
}

TEST_CASE("a Llama-3 is told by its tokens, and asked and stopped as the original code does it",
          "[llava_next]") {
  // A Vicuna whose <pad> is called as a token of Llama-3's, and <unk> as the end of a turn.
  auto folder = with_files(golden_directory("llava_next") / "vicuna", Json::object());
  for (const char* file : {"tokenizer.json", "tokenizer_config.json"}) {
    std::string text = read_json(folder->path() / file).dump();
    text = infoflow::text::replaced(text, "<pad>", "<|start_header_id|>");
    folder->write(file, infoflow::text::replaced(text, "<unk>", "<|eot_id|>"));
  }
  const LlavaNext llama_3 = LlavaNext::from_directory(folder->path());
  CHECK(llama_3.evaluation_template() == "llava_llama_3");
  CHECK(llama_3.chat_prompt("Is it?", 1) ==
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are a helpful language "
        "and vision assistant. You are able to understand the visual content that the user "
        "provides, and assist the user with a variety of tasks using natural language.<|eot_id|>"
        "<|start_header_id|><|start_header_id|>user<|end_header_id|>\n\n<image>\nIs it?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n");
  CHECK(llama_3.stop_ids() == std::vector<TokenId>{2, 0});
}

TEST_CASE("answers end where a turn does", "[llava_next]") {
  CHECK(model("vicuna").stop_ids() == std::vector<TokenId>{2});
  CHECK(model("mistral").stop_ids().size() == 2);  // Both of generation_config.json.
  CHECK(model("hermes").decode(model("hermes").stop_ids()) == "<|im_end|>");
  CHECK(model("qwen").decode(model("qwen").stop_ids()) == "<|im_end|>");
}

TEST_CASE("a Mistral's own template on the hub writes what the evaluation's writes",
          "[llava_next][chat][golden]") {
  for (const Json& row : adapter_tests::golden("../chat_templates/templates.json")) {
    if (row["name"] != "LLaVA-1.6's of Mistral") continue;
    const auto folder = with_files(golden_directory("llava_next") / "mistral",
                                   {{"chat_template.jinja", row["text"]}});
    const LlavaNext own = LlavaNext::from_directory(folder->path());
    CHECK(own.question_prompt("Is it?", 2) == model("mistral").chat_prompt("Is it?", 2));
    CHECK_THAT(own.question_template(), ContainsSubstring("from chat_template.jinja"));
  }
  // The original code asks in its own template, whatever the language model's tokenizer has.
  const auto folder =
      with_files(golden_directory("llava_next") / "hermes", {{"chat_template.jinja", "{{ 1 }}"}});
  CHECK(LlavaNext::from_directory(folder->path()).question_template() == "chatml_direct");
}

TEST_CASE("LLaVA-1.6's special tokens in a user's texts are named, other texts are text",
          "[llava_next][prompt]") {
  for (const char* name : {"vicuna", "hermes", "qwen"}) {
    check_marks_are_named(model(name), llava_next_evaluation,
                          golden_directory("llava_next") / name);
  }
  check_plain_texts(model("vicuna"), llava_next_evaluation);
}
