// SPDX-License-Identifier: MIT
/// \file The tensors of a whole Shikra checkpoint: decoder and projector under their released names, and
/// the tower, which the release only names, as convert.py puts it beside them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_files.hpp>
#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder_weights.hpp>
#include <adapters/layers.hpp>
#include <adapters/shikra/config.hpp>
#include <adapters/vision/clip_weights.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// What a Shikra is made of.
struct ShikraWeights {
  ClipWeights vision;
  Linear projector;
  DecoderWeights decoder;
};

namespace detail {
inline const std::string shikra_tower = "model.vision_tower.vision_model.";
}  // namespace detail

/// Every tensor of a checkpoint of this configuration.
[[nodiscard]] inline std::vector<ExpectedTensor> shikra_tensors(const ShikraConfig& config) {
  TensorList list;
  add_decoder(list, config.text, "model.", "lm_head");
  add_clip(list, config.vision, detail::shikra_tower, config.blocks_run);
  list.add_linear("model.mm_projector", config.text.hidden_size, config.vision.hidden_size, true);
  return std::move(list.tensors);
}

/// The name itself; nothing for buffers that old checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> shikra_tensor_name(const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  return name;
}

/// \throws Error if the files hold no tower, as those of the release: it is a difference to LLaMA, too
inline void require_whole_shikra(const CheckpointFiles& files) {
  if (files.find(detail::shikra_tower + "embeddings.class_embedding") != nullptr) return;
  throw Error("the checkpoint holds no vision tower", files.path(),
              "Shikra is released as a difference to LLaMA-7B and without its tower; put the three "
              "together with examples/adapters/convert.py and its options --base and --vision");
}

/// Reads the modules of this configuration: the decoder in `dtype`, tower and projector in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline ShikraWeights read_shikra_weights(const ShikraConfig& config,
                                                       CheckpointTensors& tensors,
                                                       at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  ShikraWeights weights{
      read_clip(vision, config.vision, detail::shikra_tower, config.blocks_run),
      vision.linear("model.mm_projector"),
      read_decoder(TensorReader(tensors, dtype), config.text, "model.", "lm_head")};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
