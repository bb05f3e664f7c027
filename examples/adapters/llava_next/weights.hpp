// SPDX-License-Identifier: MIT
/// \file The tensors of a LLaVA-1.6 checkpoint: LLaVA-1.5's and a newline.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/llava/weights.hpp>
#include <adapters/llava_next/config.hpp>

namespace infoflow::adapters {

/// Every tensor of a checkpoint of this configuration, under its name on the hub.
[[nodiscard]] inline std::vector<ExpectedTensor> llava_next_tensors(const LlavaNextConfig& config) {
  std::vector<ExpectedTensor> tensors = llava_tensors(config.llava);
  tensors.push_back({"image_newline", {config.llava.text.hidden_size}, /*needed=*/true});
  return tensors;
}

/// The name on the hub of a tensor that the hub, transformers 5 or the original code named; nothing
/// for buffers that old checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> llava_next_tensor_name(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> original{
      {{"model.mm_projector.0.", "multi_modal_projector.linear_1."},
       {"model.mm_projector.2.", "multi_modal_projector.linear_2."},
       {"model.vision_tower.vision_tower.", "vision_tower."},
       {"model.embed_tokens.", "language_model.model.embed_tokens."},
       {"model.layers.", "language_model.model.layers."},
       {"model.norm.", "language_model.model.norm."},
       {"model.image_newline", "image_newline"}}};
  for (const auto& [old, of_hub] : original) {
    if (!name.starts_with(old)) continue;
    return llava_tensor_name(std::string(of_hub) + name.substr(old.size()));
  }
  return llava_tensor_name(name);
}

/// What a LLaVA-1.6 is made of.
struct LlavaNextWeights {
  LlavaWeights llava;
  at::Tensor newline;  ///< [C], behind each row of patches; an image token like them.
};

/// Reads the modules of this configuration: the decoder in `dtype`, the rest in vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline LlavaNextWeights read_llava_next_weights(const LlavaNextConfig& config,
                                                              CheckpointTensors& tensors,
                                                              at::ScalarType dtype) {
  at::Tensor newline = TensorReader(tensors, vision_dtype(dtype)).tensor("image_newline");
  return {read_llava_weights(config.llava, tensors, dtype), std::move(newline)};
}

}  // namespace infoflow::adapters
