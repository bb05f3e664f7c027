// SPDX-License-Identifier: MIT
/// \file From pieces back to text: the decoder of a tokenizer.json.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/byte_alphabet.hpp>
#include <adapters/tokenizer/byte_pieces.hpp>
#include <adapters/tokenizer/metaspace.hpp>
#include <adapters/tokenizer/text_budget.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// Replace with a literal pattern, ByteFallback, Fuse, Strip, Metaspace, ByteLevel, and sequences
/// of them; and "SentencePiece", which no tokenizer.json has: see joined_pieces().
class PieceDecoder {
 public:
  /// \throws Error naming the step that is not known
  PieceDecoder(const Json& json, const std::string& file) : joined_by_blanks_(json.is_null()) {
    read(json, file);
  }

  /// \throws Error naming the step that makes too much of the pieces
  [[nodiscard]] std::string operator()(std::vector<std::string> pieces, TextBudget& budget) const {
    for (const Step& step : steps_) pieces = apply(step, std::move(pieces), budget);
    std::string text;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      // Without a decoder the library puts blanks between the pieces.
      if (joined_by_blanks_ && i > 0) text += ' ';
      text += pieces[i];
    }
    return text;
  }

 private:
  enum class Kind { replace, byte_fallback, byte_level, fuse, strip, metaspace, sentencepiece };
  struct Step {
    Kind kind;
    std::string name;     ///< For errors.
    std::string pattern;  ///< Of replace and metaspace; the stripped character.
    std::string content;
    std::size_t start = 0;  ///< How many characters strip takes at most.
    std::size_t stop = 0;
    bool drops_first = false;  ///< The first piece loses its marks, with sentencepiece one of them.
  };

  void read(const Json& json, const std::string& file) {
    if (json.is_null()) return;
    const auto type = get<std::string>(json, "type", file);
    const std::string what = "the decoder " + type;
    if (type == "Sequence") {
      require_known(json, {"type", "decoders"}, what, file);
      for (const Json& step : list_at(json, "decoders", file)) read(step, file);
    } else if (type == "Replace") {
      require_known(json, {"type", "pattern", "content"}, what, file);
      const std::string pattern = literal_pattern(json, what, file);
      steps_.push_back({Kind::replace, what + " of " + quoted_rule(pattern), pattern,
                        get<std::string>(json, "content", file)});
    } else if (type == "ByteFallback" || type == "Fuse") {
      require_known(json, {"type"}, what, file);
      steps_.push_back({type == "Fuse" ? Kind::fuse : Kind::byte_fallback, what, {}, {}});
    } else if (type == "Strip") {
      require_known(json, {"type", "content", "start", "stop"}, what, file);
      steps_.push_back({Kind::strip,
                        what,
                        get<std::string>(json, "content", file),
                        {},
                        get<std::uint32_t>(json, "start", file),
                        get<std::uint32_t>(json, "stop", file)});
      if (steps_.back().pattern.empty()) throw unknown_part("Strip of nothing", file);
    } else if (type == "ByteLevel") {
      // These settings are the pre-tokenizer's; the library writes them here, too.
      require_known(json, {"type", "add_prefix_space", "trim_offsets", "use_regex"}, what, file);
      steps_.push_back({Kind::byte_level, what, {}, {}});
    } else if (type == "Metaspace") {
      const Metaspace metaspace = Metaspace::from_json(json, file);
      const bool drops_first = metaspace.prepend != PrependScheme::never;
      steps_.push_back({Kind::metaspace, what, metaspace.mark, " ", 0, 0, drops_first});
    } else if (type == "SentencePiece") {
      const auto drops_prefix = get<bool>(json, "drops_prefix", file);
      steps_.push_back({Kind::sentencepiece, what, {}, {}, 0, 0, drops_prefix});
    } else {
      throw unknown_part("decoder " + type, file);
    }
  }

  static std::vector<std::string> apply(const Step& step, std::vector<std::string> pieces,
                                        TextBudget& budget) {
    // What a step reads, and writes at most, but for those that replace: they count for themselves.
    std::size_t bytes = pieces.size();
    for (const std::string& piece : pieces) bytes += piece.size();
    budget.spend(4 * bytes, step.name);
    switch (step.kind) {
      case Kind::byte_fallback: return join_bytes(pieces);
      case Kind::byte_level: return {bytes_of_letters(pieces)};
      case Kind::fuse: {
        std::string whole;
        for (const std::string& piece : pieces) whole += piece;
        return {std::move(whole)};
      }
      case Kind::sentencepiece: return {joined_pieces(std::move(pieces), step.drops_first)};
      case Kind::strip:
        for (std::string& piece : pieces) piece = stripped(piece, step);
        return pieces;
      case Kind::replace:
      case Kind::metaspace:
        for (std::size_t i = 0; i < pieces.size(); ++i) {
          const bool drops = step.drops_first && i == 0;
          pieces[i] =
              replace_all(pieces[i], step.pattern, drops ? "" : step.content, budget, step.name);
        }
        return pieces;
    }
    return pieces;
  }

  /// Every run of bytes becomes the text that it encodes, or one U+FFFD for each of its bytes.
  static std::vector<std::string> join_bytes(const std::vector<std::string>& pieces) {
    std::vector<std::string> joined;
    std::string run;
    const auto end_run = [&] {
      if (run.empty()) return;
      if (text::is_utf8(run)) {
        joined.push_back(run);
      } else {
        joined.insert(joined.end(), run.size(), "\xEF\xBF\xBD");
      }
      run.clear();
    };
    for (const std::string& piece : pieces) {
      if (const auto byte = byte_of(piece)) {
        run += *byte;
      } else {
        end_run();
        joined.push_back(piece);
      }
    }
    end_run();
    return joined;
  }

  /// As sentencepiece joins: a blank for every mark but the one that the encoder put first, and in
  /// a run of bytes U+FFFD for each byte that belongs to no character.
  static std::string joined_pieces(std::vector<std::string> pieces, bool drops_prefix) {
    constexpr std::string_view mark = "▁";
    if (drops_prefix && !pieces.empty() && pieces[0].starts_with(mark)) {
      pieces[0].erase(0, mark.size());
    }
    std::string text;
    std::string run;
    const auto end_run = [&] {
      for (std::string_view rest = run; !rest.empty();) {
        const text::Character c = text::first_character(rest);
        text += c.valid ? rest.substr(0, c.length) : "\xEF\xBF\xBD";
        rest.remove_prefix(c.valid ? c.length : 1);
      }
      run.clear();
    };
    for (const std::string& piece : pieces) {
      if (const auto byte = byte_of(piece)) {
        run += *byte;
      } else {
        end_run();
        append_unmarked(piece, text);
      }
    }
    end_run();
    return text;
  }

  /// Appends a piece with blanks in place of marks.
  static void append_unmarked(std::string_view piece, std::string& text) {
    constexpr std::string_view mark = "▁";
    for (std::size_t found = 0; (found = piece.find(mark)) != std::string_view::npos;) {
      text += piece.substr(0, found);
      text += ' ';
      piece.remove_prefix(found + mark.size());
    }
    text += piece;
  }

  /// A piece that has other characters than the byte alphabet's stands for itself.
  static std::string bytes_of_letters(const std::vector<std::string>& pieces) {
    std::string bytes;
    for (const std::string& piece : pieces) bytes += from_byte_alphabet(piece).value_or(piece);
    return valid_utf8(bytes);
  }

  static std::string stripped(std::string_view piece, const Step& step) {
    const std::string_view mark = step.pattern;
    for (std::size_t i = 0; i < step.start && piece.starts_with(mark); ++i) {
      piece.remove_prefix(mark.size());
    }
    for (std::size_t i = 0; i < step.stop && piece.ends_with(mark); ++i) {
      piece.remove_suffix(mark.size());
    }
    return std::string(piece);
  }

  std::vector<Step> steps_;
  bool joined_by_blanks_;
};

}  // namespace infoflow::adapters
