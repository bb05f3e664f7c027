// SPDX-License-Identifier: MIT
/// \file A prompt's pictures in the places that the text has for them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/adapter/prompt.hpp>

namespace infoflow::adapters {

/// What a picture becomes before the model sees it.
struct PlacedImage {
  Index tokens;                          ///< How many positions it takes.
  ImageLayout layout;                    ///< Where these lie on the picture.
  std::vector<PixelImage> views;         ///< What the tower is given for it.
  std::optional<ImageLayout> patches{};  ///< Where encoder_last's rows lie, if not as the tokens.
};

/// The text with `spelt` in place of every `<image>`: the family's marks around one slot token.
[[nodiscard]] inline std::string with_marks(std::string_view text, std::string_view spelt) {
  constexpr std::string_view mark = "<image>";
  std::string out;
  for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
    out.append(text.substr(0, at)).append(spelt);
    text.remove_prefix(at + mark.size());
  }
  return out.append(text);
}

/// A prompt of `ids` in which each `slot` gives way to one picture's tokens.
/// \throws Error if there are not as many slots as pictures
[[nodiscard]] inline Prompt with_images(const std::vector<TokenId>& ids, TokenId slot,
                                        std::vector<PlacedImage> images) {
  const auto slots = std::count(ids.begin(), ids.end(), slot);
  if (slots != static_cast<std::ptrdiff_t>(images.size())) {
    throw Error("the prompt has <image> " + std::to_string(slots) + " times for " +
                    std::to_string(images.size()) + (images.size() == 1 ? " picture" : " pictures"),
                "prompt", "write <image> once for each picture");
  }
  Prompt prompt;
  std::vector<Span> spans;
  for (const TokenId id : ids) {
    const auto begin = static_cast<Index>(prompt.ids.size());
    const Index copies = id == slot ? images[spans.size()].tokens : 1;
    prompt.ids.insert(prompt.ids.end(), static_cast<std::size_t>(copies), id);
    if (id == slot) spans.push_back({begin, begin + copies});
  }
  prompt.partition = TokenPartition(static_cast<Index>(prompt.ids.size()), std::move(spans));
  for (PlacedImage& image : images) {
    prompt.layouts.push_back(std::move(image.layout));
    for (PixelImage& view : image.views) prompt.pixels.push_back(std::move(view));
    if (image.patches) prompt.patch_layouts.push_back(std::move(*image.patches));
  }
  validate(prompt);
  return prompt;
}

}  // namespace infoflow::adapters
