// SPDX-License-Identifier: MIT
#include <cmath>

#include <adapters/llava/config.hpp>

#include "adapter_support.hpp"

using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

LlavaConfig read(const Json& config, const Json& generation = nullptr) {
  const TemporaryFolder folder;
  folder.write("config.json", config);
  if (!generation.is_null()) folder.write("generation_config.json", generation);
  return LlavaConfig::from_directory(folder.path());
}

std::string message(const Json& config) {
  return error_of([&] { (void)read(config); });
}

/// The smallest configuration with one value set, inside "text_config", say, if `part` says so.
Json with(const std::string& part, const std::string& key, const Json& value) {
  Json config{{"model_type", "llava"}};
  (part.empty() ? config : config[part])[key] = value;
  return config;
}

}  // namespace

TEST_CASE("what a LLaVA configuration leaves out is LLaVA-1.5-7B", "[adapters][config]") {
  const LlavaConfig config = read({{"model_type", "llava"}});

  CHECK(config.text.hidden_size == 4096);
  CHECK(config.text.intermediate_size == 11008);
  CHECK(config.text.num_hidden_layers == 32);
  CHECK(config.text.num_key_value_heads == 32);
  CHECK(config.text.head_dim == 128);
  CHECK(config.text.rms_norm_eps == 1e-6);
  CHECK(config.text.rope_theta == 10000);
  CHECK(config.text.vocab_size == 32000);
  CHECK(config.text.max_position_embeddings == 2048);
  CHECK_FALSE(config.text.tie_word_embeddings);
  CHECK(config.vision.hidden_size == 1024);
  CHECK(config.vision.image_size == 336);
  CHECK(config.image_token_index == 32000);
  CHECK(config.feature_layers == std::vector<int>{23});
  CHECK_FALSE(config.keeps_class_token());
  CHECK(config.stop_ids == std::vector<infoflow::TokenId>{2});
}

TEST_CASE("a vision configuration that says something has CLIP's other defaults",
          "[adapters][config]") {
  // CLIPVisionConfig of transformers 5.23: 768 channels, 12 layers, 12 heads, 224 pixels, patch 32.
  const ClipVisionConfig vision = read(with("vision_config", "intermediate_size", 100)).vision;

  CHECK(vision.intermediate_size == 100);
  CHECK(vision.hidden_size == 768);
  CHECK(vision.num_hidden_layers == 12);
  CHECK(vision.num_attention_heads == 12);
  CHECK(vision.image_size == 224);
  CHECK(vision.patch_size == 32);
}

TEST_CASE("both dialects say the same", "[adapters][config]") {
  CHECK(read(with("text_config", "rope_theta", 5000.0)).text.rope_theta == 5000);
  const Json rope{{"rope_theta", 5000.0}, {"rope_type", "default"}};
  CHECK(read(with("text_config", "rope_parameters", rope)).text.rope_theta == 5000);
  CHECK(read(with("", "torch_dtype", "float16")).dtype == "float16");
  CHECK(read(with("", "dtype", "bfloat16")).dtype == "bfloat16");
  CHECK(read(with("", "image_token_id", 7)).image_token_index == 7);
  CHECK(read(with("", "image_token_index", 7)).image_token_index == 7);
  CHECK(read(with("", "tie_word_embeddings", true)).text.tie_word_embeddings);
  CHECK(read(with("text_config", "tie_word_embeddings", true)).text.tie_word_embeddings);
}

TEST_CASE("heads follow from what is said", "[adapters][config]") {
  Json json = with("text_config", "num_attention_heads", 8);
  json["text_config"]["hidden_size"] = 64;
  CHECK(read(json).text.head_dim == 8);
  CHECK(read(json).text.num_key_value_heads == 8);

  json["text_config"]["head_dim"] = 16;
  json["text_config"]["num_key_value_heads"] = 2;
  CHECK(read(json).text.head_dim == 16);
  CHECK(read(json).text.num_key_value_heads == 2);

  json["text_config"]["num_key_value_heads"] = 3;
  CHECK_THAT(message(json), ContainsSubstring("8 heads cannot share 3 key heads"));
}

TEST_CASE("stop ids come from generation_config.json, one or a list, else from config.json",
          "[adapters][config]") {
  using Ids = std::vector<infoflow::TokenId>;
  const Json plain = with("text_config", "eos_token_id", 5);

  CHECK(read(plain, {{"eos_token_id", 9}}).stop_ids == Ids{9});
  CHECK(read(plain, {{"eos_token_id", {9, 11}}}).stop_ids == Ids{9, 11});
  CHECK(read(plain, {{"bos_token_id", 1}}).stop_ids == Ids{5});
  CHECK(read(plain).stop_ids == Ids{5});
  CHECK_THAT(error_of([&] { (void)read(plain, {{"eos_token_id", "</s>"}}); }),
             ContainsSubstring("eos_token_id"));
  CHECK_THAT(error_of([&] { (void)read(plain, {{"eos_token_id", -1}}); }),
             ContainsSubstring("eos_token_id"));

  CHECK_THAT(message(with("", "eos_token_id", -1)),
             ContainsSubstring("\"eos_token_id\" holds -1") && ContainsSubstring("/config.json"));
}

TEST_CASE("what greedy decoding does not use may be anything that transformers reads",
          "[adapters][config]") {
  using Ids = std::vector<infoflow::TokenId>;
  for (const char* key : {"pad_token_id", "bos_token_id", "decoder_start_token_id"}) {
    for (const Json& value : {Json(-1), Json(nullptr), Json("</s>"), Json(NAN)}) {
      CHECK(message(with("", key, value)).empty());
      CHECK(message(with("text_config", key, value)).empty());
      CHECK(read({{"model_type", "llava"}}, {{"eos_token_id", 7}, {key, value}}).stop_ids ==
            Ids{7});
    }
  }
  // As Python's json module writes what is no number; dump() would write null.
  const TemporaryFolder folder;
  folder.write("config.json",
               std::string(R"({"model_type": "llava", "a": NaN, "text_config": {"initializer_range":
 Infinity, "router_z_loss": [-Infinity, 1]}})"));
  folder.write("generation_config.json",
               std::string(R"({"eos_token_id": 7, "temperature": NaN, "top_p": Infinity})"));
  CHECK(LlavaConfig::from_directory(folder.path()).stop_ids == Ids{7});
  for (const char* key : {"rms_norm_eps", "rope_theta"}) {
    for (const char* value : {"NaN", "Infinity", "-Infinity", "1e300", "0", "-1"}) {
      folder.write("config.json", std::string(R"({"model_type": "llava", "text_config": {")") +
                                      key + "\": " + value + "}}");
      CHECK_THAT(error_of([&] { (void)LlavaConfig::from_directory(folder.path()); }),
                 ContainsSubstring("\"" + std::string(key) + "\" is ") &&
                     ContainsSubstring("must be above 0 and at most "));
    }
  }
}

TEST_CASE("norms have an epsilon that is one", "[adapters][config]") {
  for (const auto& [part, key] :
       {std::pair{"text_config", "rms_norm_eps"}, std::pair{"vision_config", "layer_norm_eps"}}) {
    for (const double value : {1e-12, 1e-5, 0.1, 1.0}) CHECK(message(with(part, key, value)) == "");
    for (const double value : {0.0, -1e-5, 1.5, 1e300}) {
      CHECK_THAT(message(with(part, key, value)), ContainsSubstring(key));
    }
  }
}

TEST_CASE("feature layers are one or a list, counted from either end", "[adapters][config]") {
  const auto layers = [](const Json& value) {
    return read(with("", "vision_feature_layer", value)).feature_layers;
  };
  CHECK(layers(-1) == std::vector<int>{24});
  CHECK(layers(nullptr) == std::vector<int>{23});
  CHECK(layers(Json::array({-2})) == std::vector<int>{23});
  CHECK(layers(Json::array({-2, 0, 24, -25, -2})) == std::vector<int>{23, 0, 24, 0, 23});
  CHECK_THAT(message(with("", "vision_feature_layer", Json::array())),
             ContainsSubstring("names no layer"));
  CHECK_THAT(message(with("", "vision_feature_layer", Json::array({-2, 25}))),
             ContainsSubstring("24 layers"));
  CHECK_THAT(message(with("", "vision_feature_layer", Json::array({-2, "x"}))),
             ContainsSubstring("vision_feature_layer"));
}

TEST_CASE("the context is the trained length, stretched as the rotary type says",
          "[adapters][config]") {
  const auto context = [](const Json& rope) {
    Json json = with("text_config", "rope_scaling", rope);
    json["text_config"]["max_position_embeddings"] = 1000;
    return read(json).text.context_length();
  };
  CHECK(context(nullptr) == 1000);
  CHECK(context({{"type", "linear"}, {"factor", 2.5}}) == 2500);
  CHECK(context({{"type", "dynamic"}, {"factor", 2.0}}) == 1 << 20);
  CHECK(context({{"type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 500}}) ==
        2000);
  CHECK(context({{"type", "yarn"}, {"factor", 2.0}, {"original_max_position_embeddings", 200}}) ==
        1000);
}

TEST_CASE("another family, another tower and the original code are named", "[adapters][config]") {
  CHECK_THAT(message({{"model_type", "qwen2_5_vl"}}), ContainsSubstring("qwen2_5_vl"));
  CHECK_THAT(message({{"hidden_size", 5}}), ContainsSubstring("no model_type"));
  CHECK_THAT(message(with("", "mm_vision_tower", "openai/clip-vit-large-patch14-336")),
             ContainsSubstring("original LLaVA") && ContainsSubstring("convert.py"));
  CHECK_THAT(message(with("", "image_aspect_ratio", "anyres")), ContainsSubstring("LLaVA-1.6"));
  CHECK_THAT(message(with("", "mm_patch_merge_type", "spatial_unpad")),
             ContainsSubstring("LLaVA-1.6"));
  CHECK_THAT(message(with("text_config", "model_type", "qwen2")), ContainsSubstring("qwen2"));
  CHECK_THAT(message(with("vision_config", "model_type", "siglip_vision_model")),
             ContainsSubstring("siglip_vision_model"));
  CHECK_THAT(message(with("", "quantization_config", Json{{"bits", 4}})),
             ContainsSubstring("quantised"));
  CHECK_THAT(error_of([] { (void)LlavaConfig::from_directory("/nowhere"); }),
             ContainsSubstring("config.json"));
}

TEST_CASE("what the decoder and the tower cannot do is refused", "[adapters][config]") {
  const Json longrope{{"type", "longrope"}, {"factor", 2.0}};
  CHECK_THAT(message(with("text_config", "rope_scaling", longrope)), ContainsSubstring("longrope"));
  CHECK(message(with("text_config", "rope_scaling", nullptr)).empty());
  CHECK_THAT(message(with("text_config", "hidden_act", "relu2")), ContainsSubstring("relu2"));
  CHECK_THAT(message(with("", "projector_hidden_act", "gelu_new")), ContainsSubstring("gelu_new"));
  CHECK_THAT(message(with("", "vision_feature_layer", 25)), ContainsSubstring("24 layers"));
  CHECK(message(with("", "vision_feature_layer", -25)).empty());
  CHECK_THAT(message(with("", "vision_feature_layer", -26)), ContainsSubstring("24 layers"));
  CHECK_THAT(message(with("", "vision_feature_select_strategy", "patch")),
             ContainsSubstring("patch"));
  CHECK(read(with("", "vision_feature_select_strategy", "full")).keeps_class_token());
}

TEST_CASE("senseless sizes are refused before anything is allocated", "[adapters][config]") {
  for (const char* key : {"hidden_size", "intermediate_size", "num_hidden_layers",
                          "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size"}) {
    for (const Json& value : {Json(0), Json(-1), Json(2000000000), Json(1e300), Json("12")}) {
      INFO(key << " = " << value);
      CHECK_THAT(message(with("text_config", key, value)), ContainsSubstring(key));
    }
  }
  CHECK_THAT(message(with("text_config", "num_attention_heads", 33)),
             ContainsSubstring("no multiple of 33 heads"));
  CHECK_THAT(message(with("text_config", "rms_norm_eps", 0)), ContainsSubstring("rms_norm_eps"));
  CHECK_THAT(message(with("vision_config", "patch_size", 500)), ContainsSubstring("patch_size"));
  CHECK_THAT(message(with("text_config", "head_dim", 5)), ContainsSubstring("even"));
}
