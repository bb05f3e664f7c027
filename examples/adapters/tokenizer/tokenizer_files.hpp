// SPDX-License-Identifier: MIT
/// \file The tokenizer files of a checkpoint, put together as transformers' AutoTokenizer does.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_token_list.hpp>
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

/// Of a folder with a tokenizer.json. With one, `add_bos_token` and `add_eos_token` have no effect,
/// and `legacy` has one only where the class LlamaTokenizer builds the tokenizer anew.
[[nodiscard]] inline Json configured_json(Json json, Json config, const std::string& model_type,
                                          const std::string& file, const std::string& config_file) {
  refuse_own_kinds(json, file);
  const auto declared = get_or<std::string>(config, "tokenizer_class", "", config_file);
  std::vector<AddedToken> tokens = added_tokens_of(json, file);
  const TokenizerClass kind =
      tokenizer_class(declared, model_type, is_byte_level(json), config_file);
  if (kind == TokenizerClass::llama) build_llama(json, config, config_file);
  if (kind == TokenizerClass::qwen2) build_qwen2(json, config, config_file);
  // Who builds anew takes the list of tokenizer_config.json in place of tokenizer.json's.
  if (kind != TokenizerClass::as_it_stands && config.contains("added_tokens_decoder")) {
    tokens.clear();
  }
  AddedTokenList list(object_at(json, "model", file), file);
  for (AddedToken& token : tokens) list.add(std::move(token));
  add_configured_tokens(list, config, config_file);
  if (kind == TokenizerClass::qwen2) add_special_tokens_anew(list, config, config_file);
  json["added_tokens"] = as_json(list.tokens());
  return json;
}

}  // namespace detail

/// A tokenizer in the form of a tokenizer.json, and the file that it comes from.
struct TokenizerSource {
  Json json;
  std::string file;
};

/// What a checkpoint's folder says of its tokenizer: tokenizer.json with what tokenizer_config.json
/// changes, as AutoTokenizer of transformers 5.23 loads it; else qwen.tiktoken, as Qwen-VL's own
/// code does; else sentencepiece's tokenizer.model, as the slow LlamaTokenizer and InternLM2's do.
/// \throws Error if there is none of them, or a file asks for something unknown
[[nodiscard]] inline TokenizerSource tokenizer_source(const std::filesystem::path& directory) {
  const auto path_of = [&](const std::string& name) { return (directory / name).string(); };
  const auto is_there = [&](const std::string& name) {
    std::error_code ignored;
    return std::filesystem::exists(directory / name, ignored);
  };
  const std::string config_file = path_of("tokenizer_config.json");
  Json config = detail::read_if_there(config_file);
  if (is_there("tokenizer.json")) {
    const std::string file = path_of("tokenizer.json");
    const Json model = detail::read_if_there(path_of("config.json"));
    const auto model_type = get_or<std::string>(model, "model_type", "", path_of("config.json"));
    return {
        detail::configured_json(read_json(file), std::move(config), model_type, file, config_file),
        file};
  }
  if (is_there("qwen.tiktoken")) {
    const std::string file = path_of("qwen.tiktoken");
    return {qwen_tokenizer_json(read_tiktoken(file), config, config_file), file};
  }
  if (is_there("tokenizer.model")) {
    const std::string file = path_of("tokenizer.model");
    TokenizerConfigs configs{std::move(config),
                             detail::read_if_there(path_of("special_tokens_map.json")),
                             detail::read_if_there(path_of("added_tokens.json")), config_file};
    return {sentencepiece_tokenizer_json(read_sentencepiece(file), std::move(configs)), file};
  }
  throw Error("no tokenizer.json, qwen.tiktoken or tokenizer.model", directory.string(),
              "copy it from the checkpoint's page, or make one: python -c \"from transformers import "
              "AutoTokenizer as T; T.from_pretrained('DIR').save_pretrained('DIR')\"");
}

}  // namespace infoflow::adapters
