// SPDX-License-Identifier: MIT
/// \file LLaVA-1.5: a CLIP tower, an MLP projector and a LLaMA decoder, from a Hugging Face folder.
#pragma once

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint_tensors.hpp>
#include <adapters/clip_tower.hpp>
#include <adapters/decoder.hpp>
#include <adapters/image_processor.hpp>
#include <adapters/llava_config.hpp>
#include <adapters/llava_prompts.hpp>
#include <adapters/llava_weights.hpp>
#include <adapters/tokenizer.hpp>
#include <adapters/torch_settings.hpp>
#include <infoflow/adapter/diagnostics.hpp>
#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/torch/backward.hpp>

namespace infoflow::adapters {

/// LLaVA-1.5 7B, 13B and whatever has their configuration.
///
/// A picture becomes vision features [patches, C_v] of the tower's feature layer, and these become
/// image tokens [patches, C], which stand in the prompt where `<image>` stood. Shows every site;
/// drops and masks tokens; runs layer by layer.
class Llava {
 public:
  using Tensor = at::Tensor;
  using AttentionBlock = AttentionRows;

  /// The vision side of a prompt, all pictures one after the other. In float32, whatever the decoder
  /// runs in (float64 if that is float64).
  struct ImageTokens {
    Tensor features;  ///< [patches, C_v], as they enter the projector: the site encoder_last.
    Tensor tokens;    ///< [patches, C]: the site projector.
  };

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
                              settings.progress);
    LlavaWeights weights = read_llava_weights(config, tensors, dtype);
    return Llava(std::move(config), Tokenizer::from_directory(directory),
                 ImageProcessor::from_directory(directory), std::move(weights));
  }

  /// \throws Error if the tokenizer does not know the configuration's image token
  Llava(LlavaConfig config, Tokenizer tokenizer, ImageProcessor processor, LlavaWeights weights)
      : config_(std::move(config)),
        tokenizer_(std::move(tokenizer)),
        processor_(std::move(processor)),
        tower_({config_.vision.num_attention_heads, config_.vision.hidden_act},
               std::move(weights.vision)),
        projector_(std::move(weights.projector)),
        decoder_({config_.text.head_dim, config_.text.rope_theta, config_.text.hidden_act},
                 std::move(weights.decoder)) {
    if (tokenizer_.id_of("<image>") != config_.image_token_index) {
      throw Error("the tokenizer does not read <image> as token " +
                      std::to_string(config_.image_token_index),
                  "tokenizer.json", "it must belong to the checkpoint's config.json");
    }
  }

  [[nodiscard]] const LlavaConfig& config() const { return config_; }
  [[nodiscard]] const Decoder& decoder() const { return decoder_; }
  [[nodiscard]] int layer_count() const { return decoder_.layer_count(); }
  [[nodiscard]] std::vector<TokenId> stop_ids() const { return config_.stop_ids; }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    return tokenizer_.decode(ids);
  }

  /// The evaluation's template (vicuna_v1): system text, the pictures, the question.
  [[nodiscard]] std::string question_prompt(std::string_view question,
                                            std::size_t image_count) const {
    std::string text =
        "A chat between a curious user and an artificial intelligence assistant. The assistant "
        "gives helpful, detailed, and polite answers to the user's questions. USER: ";
    for (std::size_t i = 0; i < image_count; ++i) text += "<image>\n";
    return text.append(question).append(" ASSISTANT:");
  }

  /// A benchmark's question as the evaluation puts it, to be given to `question_prompt`.
  [[nodiscard]] std::string evaluation_text(std::string_view task,
                                            const BenchmarkItem& item) const {
    return llava_evaluation_text(task, item);
  }
  [[nodiscard]] Index answer_limit(std::string_view task) const { return llava_answer_limit(task); }
  [[nodiscard]] DecoderShape decoder_shape() const { return decoder_.shape(); }

  /// An answer to be forced: encoded by itself, so that it begins as a word, without BOS and EOS.
  [[nodiscard]] std::vector<TokenId> encode_answer(std::string_view text) const {
    return tokenizer_.encode(text, SpecialTokens::none);
  }

  /// The text as it stands, special tokens in it parsed, BOS as the tokenizer adds it; each `<image>`
  /// becomes one picture's tokens.
  /// \throws Error if the pictures are not as many as the `<image>`, or the context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    const std::vector<TokenId> ids = tokenizer_.encode(text, SpecialTokens::add);
    const auto places = std::count(ids.begin(), ids.end(), config_.image_token_index);
    if (places != static_cast<std::ptrdiff_t>(images.size())) {
      throw Error("the prompt has <image> " + std::to_string(places) + " times for " +
                      std::to_string(images.size()) +
                      (images.size() == 1 ? " picture" : " pictures"),
                  "prompt", "write <image> once for each picture");
    }
    Prompt prompt;
    std::vector<Span> spans;
    for (const TokenId id : ids) {
      const auto begin = static_cast<Index>(prompt.ids.size());
      const bool image = id == config_.image_token_index;
      prompt.ids.insert(prompt.ids.end(), static_cast<std::size_t>(image ? tokens_per_image() : 1),
                        id);
      if (image) spans.push_back({begin, begin + tokens_per_image()});
    }
    require_context(static_cast<Index>(prompt.ids.size()));
    prompt.partition = TokenPartition(static_cast<Index>(prompt.ids.size()), std::move(spans));
    for (const RgbImage& image : images) {
      auto [pixels, preprocessing] = processor_(image);
      prompt.pixels.push_back(std::move(pixels));
      prompt.layouts.push_back(layout(preprocessing));
    }
    validate(prompt);
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
    const Index size = config_.vision.image_size;
    std::vector<Tensor> pictures;
    for (const PixelImage& image : pixels) {
      if (image.width != size || image.height != size) {
        throw Error("a picture of " + std::to_string(image.width) + " × " +
                        std::to_string(image.height) + " pixels",
                    "Llava::encode",
                    "the tower takes " + std::to_string(size) + " × " + std::to_string(size) +
                        "; use prepare's pixels");
      }
      const Tensor values = at::empty({size, size, 3}, at::kFloat);
      std::copy(image.values.begin(), image.values.end(), values.mutable_data_ptr<float>());
      pictures.push_back(values.permute({2, 0, 1}));
    }
    const auto per_channel = [](const auto& values) {
      return at::tensor({values[0], values[1], values[2]}, at::kFloat).view({3, 1, 1});
    };
    const Tensor& weight = projector_.linear_1.weight;
    const ImageSettings& settings = processor_.settings();
    return ((at::stack(pictures) - per_channel(settings.mean)) / per_channel(settings.std))
        .to(weight.device(), weight.scalar_type());
  }

  [[nodiscard]] Tensor embed(std::span<const TokenId> ids) const { return decoder_.embed(ids); }

  /// \throws Error if the image tokens are not those of the prompt's pictures
  [[nodiscard]] Lane<Tensor> begin(const Prompt& prompt, const ImageTokens& images,
                                   std::span<const TokenId> answer) const {
    require_context(static_cast<Index>(prompt.ids.size() + answer.size()));
    if (images.tokens.size(0) != prompt.partition.count(Role::image)) {
      throw Error(std::to_string(images.tokens.size(0)) + " image tokens for " +
                      std::to_string(prompt.partition.count(Role::image)) + " places in the prompt",
                  "Llava::begin", "encode the pictures of this prompt");
    }
    const std::span<const TokenId> ids(prompt.ids);
    std::vector<Tensor> parts;
    Index text_begin = 0;
    Index image_begin = 0;
    const auto add_text = [&](Index end) {
      if (end > text_begin) parts.push_back(embed(ids.subspan(text_begin, end - text_begin)));
    };
    for (const Span& image : prompt.partition.images()) {
      add_text(image.begin);
      parts.push_back(images.tokens.narrow(0, image_begin, image.size()));
      image_begin += image.size();
      text_begin = image.end;
    }
    add_text(prompt.partition.prompt_length());
    if (!answer.empty()) parts.push_back(embed(answer));
    return decoder_.begin(joined(parts, 0));
  }

  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    decoder_.run_layer(layer, lanes, observer);
  }
  [[nodiscard]] AttentionBlock attention(int layer, const Lane<Tensor>& lane) const {
    return decoder_.attention(layer, lane);
  }
  [[nodiscard]] Tensor logits(const Lane<Tensor>& lane, std::span<const Index> positions) const {
    return decoder_.logits(lane, positions);
  }

  /// As backward_through_lanes; at encoder_last the positions count patches through all pictures.
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const ImageTokens& images, std::span<const TokenId> answer,
                const T& target, const Observer& observer) const {
    const c10::AutoGradMode on_the_tape(true);
    const bool features = observer.wants_gradient({0, SiteKind::encoder_last});
    const bool tokens = observer.wants_gradient({0, SiteKind::projector});
    ImageTokens taped = images;
    std::vector<TapedFeatures> before_decoder;
    if (features) {
      taped = project(images.features.detach().requires_grad_());
      std::vector<Index> patches(static_cast<std::size_t>(taped.features.size(0)));
      std::iota(patches.begin(), patches.end(), Index{0});
      before_decoder.push_back({{0, SiteKind::encoder_last}, std::move(patches), taped.features});
    } else if (tokens) {
      taped.tokens = images.tokens.detach().requires_grad_();
    }
    if (tokens) {
      if (features) taped.tokens.retain_grad();
      before_decoder.push_back(
          {{0, SiteKind::projector}, prompt.partition.positions(Role::image), taped.tokens});
    }
    backward_through_lanes(*this, prompt, taped, answer, target, observer,
                           std::move(before_decoder));
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

  void require_context(Index length) const {
    if (length <= config_.text.max_position_embeddings) return;
    throw Error("prompt and answer of " + std::to_string(length) + " tokens in a context of " +
                    std::to_string(config_.text.max_position_embeddings),
                "prompt and answer", "shorten the longer of them, or give fewer pictures");
  }

  LlavaConfig config_;
  Tokenizer tokenizer_;
  ImageProcessor processor_;
  ClipTower tower_;
  Projector projector_;
  Decoder decoder_;
};

static_assert(explain_layerwise<Llava>() && explain_gradient<Llava>());
static_assert(LayerwiseAdapter<Llava> && AttentionAdapter<Llava> && GradientAdapter<Llava> &&
              TruncatableAdapter<Llava>);

}  // namespace infoflow::adapters
