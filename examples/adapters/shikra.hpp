// SPDX-License-Identifier: MIT
/// \file Shikra: a CLIP tower, a linear projector and a LLaMA decoder; pictures stand inside sentences, and
/// places on them are written as text.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/shikra/config.hpp>
#include <adapters/shikra/prompts.hpp>
#include <adapters/shikra/weights.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/tokenizer/around_pictures.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/clip_tower.hpp>
#include <infoflow/adapter/diagnostics.hpp>
#include <infoflow/text/boxes_in_text.hpp>

namespace infoflow::adapters {

/// Shikra-7B, made whole by convert.py, and whatever has its configuration.
///
/// A picture lies on a white square; its 16² patches become as many image tokens, which stand between
/// <im_start> and <im_end> where `<image>` stood: anywhere in the user's text. What comes before the
/// first of them has the role system, as in every prompt, and so has a question that stands there. Boxes
/// in questions and answers are shares of the square.
class Shikra : public SplicedAdapter<Shikra> {
 public:
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static Shikra from_directory(const std::filesystem::path& directory,
                                             const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    ShikraConfig config = ShikraConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    require_whole_shikra(files);
    CheckpointTensors tensors(files, shikra_tensors(config), shikra_tensor_name, device,
                              settings.progress, settings.note);
    Tokenizer tokenizer = Tokenizer::from_directory(directory);
    if (const auto end = tokenizer.id_of("</s>")) config.stop_ids = {*end};
    ShikraWeights weights = read_shikra_weights(config, tensors, dtype);
    return Shikra(std::move(config), std::move(tokenizer), std::move(weights));
  }

  /// \throws Error if the tokenizer does not know the tokens around and for pictures
  Shikra(ShikraConfig config, Tokenizer tokenizer, ShikraWeights weights)
      : SplicedAdapter(Decoder(decoder_config(config.text), std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.context_length(),
                       config.own_template),
        config_(std::move(config)),
        processor_(image_settings(config_.vision.image_size)),
        tower_(
            {config_.vision.num_attention_heads, config_.vision.hidden_act, {config_.blocks_run}},
            std::move(weights.vision)),
        projector_(std::move(weights.projector)),
        picture_{required_token("<im_start>"), required_token("<im_patch>"),
                 required_token("<im_end>")} {}

  [[nodiscard]] const ShikraConfig& config() const { return config_; }

  /// The evaluation's template with the pictures before the question.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return shikra_prompt(behind_pictures(question, image_count));
  }
  /// The evaluation's template around a text that may say where its pictures stand.
  [[nodiscard]] std::string evaluation_chat(std::string_view text, std::size_t image_count) const {
    if (text.find("<image>") == std::string_view::npos) return chat_prompt(text, image_count);
    return shikra_prompt(text);
  }
  [[nodiscard]] std::string evaluation_template() const { return "vicuna_v1.1"; }

  [[nodiscard]] std::string spelt(std::string_view text) const {
    return with_marks(text, "<im_start><im_patch><im_end>");
  }

  /// BOS, then the text with each `<image>` become one picture's tokens and their marks. What stands
  /// between two pictures is tokenised by itself, without the blanks beside them.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    const Index side = config_.patches_per_side();
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      auto [pixels, preprocessing] = processor_(image);
      placed.push_back(
          {side * side, ImageLayout::grid(preprocessing, side, side), {std::move(pixels)}});
    }
    const std::vector<TokenId> ids =
        ids_around_pictures(tokenizer(), without_blanks_beside_pictures(text), picture_);
    Prompt prompt = with_images(ids, picture_[1], std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// Pictures as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> pixels) const {
    if (pixels.empty())
      return project(projector_.weight.new_empty({0, config_.vision.hidden_size}));
    const Tensor features = tower_(normalised(pixels));
    return project(features.narrow(1, 1, features.size(1) - 1).flatten(0, 1));
  }

  /// Image tokens of vision features [patches, C_v].
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    return {features, projector_(features)};
  }

  /// What the tower is given: [pictures, 3, size, size], mean and standard deviation taken out.
  /// \throws Error if a picture is not of the size that the tower takes
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> pixels) const {
    return normalised_pixels(pixels, config_.vision.image_size, processor_.settings(),
                             projector_.weight);
  }

  /// The boxes that an answer names, as shares of the white square.
  [[nodiscard]] std::vector<Rect> answer_boxes(std::string_view answer) const {
    return boxes_in_text(answer);
  }

 private:
  static ImageSettings image_settings(int size) {
    return {.pad_to_square = true,
            .pad_colour = Colour{255, 255, 255},
            .shortest_edge = size,
            .crop = ImageSize{size, size}};
  }

  ShikraConfig config_;
  ImageProcessor processor_;
  ClipTower tower_;
  Linear projector_;
  std::vector<TokenId> picture_;  ///< <im_start>, the slot of its tokens, <im_end>.
};

static_assert(explain<Shikra>());
static_assert(LayerwiseAdapter<Shikra> && AttentionAdapter<Shikra> && GradientAdapter<Shikra> &&
              TruncatableAdapter<Shikra>);

}  // namespace infoflow::adapters
