// SPDX-License-Identifier: MIT
/// \file Text to token ids and back, as Hugging Face does it from a tokenizer.json.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_tokens.hpp>
#include <adapters/tokenizer/bpe_model.hpp>
#include <adapters/tokenizer/normalizer.hpp>
#include <adapters/tokenizer/piece_decoder.hpp>
#include <adapters/tokenizer/piece_length.hpp>
#include <adapters/tokenizer/pre_tokenizer.hpp>
#include <adapters/tokenizer/text_budget.hpp>
#include <adapters/tokenizer/tokenizer_files.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <adapters/tokenizer/word_characters.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// Whether encode() adds what the post-processor says (BOS for LLaMA). Special tokens that are
/// written out in the text are tokens either way.
enum class SpecialTokens { none, add };

/// The tokenizer of a checkpoint: LLaMA's BPE on characters with byte fallback, or the BPE on bytes
/// of GPT-2 and Qwen.
///
/// encode() goes the way of the `tokenizers` library: find added tokens; normalise each stretch
/// between them; find added tokens that are searched in normalised text; cut into pieces; encode
/// each piece; put the post-processor's tokens around. Whatever a tokenizer.json asks for and this
/// code does not know is an error when it is read, never another id.
class Tokenizer {
 public:
  /// The tokenizer of a checkpoint's folder: see tokenizer_source().
  /// \throws Error if there is none or it asks for something unknown
  [[nodiscard]] static Tokenizer from_directory(const std::filesystem::path& directory) {
    const TokenizerSource source = tokenizer_source(directory);
    return {source.json, source.file};
  }

  /// \param json  the content of a tokenizer.json
  /// \param file  where it comes from, for errors
  Tokenizer(const Json& json, const std::string& file)
      : file_(file),
        model_((check_version(json, file), object_at(json, "model", file)), file),
        normalizer_(part(json, "normalizer"), file),
        pre_tokenizer_(part(json, "pre_tokenizer"), file),
        decoder_(part(json, "decoder"), file) {
    // "truncation" and "padding" are left out: transformers applies them only when asked to.
    require_known(json,
                  {"version", "truncation", "padding", "added_tokens", "normalizer",
                   "pre_tokenizer", "post_processor", "decoder", "model"},
                  "tokenizer.json", file);
    read_added_tokens(json, file);
    read_post_processor(part(json, "post_processor"), file);
  }

  /// \param text  UTF-8; each ill-formed part counts as U+FFFD
  /// \throws Error naming the rule that makes too much work of the text
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text,
                                            SpecialTokens special = SpecialTokens::add) const {
    TextBudget budget(text.size(), file_);
    std::vector<TokenId> ids;
    if (special == SpecialTokens::add) ids = prefix_;
    const std::vector<TextPart> parts = parts_of(text, budget);
    // A prefix of the whole text stays before a token that is not special.
    const bool token_first = !parts.empty() && parts[0].token && parts[0].at_start;
    if (token_first && !is_special(*parts[0].token)) encode_text("", true, budget, ids);
    for (const TextPart& part : parts) {
      if (part.token) {
        ids.push_back(*part.token);
      } else {
        encode_text(part.text, part.at_start, budget, ids);
      }
    }
    if (special == SpecialTokens::add) ids.insert(ids.end(), suffix_.begin(), suffix_.end());
    return ids;
  }

  /// The tokens that stand written out in a text and that encode() does not read as text: special
  /// ones, and added and user-defined ones that are no words. In their order, with repetitions.
  [[nodiscard]] std::vector<std::string> marks_in(std::string_view text) const {
    TextBudget budget(text.size(), file_);
    std::vector<std::string> marks;
    const auto append = [&](TokenId id) {
      if (is_mark(id)) marks.push_back(piece(id));
    };
    for (TextPart& part : parts_of(text, budget)) {
      if (part.token) {
        append(*part.token);
        continue;
      }
      for (const std::string& piece : pre_tokenizer_(std::move(part.text), part.at_start, budget)) {
        for (const TokenId id : model_.user_defined_in(piece)) append(id);
      }
    }
    return marks;
  }

  /// The text of `ids`. Ids that no token has are left out: a model with more logits than tokens
  /// may choose them.
  /// \param skip_special  leaves out the tokens that a file flags as special or gives a role, as
  ///                      skip_special_tokens of transformers does
  /// \throws Error naming the rule that makes too much of the pieces
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special = false) const {
    std::vector<std::string> pieces;
    std::size_t size = ids.size();
    for (const TokenId id : ids) {
      const auto added = added_.find(id);
      const std::string* piece = added == added_.end() ? model_.piece(id) : &added->second.decoded;
      if (piece == nullptr || (skip_special && special_.contains(*piece))) continue;
      pieces.push_back(*piece);
      size += piece->size();
    }
    TextBudget budget(size, file_);
    return decoder_(std::move(pieces), budget);
  }

  /// The id of a whole token: an added one ("<image>") or a piece as the vocabulary writes it
  /// ("▁Yes", "<0x0A>").
  [[nodiscard]] std::optional<TokenId> id_of(const std::string& piece) const {
    const auto found = added_ids_.find(piece);
    return found == added_ids_.end() ? model_.id_of(piece) : std::optional<TokenId>(found->second);
  }

  /// The token as the vocabulary writes it; empty if no token has that id.
  [[nodiscard]] std::string piece(TokenId id) const {
    const auto added = added_.find(id);
    if (added != added_.end()) return added->second.content;
    const std::string* piece = model_.piece(id);
    return piece == nullptr ? std::string() : *piece;
  }

 private:
  struct Added {
    std::string content;
    std::string decoded;  ///< Normalised, if it is searched in normalised text.
  };

  static const Json& part(const Json& json, const std::string& key) {
    static const Json nothing;
    const auto found = json.find(key);
    return found == json.end() ? nothing : *found;
  }

  static void check_version(const Json& json, const std::string& file) {
    const auto version = get_or<std::string>(json, "version", "1.0", file);
    if (version != "1.0") throw unknown_part("version " + version, file);
  }

  [[nodiscard]] bool is_special(TokenId id) const {
    return special_.contains(added_.at(id).content);
  }

  /// Words that someone added to a vocabulary are words, as are runs of blanks.
  [[nodiscard]] bool is_mark(TokenId id) const {
    const std::string content = piece(id);
    if (special_.contains(content)) return true;
    for (std::string_view rest = content; !rest.empty();) {
      const text::Character c = text::first_character(rest);
      const bool blank = is_white_space(c.value) || c.value == 0x2581;  // sentencepiece's blank.
      if (!blank && !is_word_character(c.value)) return true;
      rest.remove_prefix(c.length);
    }
    return false;
  }

  void encode_text(std::string text, bool at_start, TextBudget& budget,
                   std::vector<TokenId>& ids) const {
    for (const std::string& piece : pre_tokenizer_(std::move(text), at_start, budget)) {
      model_.encode(piece, ids);
    }
  }

  /// Added tokens, and the normalised text between them.
  [[nodiscard]] std::vector<TextPart> parts_of(std::string_view text, TextBudget& budget) const {
    std::vector<TextPart> raw;
    raw_finder_->split(valid_utf8(text), true, raw);
    std::vector<TextPart> parts;
    for (TextPart& part : raw) {
      if (part.token) {
        parts.push_back({{}, part.token, &part == &raw.front()});
      } else {
        std::string normalised = normalizer_(std::move(part.text), budget);
        normalized_finder_->split(normalised, part.at_start, parts);
      }
    }
    return parts;
  }

  void read_added_tokens(const Json& json, const std::string& file) {
    std::vector<AddedToken> raw;
    std::vector<AddedToken> normalized;
    std::vector<std::string> raw_contents;
    std::vector<std::string> normalized_contents;
    const std::vector<AddedToken> tokens = added_tokens_of(json, file);
    std::size_t size = 0;
    for (const AddedToken& token : tokens) size += token.content.size();
    TextBudget budget(size, file);
    for (const AddedToken& token : tokens) {
      const std::string seen =
          token.normalized ? normalizer_(token.content, budget) : token.content;
      require_length(seen, file);
      (token.normalized ? normalized : raw).push_back(token);
      (token.normalized ? normalized_contents : raw_contents).push_back(seen);
      added_.insert_or_assign(token.id, Added{token.content, seen});
      if (token.special) special_.insert(token.content);
      added_ids_.insert_or_assign(token.content, token.id);
    }
    raw_finder_.emplace(raw, raw_contents);
    normalized_finder_.emplace(normalized, normalized_contents);
  }

  void read_post_processor(const Json& json, const std::string& file) {
    if (json.is_null()) return;
    const auto type = get<std::string>(json, "type", file);
    if (type == "ByteLevel") {  // It moves offsets only, and there are none here.
      require_known(json, {"type", "add_prefix_space", "trim_offsets", "use_regex"},
                    "the post_processor ByteLevel", file);
      return;
    }
    if (type != "TemplateProcessing") throw unknown_part("post_processor " + type, file);
    require_known(json, {"type", "single", "pair", "special_tokens"}, type, file);
    bool text_seen = false;
    for (const Json& piece : list_at(json, "single", file)) {
      if (find(piece, "Sequence", file) != nullptr) {
        if (text_seen) throw unknown_part("a template that repeats the text", file);
        text_seen = true;
        continue;
      }
      const auto name = get<std::string>(object_at(piece, "SpecialToken", file), "id", file);
      const Json& token = object_at(object_at(json, "special_tokens", file), name, file);
      auto& side = text_seen ? suffix_ : prefix_;
      for (const TokenId id : get<std::vector<TokenId>>(token, "ids", file)) side.push_back(id);
      constexpr std::size_t most_added = 64;
      if (side.size() > most_added) {
        throw unknown_part("a template that adds more than 64 tokens to a text", file);
      }
    }
    if (!text_seen) throw unknown_part("a template without the text", file);
  }

  std::string file_;
  BpeModel model_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  PieceDecoder decoder_;
  std::unordered_map<TokenId, Added> added_;
  std::unordered_map<std::string, TokenId> added_ids_;
  std::unordered_set<std::string> special_;
  std::optional<TokenFinder> raw_finder_;  ///< Always set; made after the normaliser.
  std::optional<TokenFinder> normalized_finder_;
  std::vector<TokenId> prefix_;
  std::vector<TokenId> suffix_;
};

}  // namespace infoflow::adapters
