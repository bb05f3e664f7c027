// SPDX-License-Identifier: MIT
/// \file The tensors of an InternVL-Chat-1.0 checkpoint, under the names of the original LLaVA code.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder_weights.hpp>
#include <adapters/internvl_chat_v1/config.hpp>
#include <adapters/vision/clip_tower.hpp>
#include <adapters/vision/intern_vit_weights.hpp>

namespace infoflow::adapters {

/// What an InternVL-Chat-1.0 is made of.
struct InternvlChatV1Weights {
  InternVitWeights vision;
  Projector projector;
  DecoderWeights decoder;
};

namespace detail {
inline const std::string chat_v1_tower = "model.vision_tower.vision_tower.";
}  // namespace detail

/// Every tensor of a checkpoint of this configuration.
[[nodiscard]] inline std::vector<ExpectedTensor> internvl_chat_v1_tensors(
    const InternvlChatV1Config& config) {
  TensorList list;
  add_decoder(list, config.text, "model.", "lm_head");
  // Where the sizes of the tower are only assumed, all its blocks have to be there: counted from the
  // last, the feature layer of a shorter tower would be another.
  const int needed = config.vision_given ? config.blocks_run : config.vision.num_hidden_layers;
  add_intern_vit(list, config.vision, detail::chat_v1_tower, InternVitNames::released(), needed);
  const std::string projector = "model.mm_projector.";
  list.add_linear(projector + "0", config.text.hidden_size, config.vision.hidden_size, true);
  list.add_linear(projector + "2", config.text.hidden_size, config.text.hidden_size, true);
  return std::move(list.tensors);
}

/// The name itself; nothing for buffers that old checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> internvl_chat_v1_tensor_name(
    const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  return name;
}

/// The configuration with the size of the table of positions that the files hold, where config.json
/// says none. Any square table will do: each picture stretches it to its own patches.
/// \throws Error if there is a table that is not square
[[nodiscard]] inline InternvlChatV1Config with_stored_table(InternvlChatV1Config config,
                                                            const CheckpointFiles& files) {
  const StoredTensor* table = files.find(detail::chat_v1_tower + "embeddings.position_embedding");
  if (config.vision_given || table == nullptr || table->shape.size() != 3) return config;
  constexpr int most_patches = 1 << 10;  // A side; beyond what any table has.
  int side = 1;
  while (side < most_patches && side * side + 1 < table->shape[1]) ++side;
  if (side * side + 1 != table->shape[1]) {
    throw Error("tensor \"" + table->name + "\" has " + std::to_string(table->shape[1]) +
                    " positions, which are no class token and a square",
                files.path(), "fetch the weights anew");
  }
  config.vision.image_size = side * config.vision.patch_size;
  return config;
}

/// Reads the modules of this configuration: the decoder in `dtype`, tower and projector in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline InternvlChatV1Weights read_internvl_chat_v1_weights(
    const InternvlChatV1Config& config, CheckpointTensors& tensors, at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  InternvlChatV1Weights weights{
      read_intern_vit(vision, config.vision, detail::chat_v1_tower, InternVitNames::released(),
                      config.blocks_run),
      {vision.linear("model.mm_projector.0"), nonlinearity("gelu"),
       vision.linear("model.mm_projector.2")},
      read_decoder(TensorReader(tensors, dtype), config.text, "model.", "lm_head")};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
