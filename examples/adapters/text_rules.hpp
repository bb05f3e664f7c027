// SPDX-License-Identifier: MIT
/// \file From text to the pieces that a model encodes: the normaliser and the pre-tokenizer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/json_file.hpp>
#include <adapters/tokenizer_json.hpp>
#include <adapters/utf8.hpp>

namespace infoflow::adapters {

/// The "normalizer" of a tokenizer.json: Prepend, Replace with a literal pattern, and sequences of
/// them. Null does nothing.
class Normalizer {
 public:
  /// \throws Error naming the step that is not known
  Normalizer(const Json& json, const std::string& file) { read(json, file); }

  [[nodiscard]] std::string operator()(std::string text) const {
    for (const Step& step : steps_) {
      if (!step.pattern.empty()) {
        text = detail::replace_all(text, step.pattern, step.content);
      } else if (!text.empty()) {
        text.insert(0, step.content);
      }
    }
    return text;
  }

 private:
  struct Step {
    std::string pattern;  ///< Empty: the content is put before the text.
    std::string content;
  };

  void read(const Json& json, const std::string& file) {
    if (json.is_null()) return;
    const auto type = get<std::string>(json, "type", file);
    if (type == "Sequence") {
      detail::require_known(json, {"type", "normalizers"}, "the normalizer", file);
      for (const Json& step : list_at(json, "normalizers", file)) read(step, file);
    } else if (type == "Prepend") {
      detail::require_known(json, {"type", "prepend"}, "the normalizer Prepend", file);
      steps_.push_back({{}, get<std::string>(json, "prepend", file)});
    } else if (type == "Replace") {
      detail::require_known(json, {"type", "pattern", "content"}, "the normalizer Replace", file);
      steps_.push_back({detail::literal_pattern(json, "the normalizer Replace", file),
                        get<std::string>(json, "content", file)});
    } else {
      throw detail::unknown_part("normalizer " + type, file);
    }
  }

  std::vector<Step> steps_;
};

/// How a Metaspace puts its mark before a text.
enum class PrependScheme {
  always,  ///< Before every stretch between added tokens (transformers calls this legacy).
  first,   ///< Only where the whole text begins.
  never,
};

/// What Metaspace says, as pre-tokenizer and as decoder.
struct Metaspace {
  std::string mark;  ///< Stands for a blank; ▁ (U+2581) in LLaMA's vocabulary.
  PrependScheme prepend = PrependScheme::always;
  bool split = true;  ///< Every mark begins a piece of its own; else the stretch is one piece.

  /// Reads the old form too (add_prefix_space, str_rep). \throws Error
  static Metaspace from_json(const Json& json, const std::string& file) {
    detail::require_known(
        json, {"type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"},
        "Metaspace", file);
    Metaspace metaspace{get<std::string>(json, "replacement", file)};
    if (!is_utf8(metaspace.mark) || metaspace.mark.empty() ||
        first_length(metaspace.mark) != metaspace.mark.size()) {
      throw Error("Metaspace's replacement must be one character", file, "LLaMA has U+2581");
    }
    const auto scheme = get_or<std::string>(json, "prepend_scheme", "always", file);
    if (scheme == "first") {
      metaspace.prepend = PrependScheme::first;
    } else if (scheme == "never") {
      metaspace.prepend = PrependScheme::never;
    } else if (scheme != "always") {
      throw detail::unknown_part("prepend_scheme \"" + scheme + "\"", file);
    }
    if (!get_or(json, "add_prefix_space", true, file) &&
        metaspace.prepend != PrependScheme::never) {
      throw Error("Metaspace's add_prefix_space contradicts its prepend_scheme", file,
                  "set prepend_scheme to \"never\"");
    }
    metaspace.split = get_or(json, "split", true, file);
    return metaspace;
  }
};

/// The "pre_tokenizer" of a tokenizer.json: null or Metaspace. Another kind (a byte alphabet with a
/// pattern for words, as GPT-2 and Qwen have) would be another alternative here.
class PreTokenizer {
 public:
  /// \throws Error naming the kind that is not known
  PreTokenizer(const Json& json, const std::string& file) {
    if (json.is_null()) return;
    const auto type = get<std::string>(json, "type", file);
    if (type != "Metaspace") throw detail::unknown_part("pre_tokenizer " + type, file);
    metaspace_ = Metaspace::from_json(json, file);
    splits_ = metaspace_.split;
  }

  /// The pieces of one stretch of normalised text, in order; none is empty.
  /// \param at_start  whether the stretch begins where the whole text begins
  [[nodiscard]] std::vector<std::string> operator()(std::string text, bool at_start) const {
    const std::string& mark = metaspace_.mark;
    if (!mark.empty()) {
      text = detail::replace_all(text, " ", mark);
      const bool prepends = metaspace_.prepend == PrependScheme::always ||
                            (metaspace_.prepend == PrependScheme::first && at_start);
      if (prepends && !text.starts_with(mark)) text.insert(0, mark);
    }
    std::vector<std::string> pieces;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t next = splits_ ? text.find(mark, begin + 1) : std::string::npos;
      const std::size_t end = next == std::string::npos ? text.size() : next;
      pieces.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    return pieces;
  }

 private:
  Metaspace metaspace_;  ///< An empty mark: the text is one piece as it stands.
  bool splits_ = false;
};

}  // namespace infoflow::adapters
