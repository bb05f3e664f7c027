// SPDX-License-Identifier: MIT
/// \file The tensors of an InternVL checkpoint: which there must be, what shape they have, and how
/// they become modules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/decoder/decoder_weights.hpp>
#include <adapters/decoder/internlm2_weights.hpp>
#include <adapters/internvl/config.hpp>
#include <adapters/vision/intern_vit_weights.hpp>

namespace infoflow::adapters {

/// From merged patches to image tokens: a norm, and two linear layers with an activation between.
struct InternvlProjector {
  LayerNorm norm;
  Linear linear_1;
  Nonlinearity activation;
  Linear linear_2;

  [[nodiscard]] at::Tensor operator()(const at::Tensor& features) const {
    return linear_2(activation(linear_1(norm(features))));
  }
};

/// How a checkpoint calls its parts.
struct InternvlNames {
  std::string tower;
  InternVitNames vit;
  std::string norm, linear_1, linear_2;  ///< Of the projector.
  std::string decoder = "language_model.model.";
  std::string head;

  [[nodiscard]] static InternvlNames of(const InternvlConfig& config) {
    const std::string head = config.internlm2 ? "language_model.output" : "language_model.lm_head";
    if (config.released) {
      return {.tower = "vision_model.",
              .vit = InternVitNames::released(),
              .norm = "mlp1.0",
              .linear_1 = "mlp1.1",
              .linear_2 = "mlp1.3",
              .head = head};
    }
    return {.tower = "vision_tower.",
            .vit = InternVitNames::transformers(),
            .norm = "multi_modal_projector.layer_norm",
            .linear_1 = "multi_modal_projector.linear_1",
            .linear_2 = "multi_modal_projector.linear_2",
            .head = head};
  }
};

/// Every tensor of a checkpoint of this configuration, under its name on the hub.
[[nodiscard]] inline std::vector<ExpectedTensor> internvl_tensors(const InternvlConfig& config) {
  TensorList list;
  const InternvlNames names = InternvlNames::of(config);
  const std::int64_t hidden = config.text.hidden_size;
  const std::int64_t merged = std::int64_t{config.merge} * config.merge * config.vision.hidden_size;
  add_intern_vit(list, config.vision, names.tower, names.vit, config.vision_blocks);
  list.add_norm(names.norm, merged, true);
  list.add_linear(names.linear_1, hidden, merged, true);
  list.add_linear(names.linear_2, hidden, hidden, true);
  if (config.internlm2) {
    add_internlm2(list, config.text, names.decoder, names.head);
  } else {
    add_decoder(list, config.text, names.decoder, names.head);
  }
  return std::move(list.tensors);
}

/// The name on the hub of a tensor that the hub or transformers 5 named; nothing for buffers that
/// nobody reads.
[[nodiscard]] inline std::optional<std::string> internvl_tensor_name(const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  const auto renamed = [&](std::string_view from, const char* to) -> std::optional<std::string> {
    if (!name.starts_with(from)) return std::nullopt;
    return to + name.substr(from.size());
  };
  if (const auto hub = renamed("model.language_model.", "language_model.model.")) return hub;
  if (const auto hub = renamed("lm_head.", "language_model.lm_head.")) return hub;
  if (const auto hub = renamed("model.vision_tower.", "vision_tower.")) return hub;
  if (const auto hub = renamed("model.multi_modal_projector.", "multi_modal_projector.")) {
    return hub;
  }
  return name;
}

/// What an InternVL is made of.
struct InternvlWeights {
  InternVitWeights vision;
  InternvlProjector projector;
  DecoderWeights decoder;
};

/// Reads the modules of this configuration: the decoder in `dtype`, tower and projector in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline InternvlWeights read_internvl_weights(const InternvlConfig& config,
                                                           CheckpointTensors& tensors,
                                                           at::ScalarType dtype) {
  constexpr double projector_epsilon = 1e-5;
  const InternvlNames names = InternvlNames::of(config);
  const TensorReader vision(tensors, vision_dtype(dtype));
  const TensorReader text(tensors, dtype);
  const auto read = config.internlm2 ? read_internlm2 : read_decoder;
  InternvlWeights weights{
      read_intern_vit(vision, config.vision, names.tower, names.vit, config.vision_blocks),
      {vision.layer_norm(names.norm, projector_epsilon), vision.linear(names.linear_1),
       nonlinearity(config.projector_hidden_act), vision.linear(names.linear_2)},
      read(text, config.text, names.decoder, names.head)};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
