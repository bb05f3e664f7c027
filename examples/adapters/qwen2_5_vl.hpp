// SPDX-License-Identifier: MIT
/// \file Qwen2-VL and Qwen2.5-VL: a ViT that sees pictures at their own size, a merger of 2 × 2 patches,
/// and a Qwen2 whose position ids have three numbers.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/decoder/mrope_ids.hpp>
#include <adapters/preprocessing/normalised_pixels.hpp>
#include <adapters/preprocessing/patch_rows.hpp>
#include <adapters/preprocessing/placed_images.hpp>
#include <adapters/preprocessing/smart_resize.hpp>
#include <adapters/qwen2_5_vl/config.hpp>
#include <adapters/qwen2_5_vl/prompts.hpp>
#include <adapters/qwen2_5_vl/weights.hpp>
#include <adapters/spliced_adapter.hpp>
#include <adapters/torch_settings.hpp>
#include <adapters/vision/qwen_vit.hpp>
#include <infoflow/adapter/diagnostics.hpp>

namespace infoflow::adapters {

/// A checkpoint of Qwen2-VL or Qwen2.5-VL, asked about still pictures.
///
/// A picture is resized to whole cells of 28 pixels at nearly its own size. The tower sees its patches
/// of 14 pixels; the 2 × 2 of each cell become one image token. A picture's tokens stand between
/// <|vision_start|> and <|vision_end|>, cells row by row.
class Qwen2_5Vl : public SplicedAdapter<Qwen2_5Vl> {
 public:
  /// \throws Error that names the file and what is wrong with it
  [[nodiscard]] static Qwen2_5Vl from_directory(const std::filesystem::path& directory,
                                                const TorchSettings& settings = {}) {
    const at::ScalarType dtype = parse_dtype(settings.dtype);
    const at::Device device = parse_device(settings.device);
    Qwen2_5VlConfig config = Qwen2_5VlConfig::from_directory(directory);
    const CheckpointFiles files = CheckpointFiles::from_directory(directory);
    CheckpointTensors tensors(files, qwen2_5_vl_tensors(config), qwen2_5_vl_tensor_name, device,
                              settings.progress, settings.note);
    Qwen2_5VlWeights weights = read_qwen2_5_vl_weights(config, tensors, dtype);
    return {std::move(config), Tokenizer::from_directory(directory), std::move(weights)};
  }

  /// \throws Error if the tokenizer does not know the tokens around and for pictures
  Qwen2_5Vl(Qwen2_5VlConfig config, Tokenizer tokenizer, Qwen2_5VlWeights weights)
      : SplicedAdapter(Decoder(decoder_config(config.text), std::move(weights.decoder)),
                       std::move(tokenizer), config.stop_ids, config.text.context_length(),
                       config.own_template),
        config_(std::move(config)),
        image_token_(required_token("<|image_pad|>")),
        tower_(qwen_vit_shape(config_.vision), std::move(weights.tower)),
        merger_(std::move(weights.merger)) {
    for (const char* mark : {"<|vision_start|>", "<|vision_end|>"}) (void)required_token(mark);
    if (config_.image_token != image_token_) {
      throw Error("the tokenizer does not read <|image_pad|> as token " +
                      std::to_string(config_.image_token),
                  "tokenizer", "its files must belong to the checkpoint's config.json");
    }
  }

  [[nodiscard]] const Qwen2_5VlConfig& config() const { return config_; }

  [[nodiscard]] std::string chat_prompt(std::string_view question, std::size_t image_count) const {
    return qwen2_5_vl_chat_prompt(question, image_count);
  }
  [[nodiscard]] std::string evaluation_template() const { return "Qwen2-VL's"; }

  [[nodiscard]] std::string spelt(std::string_view text) const {
    return with_marks(text, "<|vision_start|><|image_pad|><|vision_end|>");
  }

  /// The text as it stands, special tokens in it parsed; each `<image>` becomes <|vision_start|>, one
  /// picture's tokens and <|vision_end|>.
  /// \throws Error if the pictures are not as many as the `<image>`, the text has a video, or the
  ///         context is too short
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    if (text.find("<|video_pad|>") != std::string_view::npos) {
      throw Error("the text has a video, <|video_pad|>", "prompt", "only pictures are read");
    }
    const Index merge = config_.vision.spatial_merge_size;
    std::vector<PlacedImage> placed;
    for (const RgbImage& image : images) {
      ProcessedImage seen = smartly_resized(image, config_.pictures);
      const auto [rows, columns] = grid_of(seen.pixels);
      ImageLayout layout = ImageLayout::merged_grid(seen.preprocessing, rows, columns, merge);
      const Index tokens = layout.token_count();
      placed.push_back({tokens,
                        std::move(layout),
                        {},
                        patch_rows_layout(seen.preprocessing, rows, columns, merge)});
      placed.back().views.push_back(std::move(seen.pixels));
    }
    Prompt prompt = with_images(tokenizer().encode(spelt(text), SpecialTokens::add), image_token_,
                                std::move(placed));
    require_context(static_cast<Index>(prompt.ids.size()));
    return prompt;
  }

  [[nodiscard]] std::vector<PositionId> position_ids(const Prompt& prompt) const {
    return mrope_ids(prompt);
  }

  /// Pictures as `prepare` left them, or noisy copies of these. \throws Error as normalised()
  [[nodiscard]] ImageTokens encode(std::span<const PixelImage> views) const {
    const Tensor& channels = merger_.linear_1.weight;
    if (views.empty()) return project(channels.new_empty({0, config_.vision.hidden_size}));
    std::vector<Tensor> features;
    for (const PixelImage& view : views) {
      features.push_back(tower_(normalised(std::span(&view, 1)), grid_of(view)));
    }
    return project(joined(features, 0));
  }

  /// Image tokens of the patches of all pictures [patches, C_v], cell by cell.
  [[nodiscard]] ImageTokens project(const Tensor& features) const {
    return {features, merger_(features)};
  }

  /// What the tower is given: patches of all pictures [patches, 3 · times · patch²], mean and standard
  /// deviation taken out.
  /// \throws Error if a picture is not in whole cells
  [[nodiscard]] Tensor normalised(std::span<const PixelImage> views) const {
    const QwenVitConfig& vision = config_.vision;
    std::vector<Tensor> rows;
    for (const PixelImage& view : views) {
      const int cell = vision.patch_size * vision.spatial_merge_size;
      if (view.width % cell != 0 || view.height % cell != 0) {
        throw Error(
            "a view of " + std::to_string(view.width) + " × " + std::to_string(view.height) +
                " pixels",
            "encode",
            "the tower takes multiples of " + std::to_string(cell) + "; use prepare's pixels");
      }
      rows.push_back(patch_rows(normalised_view(view, config_.pictures.colours), vision.patch_size,
                                vision.spatial_merge_size, vision.temporal_patch_size));
    }
    const Tensor& like = merger_.linear_1.weight;
    return joined(rows, 0).to(like.device(), like.scalar_type());
  }

 private:
  [[nodiscard]] GridSize grid_of(const PixelImage& view) const {
    return {view.height / config_.vision.patch_size, view.width / config_.vision.patch_size};
  }

  Qwen2_5VlConfig config_;
  TokenId image_token_;
  QwenVit tower_;
  Qwen2_5VlMerger merger_;
};

static_assert(explain<Qwen2_5Vl>());
static_assert(LayerwiseAdapter<Qwen2_5Vl> && AttentionAdapter<Qwen2_5Vl> &&
              GradientAdapter<Qwen2_5Vl> && TruncatableAdapter<Qwen2_5Vl>);

}  // namespace infoflow::adapters
