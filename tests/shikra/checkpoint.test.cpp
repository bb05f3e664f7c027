// SPDX-License-Identifier: MIT
// Which tensors a whole Shikra holds, what its configuration says, and what is said of others.
#include <catch_torch.hpp>

#include <adapters/shikra.hpp>

#include "../parity/changed_checkpoint.hpp"
#include "../parity/golden.hpp"
#include "../parity/tensor_table.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using adapter_tests::error_of;
using adapter_tests::TemporaryFolder;
using Catch::Matchers::ContainsSubstring;

namespace {

using Shape = std::vector<std::int64_t>;

/// What is on the hub for shikra-7b-delta-v1.
Json hub_json() {
  return Json::parse(R"({
    "architectures": ["ShikraLlamaForCausalLM"], "bos_token_id": 0, "eos_token_id": 1,
    "freeze_mm_mlp_adapter": false, "hidden_act": "silu", "hidden_size": 4096,
    "initializer_range": 0.02, "intermediate_size": 11008, "max_position_embeddings": 2048,
    "mm_hidden_size": 1024, "mm_use_im_start_end": true, "mm_vision_select_layer": -2,
    "mm_vision_tower": "openai/clip-vit-large-patch14", "model_type": "shikra",
    "num_attention_heads": 32, "num_hidden_layers": 32, "pad_token_id": -1, "rms_norm_eps": 1e-06,
    "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.28.0.dev0",
    "use_cache": true, "use_mm_proj": true, "vocab_size": 32003})");
}

ShikraConfig config_of(const Json& json) {
  const TemporaryFolder folder;
  folder.write("config.json", json);
  return ShikraConfig::from_directory(folder.path());
}

std::string fault_of(Json json, const Json& change) {
  json.merge_patch(change);
  return error_of([&] { (void)config_of(json); });
}

const std::string tower = "model.vision_tower.vision_model.";

}  // namespace

TEST_CASE("a whole shikra-7b has these tensors", "[shikra][checkpoint]") {
  const auto tensors = shikra_tensors(config_of(hub_json()));
  const auto table = by_name(tensors);
  CHECK(table.size() == (32 * 9 + 3) + (24 * 16 + 7) + 2);
  // LLaMA-7B with three more rows at both ends, the projector, and CLIP ViT-L/14.
  CHECK(parameters(tensors, "model.mm_projector.") == 4'198'400);
  CHECK(parameters(tensors, tower) == 303'179'776);
  CHECK(parameters(tensors) ==
        6'738'415'616 + std::int64_t{2} * 3 * 4096 + 4'198'400 + 303'179'776);
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("model.embed_tokens.weight") == Shape{32003, 4096});
  CHECK(shape("lm_head.weight") == Shape{32003, 4096});
  CHECK(shape("model.mm_projector.weight") == Shape{4096, 1024});
  CHECK(shape("model.mm_projector.bias") == Shape{4096});
  CHECK(shape(tower + "embeddings.position_embedding.weight") == Shape{257, 1024});
  CHECK(table.at(tower + "encoder.layers.22.mlp.fc1.weight").needed);
  CHECK_FALSE(table.at(tower + "encoder.layers.23.mlp.fc1.weight").needed);
}

TEST_CASE("the released configuration says what is read, and its stop id is not believed",
          "[shikra][config]") {
  const ShikraConfig config = config_of(hub_json());
  CHECK(config.patches_per_side() == 16);
  CHECK(config.blocks_run == 23);
  CHECK(config.text.rms_norm_eps == 1e-6);
  CHECK(config.text.vocab_size == 32003);
  CHECK(config.text.context_length() == 2048);
  CHECK(config.stop_ids == std::vector<TokenId>{2});
  CHECK(model_of<Shikra>(golden_directory("shikra") / "seven").stop_ids() ==
        std::vector<TokenId>{2});
}

TEST_CASE("every golden checkpoint of Shikra holds exactly the tensors that are expected",
          "[shikra][checkpoint][golden]") {
  for (const char* name : {"seven", "last"}) {
    CAPTURE(name);
    const auto folder = golden_directory("shikra") / name;
    check_stored(folder, shikra_tensors(ShikraConfig::from_directory(folder)), shikra_tensor_name);
  }
  CHECK_FALSE(shikra_tensor_name("model.layers.0.self_attn.rotary_emb.inv_freq"));
}

TEST_CASE("what is no Shikra, or not a whole one, is one clear error", "[shikra][errors]") {
  const Json hub = hub_json();
  CHECK(fault_of(hub, Json::object()) == "");
  CHECK_THAT(fault_of(hub, {{"model_type", "llava"}}),
             ContainsSubstring("of the family llava") && ContainsSubstring("model_type shikra"));
  CHECK_THAT(fault_of(hub, {{"model_type", nullptr}}), ContainsSubstring("names no model_type"));
  CHECK_THAT(fault_of(hub, {{"mm_use_im_start_end", false}}),
             ContainsSubstring("between <im_start> and <im_end>"));
  CHECK_THAT(fault_of(hub, {{"mm_vision_tower", "openai/clip-vit-large-patch14-336"}}),
             ContainsSubstring("the tower is \"openai/clip-vit-large-patch14-336\""));
  CHECK_THAT(fault_of(hub, {{"mm_vision_tower", nullptr}}), ContainsSubstring("the tower is \"\""));
  CHECK_THAT(fault_of(hub, {{"mm_hidden_size", 768}}),
             ContainsSubstring("\"mm_hidden_size\" is 768, the tower has 1024 channels"));
  CHECK_THAT(fault_of(hub, {{"mm_vision_select_layer", -26}}),
             ContainsSubstring("\"mm_vision_select_layer\" is -26 in a tower of 24 layers"));
  CHECK_THAT(fault_of(hub, {{"mm_vision_select_layer", nullptr}}),
             ContainsSubstring("mm_vision_select_layer"));
  CHECK_THAT(fault_of(hub, {{"quantization_config", {{"bits", 4}}}}),
             ContainsSubstring("quantised"));
}

TEST_CASE("a delta is told how it becomes a Shikra", "[shikra][errors]") {
  const auto message = [](auto change) {
    return tests::fault_of<Shikra>(golden_directory("shikra") / "seven", change);
  };
  CHECK_THAT(
      message([](CheckpointContent& content) {
        std::erase_if(content.tensors,
                      [](const auto& tensor) { return tensor.first.starts_with(tower); });
      }),
      ContainsSubstring("holds no vision tower") && ContainsSubstring("--base and --vision"));
  CHECK_THAT(
      message([](CheckpointContent& content) { content.tensors.erase("model.mm_projector.bias"); }),
      ContainsSubstring("model.mm_projector.bias"));
  CHECK_THAT(message([](CheckpointContent& content) {
               content.tensors["model.layers.3.mlp.up_proj.weight"] = at::ones({48, 32});
             }),
             ContainsSubstring("model.layers.3.mlp.up_proj.weight"));
}

TEST_CASE("a tokenizer without Shikra's own tokens is refused", "[shikra][errors]") {
  const TemporaryFolder folder;
  std::filesystem::copy(golden_directory("shikra") / "last", folder.path());
  folder.write("added_tokens.json", Json::object());
  CHECK_THAT(error_of([&] { (void)Shikra::from_directory(folder.path()); }),
             ContainsSubstring("no token <im_start>"));
}
