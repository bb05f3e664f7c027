// SPDX-License-Identifier: MIT
// Which tensors a checkpoint must hold, and what is said of one that does not fit.
#include <fstream>

#include <catch_torch.hpp>
#include <unistd.h>

#include <infoflow/files/safetensors_writer.hpp>

#include "../parity/tensor_table.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

using Shape = std::vector<std::int64_t>;
namespace fs = std::filesystem;

/// A folder of its own that goes when the test ends.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path_(fs::path(INFOFLOW_BINARY_DIR) / "llava-test" / (std::to_string(getpid()) + name)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The configuration that is on the hub: the 7B file leaves out what LLaMA-7B has anyway.
LlavaConfig hub_config(const std::string& name, const std::string& sizes) {
  const TemporaryFolder folder(name);
  std::ofstream(folder.path() / "config.json") << R"({
    "architectures": ["LlavaForConditionalGeneration"], "ignore_index": -100,
    "image_token_index": 32000, "model_type": "llava", "pad_token_id": 32001,
    "projector_hidden_act": "gelu",
    "text_config": {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 4096,
      "model_type": "llama", "rms_norm_eps": 1e-05, "torch_dtype": "float16",
      "vocab_size": 32064)" + sizes + R"(},
    "torch_dtype": "float16",
    "vision_config": {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096,
      "model_type": "clip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 24,
      "patch_size": 14, "projection_dim": 768, "vocab_size": 32000},
    "vision_feature_layer": -2, "vision_feature_select_strategy": "default",
    "vocab_size": 32064})";
  return LlavaConfig::from_directory(folder.path());
}

/// A golden checkpoint with its tensors changed by `change`; what loading it then says.
template <class Change>
std::string fault_of(const std::string& checkpoint, Change change) {
  const TemporaryFolder folder("changed");
  for (const auto& file : fs::directory_iterator(golden_directory(llava_goldens) / checkpoint)) {
    if (file.path().extension() == ".json") fs::copy(file.path(), folder.path());
  }
  std::map<std::string, at::Tensor> tensors;
  const auto files = CheckpointFiles::from_directory(golden_directory(llava_goldens) / checkpoint);
  for (const auto& [name, stored] : files.tensors()) {
    if (const auto type = adapters::detail::floating_type(stored.type)) {
      tensors[name] = adapters::detail::as_tensor(stored, *type).to(at::kFloat).clone();
    }
  }
  change(tensors);
  SafetensorsWriter writer;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor values = tensor.contiguous();
    if (tensor.scalar_type() == at::kLong) {
      writer.add(name, tensor.sizes().vec(),
                 std::span(values.const_data_ptr<std::int64_t>(), values.numel()));
    } else {
      writer.add(name, tensor.sizes().vec(),
                 std::span(values.const_data_ptr<float>(), values.numel()));
    }
  }
  writer.write(folder.path() / "model.safetensors");
  fs::remove(folder.path() / "model.safetensors.index.json");
  try {
    (void)Llava::from_directory(folder.path());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string some_weight = "multi_modal_projector.linear_1.weight";

}  // namespace

TEST_CASE("LLaVA-1.5-7b on the hub has these tensors", "[llava][checkpoint]") {
  const auto tensors = llava_tensors(hub_config("7b", ""));
  const auto table = by_name(tensors);
  // Decoder 32·9 + 3, tower 24·16 + 3 + 2 + 2, projector 4.
  CHECK(table.size() == 291 + 391 + 4);
  // What the hub's card says: 7.06 billion.
  CHECK(parameters(tensors) == 7'063'427'072);
  const auto shape = [&](const std::string& name) { return table.at(name).shape; };
  CHECK(shape("language_model.model.embed_tokens.weight") == Shape{32064, 4096});
  CHECK(shape("language_model.lm_head.weight") == Shape{32064, 4096});
  CHECK(shape("language_model.model.layers.31.mlp.down_proj.weight") == Shape{4096, 11008});
  CHECK(shape("language_model.model.layers.0.self_attn.k_proj.weight") == Shape{4096, 4096});
  CHECK(shape("vision_tower.vision_model.embeddings.position_embedding.weight") ==
        Shape{577, 1024});
  CHECK(shape("vision_tower.vision_model.embeddings.patch_embedding.weight") ==
        Shape{1024, 3, 14, 14});
  CHECK(shape("vision_tower.vision_model.encoder.layers.23.mlp.fc1.bias") == Shape{4096});
  CHECK(shape("multi_modal_projector.linear_1.weight") == Shape{4096, 1024});
  // Feature layer −2: the last block and the norm behind it are never read.
  CHECK(table.at("vision_tower.vision_model.encoder.layers.22.mlp.fc1.bias").needed);
  CHECK_FALSE(table.at("vision_tower.vision_model.encoder.layers.23.mlp.fc1.bias").needed);
  CHECK_FALSE(table.at("vision_tower.vision_model.post_layernorm.weight").needed);
}

TEST_CASE("LLaVA-1.5-13b on the hub has these tensors", "[llava][checkpoint]") {
  const auto tensors = llava_tensors(hub_config("13b",
                                                R"(, "hidden_size": 5120,
      "intermediate_size": 13824, "num_attention_heads": 40, "num_hidden_layers": 40,
      "num_key_value_heads": 40)"));
  const auto table = by_name(tensors);
  CHECK(table.size() == 40 * 9 + 3 + 391 + 4);
  CHECK(parameters(tensors) == 13'351'494'656);
  CHECK(table.at("multi_modal_projector.linear_2.weight").shape == Shape{5120, 5120});
  CHECK(table.at("language_model.model.layers.39.self_attn.q_proj.weight").shape ==
        Shape{5120, 5120});
}

TEST_CASE("names of the hub and of transformers 5 mean the same tensors", "[llava][checkpoint]") {
  const std::string norm = "language_model.model.layers.3.input_layernorm.weight";
  CHECK(llava_tensor_name(norm) == norm);
  CHECK(llava_tensor_name("model.language_model.layers.3.input_layernorm.weight") == norm);
  const std::string head = "language_model.lm_head.weight";
  CHECK(llava_tensor_name(head) == head);
  CHECK(llava_tensor_name("lm_head.weight") == head);
  const std::string patch = "vision_tower.vision_model.embeddings.patch_embedding.weight";
  for (const char* name : {"vision_tower.vision_model.embeddings.patch_embedding.weight",
                           "vision_tower.embeddings.patch_embedding.weight",
                           "model.vision_tower.embeddings.patch_embedding.weight",
                           "model.vision_tower.vision_model.embeddings.patch_embedding.weight"}) {
    CHECK(llava_tensor_name(name) == patch);
  }
  CHECK(llava_tensor_name("model.multi_modal_projector.linear_1.bias") ==
        std::string("multi_modal_projector.linear_1.bias"));
  CHECK_FALSE(llava_tensor_name("language_model.model.layers.0.self_attn.rotary_emb.inv_freq"));
  CHECK_FALSE(llava_tensor_name("vision_tower.vision_model.embeddings.position_ids"));
}

TEST_CASE("every golden checkpoint holds exactly the tensors that are expected",
          "[llava][checkpoint][golden]") {
  for (const char* name : {"plain", "grouped", "tied", "full"}) {
    CAPTURE(name);
    const auto folder = golden_directory(llava_goldens) / name;
    check_stored(folder, llava_tensors(LlavaConfig::from_directory(folder)), llava_tensor_name,
                 std::string(name) == "tied" ? 1 : 0);
  }
}

TEST_CASE("a checkpoint that does not fit its configuration is one clear error",
          "[llava][checkpoint][errors]") {
  CHECK(fault_of("plain", [](auto&) {}) == "");  // The way of making them is right.
  CHECK_THAT(fault_of("plain", [](auto& t) { t.erase(some_weight); }),
             ContainsSubstring("no tensor " + some_weight));
  CHECK_THAT(fault_of("plain",
                      [](auto& t) {
                        std::erase_if(t, [](auto& entry) { return entry.first.ends_with("bias"); });
                      }),
             ContainsSubstring("no tensor ") && ContainsSubstring("more"));
  CHECK_THAT(fault_of("plain", [](auto& t) { t[some_weight] = t[some_weight].t().clone(); }),
             ContainsSubstring(some_weight + "\" has shape [16, 32], config.json says [32, 16]"));
  CHECK_THAT(fault_of("plain", [](auto& t) { t["model." + some_weight] = t[some_weight]; }),
             ContainsSubstring("are both " + some_weight));
  CHECK_THAT(fault_of("plain", [](auto& t) { t[some_weight] = t[some_weight].to(at::kLong); }),
             ContainsSubstring("stored as I64"));
  // What nothing reads may be missing.
  CHECK(fault_of("plain", [](auto& t) {
          std::erase_if(t, [](auto& entry) {
            return entry.first.find("post_layernorm") != std::string::npos;
          });
        }) == "");
}

TEST_CASE("NaN and infinity in a weight are found, and the tensor is named",
          "[llava][checkpoint][errors]") {
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    CHECK_THAT(fault_of("plain", [&](auto& t) { t[some_weight][3][2] = value; }),
               ContainsSubstring("\"" + some_weight + "\" holds NaN or infinity"));
  }
  // Opposite infinities do not cancel, and large finite weights are none.
  CHECK(fault_of("plain", [](auto& t) {
          t[some_weight][0][0] = INFINITY;
          t[some_weight][0][1] = -INFINITY;
        }) != "");
  CHECK(fault_of("plain", [](auto& t) { t[some_weight].fill_(3e38); }) == "");
}

TEST_CASE("weights are read in place where nothing has to change", "[llava][checkpoint]") {
  const auto files = CheckpointFiles::from_directory(golden_directory(llava_goldens) / "plain");
  const auto expected =
      llava_tensors(LlavaConfig::from_directory(golden_directory(llava_goldens) / "plain"));
  CheckpointTensors tensors(files, expected, llava_tensor_name, at::kCPU);
  const std::string name = "language_model.model.embed_tokens.weight";
  const StoredTensor* stored = files.find(name);
  REQUIRE(stored != nullptr);
  REQUIRE(stored->aligned());
  CHECK(tensors.take(name, at::kFloat).const_data_ptr() == stored->bytes.data());
  CHECK(tensors.take(name, at::kHalf).const_data_ptr() != stored->bytes.data());
}

TEST_CASE("what a model cannot take is one clear error", "[llava][errors]") {
  const Llava& model = llava_model("plain");
  const RgbImage picture(20, 20);
  const std::vector<RgbImage> one{picture};
  const std::vector<RgbImage> two{picture, picture};
  CHECK_THROWS_WITH(model.prepare(one, "no picture"),
                    ContainsSubstring("<image> 0 times for 1 picture"));
  CHECK_THROWS_WITH(model.prepare({}, "<image> what?"),
                    ContainsSubstring("<image> 1 times for 0 pictures"));
  CHECK_THROWS_WITH(model.prepare(two, "<image> what?"), ContainsSubstring("for 2 pictures"));
  CHECK_THROWS_WITH(model.prepare(one, "<image>" + std::string(4000, 'x')),
                    ContainsSubstring("in a context of 512"));

  const Prompt prompt = model.prepare(one, "<image> what?");
  const auto tokens = model.encode(prompt.pixels);
  const std::vector<TokenId> unknown{5, 4000};
  CHECK_THROWS_WITH(model.begin(prompt, tokens, unknown), ContainsSubstring("token 4000"));
  const std::vector<TokenId> long_answer(600, 5);
  CHECK_THROWS_WITH(model.begin(prompt, tokens, long_answer), ContainsSubstring("context of 512"));
  CHECK_THROWS_WITH(model.begin(prompt, model.encode({}), {}), ContainsSubstring("0 image tokens"));
  const std::vector<PixelImage> wrong{PixelImage(14, 28)};
  CHECK_THROWS_WITH(model.encode(wrong), ContainsSubstring("14 × 28"));

  const auto directory = golden_directory(llava_goldens) / "plain";
  CHECK_THROWS_WITH(Llava::from_directory(directory, {"int8", "cpu"}),
                    ContainsSubstring("unknown dtype \"int8\""));
  CHECK_THROWS_WITH(Llava::from_directory(directory, {"float32", "abacus"}),
                    ContainsSubstring("device \"abacus\" is not available"));
}

TEST_CASE("a prompt without pictures is text alone", "[llava]") {
  const Llava& model = llava_model("plain");
  const Prompt prompt = model.prepare({}, "USER: What is it? ASSISTANT:");
  CHECK(prompt.partition.count(Role::system) == prompt.partition.size());
  const auto tokens = model.encode(prompt.pixels);
  CHECK(generate(model, prompt, tokens, 3).ids.size() == 3);
  const std::vector<TokenId> answer{5, 6};
  int seen = 0;
  model.backward(
      prompt, tokens, answer, AnswerSum{},
      observe(on_gradient(
          {{0, SiteKind::projector}, {0, SiteKind::block_input}}, [&](const auto& event) {
            ++seen;
            const bool vision = is_vision(event.site.kind);
            CHECK(event.features.size(0) == (vision ? 0 : prompt.partition.size() + 2));
          })));
  CHECK(seen == 2);
}

TEST_CASE("a question stands in the template of the evaluation", "[llava]") {
  const Llava& model = llava_model("plain");
  CHECK(
      model.question_prompt("Is it?", 1) ==
      "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
      "helpful, detailed, and polite answers to the user's questions. USER: <image>\nIs it? "
      "ASSISTANT:");
  CHECK_THAT(model.question_prompt("Which?", 2),
             ContainsSubstring("USER: <image>\n<image>\nWhich?"));
  CHECK_THAT(model.question_prompt("Why?", 0), ContainsSubstring("USER: Why? ASSISTANT:"));
}
