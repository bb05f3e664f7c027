// SPDX-License-Identifier: MIT
/// \file The tokenizer files of a checkpoint, put together as transformers' AutoTokenizer does.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <adapters/added_tokens.hpp>
#include <adapters/json_file.hpp>
#include <adapters/tokenizer_json.hpp>
#include <adapters/word_pattern.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

namespace detail {

/// An entry of "added_tokens" or "added_tokens_decoder"; its id is not read.
[[nodiscard]] inline AddedToken added_token_of(const Json& entry, const std::string& file) {
  require_known(
      entry,
      {"__type", "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"},
      "an added token", file);
  const bool special = get_or(entry, "special", false, file);
  AddedToken token{.id = -1,
                   .content = get<std::string>(entry, "content", file),
                   .single_word = get_or(entry, "single_word", false, file),
                   .lstrip = get_or(entry, "lstrip", false, file),
                   .rstrip = get_or(entry, "rstrip", false, file),
                   .normalized = get_or(entry, "normalized", !special, file),
                   .special = special};
  if (token.content.empty()) throw Error("an added token is empty", file, "give its content");
  return token;
}

/// Added tokens beside a vocabulary, numbered as the `tokenizers` library does: a token that the
/// vocabulary has keeps that id, another gets the next free one.
class AddedTokenList {
 public:
  AddedTokenList(const Json& model, const std::string& file)
      : vocabulary_(object_at(model, "vocab", file)),
        next_(static_cast<TokenId>(vocabulary_.size())) {}

  /// Adds the token or gives a known one its flags; special once is special for good.
  void add(AddedToken token) {
    if (AddedToken* known = find(token.content)) {
      token.id = known->id;
      token.special = token.special || known->special;
      *known = std::move(token);
      return;
    }
    const auto entry = vocabulary_.find(token.content);
    const auto id = entry == vocabulary_.end() ? std::nullopt : convert<std::int32_t>(*entry);
    token.id = id ? TokenId{*id} : next_++;
    tokens_.push_back(std::move(token));
  }

  [[nodiscard]] AddedToken* find(std::string_view content) {
    const auto found = std::find_if(tokens_.begin(), tokens_.end(),
                                    [&](const auto& token) { return token.content == content; });
    return found == tokens_.end() ? nullptr : &*found;
  }

  [[nodiscard]] const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  const Json& vocabulary_;
  TokenId next_;
  std::vector<AddedToken> tokens_;
};

[[nodiscard]] inline Json read_if_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? read_json(path) : Json::object();
}

/// The content of a token that is named by itself ("<s>") or with its flags.
[[nodiscard]] inline std::string content_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool has_content = value.is_object() && value.contains("content");
  return has_content && value["content"].is_string() ? value["content"].get<std::string>() : "";
}

/// The tokens that a tokenizer_config.json gives a role by a key "…_token", the seven that every
/// tokenizer has first.
[[nodiscard]] inline std::vector<std::string> named_tokens(const Json& config,
                                                           const std::string& file) {
  constexpr std::array<std::string_view, 7> common{
      "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};
  std::vector<std::string> names;
  const auto append = [&](const Json& value) {
    const std::string content = content_of(value);
    if (!content.empty()) names.push_back(content);
  };
  for (const auto key : common) append(config.value(std::string(key), Json()));
  for (const auto& [key, value] : config.items()) {
    const bool is_common = std::find(common.begin(), common.end(), key) != common.end();
    if (!is_common && key.ends_with("_token")) append(value);
  }
  const Json* extra = find(config, "extra_special_tokens", file);
  if (extra != nullptr && extra->is_object()) {
    for (const auto& [key, value] : extra->items()) append(value);
  }
  return names;
}

/// The tokens of tokenizer_config.json that have no role of their own.
[[nodiscard]] inline std::vector<std::string> extra_tokens(const Json& config,
                                                           const std::string& file) {
  std::vector<std::string> contents;
  for (const std::string key : {"extra_special_tokens", "additional_special_tokens"}) {
    const Json* list = find(config, key, file);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& value : *list) contents.push_back(content_of(value));
    if (!contents.empty()) break;
  }
  return contents;
}

/// Gives the tokens of tokenizer_config.json their flags, adds those that are missing.
inline void add_configured_tokens(AddedTokenList& list, const Json& config,
                                  const std::string& file) {
  std::map<std::int32_t, AddedToken> by_id;
  for (const auto& [id, entry] : object_at(config, "added_tokens_decoder", file).items()) {
    const auto number = convert<std::int32_t>(Json::parse(id, nullptr, /*allow_exceptions=*/false));
    if (!number) throw Error("\"" + id + "\" in added_tokens_decoder is no id", file, "correct it");
    by_id.emplace(*number, added_token_of(entry, file));
  }
  for (auto& [id, token] : by_id) list.add(std::move(token));
  for (const std::string& content : named_tokens(config, file)) {
    AddedToken* known = list.find(content);
    if (known != nullptr) {
      known->special = true;
    } else {
      list.add({.content = content, .special = true});
    }
  }
  for (const std::string& content : extra_tokens(config, file)) {
    if (!content.empty() && list.find(content) == nullptr) {
      list.add({.content = content, .special = true});
    }
  }
}

/// Qwen2Tokenizer adds its special tokens once more by their content alone, and flags are lost.
inline void add_special_tokens_anew(AddedTokenList& list, const Json& config,
                                    const std::string& file) {
  for (const auto& contents : {named_tokens(config, file), extra_tokens(config, file)}) {
    for (const std::string& content : contents) {
      if (!content.empty()) list.add({.content = content, .special = true});
    }
  }
}

[[nodiscard]] inline Json as_json(const std::vector<AddedToken>& tokens) {
  Json list = Json::array();
  for (const AddedToken& token : tokens) {
    list.push_back({{"id", token.id},
                    {"content", token.content},
                    {"single_word", token.single_word},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"normalized", token.normalized},
                    {"special", token.special}});
  }
  return list;
}

/// Which of transformers' classes AutoTokenizer takes for a tokenizer.json.
enum class TokenizerClass {
  as_it_stands,  ///< The file says all.
  llama,         ///< LlamaTokenizer: built anew from the vocabulary, whatever else the file says.
  qwen2,         ///< Qwen2Tokenizer: likewise, but for the post-processor.
};

[[nodiscard]] inline bool is_among(std::string_view name,
                                   std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

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
  if (is_among(model_type, {"llava", "llava_next", "vipllava", "internlm2", "internlm3", "openvla",
                            "phi3", "mistral"})) {
    return TokenizerClass::as_it_stands;
  }
  if (declared.ends_with("Fast")) declared.resize(declared.size() - 4);
  if (declared == "Qwen2Tokenizer") return TokenizerClass::qwen2;
  if (declared == "LlamaTokenizer") {
    return byte_level ? TokenizerClass::as_it_stands : TokenizerClass::llama;
  }
  if (declared.empty()) {
    const bool is_qwen2 = is_among(model_type, {"internvl", "qwen2_vl", "qwen2_5_vl", "qwen2_moe"});
    return is_qwen2 ? TokenizerClass::qwen2 : TokenizerClass::as_it_stands;
  }
  // The last two are code beside the checkpoint; transformers itself knows no such classes.
  if (is_among(declared, {"TokenizersBackend", "PreTrainedTokenizer", "InternLM2Tokenizer",
                          "QWenTokenizer"})) {
    return TokenizerClass::as_it_stands;
  }
  throw unknown_part("tokenizer_class " + declared, file);
}

/// Names a token for each role that the configuration leaves open.
inline void name_tokens(Json& config,
                        std::initializer_list<std::pair<const char*, const char*>> tokens) {
  for (const auto& [role, content] : tokens) {
    if (!config.contains(role)) config[role] = content;
  }
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

}  // namespace detail

/// The added tokens of a tokenizer.json.
/// \throws Error if an id is not the one that the `tokenizers` library would give
[[nodiscard]] inline std::vector<AddedToken> added_tokens_of(const Json& json,
                                                             const std::string& file) {
  detail::AddedTokenList list(object_at(json, "model", file), file);
  for (const Json& entry : list_at(json, "added_tokens", file)) {
    AddedToken token = detail::added_token_of(entry, file);
    const auto id = get<TokenId>(entry, "id", file);
    const std::string content = token.content;
    list.add(std::move(token));
    const TokenId given = list.find(content)->id;
    if (given != id) {
      throw Error("added token \"" + content + "\" claims id " + std::to_string(id) +
                      ", but by its place it has " + std::to_string(given),
                  file, "save the tokenizer anew with transformers");
    }
  }
  return list.tokens();
}

/// tokenizer.json with what tokenizer_config.json changes, as AutoTokenizer of transformers 5.23
/// loads a folder. With a tokenizer.json, `add_bos_token` and `add_eos_token` have no effect, and
/// `legacy` has one only where the class LlamaTokenizer builds the tokenizer anew.
/// \throws Error if there is no tokenizer.json, or the files ask for something unknown
[[nodiscard]] inline Json auto_tokenizer_json(const std::filesystem::path& directory) {
  const auto path = directory / "tokenizer.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error("no tokenizer.json", directory.string(),
                "make one: python -c \"from transformers import AutoTokenizer as T; "
                "T.from_pretrained('DIR').save_pretrained('DIR')\"");
  }
  Json json = read_json(path);
  const std::string file = (directory / "tokenizer_config.json").string();
  Json config = detail::read_if_there(directory / "tokenizer_config.json");
  const Json model = detail::read_if_there(directory / "config.json");
  const auto model_type = get_or<std::string>(model, "model_type", "", "config.json");
  const auto declared = get_or<std::string>(config, "tokenizer_class", "", file);
  std::vector<AddedToken> tokens = added_tokens_of(json, path.string());
  const detail::TokenizerClass kind =
      detail::tokenizer_class(declared, model_type, detail::is_byte_level(json), file);
  if (kind == detail::TokenizerClass::llama) detail::build_llama(json, config, file);
  if (kind == detail::TokenizerClass::qwen2) detail::build_qwen2(json, config, file);
  // Who builds anew takes the list of tokenizer_config.json in place of tokenizer.json's.
  if (kind != detail::TokenizerClass::as_it_stands && config.contains("added_tokens_decoder")) {
    tokens.clear();
  }
  detail::AddedTokenList list(object_at(json, "model", path.string()), path.string());
  for (AddedToken& token : tokens) list.add(std::move(token));
  detail::add_configured_tokens(list, config, file);
  if (kind == detail::TokenizerClass::qwen2) detail::add_special_tokens_anew(list, config, file);
  json["added_tokens"] = detail::as_json(list.tokens());
  return json;
}

}  // namespace infoflow::adapters
