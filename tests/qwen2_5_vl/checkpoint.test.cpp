// SPDX-License-Identifier: MIT
// Which tensors a Qwen2-VL or Qwen2.5-VL checkpoint must hold, and what is said of one that does not
// fit.
#include <array>

#include <catch_torch.hpp>

#include <adapters/qwen2_5_vl.hpp>

#include "../parity/changed_checkpoint.hpp"
#include "../parity/golden.hpp"
#include "../parity/loading.hpp"
#include "../parity/tensor_table.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using adapter_tests::TemporaryFolder;
using Catch::Matchers::ContainsSubstring;

namespace {

using Shape = std::vector<std::int64_t>;

std::filesystem::path checkpoint(const std::string& name) {
  return golden_directory("qwen2_5_vl") / name;
}

/// What the published sizes differ in.
struct Size {
  const char* name;
  bool second;
  int hidden, inner, layers, heads, key_heads, vocabulary;
  bool tied;
  int tower_inner;
  std::int64_t parameters;
};

/// As on the hub, flat.
Json hub_config(const Size& size) {
  Json vision{{"depth", 32},
              {"num_heads", 16},
              {"in_chans", 3},
              {"patch_size", 14},
              {"spatial_merge_size", 2},
              {"spatial_patch_size", 14},
              {"temporal_patch_size", 2}};
  if (size.second) {
    vision.update({{"hidden_act", "silu"},
                   {"hidden_size", 1280},
                   {"intermediate_size", size.tower_inner},
                   {"out_hidden_size", size.hidden},
                   {"window_size", 112},
                   {"fullatt_block_indexes", {7, 15, 23, 31}},
                   {"tokens_per_second", 2}});
  } else {
    vision.update({{"embed_dim", 1280}, {"hidden_size", size.hidden}, {"mlp_ratio", 4}});
  }
  return {{"model_type", size.second ? "qwen2_5_vl" : "qwen2_vl"},
          {"bos_token_id", 151643},
          {"eos_token_id", 151645},
          {"vision_start_token_id", 151652},
          {"vision_end_token_id", 151653},
          {"vision_token_id", 151654},
          {"image_token_id", 151655},
          {"video_token_id", 151656},
          {"hidden_act", "silu"},
          {"hidden_size", size.hidden},
          {"intermediate_size", size.inner},
          {"max_position_embeddings", size.second ? 128000 : 32768},
          {"max_window_layers", size.layers},
          {"num_attention_heads", size.heads},
          {"num_hidden_layers", size.layers},
          {"num_key_value_heads", size.key_heads},
          {"rms_norm_eps", 1e-6},
          {"rope_theta", 1000000.0},
          {"sliding_window", 32768},
          {"tie_word_embeddings", size.tied},
          {"use_sliding_window", false},
          {"vision_config", vision},
          {"rope_scaling", {{"type", "mrope"}, {"mrope_section", {16, 24, 24}}}},
          {"vocab_size", size.vocabulary}};
}

const char* const hub_preprocessor = R"({"min_pixels": 3136, "max_pixels": 12845056,
  "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
  "image_mean": [0.48145466, 0.4578275, 0.40821073],
  "image_std": [0.26862954, 0.26130258, 0.27577711],
  "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor"})";

Qwen2_5VlConfig read(const Json& config, const std::string& preprocessor = hub_preprocessor) {
  const TemporaryFolder folder;
  folder.write("config.json", config.dump());
  folder.write("preprocessor_config.json", preprocessor);
  return Qwen2_5VlConfig::from_directory(folder.path());
}

const Size qwen2_5_7b{"2.5 7B", true, 3584, 18944, 28, 28, 4, 152064, false, 3420, 8'292'166'656};

/// A golden checkpoint with one key of its config.json changed.
std::string fault_of_config(const std::string& name, const std::string& key, const Json& value,
                            const std::string& part = "") {
  return fault_of<Qwen2_5Vl>(checkpoint(name), [&](CheckpointContent& content) {
    Json& config = content.files.at("config.json");
    (part.empty() ? config : config[part])[key] = value;
  });
}

std::string fault_of_pictures(const std::string& key, const Json& value) {
  return fault_of<Qwen2_5Vl>(checkpoint("qwen2_5"), [&](CheckpointContent& content) {
    content.files.at("preprocessor_config.json")[key] = value;
  });
}

}  // namespace

TEST_CASE("the published sizes of Qwen2-VL and Qwen2.5-VL have these tensors",
          "[qwen2_5_vl][checkpoint]") {
  // Parameters as the hub counts them in the files.
  const std::array<Size, 7> sizes{
      {{"2.5 3B", true, 2048, 11008, 36, 16, 2, 151936, true, 3420, 3'754'622'976},
       qwen2_5_7b,
       {"2.5 32B", true, 5120, 27648, 64, 40, 8, 152064, false, 3456, 33'452'718'336},
       {"2.5 72B", true, 8192, 29568, 80, 64, 8, 152064, false, 3456, 73'410'777'344},
       {"2 2B", false, 1536, 8960, 28, 12, 2, 151936, true, 0, 2'208'985'600},
       {"2 7B", false, 3584, 18944, 28, 28, 4, 152064, false, 0, 8'291'375'616},
       {"2 72B", false, 8192, 29568, 80, 64, 8, 152064, false, 0, 73'405'560'320}}};
  for (const Size& size : sizes) {
    CAPTURE(size.name);
    const Qwen2_5VlConfig config = read(hub_config(size));
    const auto tensors = qwen2_5_vl_tensors(config);
    const auto table = by_name(tensors);
    // A tied head is in the list and in no file.
    const std::int64_t head = size.tied ? std::int64_t{size.vocabulary} * size.hidden : 0;
    CHECK(parameters(tensors) - head == size.parameters);
    CHECK(table.size() == (size.second ? 32U * 12 + 6 : 32U * 12 + 7) +
                              static_cast<std::size_t>(size.layers) * 12 + 3);
    const auto shape = [&](const std::string& name) { return table.at(name).shape; };
    CHECK(shape("visual.patch_embed.proj.weight") == Shape{1280, 3, 2, 14, 14});
    CHECK(shape("visual.blocks.31.attn.qkv.bias") == Shape{3840});
    CHECK(shape("visual.merger.mlp.0.weight") == Shape{5120, 5120});
    CHECK(shape("visual.merger.mlp.2.weight") == Shape{size.hidden, 5120});
    CHECK(table.contains("visual.merger.ln_q.bias") == !size.second);
    CHECK(table.contains("visual.blocks.0.mlp.gate_proj.bias") == size.second);
    CHECK(table.contains("visual.blocks.0.mlp.fc1.bias") == !size.second);
    CHECK(shape("model.layers.0.self_attn.k_proj.bias") == Shape{size.key_heads * 128});
    CHECK_FALSE(table.contains("model.layers.0.self_attn.o_proj.bias"));
    CHECK(config.text.head_dim == 128);
    CHECK(config.text.mrope_section == std::array{16, 24, 24});
    CHECK(config.image_token == 151655);
    CHECK(config.pictures.most_pixels == 12845056);
    CHECK(config.vision.windowed(7) == false);
    CHECK(config.vision.windowed(8) == size.second);
    CHECK(config.vision.window_cells() == 4);
  }
}

TEST_CASE("what a configuration of Qwen2.5-VL leaves out is its class's",
          "[qwen2_5_vl][checkpoint]") {
  const Qwen2_5VlConfig config =
      read({{"model_type", "qwen2_5_vl"},
            {"vision_config", {{"hidden_size", 1280}, {"out_hidden_size", 8192}}}},
           R"({"image_processor_type": "Qwen2VLImageProcessorFast"})");
  CHECK(config.text.hidden_size == 8192);
  CHECK(config.text.num_hidden_layers == 80);
  CHECK(config.text.num_key_value_heads == 8);
  CHECK(config.text.rms_norm_eps == 1e-5);
  CHECK(config.text.rope_theta == 1e6);
  CHECK(config.text.vocab_size == 152064);
  CHECK(config.text.mrope_section == std::array{16, 24, 24});
  CHECK(config.vision.depth == 32);
  CHECK(config.vision.full_blocks == std::vector{7, 15, 23, 31});
  CHECK(config.pictures.fewest_pixels == 3136);
  CHECK(config.pictures.most_pixels == 28 * 28 * 1280);
  CHECK(config.pictures.factor == 28);
}

TEST_CASE("yarn reaches beyond the trained length with sections, too", "[qwen2_5_vl][checkpoint]") {
  Json json = hub_config(qwen2_5_7b);
  json["rope_scaling"] = {{"type", "yarn"},
                          {"mrope_section", {16, 24, 24}},
                          {"factor", 4},
                          {"original_max_position_embeddings", 32768}};
  const Qwen2_5VlConfig config = read(json);
  CHECK(config.text.rope_scaling.type == RopeType::yarn);
  CHECK(config.text.mrope_section == std::array{16, 24, 24});
  CHECK(config.text.context_length() == 131072);
}

TEST_CASE("every golden Qwen2.5-VL holds exactly the tensors that are expected",
          "[qwen2_5_vl][checkpoint][golden]") {
  for (const char* name : {"qwen2_5", "qwen2_5_hub", "qwen2"}) {
    CAPTURE(name);
    const auto folder = checkpoint(name);
    check_stored(folder, qwen2_5_vl_tensors(Qwen2_5VlConfig::from_directory(folder)),
                 qwen2_5_vl_tensor_name, std::string(name) == "qwen2_5_hub" ? 1 : 0);
  }
}

TEST_CASE("both spellings of a tensor's name are read", "[qwen2_5_vl][checkpoint]") {
  CHECK(qwen2_5_vl_tensor_name("model.visual.merger.ln_q.weight") == "visual.merger.ln_q.weight");
  CHECK(qwen2_5_vl_tensor_name("model.language_model.layers.0.mlp.up_proj.weight") ==
        "model.layers.0.mlp.up_proj.weight");
  CHECK(qwen2_5_vl_tensor_name("model.layers.0.mlp.up_proj.weight") ==
        "model.layers.0.mlp.up_proj.weight");
  CHECK(qwen2_5_vl_tensor_name("lm_head.weight") == "lm_head.weight");
  CHECK_FALSE(qwen2_5_vl_tensor_name("visual.rotary_pos_emb.rotary_emb.inv_freq"));
}

TEST_CASE("stored embeddings and heads of Qwen2.5-VL are used, whatever is said of tying",
          "[qwen2_5_vl][loading][tied]") {
  const WordTables names{"model.language_model.embed_tokens.weight", "lm_head.weight"};
  const auto used = [&](const Json& change, const std::vector<std::string>& stored) {
    return tables_used<Qwen2_5Vl>(checkpoint("qwen2_5"), names, change, stored);
  };
  const Json top{{"tie_word_embeddings", true}};
  const Json inner{{"text_config", {{"tie_word_embeddings", true}}}};
  for (const Json& flag : {Json::object(), top, inner}) {
    CHECK(used(flag, {names.embedding, names.head}) == "embedding and head");
  }
  CHECK(used(top, {names.embedding}) == "embedding and embedding");
  CHECK(used(inner, {names.embedding}) == "embedding and embedding");
  CHECK_THAT(used(Json::object(), {names.embedding}),
             ContainsSubstring("no tensor lm_head.weight"));
}

TEST_CASE("a Qwen2.5-VL that does not fit its configuration is one clear error",
          "[qwen2_5_vl][checkpoint][errors]") {
  for (const auto& [folder, name] :
       {std::pair("qwen2_5_hub", "visual.blocks.1.mlp.gate_proj.weight"),
        std::pair("qwen2_5_hub", "model.layers.2.self_attn.q_proj.bias"),
        std::pair("qwen2", "visual.merger.ln_q.weight")}) {
    const auto fault = [&](auto change) {
      return fault_of<Qwen2_5Vl>(
          checkpoint(folder), [&](CheckpointContent& c) { change(c.tensors, std::string(name)); });
    };
    CAPTURE(name);
    CHECK(fault([](auto&, auto) {}) == "");  // The way of making them is right.
    CHECK_THAT(fault([](auto& t, auto n) { t.erase(n); }),
               ContainsSubstring(std::string("no tensor ") + name));
    CHECK_THAT(fault([](auto& t, auto n) { t[n] = t[n].unsqueeze(0).clone(); }),
               ContainsSubstring(std::string(name) + "\" has shape [1, "));
    CHECK_THAT(fault([](auto& t, auto n) { t[n].flatten()[2] = NAN; }),
               ContainsSubstring(std::string(name) + "\" holds NaN or infinity"));
  }
}

TEST_CASE("another family, or what makes no Qwen2.5-VL, is named", "[qwen2_5_vl][errors]") {
  CHECK_THAT(fault_of_config("qwen2", "model_type", "qwen3_vl"),
             ContainsSubstring("of the family qwen3_vl"));
  CHECK_THAT(fault_of_config("qwen2_5", "quantization_config", Json::object()),
             ContainsSubstring("quantised"));
  CHECK_THAT(fault_of_config("qwen2", "use_sliding_window", true),
             ContainsSubstring("sliding window"));
  CHECK_THAT(fault_of_config("qwen2_5", "image_token_id", 5),
             ContainsSubstring("does not read <|image_pad|> as token 5"));
  CHECK_THAT(fault_of_config("qwen2_5", "out_hidden_size", 32, "vision_config"),
             ContainsSubstring("image tokens of 32 channels for a decoder of 48"));
  CHECK_THAT(fault_of_config("qwen2_5", "num_heads", 4, "vision_config"),
             ContainsSubstring("a quarter each"));
  CHECK_THAT(fault_of_config("qwen2_5", "num_heads", 5, "vision_config"),
             ContainsSubstring("no multiple of 5 heads"));
  CHECK_THAT(fault_of_config("qwen2_5", "window_size", 7, "vision_config"),
             ContainsSubstring("windows of 7 pixels hold no merged patch"));
  CHECK_THAT(fault_of_config("qwen2_5", "in_channels", 1, "vision_config"),
             ContainsSubstring("in_channels must be 3"));
  CHECK_THAT(fault_of_config("qwen2", "mlp_ratio", 1e9, "vision_config"),
             ContainsSubstring("\"mlp_ratio\""));
  const auto sections = [](const Json& value) {
    return fault_of<Qwen2_5Vl>(checkpoint("qwen2_5"), [&](CheckpointContent& content) {
      content.files.at("config.json")["text_config"]["rope_parameters"]["mrope_section"] = value;
    });
  };
  CHECK_THAT(sections({2, 2, 3}), ContainsSubstring("does not part the 6 frequencies"));
  CHECK_THAT(sections({3, 3}), ContainsSubstring("does not part the 6 frequencies"));
  CHECK_THAT(sections({-1, 3, 4}), ContainsSubstring("does not part the 6 frequencies"));
}

TEST_CASE("what Qwen2-VL's image processor asks for is read or refused", "[qwen2_5_vl][errors]") {
  CHECK_THAT(fault_of_pictures("image_processor_type", "SiglipImageProcessor"),
             ContainsSubstring("image processor SiglipImageProcessor is not supported"));
  CHECK_THAT(fault_of_pictures("patch_size", 14),
             ContainsSubstring("\"patch_size\" is 14, the tower's 4"));
  CHECK_THAT(fault_of_pictures("size", Json{{"shortest_edge", 9}}),
             ContainsSubstring("\"size\" has no longest_edge"));
  CHECK_THAT(fault_of_pictures("min_pixels", 5000),
             ContainsSubstring("at least 5000 and at most 2048 pixels"));
  CHECK_THAT(fault_of_pictures("do_resize", false), ContainsSubstring("without do_resize"));
  CHECK_THAT(fault_of_pictures("do_something", true), ContainsSubstring("do_something"));
  CHECK_THAT(fault_of<Qwen2_5Vl>(checkpoint("qwen2_5"),
                                 [](CheckpointContent& content) {
                                   content.files.erase("preprocessor_config.json");
                                 }),
             ContainsSubstring("no preprocessor_config.json"));
}
