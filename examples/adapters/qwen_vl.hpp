// SPDX-License-Identifier: MIT
/// \file Qwen-VL and Qwen-VL-Chat (2023): a ViT, a resampler with learned queries, and Qwen-7B.
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
#include <adapters/qwen_vl/config.hpp>
#include <adapters/qwen_vl/prompts.hpp>
#include <adapters/qwen_vl/resampler.hpp>
#include <adapters/qwen_vl/vision.hpp>
#include <adapters/qwen_vl/weights.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/torch_settings.hpp>
#include <infoflow/adapter/diagnostics.hpp>

namespace infoflow::adapters {

/// Qwen-VL, Qwen-VL-Chat and whatever has their configuration.
///
/// A picture becomes patch features [patches, C_v], and learned queries read from these a fixed
/// number of image tokens [queries, C], which stand between `<img>` and `</img>` where `<image>`
/// stood. They have no place of their own: their layout is soft, the attention of the queries.
class QwenVl : public SplicedAdapter<QwenVl> {
 public:
  /// Reads a checkpoint as it is on the hub, its pickles converted to safetensors.
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static QwenVl from_directory(const std::filesystem::path& directory,
                                             const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    QwenVlConfig config = QwenVlConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    CheckpointTensors tensors(files, qwen_vl_tensors(config), qwen_vl_tensor_name, device,
                              settings.progress, settings.note);
    QwenVlWeights weights = read_qwen_vl_weights(config, tensors, dtype);
    Tokenizer tokenizer = Tokenizer::from_directory(directory);
    std::vector<std::string> ends;
    if (config.chats) ends = {"<|im_end|>", "<|im_start|>"};
    if (config.stop_ids.empty()) ends.emplace_back("<|endoftext|>");
    for (const std::string& end : ends) {
      const auto id = tokenizer.id_of(end);
      if (!id)
        throw Error("the tokenizer has no token " + end, directory.string(), "fetch it anew");
      config.stop_ids.push_back(*id);
    }
    return {std::move(config), std::move(tokenizer), std::move(weights)};
  }

  /// \throws Error if the tokenizer does not know the configuration's image tokens
  QwenVl(QwenVlConfig config, Tokenizer tokenizer, QwenVlWeights weights)
      : SplicedAdapter(Decoder({.head_channels = config.text.head_dim,
                                .rope_theta = config.text.rope_theta,
                                .activation = config.text.hidden_act,
                                .long_context = config.long_context},
                               std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.max_position_embeddings,
                       config.own_template),
        config_(std::move(config)),
        slot_(required_token("<imgpad>")),
        processor_(square_pictures(config_.vision.image_size)),
        tower_(config_.vision.heads, std::move(weights.tower)),
        resampler_(config_.vision.resampler_heads(), std::move(weights.resampler)) {
    TokenId id = config_.vision.image_start_id;
    for (const char* mark : {"<img>", "</img>", "<imgpad>"}) {
      if (required_token(mark) != id) {
        throw Error(
            std::string("the tokenizer does not read ") + mark + " as token " + std::to_string(id),
            "tokenizer", "it must belong to the checkpoint's config.json");
      }
      ++id;
    }
  }

  [[nodiscard]] const QwenVlConfig& config() const { return config_; }

  /// The template that generation_config.json names: a chat's, or raw text.
  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return config_.chats ? qwen_vl_chat_prompt(question, image_count)
                         : qwen_vl_raw_prompt(question, image_count);
  }

  [[nodiscard]] std::string evaluation_template() const {
    return config_.chats ? "Qwen-VL-Chat's" : "Qwen-VL's raw text";
  }
  [[nodiscard]] std::string marks_of(std::size_t image_count) const {
    return qwen_vl_pictures(image_count);
  }

  /// Ids as text, without the blank that an answer to "Answer:" begins with.
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    std::string text = SplicedAdapter::decode(ids);
    return !config_.chats && text.starts_with(' ') ? text.substr(1) : text;
  }
  /// An answer to be forced, with that blank.
  [[nodiscard]] std::vector<TokenId> encode_answer(std::string_view text) const {
    const bool blank = !config_.chats && !text.empty() && !text.starts_with(' ');
    return SplicedAdapter::encode_answer((blank ? " " : "") + std::string(text));
  }

  [[nodiscard]] std::string spelt(std::string_view text) const {
    return with_marks(text, "<img><imgpad></img>");
  }

  /// The text as it stands, special tokens in it parsed; each `<image>` becomes `<img>`, one
  /// picture's tokens, `</img>`.
  ///
  /// Runs the tower: where a picture's tokens lie depends on the picture. Rows of encoder_last are
  /// patches, and lie on a grid.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      auto [pixels, preprocessing] = processor_(image);
      const Index side = config_.vision.side();
      placed.push_back({resampler_.queries(),
                        soft_layout(pixels, preprocessing),
                        {},
                        ImageLayout::grid(preprocessing, side, side)});
      placed.back().views.push_back(std::move(pixels));
    }
    Prompt prompt =
        with_images(tokenizer().encode(spelt(text), SpecialTokens::add), slot_, std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  /// Pictures as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> pixels) const {
    return project(features_of(pixels));
  }

  /// Image tokens of patch features [patches of all pictures, C_v].
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    const Index patches = Index{config_.vision.side()} * config_.vision.side();
    const Index pictures = features.size(0) / patches;
    const Tensor by_picture = features.view({pictures, patches, features.size(1)});
    return {features, resampler_(by_picture).tokens.flatten(0, 1)};
  }

  /// What the tower is given: [pictures, 3, size, size], mean and standard deviation taken out.
  /// \throws Error if a picture is not of the size that the tower takes
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> pixels) const {
    return normalised_pixels(pixels, config_.vision.image_size, processor_.settings(),
                             tower_.weights().conv1);
  }

 private:
  /// Pictures are squeezed into the square; the published code says so, no file does.
  [[nodiscard]] static ImageSettings square_pictures(int size) {
    return {.exact_size = ImageSize{size, size}, .shortest_edge = {}, .crop = {}};
  }

  /// [patches of all pictures, C_v].
  [[nodiscard]] Tensor features_of(std::span<const PixelImage> pixels) const {
    const Tensor& like = tower_.weights().conv1;
    if (pixels.empty()) return like.new_empty({0, like.size(0)});
    return tower_(normalised(pixels)).flatten(0, 1);
  }

  /// Where the queries look in one picture.
  [[nodiscard]] ImageLayout soft_layout(const PixelImage& pixels,
                                        const Preprocessing& preprocessing) const {
    const Tensor attention =
        resampler_(features_of(std::span(&pixels, 1)).unsqueeze(0)).attention.squeeze(0);
    const Index side = config_.vision.side();
    return ImageLayout::soft(preprocessing, {preprocessing.canvas(), side, side},
                             TensorOps<Tensor>::to_host(attention));
  }

  QwenVlConfig config_;
  TokenId slot_;
  ImageProcessor processor_;
  QwenVlTower tower_;
  QwenVlResampler resampler_;
};

static_assert(explain<QwenVl>());
static_assert(LayerwiseAdapter<QwenVl> && AttentionAdapter<QwenVl> && GradientAdapter<QwenVl> &&
              TruncatableAdapter<QwenVl>);

}  // namespace infoflow::adapters
