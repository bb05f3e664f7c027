// SPDX-License-Identifier: MIT
/// \file The tensors of an InstructBLIP checkpoint, under the names that the hub and transformers 5 have.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder_weights.hpp>
#include <adapters/instructblip/config.hpp>
#include <adapters/instructblip/qformer.hpp>
#include <adapters/layers.hpp>
#include <adapters/vision/eva_vit.hpp>
#include <adapters/vision/eva_vit_config.hpp>

namespace infoflow::adapters {

/// What an InstructBLIP is made of.
struct InstructBlipWeights {
  EvaVitWeights vision;
  QFormerWeights qformer;
  Linear projection;
  DecoderWeights decoder;
};

namespace detail {

inline const std::string qformer_layer = "qformer.encoder.layer.";

[[nodiscard]] inline bool sees_picture(const QFormerConfig& config, int layer) {
  return layer % config.cross_attention_frequency == 0;
}

inline void add_qformer(TensorList& list, const QFormerConfig& config, int picture_channels) {
  const auto attention = [&](const std::string& name, int key_channels) {
    list.add_linear(name + ".attention.query", config.hidden_size, config.hidden_size, true);
    list.add_linear(name + ".attention.key", config.hidden_size, key_channels, true);
    list.add_linear(name + ".attention.value", config.hidden_size, key_channels, true);
    list.add_linear(name + ".output.dense", config.hidden_size, config.hidden_size, true);
    list.add_norm(name + ".output.LayerNorm", config.hidden_size, true);
  };
  const std::string embeddings = "qformer.embeddings.";
  list.add(embeddings + "word_embeddings.weight", {config.vocab_size, config.hidden_size});
  list.add(embeddings + "position_embeddings.weight",
           {config.max_position_embeddings, config.hidden_size});
  list.add_norm(embeddings + "layernorm", config.hidden_size, true);
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    const std::string layer = qformer_layer + std::to_string(i);
    attention(layer + ".attention", config.hidden_size);
    if (sees_picture(config, i)) attention(layer + ".crossattention", picture_channels);
    for (const char* rows : {"", "_query"}) {
      list.add_linear(layer + ".intermediate" + rows + ".dense", config.intermediate_size,
                      config.hidden_size, true);
      list.add_linear(layer + ".output" + rows + ".dense", config.hidden_size,
                      config.intermediate_size, true);
      list.add_norm(layer + ".output" + rows + ".LayerNorm", config.hidden_size, true);
    }
  }
}

[[nodiscard]] inline QFormerWeights read_qformer(const TensorReader& read,
                                                 const QFormerConfig& config) {
  const auto norm = [&](const std::string& name) {
    return read.layer_norm(name, config.layer_norm_eps);
  };
  const auto attention = [&](const std::string& name) {
    return QFormerAttention{read.linear(name + ".attention.query"),
                            read.linear(name + ".attention.key"),
                            read.linear(name + ".attention.value"),
                            read.linear(name + ".output.dense"), norm(name + ".output.LayerNorm")};
  };
  const auto feed_forward = [&](const std::string& layer, const std::string& rows) {
    return QFormerFeedForward{read.linear(layer + ".intermediate" + rows + ".dense"),
                              read.linear(layer + ".output" + rows + ".dense"),
                              norm(layer + ".output" + rows + ".LayerNorm")};
  };
  QFormerWeights weights{read.tensor("query_tokens").squeeze(0),
                         read.tensor("qformer.embeddings.word_embeddings.weight"),
                         read.tensor("qformer.embeddings.position_embeddings.weight"),
                         norm("qformer.embeddings.layernorm"),
                         {}};
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    const std::string layer = qformer_layer + std::to_string(i);
    QFormerLayer& made = weights.layers.emplace_back();
    made.self = attention(layer + ".attention");
    if (sees_picture(config, i)) made.cross = attention(layer + ".crossattention");
    made.text = feed_forward(layer, "");
    made.queries = feed_forward(layer, "_query");
  }
  return weights;
}

}  // namespace detail

/// Every tensor of a checkpoint of this configuration.
[[nodiscard]] inline std::vector<ExpectedTensor> instructblip_tensors(
    const InstructBlipConfig& config) {
  TensorList list;
  list.add("query_tokens", {1, config.queries, config.qformer.hidden_size});
  add_eva_vit(list, config.vision, "vision_model.");
  detail::add_qformer(list, config.qformer, config.vision.hidden_size);
  list.add_linear("language_projection", config.text.hidden_size, config.qformer.hidden_size, true);
  add_decoder(list, config.text, "language_model.model.", "language_model.lm_head");
  return std::move(list.tensors);
}

/// The name itself; nothing for buffers that old checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> instructblip_tensor_name(const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  return name;
}

/// Reads the modules of this configuration: the decoder in `dtype`, everything before it in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline InstructBlipWeights read_instructblip_weights(const InstructBlipConfig& config,
                                                                   CheckpointTensors& tensors,
                                                                   at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  InstructBlipWeights weights{read_eva_vit(vision, config.vision, "vision_model."),
                              detail::read_qformer(vision, config.qformer),
                              vision.linear("language_projection"),
                              read_decoder(TensorReader(tensors, dtype), config.text,
                                           "language_model.model.", "language_model.lm_head")};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
