// SPDX-License-Identifier: MIT
/// \file The toy's way from pictures and text to a Prompt, and from pixels to image tokens.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/adapter/prompt.hpp>

#include "toy_weights.hpp"

namespace infoflow::toy {

/// What `encode` makes of all pictures of a prompt, picture after picture, patches row by row.
template <class Scalar>
struct ImageTokens {
  RowMatrix<Scalar> features;    ///< [patches, 3]: mean colours, what enters the projector.
  RowMatrix<Scalar> embeddings;  ///< [patches, channels]: what takes the place of `<image>`.
};

/// The picture at the canvas's size, each canvas pixel the source pixel under its centre.
[[nodiscard]] inline PixelImage resized(const RgbImage& picture, const Preprocessing& way) {
  PixelImage canvas(way.canvas_width(), way.canvas_height());
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const Point p = way.to_source(Point{x + 0.5, y + 0.5});
      const auto* from = picture.pixel(static_cast<int>(p.x), static_cast<int>(p.y));
      std::transform(from, from + 3, canvas.pixel(x, y), [](auto v) { return v / 255.0F; });
    }
  }
  return canvas;
}

/// BOS, then the text with each `<image>` replaced by a picture's tokens. If the text has no
/// `<image>`, the pictures come first. \throws Error if text and pictures disagree on their number
[[nodiscard]] inline Prompt make_prompt(const Config& config, const Tokenizer& tokenizer,
                                        std::span<const RgbImage> images, std::string_view text) {
  std::vector<TokenId> words = tokenizer.encode(text);
  const auto named = std::count(words.begin(), words.end(), Tokenizer::image_id);
  if (named == 0) words.insert(words.begin(), images.size(), Tokenizer::image_id);
  if (named != 0 && named != static_cast<Index>(images.size())) {
    throw Error("the text has " + std::to_string(named) + " <image> for " +
                    std::to_string(images.size()) + " pictures",
                "toy prompt", "write one <image> per picture, or none");
  }
  Prompt prompt;
  prompt.ids.push_back(Tokenizer::begin_id);
  std::vector<Span> spans;
  for (const TokenId id : words) {
    const auto begin = static_cast<Index>(prompt.ids.size());
    const Index copies = id == Tokenizer::image_id ? config.image_tokens() : 1;
    prompt.ids.insert(prompt.ids.end(), static_cast<std::size_t>(copies), id);
    if (id == Tokenizer::image_id) spans.push_back({begin, begin + copies});
  }
  prompt.partition = TokenPartition(static_cast<Index>(prompt.ids.size()), std::move(spans));
  for (const RgbImage& picture : images) {
    const auto way = Preprocessing(picture.width, picture.height)
                         .resized(static_cast<int>(config.patch_columns) * config.patch_pixels,
                                  static_cast<int>(config.patch_rows) * config.patch_pixels);
    prompt.layouts.push_back(ImageLayout::grid(way, config.patch_rows, config.patch_columns));
    prompt.pixels.push_back(resized(picture, way));
  }
  return prompt;
}

/// Mean colour of each patch, scaled to about [−1, 1], and a linear projector.
template <class Scalar>
[[nodiscard]] ImageTokens<Scalar> encode_pictures(const Weights<Scalar>& weights,
                                                  std::span<const PixelImage> pictures) {
  const Config& config = weights.config;
  const auto count = static_cast<Index>(pictures.size()) * config.image_tokens();
  ImageTokens<Scalar> tokens{RowMatrix<Scalar>::Constant(count, 3, Scalar{-1}), {}};
  const Scalar part = Scalar{2} / static_cast<Scalar>(config.patch_pixels * config.patch_pixels);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (int y = 0; y < pictures[i].height; ++y) {
      for (int x = 0; x < pictures[i].width; ++x) {
        const Index patch = static_cast<Index>(i) * config.image_tokens() +
                            y / config.patch_pixels * config.patch_columns +
                            x / config.patch_pixels;
        const float* colour = pictures[i].pixel(x, y);
        for (Index c = 0; c < 3; ++c)
          tokens.features(patch, c) += part * static_cast<Scalar>(colour[c]);
      }
    }
  }
  tokens.embeddings = (tokens.features * weights.projector).rowwise() + weights.projector_bias;
  return tokens;
}

}  // namespace infoflow::toy
