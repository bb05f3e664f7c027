// SPDX-License-Identifier: MIT
/// \file The tokenizer files of a checkpoint, put together as transformers' AutoTokenizer does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_token_list.hpp>
#include <adapters/tokenizer/merges_file.hpp>
#include <adapters/tokenizer/older_files.hpp>
#include <adapters/tokenizer/qwen_tokenizer.hpp>
#include <adapters/tokenizer/sentencepiece_file.hpp>
#include <adapters/tokenizer/sentencepiece_tokenizer.hpp>
#include <adapters/tokenizer/tiktoken_file.hpp>
#include <adapters/tokenizer/tokenizer_classes.hpp>
#include <adapters/tokenizer/tokenizer_config.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

namespace detail {

[[nodiscard]] inline Json read_if_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? read_json(path) : Json::object();
}

[[nodiscard]] inline bool has_own_kind(const Json& part) {
  if (part.is_object() && part.value("type", Json()) == "SentencePiece") return true;
  return part.is_structured() && std::any_of(part.begin(), part.end(), has_own_kind);
}

/// What other files are read into has kinds that the `tokenizers` library does not know.
/// \throws Error if a tokenizer.json has one
inline void refuse_own_kinds(const Json& json, const std::string& file) {
  const Json& model = object_at(json, "model", file);
  for (const std::string key : {"ranks", "user_defined"}) {
    if (model.contains(key)) throw unknown_part("\"" + key + "\"", file);
  }
  for (const std::string part : {"pre_tokenizer", "decoder"}) {
    if (has_own_kind(json.value(part, Json()))) throw unknown_part(part + " SentencePiece", file);
  }
}

/// \throws Error for settings of tokenizer_config.json that give other ids, and that no model has
inline void refuse_other_settings(const Json& config, const std::string& file) {
  if (get_or(config, "split_special_tokens", false, file)) {
    throw unknown_part("split_special_tokens", file);
  }
  if (!list_at(config, "fast_tokenizer_files", file).empty()) {
    throw unknown_part("fast_tokenizer_files", file);
  }
}

/// Which of transformers' classes AutoTokenizer takes for a folder.
[[nodiscard]] inline TokenizerClass class_of_folder(const Json& json, const Json& config,
                                                    const std::filesystem::path& directory,
                                                    const std::string& config_file) {
  const std::string file = (directory / "config.json").string();
  const Json model = read_if_there(file);
  auto declared = get_or<std::string>(config, "tokenizer_class", "", config_file);
  if (declared.empty()) declared = get_or<std::string>(model, "tokenizer_class", "", file);
  return tokenizer_class(declared, get_or<std::string>(model, "model_type", "", file),
                         is_byte_level(json), config_file);
}

/// The tokens that the configuration gives ids: "added_tokens_decoder", else added_tokens.json with
/// tokenizer.json's own over it.
[[nodiscard]] inline NumberedTokens configured_tokens(const TokenizerConfigs& configs,
                                                      const Json& config,
                                                      const std::vector<AddedToken>& own) {
  if (find(config, "added_tokens_decoder", configs.file) != nullptr) {
    return numbered_tokens(config, configs.file);
  }
  NumberedTokens tokens = older_added_tokens(configs, config);
  for (const AddedToken& token : own) tokens.set(static_cast<std::int32_t>(token.id), token);
  return tokens;
}

/// A tokenizer.json with what the small files beside it change, as `kind` builds it. `legacy` has an
/// effect only where the class LlamaTokenizer builds the tokenizer anew.
/// \param config  what config_with_map() gives; gets the names of roles that `kind` fills in
[[nodiscard]] inline Json configured_json(Json json, Json& config, const TokenizerConfigs& configs,
                                          TokenizerClass kind, const std::string& file) {
  const std::vector<AddedToken> own = added_tokens_of(json, file);
  if (kind == TokenizerClass::llama) build_llama(json, config, configs.file);
  if (kind == TokenizerClass::qwen2) build_qwen2(json, config, configs.file);
  AddedTokenList list(object_at(json, "model", file), file);
  // Who builds anew begins with a bare vocabulary.
  if (kind == TokenizerClass::as_it_stands) {
    for (const AddedToken& token : own) list.add(token);
  }
  add_configured_tokens(list, configured_tokens(configs, config, own), config, configs.file);
  if (kind == TokenizerClass::qwen2) add_special_tokens_anew(list, config, configs.file);
  json["added_tokens"] = added_tokens_json(list.tokens());
  return json;
}

/// Of a folder with a tokenizer.json. With one, `add_bos_token` and `add_eos_token` have no effect.
[[nodiscard]] inline Json json_of_tokenizer_json(const std::filesystem::path& directory,
                                                 const TokenizerConfigs& configs,
                                                 const std::string& file) {
  Json json = read_json(file);
  refuse_own_kinds(json, file);
  Json config = config_with_map(configs);
  const TokenizerClass kind = class_of_folder(json, config, directory, configs.file);
  return configured_json(std::move(json), config, configs, kind, file);
}

/// Of a folder with vocab.json and merges.txt, which are Qwen2's.
/// \throws Error if AutoTokenizer would take another class than Qwen2Tokenizer
[[nodiscard]] inline Json json_of_vocabulary(const std::filesystem::path& directory,
                                             const TokenizerConfigs& configs,
                                             const std::string& file) {
  Json json{{"model", read_vocabulary_and_merges(file, directory / "merges.txt")}};
  Json config = config_with_map(configs);
  if (class_of_folder(json, config, directory, configs.file) != TokenizerClass::qwen2) {
    throw Error("only Qwen2Tokenizer is read from vocab.json and merges.txt", file,
                "set tokenizer_class to \"Qwen2Tokenizer\" in tokenizer_config.json if it is that, "
                "else fetch tokenizer.json or tokenizer.model");
  }
  json = configured_json(std::move(json), config, configs, TokenizerClass::qwen2, file);
  const auto id_of = [&](const std::string& role) {
    const std::string content = token_content(config.value(role, Json()));
    const bool adds = get_or(config, "add_" + role, false, configs.file) && !content.empty();
    return adds ? std::optional(role_token_id(json, role, content, configs.file)) : std::nullopt;
  };
  json["post_processor"] = enclosing_template(id_of("bos_token"), id_of("eos_token"));
  return json;
}

}  // namespace detail

/// A tokenizer in the form of a tokenizer.json, and the file that it comes from.
struct TokenizerSource {
  Json json;
  std::string file;
};

/// What a checkpoint's folder says of its tokenizer: tokenizer.json, as AutoTokenizer of transformers
/// 5.23 loads it; else qwen.tiktoken, as Qwen-VL's own code does; else sentencepiece's
/// tokenizer.model, as the slow LlamaTokenizer and InternLM2's do; else Qwen2's vocab.json and
/// merges.txt, as AutoTokenizer does. Of the small files beside them, "added_tokens_decoder" in
/// tokenizer_config.json stands for special_tokens_map.json and added_tokens.json, which are else read.
/// \throws Error if there is none of them, or a file asks for something unknown
[[nodiscard]] inline TokenizerSource tokenizer_source(const std::filesystem::path& directory) {
  const auto path_of = [&](const std::string& name) { return (directory / name).string(); };
  const auto is_there = [&](const std::string& name) {
    std::error_code ignored;
    return std::filesystem::exists(directory / name, ignored);
  };
  TokenizerConfigs configs{.file = path_of("tokenizer_config.json"),
                           .map_file = path_of("special_tokens_map.json"),
                           .added_file = path_of("added_tokens.json")};
  configs.tokenizer_config = detail::read_if_there(configs.file);
  detail::refuse_other_settings(configs.tokenizer_config, configs.file);
  configs.special_tokens_map = detail::read_if_there(configs.map_file);
  configs.added_tokens = detail::read_if_there(configs.added_file);
  if (is_there("tokenizer.json")) {
    const std::string file = path_of("tokenizer.json");
    return {detail::json_of_tokenizer_json(directory, configs, file), file};
  }
  if (is_there("qwen.tiktoken")) {
    const std::string file = path_of("qwen.tiktoken");
    return {qwen_tokenizer_json(read_tiktoken(file), configs.tokenizer_config, configs.file), file};
  }
  if (is_there("tokenizer.model")) {
    const std::string file = path_of("tokenizer.model");
    return {sentencepiece_tokenizer_json(read_sentencepiece(file), std::move(configs)), file};
  }
  if (is_there("vocab.json") || is_there("merges.txt")) {
    const std::string file = path_of("vocab.json");
    return {detail::json_of_vocabulary(directory, configs, file), file};
  }
  throw Error(
      "no tokenizer.json, qwen.tiktoken, tokenizer.model, or vocab.json with merges.txt",
      directory.string(),
      "copy it from the checkpoint's page, or make one: python -c \"from transformers import "
      "AutoTokenizer as T; T.from_pretrained('DIR').save_pretrained('DIR')\"");
}

}  // namespace infoflow::adapters
