// SPDX-License-Identifier: MIT
// What a Qwen-VL's files leave open.
#include <catch_torch.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Which of the stored tables the model's two are: "embedding and head"; or what is said instead.
std::string tables_used(const Json& flag, bool embedding_stored, bool head_stored) {
  const TemporaryFolder folder("tied");
  at::Tensor embedding;
  at::Tensor head;
  const auto change = [&](TensorMap& tensors) {
    embedding = at::ones_like(tensors.at("transformer.wte.weight"));
    head = at::full_like(embedding, 2);
    tensors["transformer.wte.weight"] = embedding;
    tensors["lm_head.weight"] = head;
    if (!embedding_stored) tensors.erase("transformer.wte.weight");
    if (!head_stored) tensors.erase("lm_head.weight");
  };
  write_changed(folder.path(), change, {{"tie_word_embeddings", flag}});
  try {
    const auto model = QwenVl::from_directory(folder.path());
    const auto& weights = model.decoder().weights();
    const auto name_of = [&](const at::Tensor& table) {
      return at::equal(table, embedding) ? "embedding" : at::equal(table, head) ? "head" : "?";
    };
    return std::string(name_of(weights.embedding)) + " and " + name_of(weights.head.weight);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

// The published code is not in transformers; its class names no tied weights, so that transformers 5
// takes what is stored.
TEST_CASE("stored embeddings and heads are used, whatever is said of tying",
          "[qwen_vl][loading][tied]") {
  for (const Json& flag : {Json(nullptr), Json(false), Json(true)}) {
    CHECK(tables_used(flag, true, true) == "embedding and head");
  }
  CHECK(tables_used(true, true, false) == "embedding and embedding");
  CHECK(tables_used(true, false, true) == "head and head");
  for (const Json& flag : {Json(nullptr), Json(false)}) {
    CHECK_THAT(tables_used(flag, true, false), ContainsSubstring("no tensor lm_head.weight"));
    CHECK_THAT(tables_used(flag, false, true), ContainsSubstring("no tensor transformer.wte"));
  }
}
