// SPDX-License-Identifier: MIT
/// \file What an adapter makes of pictures and text, before the model sees them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// A prompt, tokenised and with every image expanded to its tokens.
/// Laws: `ids.size() == partition.prompt_length()`; one layout per image span, in order, with as many
/// tokens as the span; at least one view per image.
struct Prompt {
  std::vector<TokenId> ids;          ///< One per position; image positions hold the placeholder.
  TokenPartition partition;          ///< Without an answer.
  std::vector<ImageLayout> layouts;  ///< One per image.
  /// What the vision tower is given: the views of all images in order. An image has one view, or
  /// tiles and a thumbnail. After resize, crop and pad, before mean and std.
  std::vector<PixelImage> pixels;
  /// Where the rows of the site encoder_last lie, one per image; empty where they lie as the image
  /// tokens do. A projector that merges or mixes patches makes the two differ.
  std::vector<ImageLayout> patch_layouts{};
  /// What image tokens are made of beside the pixels, where a family's depend on the question: its tokens,
  /// in the vocabulary of whoever reads them (InstructBLIP's Q-Former). `encode` does not know it, so that
  /// what is encoded serves all questions about a picture; `begin` and `backward` do.
  std::vector<TokenId> instruction{};
};

/// Checks the laws of `Prompt`. \throws Error naming the law that does not hold
inline void validate(const Prompt& prompt) {
  const auto images = prompt.partition.images();
  const auto fail = [](const std::string& what) {
    throw Error(what, "Prompt", "mend the adapter's prepare()");
  };
  if (static_cast<Index>(prompt.ids.size()) != prompt.partition.prompt_length()) {
    fail(std::to_string(prompt.ids.size()) + " token ids for a partition of " +
         std::to_string(prompt.partition.prompt_length()) + " positions");
  }
  if (prompt.layouts.size() != images.size() || prompt.pixels.size() < images.size() ||
      (images.empty() && !prompt.pixels.empty())) {
    fail(std::to_string(images.size()) + " image spans, " + std::to_string(prompt.layouts.size()) +
         " layouts and " + std::to_string(prompt.pixels.size()) + " views");
  }
  if (!prompt.patch_layouts.empty() && prompt.patch_layouts.size() != images.size()) {
    fail(std::to_string(prompt.patch_layouts.size()) + " layouts of patches for " +
         std::to_string(images.size()) + " images");
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (prompt.layouts[i].token_count() != images[i].size()) {
      fail("image " + std::to_string(i) + " has " + std::to_string(images[i].size()) +
           " tokens but its layout has " + std::to_string(prompt.layouts[i].token_count()));
    }
  }
}

}  // namespace infoflow
