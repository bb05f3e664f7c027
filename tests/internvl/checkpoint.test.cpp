// SPDX-License-Identifier: MIT
// Which tensors an InternVL checkpoint must hold, and what is said of one that does not fit.
#include <array>
#include <cstdint>
#include <string>

#include <catch_torch.hpp>

#include <adapters/internvl.hpp>

#include "../parity/changed_checkpoint.hpp"
#include "../parity/golden.hpp"
#include "../parity/tensor_table.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using adapter_tests::TemporaryFolder;
using Catch::Matchers::ContainsSubstring;

namespace {

using Shape = std::vector<std::int64_t>;

std::filesystem::path checkpoint(const std::string& name) {
  return golden_directory("internvl") / name;
}

/// The configuration of a checkpoint whose files are these.
InternvlConfig read(const std::string& config, const std::string& preprocessor = "") {
  const TemporaryFolder folder;
  folder.write("config.json", config);
  if (!preprocessor.empty()) folder.write("preprocessor_config.json", preprocessor);
  return InternvlConfig::from_directory(folder.path());
}

const std::string small_tower = R"("vision_config": {"architectures": ["InternVisionModel"],
  "hidden_act": "gelu", "hidden_size": 1024, "image_size": 448, "initializer_factor": 1.0,
  "intermediate_size": 4096, "layer_norm_eps": 1e-06, "model_type": "intern_vit_6b",
  "norm_type": "layer_norm", "num_attention_heads": 16, "num_channels": 3,
  "num_hidden_layers": 24, "patch_size": 14, "qk_normalization": false, "qkv_bias": true})";

/// As on the hub, without what only training reads.
const std::string internvl2_8b = R"({"architectures": ["InternVLChatModel"],
  "downsample_ratio": 0.5, "dynamic_image_size": true, "force_image_size": 448,
  "llm_config": {"architectures": ["InternLM2ForCausalLM"], "bias": false, "bos_token_id": 1,
    "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336,
    "max_position_embeddings": 32768, "model_type": "internlm2", "num_attention_heads": 32,
    "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05,
    "rope_scaling": {"factor": 2.0, "type": "dynamic"}, "rope_theta": 1000000,
    "tie_word_embeddings": false, "vocab_size": 92553},
  "max_dynamic_patch": 12, "min_dynamic_patch": 1, "model_type": "internvl_chat",
  "pad2square": false, "ps_version": "v2", "select_layer": -1, "template": "internlm2-chat",
  "use_thumbnail": true, )" + small_tower +
                                 "}";

const std::string internvl_chat_v1_5 = R"({"downsample_ratio": 0.5, "dynamic_image_size": true,
  "force_image_size": 448, "llm_config": {"architectures": ["InternLM2ForCausalLM"],
    "bias": false, "hidden_act": "silu", "hidden_size": 6144, "intermediate_size": 16384,
    "max_position_embeddings": 32768, "model_type": "internlm2", "num_attention_heads": 48,
    "num_hidden_layers": 48, "num_key_value_heads": 8, "rms_norm_eps": 1e-05,
    "rope_scaling": {"factor": 3.0, "type": "dynamic"}, "rope_theta": 1000000,
    "vocab_size": 92553},
  "max_dynamic_patch": 12, "min_dynamic_patch": 1, "model_type": "internvl_chat",
  "ps_version": "v2", "select_layer": -1, "template": "internlm2-chat", "use_thumbnail": true,
  "vision_config": {"hidden_act": "gelu", "hidden_size": 3200, "image_size": 448,
    "intermediate_size": 12800, "layer_norm_eps": 1e-06, "model_type": "intern_vit_6b",
    "num_attention_heads": 25, "num_hidden_layers": 45, "patch_size": 14,
    "qk_normalization": true, "qkv_bias": false}})";

const std::string internvl3_8b_hf = R"({"architectures": ["InternVLForConditionalGeneration"],
  "downsample_ratio": 0.5, "image_seq_length": 256, "image_token_id": 151667,
  "model_type": "internvl", "projector_hidden_act": "gelu",
  "text_config": {"architectures": ["Qwen2ForCausalLM"], "bos_token_id": 151643,
    "eos_token_id": 151645, "hidden_act": "silu", "hidden_size": 3584,
    "intermediate_size": 18944, "max_position_embeddings": 32768, "max_window_layers": 70,
    "model_type": "qwen2", "num_attention_heads": 28, "num_hidden_layers": 28,
    "num_key_value_heads": 4, "rms_norm_eps": 1e-06,
    "rope_scaling": {"factor": 2.0, "rope_type": "dynamic", "type": "dynamic"},
    "rope_theta": 1000000.0, "sliding_window": null, "use_sliding_window": false,
    "vocab_size": 151674},
  "tie_word_embeddings": false,
  "vision_config": {"attention_bias": true, "hidden_act": "gelu", "hidden_size": 1024,
    "image_size": [448, 448], "intermediate_size": 4096, "layer_norm_eps": 1e-06,
    "model_type": "internvl_vision", "norm_type": "layer_norm", "num_attention_heads": 16,
    "num_hidden_layers": 24, "patch_size": [14, 14], "use_absolute_position_embeddings": true,
    "use_mean_pooling": true, "use_qk_norm": false},
  "vision_feature_layer": -1, "vision_feature_select_strategy": "default"})";

/// What the sizes of InternVL3.5 differ in, of a Qwen3 and of a tower.
struct Size3_5 {
  const char* name;
  int hidden, inner, layers, heads;
  bool large_tower;
  std::int64_t decoder, projector;
};

/// As transformers' form of InternVL3.5 has it.
std::string internvl3_5_hf(const Size3_5& size) {
  Json vision{{"model_type", "internvl_vision"},
              {"hidden_size", 1024},
              {"intermediate_size", 4096},
              {"num_hidden_layers", 24},
              {"num_attention_heads", 16},
              {"norm_type", "layer_norm"},
              {"attention_bias", true},
              {"use_qk_norm", false},
              {"image_size", {448, 448}},
              {"patch_size", {14, 14}},
              {"hidden_act", "gelu"},
              {"layer_norm_eps", 1e-6},
              {"use_absolute_position_embeddings", true},
              {"use_mean_pooling", true}};
  if (size.large_tower) {
    vision.update({{"hidden_size", 3200},
                   {"intermediate_size", 12800},
                   {"num_hidden_layers", 45},
                   {"num_attention_heads", 25},
                   {"norm_type", "rms_norm"},
                   {"attention_bias", false},
                   {"use_qk_norm", true}});
  }
  const Json text{{"architectures", {"Qwen3ForCausalLM"}},
                  {"attention_bias", false},
                  {"head_dim", 128},
                  {"hidden_act", "silu"},
                  {"hidden_size", size.hidden},
                  {"intermediate_size", size.inner},
                  {"max_position_embeddings", 40960},
                  {"max_window_layers", size.layers},
                  {"model_type", "qwen3"},
                  {"num_attention_heads", size.heads},
                  {"num_hidden_layers", size.layers},
                  {"num_key_value_heads", 8},
                  {"rms_norm_eps", 1e-6},
                  {"rope_scaling", nullptr},
                  {"rope_theta", 1000000},
                  {"sliding_window", nullptr},
                  {"use_sliding_window", false},
                  {"vocab_size", 151936}};
  return Json{{"architectures", {"InternVLForConditionalGeneration"}},
              {"downsample_ratio", 0.5},
              {"image_seq_length", 256},
              {"image_token_id", 151671},
              {"model_type", "internvl"},
              {"projector_hidden_act", "gelu"},
              {"text_config", text},
              {"tie_word_embeddings", false},
              {"vision_config", vision},
              {"vision_feature_layer", -1},
              {"vision_feature_select_strategy", "default"}}
      .dump();
}

const std::string hub_preprocessor = R"({"crop_to_patches": false, "do_center_crop": null,
  "do_convert_rgb": true, "do_normalize": true, "do_rescale": true, "do_resize": true,
  "image_mean": [0.485, 0.456, 0.406], "image_processor_type": "GotOcr2ImageProcessorFast",
  "image_std": [0.229, 0.224, 0.225], "max_patches": 12, "min_patches": 1, "resample": 3,
  "rescale_factor": 0.00392156862745098, "size": {"height": 448, "width": 448}})";

/// A golden checkpoint with one key of its config.json changed.
std::string fault_of_config(const std::string& name, const std::string& key, const Json& value,
                            const std::string& part = "") {
  return fault_of<Internvl>(checkpoint(name), [&](CheckpointContent& content) {
    Json& config = content.files.at("config.json");
    (part.empty() ? config : config[part])[key] = value;
  });
}

}  // namespace

TEST_CASE("InternVL2-8B on the hub has these tensors", "[internvl][checkpoint]") {
  const InternvlConfig config = read(internvl2_8b);
  const auto tensors = internvl_tensors(config);
  const auto table = by_name(tensors);
  // Tower 24·14 + 4, projector 6, InternLM2 32·7 + 3.
  CHECK(table.size() == 340 + 6 + 227);
  // 304.0 million, 33.6 million and 7.74 billion; the hub's card says 8.08 billion.
  CHECK(parameters(tensors) == 304'012'288 + 33'570'816 + 7'737'782'272);
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("vision_model.embeddings.class_embedding") == Shape{1, 1, 1024});
  CHECK(shape("vision_model.embeddings.position_embedding") == Shape{1, 1025, 1024});
  CHECK(shape("vision_model.embeddings.patch_embedding.bias") == Shape{1024});
  CHECK(shape("vision_model.encoder.layers.23.attn.qkv.weight") == Shape{3072, 1024});
  CHECK(shape("vision_model.encoder.layers.0.attn.qkv.bias") == Shape{3072});
  CHECK(shape("vision_model.encoder.layers.0.norm1.bias") == Shape{1024});
  CHECK(shape("vision_model.encoder.layers.0.ls2") == Shape{1024});
  CHECK_FALSE(table.contains("vision_model.encoder.layers.0.attn.q_norm.weight"));
  CHECK(shape("mlp1.0.bias") == Shape{4096});
  CHECK(shape("mlp1.1.weight") == Shape{4096, 4096});
  CHECK(shape("language_model.model.layers.31.attention.wqkv.weight") == Shape{6144, 4096});
  CHECK(shape("language_model.model.layers.31.feed_forward.w2.weight") == Shape{4096, 14336});
  CHECK(shape("language_model.output.weight") == Shape{92553, 4096});
  // A tile is 32² patches and 256 tokens.
  CHECK(config.patches_per_side() == 32);
  CHECK(config.tokens_per_side() == 16);
  CHECK(config.tiles.most == 12);
}

TEST_CASE("InternVL-Chat-V1-5 and InternVL2-26B have these tensors", "[internvl][checkpoint]") {
  const auto tensors = internvl_tensors(read(internvl_chat_v1_5));
  const auto table = by_name(tensors);
  // Tower 45·13 + 4, projector 6, InternLM2 48·7 + 3.
  CHECK(table.size() == 589 + 6 + 339);
  // 5.54, 0.12 and 19.86 billion; the hub's card says 25.5 billion.
  CHECK(parameters(tensors) == 5'536'496'000 + 116'429'824 + 19'861'260'288);
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("vision_model.encoder.layers.44.attn.q_norm.weight") == Shape{3200});
  CHECK(shape("vision_model.encoder.layers.44.attn.qkv.weight") == Shape{9600, 3200});
  CHECK_FALSE(table.contains("vision_model.encoder.layers.44.attn.qkv.bias"));
  CHECK_FALSE(table.contains("vision_model.encoder.layers.44.norm1.bias"));
  CHECK(shape("mlp1.0.weight") == Shape{12800});
  CHECK(shape("language_model.model.layers.47.attention.wqkv.weight") == Shape{8192, 6144});
}

TEST_CASE("InternVL3-8B-hf on the hub has these tensors", "[internvl][checkpoint]") {
  const InternvlConfig config = read(internvl3_8b_hf, hub_preprocessor);
  const auto tensors = internvl_tensors(config);
  const auto table = by_name(tensors);
  // Tower 24·18 + 4, projector 6, Qwen2 28·12 + 3.
  CHECK(table.size() == 436 + 6 + 339);
  // The same tower, 27.5 million and 7.61 billion; the hub's card says 7.94 billion.
  CHECK(parameters(tensors) == 304'012'288 + 27'540'480 + 7'612'820'992);
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("vision_tower.embeddings.cls_token") == Shape{1, 1, 1024});
  CHECK(shape("vision_tower.encoder.layer.23.attention.k_proj.bias") == Shape{1024});
  CHECK(shape("vision_tower.encoder.layer.23.lambda_1") == Shape{1024});
  CHECK(shape("multi_modal_projector.linear_1.weight") == Shape{3584, 4096});
  CHECK(shape("language_model.model.layers.27.self_attn.v_proj.bias") == Shape{512});
  CHECK(shape("language_model.lm_head.weight") == Shape{151674, 3584});
  CHECK(config.tiles.side == 448);
  CHECK(config.tiles.colours.mean == std::array{0.485, 0.456, 0.406});
  CHECK(config.chat.system.empty());
}

TEST_CASE("InternVL3.5 on the hub has these tensors", "[internvl][checkpoint]") {
  // The card says 0.8, 2.0, 4.4, 8.2, 14.8 and 32.8 billion for the language model, 0.3 or 5.5 for
  // the tower. Head and embedding are two: as one table the smallest would have 0.6 billion.
  const std::array<Size3_5, 6> sizes{
      {{"1B", 1024, 3072, 28, 16, false, 751'632'384, 5'253'120},
       {"2B", 2048, 6144, 28, 16, false, 2'031'739'904, 12'595'200},
       {"4B", 2560, 9728, 36, 32, false, 4'411'424'256, 17'052'672},
       {"8B", 4096, 12288, 36, 32, false, 8'190'735'360, 33'570'816},
       {"14B", 5120, 17408, 40, 40, false, 14'768'307'200, 47'204'352},
       {"38B", 5120, 25600, 64, 64, true, 32'762'123'264, 91'786'240}}};
  for (const Size3_5& size : sizes) {
    CAPTURE(size.name);
    const InternvlConfig config = read(internvl3_5_hf(size), hub_preprocessor);
    const auto tensors = internvl_tensors(config);
    const auto table = by_name(tensors);
    CHECK(table.size() == (size.large_tower ? 45U * 15 + 4 : 24U * 18 + 4) + 6U +
                              static_cast<std::size_t>(size.layers) * 11 + 3);
    CHECK(parameters(tensors, "vision_tower.") == (size.large_tower ? 5'536'496'000 : 304'012'288));
    CHECK(parameters(tensors, "multi_modal_projector.") == size.projector);
    CHECK(parameters(tensors, "language_model.") == size.decoder);
    const std::string attention =
        "language_model.model.layers." + std::to_string(size.layers - 1) + ".self_attn.";
    CHECK(table.at(attention + "q_norm.weight").shape == Shape{128});
    CHECK(table.at(attention + "k_norm.weight").shape == Shape{128});
    CHECK(table.at(attention + "q_proj.weight").shape == Shape{size.heads * 128, size.hidden});
    CHECK(table.at(attention + "k_proj.weight").shape == Shape{1024, size.hidden});
    CHECK_FALSE(table.contains(attention + "q_proj.bias"));
    CHECK(config.text.head_dim == 128);
    CHECK(config.text.context_length() == 40960);
  }
}

TEST_CASE("what a Qwen3 leaves out is its class's", "[internvl][checkpoint]") {
  Json config = Json::parse(internvl3_5_hf({"8B", 4096, 12288, 36, 32, false, 0, 0}));
  Json& text = config["text_config"];
  for (const char* key : {"head_dim", "attention_bias", "rms_norm_eps", "hidden_act",
                          "use_sliding_window", "vocab_size", "max_position_embeddings"}) {
    text.erase(key);
  }
  text["num_attention_heads"] = 24;  // 4096 / 24 is no whole number; a head has 128 channels.
  const TextConfig read_text = read(config.dump(), hub_preprocessor).text;
  CHECK(read_text.head_dim == 128);
  CHECK_FALSE(read_text.qkv_bias);
  CHECK_FALSE(read_text.o_bias);
  CHECK(read_text.rms_norm_eps == 1e-6);
  CHECK(read_text.vocab_size == 151936);
  CHECK(read_text.max_position_embeddings == 32768);
  text["attention_bias"] = true;
  const TextConfig biased = read(config.dump(), hub_preprocessor).text;
  CHECK(biased.qkv_bias);
  CHECK(biased.o_bias);
  CHECK_FALSE(biased.mlp_bias);
}

TEST_CASE("a tower may lack the blocks behind its feature layer", "[internvl][checkpoint]") {
  const auto without_last_block = [](CheckpointContent& content) {
    std::erase_if(content.tensors, [](const auto& entry) {
      return entry.first.find("vision_tower.encoder.layer.2.") != std::string::npos;
    });
  };
  // Feature layer −2 of three: two blocks are run.
  CHECK(InternvlConfig::from_directory(checkpoint("hf_rms")).vision_blocks == 2);
  CHECK(fault_of<Internvl>(checkpoint("hf_rms"), without_last_block) == "");
  CHECK_THAT(fault_of<Internvl>(checkpoint("hf"), without_last_block),
             ContainsSubstring("no tensor vision_tower.encoder.layer.2."));
}

TEST_CASE("every golden checkpoint holds exactly the tensors that are expected",
          "[internvl][checkpoint][golden]") {
  for (const char* name : {"hf", "hf_rms", "internlm2", "qwen2", "hf_qwen3", "qwen3"}) {
    CAPTURE(name);
    const auto folder = checkpoint(name);
    check_stored(folder, internvl_tensors(InternvlConfig::from_directory(folder)),
                 internvl_tensor_name, std::string(name) == "hf_rms" ? 1 : 0);
  }
}

TEST_CASE("a checkpoint that does not fit its configuration is one clear error",
          "[internvl][checkpoint][errors]") {
  struct Example {
    std::string checkpoint, tensor;
  };
  for (const Example& example :
       {Example{"hf", "multi_modal_projector.linear_1.weight"},
        Example{"internlm2", "language_model.model.layers.1.attention.wqkv.weight"},
        Example{"qwen2", "vision_model.encoder.layers.0.attn.q_norm.weight"},
        Example{"hf_qwen3", "language_model.model.layers.1.self_attn.q_norm.weight"},
        Example{"qwen3", "language_model.model.layers.2.self_attn.k_norm.weight"}}) {
    const auto fault = [&](auto change) {
      return fault_of<Internvl>(checkpoint(example.checkpoint),
                                [&](CheckpointContent& c) { change(c.tensors); });
    };
    const std::string& name = example.tensor;
    CAPTURE(name);
    CHECK(fault([](auto&) {}) == "");  // The way of making them is right.
    CHECK_THAT(fault([&](auto& t) { t.erase(name); }), ContainsSubstring("no tensor " + name));
    CHECK_THAT(fault([&](auto& t) { t[name] = t[name].unsqueeze(0).clone(); }),
               ContainsSubstring(name + "\" has shape [1, "));
    CHECK(fault([&](auto& t) { t["surplus.weight"] = at::ones({3}); }) == "");
    const std::string surplus = name.substr(0, name.rfind('.')) + ".surplus";
    CHECK_THAT(fault([&](auto& t) { t[surplus] = at::ones({3}); }),
               ContainsSubstring("no place for the tensor " + surplus));
    CHECK_THAT(fault([&](auto& t) { t[name].flatten()[2] = NAN; }),
               ContainsSubstring(name + "\" holds NaN or infinity"));
  }
}

TEST_CASE("another family, decoder or version is named", "[internvl][errors]") {
  CHECK_THAT(fault_of_config("hf", "model_type", "llava_next"),
             ContainsSubstring("of the family llava_next"));
  CHECK_THAT(fault_of_config("qwen2", "model_type", "phi3", "llm_config"),
             ContainsSubstring("language model is of type phi3"));
  for (const char* other : {"qwen3_moe", "gpt_oss"}) {  // InternVL3.5's other decoders.
    CHECK_THAT(fault_of_config("hf_qwen3", "model_type", other, "text_config"),
               ContainsSubstring(std::string("language model is of type ") + other));
    CHECK_THAT(fault_of_config("qwen3", "model_type", other, "llm_config"),
               ContainsSubstring("llama, mistral, qwen2, qwen3 and internlm2 are supported"));
  }
  CHECK_THAT(fault_of_config("hf_qwen3", "use_sliding_window", true, "text_config"),
             ContainsSubstring("attends within a sliding window"));
  CHECK_THAT(fault_of_config("qwen2", "template", "phi3-chat"),
             ContainsSubstring("chat template is \"phi3-chat\""));
  CHECK_THAT(fault_of_config("qwen2", "template", "internvl_zh"),
             ContainsSubstring("internlm2-chat, Hermes-2 and internvl2_5"));
  CHECK_THAT(fault_of_config("qwen2", "pad2square", true), ContainsSubstring("padded to squares"));
  CHECK_THAT(fault_of_config("hf", "quantization_config", Json::object()),
             ContainsSubstring("quantised"));
  CHECK_THAT(fault_of_config("hf", "model_type", "siglip_vision_model", "vision_config"),
             ContainsSubstring("vision tower is of type siglip_vision_model"));
}

TEST_CASE("a value that makes no model is one clear error", "[internvl][errors]") {
  CHECK_THAT(fault_of_config("qwen2", "ps_version", "v3"), ContainsSubstring("\"v1\" or \"v2\""));
  CHECK_THAT(fault_of_config("qwen2", "downsample_ratio", 0.3),
             ContainsSubstring("\"downsample_ratio\" is 0.3"));
  CHECK_THAT(fault_of_config("qwen2", "downsample_ratio", 1.0 / 3),
             ContainsSubstring("4 patches a side, which cannot be merged by 3"));
  CHECK_THAT(fault_of_config("qwen2", "force_image_size", 3),
             ContainsSubstring("tiles of 3 pixels have 0 patches a side"));
  CHECK_THAT(fault_of_config("qwen2", "force_image_size", 700),
             ContainsSubstring("2500 image tokens, more than the context of 512"));
  CHECK_THAT(fault_of_config("qwen2", "max_dynamic_patch", 1'000'000),
             ContainsSubstring("it must lie between 1 and 256"));
  CHECK_THAT(fault_of_config("qwen2", "min_dynamic_patch", 9),
             ContainsSubstring("at least 9 and at most 4 tiles"));
  CHECK_THAT(fault_of_config("qwen2", "select_layer", -5),
             ContainsSubstring("feature layer -5 of a tower of 3 layers"));
  CHECK_THAT(fault_of_config("hf", "vision_feature_layer", Json::array({-1, -2})),
             ContainsSubstring("\"vision_feature_layer\" is a list"));
  CHECK_THAT(fault_of_config("hf", "vision_feature_select_strategy", "full"),
             ContainsSubstring("only \"default\" is supported"));
  CHECK_THAT(fault_of_config("hf", "image_token_id", 5),
             ContainsSubstring("does not read <IMG_CONTEXT> as token 5"));
  CHECK_THAT(fault_of_config("hf", "image_size", Json::array({28, 14}), "vision_config"),
             ContainsSubstring("\"image_size\" is no square"));
  CHECK_THAT(fault_of_config("hf", "norm_type", "batch_norm", "vision_config"),
             ContainsSubstring("\"norm_type\" is \"batch_norm\""));
  CHECK_THAT(fault_of_config("hf", "use_mean_pooling", false, "vision_config"),
             ContainsSubstring("a norm behind its last layer"));
  CHECK_THAT(fault_of_config("hf", "num_attention_heads", 3, "vision_config"),
             ContainsSubstring("no multiple of 3 heads"));
}

TEST_CASE("what the image processor's file asks for is read or refused", "[internvl][errors]") {
  const auto fault = [](const char* key, const Json& value) {
    return fault_of<Internvl>(checkpoint("hf_rms"), [&](CheckpointContent& content) {
      content.files.at("preprocessor_config.json")[key] = value;
    });
  };
  CHECK_THAT(fault("image_processor_type", "SiglipImageProcessor"),
             ContainsSubstring("image processor SiglipImageProcessor is not supported"));
  CHECK_THAT(fault("size", Json{{"height", 28}, {"width", 14}}),
             ContainsSubstring("no equal height and width"));
  CHECK_THAT(fault("max_patches", 0), ContainsSubstring("\"max_patches\" is 0"));
  CHECK_THAT(fault("do_something", true), ContainsSubstring("do_something"));
  CHECK_THAT(fault_of<Internvl>(checkpoint("hf_rms"),
                                [](CheckpointContent& content) {
                                  content.files.erase("preprocessor_config.json");
                                }),
             ContainsSubstring("no preprocessor_config.json"));
}
