// SPDX-License-Identifier: MIT
/// \file InternVL-Chat V1.5, V2, V2.5, InternVL3 and 3.5: an InternViT that sees tiles, a projector
/// behind a pixel shuffle, and an InternLM2, Qwen2, Qwen3 or LLaMA decoder.
#pragma once

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/internvl/config.hpp>
#include <adapters/internvl/prompts.hpp>
#include <adapters/internvl/weights.hpp>
#include <adapters/preprocessing/dynamic_tiles.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/intern_vit.hpp>
#include <adapters/vision/pixel_shuffle.hpp>
#include <infoflow/adapter/diagnostics.hpp>

namespace infoflow::adapters {

/// A checkpoint of the authors (model type internvl_chat) or of transformers (internvl).
///
/// A picture is cut into 1 to 12 tiles of 448 pixels, to which a thumbnail of the whole picture is
/// added where there are several. The tower sees every view by itself; its patches [32²] are merged
/// 2 × 2, so that a view becomes 256 image tokens. All tokens of a picture stand between `<img>` and
/// `</img>`, tile after tile, the thumbnail last.
class Internvl : public SplicedAdapter<Internvl> {
 public:
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static Internvl from_directory(const std::filesystem::path& directory,
                                               const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    InternvlConfig config = InternvlConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    CheckpointTensors tensors(files, internvl_tensors(config), internvl_tensor_name, device,
                              settings.progress, settings.note);
    InternvlWeights weights = read_internvl_weights(config, tensors, dtype);
    Tokenizer tokenizer = Tokenizer::from_directory(directory);
    // Every template ends a turn with this, and InternVL's own chat stops at it.
    const auto end = tokenizer.id_of("<|im_end|>");
    std::vector<TokenId>& stops = config.stop_ids;
    if (end && std::find(stops.begin(), stops.end(), *end) == stops.end()) stops.push_back(*end);
    return Internvl(std::move(config), std::move(tokenizer), std::move(weights));
  }

  /// \throws Error if the tokenizer does not know the tokens around and for pictures
  Internvl(InternvlConfig config, Tokenizer tokenizer, InternvlWeights weights)
      : SplicedAdapter(Decoder(decoder_config(config.text), std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.context_length(),
                       config.released ? std::nullopt : config.own_template),
        config_(std::move(config)),
        tiles_(config_.tiles),
        image_token_(required_token("<IMG_CONTEXT>")),
        tower_(config_.vision.num_attention_heads, config_.vision.hidden_act,
               std::move(weights.vision)),
        projector_(std::move(weights.projector)) {
    for (const char* mark : {"<img>", "</img>"}) (void)required_token(mark);
    if (config_.image_token.value_or(image_token_) != image_token_) {
      throw Error("the tokenizer does not read <IMG_CONTEXT> as token " +
                      std::to_string(*config_.image_token),
                  "tokenizer", "its files must belong to the checkpoint's config.json");
    }
  }

  [[nodiscard]] const InternvlConfig& config() const { return config_; }

  /// The evaluation's template: of a checkpoint of the authors the one that config.json names.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return config_.chat(question, image_count);
  }
  [[nodiscard]] std::string evaluation_template() const { return config_.chat.name; }

  /// As the authors' own chat() a checkpoint of theirs is asked as config.json says. Its tokenizer's
  /// template is the language model's, which knows no pictures.
  [[nodiscard]] std::string question_template() const {
    const std::string name = SplicedAdapter::question_template();
    if (!config_.released) return name;
    return name + ", named by config.json" +
           (config_.own_template ? "; the tokenizer's chat_template is not used" : "");
  }

  /// An answer as the authors' chat() gives it: up to where it ends its turn in so many letters.
  [[nodiscard]] std::string answer_text(std::span<const TokenId> ids) const {
    const std::string whole = SplicedAdapter::answer_text(ids);
    return std::string(text::strip(std::string_view(whole).substr(0, whole.find("<|im_end|>"))));
  }

  [[nodiscard]] std::string spelt(std::string_view text) const {
    return with_marks(text, "<img><IMG_CONTEXT></img>");
  }

  /// The text as it stands, special tokens in it parsed, BOS as the tokenizer adds it; each `<image>`
  /// becomes `<img>`, one picture's tokens and `</img>`.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    const Index side = config_.tokens_per_side();
    const bool by_column = config_.order == ShuffleOrder::by_column;
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      TiledPicture tiled = tiles_(image);
      const auto tokens = static_cast<Index>(tiled.views.size()) * side * side;
      ImageLayout layout = tiled.layout(side, by_column);
      ImageLayout patches = tiled.layout(config_.patches_per_side());
      placed.push_back({tokens, std::move(layout), std::move(tiled.views), std::move(patches)});
    }
    Prompt prompt = with_images(tokenizer().encode(spelt(text), SpecialTokens::add), image_token_,
                                std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// Views as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> views) const {
    if (views.empty()) {
      const Tensor& channels = tower_.weights().class_embedding;
      return project(channels.new_empty({0, channels.size(0)}));
    }
    const Tensor features = tower_(normalised(views));
    return project(features.narrow(1, 1, features.size(1) - 1).flatten(0, 1));
  }

  /// Image tokens of the patches of all views [patches, C_v].
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    const Index per_view = Index{config_.patches_per_side()} * config_.patches_per_side();
    const Tensor views = features.view({features.size(0) / per_view, per_view, features.size(1)});
    const Tensor merged = pixel_shuffle(views, config_.merge, config_.order);
    return {features, projector_(merged).flatten(0, 1)};
  }

  /// What the tower is given: [views, 3, side, side], mean and standard deviation taken out.
  /// \throws Error if a view is not of the size of a tile
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> views) const {
    return normalised_pixels(views, config_.tiles.side, config_.tiles.colours,
                             projector_.linear_1.weight);
  }

 private:
  InternvlConfig config_;
  DynamicTiles tiles_;
  TokenId image_token_;
  InternVit tower_;
  InternvlProjector projector_;
};

static_assert(explain<Internvl>());
static_assert(LayerwiseAdapter<Internvl> && AttentionAdapter<Internvl> &&
              GradientAdapter<Internvl> && TruncatableAdapter<Internvl>);

}  // namespace infoflow::adapters
