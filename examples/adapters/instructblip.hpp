// SPDX-License-Identifier: MIT
/// \file InstructBLIP: an EVA ViT, a Q-Former that reads the question with the picture, and a Vicuna.
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
#include <adapters/instructblip/config.hpp>
#include <adapters/instructblip/qformer.hpp>
#include <adapters/instructblip/weights.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/tokenizer/word_piece.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/eva_vit.hpp>
#include <infoflow/adapter/diagnostics.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::adapters {

/// InstructBLIP with Vicuna-7B or -13B, in transformers' form.
///
/// The tower makes 257 tokens of a picture, class token first; 32 learned queries read these and the
/// question, and become the image tokens. These stand before everything else, BOS included, so that no
/// token has the role system. The tower's tokens (site encoder_last) depend on the picture alone, image
/// tokens on the question, too: `encode` ends at the former, and the queries read where a prompt begins.
class InstructBlip : public SplicedAdapter<InstructBlip> {
 public:
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static InstructBlip from_directory(const std::filesystem::path& directory,
                                                   const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    InstructBlipConfig config = InstructBlipConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    CheckpointTensors tensors(files, instructblip_tensors(config), instructblip_tensor_name, device,
                              settings.progress, settings.note);
    Tokenizer tokenizer = Tokenizer::from_directory(directory);
    if (const auto end = tokenizer.id_of("</s>")) config.stop_ids = {*end};
    WordPieceTokenizer words = WordPieceTokenizer::from_directory(directory / "qformer_tokenizer");
    InstructBlipWeights weights = read_instructblip_weights(config, tensors, dtype);
    return InstructBlip(std::move(config), std::move(tokenizer), std::move(words),
                        std::move(weights));
  }

  /// \throws Error if a tokenizer is not the configuration's
  InstructBlip(InstructBlipConfig config, Tokenizer tokenizer, WordPieceTokenizer words,
               InstructBlipWeights weights)
      : SplicedAdapter(Decoder(decoder_config(config.text), std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.context_length()),
        config_(std::move(config)),
        words_(std::move(words)),
        processor_(config_.pictures),
        tower_(config_.vision.num_attention_heads, config_.vision.hidden_act,
               std::move(weights.vision)),
        qformer_(config_.qformer.num_attention_heads, config_.qformer.hidden_act,
                 std::move(weights.qformer)),
        projection_(std::move(weights.projection)) {
    if (words_.size() > config_.qformer.vocab_size) {
      throw Error("the Q-Former's tokenizer has " + std::to_string(words_.size()) +
                      " tokens, the Q-Former " + std::to_string(config_.qformer.vocab_size),
                  "qformer_tokenizer", "its files must belong to the checkpoint's config.json");
    }
    if (config_.image_token && this->tokenizer().id_of("<image>") != *config_.image_token) {
      throw Error(
          "the tokenizer does not read <image> as token " + std::to_string(*config_.image_token),
          "tokenizer", "its files must belong to the checkpoint's config.json");
    }
  }

  [[nodiscard]] const InstructBlipConfig& config() const { return config_; }

  /// The instruction as it stands, behind the picture.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    std::string text;
    for (std::size_t i = 0; i < image_count; ++i) text += image_mark;
    return text.append(question);
  }
  [[nodiscard]] std::string evaluation_template() const { return "InstructBLIP's raw text"; }
  /// What the Q-Former's tokenizer would not read as text.
  [[nodiscard]] std::vector<std::string> further_marks_in(std::string_view text) const {
    return words_.marks_in(text);
  }

  /// A picture's tokens, BOS, and the text behind `<image>`, special tokens in it parsed. The Q-Former
  /// reads the same text.
  ///
  /// Runs tower and Q-Former: where a picture's tokens lie depends on picture and question. Rows of
  /// encoder_last are the class token, which has no place, and patches on a grid.
  /// \throws Error if there are more pictures than one, `<image>` stands elsewhere than before all text,
  ///         or a context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    require_front(images.size(), text);
    if (!images.empty()) text.remove_prefix(image_mark.size());
    std::vector<TokenId> instruction = words_.encode(text);
    if (static_cast<Index>(instruction.size()) > qformer_.context_length()) {
      throw Error("a question of " + std::to_string(instruction.size()) +
                      " tokens for the Q-Former, which reads " +
                      std::to_string(qformer_.context_length()),
                  "prompt", "shorten it");
    }
    std::vector<TokenId> ids(images.size(), slot());
    const std::vector<TokenId> behind = tokenizer().encode(text, SpecialTokens::add);
    ids.insert(ids.end(), behind.begin(), behind.end());
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      auto [pixels, preprocessing] = processor_(image);
      placed.push_back({qformer_.queries(),
                        layout(pixels, preprocessing, instruction),
                        {},
                        patch_layout(preprocessing)});
      placed.back().views.push_back(std::move(pixels));
    }
    Prompt prompt = with_images(ids, slot(), std::move(placed));
    prompt.instruction = std::move(instruction);
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// The tower's tokens of a picture as `prepare` left it, or of a noisy copy. \throws Error as
  /// normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> pixels) const {
    return project(features_of(pixels));
  }

  /// The tower's tokens [1 + patches, C_v] as they are: what becomes of them depends on the prompt.
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    return {features, features, /*in_places=*/false};
  }

  /// What the queries make of the tower's tokens for the prompt's question: [queries, C].
  [[nodiscard]] Tensor in_places(const Prompt& prompt, const Tensor& features) const {
    if (features.size(0) == 0) return features.new_empty({0, projection_.weight.size(0)});
    return projection_(qformer_(features, prompt.instruction).queries);
  }

  /// What the tower is given: [pictures, 3, size, size], mean and standard deviation taken out.
  /// \throws Error if a picture is not of the size that the tower takes
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> pixels) const {
    return normalised_pixels(pixels, config_.vision.image_size, processor_.settings(),
                             projection_.weight);
  }

 private:
  static constexpr std::string_view image_mark = "<image>";

  /// What stands for an image token in a prompt's ids; older vocabularies have nothing for it.
  [[nodiscard]] TokenId slot() const {
    constexpr TokenId of_older_files = -200;
    return config_.image_token.value_or(of_older_files);
  }

  static void require_front(std::size_t images, std::string_view text) {
    if (images > 1) {
      throw Error("the prompt has " + std::to_string(images) + " pictures", "prompt",
                  "InstructBLIP reads one picture");
    }
    const bool at_front = text.starts_with(image_mark);
    const std::size_t behind = at_front ? image_mark.size() : 0;
    if (at_front == (images == 1) && text.find(image_mark, behind) == std::string_view::npos)
      return;
    throw Error("<image> does not stand once before all text for a picture, or without one",
                "prompt", "InstructBLIP reads its picture first: write <image> at the front, once");
  }

  [[nodiscard]] Tensor features_of(std::span<const PixelImage> pixels) const {
    if (pixels.empty()) return projection_.weight.new_empty({0, config_.vision.hidden_size});
    return tower_(normalised(pixels)).flatten(0, 1);
  }

  /// Where the queries look in one picture for one question.
  [[nodiscard]] ImageLayout layout(const PixelImage& pixels, const Preprocessing& preprocessing,
                                   std::span<const TokenId> instruction) const {
    const c10::NoGradGuard no_tape;
    const Tensor places = qformer_(features_of(std::span(&pixels, 1)), instruction).places;
    const Index side = config_.vision.patches_per_side();
    return ImageLayout::soft(preprocessing, {preprocessing.canvas(), side, side},
                             TensorOps<Tensor>::to_host(places));
  }

  [[nodiscard]] ImageLayout patch_layout(const Preprocessing& preprocessing) const {
    const Index side = config_.vision.patches_per_side();
    std::vector<Index> patch_of_token;
    for (Index token = 0; token <= side * side; ++token) patch_of_token.push_back(token - 1);
    return ImageLayout::tiles(preprocessing, {{preprocessing.canvas(), side, side}},
                              std::move(patch_of_token));
  }

  InstructBlipConfig config_;
  WordPieceTokenizer words_;
  ImageProcessor processor_;
  EvaVit tower_;
  QFormer qformer_;
  Linear projection_;
};

static_assert(explain<InstructBlip>());
static_assert(LayerwiseAdapter<InstructBlip> && AttentionAdapter<InstructBlip> &&
              GradientAdapter<InstructBlip> && TruncatableAdapter<InstructBlip>);

}  // namespace infoflow::adapters
