// SPDX-License-Identifier: MIT
/// \file A tokenizer.model and the files beside it, in the form of a tokenizer.json.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_token_list.hpp>
#include <adapters/tokenizer/older_files.hpp>
#include <adapters/tokenizer/sentencepiece_file.hpp>
#include <adapters/tokenizer/tokenizer_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/sort_stably.hpp>

namespace infoflow::adapters {

namespace detail {

/// Pieces merge by score; only normal ones can come of merging.
[[nodiscard]] inline Json ranked_model(const SentencePieceModel& model) {
  std::vector<std::pair<float, const std::string*>> by_score;
  Json vocabulary = Json::object();
  Json user_defined = Json::array();
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const ScoredPiece& piece = model.pieces[id];
    vocabulary[piece.text] = id;
    if (piece.kind == PieceKind::normal) by_score.emplace_back(-piece.score, &piece.text);
    if (piece.kind == PieceKind::user_defined) user_defined.push_back(piece.text);
  }
  sort_stably(std::span(by_score), [](const auto& a, const auto& b) { return a.first < b.first; });
  Json ranks = Json::object();
  std::size_t rank = 0;
  for (std::size_t i = 0; i < by_score.size(); ++i) {
    if (i > 0 && by_score[i].first != by_score[i - 1].first) rank = i;
    ranks[*by_score[i].second] = rank;
  }
  return {{"type", "BPE"},
          {"vocab", std::move(vocabulary)},
          {"ranks", std::move(ranks)},
          {"user_defined", std::move(user_defined)},
          {"byte_fallback", model.byte_fallback},
          {"unk_token", model.unknown},
          {"fuse_unk", true}};
}

/// The tokens of the configuration whose ids are given there.
inline void add_numbered_tokens(AddedTokenList& list, TokenizerConfigs& configs) {
  Json& config = configs.tokenizer_config;
  if (config.contains("added_tokens_decoder")) {
    const NumberedTokens numbered = numbered_tokens(config, configs.file);
    for (const auto& [id, token] : numbered.by_id) {
      list.add_with_id(token, configs.file);
    }
    return;
  }
  // The older files: they say the roles and the ids apart.
  config.update(configs.special_tokens_map);
  std::vector<AddedToken> tokens;
  for (const auto& [content, value] : configs.added_tokens.items()) {
    const auto id = json_as<std::int32_t>(value);
    if (!id || content.empty()) {
      throw Error("\"" + content + "\" has no id", configs.added_file, "correct it");
    }
    tokens.push_back({.id = *id, .content = content});
  }
  for (const AddedToken& token : tokens) list.add_with_id(token, configs.file);
}

/// The tokens that are looked for before the model sees anything.
[[nodiscard]] inline std::vector<AddedToken> slow_added_tokens(const Json& model,
                                                               TokenizerConfigs& configs) {
  AddedTokenList list(model, configs.file);
  add_numbered_tokens(list, configs);
  const Json& config = configs.tokenizer_config;
  add_configured_tokens(list, {}, config, configs.file);
  const std::vector<std::string> extra = extra_tokens(config, configs.file);
  std::unordered_set<std::string> special(extra.begin(), extra.end());
  for (const AddedToken& token : named_tokens(config, configs.file)) special.insert(token.content);
  std::vector<AddedToken> tokens = list.tokens();
  for (AddedToken& token : tokens) {
    token.normalized = false;
    // Whoever has no role is not special, whatever its flag says.
    token.special = special.contains(token.content);
    if (token.single_word || token.lstrip || token.rstrip) {
      throw unknown_part("a flag of \"" + token.content + "\" beside a tokenizer.model",
                         configs.file);
    }
  }
  return tokens;
}

}  // namespace detail

/// The id of the token that a tokenizer adds in some role.
[[nodiscard]] inline TokenId role_token_id(const Json& json, const std::string& role,
                                           const std::string& content, const std::string& file) {
  for (const Json& token : json["added_tokens"]) {
    if (token["content"] == content) return token["id"].get<TokenId>();
  }
  const Json& vocabulary = json["model"]["vocab"];
  if (vocabulary.contains(content)) return vocabulary[content].get<TokenId>();
  throw Error("there is no token to add as " + role, file,
              "name it, or set add_" + role + " to false");
}

/// A template with one token before the text and one behind it.
[[nodiscard]] inline Json enclosing_template(const std::optional<TokenId>& before,
                                             const std::optional<TokenId>& behind) {
  Json single = Json::array();
  Json tokens = Json::object();
  const auto append = [&](const std::string& name, const std::optional<TokenId>& id) {
    if (!id) return;
    single.push_back({{"SpecialToken", {{"id", name}}}});
    tokens[name] = {{"ids", {*id}}};
  };
  append("before", before);
  single.push_back({{"Sequence", {{"id", "A"}}}});
  append("behind", behind);
  return {{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", tokens}};
}

/// The tokenizer.json that a tokenizer.model amounts to in the code that models were trained with:
/// `LlamaTokenizer` of transformers 4 (not its fast form) and InternLM2's own class.
///
/// Ids are those of the `sentencepiece` library for each stretch between added tokens, each of
/// which gets a blank before it if the model says so; with "legacy" false in tokenizer_config.json
/// only the text's beginning gets one, whatever the model says. BOS comes first unless
/// "add_bos_token" is false. Text is joined as `sentencepiece` does; special tokens that are not
/// left out stand in it by their names, without blanks around.
/// \throws Error if a configuration cannot be followed
[[nodiscard]] inline Json sentencepiece_tokenizer_json(const SentencePieceModel& model,
                                                       TokenizerConfigs configs) {
  Json& config = configs.tokenizer_config;
  const std::string& file = configs.file;
  auto declared = get_or<std::string>(config, "tokenizer_class", "LlamaTokenizer", file);
  if (declared.ends_with("Fast")) declared.resize(declared.size() - 4);
  const bool is_llama = declared == "LlamaTokenizer";
  if (!is_llama && declared != "InternLM2Tokenizer") {
    throw unknown_part("tokenizer_class " + declared + " beside a tokenizer.model", file);
  }
  if (!object_at(config, "sp_model_kwargs", file).empty()) {
    throw unknown_part("sp_model_kwargs", file);
  }
  name_tokens(config, {{"unk_token", "<unk>"}, {"bos_token", "<s>"}, {"eos_token", "</s>"}});
  Json json{{"model", detail::ranked_model(model)}};
  json["added_tokens"] = added_tokens_json(detail::slow_added_tokens(json["model"], configs));

  std::string prefix = model.dummy_prefix ? "always" : "never";
  if (is_llama && !get_or(config, "legacy", true, file)) {
    prefix = get_or(config, "add_prefix_space", true, file) ? "first" : "never";
  }
  json["pre_tokenizer"] = {{"type", "SentencePiece"}, {"prefix", prefix}};
  json["decoder"] = {{"type", "SentencePiece"}, {"drops_prefix", prefix != "never"}};

  const auto id_of = [&](const std::string& role, const std::string& piece) {
    const auto named = config.find(role);
    // InternLM2's class asks the model alone.
    const bool is_named = is_llama && named != config.end();
    return role_token_id(json, role, is_named ? token_content(*named) : piece, file);
  };
  std::optional<TokenId> bos, eos;
  if (get_or(config, "add_bos_token", true, file)) bos = id_of("bos_token", model.bos);
  if (get_or(config, "add_eos_token", false, file)) eos = id_of("eos_token", model.eos);
  json["post_processor"] = enclosing_template(bos, eos);
  return json;
}

}  // namespace infoflow::adapters
