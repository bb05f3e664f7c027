// SPDX-License-Identifier: MIT
/// \file Qwen-VL's tokenizer, whose folder has a qwen.tiktoken and no tokenizer.json.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_token_list.hpp>
#include <adapters/tokenizer/byte_alphabet.hpp>
#include <adapters/tokenizer/tokenizer_config.hpp>
#include <adapters/tokenizer/word_pattern.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

namespace detail {

/// The special tokens of Qwen-VL in the order of their ids, which count on from the last rank's.
/// \param config  tokenizer_config.json; it may give the last nine other names
[[nodiscard]] inline std::vector<std::string> qwen_special_tokens(const Json& config,
                                                                  const std::string& file) {
  std::vector<std::string> tokens{"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  for (int i = 0; i < 205; ++i) tokens.push_back("<|extra_" + std::to_string(i) + "|>");
  for (const std::string tag : {"ref", "box", "quad", "image"}) {
    const std::string name = tag == "image" ? "img" : tag;
    tokens.push_back(get_or(config, tag + "_start_tag", "<" + name + ">", file));
    tokens.push_back(get_or(config, tag + "_end_tag", "</" + name + ">", file));
  }
  tokens.push_back(get_or<std::string>(config, "image_pad_tag", "<imgpad>", file));
  return tokens;
}

/// Qwen's code refuses tokens that it does not have; so does this.
inline void check_qwen_config(const Json& config, const std::vector<std::string>& special,
                              const std::string& file) {
  std::vector<std::string> named = extra_tokens(config, file);
  for (AddedToken& token : named_tokens(config, file)) named.push_back(std::move(token.content));
  for (const auto& [id, entry] : object_at(config, "added_tokens_decoder", file).items()) {
    named.push_back(token_content(entry));
  }
  const std::unordered_set<std::string> known(special.begin(), special.end());
  for (const std::string& content : named) {
    if (!known.contains(content)) {
      throw Error("\"" + content + "\" is no token of a qwen.tiktoken", file,
                  "name one of Qwen's own, such as <|endoftext|>");
    }
  }
  const auto errors = get_or<std::string>(config, "errors", "replace", file);
  if (errors != "replace") throw unknown_part("errors \"" + errors + "\"", file);
}

}  // namespace detail

/// The tokenizer.json that Qwen-VL's own code amounts to: normal form C, then special tokens, then
/// words, of which each is a token or merges by the ranks of the joined bytes. No BOS.
///
/// An image's name between `<img>` and `</img>` is text like any other here. Qwen's code writes it
/// byte by byte and fills up with `<imgpad>`; the model puts the image's rows over all of them.
/// \param ranks  the tokens' bytes by rank: 256 bytes and what they merge to
/// \throws Error if tokenizer_config.json names tokens that Qwen does not have
[[nodiscard]] inline Json qwen_tokenizer_json(const std::vector<std::string>& ranks,
                                              const Json& config, const std::string& config_file) {
  const std::vector<std::string> special = detail::qwen_special_tokens(config, config_file);
  detail::check_qwen_config(config, special, config_file);
  Json vocabulary = Json::object();
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    vocabulary[in_byte_alphabet(ranks[rank])] = rank;
  }
  const Json words{
      {"type", "Split"}, {"pattern", {{"Regex", qwen_words}}}, {"behavior", "Isolated"}};
  const Json bytes{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  Json json{{"normalizer", {{"type", "NFC"}}},
            {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {words, bytes}}}},
            {"decoder", {{"type", "ByteLevel"}}}};
  json["model"] = {{"type", "BPE"}, {"ranks", vocabulary}, {"ignore_merges", true}};
  json["model"]["vocab"] = std::move(vocabulary);
  AddedTokenList list(json["model"], config_file);
  // Qwen looks for them in the normalised text: U+0338 behind a > takes it away.
  for (const std::string& content : special) {
    list.add({.content = content, .normalized = true, .special = true});
  }
  json["added_tokens"] = added_tokens_json(list.tokens());
  return json;
}

}  // namespace infoflow::adapters
