// SPDX-License-Identifier: MIT
// Which tensors a LLaVA-1.6 checkpoint must hold, and what is said of one that does not fit.
#include <catch_torch.hpp>

#include <adapters/llava_next.hpp>

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
  return golden_directory("llava_next") / name;
}

const std::string hub_preprocessor = R"({"aspect_ratio_setting": "anyres",
  "crop_size": {"height": 336, "width": 336}, "do_center_crop": true, "do_convert_rgb": true,
  "do_normalize": true, "do_pad": true, "do_rescale": true, "do_resize": true,
  "image_grid_pinpoints": [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
  "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_processor_type": "LlavaNextImageProcessor",
  "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3,
  "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 336}})";

/// A configuration of the hub, without what only training and padding read.
LlavaNextConfig hub(const std::string& image_token, const std::string& text) {
  const TemporaryFolder folder;
  folder.write("config.json", R"({"architectures": ["LlavaNextForConditionalGeneration"],
    "ignore_index": -100,
    "image_grid_pinpoints": [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
    "image_token_index": )" + image_token +
                                  R"(, "model_type": "llava_next",
    "projector_hidden_act": "gelu", "text_config": )" +
                                  text +
                                  R"(, "tie_word_embeddings": false, "torch_dtype": "float16",
    "use_image_newline_parameter": true,
    "vision_config": {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096,
      "model_type": "clip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 24,
      "patch_size": 14, "projection_dim": 768, "vocab_size": 32000},
    "vision_feature_layer": -2, "vision_feature_select_strategy": "default"})");
  folder.write("preprocessor_config.json", hub_preprocessor);
  return LlavaNextConfig::from_directory(folder.path());
}

/// A configuration of the original code: `own` beside what all releases have.
LlavaNextConfig original(const std::string& own) {
  const TemporaryFolder folder;
  folder.write("config.json", R"({"bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
    "image_aspect_ratio": "anyres", "image_crop_resolution": 224,
    "image_grid_pinpoints": [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
    "image_split_resolution": 224, "mm_hidden_size": 1024, "mm_patch_merge_type": "spatial_unpad",
    "mm_projector_type": "mlp2x_gelu", "mm_use_im_patch_token": false,
    "mm_use_im_start_end": false, "mm_vision_select_feature": "patch",
    "mm_vision_select_layer": -2, "mm_vision_tower": "openai/clip-vit-large-patch14-336",
    "mm_vision_tower_lr": 2e-06, "rms_norm_eps": 1e-05, "tie_word_embeddings": false,
    "torch_dtype": "bfloat16", "unfreeze_mm_vision_tower": true, )" +
                                  own + "}");
  return LlavaNextConfig::from_directory(folder.path());
}

const std::string vicuna_13b = R"("hidden_size": 5120, "intermediate_size": 13824,
  "num_attention_heads": 40, "num_hidden_layers": 40, "num_key_value_heads": 40)";
const std::string mistral_7b = R"("hidden_size": 4096, "intermediate_size": 14336,
  "max_position_embeddings": 32768, "num_attention_heads": 32, "num_hidden_layers": 32,
  "num_key_value_heads": 8, "rope_theta": 1000000.0, "sliding_window": null)";
const std::string yi_34b = R"("hidden_size": 7168, "intermediate_size": 20480,
  "max_position_embeddings": 4096, "num_attention_heads": 56, "num_hidden_layers": 60,
  "num_key_value_heads": 8, "rope_theta": 5000000.0)";

/// The name of a tensor of the hub in the original code's files.
std::string original_name(const std::string& hub_name) {
  const std::vector<std::pair<std::string, std::string>> prefixes{
      {"language_model.model.", "model."},
      {"language_model.lm_head.", "lm_head."},
      {"vision_tower.", "model.vision_tower.vision_tower."},
      {"multi_modal_projector.linear_1.", "model.mm_projector.0."},
      {"multi_modal_projector.linear_2.", "model.mm_projector.2."},
      {"image_newline", "model.image_newline"}};
  for (const auto& [ours, theirs] : prefixes) {
    if (hub_name.starts_with(ours)) return theirs + hub_name.substr(ours.size());
  }
  return "";
}

/// A golden checkpoint with one key of its config.json changed.
std::string fault_of_config(const std::string& name, const std::string& key, const Json& value,
                            const std::string& part = "") {
  return fault_of<LlavaNext>(checkpoint(name), [&](CheckpointContent& content) {
    Json& config = content.files.at("config.json");
    (part.empty() ? config : config[part])[key] = value;
  });
}

}  // namespace

TEST_CASE("the releases on the hub have these tensors", "[llava_next][checkpoint]") {
  struct Release {
    std::string image_token, text;
    std::size_t tensors;      // Decoder, tower 391, projector 4, newline.
    std::int64_t parameters;  // In billions as the hub's cards say: 7.06, 13.4, 7.57, 34.8, 8.36.
    Shape key;
  };
  const std::string llama = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
    "rms_norm_eps": 1e-05, "torch_dtype": "float16", )";
  for (const Release& release : {
           Release{"32000", llama + R"("max_position_embeddings": 4096, "vocab_size": 32064})",
                   32 * 9 + 3, 7'063'431'168, Shape{4096, 4096}},
           Release{"32000",
                   llama + R"("max_position_embeddings": 4096, "vocab_size": 32064, )" +
                       vicuna_13b + "}",
                   40 * 9 + 3, 13'351'499'776, Shape{5120, 5120}},
           Release{"32000",
                   R"({"architectures": ["MistralForCausalLM"], "model_type": "mistral",
                     "rms_norm_eps": 1e-05, "vocab_size": 32064, "intermediate_size": 14336,
                     "max_position_embeddings": 32768, "num_key_value_heads": 8,
                     "rope_theta": 1000000.0, "sliding_window": null})",
                   32 * 9 + 3, 7'566'747'648, Shape{1024, 4096}},
           Release{"64000", llama + R"("vocab_size": 64064, )" + yi_34b + "}", 60 * 9 + 3,
                   34'752'083'968, Shape{1024, 7168}},
           Release{"128256", llama + R"("vocab_size": 128320, "intermediate_size": 14336,
                     "max_position_embeddings": 8192, "num_key_value_heads": 8,
                     "rope_theta": 500000.0})",
                   32 * 9 + 3, 8'355'276'800, Shape{1024, 4096}},
       }) {
    CAPTURE(release.text);
    const LlavaNextConfig config = hub(release.image_token, release.text);
    const auto tensors = llava_next_tensors(config);
    const auto table = by_name(tensors);
    CHECK(table.size() == release.tensors + 391 + 4 + 1);
    CHECK(parameters(tensors) == release.parameters);
    CHECK(table.at("language_model.model.layers.31.self_attn.k_proj.weight").shape == release.key);
    CHECK(table.at("image_newline").shape == Shape{release.key[1]});
    CHECK(table.at("image_newline").needed);
    CHECK_FALSE(table.at("vision_tower.vision_model.post_layernorm.weight").needed);
    CHECK(config.patches_per_side() == 24);
    CHECK((config.tiles.canvases == AnyresSettings{}.canvases));
  }
}

TEST_CASE("LLaVA-NeXT 72B and 110B have a Qwen1.5 with biases, the larger one grouped keys",
          "[llava_next][checkpoint]") {
  const std::string qwen = R"({"architectures": ["Qwen2ForCausalLM"], "hidden_size": 8192,
    "max_position_embeddings": 32768, "model_type": "qwen2", "num_attention_heads": 64,
    "num_hidden_layers": 80, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
    "sliding_window": 32768, "use_sliding_window": false, "vocab_size": 152064, )";
  const auto small =
      hub("151646", qwen + R"("intermediate_size": 24576, "num_key_value_heads": 64})");
  const auto large =
      hub("151646", qwen + R"("intermediate_size": 49152, "num_key_value_heads": 8})");
  // Qwen1.5-72B has 72.29 billion, -110B 111.21 billion; tower and projector have 0.38.
  CHECK(parameters(llava_next_tensors(small)) == 72'666'949'632);
  CHECK(parameters(llava_next_tensors(large)) == 111'588'943'872);
  const auto table = by_name(llava_next_tensors(large));
  CHECK(table.size() == 80 * 12 + 3 + 391 + 4 + 1);
  CHECK(table.at("language_model.model.layers.79.self_attn.v_proj.bias").shape == Shape{1024});
  CHECK(table.at("multi_modal_projector.linear_2.weight").shape == Shape{8192, 8192});
}

TEST_CASE("the original releases have the same tensors under names of their own",
          "[llava_next][checkpoint]") {
  struct Release {
    std::string own, decoder;
    std::int64_t parameters;
  };
  for (const Release& release :
       {Release{R"("model_type": "llava", "max_position_embeddings": 4096, "vocab_size": 32000,
          "hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32,
          "num_hidden_layers": 32, "num_key_value_heads": 32)",
                "llama", 7'063'431'168 - 2 * 64 * 4096},
        Release{R"("model_type": "llava_mistral", "vocab_size": 32000, )" + mistral_7b, "mistral",
                7'566'747'648 - 2 * 64 * 4096},
        Release{R"("model_type": "llava", "vocab_size": 64000, )" + yi_34b, "llama",
                34'752'083'968 - 2 * 64 * 7168}}) {
    CAPTURE(release.own);
    const LlavaNextConfig config = original(release.own);
    CHECK(config.original);
    CHECK(config.decoder == release.decoder);
    CHECK(config.llava.image_token_index == -200);
    const auto tensors = llava_next_tensors(config);
    CHECK(parameters(tensors) == release.parameters);
    for (const ExpectedTensor& tensor : tensors) {
      CAPTURE(tensor.name);
      REQUIRE(!original_name(tensor.name).empty());
      CHECK(llava_next_tensor_name(original_name(tensor.name)) == tensor.name);
      CHECK(llava_next_tensor_name(tensor.name) == tensor.name);
    }
    // (width, height) there: for small pictures the upright canvas is tried first.
    CHECK(config.tiles.canvases.front() == ImageSize{336, 672});
  }
}

TEST_CASE("names of the hub, of transformers 5 and of the original code mean the same tensors",
          "[llava_next][checkpoint]") {
  for (const char* name : {"image_newline", "model.image_newline"}) {
    CHECK(llava_next_tensor_name(name) == "image_newline");
  }
  const std::string patch = "vision_tower.vision_model.embeddings.patch_embedding.weight";
  for (const char* name :
       {"vision_tower.embeddings.patch_embedding.weight",
        "model.vision_tower.embeddings.patch_embedding.weight",
        "model.vision_tower.vision_tower.vision_model.embeddings.patch_embedding.weight"}) {
    CHECK(llava_next_tensor_name(name) == patch);
  }
  const std::string norm = "language_model.model.norm.weight";
  for (const char* name : {"model.norm.weight", "model.language_model.norm.weight"}) {
    CHECK(llava_next_tensor_name(name) == norm);
  }
  CHECK(llava_next_tensor_name("lm_head.weight") == "language_model.lm_head.weight");
  CHECK_FALSE(llava_next_tensor_name("model.layers.0.self_attn.rotary_emb.inv_freq"));
}

TEST_CASE("every golden checkpoint holds exactly the tensors that are expected",
          "[llava_next][checkpoint][golden]") {
  for (const char* name : {"vicuna", "mistral", "hermes", "qwen"}) {
    CAPTURE(name);
    const auto folder = checkpoint(name);
    check_stored(folder, llava_next_tensors(LlavaNextConfig::from_directory(folder)),
                 llava_next_tensor_name, std::string(name) == "qwen" ? 1 : 0);
  }
}

TEST_CASE("a checkpoint that does not fit its configuration is one clear error",
          "[llava_next][checkpoint][errors]") {
  for (const auto& [of, name] :
       {std::pair<std::string, std::string>{"vicuna", "multi_modal_projector.linear_1.weight"},
        {"mistral", "language_model.model.layers.1.self_attn.k_proj.weight"},
        {"hermes", "model.image_newline"}}) {
    const auto fault = [&](auto change) {
      return fault_of<LlavaNext>(checkpoint(of), [&](CheckpointContent& c) { change(c.tensors); });
    };
    CAPTURE(of, name);
    CHECK(fault([](auto&) {}) == "");  // The way of making them is right.
    CHECK_THAT(fault([&](auto& t) { t.erase(name); }),
               ContainsSubstring("no tensor " + *llava_next_tensor_name(name)));
    CHECK_THAT(fault([&](auto& t) { t[name] = t[name].unsqueeze(0).clone(); }),
               ContainsSubstring("\" has shape [1, "));
    CHECK_THAT(fault([&](auto& t) { t[name].flatten()[2] = NAN; }),
               ContainsSubstring(name + "\" holds NaN or infinity"));
  }
  CHECK_THAT(fault_of<LlavaNext>(checkpoint("qwen"),
                                 [](CheckpointContent& c) {
                                   const std::string bias =
                                       "language_model.model.layers.0.self_attn.o_proj.bias";
                                   c.tensors[bias] = at::ones({32});
                                 }),
             ContainsSubstring("no place for the tensor "));
}

TEST_CASE("another family, decoder or version says what it is", "[llava_next][errors]") {
  CHECK_THAT(fault_of_config("vicuna", "model_type", "llava"),
             ContainsSubstring("this is a LLaVA-1.5") && ContainsSubstring("llava.hpp"));
  for (const char* type : {"llava_next_video", "llava_onevision", "vipllava"}) {
    CHECK_THAT(fault_of_config("vicuna", "model_type", type),
               ContainsSubstring("of the family " + std::string(type)));
  }
  CHECK_THAT(fault_of_config("vicuna", "model_type", "phi3", "text_config"),
             ContainsSubstring("language model is of type phi3"));
  CHECK_THAT(fault_of_config("vicuna", "model_type", "siglip_vision_model", "vision_config"),
             ContainsSubstring("vision tower is of type siglip_vision_model"));
  CHECK_THAT(fault_of_config("vicuna", "quantization_config", Json::object()),
             ContainsSubstring("quantised"));
  CHECK_THAT(fault_of_config("hermes", "image_aspect_ratio", "anyres_max_9"),
             ContainsSubstring("\"image_aspect_ratio\" is \"anyres_max_9\"") &&
                 ContainsSubstring("LLaVA-1.6 has \"anyres\""));
  CHECK_THAT(fault_of_config("hermes", "mm_patch_merge_type", "flat"),
             ContainsSubstring("\"mm_patch_merge_type\" is \"flat\""));
  CHECK_THAT(fault_of_config("hermes", "mm_projector_type", "linear"),
             ContainsSubstring("\"mm_projector_type\" is \"linear\""));
  CHECK_THAT(fault_of_config("hermes", "mm_use_im_start_end", true),
             ContainsSubstring("\"mm_use_im_start_end\" is true"));
  CHECK_THAT(fault_of<LlavaNext>(checkpoint("hermes"),
                                 [](CheckpointContent& content) {
                                   content.files.at("config.json").erase("vision_config");
                                 }),
             ContainsSubstring("the tower is \"tiny/clip-vit-14-28\""));
}

TEST_CASE("a value that makes no model is one clear error", "[llava_next][errors]") {
  CHECK_THAT(fault_of_config("vicuna", "vision_feature_select_strategy", "full"),
             ContainsSubstring("only \"default\" is supported"));
  CHECK_THAT(fault_of_config("mistral", "use_image_newline_parameter", false),
             ContainsSubstring("\"use_image_newline_parameter\" is false"));
  for (const Json& canvases :
       {Json{{28, 30}}, Json{{28}}, Json{{0, 28}}, Json{{28, 1 << 20}}, Json{{-28, -28}}}) {
    CHECK_THAT(fault_of_config("vicuna", "image_grid_pinpoints", canvases),
               ContainsSubstring("\"image_grid_pinpoints\" holds "));
  }
  CHECK_THAT(fault_of_config("vicuna", "image_grid_pinpoints", Json::array()),
             ContainsSubstring("names 0 sizes"));
  CHECK_THAT(fault_of_config("vicuna", "image_grid_pinpoints", "(1x1),...,(6x6)"),
             ContainsSubstring("image_grid_pinpoints"));
  CHECK_THAT(fault_of_config("hermes", "image_grid_pinpoints", "(1x1),...,(6x6)"),
             ContainsSubstring("image_grid_pinpoints"));
  CHECK_THAT(fault_of_config("vicuna", "image_grid_pinpoints", Json{{56, 56}}),
             ContainsSubstring("is another than in config.json"));
  CHECK_THAT(fault_of_config("vicuna", "image_token_index", 5),
             ContainsSubstring("does not read <image> as token 5"));
}

TEST_CASE("a Mistral that attends within a window is refused", "[llava_next][errors]") {
  const auto fault = [](const Json& window) {
    return fault_of_config("mistral", "sliding_window", window, "text_config");
  };
  CHECK(fault(nullptr) == "");
  CHECK(fault(512) == "");  // As long as the context: nothing is ever out of sight.
  CHECK_THAT(fault(511), ContainsSubstring("within a sliding window"));
  CHECK_THAT(fault_of<LlavaNext>(checkpoint("mistral"),
                                 [](CheckpointContent& content) {
                                   Json& config = content.files.at("config.json");
                                   config["text_config"].erase("sliding_window");
                                 }),
             ContainsSubstring("within a sliding window"));  // Its class's default.
}

TEST_CASE("what the image processor's file asks for is read or refused", "[llava_next][errors]") {
  const auto fault = [](const char* key, const Json& value) {
    return fault_of<LlavaNext>(checkpoint("mistral"), [&](CheckpointContent& content) {
      content.files.at("preprocessor_config.json")[key] = value;
    });
  };
  CHECK_THAT(fault("image_processor_type", "LlavaOnevisionImageProcessor"),
             ContainsSubstring("image processor LlavaOnevisionImageProcessor is not supported"));
  CHECK_THAT(fault("size", Json{{"shortest_edge", 30}}), ContainsSubstring("vision tower"));
  CHECK_THAT(fault("crop_size", Json{{"height", 28}, {"width", 30}}),
             ContainsSubstring("vision tower"));
  CHECK_THAT(fault("image_grid_pinpoints", Json{{56, 56}}),
             ContainsSubstring("is another than in config.json"));
  CHECK_THAT(fault("do_something", true), ContainsSubstring("do_something"));
  CHECK(fault("size", Json{{"height", 28}, {"width", 28}}) == "");
  CHECK(fault("do_center_crop", false) == "");
  CHECK_THAT(fault_of<LlavaNext>(checkpoint("mistral"),
                                 [](CheckpointContent& content) {
                                   content.files.erase("preprocessor_config.json");
                                 }),
             ContainsSubstring("no preprocessor_config.json"));
}

TEST_CASE("what a LLaVA-1.6 cannot take is one clear error", "[llava_next][errors]") {
  const auto& model = model_of<LlavaNext>(checkpoint("vicuna"));
  const std::vector<RgbImage> one{RgbImage(40, 20)};
  const std::vector<RgbImage> other{RgbImage(20, 20)};
  CHECK_THROWS_WITH(model.prepare(one, "no picture"),
                    ContainsSubstring("<image> 0 times for 1 picture"));
  const Prompt prompt = model.prepare(one, "<image> what?");
  CHECK_THROWS_WITH(model.begin(prompt, model.encode({}), {}),
                    ContainsSubstring("0 patches for pictures of "));
  const auto tokens = model.encode(model.prepare(other, "<image>").pixels);
  CHECK_THROWS_WITH(model.begin(prompt, tokens, {}),
                    ContainsSubstring(" patches for pictures of "));
  const std::vector<PixelImage> wrong{PixelImage(14, 28)};
  CHECK_THROWS_WITH(model.encode(wrong), ContainsSubstring("14 × 28"));
  CHECK_THROWS_WITH(model.prepare(one, "<image>" + std::string(4000, 'x')),
                    ContainsSubstring("in a context of 512"));
  // Without pictures a prompt is text alone.
  const Prompt text = model.prepare({}, "USER: What is it? ASSISTANT:");
  CHECK(text.partition.count(Role::system) == text.partition.size());
  CHECK(generate(model, text, model.encode(text.pixels), 3).ids.size() == 3);
}
