// SPDX-License-Identifier: MIT
// Which tensors a Qwen-VL checkpoint must hold, and what is said of one that does not fit.
#include <numeric>

#include <catch_torch.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

using Shape = std::vector<std::int64_t>;

/// The published configuration; the chat's and the base model's are the same.
Json published() {
  return Json::parse(R"({
    "architectures": ["QWenLMHeadModel"], "attn_dropout_prob": 0.0, "bf16": false,
    "emb_dropout_prob": 0.0, "fp16": false, "fp32": false, "hidden_size": 4096,
    "intermediate_size": 22016, "kv_channels": 128, "layer_norm_epsilon": 1e-06,
    "max_position_embeddings": 8192, "model_type": "qwen", "no_bias": true,
    "num_attention_heads": 32, "num_hidden_layers": 32, "onnx_safe": null,
    "rotary_emb_base": 10000, "rotary_pct": 1.0, "scale_attn_weights": true, "seq_length": 2048,
    "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_dynamic_ntk": true,
    "use_flash_attn": false, "use_logn_attn": true,
    "visual": {"heads": 16, "image_size": 448, "image_start_id": 151857, "layers": 48,
      "mlp_ratio": 4.9231, "output_dim": 4096, "patch_size": 14, "width": 1664},
    "vocab_size": 151936})");
}

QwenVlConfig config_of(const Json& config, const Json& generation = {{"eos_token_id", 151643}}) {
  const TemporaryFolder folder("config");
  std::ofstream(folder.path() / "config.json") << config.dump();
  std::ofstream(folder.path() / "generation_config.json") << generation.dump();
  return QwenVlConfig::from_directory(folder.path());
}

/// What the published configuration with these changes is refused for; empty if it is not.
std::string fault_of_config(const Json& patch, const Json& generation = Json::object()) {
  Json config = published();
  config.merge_patch(patch);
  try {
    (void)config_of(config, generation);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::map<std::string, Shape> by_name(const std::vector<ExpectedTensor>& tensors) {
  std::map<std::string, Shape> map;
  for (const ExpectedTensor& tensor : tensors) {
    CHECK(tensor.needed);
    map.emplace(tensor.name, tensor.shape);
  }
  REQUIRE(map.size() == tensors.size());
  return map;
}

/// What is said of checkpoint `chat` with its tensors changed.
template <class Change>
std::string fault_of(Change change) {
  const TemporaryFolder folder("changed");
  write_changed(folder.path(), change);
  try {
    (void)QwenVl::from_directory(folder.path());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string some_weight = "transformer.h.1.mlp.w2.weight";

}  // namespace

TEST_CASE("the published configuration is read as it is", "[qwen_vl][checkpoint]") {
  const QwenVlConfig config = config_of(
      published(), {{"chat_format", "chatml"}, {"eos_token_id", 151643}, {"pad_token_id", 151643}});
  CHECK(config.chats);
  CHECK(config.stop_ids == std::vector<TokenId>{151643});
  CHECK(config.text.intermediate_size == 11008);  // Half of what the file says.
  CHECK(config.text.head_dim == 128);
  CHECK(config.text.num_key_value_heads == 32);
  CHECK(config.text.max_position_embeddings == 8192);
  CHECK(config.text.rms_norm_eps == 1e-6);
  CHECK(config.long_context.trained_length == 2048);
  CHECK((config.long_context.log_n && config.long_context.dynamic_ntk));
  CHECK(config.vision.mlp_width == 8192);
  CHECK(config.vision.side() == 32);
  CHECK(config.vision.queries == 256);
  CHECK(config.vision.resampler_heads() == 32);
  CHECK_FALSE(config_of(published(), {{"chat_format", "raw"}}).chats);
  CHECK_FALSE(config_of(published()).chats);
}

TEST_CASE("Qwen-VL on the hub has these tensors", "[qwen_vl][checkpoint]") {
  const auto table = by_name(qwen_vl_tensors(config_of(published())));
  // Decoder 32·8 + 3, tower 48·12 + 4, resampler with its norm and matrix 14.
  CHECK(table.size() == 259 + 580 + 14);
  CHECK(table.size() == 853);  // The published index.
  std::int64_t parameters = 0;
  for (const auto& [name, shape] : table) {
    parameters += std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>{});
  }
  CHECK(2 * parameters == 19'313'870'336);  // "total_size" of the published index, in bfloat16.

  const std::string visual = "transformer.visual.";
  const std::map<std::string, Shape> some{
      {"transformer.wte.weight", {151936, 4096}},
      {"lm_head.weight", {151936, 4096}},
      {"transformer.ln_f.weight", {4096}},
      {"transformer.h.31.ln_1.weight", {4096}},
      {"transformer.h.31.ln_2.weight", {4096}},
      {"transformer.h.31.attn.c_attn.weight", {12288, 4096}},
      {"transformer.h.31.attn.c_attn.bias", {12288}},
      {"transformer.h.31.attn.c_proj.weight", {4096, 4096}},
      {"transformer.h.0.mlp.w1.weight", {11008, 4096}},
      {"transformer.h.0.mlp.w2.weight", {11008, 4096}},
      {"transformer.h.0.mlp.c_proj.weight", {4096, 11008}},
      {visual + "conv1.weight", {1664, 3, 14, 14}},
      {visual + "positional_embedding", {256, 1664}},
      {visual + "ln_pre.bias", {1664}},
      {visual + "transformer.resblocks.47.ln_1.weight", {1664}},
      {visual + "transformer.resblocks.47.ln_2.bias", {1664}},
      {visual + "transformer.resblocks.47.attn.in_proj.weight", {4992, 1664}},
      {visual + "transformer.resblocks.47.attn.in_proj.bias", {4992}},
      {visual + "transformer.resblocks.47.attn.out_proj.weight", {1664, 1664}},
      {visual + "transformer.resblocks.47.mlp.c_fc.weight", {8192, 1664}},
      {visual + "transformer.resblocks.47.mlp.c_proj.weight", {1664, 8192}},
      {visual + "attn_pool.pos_embed", {256, 4096}},
      {visual + "attn_pool.query", {256, 4096}},
      {visual + "attn_pool.kv_proj.weight", {4096, 1664}},
      {visual + "attn_pool.attn.in_proj_weight", {12288, 4096}},
      {visual + "attn_pool.attn.in_proj_bias", {12288}},
      {visual + "attn_pool.attn.out_proj.weight", {4096, 4096}},
      {visual + "attn_pool.attn.out_proj.bias", {4096}},
      {visual + "attn_pool.ln_q.weight", {4096}},
      {visual + "attn_pool.ln_kv.bias", {4096}},
      {visual + "ln_post.weight", {4096}},
      {visual + "proj", {4096, 4096}}};
  for (const auto& [name, shape] : some) {
    CAPTURE(name);
    REQUIRE(table.contains(name));
    CHECK(table.at(name) == shape);
  }
  for (const char* absent :
       {"transformer.h.0.attn.c_proj.bias", "transformer.h.0.mlp.w1.bias",
        "transformer.h.32.ln_1.weight", "transformer.visual.conv1.bias",
        "transformer.visual.attn_pool.kv_proj.bias", "transformer.visual.class_embedding"}) {
    CHECK_FALSE(table.contains(absent));
  }
}

TEST_CASE("both golden checkpoints hold exactly the tensors that are expected",
          "[qwen_vl][checkpoint][golden]") {
  for (const char* name : {"chat", "raw"}) {
    const fs::path directory = fs::path(qwen_vl_goldens()) / name;
    std::map<std::string, Shape> found;
    const auto files = CheckpointFiles::from_directory(directory);
    for (const auto& [tensor, stored] : files.tensors()) found[tensor] = stored.shape;
    CAPTURE(name);
    CHECK(found == by_name(qwen_vl_tensors(QwenVlConfig::from_directory(directory))));
  }
}

TEST_CASE("a checkpoint that does not fit its configuration is one clear error",
          "[qwen_vl][checkpoint][errors]") {
  CHECK(fault_of([](auto&) {}) == "");  // The way of making them is right.
  CHECK_THAT(fault_of([](auto& t) { t.erase(some_weight); }),
             ContainsSubstring("no tensor " + some_weight));
  CHECK_THAT(fault_of([](auto& t) { t["transformer.h.0.attn.c_proj.bias"] = at::ones({128}); }),
             ContainsSubstring("no place for the tensor transformer.h.0.attn.c_proj.bias"));
  CHECK_THAT(fault_of([](auto& t) { t[some_weight] = t[some_weight].t().contiguous(); }),
             ContainsSubstring(some_weight + "\" has shape [128, 16], config.json says [16, 128]"));
  CHECK_THAT(fault_of([](auto& t) { t["transformer.visual.proj"][3][2] = NAN; }),
             ContainsSubstring("\"transformer.visual.proj\" holds NaN or infinity"));
  // Buffers that nobody reads.
  CHECK(fault_of([](auto& t) {
          t["transformer.h.0.attn.masked_bias"] = at::ones({1});
          t["transformer.rotary_emb.inv_freq"] = at::ones({32});
        }) == "");
}

TEST_CASE("what a configuration asks for and we have not is one clear error",
          "[qwen_vl][checkpoint][errors]") {
  CHECK(fault_of_config(Json::object()) == "");
  const auto says = [](const Json& patch, const std::string& what) {
    CHECK_THAT(fault_of_config(patch), ContainsSubstring(what));
  };
  says({{"model_type", "llava"}}, "this is a checkpoint of the family llava");
  says({{"model_type", nullptr}}, "names no model_type");
  says({{"visual", nullptr}}, "a Qwen without a vision tower");
  says({{"quantization_config", {{"bits", 4}}}}, "the checkpoint is quantised");
  says({{"rotary_pct", 0.5}}, "\"rotary_pct\" rotates a part of each head only");
  says({{"num_attention_heads", 16}}, "16 heads of 128 channels do not make up a hidden_size");
  says({{"kv_channels", 127}}, "32 heads of 127 channels");
  says({{"seq_length", 0}}, "\"seq_length\" is 0");
  says({{"seq_length", 1}}, "\"seq_length\" is 1");
  says({{"intermediate_size", 1}}, "\"intermediate_size\" is 1");
  says({{"num_hidden_layers", 1'000'000'000}}, "\"num_hidden_layers\" is 1000000000");
  says({{"visual", {{"output_dim", 2048}}}},
       "\"output_dim\" is 2048 in front of a decoder of 4096");
  says({{"visual", {{"n_queries", 200}}}}, "\"n_queries\" is 200");
  says({{"visual", {{"heads", 7}}}}, "no multiple of 7 heads");
  says({{"visual", {{"patch_size", 1000}}}}, "patch_size is larger than image_size");
  says({{"visual", {{"image_size", 16380}}}}, "pictures of 1170 patches a side");
  says({{"visual", {{"mlp_ratio", 1e300}}}}, "\"mlp_ratio\" is");
  says({{"visual", {{"width", "wide"}}}}, "\"width\"");
  const TemporaryFolder folder("no_generation");
  std::ofstream(folder.path() / "config.json") << published().dump();
  CHECK_THROWS_WITH(QwenVlConfig::from_directory(folder.path()),
                    Catch::Matchers::StartsWith("no generation_config.json"));
  CHECK_THAT(fault_of_config(Json::object(), {{"chat_format", "alpaca"}}),
             ContainsSubstring("\"chat_format\" is \"alpaca\""));
}

TEST_CASE("a tokenizer of another checkpoint is refused", "[qwen_vl][errors]") {
  const TemporaryFolder folder("tokenizer");
  write_changed(folder.path(), [](TensorMap&) {}, {{"visual", {{"image_start_id", 497}}}});
  CHECK_THROWS_WITH(QwenVl::from_directory(folder.path()),
                    ContainsSubstring("the tokenizer does not read <img> as token 497"));
}

TEST_CASE("what a Qwen-VL cannot take is one clear error", "[qwen_vl][errors]") {
  const QwenVl& model = qwen_vl_model("chat");
  const std::vector<RgbImage> one{RgbImage(20, 20)};
  CHECK_THROWS_WITH(model.prepare(one, "no picture"),
                    ContainsSubstring("<image> 0 times for 1 picture"));
  CHECK_THROWS_WITH(model.prepare({}, "<image> what?"),
                    ContainsSubstring("<image> 1 times for 0 pictures"));
  CHECK_THROWS_WITH(model.prepare(one, "<image>" + std::string(600, 'x')),
                    ContainsSubstring("in a context of 512"));
  const Prompt prompt = model.prepare(one, "<image> what?");
  CHECK_THROWS_WITH(model.begin(prompt, model.encode({}), {}), ContainsSubstring("0 image tokens"));
  const std::vector<PixelImage> wrong{PixelImage(42, 40)};
  CHECK_THROWS_WITH(model.encode(wrong), ContainsSubstring("42 × 40"));
}

TEST_CASE("a prompt without pictures is text alone", "[qwen_vl]") {
  const QwenVl& model = qwen_vl_model("chat");
  const Prompt prompt = model.prepare({}, model.question_prompt("What is it?", 0));
  CHECK(prompt.partition.count(Role::system) == prompt.partition.size());
  const auto tokens = model.encode(prompt.pixels);
  CHECK(generate(model, prompt, tokens, 3).ids.size() == 3);
}
