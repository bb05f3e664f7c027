// SPDX-License-Identifier: MIT
/// \file sentencepiece's tokenizer.model: pieces with scores, and how text is put before them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <adapters/tokenizer/byte_pieces.hpp>
#include <adapters/tokenizer/piece_length.hpp>
#include <adapters/tokenizer/protobuf_reader.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// As sentencepiece_model.proto numbers them.
enum class PieceKind {
  normal = 1,
  unknown = 2,
  control = 3,
  user_defined = 4,
  unused = 5,
  byte = 6
};

struct ScoredPiece {
  std::string text;
  float score = 0;  ///< The highest merges first.
  PieceKind kind = PieceKind::normal;
};

/// A BPE of sentencepiece that leaves text as it is but for a mark in place of blanks.
struct SentencePieceModel {
  std::vector<ScoredPiece> pieces;  ///< By id; no text stands twice, one is the unknown piece.
  std::string unknown;              ///< The text of the unknown piece.
  std::string bos = "<s>";          ///< The text of the piece that begins a sequence.
  std::string eos = "</s>";
  bool byte_fallback = false;
  bool dummy_prefix = true;  ///< Whether a blank is put before each text.
};

namespace detail {

/// What "fetch anew" cannot mend.
[[nodiscard]] inline Error unsupported_model(const std::string& what, const std::string& file) {
  return {what + " is not supported", file,
          "LLaMA's and InternLM2's models have none; give a tokenizer.json instead"};
}

[[nodiscard]] inline ScoredPiece scored_piece(std::string_view message, const std::string& file) {
  ScoredPiece piece;
  ProtobufReader reader(message, file);
  while (const auto field = reader.next()) {
    if (field->number == 1) piece.text = field->bytes();
    if (field->number == 2) piece.score = field->real();
    if (field->number != 3) continue;
    const std::uint64_t kind = field->whole();
    if (kind < 1 || kind > 6) throw Error("a piece is of no known kind", file, "fetch it anew");
    piece.kind = static_cast<PieceKind>(kind);
  }
  require_length(piece.text, file);
  if (piece.text.empty() || !text::is_utf8(piece.text) || std::isnan(piece.score)) {
    throw Error("a piece has no proper text or score", file, "fetch the file anew");
  }
  return piece;
}

inline void read_trainer_spec(std::string_view message, SentencePieceModel& model,
                              const std::string& file) {
  constexpr std::uint64_t unigram = 1, bpe = 2;
  std::uint64_t type = unigram;  // What the format means by silence.
  ProtobufReader reader(message, file);
  while (const auto field = reader.next()) {
    if (field->number == 3) type = field->whole();
    if (field->number == 35) model.byte_fallback = field->truth();
    if (field->number == 46 && !field->bytes().empty()) model.bos = field->bytes();
    if (field->number == 47 && !field->bytes().empty()) model.eos = field->bytes();
    if (field->number == 24 && field->truth()) {
      throw unsupported_model("a blank behind its word (treat_whitespace_as_suffix)", file);
    }
  }
  if (type != bpe) throw unsupported_model("a model of another type than BPE", file);
}

/// The rules are in the map of characters; the name only says where it comes from.
inline void read_normalizer_spec(std::string_view message, SentencePieceModel& model,
                                 const std::string& file) {
  std::string name;
  bool maps_characters = false;
  bool removes_blanks = true;
  ProtobufReader reader(message, file);
  while (const auto field = reader.next()) {
    if (field->number == 1) name = field->bytes();
    if (field->number == 2) maps_characters = !field->bytes().empty();
    if (field->number == 3) model.dummy_prefix = field->truth();
    if (field->number == 4) removes_blanks = field->truth();
    if (field->number == 5 && !field->truth()) throw unsupported_model("a bare blank", file);
  }
  if (maps_characters) throw unsupported_model("the normalisation \"" + name + "\"", file);
  if (removes_blanks) throw unsupported_model("the removal of extra blanks", file);
}

inline void check_denormalizer_spec(std::string_view message, const std::string& file) {
  ProtobufReader reader(message, file);
  while (const auto field = reader.next()) {
    if (field->number == 2 && !field->bytes().empty()) {
      throw unsupported_model("a denormalisation", file);
    }
  }
}

/// sentencepiece takes an unused piece apart again wherever one was merged; so none may ever be.
inline void check_unused(const std::unordered_map<std::string_view, PieceKind>& kinds,
                         const std::string& file) {
  const auto is_character = [](std::string_view text) {
    return text::first_character(text).length == text.size();
  };
  const auto can_arise = [&](std::string_view text) {
    const auto found = kinds.find(text);
    return is_character(text) || (found != kinds.end() && (found->second == PieceKind::normal ||
                                                           found->second == PieceKind::unused));
  };
  for (const auto& [text, kind] : kinds) {
    if (kind != PieceKind::unused) continue;
    bool arises = is_character(text);
    for (std::size_t i = 0; (i += text::first_character(text.substr(i)).length) < text.size();) {
      arises = arises || (can_arise(text.substr(0, i)) && can_arise(text.substr(i)));
    }
    if (arises) throw unsupported_model("the unused piece \"" + std::string(text) + "\"", file);
  }
}

inline void check_pieces(SentencePieceModel& model, const std::string& file) {
  std::unordered_map<std::string_view, PieceKind> kinds;
  std::size_t unknowns = 0;
  for (const ScoredPiece& piece : model.pieces) {
    if (!kinds.emplace(piece.text, piece.kind).second) {
      throw Error("the piece \"" + piece.text + "\" stands twice", file, "fetch the file anew");
    }
    if (piece.kind == PieceKind::unknown) {
      ++unknowns;
      model.unknown = piece.text;
    }
  }
  if (unknowns != 1) throw Error("no piece, or several, is the unknown one", file, "fetch it anew");
  for (unsigned byte = 0; model.byte_fallback && byte < 256; ++byte) {
    const std::string text = byte_piece(static_cast<unsigned char>(byte));
    const auto found = kinds.find(text);
    if (found == kinds.end() || found->second != PieceKind::byte) {
      throw Error("the byte \"" + text + "\" is no piece", file, "fetch the file anew");
    }
  }
  check_unused(kinds, file);
}

}  // namespace detail

/// A piece of U+0000 is one like any other, as in sentencepiece 0.1.99; 0.2.3 takes it for unused.
/// \param message  the bytes of a tokenizer.model
/// \throws Error if it is none, or asks for what LLaMA's and InternLM2's do not
[[nodiscard]] inline SentencePieceModel sentencepiece_model(std::string_view message,
                                                            const std::string& file) {
  SentencePieceModel model;
  // A message that stands twice means what its parts mean one after the other.
  std::string trainer, normalizer, denormalizer;
  ProtobufReader reader(message, file);
  while (const auto field = reader.next()) {
    if (field->number == 1) model.pieces.push_back(detail::scored_piece(field->bytes(), file));
    if (field->number == 2) trainer += field->bytes();
    if (field->number == 3) normalizer += field->bytes();
    if (field->number == 5) denormalizer += field->bytes();
  }
  detail::read_trainer_spec(trainer, model, file);
  detail::read_normalizer_spec(normalizer, model, file);
  detail::check_denormalizer_spec(denormalizer, file);
  detail::check_pieces(model, file);
  return model;
}

/// \throws Error if there is no such file, and as sentencepiece_model()
[[nodiscard]] inline SentencePieceModel read_sentencepiece(const std::filesystem::path& path) {
  constexpr std::uintmax_t most_bytes = 4U << 20U;  // LLaMA's has 0.6 MB, InternLM2's 1.7.
  const auto bytes = read_file(path, "a model of sentencepiece", most_bytes);
  return sentencepiece_model({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                             path.string());
}

}  // namespace infoflow::adapters
