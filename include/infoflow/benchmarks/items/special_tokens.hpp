// SPDX-License-Identifier: MIT
/// \file Special tokens that stand in answers, which were then decoded otherwise than evaluations do.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace infoflow {

namespace detail {

/// The length of the token that begins a text: "<|…|>" or "[UNUSED_TOKEN_…]"; 0 if none does.
[[nodiscard]] inline std::size_t token_length(std::string_view text, std::string_view opening,
                                              std::string_view closing) {
  constexpr std::size_t longest = 48;
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  if (!text.starts_with(opening)) return 0;
  const std::size_t end = text.find_first_not_of(letters, opening.size());
  if (end == std::string_view::npos || end == opening.size() || end > longest) return 0;
  return text.substr(end).starts_with(closing) ? end + closing.size() : 0;
}

}  // namespace detail

/// The first special token of some model's that is written out in a text; empty if there is none.
[[nodiscard]] inline std::string_view special_token_in(std::string_view text) {
  constexpr std::array<std::string_view, 22> names{
      "<s>",     "</s>",   "<unk>",    "<pad>", "<bos>",  "<eos>", "<image>", "<IMG_CONTEXT>",
      "<img>",   "</img>", "<imgpad>", "<ref>", "</ref>", "<box>", "</box>",  "<quad>",
      "</quad>", "[PAD]",  "[UNK]",    "[CLS]", "[SEP]",  "[EOS]"};
  for (std::size_t at = text.find_first_of("<["); at != std::string_view::npos;
       at = text.find_first_of("<[", at + 1)) {
    const std::string_view rest = text.substr(at);
    for (const std::string_view name : names) {
      if (rest.starts_with(name)) return name;
    }
    const std::size_t length = std::max(detail::token_length(rest, "<|", "|>"),
                                        detail::token_length(rest, "[UNUSED_TOKEN_", "]"));
    if (length > 0) return rest.substr(0, length);
  }
  return {};
}

}  // namespace infoflow
