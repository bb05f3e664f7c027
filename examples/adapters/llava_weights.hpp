// SPDX-License-Identifier: MIT
/// \file The tensors of a LLaVA-1.5 checkpoint: which there must be, what shape they have, and how
/// they become modules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint_tensors.hpp>
#include <adapters/clip_tower.hpp>
#include <adapters/decoder.hpp>
#include <adapters/llava_config.hpp>

namespace infoflow::adapters {

/// Blocks of the vision tower that are run: feature layer −1 is the output of all, −2 of all but the
/// last; a layer ≥ 0 counts hidden states, of which 0 enters the first block.
[[nodiscard]] inline int vision_blocks_run(const LlavaConfig& config) {
  const int layer = config.vision_feature_layer;
  return layer >= 0 ? layer : config.vision.num_hidden_layers + 1 + layer;
}

namespace detail {

/// Collects expected tensors below a prefix.
struct TensorList {
  std::vector<ExpectedTensor> tensors;
  bool needed = true;

  void add(std::string name, std::vector<std::int64_t> shape) {
    tensors.push_back({std::move(name), std::move(shape), needed});
  }
  void add_linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  }
  void add_norm(const std::string& name, std::int64_t channels, bool bias) {
    add(name + ".weight", {channels});
    if (bias) add(name + ".bias", {channels});
  }
};

inline void add_decoder(TensorList& list, const TextConfig& text) {
  const std::int64_t hidden = text.hidden_size;
  const std::int64_t head_dim = text.head_dim;
  const std::int64_t heads = text.num_attention_heads * head_dim;
  const std::int64_t key_heads = text.num_key_value_heads * head_dim;
  list.add("language_model.model.embed_tokens.weight", {text.vocab_size, hidden});
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = "language_model.model.layers." + std::to_string(i);
    list.add_norm(layer + ".input_layernorm", hidden, false);
    list.add_linear(layer + ".self_attn.q_proj", heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".self_attn.k_proj", key_heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".self_attn.v_proj", key_heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".self_attn.o_proj", hidden, heads, text.o_bias);
    list.add_norm(layer + ".post_attention_layernorm", hidden, false);
    list.add_linear(layer + ".mlp.gate_proj", text.intermediate_size, hidden, text.mlp_bias);
    list.add_linear(layer + ".mlp.up_proj", text.intermediate_size, hidden, text.mlp_bias);
    list.add_linear(layer + ".mlp.down_proj", hidden, text.intermediate_size, text.mlp_bias);
  }
  list.add_norm("language_model.model.norm", hidden, false);
  list.needed = !text.tie_word_embeddings;
  list.add("language_model.lm_head.weight", {text.vocab_size, hidden});
  list.needed = true;
}

inline void add_vision(TensorList& list, const VisionConfig& vision, int blocks_run) {
  const std::string tower = "vision_tower.vision_model.";
  const std::int64_t channels = vision.hidden_size;
  const std::int64_t side = vision.image_size / vision.patch_size;
  list.add(tower + "embeddings.class_embedding", {channels});
  list.add(tower + "embeddings.patch_embedding.weight",
           {channels, 3, vision.patch_size, vision.patch_size});
  list.add(tower + "embeddings.position_embedding.weight", {side * side + 1, channels});
  list.add_norm(tower + "pre_layrnorm", channels, true);  // Spelt so in every checkpoint.
  for (int i = 0; i < vision.num_hidden_layers; ++i) {
    list.needed = i < blocks_run;
    const std::string layer = tower + "encoder.layers." + std::to_string(i);
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      list.add_linear(layer + ".self_attn." + name, channels, channels, true);
    }
    list.add_norm(layer + ".layer_norm1", channels, true);
    list.add_linear(layer + ".mlp.fc1", vision.intermediate_size, channels, true);
    list.add_linear(layer + ".mlp.fc2", channels, vision.intermediate_size, true);
    list.add_norm(layer + ".layer_norm2", channels, true);
  }
  list.needed = false;
  list.add_norm(tower + "post_layernorm", channels, true);
  list.needed = true;
}

}  // namespace detail

/// Every tensor of a checkpoint of this configuration, under its name on the hub.
[[nodiscard]] inline std::vector<ExpectedTensor> llava_tensors(const LlavaConfig& config) {
  detail::TensorList list;
  detail::add_decoder(list, config.text);
  detail::add_vision(list, config.vision, vision_blocks_run(config));
  const std::string projector = "multi_modal_projector.linear_";
  list.add_linear(projector + "1", config.text.hidden_size, config.vision.hidden_size,
                  config.projector_bias);
  list.add_linear(projector + "2", config.text.hidden_size, config.text.hidden_size,
                  config.projector_bias);
  return std::move(list.tensors);
}

/// The name on the hub of a tensor that the hub or transformers 5 named; nothing for buffers that old
/// checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> llava_tensor_name(const std::string& name) {
  for (const std::string_view ignored : {".rotary_emb.inv_freq", ".position_ids", ".masked_bias"}) {
    if (name.ends_with(ignored)) return std::nullopt;
  }
  std::string_view rest = name;
  const auto take = [&](std::string_view prefix) {
    if (!rest.starts_with(prefix)) return false;
    rest.remove_prefix(prefix.size());
    return true;
  };
  const auto renamed = [&](const char* prefix) { return prefix + std::string(rest); };
  if (take("language_model.model.") || take("model.language_model.")) {
    return renamed("language_model.model.");
  }
  if (take("language_model.lm_head.") || take("lm_head.")) return renamed("language_model.lm_head.");
  if (take("model.vision_tower.") || take("vision_tower.")) {
    take("vision_model.");
    return renamed("vision_tower.vision_model.");
  }
  if (take("model.multi_modal_projector.")) return renamed("multi_modal_projector.");
  return name;
}

/// What a LLaVA is made of.
struct LlavaWeights {
  ClipWeights vision;
  Projector projector;
  DecoderWeights decoder;
};

namespace detail {

/// Takes modules out of a checkpoint by the names of their parts.
class LlavaReader {
 public:
  LlavaReader(const LlavaConfig& config, CheckpointTensors& tensors)
      : config_(config), tensors_(tensors) {}

  [[nodiscard]] LlavaWeights read(at::ScalarType dtype) {
    LlavaWeights weights;
    dtype_ = dtype == at::kDouble ? at::kDouble : at::kFloat;
    weights.vision = vision();
    weights.projector = projector();
    dtype_ = dtype;
    weights.decoder = decoder();
    tensors_.require_finite();
    return weights;
  }

 private:
  at::Tensor tensor(const std::string& name) { return tensors_.take(name, dtype_); }
  Linear linear(const std::string& name) {
    return {tensor(name + ".weight"), tensors_.take_if_there(name + ".bias", dtype_)};
  }
  LayerNorm layer_norm(const std::string& name) {
    return {tensor(name + ".weight"), tensor(name + ".bias"), config_.vision.layer_norm_eps};
  }
  RmsNorm rms_norm(const std::string& name) {
    return {tensor(name + ".weight"), config_.text.rms_norm_eps};
  }

  ClipWeights vision() {
    const std::string tower = "vision_tower.vision_model.";
    ClipWeights weights{tensor(tower + "embeddings.class_embedding"),
                        tensor(tower + "embeddings.patch_embedding.weight"),
                        tensor(tower + "embeddings.position_embedding.weight"),
                        layer_norm(tower + "pre_layrnorm"),
                        {}};
    for (int i = 0; i < vision_blocks_run(config_); ++i) {
      const std::string layer = tower + "encoder.layers." + std::to_string(i);
      weights.blocks.push_back({layer_norm(layer + ".layer_norm1"),
                                linear(layer + ".self_attn.q_proj"),
                                linear(layer + ".self_attn.k_proj"),
                                linear(layer + ".self_attn.v_proj"),
                                linear(layer + ".self_attn.out_proj"),
                                layer_norm(layer + ".layer_norm2"), linear(layer + ".mlp.fc1"),
                                linear(layer + ".mlp.fc2")});
    }
    return weights;
  }

  Projector projector() {
    return {linear("multi_modal_projector.linear_1"), nonlinearity(config_.projector_hidden_act),
            linear("multi_modal_projector.linear_2")};
  }

  DecoderWeights decoder() {
    const std::string model = "language_model.model.";
    DecoderWeights weights{tensor(model + "embed_tokens.weight"), {}, rms_norm(model + "norm"), {}};
    for (int i = 0; i < config_.text.num_hidden_layers; ++i) {
      const std::string layer = model + "layers." + std::to_string(i);
      weights.layers.push_back(
          {rms_norm(layer + ".input_layernorm"), linear(layer + ".self_attn.q_proj"),
           linear(layer + ".self_attn.k_proj"), linear(layer + ".self_attn.v_proj"),
           linear(layer + ".self_attn.o_proj"), rms_norm(layer + ".post_attention_layernorm"),
           linear(layer + ".mlp.gate_proj"), linear(layer + ".mlp.up_proj"),
           linear(layer + ".mlp.down_proj")});
    }
    weights.head = config_.text.tie_word_embeddings ? Linear{weights.embedding, {}}
                                                    : linear("language_model.lm_head");
    return weights;
  }

  const LlavaConfig& config_;
  CheckpointTensors& tensors_;
  at::ScalarType dtype_ = at::kFloat;
};

}  // namespace detail

/// Reads the modules of this configuration, the decoder in `dtype`. Tower and projector are at least
/// float32 whatever is asked for: they are a twentieth of the work, and in bfloat16 their rounding
/// would be the largest part of the error of a heat map.
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline LlavaWeights read_llava_weights(const LlavaConfig& config,
                                                     CheckpointTensors& tensors,
                                                     at::ScalarType dtype) {
  return detail::LlavaReader(config, tensors).read(dtype);
}

}  // namespace infoflow::adapters
