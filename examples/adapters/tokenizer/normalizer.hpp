// SPDX-License-Identifier: MIT
/// \file What changes in a text before it is cut into pieces: the normaliser of a tokenizer.json.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/canonical_form.hpp>
#include <adapters/tokenizer/text_budget.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>

namespace infoflow::adapters {

/// The "normalizer" of a tokenizer.json: NFC, Prepend, Replace with a literal pattern, and
/// sequences of them. Null does nothing.
class Normalizer {
 public:
  /// \throws Error naming the step that is not known
  Normalizer(const Json& json, const std::string& file) { read(json, file); }

  /// \throws Error naming the step that makes too much of the text
  [[nodiscard]] std::string operator()(std::string text, TextBudget& budget) const {
    for (const Step& step : steps_) {
      switch (step.kind) {
        case Kind::nfc:
          budget.spend(4 * text.size(), step.name);  // Read once; form C has at most three times.
          text = canonical_form(std::move(text));
          break;
        case Kind::replace:
          text = replace_all(text, step.pattern, step.content, budget, step.name);
          break;
        case Kind::prepend:
          if (text.empty()) break;
          budget.spend(text.size() + step.content.size(), step.name);
          text.insert(0, step.content);
          break;
      }
    }
    return text;
  }

 private:
  enum class Kind { nfc, prepend, replace };
  struct Step {
    Kind kind;
    std::string name;  ///< For errors.
    std::string pattern;
    std::string content;
  };

  void read(const Json& json, const std::string& file) {
    if (json.is_null()) return;
    const auto type = get<std::string>(json, "type", file);
    if (type == "Sequence") {
      require_known(json, {"type", "normalizers"}, "the normalizer", file);
      for (const Json& step : list_at(json, "normalizers", file)) read(step, file);
    } else if (type == "NFC") {
      require_known(json, {"type"}, "the normalizer NFC", file);
      steps_.push_back({Kind::nfc, "the normalizer NFC", {}, {}});
    } else if (type == "Prepend") {
      require_known(json, {"type", "prepend"}, "the normalizer Prepend", file);
      const auto content = get<std::string>(json, "prepend", file);
      steps_.push_back(
          {Kind::prepend, "the normalizer Prepend of " + quoted_rule(content), {}, content});
    } else if (type == "Replace") {
      require_known(json, {"type", "pattern", "content"}, "the normalizer Replace", file);
      const std::string pattern = literal_pattern(json, "the normalizer Replace", file);
      steps_.push_back({Kind::replace, "the normalizer Replace of " + quoted_rule(pattern), pattern,
                        get<std::string>(json, "content", file)});
    } else {
      throw unknown_part("normalizer " + type, file);
    }
  }

  std::vector<Step> steps_;
};

}  // namespace infoflow::adapters
