// SPDX-License-Identifier: MIT
/// \file The classes of transformers that build a tokenizer anew, whatever its tokenizer.json says.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/tokenizer_config.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <adapters/tokenizer/word_pattern.hpp>

namespace infoflow::adapters {

/// Which of transformers' classes AutoTokenizer takes for a tokenizer.json.
enum class TokenizerClass {
  as_it_stands,  ///< The file says all.
  llama,         ///< LlamaTokenizer: built anew from the vocabulary, whatever else the file says.
  qwen2,         ///< Qwen2Tokenizer: likewise, but for the post-processor.
};

namespace detail {

[[nodiscard]] inline bool is_among(std::string_view name,
                                   std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace detail

/// Whether a tokenizer.json works on bytes.
[[nodiscard]] inline bool is_byte_level(const Json& json) {
  for (const std::string key : {"pre_tokenizer", "decoder", "post_processor"}) {
    if (json.contains(key) && json[key].dump().find("\"ByteLevel\"") != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// \param declared  "tokenizer_class" of tokenizer_config.json, empty if there is none
/// \throws Error for a class that might build the tokenizer in a way of its own
[[nodiscard]] inline TokenizerClass tokenizer_class(std::string declared,
                                                    const std::string& model_type, bool byte_level,
                                                    const std::string& file) {
  // Of these model types transformers distrusts the declared class.
  if (model_type == "qwen2") return TokenizerClass::qwen2;
  if (detail::is_among(model_type, {"llava", "llava_next", "vipllava", "internlm2", "internlm3",
                                    "openvla", "phi3", "mistral"})) {
    return TokenizerClass::as_it_stands;
  }
  if (declared.ends_with("Fast")) declared.resize(declared.size() - 4);
  if (declared == "Qwen2Tokenizer") return TokenizerClass::qwen2;
  if (declared == "LlamaTokenizer") {
    return byte_level ? TokenizerClass::as_it_stands : TokenizerClass::llama;
  }
  if (declared.empty()) {
    const bool is_qwen2 =
        detail::is_among(model_type, {"internvl", "qwen2_vl", "qwen2_5_vl", "qwen2_moe"});
    return is_qwen2 ? TokenizerClass::qwen2 : TokenizerClass::as_it_stands;
  }
  // The last two are code beside the checkpoint; transformers itself knows no such classes.
  if (detail::is_among(declared, {"TokenizersBackend", "PreTrainedTokenizer", "InternLM2Tokenizer",
                                  "QWenTokenizer"})) {
    return TokenizerClass::as_it_stands;
  }
  throw unknown_part("tokenizer_class " + declared, file);
}

/// What transformers' class LlamaTokenizer makes of a vocabulary, whatever tokenizer.json says.
inline void build_llama(Json& json, Json& config, const std::string& file) {
  const bool prefix = get_or(config, "add_prefix_space", true, file);
  const bool legacy = get_or(config, "legacy", false, file);
  json["normalizer"] = nullptr;
  const std::string scheme = legacy ? "always" : "first";
  json["pre_tokenizer"] = {{"type", "Metaspace"},
                           {"replacement", "▁"},
                           {"split", false},
                           {"prepend_scheme", prefix ? scheme : "never"}};
  const Json blanks{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}};
  Json steps = Json::array({blanks, {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
  if (prefix) {
    steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  json["decoder"] = {{"type", "Sequence"}, {"decoders", steps}};
  json["model"].update({{"unk_token", nullptr},
                        {"fuse_unk", true},
                        {"byte_fallback", true},
                        {"ignore_merges", false}});
  name_tokens(config, {{"unk_token", "<unk>"}, {"bos_token", "<s>"}, {"eos_token", "</s>"}});
}

/// What transformers' class Qwen2Tokenizer makes of a vocabulary.
inline void build_qwen2(Json& json, Json& config, const std::string& file) {
  json["normalizer"] = {{"type", "NFC"}};
  const Json words{{"type", "Split"},
                   {"pattern", {{"Regex", qwen_words}}},
                   {"behavior", "Isolated"},
                   {"invert", false}};
  const Json bytes{{"type", "ByteLevel"},
                   {"add_prefix_space", get_or(config, "add_prefix_space", false, file)},
                   {"use_regex", false}};
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {words, bytes}}};
  json["decoder"] = {{"type", "ByteLevel"}};
  json["model"].update({{"unk_token", nullptr},
                        {"fuse_unk", false},
                        {"byte_fallback", false},
                        {"ignore_merges", false}});
  name_tokens(config, {{"unk_token", "<|endoftext|>"},
                       {"eos_token", "<|endoftext|>"},
                       {"pad_token", "<|endoftext|>"}});
}

}  // namespace infoflow::adapters
