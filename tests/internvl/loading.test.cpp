// SPDX-License-Identifier: MIT
// What an InternVL's files leave open, against what transformers makes of it.
#include "../parity/loading.hpp"

#include <catch_torch.hpp>

#include <adapters/internvl.hpp>

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("stored embeddings and heads are used as transformers does, whatever is said of tying",
          "[internvl][loading][tied]") {
  const WordTables names{"language_model.model.embed_tokens.weight",
                         "language_model.lm_head.weight"};
  check_tied<Internvl>("internvl/hf", names);
  check_tied<Internvl>("internvl/qwen2", names);
}

TEST_CASE("InternLM2's tables have the same rule under other names", "[internvl][loading][tied]") {
  const WordTables names{"language_model.model.tok_embeddings.weight",
                         "language_model.output.weight"};
  const auto used = [&](const Json& flag, const std::vector<std::string>& stored) {
    return tables_used<Internvl>(golden_directory("internvl") / "internlm2", names,
                                 {{"llm_config", {{"tie_word_embeddings", flag}}}}, stored);
  };
  for (const Json& flag : {Json(nullptr), Json(false), Json(true)}) {
    CHECK(used(flag, {names.embedding, names.head}) == "embedding and head");
  }
  CHECK(used(true, {names.embedding}) == "embedding and embedding");
  CHECK(used(true, {names.head}) == "head and head");
  for (const Json& flag : {Json(nullptr), Json(false)}) {
    CHECK_THAT(used(flag, {names.embedding}), ContainsSubstring("no tensor " + names.head));
    CHECK_THAT(used(flag, {names.head}), ContainsSubstring("no tensor " + names.embedding));
  }
}

TEST_CASE("a decoder whose type is not said is that of its class", "[internvl][loading]") {
  const auto fault = [](const char* name, const char* part, const Json& classes) {
    return fault_of<Internvl>(golden_directory("internvl") / name, [&](CheckpointContent& content) {
      Json& text = content.files.at("config.json")[part];
      text.erase("model_type");
      if (!classes.is_null()) text["architectures"] = classes;
    });
  };
  CHECK(fault("hf", "text_config", nullptr) == "");  // Qwen2, as transformers' class has it.
  CHECK(fault("qwen2", "llm_config", nullptr) == "");
  CHECK(fault("qwen3", "llm_config", nullptr) == "");
  CHECK(fault("internlm2", "llm_config", nullptr) == "");
  CHECK_THAT(fault("qwen2", "llm_config", {"Phi3ForCausalLM"}),
             ContainsSubstring("Phi3ForCausalLM"));
}

TEST_CASE("rotary types answer as transformers' generate()", "[internvl][loading][parity]") {
  check_changed<Internvl>("internvl", "hf");
}
