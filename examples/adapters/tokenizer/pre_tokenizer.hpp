// SPDX-License-Identifier: MIT
/// \file From text to the pieces that a model encodes: the pre-tokenizer of a tokenizer.json.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/byte_alphabet.hpp>
#include <adapters/tokenizer/metaspace.hpp>
#include <adapters/tokenizer/text_budget.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <adapters/tokenizer/word_pattern.hpp>

namespace infoflow::adapters {

/// The "pre_tokenizer" of a tokenizer.json: Metaspace, Split by a pattern whose matches are pieces
/// of their own, ByteLevel, and sequences of them. Null leaves the text in one piece. And
/// "SentencePiece", which no tokenizer.json has: ▁ in place of blanks, and one before the stretch,
/// even if that begins with one; where, "prefix" says as "prepend_scheme" does.
class PreTokenizer {
 public:
  /// \throws Error naming the kind that is not known
  PreTokenizer(const Json& json, const std::string& file) { read(json, file); }

  /// The pieces of one stretch of normalised text, in order; none is empty. An empty stretch has
  /// none, but for the prefix of a "SentencePiece" that stands first.
  /// \param at_start  whether the stretch begins where the whole text begins
  /// \throws Error naming the step that makes too much of the text
  [[nodiscard]] std::vector<std::string> operator()(std::string text, bool at_start,
                                                    TextBudget& budget) const {
    std::vector<std::string> pieces;
    if (!text.empty() || (at_start && prefix_alone_)) pieces.push_back(std::move(text));
    for (const Step& step : steps_) {
      std::vector<std::string> finer;
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        const bool begins = at_start && i == 0;
        std::visit(
            [&](const auto& kind) { cut(kind, std::move(pieces[i]), begins, budget, finer); },
            step);
      }
      pieces = std::move(finer);
    }
    return pieces;
  }

 private:
  struct DummyPrefix {
    PrependScheme where;
  };
  struct BlankBefore {};     ///< Puts a blank before a piece that has none there.
  struct InByteAlphabet {};  ///< Writes a piece's bytes in their alphabet.
  using Step = std::variant<Metaspace, DummyPrefix, WordPattern, BlankBefore, InByteAlphabet>;

  void read(const Json& json, const std::string& file) {
    if (json.is_null()) return;
    const auto type = get<std::string>(json, "type", file);
    if (type == "Sequence") {
      require_known(json, {"type", "pretokenizers"}, "the pre_tokenizer", file);
      for (const Json& step : list_at(json, "pretokenizers", file)) read(step, file);
    } else if (type == "Metaspace") {
      steps_.emplace_back(Metaspace::from_json(json, file));
    } else if (type == "Split") {
      read_split(json, file);
    } else if (type == "SentencePiece") {
      const PrependScheme where = prepend_scheme(json, "prefix", file);
      steps_.emplace_back(DummyPrefix{where});
      prefix_alone_ = where == PrependScheme::first;
    } else if (type == "ByteLevel") {
      read_byte_level(json, file);
    } else {
      throw unknown_part("pre_tokenizer " + type, file);
    }
  }

  void read_split(const Json& json, const std::string& file) {
    require_known(json, {"type", "pattern", "behavior", "invert"}, "Split", file);
    const auto behavior = get<std::string>(json, "behavior", file);
    if (behavior != "Isolated") throw unknown_part("Split's behavior " + behavior, file);
    // Here matches and what lies between them are treated alike: to invert changes nothing.
    (void)get_or(json, "invert", false, file);
    const Json& pattern = object_at(json, "pattern", file);
    require_known(pattern, {"Regex"}, "the pattern of Split", file);
    steps_.emplace_back(WordPattern(get<std::string>(pattern, "Regex", file), file));
  }

  void read_byte_level(const Json& json, const std::string& file) {
    // "trim_offsets" moves offsets only, and there are none here.
    require_known(json, {"type", "add_prefix_space", "trim_offsets", "use_regex"},
                  "the pre_tokenizer ByteLevel", file);
    if (get<bool>(json, "add_prefix_space", file)) steps_.emplace_back(BlankBefore{});
    if (get_or(json, "use_regex", true, file)) steps_.emplace_back(WordPattern(gpt2_words, file));
    steps_.emplace_back(InByteAlphabet{});
  }

  static void cut(const Metaspace& metaspace, std::string text, bool begins, TextBudget& budget,
                  std::vector<std::string>& pieces) {
    const std::string& mark = metaspace.mark;
    text = replace_all(text, " ", mark, budget, "the pre_tokenizer Metaspace");
    if (prepends(metaspace.prepend, begins) && !text.starts_with(mark)) text.insert(0, mark);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t next = metaspace.split ? text.find(mark, begin + 1) : std::string::npos;
      const std::size_t end = next == std::string::npos ? text.size() : next;
      pieces.push_back(text.substr(begin, end - begin));
      begin = end;
    }
  }

  static void cut(DummyPrefix prefix, std::string text, bool begins, TextBudget& budget,
                  std::vector<std::string>& pieces) {
    constexpr std::string_view mark = "▁";
    text = replace_all(text, " ", mark, budget, "sentencepiece's mark");
    if (prepends(prefix.where, begins)) text.insert(0, mark);
    pieces.push_back(std::move(text));
  }

  static void cut(const WordPattern& pattern, const std::string& text, bool /*begins*/,
                  TextBudget& budget, std::vector<std::string>& pieces) {
    for (const std::string_view word : pattern(text, budget)) pieces.emplace_back(word);
  }

  static void cut(BlankBefore /*step*/, std::string text, bool /*begins*/, TextBudget& budget,
                  std::vector<std::string>& pieces) {
    budget.spend(text.size() + 1, "the pre_tokenizer ByteLevel");
    pieces.push_back(text.starts_with(' ') ? std::move(text) : ' ' + text);
  }

  static void cut(InByteAlphabet /*step*/, const std::string& text, bool /*begins*/,
                  TextBudget& budget, std::vector<std::string>& pieces) {
    budget.spend(3 * text.size(), "the pre_tokenizer ByteLevel");  // Two bytes for one, at most.
    pieces.push_back(in_byte_alphabet(text));
  }

  std::vector<Step> steps_;
  bool prefix_alone_ = false;  ///< The prefix belongs to the text, even if nothing follows it.
};

}  // namespace infoflow::adapters
