// SPDX-License-Identifier: MIT
/// \file LLaVA-1.5: a CLIP tower, an MLP projector and a LLaMA decoder, from a Hugging Face folder.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/llava/config.hpp>
#include <adapters/llava/prompts.hpp>
#include <adapters/llava/weights.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/clip_tower.hpp>
#include <infoflow/adapter/diagnostics.hpp>

namespace infoflow::adapters {

/// LLaVA-1.5 7B, 13B and whatever has their configuration.
///
/// A picture becomes vision features [patches, C_v] of the tower's feature layer (or layers, joined),
/// and these become image tokens [patches, C], which stand in the prompt where `<image>` stood.
class Llava : public SplicedAdapter<Llava> {
 public:
  /// Reads a checkpoint in the form of the hub's llava-hf/llava-1.5-*-hf or of transformers' own
  /// save_pretrained.
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static Llava from_directory(const std::filesystem::path& directory,
                                            const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    LlavaConfig config = LlavaConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    CheckpointTensors tensors(files, llava_tensors(config), llava_tensor_name, device,
                              settings.progress, settings.note);
    LlavaWeights weights = read_llava_weights(config, tensors, dtype);
    return Llava(std::move(config), Tokenizer::from_directory(directory),
                 ImageProcessor::from_directory(directory), std::move(weights));
  }

  /// \throws Error if the tokenizer does not know the configuration's image token
  Llava(LlavaConfig config, Tokenizer tokenizer, ImageProcessor processor, LlavaWeights weights)
      : SplicedAdapter(Decoder(decoder_config(config.text), std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.context_length(),
                       config.own_template),
        config_(std::move(config)),
        processor_(std::move(processor)),
        tower_(
            {config_.vision.num_attention_heads, config_.vision.hidden_act, config_.feature_layers},
            std::move(weights.vision)),
        projector_(std::move(weights.projector)) {
    if (this->tokenizer().id_of("<image>") != config_.image_token_index) {
      throw Error("the tokenizer does not read <image> as token " +
                      std::to_string(config_.image_token_index),
                  "tokenizer.json", "it must belong to the checkpoint's config.json");
    }
  }

  [[nodiscard]] const LlavaConfig& config() const { return config_; }

  /// The evaluation's template (vicuna_v1): system text, the pictures, the question.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return vicuna_v1_prompt(question, image_count);
  }
  [[nodiscard]] std::string evaluation_template() const { return "vicuna_v1"; }

  /// The text as it stands, special tokens in it parsed, BOS as the tokenizer adds it; each `<image>`
  /// becomes one picture's tokens.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      auto [pixels, preprocessing] = processor_(image);
      placed.push_back({tokens_per_image(), layout(preprocessing), {std::move(pixels)}});
    }
    Prompt prompt = with_images(tokenizer().encode(text, SpecialTokens::add),
                                config_.image_token_index, std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// Pictures as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> pixels) const {
    if (pixels.empty()) {
      const Tensor& weight = projector_.linear_1.weight;
      return project(weight.new_empty({0, weight.size(1)}));
    }
    Tensor features = tower_(normalised(pixels));
    if (!config_.keeps_class_token()) features = features.narrow(1, 1, features.size(1) - 1);
    return project(features.flatten(0, 1));
  }

  /// Image tokens of vision features [patches, C_v].
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    return {features, projector_(features)};
  }

  /// What the tower is given: [pictures, 3, size, size], mean and standard deviation taken out.
  /// \throws Error if a picture is not of the size that the tower takes
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> pixels) const {
    return normalised_pixels(pixels, config_.vision.image_size, processor_.settings(),
                             projector_.linear_1.weight);
  }

 private:
  [[nodiscard]] Index patches_per_side() const {
    return config_.vision.image_size / config_.vision.patch_size;
  }
  [[nodiscard]] Index tokens_per_image() const {
    return patches_per_side() * patches_per_side() + (config_.keeps_class_token() ? 1 : 0);
  }

  /// One grid; a class token, where it is kept, comes first and has no place.
  [[nodiscard]] ImageLayout layout(const Preprocessing& preprocessing) const {
    const Index side = patches_per_side();
    if (!config_.keeps_class_token()) return ImageLayout::grid(preprocessing, side, side);
    std::vector<Index> patch_of_token;
    for (Index token = 0; token < tokens_per_image(); ++token) patch_of_token.push_back(token - 1);
    return ImageLayout::tiles(preprocessing, {{preprocessing.canvas(), side, side}},
                              std::move(patch_of_token));
  }

  LlavaConfig config_;
  ImageProcessor processor_;
  ClipTower tower_;
  Projector projector_;
};

static_assert(explain<Llava>());
static_assert(LayerwiseAdapter<Llava> && AttentionAdapter<Llava> && GradientAdapter<Llava> &&
              TruncatableAdapter<Llava>);

}  // namespace infoflow::adapters
