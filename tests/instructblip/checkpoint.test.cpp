// SPDX-License-Identifier: MIT
// Which tensors an InstructBLIP holds, in both generations of its files, and what is said of others.
#include <fstream>

#include <catch_torch.hpp>

#include <adapters/instructblip.hpp>

#include "../adapters/adapter_support.hpp"
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

/// What is on the hub for instructblip-vicuna-7b since 2024-11, without the keys that nobody reads.
Json hub_json() {
  return Json::parse(R"({
    "architectures": ["InstructBlipForConditionalGeneration"], "image_token_index": 32001,
    "model_type": "instructblip", "num_query_tokens": 32,
    "qformer_config": {"model_type": "instructblip_qformer", "vocab_size": 30523},
    "text_config": {"architectures": ["LlamaForCausalLM"], "bos_token_id": 0, "eos_token_id": 1,
      "max_sequence_length": 2048, "model_type": "llama", "pad_token_id": 32000,
      "torch_dtype": "float16", "vocab_size": 32064},
    "torch_dtype": "float32", "use_decoder_only_language_model": true,
    "vision_config": {"model_type": "instructblip_vision_model"}})");
}

InstructBlipConfig config_of(const Json& json, const Json& processor = Json::object()) {
  const TemporaryFolder folder;
  folder.write("config.json", json);
  folder.write("preprocessor_config.json", processor);
  return InstructBlipConfig::from_directory(folder.path());
}

std::string fault_of(Json json, const Json& change) {
  json.merge_patch(change);
  return error_of([&] { (void)config_of(json); });
}

}  // namespace

TEST_CASE("instructblip-vicuna-7b has these tensors", "[instructblip][checkpoint]") {
  const auto tensors = instructblip_tensors(config_of(hub_json()));
  const auto table = by_name(tensors);
  // Queries, tower, Q-Former (22 a layer, 10 more where it sees the picture), projection, decoder.
  CHECK(table.size() == 1 + (4 + 39 * 12 + 2) + (4 + 12 * 22 + 6 * 10) + 2 + (32 * 9 + 3));
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("query_tokens") == Shape{1, 32, 768});
  CHECK(shape("vision_model.embeddings.position_embedding") == Shape{1, 257, 1408});
  CHECK(shape("vision_model.encoder.layers.38.self_attn.qkv.bias") == Shape{4224});
  CHECK(shape("vision_model.encoder.layers.0.mlp.fc1.weight") == Shape{6144, 1408});
  CHECK(shape("qformer.embeddings.word_embeddings.weight") == Shape{30523, 768});
  CHECK(shape("qformer.encoder.layer.10.crossattention.attention.key.weight") == Shape{768, 1408});
  CHECK_FALSE(table.contains("qformer.encoder.layer.11.crossattention.attention.key.weight"));
  CHECK(shape("qformer.encoder.layer.11.output_query.dense.weight") == Shape{768, 3072});
  CHECK(shape("language_projection.weight") == Shape{4096, 768});
  CHECK(shape("language_model.lm_head.weight") == Shape{32064, 4096});
  CHECK(parameters(tensors, "vision_model.") == 985'952'256);
  CHECK(parameters(tensors, "language_model.") == 6'738'415'616 + std::int64_t{2} * 64 * 4096);
}

TEST_CASE("files of before 2024-11 have no token for a picture", "[instructblip][config]") {
  Json old = hub_json();
  old.erase("image_token_index");
  old["text_config"]["vocab_size"] = 32001;
  CHECK_FALSE(config_of(old).image_token);
  CHECK(by_name(instructblip_tensors(config_of(old)))
            .at("language_model.model.embed_tokens.weight")
            .shape == Shape{32001, 4096});
  const InstructBlipConfig config = config_of(hub_json());
  CHECK(config.image_token == 32001);
  CHECK(config.text.rms_norm_eps == 1e-6);
  CHECK(config.pictures.exact_size == ImageSize{224, 224});
  CHECK_FALSE(config.pictures.crop);
}

TEST_CASE("every golden checkpoint of InstructBLIP holds exactly the tensors that are expected",
          "[instructblip][checkpoint][golden]") {
  for (const char* name : {"current", "hub"}) {
    CAPTURE(name);
    const auto folder = golden_directory("instructblip") / name;
    check_stored(folder, instructblip_tensors(InstructBlipConfig::from_directory(folder)),
                 instructblip_tensor_name);
  }
  CHECK_FALSE(instructblip_tensor_name("qformer.embeddings.position_ids"));
}

TEST_CASE("what is no InstructBLIP with a Vicuna is one clear error", "[instructblip][errors]") {
  const Json hub = hub_json();
  CHECK(fault_of(hub, Json::object()) == "");
  CHECK_THAT(fault_of(hub, {{"model_type", "blip-2"}}),
             ContainsSubstring("of the family blip-2") &&
                 ContainsSubstring("InstructBLIP has model_type instructblip"));
  CHECK_THAT(fault_of(hub, {{"text_config", {{"model_type", "t5"}}}}),
             ContainsSubstring("the language model is a Flan-T5"));
  CHECK_THAT(fault_of(hub, {{"text_config", {{"model_type", nullptr}}}}),
             ContainsSubstring("the language model is of type opt"));
  CHECK_THAT(fault_of(hub, {{"qformer_config", {{"num_attention_heads", 7}}}}),
             ContainsSubstring("qformer_config") && ContainsSubstring("no multiple of 7"));
  CHECK_THAT(fault_of(hub, {{"vision_config", {{"num_hidden_layers", 0}}}}),
             ContainsSubstring("\"num_hidden_layers\" is 0"));
  CHECK_THAT(fault_of(hub, {{"num_query_tokens", -1}}), ContainsSubstring("num_query_tokens"));
  CHECK_THAT(fault_of(hub, {{"quantization_config", {{"bits", 4}}}}),
             ContainsSubstring("quantised"));
  CHECK_THAT(error_of([&] { (void)config_of(hub, {{"size", {{"height", 364}, {"width", 364}}}}); }),
             ContainsSubstring("\"size\" is not that of the vision tower"));
  CHECK_THAT(
      error_of([&] { (void)config_of(hub, {{"image_processor_type", "ViTImageProcessor"}}); }),
      ContainsSubstring("image processor ViTImageProcessor is not supported"));
}

TEST_CASE("tokenizers of other checkpoints are refused", "[instructblip][errors]") {
  const auto golden = golden_directory("instructblip");
  const auto with = [&](auto change) {
    const TemporaryFolder folder;
    std::filesystem::copy(golden / "hub", folder.path(), std::filesystem::copy_options::recursive);
    change(folder.path());
    return error_of([&] { (void)InstructBlip::from_directory(folder.path()); });
  };
  CHECK(with([](const auto&) {}) == "");
  CHECK_THAT(with([](const auto& path) {
               std::ofstream(path / "qformer_tokenizer/vocab.txt", std::ios::app) << "a\nb\n";
             }),
             ContainsSubstring("602 tokens, the Q-Former 601"));
  CHECK_THAT(
      with([](const auto& path) { std::filesystem::remove_all(path / "qformer_tokenizer"); }),
      ContainsSubstring("qformer_tokenizer"));
  CHECK_THAT(with([](const auto& path) {
               Json config = read_json(path / "config.json");
               config["image_token_index"] = 385;
               std::ofstream(path / "config.json") << config;
             }),
             ContainsSubstring("does not read <image> as token 385"));
}
