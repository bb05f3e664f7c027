// SPDX-License-Identifier: MIT
/// \file InternVL-Chat-1.0: an InternViT-6B, an MLP projector and a Vicuna, as LLaVA-1.5 puts them
/// together.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/internvl_chat_v1/config.hpp>
#include <adapters/internvl_chat_v1/weights.hpp>
#include <adapters/llava/prompts.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/tokenizer/around_pictures.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/intern_vit.hpp>
#include <infoflow/adapter/diagnostics.hpp>

namespace infoflow::adapters {

/// OpenGVLab/InternVL-Chat-ViT-6B-Vicuna-7B, -13B and -13B-448px, and whatever has their
/// configuration.
///
/// A picture is put on a square of the mean colour and resized to 336 or 448 pixels. The patches of
/// the tower's fourth hidden state from the end [24² or 32², C_v] become as many image tokens, which
/// stand in the prompt where `<image>` stood.
class InternvlChatV1 : public SplicedAdapter<InternvlChatV1> {
 public:
  /// What stands in a prompt's ids for a picture's tokens, as in the original code: no vocabulary has
  /// it.
  static constexpr TokenId image_slot = -200;

  /// Reads a checkpoint in the form of the original LLaVA code, its pickles converted to safetensors.
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static InternvlChatV1 from_directory(const std::filesystem::path& directory,
                                                     const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    InternvlChatV1Config config = InternvlChatV1Config::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    config = with_stored_table(std::move(config), files);
    Tokenizer tokenizer = Tokenizer::from_directory(directory);
    require_bos(tokenizer, directory.string());
    CheckpointTensors tensors(files, internvl_chat_v1_tensors(config), internvl_chat_v1_tensor_name,
                              device, settings.progress, settings.note);
    InternvlChatV1Weights weights = read_internvl_chat_v1_weights(config, tensors, dtype);
    return InternvlChatV1(std::move(config), std::move(tokenizer), std::move(weights));
  }

  InternvlChatV1(InternvlChatV1Config config, Tokenizer tokenizer, InternvlChatV1Weights weights)
      : SplicedAdapter(Decoder(decoder_config(config.text), std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.context_length(),
                       config.own_template),
        config_(std::move(config)),
        processor_(image_settings(config_)),
        tower_(config_.vision.num_attention_heads, config_.vision.hidden_act,
               std::move(weights.vision)),
        projector_(std::move(weights.projector)) {}

  [[nodiscard]] const InternvlChatV1Config& config() const { return config_; }

  /// The evaluation's template, which is LLaVA-1.5's.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return vicuna_v1_prompt(question, image_count);
  }
  [[nodiscard]] std::string evaluation_template() const { return "vicuna_v1"; }

  /// BOS, then the text with each `<image>` become one picture's tokens. What stands between two
  /// pictures is tokenised by itself, so that it begins as a text of its own does.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    const Index side = config_.patches_per_side();
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      auto [pixels, preprocessing] = processor_(image);
      placed.push_back(
          {side * side, ImageLayout::grid(preprocessing, side, side), {std::move(pixels)}});
    }
    Prompt prompt = with_images(ids_around_pictures(tokenizer(), text, {image_slot}), image_slot,
                                std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// Pictures as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> pixels) const {
    if (pixels.empty()) {
      const Tensor& weight = projector_.linear_1.weight;
      return project(weight.new_empty({0, weight.size(1)}));
    }
    const Tensor features = tower_(normalised(pixels));
    return project(features.narrow(1, 1, features.size(1) - 1).flatten(0, 1));
  }

  /// Image tokens of vision features [patches, C_v].
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    return {features, projector_(features)};
  }

  /// What the tower is given: [pictures, 3, size, size], mean and standard deviation taken out.
  /// \throws Error if a picture is not of the size that the tower is given
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> pixels) const {
    return normalised_pixels(pixels, config_.image_size, processor_.settings(),
                             projector_.linear_1.weight);
  }

 private:
  /// A prompt is one BOS and stretches of text that are tokenised without it.
  static void require_bos(const Tokenizer& tokenizer, const std::string& where) {
    const auto ids = tokenizer.encode("", SpecialTokens::add);
    const bool begins = ids.size() == 1 && tokenizer.encode("a", SpecialTokens::add)[0] == ids[0];
    if (begins) return;
    throw Error("the tokenizer does not make BOS alone of an empty text", where,
                "give the checkpoint's own files; \"add_bos_token\" must not be false there");
  }

  static ImageSettings image_settings(const InternvlChatV1Config& config) {
    return {.pad_to_square = config.pad_to_square,
            .shortest_edge = config.image_size,
            .crop = ImageSize{config.image_size, config.image_size},
            .mean = {0.485, 0.456, 0.406},
            .std = {0.229, 0.224, 0.225}};
  }

  InternvlChatV1Config config_;
  ImageProcessor processor_;
  InternVit tower_;
  Projector projector_;
};

static_assert(explain<InternvlChatV1>());
static_assert(LayerwiseAdapter<InternvlChatV1> && AttentionAdapter<InternvlChatV1> &&
              GradientAdapter<InternvlChatV1> && TruncatableAdapter<InternvlChatV1>);

}  // namespace infoflow::adapters
