// SPDX-License-Identifier: MIT
// Which tensors an InternVL-Chat-1.0 must hold, which sizes its configuration leaves to be known, and
// what is said of other models.
#include <catch_torch.hpp>

#include <adapters/internvl_chat_v1.hpp>
#include <infoflow/files/safetensors_writer.hpp>

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

/// What is on the hub for InternVL-Chat-ViT-6B-Vicuna-7B, without the keys that nobody reads.
Json hub_json() {
  return Json::parse(R"({
    "architectures": ["LlavaLlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2,
    "freeze_mm_mlp_adapter": false, "hidden_act": "silu", "hidden_size": 4096,
    "image_aspect_ratio": "pad", "image_grid_pinpoints": null, "intermediate_size": 11008,
    "max_position_embeddings": 4096, "mm_hidden_size": 3200, "mm_projector_type": "mlp2x_gelu",
    "mm_use_im_patch_token": false, "mm_use_im_start_end": false,
    "mm_vision_select_feature": "patch", "mm_vision_select_layer": -4,
    "mm_vision_tower": "OpenGVLab/InternViT-6B-224px", "model_type": "llava",
    "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,
    "pad_token_id": 0, "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false,
    "torch_dtype": "bfloat16", "transformers_version": "4.31.0", "vocab_size": 32000})");
}

Json hub_json_13b_448() {
  Json json = hub_json();
  json.update({{"hidden_size", 5120},
               {"intermediate_size", 13824},
               {"num_attention_heads", 40},
               {"num_hidden_layers", 40},
               {"num_key_value_heads", 40},
               {"mm_vision_tower", "./pretrained/InternViT-6B-448px"}});
  return json;
}

InternvlChatV1Config config_of(const Json& json) {
  const TemporaryFolder folder;
  folder.write("config.json", json);
  return InternvlChatV1Config::from_directory(folder.path());
}

std::string fault_of(Json json, const Json& change) {
  json.merge_patch(change);
  return error_of([&] { (void)config_of(json); });
}

/// The configuration after a look at files that hold a table of `positions` rows.
InternvlChatV1Config with_table(std::int64_t positions, const Json& json) {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  const std::vector<float> values(static_cast<std::size_t>(positions));
  writer.add("model.vision_tower.vision_tower.embeddings.position_embedding", {1, positions, 1},
             std::span(values));
  writer.write(folder.path() / "model.safetensors");
  return with_stored_table(config_of(json), CheckpointFiles::from_directory(folder.path()));
}

const std::string tower = "model.vision_tower.vision_tower.";

}  // namespace

TEST_CASE("InternVL-Chat-ViT-6B-Vicuna-7B has these tensors", "[internvl_chat_v1][checkpoint]") {
  const auto tensors = internvl_chat_v1_tensors(config_of(hub_json()));
  const auto table = by_name(tensors);
  CHECK(table.size() == (32 * 9 + 3) + (48 * 13 + 4) + 4);
  // In bfloat16 mm_projector.bin has 59.8 MB, all shards 9.98 + 9.97 + 5.4 GB.
  CHECK(parameters(tensors, "model.mm_projector.") == 29'892'608);
  CHECK(parameters(tensors, tower) == 5'902'793'600);
  CHECK(parameters(tensors) == 12'671'101'824);
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("model.embed_tokens.weight") == Shape{32000, 4096});
  CHECK(shape("lm_head.weight") == Shape{32000, 4096});
  CHECK(shape("model.layers.31.mlp.down_proj.weight") == Shape{4096, 11008});
  CHECK(shape("model.mm_projector.0.weight") == Shape{4096, 3200});
  CHECK(shape(tower + "embeddings.class_embedding") == Shape{1, 1, 3200});
  CHECK(shape(tower + "embeddings.patch_embedding.weight") == Shape{3200, 3, 14, 14});
  CHECK(shape(tower + "embeddings.position_embedding") == Shape{1, 257, 3200});
  CHECK(shape(tower + "encoder.layers.47.attn.qkv.weight") == Shape{9600, 3200});
  CHECK(shape(tower + "encoder.layers.0.attn.q_norm.weight") == Shape{3200});
  CHECK(shape(tower + "encoder.layers.0.mlp.fc1.weight") == Shape{12800, 3200});
  CHECK_FALSE(table.contains(tower + "encoder.layers.0.attn.qkv.bias"));
  CHECK_FALSE(table.contains(tower + "encoder.layers.0.norm1.bias"));
}

TEST_CASE("InternVL-Chat-ViT-6B-Vicuna-13B-448px has these tensors",
          "[internvl_chat_v1][checkpoint]") {
  const InternvlChatV1Config config = with_table(1025, hub_json_13b_448());
  CHECK(config.image_size == 448);
  const auto tensors = internvl_chat_v1_tensors(config);
  const auto table = by_name(tensors);
  CHECK(table.size() == (40 * 9 + 3) + (48 * 13 + 4) + 4);
  CHECK(table.at(tower + "embeddings.position_embedding").shape == Shape{1, 1025, 3200});
  CHECK(table.at("model.mm_projector.2.weight").shape == Shape{5120, 5120});
  // LLaMA-13B, the projector, and the tower with 768 positions more.
  CHECK(parameters(tensors) ==
        13'015'864'320 + 42'608'640 + 5'902'793'600 + std::int64_t{768} * 3200);
}

TEST_CASE("the released configuration says which picture and which blocks",
          "[internvl_chat_v1][config]") {
  const InternvlChatV1Config config = config_of(hub_json());
  CHECK(config.image_size == 336);  // Whatever the 224 in the tower's name.
  CHECK(config.patches_per_side() == 24);
  CHECK(config.blocks_run == 45);
  CHECK(config.pad_to_square);
  CHECK(config.vision.num_attention_heads == 25);
  CHECK(config.vision.qk_norm);
  CHECK(config.text.rms_norm_eps == 1e-5);
  CHECK(config.stop_ids == std::vector<TokenId>{2});
  CHECK(config_of(hub_json_13b_448()).patches_per_side() == 32);
}

TEST_CASE("the table of positions may be of any square", "[internvl_chat_v1][config]") {
  CHECK(with_table(257, hub_json()).vision.positions() == 257);
  CHECK(with_table(577, hub_json()).vision.positions() == 577);
  CHECK_THAT(error_of([] { (void)with_table(300, hub_json()); }),
             ContainsSubstring("has 300 positions, which are no class token and a square"));
  Json given = hub_json();
  given["vision_config"] = {{"image_size", 224}};
  CHECK(with_table(577, given).vision.positions() == 257);  // Then the shapes must fit.
}

TEST_CASE("a tower whose sizes are assumed must be whole, one that is described need not",
          "[internvl_chat_v1][checkpoint]") {
  const auto needed = [](const Json& json, int block) {
    const std::string name = tower + "encoder.layers." + std::to_string(block) + ".ls2";
    return by_name(internvl_chat_v1_tensors(config_of(json))).at(name).needed;
  };
  CHECK(needed(hub_json(), 47));
  Json given = hub_json();
  given["vision_config"] = {{"num_hidden_layers", 48}};
  CHECK(needed(given, 44));
  CHECK_FALSE(needed(given, 45));
}

TEST_CASE("every golden checkpoint holds exactly the tensors that are expected",
          "[internvl_chat_v1][checkpoint][golden]") {
  for (const char* name : {"stretched", "fitting"}) {
    CAPTURE(name);
    const auto folder = golden_directory("internvl_chat_v1") / name;
    check_stored(folder, internvl_chat_v1_tensors(InternvlChatV1Config::from_directory(folder)),
                 internvl_chat_v1_tensor_name);
  }
  CHECK_FALSE(internvl_chat_v1_tensor_name("model.layers.0.self_attn.rotary_emb.inv_freq"));
}

TEST_CASE("another family is called by its name", "[internvl_chat_v1][errors]") {
  const Json hub = hub_json();
  CHECK_THAT(fault_of(hub, {{"model_type", "internvl_chat"}}),
             ContainsSubstring("V1.5 or a later one, of the family internvl_chat"));
  CHECK_THAT(fault_of(hub, {{"model_type", "qwen"}}), ContainsSubstring("of the family qwen"));
  CHECK_THAT(fault_of(hub, {{"model_type", nullptr}}), ContainsSubstring("names no model_type"));
  CHECK_THAT(fault_of(hub, {{"mm_vision_tower", nullptr}}),
             ContainsSubstring("LLaVA-1.5 in Hugging Face's form"));
  const std::string clip =
      fault_of(hub, {{"mm_vision_tower", "openai/clip-vit-large-patch14-336"}});
  CHECK_THAT(
      clip, ContainsSubstring("LLaVA-1.5 of the original code") && ContainsSubstring("convert.py"));
  CHECK_THAT(fault_of(hub, {{"mm_vision_tower", "internlm/clip"}}),
             ContainsSubstring("with the tower internlm/clip"));
  for (const char* other : {"OpenGVLab/InternVL-14B-224px", "internvl_14b", "intern_vl_14b"}) {
    CHECK_THAT(fault_of(hub, {{"mm_vision_tower", other}}),
               ContainsSubstring("is an InternVL-14B, which is another model"));
  }
  for (const char* same : {"./intern_vit_6b_224px", "internvit_6b", "InternViT6B"}) {
    CHECK(fault_of(hub, {{"mm_vision_tower", same}}) == "");
  }
}

TEST_CASE("a tokenizer that puts no BOS before a text is refused", "[internvl_chat_v1][errors]") {
  const TemporaryFolder folder;
  const auto golden = golden_directory("internvl_chat_v1") / "fitting";
  std::filesystem::copy(golden, folder.path());
  Json json = read_json(golden / "tokenizer.json");
  const auto message = [&](const Json& single) {
    json["post_processor"]["single"] = single;
    folder.write("tokenizer.json", json);
    folder.write("tokenizer_config.json", Json::object());
    return error_of([&] { (void)InternvlChatV1::from_directory(folder.path()); });
  };
  const Json text{{"Sequence", {{"id", "A"}}}};
  const Json bos{{"SpecialToken", {{"id", "<s>"}}}};
  CHECK(message({bos, text}) == "");
  for (const Json& single : {Json{text}, Json{bos, bos, text}, Json{text, bos}}) {
    CHECK_THAT(message(single), ContainsSubstring("does not make BOS alone"));
  }
}

TEST_CASE("what a configuration asks for and is not there is one clear error",
          "[internvl_chat_v1][errors]") {
  const Json hub = hub_json();
  CHECK(fault_of(hub, Json::object()) == "");
  CHECK_THAT(fault_of(hub, {{"mm_projector_type", "mlp2x_gelu_ln"}}),
             ContainsSubstring("\"mm_projector_type\" is \"mlp2x_gelu_ln\""));
  CHECK_THAT(fault_of(hub, {{"mm_projector_type", nullptr}}), ContainsSubstring("\"linear\""));
  CHECK_THAT(fault_of(hub, {{"mm_vision_select_feature", "cls_patch"}}),
             ContainsSubstring("\"cls_patch\""));
  CHECK_THAT(fault_of(hub, {{"mm_use_im_start_end", true}}),
             ContainsSubstring("mm_use_im_start_end"));
  CHECK_THAT(fault_of(hub, {{"image_aspect_ratio", "anyres"}}), ContainsSubstring("\"anyres\""));
  CHECK_THAT(fault_of(hub, {{"mm_hidden_size", 1024}}),
             ContainsSubstring("\"mm_hidden_size\" is 1024, the tower has 3200 channels") &&
                 ContainsSubstring("as \"vision_config\""));
  CHECK_THAT(fault_of(hub, {{"mm_vision_select_layer", -50}}), ContainsSubstring("-50"));
  CHECK_THAT(fault_of(hub, {{"mm_vision_select_layer", nullptr}}),
             ContainsSubstring("mm_vision_select_layer"));
  CHECK_THAT(fault_of(hub, {{"force_image_size", 100}}),
             ContainsSubstring("no whole number of patches of 14"));
  CHECK_THAT(fault_of(hub, {{"quantization_config", {{"bits", 4}}}}),
             ContainsSubstring("quantised"));
}

TEST_CASE("text between pictures is tokenised by itself, and pictures have no token",
          "[internvl_chat_v1]") {
  const auto directory = golden_directory("internvl_chat_v1") / "fitting";
  const auto& model = model_of<InternvlChatV1>(directory);
  const Tokenizer words = Tokenizer::from_directory(directory);
  const std::vector<RgbImage> two(2, RgbImage(20, 30));
  const Prompt prompt = model.prepare(two, "<image>a<image>\n");
  const TokenId blank = *words.id_of("▁");
  std::vector<TokenId> wanted{*words.id_of("<s>")};
  wanted.insert(wanted.end(), 16, InternvlChatV1::image_slot);
  for (const TokenId id : words.encode("a", SpecialTokens::none)) wanted.push_back(id);
  CHECK(wanted.size() > 17);
  wanted.insert(wanted.end(), 16, InternvlChatV1::image_slot);
  wanted.insert(wanted.end(), {blank, *words.id_of("<0x0A>")});
  CHECK(prompt.ids == wanted);

  CHECK_THROWS_WITH(model.prepare(two, "<image>"), ContainsSubstring("<image> 1 times for 2"));
  CHECK_THROWS_WITH(model.prepare({}, "<image>"), ContainsSubstring("for 0 pictures"));
  CHECK_THROWS_WITH(model.prepare({}, std::string(4000, 'x')),
                    ContainsSubstring("in a context of 512"));
  CHECK(model.prepare({}, "").ids.size() == 1);
  const std::vector<PixelImage> wrong{PixelImage(14, 28)};
  CHECK_THROWS_WITH(model.encode(wrong), ContainsSubstring("14 × 28"));
}

TEST_CASE("a wide picture lies between bands of the mean colour, which no heat falls on",
          "[internvl_chat_v1]") {
  const auto& model = model_of<InternvlChatV1>(golden_directory("internvl_chat_v1") / "stretched");
  // 84 × 42 on a square of 84, resized by a half to 42: rows of patches 2 to 4 of 6 see it, of the
  // first one and a half see colour alone.
  const std::vector<RgbImage> one{RgbImage(84, 42)};
  const Prompt prompt = model.prepare(one, "<image>");
  REQUIRE(prompt.pixels.size() == 1);
  const float* corner = prompt.pixels.front().pixel(0, 0);
  CHECK(corner[0] == Approx(123 / 255.0));
  CHECK(corner[1] == Approx(116 / 255.0));
  CHECK(corner[2] == Approx(103 / 255.0));
  CHECK(prompt.pixels.front().pixel(21, 21)[0] == 0);

  REQUIRE(prompt.layouts.front().token_count() == 36);
  const PixelHeat map = paint(prompt.layouts.front(), HostVector::Ones(36), HeatKind::mass,
                              Interpolation::nearest, 84, 42);
  CHECK(map.values.sum() == Approx(18));
  CHECK(map.outside == Approx(18));
}
