// SPDX-License-Identifier: MIT
/// \file LLaVA-1.6 (LLaVA-NeXT): a CLIP tower that sees tiles, an MLP projector, a newline behind each
/// row of patches, and a Vicuna, Mistral, Hermes-Yi, Llama-3 or Qwen1.5 for a decoder.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/llava_next/config.hpp>
#include <adapters/llava_next/prompts.hpp>
#include <adapters/llava_next/weights.hpp>
#include <adapters/preprocessing/anyres_tiles.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/tokenizer/around_pictures.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/clip_tower.hpp>
#include <infoflow/adapter/diagnostics.hpp>

namespace infoflow::adapters {

/// LLaVA-1.6 in Hugging Face's form (model type llava_next) or as it was released.
///
/// The tower sees the whole picture, squashed to a square, and two to four tiles of 336 pixels of it at
/// a higher resolution; each view becomes 24² patches, and these, through the projector, as many
/// tokens. In the prompt stand the whole picture's tokens, then those of all tiles as one image, row by
/// row: rows or columns of padding alone are left out, and behind each row comes the learned newline.
class LlavaNext : public SplicedAdapter<LlavaNext> {
 public:
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static LlavaNext from_directory(const std::filesystem::path& directory,
                                                const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    LlavaNextConfig config = LlavaNextConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    Tokenizer tokenizer = Tokenizer::from_directory(directory);
    CheckpointTensors tensors(files, llava_next_tensors(config), llava_next_tensor_name, device,
                              settings.progress, settings.note);
    LlavaNextWeights weights = read_llava_next_weights(config, tensors, dtype);
    // Where a template ends a turn with a token of its own, the original code stops at it.
    std::vector<TokenId>& stops = config.llava.stop_ids;
    for (const char* end : {"<|im_end|>", "<|eot_id|>"}) {
      const auto id = tokenizer.id_of(end);
      if (id && std::find(stops.begin(), stops.end(), *id) == stops.end()) stops.push_back(*id);
    }
    return LlavaNext(std::move(config), std::move(tokenizer), std::move(weights));
  }

  /// \throws Error if the tokenizer does not know the configuration's image token
  LlavaNext(LlavaNextConfig config, Tokenizer tokenizer, LlavaNextWeights weights)
      : SplicedAdapter(Decoder(decoder_config(config.llava.text), std::move(weights.llava.decoder)),
                       std::move(tokenizer), config.llava.stop_ids,
                       config.llava.text.context_length(), config.llava.own_template),
        config_(std::move(config)),
        chat_(llava_next_template(config_.decoder, this->tokenizer())),
        tiles_(config_.tiles),
        tower_({config_.llava.vision.num_attention_heads, config_.llava.vision.hidden_act,
                config_.llava.feature_layers},
               std::move(weights.llava.vision)),
        projector_(std::move(weights.llava.projector)),
        newline_(std::move(weights.newline)) {
    if (config_.original || this->tokenizer().id_of("<image>") == image_slot()) return;
    throw Error("the tokenizer does not read <image> as token " + std::to_string(image_slot()),
                "tokenizer", "its files must belong to the checkpoint's config.json");
  }

  [[nodiscard]] const LlavaNextConfig& config() const { return config_; }

  /// The evaluation's template: that of the language model.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return chat_(question, image_count, "");
  }
  [[nodiscard]] std::string evaluation_template() const { return std::string(chat_.name); }

  /// The text as it stands, special tokens in it parsed, BOS as the tokenizer adds it; each `<image>`
  /// becomes one picture's tokens. The original code tokenises piece by piece between pictures.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    const Index side = config_.patches_per_side();
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      AnyresPicture picture = tiles_(image);
      ImageLayout tokens = picture.tokens(side);
      const Index count = tokens.token_count();
      ImageLayout patches = picture.patches(side);
      placed.push_back({count, std::move(tokens), std::move(picture.views), std::move(patches)});
    }
    Prompt prompt =
        with_images(config_.original ? ids_around_pictures(tokenizer(), text, {image_slot()})
                                     : tokenizer().encode(text, SpecialTokens::add),
                    image_slot(), std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// Views as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> views) const {
    if (views.empty()) {
      const Tensor& weight = projector_.linear_1.weight;
      return project(weight.new_empty({0, weight.size(1)}));
    }
    const Tensor features = tower_(normalised(views));
    return project(features.narrow(1, 1, features.size(1) - 1).flatten(0, 1));
  }

  /// The patches of all views, [patches, C_v], through the projector.
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    return {features, projector_(features), /*in_places=*/false};
  }

  /// Those of the projected patches that are image tokens, and newlines, as the layouts say.
  /// \throws Error if the patches are not those of the prompt's pictures
  [[nodiscard]] Tensor in_places(const Prompt& prompt, const Tensor& projected) const {
    std::vector<std::int64_t> rows;
    const std::int64_t newline = projected.size(0);
    Index first = 0;
    for (const ImageLayout& layout : prompt.layouts) {
      for (const Index patch : layout.patch_of_token()) {
        rows.push_back(patch < 0 ? newline : first + patch);
      }
      first += layout.patch_count();
    }
    if (first != newline) {
      throw Error(std::to_string(newline) + " patches for pictures of " + std::to_string(first),
                  "begin", "encode the pictures of this prompt");
    }
    return at::cat({projected, newline_.unsqueeze(0)})
        .index_select(0, at::tensor(rows, at::kLong).to(projected.device()));
  }

  /// What the tower is given: [views, 3, side, side], mean and standard deviation taken out.
  /// \throws Error if a view is not of the size of a tile
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> views) const {
    return normalised_pixels(views, config_.tiles.side, config_.tiles.colours,
                             projector_.linear_1.weight);
  }

 private:
  [[nodiscard]] TokenId image_slot() const { return config_.llava.image_token_index; }

  LlavaNextConfig config_;
  ChatTemplate chat_;
  AnyresTiles tiles_;
  ClipTower tower_;
  Projector projector_;
  Tensor newline_;
};

static_assert(explain<LlavaNext>());
static_assert(LayerwiseAdapter<LlavaNext> && AttentionAdapter<LlavaNext> &&
              GradientAdapter<LlavaNext> && TruncatableAdapter<LlavaNext>);

}  // namespace infoflow::adapters
